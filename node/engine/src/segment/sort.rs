//! Sorting any number of rows in bounded memory.
//!
//! Rows are collected up to a budget, sorted, and spilled as a run; in the end the runs are merged.
//! Runs are Arrow IPC files in a staging directory. They are never synced: a crash discards them.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, VecDeque},
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use arrow::ipc::{reader::StreamReader, writer::StreamWriter};
use tokio::task::JoinHandle;

use super::{
    batch,
    row::StoredRow,
    schema::{PAGE_ROWS, run_schema},
};
use crate::{DatasetKind, EngineError};

/// Runs that are merged at once: each holds one batch in memory and one file open.
const FAN_IN: usize = 64;
/// Bytes of a batch of a run.
const BATCH_BYTES: usize = 256 << 10;

/// Collects rows and spills them when they exceed the budget.
#[derive(Debug)]
pub(crate) struct Sorter {
    directory: PathBuf,
    kind: DatasetKind,
    budget: usize,
    rows: Vec<StoredRow>,
    memory: usize,
    runs: Vec<PathBuf>,
    spilling: Option<JoinHandle<Result<(), EngineError>>>,
}

impl Sorter {
    /// Creates a sorter that spills to a directory and holds about `budget` bytes of rows.
    pub(crate) fn new(directory: &Path, kind: DatasetKind, budget: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            kind,
            budget,
            rows: Vec::new(),
            memory: 0,
            runs: Vec::new(),
            spilling: None,
        }
    }

    /// Adds rows. While one half of the budget is written to disk, the other half fills.
    pub(crate) async fn push(&mut self, rows: Vec<StoredRow>) -> Result<(), EngineError> {
        self.memory += rows.iter().map(StoredRow::memory).sum::<usize>();
        self.rows.extend(rows);
        if self.memory >= self.budget / 2 { self.spill().await } else { Ok(()) }
    }

    async fn spill(&mut self) -> Result<(), EngineError> {
        self.settle().await?;
        let path = self.directory.join(format!("run-{:06}.arrow", self.runs.len()));
        self.runs.push(path.clone());
        let (mut rows, kind) = (std::mem::take(&mut self.rows), self.kind);
        self.memory = 0;
        self.spilling = Some(tokio::task::spawn_blocking(move || {
            rows.sort_by(order);
            write_run(&path, kind, rows.into_iter().map(Ok))
        }));
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), EngineError> {
        match self.spilling.take() {
            Some(task) => task.await.map_err(|error| EngineError::Corrupt(format!("sorting: {error}")))?,
            None => Ok(()),
        }
    }

    /// Ends the collection.
    pub(crate) async fn finish(mut self) -> Result<Unmerged, EngineError> {
        self.settle().await?;
        Ok(Unmerged { directory: self.directory, kind: self.kind, runs: self.runs, rest: self.rows })
    }
}

/// Sorted runs on disk, and the rows that were never spilled.
#[derive(Debug)]
pub(crate) struct Unmerged {
    directory: PathBuf,
    kind: DatasetKind,
    runs: Vec<PathBuf>,
    rest: Vec<StoredRow>,
}

impl Unmerged {
    /// Returns all rows in order. Blocks.
    pub(crate) fn merge(mut self) -> Result<Merge, EngineError> {
        self.rest.sort_by(order);
        let mut merged = 0;
        while self.runs.len() > FAN_IN {
            let first: Vec<_> = self.runs.drain(..FAN_IN).collect();
            let path = self.directory.join(format!("merged-{merged:06}.arrow"));
            merged += 1;
            write_run(&path, self.kind, Merge::new(&first, Vec::new())?)?;
            first.iter().try_for_each(std::fs::remove_file).map_err(EngineError::io("merging runs"))?;
            // In front, so that of equal rows the first pushed stays the first.
            self.runs.insert(0, path);
        }
        Merge::new(&self.runs, self.rest)
    }
}

/// Order of the tables; of equal alleles that of the files.
fn order(a: &StoredRow, b: &StoredRow) -> Ordering {
    a.variant.cmp(&b.variant).then(a.source.cmp(&b.source))
}

fn write_run(
    path: &Path,
    kind: DatasetKind,
    rows: impl Iterator<Item = Result<StoredRow, EngineError>>,
) -> Result<(), EngineError> {
    let schema = run_schema(kind);
    let file = File::create(path).map_err(EngineError::io("sorting: staging a run"))?;
    let mut writer = StreamWriter::try_new(BufWriter::new(file), &schema)?;
    let (mut pending, mut memory) = (Vec::new(), 0);
    for row in rows {
        let row = row?;
        memory += row.memory();
        pending.push(row);
        if pending.len() >= PAGE_ROWS || memory >= BATCH_BYTES {
            writer.write(&batch::encode(&pending, &schema, "")?)?;
            pending.clear();
            memory = 0;
        }
    }
    if !pending.is_empty() {
        writer.write(&batch::encode(&pending, &schema, "")?)?;
    }
    writer.finish()?;
    Ok(())
}

/// A k-way merge of runs.
pub(crate) struct Merge {
    heap: BinaryHeap<Head>,
}

struct Head {
    row: StoredRow,
    /// Age of the run: of equal rows, the one pushed first comes first.
    age: usize,
    run: Run,
}

enum Run {
    Memory(std::vec::IntoIter<StoredRow>),
    File { reader: Box<StreamReader<BufReader<File>>>, rows: VecDeque<StoredRow> },
}

impl Merge {
    fn new(runs: &[PathBuf], rest: Vec<StoredRow>) -> Result<Self, EngineError> {
        let mut heap = BinaryHeap::with_capacity(runs.len() + 1);
        let files = runs.iter().map(|path| Run::open(path));
        let runs = files.chain(std::iter::once(Ok(Run::Memory(rest.into_iter()))));
        for (age, run) in runs.enumerate() {
            let mut run = run?;
            if let Some(row) = run.next()? {
                heap.push(Head { row, age, run });
            }
        }
        Ok(Self { heap })
    }
}

impl Iterator for Merge {
    type Item = Result<StoredRow, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heap.peek_mut()?;
        match head.run.next() {
            Ok(Some(next)) => Some(Ok(std::mem::replace(&mut head.row, next))),
            Ok(None) => Some(Ok(std::collections::binary_heap::PeekMut::pop(head).row)),
            Err(error) => {
                std::collections::binary_heap::PeekMut::pop(head);
                Some(Err(error))
            }
        }
    }
}

impl Run {
    fn open(path: &Path) -> Result<Self, EngineError> {
        let file = File::open(path).map_err(EngineError::io("sorting: reading a run"))?;
        let reader = StreamReader::try_new(BufReader::new(file), None)?;
        Ok(Self::File { reader: Box::new(reader), rows: VecDeque::new() })
    }

    fn next(&mut self) -> Result<Option<StoredRow>, EngineError> {
        match self {
            Self::Memory(rows) => Ok(rows.next()),
            Self::File { reader, rows } => {
                while rows.is_empty() {
                    match reader.next() {
                        Some(batch) => *rows = batch::decode(&batch?, None)?.into(),
                        None => return Ok(None),
                    }
                }
                Ok(rows.pop_front())
            }
        }
    }
}

impl Ord for Head {
    /// Reversed, because the heap gives out its greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        order(&other.row, &self.row).then(other.age.cmp(&self.age))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use fyr_schemas::{Assembly, Contig, Interbase, Variant, VariantType};

    use super::*;
    use crate::{Carriers, GenotypeRow};

    fn row(position: u64, source: u32, id: usize) -> StoredRow {
        let variant = Variant {
            contig: Contig::resolve("1", Assembly::Grch38).unwrap(),
            interval: Interbase::new(position, position + 1).unwrap(),
            reference_bases: "A".into(),
            alternate_bases: "T".into(),
            variant_type: VariantType::Snp,
            sv_length: None,
        };
        let (ids, carriers) = (vec![id.to_string()], Carriers::default());
        let row = GenotypeRow {
            variant,
            ids,
            filters: Vec::new(),
            shard: source,
            carriers,
            annotation: Default::default(),
        };
        StoredRow::from_genotypes(row)
    }

    #[tokio::test]
    async fn more_runs_than_are_merged_at_once_come_out_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(directory.path(), DatasetKind::Individual, 2);
        let rows: Vec<_> = (0..300).map(|id| row(((id * 7919) % 100) as u64, 0, id)).collect();
        for row in &rows {
            sorter.push(vec![row.clone()]).await.unwrap();
        }
        let unmerged = sorter.finish().await.unwrap();
        assert!(unmerged.runs.len() > 4 * FAN_IN);
        let merged: Vec<_> = unmerged.merge().unwrap().collect::<Result<_, _>>().unwrap();
        let mut expected = rows;
        // Stable: of equal rows, the one pushed first comes first.
        expected.sort_by(order);
        assert_eq!(merged, expected);
    }
}
