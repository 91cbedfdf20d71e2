//! What the policy says to a requester, dataset by dataset, remembered for as long as it holds.

use std::{collections::BTreeSet, sync::Arc};

use fyr_engine::{DatasetKind, DatasetSummary};
use fyr_ontology::Ontologies;
use fyr_policy::{Asking, Decision, Held, Kind, Requester};
use fyr_schemas::{EntryType, Granularity, Purpose, Query};
use quick_cache::sync::Cache;
use time::OffsetDateTime;

use crate::policies::InForce;

/// Most decisions that are remembered: requesters times datasets that are asked in one hour, generously.
const REMEMBERED: usize = 10_000;
/// Filters beyond this many are all the same to policies.
const COUNTED_FILTERS: u64 = 100;

/// Everything that a decision depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    policy: String,
    requester: Requester,
    purpose: Option<Purpose>,
    dataset: String,
    kind: Kind,
    about_people: bool,
    granularity: Granularity,
    filters: u64,
}

/// Decisions that were made, by what they depend on.
#[derive(Debug)]
pub(crate) struct Decisions {
    made: Cache<Key, Arc<Decision>>,
}

impl Default for Decisions {
    fn default() -> Self {
        Self { made: Cache::new(REMEMBERED) }
    }
}

/// Who asks, what for, and under which policy.
pub(crate) struct Asker<'a> {
    pub(crate) requester: &'a Requester,
    pub(crate) purpose: Option<&'a Purpose>,
    pub(crate) in_force: &'a InForce,
    pub(crate) ontologies: &'a Ontologies,
    pub(crate) now: OffsetDateTime,
}

impl Decisions {
    /// Decides a question for each dataset.
    pub(crate) fn about<'d>(
        &self,
        asker: &Asker<'_>,
        query: &Query,
        datasets: impl IntoIterator<Item = &'d DatasetSummary>,
    ) -> Vec<Arc<Decision>> {
        let wider = |disease: &str| wider(asker.ontologies, disease);
        let mut asking = Asking::of(query, asker.purpose, asker.requester, &wider, asker.now);
        asking.filters = asking.filters.min(COUNTED_FILTERS);
        datasets.into_iter().map(|dataset| self.decide(asker, &asking, held(dataset))).collect()
    }

    /// Decides about variants, and about people, at the highest granularity: for the lists.
    pub(crate) fn at_most<'d>(
        &self,
        asker: &Asker<'_>,
        datasets: impl IntoIterator<Item = &'d DatasetSummary> + Clone,
    ) -> (Vec<Arc<Decision>>, Vec<Arc<Decision>>) {
        let everything = |kind| Query { granularity: Granularity::Record, ..Query::entries(kind) };
        let variants = self.about(asker, &everything(EntryType::GenomicVariant), datasets.clone());
        (variants, self.about(asker, &everything(EntryType::Individual), datasets))
    }

    fn decide(&self, asker: &Asker<'_>, asking: &Asking<'_>, held: Held<'_>) -> Arc<Decision> {
        let key = Key {
            policy: asker.in_force.version.clone(),
            requester: asker.requester.clone(),
            purpose: asker.purpose.cloned(),
            dataset: held.id.to_owned(),
            kind: held.kind,
            about_people: asking.about_people,
            granularity: asking.granularity,
            filters: asking.filters,
        };
        if let Some(made) = self.made.get(&key).filter(|made| asker.now.unix_timestamp() < made.until()) {
            return made;
        }
        let decision = Arc::new(asker.in_force.policy.decide(asking, held));
        self.made.insert(key, Arc::clone(&decision));
        decision
    }
}

/// The terms that a disease is narrower than, itself among them.
pub fn wider(ontologies: &Ontologies, disease: &str) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = ontologies.wider(disease).into_iter().collect();
    all.insert(disease.to_owned());
    all
}

/// A dataset as policies see it.
pub fn held(dataset: &DatasetSummary) -> Held<'_> {
    let kind = match dataset.kind {
        DatasetKind::Individual => Kind::Individuals,
        DatasetKind::Frequency => Kind::Frequencies,
    };
    Held { id: &dataset.id, kind }
}

#[cfg(test)]
mod tests;
