//! Who was looked at where no record is: what is stated of the files of a segment, and what blocks of a genome VCF say.

use std::collections::BTreeMap;

use fyr_schemas::{Assembly, Contig, Interbase, Sex, Variant, expected_ploidy, is_sequence};
use fyr_store::{
    Carriers, Regions,
    log::{Callable, SegmentRecord, StorePlace, read_regions},
    people::IndividualRow,
};
use roaring::RoaringBitmap;

use crate::EngineError;

/// Where the people of a segment were looked at, whether or not there is a record. In a segment that was merged of several,
/// somebody of whom anything is known so is of one of them only.
#[derive(Debug)]
pub(super) struct Assumptions {
    assembly: Assembly,
    /// What is stated of files, with the people who are in them.
    stated: Vec<(Stated, RoaringBitmap)>,
    /// The people by sex, who have as many copies of a sequence as others of it.
    sexes: [(Sex, RoaringBitmap); 3],
    /// Those of whom blocks say where they have the bases of the reference sequence.
    called: Vec<(u32, Regions)>,
    /// Those of whom a file says where they were not called.
    uncalled: Vec<(u32, Regions)>,
}

/// Where files would have listed whatever their people carry.
#[derive(Debug)]
enum Stated {
    Everywhere,
    In(Regions),
}

impl Stated {
    fn cover(&self, contig: &Contig, interval: Interbase) -> bool {
        match self {
            Self::Everywhere => true,
            Self::In(regions) => regions.cover(contig, interval),
        }
    }
}

/// What is known, without a record, of people where an allele is.
#[derive(Debug, Default)]
pub(super) struct Assumed {
    /// They do not carry it.
    reference: RoaringBitmap,
    /// Of them, those who have one copy of the sequence.
    haploid: RoaringBitmap,
    /// They were not called, or do not have the sequence.
    missing: RoaringBitmap,
}

impl Assumptions {
    /// Reads what a segment states and its blocks say; none where it does neither. Blocks.
    pub(super) fn of(
        place: &StorePlace,
        record: &SegmentRecord,
        members: &[IndividualRow],
    ) -> Result<Option<Self>, EngineError> {
        let regions = |of: fn(&IndividualRow) -> &Option<Regions>| -> Vec<_> {
            members.iter().filter_map(|member| Some((member.index, of(member).clone()?))).collect()
        };
        let (called, uncalled) = (regions(|member| &member.called), regions(|member| &member.uncalled));
        let stated = stated(place, record, members)?;
        if stated.is_empty() && called.is_empty() {
            return Ok(None);
        }
        let sexes = [Sex::Female, Sex::Male, Sex::Unknown].map(|sex| {
            let of_it = members.iter().filter(|member| member.sex == sex);
            (sex, of_it.map(|member| member.index).collect())
        });
        Ok(Some(Self { assembly: record.assembly, stated, sexes, called, uncalled }))
    }

    /// Returns what is known of people where an allele is. A statement is about sequences, and so are blocks: nothing is
    /// known of symbolic alleles, nor behind the end of a sequence. Whoever was not called is known not to have been, whatever is stated.
    pub(super) fn at(&self, variant: &Variant, people: &RoaringBitmap) -> Assumed {
        let mut assumed = Assumed::default();
        let (contig, interval) = (&variant.contig, variant.interval);
        let is_there = contig.facts(self.assembly).is_some_and(|facts| interval.end() <= facts.length);
        if !is_there || !is_sequence(&variant.alternate_bases) {
            return assumed;
        }
        let with =
            |all: &[(u32, Regions)], holds: fn(&Regions, &Contig, Interbase) -> bool| -> RoaringBitmap {
                all.iter()
                    .filter(|(_, regions)| holds(regions, contig, interval))
                    .map(|(person, _)| *person)
                    .collect()
            };
        let uncalled = with(&self.uncalled, Regions::meet) & people;
        let covered = self.stated.iter().filter(|(stated, _)| stated.cover(contig, interval));
        let covered = covered.fold(RoaringBitmap::new(), |all, (_, of_it)| all | of_it) & people;
        let there = match covered == *people {
            true => covered,
            false => covered | (with(&self.called, Regions::cover) & people),
        };
        for (sex, of_it) in &self.sexes {
            let (called, uncalled) = (&there & &(of_it - &uncalled), of_it & &uncalled);
            match expected_ploidy(self.assembly, contig, interval.start(), *sex) {
                Some(0) => assumed.missing |= called | uncalled,
                Some(1) => {
                    assumed.haploid |= &called;
                    assumed.reference |= called;
                    assumed.missing |= uncalled;
                }
                Some(2) => {
                    assumed.reference |= called;
                    assumed.missing |= uncalled;
                }
                // Of how many copies they would be is not known.
                _ => assumed.missing |= uncalled,
            }
        }
        assumed
    }
}

/// Reads what is stated of the files of a segment; who says the same is together.
fn stated(
    place: &StorePlace,
    record: &SegmentRecord,
    members: &[IndividualRow],
) -> Result<Vec<(Stated, RoaringBitmap)>, EngineError> {
    let stated_of = record.stated_of_ingests();
    let mut people: BTreeMap<Option<&str>, RoaringBitmap> = BTreeMap::new();
    for member in members {
        if let Some(Callable { regions, .. }) = stated_of(member.ingest()) {
            people.entry(regions.as_deref()).or_default().insert(member.index);
        }
    }
    let stated = people.into_iter().map(|(regions, people)| match regions {
        None => Ok((Stated::Everywhere, people)),
        Some(hash) => Ok((Stated::In(read_regions(place, hash)?), people)),
    });
    stated.collect()
}

impl Assumed {
    /// Returns the people of whom something is known without a record.
    pub(super) fn people(&self) -> RoaringBitmap {
        &self.reference | &self.missing
    }

    /// Fills the calls of a segment in for those of whom no record says anything; returns those of them who count as called.
    pub(super) fn fill(self, calls: &mut Carriers) -> RoaringBitmap {
        let filled = self.reference & &calls.unlisted;
        calls.haploid |= self.haploid & &filled;
        calls.unlisted -= &filled;
        calls.missing -= &filled;
        calls.unlisted -= self.missing;
        filled
    }
}
