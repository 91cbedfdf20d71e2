//! Apache Parquet, as it is written: what is complete of the file leaves at once.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{
    array::{ArrayRef, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use bytes::Bytes;
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use super::{COLUMNS, TableRow};
use crate::StoreError;

/// Rows of a row group: what is held in memory of a table.
const ROWS: usize = 65_536;

/// The columns with text; those after the seventh, and positions, are numbers.
const TEXTS: [&str; 5] = ["dataset", "sequence", "reference", "alternate", "group"];

/// The columns that can be empty.
const PARTS: [&str; 3] = ["heterozygous", "homozygous", "hemizygous"];

/// What was written and has not left.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file on its way.
pub(super) struct ParquetEncoder {
    writer: ArrowWriter<Written>,
    written: Written,
    schema: SchemaRef,
}

impl ParquetEncoder {
    pub(super) fn new() -> Result<Self, StoreError> {
        let field = |name: &str| {
            let kind = if TEXTS.contains(&name) { DataType::Utf8 } else { DataType::Int64 };
            Field::new(name, kind, PARTS.contains(&name))
        };
        let schema: SchemaRef = Arc::new(Schema::new(COLUMNS.map(field).to_vec()));
        let properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(Default::default())).build();
        let written = Written::default();
        let writer = ArrowWriter::try_new(written.clone(), Arc::clone(&schema), Some(properties));
        Ok(Self { writer: writer?, written, schema })
    }

    pub(super) fn write(&mut self, rows: &[TableRow]) -> Result<Bytes, StoreError> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns(rows))?;
        self.writer.write(&batch)?;
        if self.writer.in_progress_rows() >= ROWS {
            self.writer.flush()?;
        }
        Ok(self.written.take())
    }

    pub(super) fn finish(self) -> Result<Bytes, StoreError> {
        self.writer.close()?;
        Ok(self.written.take())
    }
}

/// The columns of some rows, in the order of [`COLUMNS`].
fn columns(rows: &[TableRow]) -> Vec<ArrayRef> {
    let text = |of: fn(&TableRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let number = |of: fn(&TableRow) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(of).map(signed)))
    };
    let part = |of: fn(&TableRow) -> Option<u64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(rows.iter().map(|row| of(row).map(signed))))
    };
    let groups = rows.iter().map(|row| row.counts.group.to_string());
    vec![
        text(|row| &row.dataset),
        text(|row| &row.sequence),
        number(|row| row.position),
        number(|row| row.end),
        text(|row| &row.reference),
        text(|row| &row.alternate),
        Arc::new(StringArray::from_iter_values(groups)),
        number(|row| row.counts.allele_count),
        number(|row| row.counts.allele_number),
        part(|row| row.counts.heterozygous),
        part(|row| row.counts.homozygous),
        part(|row| row.counts.hemizygous),
    ]
}
