//! Sorting any number of rows in bounded memory.
//!
//! Rows are collected up to a budget, sorted, and spilled as a run; in the end the runs are merged.
//! Only rows that come too late to be written as they come are sorted so. Runs are Arrow IPC files in a staging directory. They are never synced: a crash discards them.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{BufReader, BufWriter},
    ops::Range,
    path::{Path, PathBuf},
};

use arrow::{
    error::ArrowError,
    ipc::{reader::StreamReader, writer::StreamWriter},
};

use crate::{
    DatasetKind, StoreError,
    file::{PAGE_ROWS, StoredRow, decode, each, encode, run_schema},
};

/// Runs that are merged at once: each holds one batch in memory and one file open.
const FAN_IN: usize = 64;
/// Bytes of a batch of a run.
const BATCH_BYTES: usize = 256 << 10;

/// Rows in the order of the tables.
pub(crate) type Rows = Box<dyn Iterator<Item = Result<StoredRow, StoreError>>>;

/// Collects rows and spills them when they exceed the budget.
#[derive(Debug)]
pub(crate) struct Sorter {
    directory: PathBuf,
    kind: DatasetKind,
    budget: usize,
    rows: Vec<StoredRow>,
    memory: usize,
    runs: Vec<PathBuf>,
}

impl Sorter {
    /// Creates a sorter that spills to a directory of its own and holds about `budget` bytes of rows.
    pub(crate) fn new(directory: PathBuf, kind: DatasetKind, budget: usize) -> Self {
        Self { directory, kind, budget, rows: Vec::new(), memory: 0, runs: Vec::new() }
    }

    /// Adds rows. Blocks while they are spilled.
    pub(crate) fn push(&mut self, rows: impl IntoIterator<Item = StoredRow>) -> Result<(), StoreError> {
        let memory = &mut self.memory;
        self.rows.extend(rows.into_iter().inspect(|row| *memory += row.memory()));
        if self.memory >= self.budget { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), StoreError> {
        self.memory = 0;
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(order);
        self.add_run(rows.into_iter().map(Ok))
    }

    /// Takes rows that are in order.
    fn add_run(
        &mut self,
        rows: impl Iterator<Item = Result<StoredRow, StoreError>>,
    ) -> Result<(), StoreError> {
        std::fs::create_dir_all(&self.directory).map_err(StoreError::io("sorting: staging a run"))?;
        let path = self.directory.join(format!("run-{:06}.arrow", self.runs.len()));
        self.runs.push(path.clone());
        write_run(&path, self.kind, rows)
    }

    /// Returns all rows in order; those of `first` come before others that are equal. Blocks.
    pub(crate) fn merge(mut self, first: Option<Rows>) -> Result<Merge, StoreError> {
        self.rows.sort_by(order);
        let mut merged = 0;
        while self.runs.len() > FAN_IN {
            let oldest: Vec<_> = self.runs.drain(..FAN_IN).collect();
            let path = self.directory.join(format!("merged-{merged:06}.arrow"));
            merged += 1;
            write_run(&path, self.kind, Merge::new(oldest.iter().map(|run| read_run(run)))?)?;
            oldest.iter().try_for_each(std::fs::remove_file).map_err(StoreError::io("merging runs"))?;
            // In front, so that of equal rows the first pushed stays the first.
            self.runs.insert(0, path);
        }
        let rest: Rows = Box::new(self.rows.into_iter().map(Ok));
        let runs = self.runs.iter().map(|run| read_run(run));
        Merge::new(first.map(Ok).into_iter().chain(runs).chain([Ok(rest)]))
    }
}

/// Merges so many files, each of which is in order and is opened when it is its turn; of equal rows, those of the first
/// come first. What is more than can be read at once goes through runs in a directory of its own. Blocks.
pub(crate) fn merge_files(
    directory: PathBuf,
    kind: DatasetKind,
    count: usize,
    open: impl Fn(usize) -> Rows,
) -> Result<Merge, StoreError> {
    let opened = |files: Range<usize>| files.map(|file| Ok(open(file)));
    if count <= FAN_IN {
        return Merge::new(opened(0..count));
    }
    let mut runs = Sorter::new(directory, kind, 0);
    for first in (0..count).step_by(FAN_IN) {
        runs.add_run(Merge::new(opened(first..count.min(first + FAN_IN)))?)?;
    }
    runs.merge(None)
}

/// Order of the tables; of equal alleles that of the files.
pub(crate) fn order(a: &StoredRow, b: &StoredRow) -> Ordering {
    a.variant.cmp(&b.variant).then(a.source.cmp(&b.source))
}

fn write_run(
    path: &Path,
    kind: DatasetKind,
    rows: impl Iterator<Item = Result<StoredRow, StoreError>>,
) -> Result<(), StoreError> {
    let schema = run_schema(kind);
    let file = File::create(path).map_err(StoreError::io("sorting: staging a run"))?;
    let mut writer = StreamWriter::try_new(BufWriter::new(file), &schema)?;
    let (mut pending, mut memory) = (Vec::new(), 0);
    for row in rows {
        let row = row?;
        memory += row.memory();
        pending.push(row);
        if pending.len() >= PAGE_ROWS || memory >= BATCH_BYTES {
            writer.write(&encode(&pending, &schema, "")?)?;
            pending.clear();
            memory = 0;
        }
    }
    if !pending.is_empty() {
        writer.write(&encode(&pending, &schema, "")?)?;
    }
    writer.finish()?;
    Ok(())
}

fn read_run(path: &Path) -> Result<Rows, StoreError> {
    let file = File::open(path).map_err(StoreError::io("sorting: reading a run"))?;
    let batches = StreamReader::try_new(BufReader::new(file), None)?;
    let page = |batch: Result<_, ArrowError>| decode(&batch?, None);
    Ok(Box::new(batches.flat_map(move |batch| each(page(batch)))))
}

/// A k-way merge of runs.
pub(crate) struct Merge {
    heap: BinaryHeap<Head>,
}

struct Head {
    row: StoredRow,
    /// Age of the run: of equal rows, the one pushed first comes first.
    age: usize,
    run: Rows,
}

impl Merge {
    fn new(runs: impl Iterator<Item = Result<Rows, StoreError>>) -> Result<Self, StoreError> {
        let mut heap = BinaryHeap::new();
        for (age, run) in runs.enumerate() {
            let mut run = run?;
            if let Some(row) = run.next().transpose()? {
                heap.push(Head { row, age, run });
            }
        }
        Ok(Self { heap })
    }
}

impl Iterator for Merge {
    type Item = Result<StoredRow, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut head = self.heap.peek_mut()?;
        match head.run.next() {
            Some(Ok(next)) => Some(Ok(std::mem::replace(&mut head.row, next))),
            None => Some(Ok(PeekMut::pop(head).row)),
            Some(Err(error)) => {
                PeekMut::pop(head);
                Some(Err(error))
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
            contig: Contig::resolve("1", Assembly::GRCH38).unwrap(),
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

    #[test]
    fn more_runs_than_are_merged_at_once_come_out_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(directory.path().join("runs"), DatasetKind::Individual, 2);
        let rows: Vec<_> = (0..300).map(|id| row(((id * 7919) % 100) as u64, 0, id)).collect();
        for row in &rows {
            sorter.push([row.clone()]).unwrap();
        }
        assert!(sorter.runs.len() > 4 * FAN_IN);
        let merged: Vec<_> = sorter.merge(None).unwrap().collect::<Result<_, _>>().unwrap();
        let mut expected = rows;
        // Stable: of equal rows, the one pushed first comes first.
        expected.sort_by(order);
        assert_eq!(merged, expected);
    }
}
