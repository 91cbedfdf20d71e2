//! Small tables whose rows are plain values: Parquet by way of serde.

use std::fs::File;

use arrow::{
    array::RecordBatch,
    datatypes::SchemaRef,
    json::{ArrayWriter, ReaderBuilder},
};
use bytes::Bytes;
use parquet::{
    arrow::{ArrowWriter, ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::Compression,
    file::properties::WriterProperties,
    schema::types::SchemaDescriptor,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::StoreError;

/// Rows that are encoded at once.
const BATCH_ROWS: usize = 8192;
/// Bytes of rows that are held at most until they are written.
const UNWRITTEN_BYTES: usize = 64 << 20;

/// Writes rows to a file.
pub(crate) fn write<T: Serialize>(file: File, schema: SchemaRef, rows: &[T]) -> Result<File, StoreError> {
    write_chunks(file, schema, std::iter::once(Ok(rows)))
}

/// Writes rows to a file that come some at a time.
pub(crate) fn write_chunks<T: Serialize>(
    file: File,
    schema: SchemaRef,
    chunks: impl Iterator<Item = Result<impl AsRef<[T]>, StoreError>>,
) -> Result<File, StoreError> {
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(Default::default())).build();
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
    for rows in chunks {
        for chunk in rows?.as_ref().chunks(BATCH_ROWS) {
            let mut decoder =
                ReaderBuilder::new(schema.clone()).with_batch_size(BATCH_ROWS).build_decoder()?;
            decoder.serialize(chunk)?;
            if let Some(batch) = decoder.flush()? {
                writer.write(&batch)?;
            }
        }
        if writer.in_progress_size() > UNWRITTEN_BYTES {
            writer.flush()?;
        }
    }
    Ok(writer.into_inner()?)
}

/// Reads all rows of a file, which is named where it is damaged.
pub(crate) fn read<T: DeserializeOwned>(file: Bytes, name: &str) -> Result<Vec<T>, StoreError> {
    read_with(file, name, |_| ProjectionMask::all())
}

/// Reads some columns of all rows of a file.
pub(crate) fn read_columns<T: DeserializeOwned>(
    file: Bytes,
    name: &str,
    columns: &[&str],
) -> Result<Vec<T>, StoreError> {
    read_with(file, name, |schema| ProjectionMask::columns(schema, columns.iter().copied()))
}

fn read_with<T: DeserializeOwned>(
    file: Bytes,
    name: &str,
    mask: impl Fn(&SchemaDescriptor) -> ProjectionMask,
) -> Result<Vec<T>, StoreError> {
    let mut rows = Vec::new();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS);
    let mask = mask(builder.parquet_schema());
    for batch in builder.with_projection(mask).build()? {
        let read = from_batch::<T>(&batch?);
        rows.extend(read.map_err(|error| StoreError::Corrupt(format!("reading `{name}`: {error}")))?);
    }
    Ok(rows)
}

fn from_batch<T: DeserializeOwned>(batch: &RecordBatch) -> Result<Vec<T>, Box<dyn std::error::Error>> {
    let mut writer = ArrayWriter::new(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(serde_json::from_slice(&writer.into_inner())?)
}
