//! Small tables whose rows are plain values: Parquet by way of serde.

use std::{fs::File, path::Path};

use arrow::{
    array::RecordBatch,
    datatypes::SchemaRef,
    json::{ArrayWriter, ReaderBuilder},
};
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

/// Writes rows to a file.
pub(crate) fn write<T: Serialize>(file: File, schema: SchemaRef, rows: &[T]) -> Result<File, StoreError> {
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(Default::default())).build();
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
    for chunk in rows.chunks(BATCH_ROWS) {
        let mut decoder = ReaderBuilder::new(schema.clone()).with_batch_size(BATCH_ROWS).build_decoder()?;
        decoder.serialize(chunk)?;
        if let Some(batch) = decoder.flush()? {
            writer.write(&batch)?;
        }
    }
    Ok(writer.into_inner()?)
}

/// Reads all rows of a file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, StoreError> {
    read_with(path, |_| ProjectionMask::all())
}

/// Reads some columns of all rows of a file.
pub(crate) fn read_columns<T: DeserializeOwned>(path: &Path, names: &[&str]) -> Result<Vec<T>, StoreError> {
    read_with(path, |schema| ProjectionMask::columns(schema, names.iter().copied()))
}

fn read_with<T: DeserializeOwned>(
    path: &Path,
    mask: impl Fn(&SchemaDescriptor) -> ProjectionMask,
) -> Result<Vec<T>, StoreError> {
    let context = || format!("reading `{}`", path.display());
    let file = File::open(path).map_err(StoreError::io(context()))?;
    let mut rows = Vec::new();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS);
    let mask = mask(builder.parquet_schema());
    for batch in builder.with_projection(mask).build()? {
        rows.extend(
            from_batch::<T>(&batch?)
                .map_err(|error| StoreError::Corrupt(format!("{}: {error}", context())))?,
        );
    }
    Ok(rows)
}

fn from_batch<T: DeserializeOwned>(batch: &RecordBatch) -> Result<Vec<T>, Box<dyn std::error::Error>> {
    let mut writer = ArrayWriter::new(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(serde_json::from_slice(&writer.into_inner())?)
}
