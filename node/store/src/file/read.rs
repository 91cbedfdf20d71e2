//! Rows of a file that is written already.

use std::path::Path;

use bytes::Bytes;
use fyr_schemas::Contig;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{batch::decode, row::StoredRow, schema::PAGE_ROWS};
use crate::{StoreError, blobs::map};

/// Some rows that were read together.
pub(crate) type Chunk = Result<Vec<StoredRow>, StoreError>;

/// Reads the file of a contig page by page. A file that cannot be read is an error in place of its rows.
pub(crate) fn pages(file: Result<Bytes, StoreError>, contig: Contig) -> Box<dyn Iterator<Item = Chunk>> {
    let open =
        |file| Ok(ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(PAGE_ROWS).build()?);
    match file.and_then(open) {
        Ok(batches) => Box::new(batches.map(move |batch| decode(&batch?, Some(&contig)))),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

/// Takes a file that is not in its place yet.
pub(crate) fn staged(path: &Path) -> Result<Bytes, StoreError> {
    map(path).map_err(StoreError::io(format!("reading `{}`", path.display())))
}

/// Returns rows one by one.
pub(crate) fn each(chunk: Chunk) -> impl Iterator<Item = Result<StoredRow, StoreError>> {
    let (rows, error) = chunk.map_or_else(|error| (Vec::new(), Some(error)), |rows| (rows, None));
    rows.into_iter().map(Ok).chain(error.map(Err))
}
