//! Test mode (Beacon `testMode`): questions go to synthetic data that come with the program, never to real
//! ones.
//!
//! The data are written as rows and documents into a store of its own in memory; it is made when the first such
//! question comes. No file is parsed, so that a node that serves has no reader of VCF in it.

mod data;

use std::{fmt, sync::Arc};

use fyr_engine::{Engine, EngineError, EngineOptions, View};
use fyr_ontology::Ontologies;
use fyr_policy::{Consents, DatasetRules, Policy, PolicyConfig};
use fyr_schemas::Release;
use fyr_store::{Store, log::StorePlace};
use tokio::sync::OnceCell;

use crate::{
    config::Limits,
    policies::{InForce, Policies},
};

/// Why there are no synthetic data.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyntheticError {
    /// They could not be made.
    #[error("{0}")]
    Made(String),
    /// They cannot be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The synthetic data of a node.
pub(crate) struct Synthetic {
    dataset: String,
    limits: Limits,
    ontologies: Arc<Ontologies>,
    made: OnceCell<Made>,
}

/// A store with synthetic data, and a policy that hides nothing of it.
struct Made {
    engine: Engine,
    policies: Policies,
    /// Nobody there has anything to agree to.
    consents: Arc<Consents>,
}

impl Synthetic {
    /// Plans the data of a node; its id stands in the dataset's, so that networks can tell them apart.
    pub(crate) fn new(node: &str, limits: Limits, ontologies: Arc<Ontologies>) -> Self {
        Self { dataset: format!("SYNTHETIC-{node}"), limits, ontologies, made: OnceCell::new() }
    }

    /// Returns the data and their policy.
    pub(crate) async fn get(&self) -> Result<(Arc<View>, Arc<InForce>), SyntheticError> {
        let made = self.made.get_or_try_init(|| self.make()).await;
        let made = made.map_err(|error| SyntheticError::Made(error.to_string()))?;
        Ok((made.engine.view(&made.consents).await?, made.policies.get()))
    }

    async fn make(&self) -> Result<Made, Box<dyn std::error::Error + Send + Sync>> {
        let place = StorePlace::in_memory();
        data::write(&Store::open_at(place.clone()).await?, &self.dataset).await?;
        let options = EngineOptions { memory_limit: self.limits.memory() };
        let engine = Engine::open_at(place, options, Arc::clone(&self.ontologies)).await?;
        Ok(Made { engine, policies: Policies::fixed(open()?), consents: Arc::default() })
    }
}

/// Everything may be said of people who do not exist.
fn open() -> Result<Policy, fyr_policy::InvalidPolicy> {
    let rules = DatasetRules {
        public: Some(Release::Record),
        subjects: Some(Release::Record),
        minimum_carriers: Some(0),
        open: Some(true),
        ..DatasetRules::default()
    };
    Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() })
}

impl fmt::Debug for Synthetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Synthetic").field("dataset", &self.dataset).finish_non_exhaustive()
    }
}
