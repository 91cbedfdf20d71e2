//! Why a node does not start: below everything that is put together at the start.

use fyr_audit::AuditError;
use fyr_doors::ListenError;
use fyr_engine::EngineError;
use fyr_genome::GenomeError;
use fyr_identity::IdentityError;
use fyr_ontology::OntologyError;
use fyr_state::StateError;
use fyr_store::StoreError;

use crate::{belonging::BelongingError, config::InvalidConfig};

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration makes no sense.
    #[error("configuration: {0}")]
    Config(#[from] InvalidConfig),
    /// The store cannot be opened.
    #[error("store `{url}`: {source}")]
    Store {
        /// The store.
        url: String,
        /// Why.
        source: EngineError,
    },
    /// An ontology cannot be used.
    #[error(transparent)]
    Ontology(#[from] OntologyError),
    /// What is known of genomes cannot be read.
    #[error(transparent)]
    Genome(#[from] GenomeError),
    /// Decisions cannot be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// What people said, and who is revoked, cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The store is half restored.
    #[error(transparent)]
    HalfRestored(#[from] StoreError),
    /// The store and the state do not belong together.
    #[error(transparent)]
    Belonging(#[from] BelongingError),
    /// Issuers cannot be trusted as configured.
    #[error("identity: {0}")]
    Identity(#[from] IdentityError),
    /// The doors cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
}
