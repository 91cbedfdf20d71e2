//! Sorted rows to Parquet: one file a contig.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use arrow::datatypes::SchemaRef;
use fyr_schemas::Contig;
use parquet::arrow::ArrowWriter;

use super::{
    batch,
    row::StoredRow,
    schema::{PAGE_ROWS, file_schema, writer_properties},
    unite::Shards,
};
use crate::{
    DatasetKind, EngineError,
    store::layout::{FileRecord, Table, sync_directory},
};

/// Rows that are handed to Parquet at once: whole pages, so that pages begin at the same rows in
/// every file.
const CHUNK_ROWS: usize = 2 * PAGE_ROWS;
/// Bytes that are handed to Parquet at once, where rows are wide.
const CHUNK_BYTES: usize = 16 << 20;

/// Files of a segment that nothing lists yet. Dropped before they are kept, they are deleted.
#[derive(Debug, Default)]
pub(crate) struct NewFiles {
    root: PathBuf,
    records: Vec<FileRecord>,
    kept: bool,
}

impl NewFiles {
    /// Starts a list of files below the root of a store.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), records: Vec::new(), kept: false }
    }

    /// Returns the files.
    pub(crate) fn records(&self) -> &[FileRecord] {
        &self.records
    }

    /// Leaves the files where they are from now on.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }

    /// Creates a file; what is written to it is counted by [`NewFiles::close`].
    pub(crate) fn create(&mut self, record: FileRecord) -> Result<File, EngineError> {
        let path = self.root.join(&record.path);
        self.records.push(record);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(EngineError::io("creating a table directory"))?;
        }
        File::create_new(&path).map_err(EngineError::io(format!("creating `{}`", path.display())))
    }

    /// Makes the file created last durable and notes its size.
    pub(crate) fn close(&mut self, file: File, rows: u64) -> Result<(), EngineError> {
        let context = "writing a table";
        file.sync_all().map_err(EngineError::io(context))?;
        let bytes = file.metadata().map_err(EngineError::io(context))?.len();
        let Some(record) = self.records.last_mut() else { return Ok(()) };
        (record.rows, record.bytes) = (rows, bytes);
        match self.root.join(&record.path).parent() {
            Some(parent) => sync_directory(parent),
            None => Ok(()),
        }
    }
}

impl NewFiles {
    /// Deletes the files.
    pub(crate) fn delete(&mut self) {
        for record in std::mem::take(&mut self.records) {
            // What cannot be deleted now is deleted by the next writer.
            let _ = std::fs::remove_file(self.root.join(&record.path));
        }
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        if !self.kept {
            self.delete();
        }
    }
}

/// Writes the rows of a segment, which come in order, uniting those of one allele. Blocks.
pub(crate) fn write_tables(
    files: &mut NewFiles,
    segment: &str,
    kind: DatasetKind,
    rows: impl Iterator<Item = Result<StoredRow, EngineError>>,
    shards: &mut Shards,
) -> Result<(), EngineError> {
    let mut rows = rows.peekable();
    let mut part: Option<Part> = None;
    while let Some(first) = rows.next() {
        let mut same = vec![first?];
        while let Some(next) = rows.next_if(|next| is_same(&same, next)) {
            same.push(next?);
        }
        let Some(row) = shards.unite(same)? else { continue };
        let current = match part.take() {
            Some(current) if current.contig == row.variant.contig => current,
            former => {
                former.map_or(Ok(()), |part| part.finish(files))?;
                Part::create(files, segment, kind, &row.variant.contig)?
            }
        };
        part.insert(current).push(row)?;
    }
    part.map_or(Ok(()), |part| part.finish(files))
}

fn is_same(rows: &[StoredRow], next: &Result<StoredRow, EngineError>) -> bool {
    match (rows.first(), next) {
        (Some(first), Ok(next)) => first.is_same_allele(next),
        _ => false,
    }
}

/// The file of one contig while it is written.
struct Part {
    contig: Contig,
    segment: String,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    pending: Vec<StoredRow>,
    memory: usize,
    rows: u64,
}

impl Part {
    fn create(
        files: &mut NewFiles,
        segment: &str,
        kind: DatasetKind,
        contig: &Contig,
    ) -> Result<Self, EngineError> {
        let record = FileRecord::of_contig(Table::of_kind(kind), contig, segment);
        let file = files.create(record)?;
        let schema = file_schema(kind);
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(writer_properties(kind)))?;
        let (contig, segment) = (contig.clone(), segment.to_owned());
        Ok(Self { contig, segment, schema, writer, pending: Vec::new(), memory: 0, rows: 0 })
    }

    fn push(&mut self, row: StoredRow) -> Result<(), EngineError> {
        self.memory += row.memory();
        self.pending.push(row);
        let full = self.pending.len() >= CHUNK_ROWS || self.memory >= CHUNK_BYTES;
        if full { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), EngineError> {
        let schema = self.schema.clone();
        self.writer.write(&batch::encode(&self.pending, &schema, &self.segment)?)?;
        self.rows += self.pending.len() as u64;
        self.pending.clear();
        self.memory = 0;
        Ok(())
    }

    fn finish(mut self, files: &mut NewFiles) -> Result<(), EngineError> {
        self.write()?;
        files.close(self.writer.into_inner()?, self.rows)
    }
}
