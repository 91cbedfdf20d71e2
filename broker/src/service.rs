//! The broker behind its doors: select, fan out, aggregate.

mod terms;

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::future::join_all;
use fyr_doors::{
    Credentials, DatasetInfo, DatasetList, Failure, FilteringTerms, Identity, Service, TermSelection,
};
use fyr_schemas::{Answer, EntryType, ErrorCode, NodeReport, Purpose, Query, TokenScheme};

use crate::{BrokerConfig, BrokerConfigError, NodeOutcome, aggregate, network::Network};

/// A broker and the nodes that it asks.
#[derive(Debug)]
pub struct Broker {
    identity: Identity,
    network: ArcSwap<Network>,
}

impl Broker {
    /// Creates a broker. It connects to its nodes when it asks them.
    ///
    /// # Errors
    ///
    /// A configuration that makes no sense, and certificates that cannot be used.
    pub fn new(config: &BrokerConfig) -> Result<Self, BrokerConfigError> {
        config.validate()?;
        Ok(Self { identity: config.identity(), network: ArcSwap::from_pointee(Network::of(config)?) })
    }

    /// Asks the nodes of a configuration from now on. Questions that are under way are answered by those before.
    ///
    /// # Errors
    ///
    /// As [`Self::new`]; and a configuration of another broker. The nodes are those before then.
    pub fn take(&self, config: &BrokerConfig) -> Result<(), BrokerConfigError> {
        config.validate()?;
        let (mine, theirs) = (&self.identity.id, &config.broker.id);
        if mine != theirs {
            return Err(BrokerConfigError::Another { mine: mine.clone(), theirs: theirs.clone() });
        }
        self.network.store(Arc::new(Network::of(config)?));
        Ok(())
    }

    /// Returns the ids of the nodes that are asked now.
    #[cfg(test)]
    pub(crate) fn members(&self) -> Vec<String> {
        self.network.load().nodes.iter().map(|node| node.id().to_owned()).collect()
    }

    /// Asks every node for its datasets, for no stated purpose, and says who answered, in the order of the configuration.
    pub async fn nodes(&self, credentials: &Credentials) -> Vec<NodeReport> {
        let network = self.network.load_full();
        let reports =
            network.nodes.iter().map(async |node| node.datasets(credentials, None).await.report(node.id()));
        join_all(reports).await
    }
}

/// Refuses credentials that no node could accept from here: a proof of possession names this broker, so only
/// a query proof shows a node that the token came from the holder of its key.
fn passable(credentials: &Credentials) -> Result<(), Failure> {
    if credentials.scheme() == TokenScheme::Bearer || credentials.proof().is_some() {
        return Ok(());
    }
    let code = ErrorCode::Unauthenticated;
    let reason = "a token of the scheme DPoP passes a broker only with a query proof, `Fyr-Query-Proof`";
    Err(Failure::of(code, format!("{}: {reason}", code.text())))
}

/// A broker has no gate: what it tells, nodes told it. The questions of a batch it answers each for itself, since each has
/// a fan-out of its own.
impl Service for Broker {
    type Told<T: Send + 'static> = T;

    fn open<T: Send + 'static>(told: T) -> T {
        told
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn answer(&self, credentials: &Credentials, query: Query) -> Result<Answer, Failure> {
        passable(credentials)?;
        let network = self.network.load_full();
        network.nameable(&query)?;
        let asked = network.nodes.iter().map(|node| node.answer(credentials, &query));
        let outcomes = network.settle(join_all(asked).await)?;
        Ok(aggregate(&self.identity.id, &query, &network.hidden, &outcomes))
    }

    async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<DatasetList, Failure> {
        passable(credentials)?;
        let network = self.network.load_full();
        let asked = network.nodes.iter().map(|node| node.datasets(credentials, purpose));
        let outcomes = network.settle(join_all(asked).await)?;
        let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| outcome.report(id)).collect();
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        // What cannot be named in a question is not listed.
        let named = |(node, outcome): (String, NodeOutcome<Vec<DatasetInfo>>)| match outcome {
            NodeOutcome::Answered(list) if network.hidden.names(&node) => list,
            _ => Vec::new(),
        };
        let mut datasets: Vec<_> = outcomes.into_iter().flat_map(named).collect();
        datasets.sort_by(|a, b| (&a.beacon_id, &a.id).cmp(&(&b.beacon_id, &b.id)));
        Ok(DatasetList { datasets, nodes })
    }

    async fn filtering_terms(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        selection: TermSelection,
    ) -> Result<FilteringTerms, Failure> {
        passable(credentials)?;
        let network = self.network.load_full();
        let asked = network.nodes.iter().map(|node| node.filtering_terms(credentials, purpose, &selection));
        let outcomes = network.settle(join_all(asked).await)?;
        Ok(terms::united(outcomes, &network.hidden))
    }

    /// A node that does not answer has nothing that could be mapped; without any, variants are.
    async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<EntryType>, Failure> {
        passable(credentials)?;
        let network = self.network.load_full();
        let outcomes =
            join_all(network.nodes.iter().map(|node| node.entry_types(credentials, purpose))).await;
        let mut types = vec![EntryType::Dataset, EntryType::GenomicVariant];
        let mut unnamed = Vec::new();
        for (node, outcome) in network.nodes.iter().zip(outcomes) {
            match outcome {
                NodeOutcome::Answered(theirs) if node.is_hidden() => unnamed.push(theirs),
                NodeOutcome::Answered(theirs) => types.extend(theirs),
                NodeOutcome::Unauthenticated => return Err(Failure::new(ErrorCode::Unauthenticated)),
                _ => {}
            }
        }
        types.extend(aggregate::shared(unnamed));
        types.sort_unstable();
        types.dedup();
        Ok(types)
    }

    /// A broker without a single node up still answers, with the reasons.
    fn is_ready(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
