//! Published tables: the one place outside accounts. The owner decides, knowing what the table gives away, says why, and
//! both stand in the store beside the table, in the history and in the audit log.
//!
//! A table is counted at the gate of the owner, above a floor and of those who agreed; it lies in the scratch of the store
//! until it is decided. Then the decision is noted in the history, if nobody has changed what they said since, and the
//! table becomes visible in one commit, with what is noted of it. Killed before that, nothing of it is there.

use std::time::Duration;

use fyr_doors::Credentials;
use fyr_policy::{LocalOwner, Power, PublicationTerms, Rounding};
use fyr_state::{State, StateError};
use fyr_store::{DatasetSummary, Publication, Store, StoreError};

use crate::{
    Node, NodeConfig, OF_THE_NODE, ServiceError, StartError,
    audit_end::note,
    config::{InvalidConfig, Limits},
    gate::Asked,
    service::{Counted, Counting, PublishedGroups, Wanted},
};

/// How long a table may be counted.
const DEADLINE: Duration = Duration::from_secs(86_400);

/// What is to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationSpec {
    /// The dataset whose people are counted.
    pub dataset: String,
    /// The id of the table, a dataset of frequencies of the same store.
    pub id: String,
    /// Which groups stand beside everybody.
    pub groups: PublishedGroups,
    /// Fewest people who carry an allele, and who do not, of whom anything is told.
    pub minimum_carriers: u64,
    /// Numbers are rounded to multiples of this; 1 leaves them exact.
    pub step: u64,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// The configuration cannot be used.
    #[error("configuration: {0}")]
    Config(#[from] InvalidConfig),
    /// The store is no directory, or is not there.
    #[error("there is no store at `{0}`: check [store] of the configuration")]
    NoStore(String),
    /// The table would have the id of the dataset.
    #[error("the table would have the id of the dataset, `{0}`: give it another one with --as")]
    SameId(String),
    /// Numbers would read as none although somebody is told of.
    #[error(
        "numbers in multiples of {step} would make some that are told read as 0: with --min-ac {minimum}, round to {most} \
         at most, or raise --min-ac"
    )]
    TooCoarse {
        /// Multiples of what.
        step: u64,
        /// Fewest carriers.
        minimum: u64,
        /// The most that would do.
        most: u64,
    },
    /// Nothing says why.
    #[error("--reason is empty: say why the table is published, or taken back; the history keeps it")]
    NoReason,
    /// No allele reaches the minimum.
    #[error(
        "no allele of `{0}` has as many carriers and others, of those who agreed, as --min-ac asks for: nothing is published"
    )]
    Nothing(String),
    /// Somebody changed something since the people were counted.
    #[error(
        "the state was changed since the people were counted, perhaps by a withdrawal: nothing is published, run the \
         command again"
    )]
    Changed,
    /// There is no such table.
    #[error("there is no published table `{0}`: `fyr-node publish --list` lists them")]
    Unknown(String),
    /// The node's parts cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It was not counted.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateError),
}

impl PublicationSpec {
    /// Refuses what would not tell what it says.
    fn validate(&self) -> Result<(), PublicationError> {
        if self.dataset == self.id {
            return Err(PublicationError::SameId(self.id.clone()));
        }
        let most = self.minimum_carriers.saturating_mul(2).max(1);
        if self.step > most {
            let (step, minimum) = (self.step, self.minimum_carriers);
            return Err(PublicationError::TooCoarse { step, minimum, most });
        }
        Ok(())
    }

    fn rounding(&self) -> Rounding {
        if self.step > 1 { Rounding::Nearest(self.step) } else { Rounding::Exact }
    }
}

/// A table that was counted and is not published. Dropped, it leaves everything as it was.
#[derive(Debug)]
pub struct Draft {
    state: State,
    spec: PublicationSpec,
    actor: String,
    counted: Counted,
}

impl Draft {
    /// Has a table counted, of everybody who agreed that alleles are counted of them, and the attack on it measured. It is
    /// recorded in the owner's log, and nothing is visible yet. Nobody else can write to the store while it is there.
    ///
    /// # Errors
    ///
    /// There is no such dataset of people, nothing of it may be told, or it cannot be counted.
    pub async fn count(
        config: &NodeConfig,
        actor: &str,
        spec: PublicationSpec,
    ) -> Result<Self, PublicationError> {
        spec.validate()?;
        let store = open_store(config).await?;
        let terms = PublicationTerms { minimum_carriers: spec.minimum_carriers, rounding: spec.rounding() };
        let owner = LocalOwner::at_this_machine(actor).to_publish(terms);
        let of_owner = config.of_owner()?;
        let limits = Limits { deadline_ms: DEADLINE.as_millis() as u64, ..of_owner.limits };
        let node = Node::of_owner(&NodeConfig { limits, ..of_owner }, owner).await?;
        let wanted = Wanted { dataset: spec.dataset.clone(), id: spec.id.clone(), groups: spec.groups };
        let credentials = Credentials::default();
        let counting = Counting::new(&node, &store, &wanted);
        let counted = node.gate().attend(Asked::by(&credentials, counting)).await;
        note(&node.state, &node.audit_place, node.audit.end()).await.map_err(StartError::from)?;
        let counted = counted?.into_inner();
        if counted.power.alleles == 0 {
            return Err(PublicationError::Nothing(spec.dataset));
        }
        Ok(Self { state: node.state, spec, actor: actor.to_owned(), counted })
    }

    /// Returns how far the attack on the table reaches.
    pub fn power(&self) -> &Power {
        &self.counted.power
    }

    /// Returns how many people may be counted.
    pub fn people(&self) -> u64 {
        self.counted.people
    }

    /// Returns how many alleles were looked at, and of how many of them something but no frequency could be told.
    pub fn alleles(&self) -> (u64, u64) {
        (self.counted.looked_at, self.counted.without)
    }

    /// Publishes it: notes the decision, then makes the table visible, in the place of what was published under its id
    /// before. Returns what is noted of it.
    ///
    /// # Errors
    ///
    /// No reason, a state that was changed since the people were counted, a store or a state that cannot be written.
    pub async fn publish(self, reason: &str) -> Result<Publication, PublicationError> {
        if reason.trim().is_empty() {
            return Err(PublicationError::NoReason);
        }
        let publication = self.noted(reason);
        let words = words(&publication);
        let Self { state, spec, actor, counted } = self;
        if !state.publish(&actor, (&spec.id, &words), counted.consents).await? {
            return Err(PublicationError::Changed);
        }
        counted.writer.finish(publication.clone()).await?;
        Ok(publication)
    }

    fn noted(&self, reason: &str) -> Publication {
        let Self { spec, counted, .. } = self;
        Publication {
            of: spec.dataset.clone(),
            store: counted.store.unwrap_or_default(),
            consents: counted.consents,
            people: counted.people,
            minimum_carriers: spec.minimum_carriers,
            step: spec.step.max(1),
            groups: spec.groups.name().to_owned(),
            power: thousandths(counted.power.power),
            power_at_most: thousandths(counted.power.at_most),
            reason: reason.trim().to_owned(),
            actor: self.actor.clone(),
        }
    }
}

fn thousandths(share: f64) -> u64 {
    (share * 1000.0).round() as u64
}

/// What the history says of it.
fn words(publication: &Publication) -> String {
    let Publication { of, people, minimum_carriers, step, power, reason, .. } = publication;
    format!(
        "of {of}: {people} people, at least {minimum_carriers} carriers, multiples of {step}, power {:.3}: {reason}",
        *power as f64 / 1000.0
    )
}

/// Lists the published tables of a node's store.
///
/// # Errors
///
/// The store is not there, or cannot be read.
pub async fn published(config: &NodeConfig) -> Result<Vec<DatasetSummary>, PublicationError> {
    let datasets = open_store(config).await?.datasets().await?;
    Ok(datasets.into_iter().filter(|dataset| dataset.publication.is_some()).collect())
}

/// Takes a published table back. Who has read it has it.
///
/// # Errors
///
/// No reason, no such table, or a store or a state that cannot be written.
pub async fn unpublish(
    config: &NodeConfig,
    actor: &str,
    (id, reason): (&str, &str),
) -> Result<(), PublicationError> {
    if reason.trim().is_empty() {
        return Err(PublicationError::NoReason);
    }
    if !published(config).await?.iter().any(|dataset| dataset.id == id) {
        return Err(PublicationError::Unknown(id.to_owned()));
    }
    let state = config.open_state().await?;
    state.unpublish(actor, id, reason.trim()).await?;
    Ok(open_store(config).await?.remove_publication(id).await?)
}

async fn open_store(config: &NodeConfig) -> Result<Store, PublicationError> {
    let missing = || PublicationError::NoStore(config.store.url.clone());
    let directory = config.store_directory().filter(|directory| directory.is_dir()).ok_or_else(missing)?;
    Ok(Store::open_beside(directory, OF_THE_NODE).await?)
}

#[cfg(test)]
mod tests;
