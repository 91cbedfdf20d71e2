//! Taking people out of a store for good: their bits, rows, entries and names.
//!
//! Every segment that holds something of them is written again without it, under a name that sorts where
//! the former did, and takes its place in one commit. Then the former files are deleted, and the logs of
//! the tables are summed up so that they tell of no former version. Whoever dies in between leaves the
//! store as it was or as it is to be; another run, or the next writer, clears the rest.
//!
//! Who reads the store meanwhile has the former files mapped and goes on with them; the disk gives them
//! up when the last such reader has taken over the new version, which running nodes do at once. On a local
//! disk there is nothing more to wait for.
//!
//! The hash of a file stays with a segment that others are in too: that file is still refused as ingested.
//! Of a segment that is gone nothing stays; that its people do not come back is for whoever ingests.

use std::{collections::HashSet, sync::Arc};

use roaring::RoaringBitmap;

use super::alleles;
use crate::{
    StoreError, blocking,
    file::rows,
    log::{FileRecord, NewFiles, SegmentRecord, StorePlace, Table, TableLog, Transaction, segments_schema},
    people::{
        EntryKey, EntryRow, FactRow, IndividualRow, Left, Person, Persons, read_entries, read_individuals,
        redact, rewrite_individuals, write_entries,
    },
};

/// What stands where a file was named after somebody.
const REDACTED: &str = "redacted";

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeSummary {
    /// Version of the store in which nothing is left.
    pub version: u64,
    /// People of whom there was something.
    pub people: u64,
    /// Segments that were written again.
    pub rewritten: u64,
    /// Segments in which there was nobody else.
    pub dropped: u64,
}

/// A purge on its way. Its steps are called in the order in which they stand here; [`crate::Store::purge`] calls all.
#[derive(Debug)]
pub struct PurgeTransaction {
    transaction: Transaction,
    files: NewFiles,
    summary: PurgeSummary,
}

impl PurgeTransaction {
    /// Starts under a transaction, and clears what others left.
    pub(crate) async fn new(transaction: Transaction) -> Result<Self, StoreError> {
        transaction.clean().await?;
        let files = NewFiles::new(&transaction.place)?;
        Ok(Self { transaction, files, summary: PurgeSummary::default() })
    }

    /// Returns what was done so far.
    pub fn summary(&self) -> PurgeSummary {
        self.summary
    }

    /// Writes segments again, without people of a dataset, who are named by any of their ids; nothing of it is
    /// visible. `progress` is told how many rows are done, of how many.
    ///
    /// # Errors
    ///
    /// The store cannot be read or written.
    pub async fn write(
        &mut self,
        dataset: &str,
        people: &[String],
        progress: impl Fn(u64, u64) + Send + 'static,
    ) -> Result<(), StoreError> {
        let segments: Vec<_> = self.transaction.catalog.of_dataset(dataset).cloned().collect();
        let (place, claim) = (self.transaction.place.clone(), self.transaction.claim());
        let (ids, version) = (people.to_vec(), self.transaction.next_version());
        let writing = move || {
            let mut files = NewFiles::new(&place)?;
            let gone = Gone::find(&place, &segments, ids)?;
            let rewriting = Rewriting { place: &place, gone: &gone, version, as_if_never_there: false };
            let outcome = rewriting.all(&mut files, &segments, &progress)?;
            drop(claim);
            Ok::<_, StoreError>((outcome, gone.persons_found(), files))
        };
        let (outcome, people, files) = blocking("writing segments again", writing).await??;
        self.files = files;
        self.summary = PurgeSummary { people, ..outcome.summary };
        self.transaction.replace_segments(outcome.replaced);
        Ok(())
    }

    /// Lists the new files in their tables; their segments stay invisible.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn list(&mut self) -> Result<(), StoreError> {
        let is_data = |file: &&FileRecord| file.table != Table::Segments;
        let data: Vec<_> = self.files.records().iter().filter(is_data).cloned().collect();
        self.transaction.list(&data).await
    }

    /// Puts the new segments into the place of the former.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        let is_segment = |file: &&FileRecord| file.table == Table::Segments;
        let segments: Vec<_> = self.files.records().iter().filter(is_segment).cloned().collect();
        // A commit that fails may have come about. What it does not list, the next writer deletes.
        self.files.keep();
        self.summary.version = self.transaction.commit(&segments).await?;
        Ok(())
    }

    /// Deletes the former files.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn clean(&self) -> Result<(), StoreError> {
        self.transaction.clean().await
    }

    /// Takes former versions out of the logs.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn forget(&self) -> Result<(), StoreError> {
        for table in Table::ALL {
            TableLog::forget(&self.transaction.place, table).await?;
        }
        Ok(())
    }

    /// Ends as a process does that is killed: what was written stays where it is, for the next writer to clear.
    pub fn abandon(mut self) {
        self.files.keep();
    }
}

/// Whoever is taken out, by all that tells of them.
pub(super) struct Gone {
    persons: Persons,
    people: HashSet<Person>,
    numbers: RoaringBitmap,
    ids: Vec<String>,
}

impl Gone {
    /// Takes out what bitmaps say of some numbers, and nothing that names anybody.
    pub(super) fn of_genotypes(numbers: RoaringBitmap) -> Self {
        Self { persons: Persons::default(), people: HashSet::new(), numbers, ids: Vec::new() }
    }

    fn find(
        place: &StorePlace,
        segments: &[Arc<SegmentRecord>],
        ids: Vec<String>,
    ) -> Result<Self, StoreError> {
        let segments = || segments.iter().map(AsRef::as_ref);
        let persons = Persons::new(&read_individuals(place, segments())?, &read_entries(place, segments())?);
        let people: HashSet<Person> = ids.iter().filter_map(|id| persons.of_id(id)).collect();
        let numbers = persons.numbers(|person| people.contains(&person));
        let mut ids: Vec<String> = ids.iter().flat_map(|id| persons.aliases(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !id.is_empty());
        Ok(Self { persons, people, numbers, ids })
    }

    fn persons_found(&self) -> u64 {
        self.people.len() as u64
    }

    fn has_id(&self, id: &str) -> bool {
        self.persons.of_id(id).is_some_and(|person| self.people.contains(&person))
            || self.ids.binary_search_by(|have| have.as_str().cmp(id)).is_ok()
    }

    fn left_of(&self, key: &EntryKey) -> Left {
        self.persons.left_of(key, |person| self.people.contains(&person))
    }

    /// Returns whether a file is named after one of them.
    fn is_named_in(&self, file: &str) -> bool {
        let stands_alone = |(at, id): (usize, &str)| {
            let before = file.get(..at).and_then(|text| text.chars().next_back());
            let after = file.get(at + id.len()..).and_then(|text| text.chars().next());
            !before.into_iter().chain(after).any(char::is_alphanumeric)
        };
        self.ids.iter().any(|id| file.match_indices(id.as_str()).any(stands_alone))
    }
}

/// What was written, and what it replaces.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(super) summary: PurgeSummary,
    pub(crate) replaced: HashSet<String>,
}

impl Outcome {
    /// Adds what became of other segments.
    pub(super) fn add(&mut self, other: Self) {
        self.summary.rewritten += other.summary.rewritten;
        self.summary.dropped += other.summary.dropped;
        self.replaced.extend(other.replaced);
    }
}

pub(super) struct Rewriting<'a> {
    pub(super) place: &'a StorePlace,
    pub(super) gone: &'a Gone,
    pub(super) version: u64,
    /// Whether a segment may be whole without those who are gone that was not whole with them, as if they had never been in
    /// its files; else it stays what it was, as in views.
    pub(super) as_if_never_there: bool,
}

/// What a segment holds beside its alleles.
#[derive(Default)]
struct Held {
    members: Vec<IndividualRow>,
    entries: Vec<EntryRow>,
    facts: Vec<FactRow>,
}

impl Held {
    fn is_empty(&self) -> bool {
        self.members.is_empty() && self.entries.is_empty()
    }
}

impl Rewriting<'_> {
    pub(super) fn all(
        &self,
        files: &mut NewFiles,
        segments: &[Arc<SegmentRecord>],
        progress: &impl Fn(u64, u64),
    ) -> Result<Outcome, StoreError> {
        let mut outcome = Outcome::default();
        let total = segments.iter().map(|segment| segment.variants).sum();
        let mut done = 0;
        for segment in segments {
            let held = self.read(segment)?;
            let left = self.without(&held)?;
            if left.as_ref().is_some_and(Held::is_empty) {
                outcome.summary.dropped += 1;
                outcome.replaced.insert(segment.segment.clone());
            } else if left.is_some() || self.names_them(segment) {
                let step = |rows| progress(done + rows, total);
                self.rewrite(files, segment, left.unwrap_or(held), &step)?;
                outcome.summary.rewritten += 1;
                outcome.replaced.insert(segment.segment.clone());
            }
            done += segment.variants;
            progress(done, total);
        }
        Ok(outcome)
    }

    /// Writes a segment again that nobody leaves, with more people.
    pub(super) fn with_more(
        &self,
        files: &mut NewFiles,
        segment: &SegmentRecord,
        people: Vec<IndividualRow>,
    ) -> Result<(), StoreError> {
        let mut held = self.read(segment)?;
        held.members.extend(people);
        self.rewrite(files, segment, held, &|_| {})
    }

    fn names_them(&self, segment: &SegmentRecord) -> bool {
        segment.sources.iter().any(|source| self.gone.is_named_in(&source.name))
    }

    fn read(&self, segment: &SegmentRecord) -> Result<Held, StoreError> {
        let mut held = Held { members: read_individuals(self.place, [segment])?, ..Held::default() };
        for file in &segment.files {
            match file.table {
                Table::Entries => {
                    held.entries.extend(rows::read::<EntryRow>(self.place.read(&file.path)?, &file.path)?)
                }
                Table::Facts => {
                    held.facts.extend(rows::read::<FactRow>(self.place.read(&file.path)?, &file.path)?)
                }
                _ => {}
            }
        }
        Ok(held)
    }

    /// Returns what others hold; none where that is everything.
    fn without(&self, held: &Held) -> Result<Option<Held>, StoreError> {
        let is_left = |row: &&IndividualRow| !self.gone.numbers.contains(row.index);
        let members: Vec<_> = held.members.iter().filter(is_left).cloned().collect();
        let mut entries = Vec::new();
        let mut changed = members.len() < held.members.len();
        for row in &held.entries {
            let kept = self.entry_without(row)?;
            changed |= kept.as_ref() != Some(row);
            entries.extend(kept);
        }
        if !changed {
            return Ok(None);
        }
        let kept: HashSet<_> = entries.iter().map(|row| (row.entry_type, row.number)).collect();
        let facts = held.facts.iter().filter(|fact| kept.contains(&(fact.entry_type, fact.number)));
        Ok(Some(Held { members, facts: facts.cloned().collect(), entries }))
    }

    /// Returns an entry without those who are gone; none where it is theirs.
    fn entry_without(&self, row: &EntryRow) -> Result<Option<EntryRow>, StoreError> {
        let mut row = row.clone();
        match self.gone.left_of(&row.key()) {
            Left::Nothing => return Ok(None),
            Left::Members(members) => row.members = Some(members),
            Left::All => {}
        }
        let damaged = |error| StoreError::Corrupt(format!("a document of {}: {error}", row.entry_type));
        let mut document = serde_json::from_str(&row.document).map_err(damaged)?;
        if redact(&mut document, &|id| self.gone.has_id(id)) {
            row.document = document.to_string();
        }
        Ok(Some(row))
    }

    /// Writes a segment again, its row of `segments` last.
    fn rewrite(
        &self,
        files: &mut NewFiles,
        segment: &SegmentRecord,
        held: Held,
        step: &impl Fn(u64),
    ) -> Result<(), StoreError> {
        let id = next_name(&segment.segment);
        let first = files.records().len();
        let open = alleles::rewrite((self.place, segment), (files, &id), &self.gone.numbers, step)?;
        let people: RoaringBitmap = held.members.iter().map(|member| member.index).collect();
        let individuals = people.len();
        let holds = |table| segment.files.iter().any(|file| file.table == table);
        let mut kept = segment.clone();
        if holds(Table::Individuals) {
            kept.keep_ingests(&held.members.iter().map(IndividualRow::ingest).collect());
        }
        if holds(Table::Entries) {
            write_entries(files, &id, &entries_of(&id, held.entries), facts_of(&id, held.facts))?;
        }
        if holds(Table::Individuals) {
            rewrite_individuals(files, &id, held.members)?;
        }
        let written = files.records().get(first..).unwrap_or_default().to_vec();
        let is_open = self.as_if_never_there && segment.whole == Some(false);
        let whole = if is_open { Some(open == 0) } else { segment.whole };
        let record = SegmentRecord { whole, ..self.record(&kept, id, individuals, written) };
        let file = files.create(FileRecord::of_table(Table::Segments, &record.segment))?;
        files.close(rows::write(file, segments_schema(), std::slice::from_ref(&record))?, 1)
    }

    fn record(
        &self,
        segment: &SegmentRecord,
        id: String,
        individuals: u64,
        files: Vec<FileRecord>,
    ) -> SegmentRecord {
        let is_of_alleles = |file: &FileRecord| file.table == Table::of_kind(segment.kind);
        let mut sources = segment.sources.clone();
        let is_named = |name: &str| self.gone.ids.iter().any(|id| name.contains(id.as_str()));
        for source in sources.iter_mut().filter(|source| is_named(&source.name)) {
            REDACTED.clone_into(&mut source.name);
        }
        SegmentRecord {
            segment: id,
            version: self.version,
            individuals,
            variants: files.iter().filter(|file| is_of_alleles(file)).map(|file| file.rows).sum(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            sources,
            files,
            ..segment.clone()
        }
    }
}

fn entries_of(segment: &str, mut rows: Vec<EntryRow>) -> Vec<EntryRow> {
    rows.iter_mut().for_each(|row| segment.clone_into(&mut row.segment));
    rows
}

fn facts_of(segment: &str, mut rows: Vec<FactRow>) -> Vec<FactRow> {
    rows.iter_mut().for_each(|row| segment.clone_into(&mut row.segment));
    rows
}

/// Names the segment that takes the place of another. Names sort by age, and it is as old.
pub(super) fn next_name(segment: &str) -> String {
    let (name, times) = segment.rsplit_once('_').unwrap_or((segment, "0"));
    format!("{name}_{}", times.parse::<u64>().unwrap_or_default() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewritten_segment_sorts_where_it_did() {
        let names = ["0190a-1", "0190a-2", "0190b-1"];
        let second = next_name(&next_name(names[1]));
        assert_eq!(second, "0190a-2_2");
        assert!(names[0] < second.as_str() && second.as_str() < names[2]);
    }

    #[test]
    fn a_name_in_a_longer_name_is_another() {
        let gone = Gone {
            persons: Persons::default(),
            people: HashSet::new(),
            numbers: RoaringBitmap::new(),
            ids: vec!["P1".into()],
        };
        let named = ["P1.vcf.gz", "P1", "a_P1.bcf", "P1-P2.vcf", "P11-P1.vcf"];
        assert!(named.iter().all(|file| gone.is_named_in(file)));
        assert!(!["P11.vcf", "XP1.vcf", "P2.vcf"].iter().any(|file| gone.is_named_in(file)));
    }
}
