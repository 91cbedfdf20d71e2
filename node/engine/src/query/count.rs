//! From the rows that the segments of a dataset have of one allele to its counts.

use std::sync::Arc;

use fyr_policy::{GroupTallies, VariantTally};
use fyr_schemas::{Group, Tally, Variant};
use roaring::RoaringBitmap;

use super::dataset::Dataset;
use crate::{
    Carriers, EngineError,
    segment::{
        row::{Payload, StoredRow},
        unite::union,
    },
};

/// Counts the alleles of rows that belong to one key, or to few.
pub(crate) fn count_all(
    dataset: &Arc<Dataset>,
    mut rows: Vec<StoredRow>,
) -> Result<Vec<VariantTally>, EngineError> {
    rows.sort_by(|a, b| a.variant.cmp(&b.variant).then(a.source.cmp(&b.source)));
    let alleles = rows.chunk_by(|a, b| a.variant == b.variant);
    alleles.map(|rows| count(dataset, rows)).filter_map(Result::transpose).collect()
}

/// Counts one allele. The rows are in the order of the segments.
///
/// People of segments that do not have the allele were not asked; they count in `cohort_size` only. Of
/// several segments with frequencies the latest is believed.
fn count(dataset: &Arc<Dataset>, rows: &[StoredRow]) -> Result<Option<VariantTally>, EngineError> {
    let Some(latest) = rows.last() else { return Ok(None) };
    let variant = latest.variant.clone();
    match &latest.payload {
        Payload::Frequencies(tallies) => count_frequencies(variant, tallies).map(Some),
        Payload::Carriers(_) => count_carriers(dataset, variant, rows).map(Some),
    }
}

fn count_carriers(
    dataset: &Arc<Dataset>,
    variant: Variant,
    rows: &[StoredRow],
) -> Result<VariantTally, EngineError> {
    let records = rows.iter().filter_map(|row| match &row.payload {
        Payload::Carriers(packed) => Some((packed, &dataset.segments.get(row.source as usize)?.people)),
        Payload::Frequencies(_) => None,
    });
    let (carriers, asked) = union(records)?;
    Ok(VariantTally {
        variant,
        total: carriers.tally(&asked),
        cohort_size: Some(dataset.everyone.len()),
        margins: Vec::new(),
        cases: Vec::new(),
        groups: Box::new(CarrierGroups { dataset: Arc::clone(dataset), carriers, asked }),
    })
}

fn count_frequencies(variant: Variant, tallies: &[(Group, Tally)]) -> Result<VariantTally, EngineError> {
    let (totals, groups): (Vec<_>, Vec<_>) =
        tallies.iter().cloned().partition(|(group, _)| *group == Group::Total);
    let total = totals.first().map(|(_, tally)| *tally);
    Ok(VariantTally {
        variant,
        total: total.ok_or_else(|| EngineError::Corrupt("frequencies without a total".into()))?,
        cohort_size: None,
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
        let count = |(group, people): &(Group, RoaringBitmap)| {
            let asked = people & &self.asked;
            (!asked.is_empty()).then(|| (group.clone(), self.carriers.tally(&asked)))
        };
        self.dataset.groups.iter().filter_map(count).collect()
    }
}

/// Groups as the source gave them.
struct FrequencyGroups(Vec<(Group, Tally)>);

impl GroupTallies for FrequencyGroups {
    fn tallies(&self) -> Vec<(Group, Tally)> {
        self.0.clone()
    }
}
