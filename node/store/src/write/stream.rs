//! Rows that come in order go straight into their files.
//!
//! Most inputs are sorted, and only left-alignment moves an allele in front of some neighbours. So the rows of
//! a contig are held back for a few thousand bases, put in order and written. A row that comes later than
//! that, or after its contig was left, is sorted apart, and in the end the contigs that have such rows are
//! written once more.
//!
//! Everything is in a scratch directory until the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    iter::Peekable,
    path::PathBuf,
};

use fyr_schemas::Contig;
use tempfile::TempDir;

use super::{
    sort::{Merge, Rows, Sorter, order},
    tables::{next_allele, write_tables},
    unite::{Found, Shards},
};
use crate::{
    DatasetKind, StoreError,
    file::{PartWriter, StoredRow, each, pages, staged},
    log::{EXTENSION, FileRecord, NewFiles, Table},
};

/// Bases that rows are held back for. Left-alignment moves an allele along its repeat, seldom as far.
const HELD_BACK: u32 = 5_000;

/// The rows of a segment on their way into its files.
pub(crate) struct Stream {
    /// Deleted when dropped.
    scratch: TempDir,
    segment: String,
    kind: DatasetKind,
    /// Bytes of rows that are held back at most.
    budget: usize,
    shards: Shards,
    current: Option<Current>,
    written: BTreeMap<Contig, Written>,
    /// Rows that came too late.
    late: Sorter,
    /// Contigs of such rows.
    unfinished: BTreeSet<Contig>,
    /// The rows of alleles that have several, should their contig be written once more.
    united: Sorter,
}

/// The contig that is being written.
struct Current {
    contig: Contig,
    path: PathBuf,
    part: PartWriter,
    /// Rows that are held back, in order.
    window: Vec<StoredRow>,
    memory: usize,
    /// Greatest start that was seen.
    greatest: u32,
    /// All rows that start before are written.
    below: u32,
    sources: Vec<Share>,
}

/// Rows one after the other that come from one source.
#[derive(Clone, Copy)]
struct Share {
    source: u32,
    rows: usize,
}

/// A contig that was left.
struct Written {
    path: PathBuf,
    rows: u64,
    sources: Vec<Share>,
    found: Found,
}

impl Stream {
    /// Starts with a directory of its own; about `memory` bytes of rows are held at most.
    pub(crate) fn new(
        scratch: TempDir,
        segment: &str,
        kind: DatasetKind,
        shards: Shards,
        memory: usize,
    ) -> Self {
        let sorter = |name, memory| Sorter::new(scratch.path().join(name), kind, memory);
        Self {
            segment: segment.to_owned(),
            kind,
            budget: memory / 4,
            shards,
            current: None,
            written: BTreeMap::new(),
            late: sorter("late", memory / 2),
            unfinished: BTreeSet::new(),
            united: sorter("united", memory / 4),
            scratch,
        }
    }

    /// Takes rows, and writes those that have their place. Blocks.
    pub(crate) fn take(&mut self, mut rows: Vec<StoredRow>) -> Result<(), StoreError> {
        while let Some(first) = rows.first() {
            let contig = first.variant.contig.clone();
            let end = rows.iter().position(|row| row.variant.contig != contig).unwrap_or(rows.len());
            let others = rows.split_off(end);
            self.take_contig(contig, std::mem::replace(&mut rows, others))?;
        }
        Ok(())
    }

    /// Takes rows of one contig.
    fn take_contig(&mut self, contig: Contig, rows: Vec<StoredRow>) -> Result<(), StoreError> {
        if self.written.contains_key(&contig) {
            return self.sort_apart(contig, rows);
        }
        if self.current.as_ref().is_none_or(|current| current.contig != contig) {
            self.leave()?;
            self.enter(contig.clone())?;
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        let late = current.hold(rows);
        let below = match current.memory > self.budget {
            true => current.greatest.saturating_add(1),
            false => current.greatest.saturating_sub(HELD_BACK),
        };
        current.write(below, &mut self.shards, &mut self.united)?;
        self.sort_apart(contig, late)
    }

    fn sort_apart(&mut self, contig: Contig, rows: Vec<StoredRow>) -> Result<(), StoreError> {
        if !rows.is_empty() {
            self.unfinished.insert(contig);
        }
        self.late.push(rows)
    }

    fn enter(&mut self, contig: Contig) -> Result<(), StoreError> {
        let path = self.scratch.path().join(format!("{:06}.{EXTENSION}", self.written.len()));
        let file = File::create_new(&path).map_err(StoreError::io("staging a table"))?;
        let part = PartWriter::create(file, &self.segment, self.kind)?;
        let (window, sources) = (Vec::new(), Vec::new());
        self.current =
            Some(Current { contig, path, part, window, memory: 0, greatest: 0, below: 0, sources });
        Ok(())
    }

    fn leave(&mut self) -> Result<(), StoreError> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        current.write(u32::MAX, &mut self.shards, &mut self.united)?;
        let Current { contig, path, part, sources, .. } = current;
        let (_, rows) = part.finish()?;
        let found = std::mem::take(&mut self.shards.found);
        self.written.insert(contig, Written { path, rows, sources, found });
        Ok(())
    }

    /// Puts all files in their places; those of unfinished contigs are written once more. Blocks.
    pub(crate) fn finish(mut self, files: &mut NewFiles) -> Result<Found, StoreError> {
        self.leave()?;
        let Self { scratch, segment, kind, mut shards, mut written, late, unfinished, united, .. } = self;
        let contigs: BTreeSet<Contig> = written.keys().chain(&unfinished).cloned().collect();
        let again = unfinished.iter().filter_map(|contig| Some((contig.clone(), written.remove(contig)?)));
        let again = reread(again.collect(), united.merge(None)?.peekable());
        let mut rows = late.merge(Some(again))?.peekable();
        for contig in contigs {
            if let Some(Written { path, rows, found, .. }) = written.remove(&contig) {
                let record = FileRecord::of_contig(Table::of_kind(kind), &contig, &segment);
                files.adopt(record, &path, rows)?;
                shards.found.add(found);
                continue;
            }
            let is_here =
                |row: &Result<StoredRow, _>| row.as_ref().map_or(true, |row| row.variant.contig == contig);
            let rows = std::iter::from_fn(|| rows.next_if(is_here));
            write_tables(files, &segment, kind, rows, &mut shards)?;
        }
        drop(scratch);
        Ok(shards.found)
    }
}

impl Current {
    /// Holds rows back, and returns those that come too late.
    fn hold(&mut self, rows: Vec<StoredRow>) -> Vec<StoredRow> {
        let is_late = |row: &StoredRow| row.variant.interval.start() < self.below;
        let (late, rows) = match rows.iter().any(is_late) {
            true => rows.into_iter().partition(is_late),
            false => (Vec::new(), rows),
        };
        let greatest = rows.iter().map(|row| row.variant.interval.start()).max();
        self.greatest = self.greatest.max(greatest.unwrap_or_default());
        self.memory += rows.iter().map(StoredRow::memory).sum::<usize>();
        self.window.extend(rows);
        if !self.window.is_sorted_by(|a, b| order(a, b).is_le()) {
            self.window.sort_by(order);
        }
        late
    }

    /// Writes the rows that start before `below`: all there are of each allele.
    fn write(&mut self, below: u32, shards: &mut Shards, united: &mut Sorter) -> Result<(), StoreError> {
        self.below = self.below.max(below);
        let count = self.window.partition_point(|row| row.variant.interval.start() < self.below);
        let held = self.window.split_off(count);
        let rows = std::mem::replace(&mut self.window, held);
        self.memory = self.window.iter().map(StoredRow::memory).sum();
        let mut rows = rows.into_iter().map(Ok).peekable();
        while let Some((first, others)) = next_allele(&mut rows)? {
            if !others.is_empty() {
                united.push(std::iter::once(&first).chain(&others).cloned())?;
            }
            self.count(first.source);
            self.part.push(shards.unite(first, &others)?)?;
        }
        Ok(())
    }

    fn count(&mut self, source: u32) {
        match self.sources.last_mut() {
            Some(last) if last.source == source => last.rows += 1,
            _ => self.sources.push(Share { source, rows: 1 }),
        }
    }
}

/// Reads files once more, with the rows that alleles had before they were united.
fn reread(files: Vec<(Contig, Written)>, mut united: Peekable<Merge>) -> Rows {
    let rows = files.into_iter().flat_map(|(contig, Written { path, sources, .. })| {
        let sources = sources.into_iter().flat_map(|share| std::iter::repeat_n(share.source, share.rows));
        let rows = pages(staged(&path), contig).flat_map(each).zip(sources);
        rows.map(|(row, source)| Ok(row?.with_source(source)))
    });
    Box::new(rows.flat_map(move |row| separate(row, &mut united)))
}

/// Returns the rows that a row was united of; itself where there was no other.
fn separate(
    row: Result<StoredRow, StoreError>,
    united: &mut Peekable<Merge>,
) -> Vec<Result<StoredRow, StoreError>> {
    let Ok(row) = row else { return vec![row] };
    // Of contigs that are not read once more.
    let is_before = |other: &Result<StoredRow, _>| matches!(other, Ok(other) if other.variant < row.variant);
    while united.next_if(is_before).is_some() {}
    let is_part =
        |other: &Result<StoredRow, _>| other.as_ref().map_or(true, |other| other.is_same_allele(&row));
    let parts: Vec<_> = std::iter::from_fn(|| united.next_if(is_part)).collect();
    if parts.is_empty() { vec![Ok(row)] } else { parts }
}

#[cfg(test)]
mod tests {
    use fyr_schemas::{Assembly, Interbase, Variant, VariantType};
    use proptest::prelude::*;
    use roaring::RoaringBitmap;

    use super::*;
    use crate::{Call, Carriers, GenotypeRow, log::StorePlace};

    fn contig(name: &str) -> Contig {
        Contig::resolve(name, Assembly::GRCH38).unwrap()
    }

    /// A row of one person's call. Two files have two people each.
    fn row((on, start, alternate, person): (usize, u32, usize, u32)) -> StoredRow {
        let variant = Variant {
            contig: contig(["2", "1", "X"][on]),
            interval: Interbase::new(start.into(), u64::from(start) + 1).unwrap(),
            reference_bases: "A".into(),
            alternate_bases: ["C", "G"][alternate].into(),
            variant_type: VariantType::Snp,
            sv_length: None,
        };
        let mut carriers = Carriers::default();
        carriers.push(person, Call::Heterozygous);
        let (ids, filters, annotation) = (vec![person.to_string()], Vec::new(), Default::default());
        StoredRow::from_genotypes(GenotypeRow {
            variant,
            ids,
            filters,
            shard: person / 2,
            carriers,
            annotation,
        })
    }

    fn shards() -> Shards {
        let people = |people: &[u32]| people.iter().copied().collect::<RoaringBitmap>();
        Shards::new(vec![people(&[0, 1]), people(&[2, 3])], people(&[0, 1, 2, 3]), Vec::new())
    }

    fn stored(place: &StorePlace, files: &NewFiles) -> Vec<StoredRow> {
        let of = |file: &FileRecord| pages(place.read(&file.path), contig(file.contig_name()));
        let pages = files.records().iter().flat_map(of);
        pages.flat_map(each).map(Result::unwrap).collect()
    }

    /// Writes rows as they come, some at a time.
    fn streamed(
        rows: &[StoredRow],
        memory: usize,
    ) -> (Vec<StoredRow>, [u64; 2], Vec<crate::DuplicateAllele>) {
        let place = StorePlace::in_memory();
        let mut stream =
            Stream::new(place.blobs().scratch().unwrap(), "s", DatasetKind::Individual, shards(), memory);
        rows.chunks(7).for_each(|rows| stream.take(rows.to_vec()).unwrap());
        let mut files = NewFiles::new(&place).unwrap();
        let Found { duplicates, first, open } = stream.finish(&mut files).unwrap();
        (stored(&place, &files), [duplicates, open], first)
    }

    /// Sorts all rows first.
    fn sorted(rows: &[StoredRow]) -> (Vec<StoredRow>, [u64; 2], Vec<crate::DuplicateAllele>) {
        let place = StorePlace::in_memory();
        let (mut rows, mut shards, mut files) = (rows.to_vec(), shards(), NewFiles::new(&place).unwrap());
        rows.sort_by(order);
        write_tables(&mut files, "s", DatasetKind::Individual, rows.into_iter().map(Ok), &mut shards)
            .unwrap();
        (stored(&place, &files), [shards.found.duplicates, shards.found.open], shards.found.first)
    }

    #[test]
    fn rows_in_order_are_written_as_they_come() {
        let place = StorePlace::in_memory();
        let mut stream =
            Stream::new(place.blobs().scratch().unwrap(), "s", DatasetKind::Individual, shards(), 1 << 20);
        // Contigs may come in any order, and alignment moves a row a little.
        for on in 0..3 {
            let rows = (0..400).map(|n| row((on, 20_000 + 100 * n - 3_000 * (n % 2), 0, 1)));
            stream.take(rows.collect()).unwrap();
        }
        assert!(stream.unfinished.is_empty());
        assert_eq!(stream.finish(&mut NewFiles::new(&place).unwrap()).unwrap().duplicates, 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_order_gives_the_same_files(
            rows in prop::collection::vec((0usize..3, 0u32..9, 0usize..2, 0u32..4), 0..90),
            sorted_by in 0usize..3,
            scale in prop_oneof![Just(1u32), Just(4_000)],
            memory in prop_oneof![Just(100usize), Just(1 << 20)],
        ) {
            let mut rows: Vec<_> = rows.into_iter().map(|(on, start, a, p)| row((on, start * scale, a, p))).collect();
            match sorted_by {
                0 => rows.sort_by(order),
                1 => rows.sort_by_key(|row| row.source),
                _ => {}
            }
            prop_assert_eq!(streamed(&rows, memory), sorted(&rows));
        }
    }
}
