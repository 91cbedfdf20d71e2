//! What the policy says to somebody about a dataset, and why: for operators, who need no token for it. Nothing is
//! counted.

use std::sync::Arc;

use fyr_ontology::Ontologies;
use fyr_policy::{Asking, Decision, Extent, Held, Kind, Policy, Requester, effective_purpose};
use fyr_schemas::Purpose;
use time::OffsetDateTime;

use crate::{
    NodeConfig, StartError, open_store,
    service::{held, wider},
};

/// Somebody who could ask something.
#[derive(Clone, Debug)]
pub struct Supposed<'a> {
    /// Who asks.
    pub requester: &'a Requester,
    /// What for, as stated.
    pub purpose: Option<&'a Purpose>,
    /// How much.
    pub extent: Extent,
    /// Of which dataset. One that is not in the store counts as one of people.
    pub dataset: &'a str,
}

/// Decides as a node of this configuration would at this moment.
///
/// # Errors
///
/// Ontologies or the store cannot be read.
pub async fn explain(
    config: &NodeConfig,
    policy: &Policy,
    supposed: &Supposed<'_>,
) -> Result<Decision, StartError> {
    let Supposed { requester, purpose, extent, dataset } = *supposed;
    let ontologies = Arc::new(Ontologies::load(&config.ontologies)?);
    let purpose = effective_purpose(purpose, requester);
    let wider = |disease: &str| wider(&ontologies, disease);
    let asking = Asking::about(extent, purpose.as_ref(), requester, wider, OffsetDateTime::now_utc());
    let engine = open_store(config, Arc::clone(&ontologies)).await?;
    let snapshot = engine.snapshot();
    let known = snapshot.dataset(dataset).map(held);
    Ok(policy.decide(&asking, known.unwrap_or(Held { id: dataset, kind: Kind::Individuals })))
}

#[cfg(test)]
mod tests {
    use fyr_policy::{DatasetRules, PolicyConfig};
    use fyr_schemas::{Granularity, Release};

    use super::*;

    #[tokio::test]
    async fn what_the_policy_would_say_is_said_without_asking() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        fyr_store::Store::open(&store).await.unwrap();
        let config = NodeConfig::new("se.fin", store.to_str().unwrap());
        let open = DatasetRules {
            public: Some(Release::Count),
            minimum_carriers: Some(0),
            open: Some(true),
            ..DatasetRules::default()
        };
        let datasets = [("open".to_owned(), open)].into();
        let policy = Policy::new(PolicyConfig { datasets, ..PolicyConfig::default() }).unwrap();
        for (dataset, granularity, release) in [
            ("open", Granularity::Record, Some(Release::Count)),
            ("open", Granularity::Boolean, Some(Release::Boolean)),
            ("another", Granularity::Record, None),
        ] {
            let extent = Extent { about_people: false, granularity, filters: 0 };
            let supposed = Supposed { requester: &Requester::Public, purpose: None, extent, dataset };
            let decision = explain(&config, &policy, &supposed).await.unwrap();
            assert_eq!(decision.plan().map(|plan| plan.release), release, "{dataset} {granularity:?}");
        }
    }
}
