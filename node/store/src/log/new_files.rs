//! Sorted rows to Parquet: one file a contig.

use std::{
    fs::File,
    iter::Peekable,
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
        let path = self.add(record)?;
        File::create_new(&path).map_err(EngineError::io(format!("creating `{}`", path.display())))
    }

    /// Moves a complete file to its place, makes it durable and notes its size.
    pub(crate) fn adopt(&mut self, record: FileRecord, from: &Path, rows: u64) -> Result<(), EngineError> {
        let path = self.add(record)?;
        let moved = std::fs::rename(from, &path).and_then(|()| File::open(&path));
        self.close(moved.map_err(EngineError::io(format!("creating `{}`", path.display())))?, rows)
    }

    /// Lists a file that is to be, and makes its directory.
    fn add(&mut self, record: FileRecord) -> Result<PathBuf, EngineError> {
        let path = self.root.join(&record.path);
        self.records.push(record);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(EngineError::io("creating a table directory"))?;
        }
        Ok(path)
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
    let mut current: Option<(Contig, Part)> = None;
    while let Some((first, others)) = next_allele(&mut rows)? {
        let row = shards.unite(first, &others)?;
        let contig = &row.variant.contig;
        if current.as_ref().is_none_or(|(current, _)| current != contig) {
            close(current.take(), files)?;
            let file = files.create(FileRecord::of_contig(Table::of_kind(kind), contig, segment))?;
            current = Some((contig.clone(), Part::create(file, segment, kind)?));
        }
        if let Some((_, part)) = &mut current {
            part.push(row)?;
        }
    }
    close(current, files)
}

fn close(current: Option<(Contig, Part)>, files: &mut NewFiles) -> Result<(), EngineError> {
    let Some((_, part)) = current else { return Ok(()) };
    let (file, rows) = part.finish()?;
    files.close(file, rows)
}

/// Takes all rows of the next allele.
pub(crate) fn next_allele(
    rows: &mut Peekable<impl Iterator<Item = Result<StoredRow, EngineError>>>,
) -> Result<Option<(StoredRow, Vec<StoredRow>)>, EngineError> {
    let Some(first) = rows.next().transpose()? else { return Ok(None) };
    let is_same = |next: &Result<StoredRow, _>| matches!(next, Ok(next) if next.is_same_allele(&first));
    let others = std::iter::from_fn(|| rows.next_if(is_same)).collect::<Result<_, _>>()?;
    Ok(Some((first, others)))
}

/// The file of one contig while it is written.
pub(crate) struct Part {
    segment: String,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    pending: Vec<StoredRow>,
    memory: usize,
    rows: u64,
}

impl Part {
    /// Starts an empty file.
    pub(crate) fn create(file: File, segment: &str, kind: DatasetKind) -> Result<Self, EngineError> {
        let (schema, segment) = (file_schema(kind), segment.to_owned());
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(writer_properties(kind)))?;
        Ok(Self { segment, schema, writer, pending: Vec::new(), memory: 0, rows: 0 })
    }

    /// Adds the next row.
    pub(crate) fn push(&mut self, row: StoredRow) -> Result<(), EngineError> {
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

    /// Ends the file; returns it with the number of its rows.
    pub(crate) fn finish(mut self) -> Result<(File, u64), EngineError> {
        self.write()?;
        Ok((self.writer.into_inner()?, self.rows))
    }
}
