//! Rows in the order of the tables to a file of one contig.

use std::fs::File;

use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;

use super::{
    batch,
    row::StoredRow,
    schema::{PAGE_ROWS, file_schema, writer_properties},
};
use crate::{DatasetKind, StoreError};

/// Rows that are handed to Parquet at once: whole pages, so that pages begin at the same rows in
/// every file.
const CHUNK_ROWS: usize = 2 * PAGE_ROWS;
/// Bytes that are handed to Parquet at once, where rows are wide.
const CHUNK_BYTES: usize = 16 << 20;

/// The file of one contig while it is written.
pub struct PartWriter {
    segment: String,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    pending: Vec<StoredRow>,
    memory: usize,
    rows: u64,
}

impl PartWriter {
    /// Starts an empty file.
    ///
    /// # Errors
    ///
    /// Writing failed.
    pub fn create(file: File, segment: &str, kind: DatasetKind) -> Result<Self, StoreError> {
        let (schema, segment) = (file_schema(kind), segment.to_owned());
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(writer_properties(kind)))?;
        Ok(Self { segment, schema, writer, pending: Vec::new(), memory: 0, rows: 0 })
    }

    /// Adds the next row.
    ///
    /// # Errors
    ///
    /// Writing failed.
    pub fn push(&mut self, row: StoredRow) -> Result<(), StoreError> {
        self.memory += row.memory();
        self.pending.push(row);
        let full = self.pending.len() >= CHUNK_ROWS || self.memory >= CHUNK_BYTES;
        if full { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let schema = self.schema.clone();
        self.writer.write(&batch::encode(&self.pending, &schema, &self.segment)?)?;
        self.rows += self.pending.len() as u64;
        self.pending.clear();
        self.memory = 0;
        Ok(())
    }

    /// Ends the file; returns it with the number of its rows.
    ///
    /// # Errors
    ///
    /// Writing failed.
    pub fn finish(mut self) -> Result<(File, u64), StoreError> {
        self.write()?;
        Ok((self.writer.into_inner()?, self.rows))
    }
}
