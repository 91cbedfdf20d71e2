//! From the rows that the segments of a dataset have of one allele to its counts.

use std::sync::Arc;

use fyr_policy::{Count, Margins, People, Sets, VariantCount};
use fyr_schemas::{Case, Effect, Group, Tally, Variant, Zygosity};
use fyr_store::{
    Carriers,
    file::{PackedCarriers, Payload, StoredRow, extend, unite as unite_calls},
};
use roaring::RoaringBitmap;

use super::{
    dataset::Dataset,
    looked_at::LookedAt,
    sets::{Calls, Stated},
};
use crate::{DatasetKind, EngineError};

/// What the segments of a dataset say of one allele together.
#[derive(Debug)]
pub(crate) struct Allele {
    /// The allele.
    pub(crate) variant: Variant,
    /// What annotations say that it does.
    pub(crate) effects: Vec<Effect>,
    observed: Observed,
    /// Those who count as called though no record says so.
    assumed: RoaringBitmap,
}

#[derive(Debug)]
enum Observed {
    /// The calls of the one segment that has the allele, packed until somebody looks into them, and who was looked at.
    Packed(PackedCarriers, Arc<RoaringBitmap>),
    /// The calls of several segments, or of some without a record, and who was looked at.
    United(Carriers, Arc<RoaringBitmap>),
    /// Counts per group. Of several segments the latest is believed.
    Frequencies(Vec<(Group, Tally)>),
}

/// Whom a question about variants counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    /// The people with genotypes for whom the filters hold; everyone where there are none.
    pub(crate) people: Option<Arc<RoaringBitmap>>,
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
            Observed::Packed(packed, looked_at) => Ok(packed.carriers()? & looked_at.as_ref()),
            Observed::United(calls, _) => Ok(calls.carriers()),
            Observed::Frequencies(_) => Ok(RoaringBitmap::new()),
        }
    }

    /// Returns those who have two copies of it.
    ///
    /// # Errors
    ///
    /// Its calls are damaged.
    pub(crate) fn homozygous(&self) -> Result<RoaringBitmap, EngineError> {
        match &self.observed {
            Observed::Packed(packed, looked_at) => Ok(packed.unpack()?.hom & looked_at.as_ref()),
            Observed::United(calls, _) => Ok(calls.hom.clone()),
            Observed::Frequencies(_) => Ok(RoaringBitmap::new()),
        }
    }
}

/// Unites the rows of alleles that belong to one key, or to few. The rows are in the order of the segments.
pub(crate) fn unite_all(dataset: &Dataset, rows: Vec<StoredRow>) -> Result<Vec<Allele>, EngineError> {
    let told = rows.into_iter().map(|row| Ok(dataset.is_told_of(&row)?.then_some(row)));
    let mut rows: Vec<_> = told.filter_map(Result::transpose).collect::<Result<_, EngineError>>()?;
    rows.sort_by(|a, b| a.variant.cmp(&b.variant).then(a.source.cmp(&b.source)));
    let mut rows = rows.into_iter().peekable();
    let mut alleles = Vec::new();
    while let Some(first) = rows.next() {
        let variant = first.variant.clone();
        let others = std::iter::from_fn(|| rows.next_if(|row| row.variant == variant));
        alleles.push(unite(dataset, variant.clone(), std::iter::once(first).chain(others))?);
    }
    Ok(alleles)
}

/// Returns an allele that no file has, of those who would have it there if they carried it; none where there is nobody.
///
/// An allele with inserted or deleted bases may be in a file in another notation, unless all are aligned.
pub(crate) fn unseen(dataset: &Dataset, variant: Variant) -> Result<Option<Allele>, EngineError> {
    let is_one_notation = variant.reference_bases.len() == variant.alternate_bases.len();
    if !dataset.assumes() || !(is_one_notation || dataset.summary.normalised) {
        return Ok(None);
    }
    let (observed, assumed) = assumed(dataset, &variant, &[])?;
    Ok((!assumed.is_empty()).then(|| Allele { variant, effects: Vec::new(), observed, assumed }))
}

fn unite(
    dataset: &Dataset,
    variant: Variant,
    rows: impl Iterator<Item = StoredRow>,
) -> Result<Allele, EngineError> {
    let (mut effects, mut records, mut frequencies) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        extend(&mut effects, row.annotation.effects);
        match row.payload {
            Payload::Frequencies(tallies) => frequencies = tallies,
            Payload::Carriers(packed) => records.push((row.source, dataset.as_noted(row.source, packed)?)),
        }
    }
    let (observed, assumed) = match dataset.summary.kind {
        DatasetKind::Frequency | DatasetKind::Reference => {
            (Observed::Frequencies(frequencies), RoaringBitmap::new())
        }
        DatasetKind::Individual if dataset.assumes() => assumed(dataset, &variant, &records)?,
        DatasetKind::Individual => {
            let looked_at = LookedAt::at(dataset, records.iter().map(|(source, _)| *source));
            (calls(records, &looked_at)?, RoaringBitmap::new())
        }
    };
    Ok(Allele { variant, effects, observed, assumed })
}

/// Unites what the records of all segments say with what is known where they say nothing; returns also those who count as
/// called for that reason alone.
fn assumed(
    dataset: &Dataset,
    variant: &Variant,
    records: &[(u32, PackedCarriers)],
) -> Result<(Observed, RoaringBitmap), EngineError> {
    let (mut calls, mut people) = (Carriers::default(), RoaringBitmap::new());
    let (mut filled, mut called) = (RoaringBitmap::new(), RoaringBitmap::new());
    for (source, segment) in dataset.genotyped_segments() {
        let assumed = segment.assumed(variant);
        let of_it = records.iter().filter(|(of, _)| *of == source);
        let (own, mut asked) = unite_calls(of_it.map(|(_, packed)| (packed, segment.people.as_ref())))?;
        let mut own = own.within(&segment.people);
        called |= &asked - &own.missing;
        if asked.is_empty() {
            asked = assumed.people();
            own.leave_open(&asked);
        }
        filled |= assumed.fill(&mut own);
        calls = if people.is_empty() { own } else { calls.union(&people, &own, &asked) };
        people |= asked;
    }
    Ok((Observed::United(calls, Arc::new(people)), filled - called))
}

/// Unites the calls of those who were looked at.
fn calls(mut records: Vec<(u32, PackedCarriers)>, looked_at: &LookedAt) -> Result<Observed, EngineError> {
    let people = looked_at.people();
    if records.len() == 1
        && let Some((_, packed)) = records.pop()
    {
        return Ok(Observed::Packed(packed, people));
    }
    let mut known = Vec::with_capacity(records.len());
    for (source, packed) in &records {
        known.extend(looked_at.by(*source).map(|people| (packed, people.as_ref())));
    }
    let (calls, _) = unite_calls(known.into_iter())?;
    Ok(Observed::United(calls.within(&people), people))
}

impl Allele {
    /// Takes an allele of which no segment has a row: nobody was looked at.
    pub(crate) fn of_nobody(variant: Variant) -> Self {
        let observed = Observed::United(Carriers::default(), Arc::default());
        Self { variant, effects: Vec::new(), observed, assumed: RoaringBitmap::new() }
    }
}

/// Counts one allele.
pub(crate) fn count(
    dataset: &Arc<Dataset>,
    allele: Allele,
    counted: &Counted,
) -> Result<VariantCount, EngineError> {
    let Allele { variant, effects, observed, assumed } = allele;
    let diploid = variant.contig.is_autosome(dataset.summary.assembly);
    let (calls, looked_at) = match observed {
        Observed::Frequencies(tallies) => {
            let count = Count::of(Arc::new(stated(tallies)?)).diploid(diploid);
            return Ok(VariantCount { variant, effects, count, cases: Vec::new() });
        }
        // Whatever a file holds: nobody is counted who is not shown.
        Observed::Packed(packed, looked_at) => (packed.unpack()?.within(&looked_at), looked_at),
        Observed::United(calls, looked_at) => (calls, looked_at),
    };
    // Of whom no file says anything, nobody has looked at them, whatever files they are in together with others.
    let (calls, looked_at) = if calls.unlisted.is_empty() {
        (calls, looked_at)
    } else {
        (calls.without(&calls.unlisted), Arc::new(looked_at.as_ref() - &calls.unlisted))
    };
    let known = looked_at.as_ref().clone();
    let all = Calls::new(Arc::clone(dataset), Arc::new(calls), looked_at);
    let margin = |people: &RoaringBitmap| -> Arc<dyn Sets> { Arc::new(all.among(people)) };
    let margins = counted.margins.iter().map(margin).collect();
    let asked = counted.people.as_ref().unwrap_or(&dataset.everyone);
    let found = if counted.people.is_some() { all.among(asked) } else { all };
    let cases = if counted.cases { cases(dataset, &found.calls()) } else { Vec::new() };
    let people = |people: &Arc<RoaringBitmap>| People::Known(Arc::clone(people));
    let count = Count::of(Arc::new(found))
        .among(people(&dataset.everyone), people(asked))
        .knowing(known)
        .assuming(assumed)
        .beside(Margins::OfLookedAt(margins))
        .related(&dataset.families)
        .diploid(diploid);
    Ok(VariantCount { variant, effects, count, cases })
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

fn stated(tallies: Vec<(Group, Tally)>) -> Result<Stated, EngineError> {
    let (totals, groups): (Vec<_>, Vec<_>) =
        tallies.into_iter().partition(|(group, _)| *group == Group::Total);
    let total = totals.first().map(|(_, tally)| *tally);
    let total = total.ok_or_else(|| EngineError::Corrupt("frequencies without a total".into()))?;
    Ok(Stated { total, groups })
}
