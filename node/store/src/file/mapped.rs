//! Files mapped into memory: the page cache is the system's, and nothing is copied.

use std::{fs::File, path::Path};

use bytes::Bytes;
use memmap2::{Advice, Mmap};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    },
};

use crate::StoreError;

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

/// Maps a file that is never written again.
#[expect(unsafe_code, reason = "mapping a file is only sound while nobody truncates it")]
pub(crate) fn map(path: &Path) -> std::io::Result<Bytes> {
    let file = File::open(path)?;
    // SAFETY: data files of a store are written once, before they are listed, and are only ever
    // deleted as a whole, which leaves existing maps valid.
    let map = unsafe { Mmap::map(&file)? };
    // Lookups jump; without this, each would read ahead far more than the page that it needs.
    map.advise(Advice::Random)?;
    Ok(Bytes::from_owner(map))
}
