//! From the rows that the segments of a dataset have of one allele to its counts.

use std::sync::Arc;

use fyr_policy::{GroupTallies, VariantTally};
use fyr_schemas::{Case, Effect, Group, Tally, Variant, Zygosity};
use fyr_store::{
    Carriers,
    file::{PackedCarriers, Payload, StoredRow, extend, unite as unite_calls},
};
use roaring::RoaringBitmap;

use super::{dataset::Dataset, groups};
use crate::{DatasetKind, EngineError};

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
    /// The calls of the one segment that has the allele, packed until somebody looks into them, and its people.
    Packed(PackedCarriers, Arc<RoaringBitmap>),
    /// The calls of several segments, and who was asked. People of segments that do not have the allele were not.
    United(Carriers, Arc<RoaringBitmap>),
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
    ///
    /// # Errors
    ///
    /// Its calls are damaged.
    pub(crate) fn carriers(&self) -> Result<RoaringBitmap, EngineError> {
        match &self.observed {
            Observed::Packed(packed, asked) => Ok(packed.carriers()? & asked.as_ref()),
            Observed::United(calls, _) => Ok(calls.carriers()),
            Observed::Frequencies(_) => Ok(RoaringBitmap::new()),
        }
    }
}

/// Unites the rows of alleles that belong to one key, or to few. The rows are in the order of the segments.
pub(crate) fn unite_all(dataset: &Dataset, mut rows: Vec<StoredRow>) -> Result<Vec<Allele>, EngineError> {
    rows.sort_by(|a, b| a.variant.cmp(&b.variant).then(a.source.cmp(&b.source)));
    let mut rows = rows.into_iter().peekable();
    let mut alleles = Vec::new();
    while let Some(first) = rows.next() {
        let variant = first.variant.clone();
        let others = std::iter::from_fn(|| rows.next_if(|row| row.variant == variant));
        let (effects, observed) = unite(dataset, std::iter::once(first).chain(others))?;
        alleles.push(Allele { variant, effects, observed });
    }
    Ok(alleles)
}

fn unite(
    dataset: &Dataset,
    rows: impl Iterator<Item = StoredRow>,
) -> Result<(Vec<Effect>, Observed), EngineError> {
    let (mut effects, mut records, mut frequencies) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        extend(&mut effects, row.annotation.effects);
        match (row.payload, dataset.segments.get(row.source as usize)) {
            (Payload::Frequencies(tallies), _) => frequencies = tallies,
            (Payload::Carriers(packed), Some(segment)) => records.push((packed, Arc::clone(&segment.people))),
            (Payload::Carriers(_), None) => {}
        }
    }
    let observed = match dataset.summary.kind {
        DatasetKind::Frequency => Observed::Frequencies(frequencies),
        DatasetKind::Individual => calls(records)?,
    };
    Ok((effects, observed))
}

/// Unites the calls of those who were asked.
fn calls(mut records: Vec<(PackedCarriers, Arc<RoaringBitmap>)>) -> Result<Observed, EngineError> {
    if records.len() == 1
        && let Some((packed, people)) = records.pop()
    {
        return Ok(Observed::Packed(packed, people));
    }
    let (calls, asked) = unite_calls(records.iter().map(|(packed, people)| (packed, people.as_ref())))?;
    Ok(Observed::United(calls.within(&asked), Arc::new(asked)))
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
        // Whatever a file holds: nobody is counted who is not shown.
        Observed::Packed(packed, asked) => (packed.unpack()?.within(&asked), asked),
        Observed::United(calls, asked) => (calls, asked),
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
