//! The broker behind its doors: select, fan out, aggregate.

mod terms;

use futures::future::join_all;
use fyr_doors::{
    Credentials, DatasetInfo, DatasetList, Failure, FilteringTerms, Identity, Service, TermSelection,
};
use fyr_schemas::{Answer, EntryType, ErrorCode, NodeReport, Purpose, Query, TokenScheme};

use crate::{BrokerConfig, BrokerConfigError, Hidden, Member, NodeOutcome, aggregate, failure, naming};

/// A broker and the nodes that it asks.
#[derive(Debug)]
pub struct Broker {
    identity: Identity,
    nodes: Vec<Member>,
    hidden: Hidden,
}

impl Broker {
    /// Creates a broker. It connects to its nodes when it asks them.
    ///
    /// # Errors
    ///
    /// A configuration that makes no sense, and certificates that cannot be used.
    pub fn new(config: &BrokerConfig) -> Result<Self, BrokerConfigError> {
        config.validate()?;
        let limits = &config.limits;
        let nodes = config.nodes.iter().map(|member| {
            let (deadline, in_flight) = (limits.node_deadline(), limits.max_in_flight_per_node);
            let link = member.link()?;
            let node = Member::new(&member.id, link, deadline, in_flight, limits.max_answer_bytes);
            Ok(if member.attributable { node } else { node.hidden() })
        });
        let nodes: Vec<Member> = nodes.collect::<Result<_, BrokerConfigError>>()?;
        let hidden = nodes.iter().filter(|node| node.is_hidden()).map(|node| node.id().to_owned()).collect();
        Ok(Self { identity: config.identity(), nodes, hidden })
    }

    /// Asks every node for its datasets, for no stated purpose, and says who answered, in the order of the configuration.
    pub async fn nodes(&self, credentials: &Credentials) -> Vec<NodeReport> {
        let reports =
            self.nodes.iter().map(async |node| node.datasets(credentials, None).await.report(node.id()));
        join_all(reports).await
    }

    fn nameable(&self, query: &Query) -> Result<(), Failure> {
        let is_attributable = |id: &str| self.nodes.iter().any(|node| node.id() == id && !node.is_hidden());
        naming::nameable(&query.datasets, is_attributable)
    }

    /// Puts each outcome beside its node, unless together they make no answer.
    fn settle<T>(&self, outcomes: Vec<NodeOutcome<T>>) -> Result<Vec<(String, NodeOutcome<T>)>, Failure> {
        let ids = self.nodes.iter().map(|node| node.id().to_owned());
        let outcomes: Vec<_> = ids.zip(outcomes).collect();
        for (node, outcome) in &outcomes {
            record(node, outcome);
        }
        failure(&outcomes).map_or(Ok(outcomes), Err)
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

fn record<T>(node: &str, outcome: &NodeOutcome<T>) {
    let state = outcome.state().name();
    metrics::counter!("fyr_node_outcomes_total", "node" => node.to_owned(), "state" => state).increment(1);
    match outcome {
        NodeOutcome::Failed(fault) => tracing::warn!(node, state, %fault, "node answered nothing of use"),
        NodeOutcome::TimedOut => tracing::warn!(node, state, "node did not answer"),
        NodeOutcome::Unreachable(cause) => {
            tracing::warn!(node, state, cause = cause.text(), "node did not answer")
        }
        _ => tracing::debug!(node, state, "node took part"),
    }
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
        self.nameable(&query)?;
        let asked = self.nodes.iter().map(|node| node.answer(credentials, &query));
        let outcomes = self.settle(join_all(asked).await)?;
        Ok(aggregate(&self.identity.id, &query, &self.hidden, &outcomes))
    }

    async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<DatasetList, Failure> {
        passable(credentials)?;
        let asked = self.nodes.iter().map(|node| node.datasets(credentials, purpose));
        let outcomes = self.settle(join_all(asked).await)?;
        let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| outcome.report(id)).collect();
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        // What cannot be named in a question is not listed.
        let named = |(node, outcome): (String, NodeOutcome<Vec<DatasetInfo>>)| match outcome {
            NodeOutcome::Answered(list) if self.hidden.names(&node) => list,
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
        let asked = self.nodes.iter().map(|node| node.filtering_terms(credentials, purpose, &selection));
        let outcomes = self.settle(join_all(asked).await)?;
        Ok(terms::united(outcomes, &self.hidden))
    }

    /// A node that does not answer has nothing that could be mapped; without any, variants are.
    async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<EntryType>, Failure> {
        passable(credentials)?;
        let outcomes = join_all(self.nodes.iter().map(|node| node.entry_types(credentials, purpose))).await;
        let mut types = vec![EntryType::Dataset, EntryType::GenomicVariant];
        let mut unnamed = Vec::new();
        for (node, outcome) in self.nodes.iter().zip(outcomes) {
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
