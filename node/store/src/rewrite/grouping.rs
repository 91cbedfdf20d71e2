//! Which segments of a dataset become one.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use fyr_schemas::Assembly;
use roaring::RoaringBitmap;

use crate::{
    DatasetKind, StoreError,
    log::{Content, Ingest, SegmentRecord, StorePlace},
    people::{Member, members},
};

/// Alleles of an ingest that is no larger than others: about what one person's genome has in a hundredth of it.
const SMALL: u64 = 1 << 16;

/// How much is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compaction {
    /// Whatever can be.
    All,
    /// Segments of like size, where there are so many of them. Each merge makes a larger one of them, so that however
    /// many ingests there are, an allele is written as often as the logarithm of their number says.
    Tiers(u32),
}

impl Compaction {
    /// Returns how many segments become one at least.
    fn fewest(self) -> usize {
        match self {
            Self::All => 2,
            Self::Tiers(fewest) => fewest.max(2) as usize,
        }
    }

    /// Returns how large a segment is, by what was ingested into it; of one that is merged, more than of its parts.
    fn tier(self, record: &SegmentRecord) -> u32 {
        let weight = |alleles: u64| (alleles / SMALL).max(1);
        let of_ingests =
            |ingests: &[Ingest]| ingests.iter().map(|ingest| weight(ingest.variants)).sum::<u64>();
        match self {
            Self::All => 0,
            Self::Tiers(fewest) => {
                of_ingests(&record.ingests).max(weight(record.variants)).ilog(u64::from(fewest.max(2)))
            }
        }
    }
}

/// A segment that may be merged with others.
#[derive(Debug)]
pub(super) struct Mergeable {
    pub(super) record: Arc<SegmentRecord>,
    /// Its people.
    pub(super) people: RoaringBitmap,
    /// Those of whom something is known where no record is.
    pub(super) assuming: RoaringBitmap,
    /// Under which ids each of them was loaded.
    ids: Ids,
}

/// Ids of samples by the number of the person.
type Ids = BTreeMap<u32, BTreeSet<String>>;

impl Mergeable {
    /// Returns those of a dataset, oldest first, whoever is in them. Segments of which nobody noted which file had an
    /// allele stay as they are, and so does what has nobody in it.
    pub(super) fn all(segments: &[Arc<SegmentRecord>]) -> impl Iterator<Item = Self> {
        let is_one = |record: &&Arc<SegmentRecord>| {
            let is_of_counts = record.kind.is_of_counts();
            record.content == Content::Variants
                && (is_of_counts || (record.individuals > 0 && !record.is_vague()))
        };
        segments.iter().filter(is_one).map(|record| Self {
            record: Arc::clone(record),
            people: RoaringBitmap::new(),
            assuming: RoaringBitmap::new(),
            ids: Ids::new(),
        })
    }

    /// Finds out who is in it. Blocks.
    pub(super) fn with_people(mut self, place: &StorePlace) -> Result<Self, StoreError> {
        let members = members(place, &self.record)?;
        let ingests = self.record.consists_of();
        let stating = ingests.iter().filter(|ingest| ingest.callable.is_some());
        let mut assuming: HashSet<&str> = stating.map(|ingest| ingest.segment.as_str()).collect();
        let with_blocks = members.iter().filter(|member| member.has_blocks());
        assuming.extend(with_blocks.map(Member::ingest));
        let assumed = members.iter().filter(|member| assuming.contains(member.ingest()));
        self.assuming = assumed.map(|member| member.index).collect();
        self.people = members.iter().map(|member| member.index).collect();
        for member in members {
            self.ids.entry(member.index).or_default().insert(member.id);
        }
        Ok(self)
    }

    /// Returns what segments have in common that become one. Alignment and annotation are said of a whole segment.
    fn traits(&self, how: Compaction) -> Traits {
        let SegmentRecord { kind, assembly, normalised, annotated, .. } = *self.record;
        Traits { kind, assembly, normalised, annotated, tier: how.tier(&self.record) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Traits {
    kind: DatasetKind,
    assembly: Assembly,
    normalised: bool,
    annotated: bool,
    tier: u32,
}

/// Segments that become one.
struct Group {
    traits: Traits,
    segments: Vec<Mergeable>,
    people: RoaringBitmap,
    assuming: RoaringBitmap,
    ids: Ids,
}

impl Group {
    /// Returns whether a segment says the same in it as by itself. Where something is known of somebody without a record,
    /// it would be lost beside a record in which they were not called: they are in one segment only. So are two samples of
    /// a person, of which one could not be taken out any more.
    fn takes(&self, traits: Traits, segment: &Mergeable) -> bool {
        self.traits == traits
            && self.people.is_disjoint(&segment.assuming)
            && self.assuming.is_disjoint(&segment.people)
            && segment.ids.iter().all(|(person, ids)| self.ids.get(person).is_none_or(|known| known == ids))
    }

    fn new(traits: Traits) -> Self {
        let (people, assuming) = (RoaringBitmap::new(), RoaringBitmap::new());
        Self { traits, segments: Vec::new(), people, assuming, ids: Ids::new() }
    }

    fn add(&mut self, mut segment: Mergeable) {
        self.people |= &segment.people;
        self.assuming |= &segment.assuming;
        self.ids.append(&mut segment.ids);
        self.segments.push(segment);
    }
}

/// Returns which of the segments of a dataset become one, each of these oldest first. Of counts without people, only such
/// as come one after the other: the latest is believed.
pub(super) fn groups(segments: impl Iterator<Item = Mergeable>, how: Compaction) -> Vec<Vec<Mergeable>> {
    let mut groups: Vec<Group> = Vec::new();
    for segment in segments {
        let traits = segment.traits(how);
        let from = if traits.kind.is_of_counts() { groups.len().saturating_sub(1) } else { 0 };
        let open = groups.iter_mut().skip(from);
        match open.into_iter().find(|group| group.takes(traits, &segment)) {
            Some(group) => group.add(segment),
            None => {
                let mut group = Group::new(traits);
                group.add(segment);
                groups.push(group);
            }
        }
    }
    groups.retain(|group| group.segments.len() >= how.fewest());
    groups.into_iter().map(|group| group.segments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Ingest;

    fn record(number: u64, variants: u64) -> SegmentRecord {
        SegmentRecord {
            segment: format!("{number:06}"),
            dataset: "ds".into(),
            assembly: Assembly::GRCH38,
            kind: DatasetKind::Individual,
            content: Content::Variants,
            normalised: true,
            annotated: false,
            whole: Some(true),
            callable: None,
            ingests: Vec::new(),
            publication: None,
            created: String::new(),
            version: number,
            individuals: 1,
            variants,
            bytes: 0,
            sources: Vec::new(),
            files: Vec::new(),
        }
    }

    fn segments_of(records: &[SegmentRecord]) -> Vec<Mergeable> {
        let records: Vec<_> = records.iter().cloned().map(Arc::new).collect();
        Mergeable::all(&records).collect()
    }

    fn grouped(segments_of: Vec<Mergeable>, how: Compaction) -> Vec<Vec<String>> {
        let groups = groups(segments_of.into_iter(), how);
        let names =
            |group: &Vec<Mergeable>| group.iter().map(|segment| segment.record.segment.clone()).collect();
        groups.iter().map(names).collect()
    }

    /// Merges what is due until nothing is; returns how many alleles were written, were none in two segments.
    fn settle(records: &mut Vec<SegmentRecord>, how: Compaction) -> u64 {
        let mut written = 0;
        loop {
            let groups = groups(segments_of(records).into_iter(), how);
            if groups.is_empty() {
                return written;
            }
            for group in groups {
                let ingests: Vec<Ingest> =
                    group.iter().flat_map(|segment| segment.record.consists_of()).collect();
                let variants = group.iter().map(|segment| segment.record.variants).sum();
                let is_in = |record: &SegmentRecord| {
                    group.iter().any(|segment| segment.record.segment == record.segment)
                };
                let first = records.iter().position(is_in).unwrap();
                records.retain(|record| !is_in(record));
                let name = group[0].record.version;
                records.insert(first, SegmentRecord { ingests, ..record(name, variants) });
                written += variants;
            }
        }
    }

    #[test]
    fn an_allele_is_written_as_often_as_the_logarithm_of_the_ingests_says() {
        for (ingests, size, fewest) in
            [(1_000, 40_000, 8), (365, 400_000, 8), (300, 10, 2), (90, 5_000_000, 3)]
        {
            let (mut records, mut written) = (Vec::new(), 0);
            let tiers = |weight: u64| u64::from(weight.ilog(u64::from(fewest))) + 1;
            for number in 0..ingests {
                records.push(record(number, size));
                written += settle(&mut records, Compaction::Tiers(fewest));
                let weight = (number + 1) * (size / SMALL).max(1);
                let most = u64::from(fewest - 1) * tiers(weight);
                assert!(records.len() as u64 <= most, "{} after {number} of {size}", records.len());
            }
            let weight = ingests * (size / SMALL).max(1);
            assert!(written <= ingests * size * tiers(weight), "{written} of {ingests} of {size}");
        }
    }

    #[test]
    fn a_large_segment_is_not_written_again_for_a_few_small_ones() {
        let mut records = vec![record(0, 80_000_000)];
        records.extend((1..8).map(|number| record(number, 40_000)));
        assert!(grouped(segments_of(&records), Compaction::Tiers(8)).is_empty());
        assert_eq!(grouped(segments_of(&records), Compaction::All)[0].len(), 8);
    }

    #[test]
    fn somebody_of_whom_more_is_known_than_records_say_is_in_one_segment_once() {
        let people: [(u32, bool); 6] = [(1, true), (2, false), (1, false), (2, false), (3, true), (2, true)];
        let records: Vec<_> = (0..6).map(|number| record(number, 1)).collect();
        let mut all = segments_of(&records);
        for (segment, (person, is_assumed)) in all.iter_mut().zip(people) {
            segment.people = [person].into_iter().collect();
            segment.assuming = is_assumed.then_some(person).into_iter().collect();
        }
        let names = |numbers: &[u64]| numbers.iter().map(|number| format!("{number:06}")).collect::<Vec<_>>();
        assert_eq!(grouped(all, Compaction::All), [names(&[0, 1, 3, 4]), names(&[2, 5])]);
    }

    #[test]
    fn counts_are_merged_side_by_side_and_what_nobody_noted_stays() {
        let of_counts = |number, normalised| SegmentRecord {
            kind: DatasetKind::Frequency,
            individuals: 0,
            normalised,
            ..record(number, 1)
        };
        let records =
            [(0, true), (1, true), (2, false), (3, true), (4, true)].map(|(n, is)| of_counts(n, is));
        let names = |numbers: [u64; 2]| numbers.map(|number| format!("{number:06}")).to_vec();
        assert_eq!(grouped(segments_of(&records), Compaction::All), [names([0, 1]), names([3, 4])]);
        let source = crate::SourceFile { name: String::new(), blake3: String::new(), bytes: 0 };
        let vague = SegmentRecord { whole: None, sources: vec![source; 2], ..record(1, 1) };
        let described = SegmentRecord { content: Content::Metadata, ..record(2, 0) };
        let records = [record(0, 1), vague, described, record(3, 1)];
        assert_eq!(grouped(segments_of(&records), Compaction::All), [names([0, 3])]);
    }
}
