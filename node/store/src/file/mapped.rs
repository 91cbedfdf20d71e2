//! Files of small tables, as they are mapped.

use bytes::Bytes;
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
    /// Takes the bytes of a file.
    ///
    /// # Errors
    ///
    /// They are no Parquet.
    pub fn new(bytes: Bytes) -> Result<Self, StoreError> {
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
