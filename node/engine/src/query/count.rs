//! From the rows that the segments of a dataset have of one allele to its counts.

use std::{borrow::Cow, sync::Arc};

use fyr_policy::{GroupTallies, VariantTally};
use fyr_schemas::{Case, Effect, Group, Tally, Variant, Zygosity};
use roaring::RoaringBitmap;

use super::dataset::Dataset;
use crate::{
    Carriers, EngineError,
    segment::{
        row::{Payload, StoredRow},
        unite::{extend, union},
    },
};

/// What the segments of a dataset say of one allele together.
#[derive(Debug)]
pub(crate) struct Allele {
    /// The allele.
    pub(crate) variant: Variant,
    /// What annotations say that it does.
    pub(crate) effects: Vec<Effect>,
    observed: Observed,
}

#[derive(Debug)]
enum Observed {
    /// The calls, and who was asked. People of segments that do not have the allele were not.
    Calls(Carriers, RoaringBitmap),
    /// Counts per group. Of several segments the latest is believed.
    Frequencies(Vec<(Group, Tally)>),
}

/// Whom a question about variants counts.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// The people for whom the filters hold; everyone where there are none.
    pub(crate) people: Option<RoaringBitmap>,
    /// For each filter, the people for whom all the others hold.
    pub(crate) margins: Vec<RoaringBitmap>,
    /// Whether carriers are listed.
    pub(crate) cases: bool,
}

impl Allele {
    /// Returns those who carry it.
    pub(crate) fn carriers(&self) -> RoaringBitmap {
        match &self.observed {
            Observed::Calls(calls, asked) => (&calls.het | &calls.hom | &calls.hemi | &calls.half) & asked,
            Observed::Frequencies(_) => RoaringBitmap::new(),
        }
    }
}

/// Unites the rows of alleles that belong to one key, or to few. The rows are in the order of the segments.
pub(crate) fn unite_all(dataset: &Dataset, mut rows: Vec<StoredRow>) -> Result<Vec<Allele>, EngineError> {
    rows.sort_by(|a, b| a.variant.cmp(&b.variant).then(a.source.cmp(&b.source)));
    let alleles = rows.chunk_by(|a, b| a.variant == b.variant);
    alleles.map(|rows| unite(dataset, rows)).filter_map(Result::transpose).collect()
}

fn unite(dataset: &Dataset, rows: &[StoredRow]) -> Result<Option<Allele>, EngineError> {
    let Some(latest) = rows.last() else { return Ok(None) };
    let observed = match &latest.payload {
        Payload::Frequencies(tallies) => Observed::Frequencies(tallies.clone()),
        Payload::Carriers(_) => {
            let records = rows.iter().filter_map(|row| match &row.payload {
                Payload::Carriers(packed) => {
                    Some((packed, &dataset.segments.get(row.source as usize)?.people))
                }
                Payload::Frequencies(_) => None,
            });
            let (carriers, asked) = union(records)?;
            Observed::Calls(carriers, asked)
        }
    };
    let mut effects = Vec::new();
    rows.iter().for_each(|row| extend(&mut effects, &row.annotation.effects));
    Ok(Some(Allele { variant: latest.variant.clone(), effects, observed }))
}

/// Counts one allele.
pub(crate) fn tally(
    dataset: &Arc<Dataset>,
    allele: Allele,
    counted: &Counted,
) -> Result<VariantTally, EngineError> {
    let (carriers, everyone_asked) = match allele.observed {
        Observed::Frequencies(tallies) => {
            return tally_frequencies(allele.variant, allele.effects, &tallies);
        }
        Observed::Calls(carriers, asked) => (carriers, asked),
    };
    let among = |people: &RoaringBitmap| &everyone_asked & people;
    let asked = counted.people.as_ref().map_or_else(|| everyone_asked.clone(), among);
    let cohort = counted.people.as_ref().map(|people| people & &dataset.everyone);
    Ok(VariantTally {
        variant: allele.variant,
        effects: allele.effects,
        total: carriers.tally(&asked),
        cohort_size: Some(cohort.map_or_else(|| dataset.everyone.len(), |cohort| cohort.len())),
        consented: Some(dataset.everyone.len()),
        margins: counted.margins.iter().map(|people| carriers.tally(&among(people))).collect(),
        cases: if counted.cases { cases(dataset, &carriers, &asked) } else { Vec::new() },
        groups: Box::new(CarrierGroups { dataset: Arc::clone(dataset), carriers, asked }),
    })
}

/// Names the carriers, in the order of their numbers.
fn cases(dataset: &Dataset, carriers: &Carriers, asked: &RoaringBitmap) -> Vec<Case> {
    let with = |people: &RoaringBitmap, zygosity| {
        (people & asked).into_iter().map(|number| (number, zygosity)).collect::<Vec<_>>()
    };
    let mut numbered = with(&carriers.het, Zygosity::Heterozygous);
    numbered.extend(with(&carriers.hom, Zygosity::Homozygous));
    numbered.extend(with(&carriers.hemi, Zygosity::Hemizygous));
    numbered.extend(with(&carriers.half, Zygosity::Half));
    numbered.sort_unstable();
    let case = |(number, zygosity)| Case {
        individual: dataset.name_of(number).to_owned(),
        biosample: dataset.biosample_of(number).to_owned(),
        zygosity,
    };
    numbered.into_iter().map(case).collect()
}

fn tally_frequencies(
    variant: Variant,
    effects: Vec<Effect>,
    tallies: &[(Group, Tally)],
) -> Result<VariantTally, EngineError> {
    let (totals, groups): (Vec<_>, Vec<_>) =
        tallies.iter().cloned().partition(|(group, _)| *group == Group::Total);
    let total = totals.first().map(|(_, tally)| *tally);
    Ok(VariantTally {
        variant,
        effects,
        total: total.ok_or_else(|| EngineError::Corrupt("frequencies without a total".into()))?,
        cohort_size: None,
        consented: None,
        margins: Vec::new(),
        cases: Vec::new(),
        groups: Box::new(FrequencyGroups(groups)),
    })
}

/// Groups that are counted when they are asked for.
struct CarrierGroups {
    dataset: Arc<Dataset>,
    carriers: Carriers,
    asked: RoaringBitmap,
}

impl GroupTallies for CarrierGroups {
    /// Groups of which nobody was asked are left out.
    fn tallies(&self) -> Vec<(Group, Tally)> {
        // Where everyone was asked, so was everyone of each group.
        let is_whole = self.asked.len() == self.dataset.everyone.len();
        let count = |(group, people): &(Group, RoaringBitmap)| {
            let asked = if is_whole { Cow::Borrowed(people) } else { Cow::Owned(people & &self.asked) };
            (!asked.is_empty()).then(|| (group.clone(), self.carriers.tally(&asked)))
        };
        self.dataset.genotyped.iter().filter_map(count).collect()
    }
}

/// Groups as the source gave them.
struct FrequencyGroups(Vec<(Group, Tally)>);

impl GroupTallies for FrequencyGroups {
    fn tallies(&self) -> Vec<(Group, Tally)> {
        self.0.clone()
    }
}
