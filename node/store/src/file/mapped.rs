//! Files mapped into memory: the page cache is the system's, and nothing is copied.

use std::path::Path;

use bytes::Bytes;
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    },
};

use crate::{StoreError, blobs::map};

/// Rows that are read at once.
const BATCH_ROWS: usize = 8192;

/// One Parquet file of a small table, mapped into memory. It stays readable when its name is gone.
#[derive(Clone, Debug)]
pub struct MappedFile {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
}

impl MappedFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// The file cannot be mapped, or is no Parquet.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let bytes = map(path).map_err(StoreError::io(format!("opening `{}`", path.display())))?;
        let metadata = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new())?;
        Ok(Self { bytes, metadata })
    }

    /// Reads some columns of all rows, in batches; names that it does not have are left out.
    ///
    /// # Errors
    ///
    /// The file is damaged.
    pub fn read<'a>(
        &self,
        columns: impl Iterator<Item = &'a str>,
    ) -> Result<ParquetRecordBatchReader, StoreError> {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns);
        let (bytes, metadata) = (self.bytes.clone(), self.metadata.clone());
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata);
        Ok(builder.with_batch_size(BATCH_ROWS).with_projection(mask).build()?)
    }
}
