//! One row an allele, out of the records that several files, or one file twice, have of it.

use fyr_schemas::Variant;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::{
    SourceFile, StoreError,
    file::{PackedCarriers, Payload, StoredRow, extend, unite},
};

/// Duplicates that are listed with their alleles; the others are only counted.
const LISTED_DUPLICATES: usize = 100;

/// What is known of the input files, and what was found in them.
#[derive(Debug)]
pub(crate) struct Shards {
    /// Bitmap indices of the people of each file; none for frequencies.
    people: Vec<RoaringBitmap>,
    /// Whether a file holds everyone.
    complete: Vec<bool>,
    everyone: RoaringBitmap,
    sources: Vec<SourceFile>,
    /// Whether of counts that differ the later ones hold.
    later_holds: bool,
    /// What was found since this was taken.
    pub(crate) found: Found,
}

/// An allele that one file has more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateAllele {
    /// The allele.
    pub variant: Variant,
    /// In how many records.
    pub records: u32,
    /// Which source.
    pub shard: u32,
}

/// What is worth telling of the alleles of an ingest.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// How many occurred more than once in one file.
    pub(crate) duplicates: u64,
    /// The first of them.
    pub(crate) first: Vec<DuplicateAllele>,
    /// How many are not in every file, so that nothing is known of somebody.
    pub(crate) open: u64,
}

impl Found {
    /// Adds what was found in rows that come later.
    pub(crate) fn add(&mut self, later: Self) {
        self.duplicates += later.duplicates;
        self.open += later.open;
        let room = LISTED_DUPLICATES.saturating_sub(self.first.len());
        self.first.extend(later.first.into_iter().take(room));
    }
}

impl Shards {
    /// Starts with the people of each file.
    pub(crate) fn new(people: Vec<RoaringBitmap>, everyone: RoaringBitmap, sources: Vec<SourceFile>) -> Self {
        let complete = people.iter().map(|shard| *shard == everyone).collect();
        Self { people, complete, everyone, sources, later_holds: false, found: Found::default() }
    }

    /// Starts with the people of each segment that is merged with others, oldest first. Of counts without people the
    /// latest segment is believed, as by questions.
    pub(crate) fn of_segments(people: Vec<RoaringBitmap>) -> Self {
        let everyone = people.iter().fold(RoaringBitmap::new(), |all, people| all | people);
        Self { later_holds: true, ..Self::new(people, everyone, Vec::new()) }
    }

    /// Unites the rows of one allele. The people of files that do not have the allele count as missing, and are
    /// unlisted.
    pub(crate) fn unite(
        &mut self,
        mut first: StoredRow,
        others: &[StoredRow],
    ) -> Result<StoredRow, StoreError> {
        if others.is_empty() && self.is_complete(first.source) {
            return Ok(first);
        }
        self.report_duplicates(&first, others);
        for row in others {
            extend(&mut first.ids, row.ids.iter().cloned());
            extend(&mut first.filters, row.filters.iter().cloned());
            extend(&mut first.annotation.effects, row.annotation.effects.iter().cloned());
            let vrs = first.annotation.vrs.iter_mut().zip(row.annotation.vrs);
            vrs.for_each(|(key, other)| *key = key.or(other));
        }
        match &first.payload {
            Payload::Carriers(_) => {
                let all = std::iter::once(&first).chain(others);
                first.payload = Payload::Carriers(self.unite_carriers(all)?);
            }
            Payload::Frequencies(_) if self.later_holds => {
                let latest = others.last().map(|row| row.payload.clone());
                first.payload = latest.unwrap_or(first.payload);
            }
            Payload::Frequencies(_) => self.check_frequencies(&first, others)?,
        }
        Ok(first)
    }

    /// Returns whether a file holds everyone.
    fn is_complete(&self, source: u32) -> bool {
        self.complete.get(source as usize).copied().unwrap_or(true)
    }

    fn asked(&self, source: u32) -> &RoaringBitmap {
        self.people.get(source as usize).unwrap_or(&self.everyone)
    }

    fn unite_carriers<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a StoredRow>,
    ) -> Result<PackedCarriers, StoreError> {
        let records = rows.filter_map(|row| match &row.payload {
            Payload::Carriers(packed) => Some((packed, self.asked(row.source))),
            Payload::Frequencies(_) => None,
        });
        let (mut carriers, asked) = unite(records)?;
        let others = &self.everyone - asked;
        self.found.open += u64::from(!others.is_empty());
        carriers.leave_open(&others);
        Ok(PackedCarriers::pack(&carriers))
    }

    /// Records must agree: nobody could tell which of their numbers hold, or whether those of two files are about the
    /// same people.
    fn check_frequencies(&self, first: &StoredRow, others: &[StoredRow]) -> Result<(), StoreError> {
        let Some(other) = others.iter().find(|row| row.payload != first.payload) else { return Ok(()) };
        let name = |row: &StoredRow| {
            let source = self.sources.get(row.source as usize);
            source.map_or_else(|| format!("file {}", row.source), |source| source.name.clone())
        };
        let variant = first.variant.short_form();
        Err(match other.source == first.source {
            true => StoreError::TwoCounts { variant, file: name(first) },
            false => StoreError::Contradiction { variant, first: name(first), second: name(other) },
        })
    }

    fn report_duplicates(&mut self, first: &StoredRow, others: &[StoredRow]) {
        let rows: Vec<_> = std::iter::once(first).chain(others).collect();
        for same_file in rows.chunk_by(|a, b| a.source == b.source) {
            let [first, _, ..] = same_file else { continue };
            let duplicate = duplicate(&first.variant, same_file.len(), first.source);
            self.found.add(Found { duplicates: 1, first: vec![duplicate], open: 0 });
        }
    }
}

fn duplicate(variant: &Variant, records: usize, shard: u32) -> DuplicateAllele {
    DuplicateAllele { variant: variant.clone(), records: u32::try_from(records).unwrap_or(u32::MAX), shard }
}
