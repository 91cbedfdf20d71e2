//! What the policy says to a requester, dataset by dataset, remembered for as long as it holds.

use std::{collections::BTreeSet, sync::Arc};

use fyr_engine::{DatasetKind, DatasetSummary};
use fyr_ontology::Ontologies;
use fyr_policy::{Asking, Decision, Held, Kind};
use fyr_schemas::{EntryType, Granularity, Query};
use quick_cache::sync::Cache;
use time::OffsetDateTime;

use crate::{
    gate::{Chain, Stage},
    policies::InForce,
};

/// Most decisions that are remembered: requesters times datasets that are asked in one hour, generously.
const REMEMBERED: usize = 10_000;

/// Everything that a decision depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    policy: String,
    asking: Arc<Asking>,
    dataset: String,
    kind: Kind,
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

impl Decisions {
    /// Decides a question for each dataset.
    pub(super) fn about<'d>(
        &self,
        stage: &Stage,
        chain: &Chain,
        ontologies: &Ontologies,
        query: &Query,
        datasets: impl IntoIterator<Item = &'d DatasetSummary>,
    ) -> Vec<Arc<Decision>> {
        let wider = |disease: &str| wider(ontologies, disease);
        let asking = Asking::of(query, chain.purpose(), chain.requester(), wider, stage.now());
        let asking = asking.at_most(chain.at_most());
        self.all(stage.in_force(), asking, stage.now(), datasets)
    }

    /// Decides about variants, and about people, at the highest granularity: for the lists.
    pub(super) fn at_most<'d>(
        &self,
        stage: &Stage,
        chain: &Chain,
        ontologies: &Ontologies,
        datasets: impl IntoIterator<Item = &'d DatasetSummary> + Clone,
    ) -> (Vec<Arc<Decision>>, Vec<Arc<Decision>>) {
        let everything = |kind| Query { granularity: Granularity::Record, ..Query::entries(kind) };
        let about = |kind| self.about(stage, chain, ontologies, &everything(kind), datasets.clone());
        (about(EntryType::GenomicVariant), about(EntryType::Individual))
    }

    fn all<'d>(
        &self,
        in_force: &InForce,
        asking: Asking,
        now: OffsetDateTime,
        datasets: impl IntoIterator<Item = &'d DatasetSummary>,
    ) -> Vec<Arc<Decision>> {
        let asking = Arc::new(asking);
        datasets.into_iter().map(|dataset| self.decide(in_force, &asking, now, held(dataset))).collect()
    }

    fn decide(
        &self,
        in_force: &InForce,
        asking: &Arc<Asking>,
        now: OffsetDateTime,
        held: Held<'_>,
    ) -> Arc<Decision> {
        let key = Key {
            policy: in_force.version.clone(),
            asking: Arc::clone(asking),
            dataset: held.id.to_owned(),
            kind: held.kind,
        };
        if let Some(made) = self.made.get(&key).filter(|made| now.unix_timestamp() < made.until()) {
            return made;
        }
        let decision = Arc::new(in_force.policy.decide(asking, held));
        self.made.insert(key, Arc::clone(&decision));
        decision
    }
}

/// The terms that a disease is narrower than, itself among them.
pub(crate) fn wider(ontologies: &Ontologies, disease: &str) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = ontologies.wider(disease).into_iter().collect();
    all.insert(disease.to_owned());
    all
}

/// A dataset as policies see it.
pub(crate) fn held(dataset: &DatasetSummary) -> Held<'_> {
    let kind = match dataset.kind {
        DatasetKind::Individual => Kind::Individuals,
        DatasetKind::Frequency if dataset.publication.is_some() => Kind::Publication,
        DatasetKind::Frequency | DatasetKind::Reference => Kind::Frequencies,
    };
    Held { id: &dataset.id, kind }
}

#[cfg(test)]
mod tests;
