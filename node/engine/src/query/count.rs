//! From the rows that the segments of a dataset have of one allele to its counts.

use std::sync::Arc;

use fyr_policy::{GroupTallies, VariantTally};
use fyr_schemas::{Case, Effect, Group, Tally, Variant, Zygosity};
use roaring::RoaringBitmap;

use super::{dataset::Dataset, groups};
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
    /// The calls of those who were asked, and who that is. People of segments that do not have the allele
    /// were not.
    Calls(Carriers, Arc<RoaringBitmap>),
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
            Observed::Calls(calls, _) => &calls.het | &calls.hom | &calls.hemi | &calls.half,
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
            let (calls, asked) = calls(dataset, rows)?;
            Observed::Calls(calls, asked)
        }
    };
    let mut effects = Vec::new();
    rows.iter().for_each(|row| extend(&mut effects, &row.annotation.effects));
    Ok(Some(Allele { variant: latest.variant.clone(), effects, observed }))
}

/// Unites the calls of those who were asked, as far as they are shown.
fn calls(dataset: &Dataset, rows: &[StoredRow]) -> Result<(Carriers, Arc<RoaringBitmap>), EngineError> {
    let records: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.payload {
            Payload::Carriers(packed) => Some((packed, &dataset.segments.get(row.source as usize)?.people)),
            Payload::Frequencies(_) => None,
        })
        .collect();
    let (calls, asked) = match records.as_slice() {
        [(packed, people)] => (packed.unpack()?, Arc::clone(people)),
        _ => {
            let (calls, asked) =
                union(records.into_iter().map(|(packed, people)| (packed, people.as_ref())))?;
            (calls, Arc::new(asked))
        }
    };
    // Whatever a file holds: nobody is counted who is not shown.
    Ok((calls.within(&asked), asked))
}

/// Counts one allele.
pub(crate) fn tally(
    dataset: &Arc<Dataset>,
    allele: Allele,
    counted: &Counted,
) -> Result<VariantTally, EngineError> {
    let (calls, everyone_asked) = match allele.observed {
        Observed::Frequencies(tallies) => {
            return tally_frequencies(allele.variant, allele.effects, &tallies);
        }
        Observed::Calls(calls, asked) => (calls, asked),
    };
    let among = |people: &RoaringBitmap| everyone_asked.as_ref() & people;
    let margins = counted.margins.iter().map(|people| calls.tally(&among(people))).collect();
    let (calls, asked, cohort) = match &counted.people {
        None => (calls, everyone_asked, dataset.everyone.len()),
        Some(people) => {
            (calls.within(people), Arc::new(among(people)), people.intersection_len(&dataset.everyone))
        }
    };
    Ok(VariantTally {
        variant: allele.variant,
        effects: allele.effects,
        total: calls.total(asked.len()),
        cohort_size: Some(cohort),
        consented: Some(dataset.everyone.len()),
        margins,
        cases: if counted.cases { cases(dataset, &calls) } else { Vec::new() },
        groups: Box::new(CallGroups { dataset: Arc::clone(dataset), calls, asked }),
    })
}

/// Names the carriers, in the order of their numbers.
fn cases(dataset: &Dataset, calls: &Carriers) -> Vec<Case> {
    let with = |people: &RoaringBitmap, zygosity| people.iter().map(|number| (number, zygosity)).collect();
    let mut numbered: Vec<_> = with(&calls.het, Zygosity::Heterozygous);
    numbered.extend::<Vec<_>>(with(&calls.hom, Zygosity::Homozygous));
    numbered.extend::<Vec<_>>(with(&calls.hemi, Zygosity::Hemizygous));
    numbered.extend::<Vec<_>>(with(&calls.half, Zygosity::Half));
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
struct CallGroups {
    dataset: Arc<Dataset>,
    calls: Carriers,
    asked: Arc<RoaringBitmap>,
}

impl GroupTallies for CallGroups {
    /// Groups of which nobody was asked are left out.
    fn tallies(&self) -> Vec<(Group, Tally)> {
        // Where everyone was asked, so was everyone of each group.
        let is_whole = self.asked.len() == self.dataset.everyone.len();
        let asked = (!is_whole).then_some(self.asked.as_ref());
        groups::tallies(&self.dataset.genotyped, &self.calls, asked)
    }
}

/// Groups as the source gave them.
struct FrequencyGroups(Vec<(Group, Tally)>);

impl GroupTallies for FrequencyGroups {
    fn tallies(&self) -> Vec<(Group, Tally)> {
        self.0.clone()
    }
}
