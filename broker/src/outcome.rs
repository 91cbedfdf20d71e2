//! How each node took part in one question, and whether together that makes an answer.
//!
//! Every node gives exactly one outcome. What a node did wrong is told in fixed words: nothing that a
//! node wrote reaches a client as a reason.

use fyr_doors::Failure;
use fyr_proto::Unreached;
use fyr_schemas::{ErrorCode, NodeReport, NodeState, Remedy};

/// What became of the question at one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeOutcome<T> {
    /// It answered, and the answer makes sense.
    Answered(T),
    /// The question left it out, or left nothing at it to ask.
    Excluded,
    /// It has none of the datasets that the question names, as far as the requester may know.
    UnknownDataset,
    /// It does not accept the credentials.
    Unauthenticated,
    /// The credentials do not permit the question.
    Denied,
    /// It takes no more questions from this requester for now.
    TooManyRequests,
    /// It cannot evaluate the question, and may say what can be done.
    Unsupported(Option<Remedy>),
    /// It does not accept the question, although this broker could read it, and may say what can be done.
    InvalidRequest(Option<Remedy>),
    /// Its deadline passed.
    TimedOut,
    /// No connection could be made, it broke, or the node said that it is not ready.
    Unreachable(Unreached),
    /// It failed, or sent something that is no answer to the question.
    Failed(Fault),
}

/// What is wrong with a node that could be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// It reported a fault of its own, or broke off.
    #[error("the node failed")]
    Internal,
    /// What it sent follows no protocol that is spoken here.
    #[error("the node does not speak the protocol: is it the gRPC port of a Fyr node?")]
    Protocol,
    /// The answer is larger than the broker accepts.
    #[error("the answer is too large")]
    TooLarge,
    /// The message can be read, but means nothing.
    #[error("the answer is malformed")]
    Malformed,
    /// Another node answers under this address.
    #[error("the node answers under another id")]
    OtherNode,
    /// Datasets or variants that the question did not ask for.
    #[error("the answer has parts that were not asked for")]
    NotAsked,
    /// Numbers or statements that cannot be true together.
    #[error("the answer contradicts itself")]
    Contradiction,
}

impl<T> NodeOutcome<T> {
    /// Returns the word for the list of nodes.
    pub fn state(&self) -> NodeState {
        match self {
            Self::Answered(_) => NodeState::Answered,
            Self::Excluded | Self::UnknownDataset => NodeState::Excluded,
            Self::Unauthenticated | Self::Denied | Self::TooManyRequests => NodeState::Refused,
            Self::Unsupported(_) | Self::InvalidRequest(_) => NodeState::Unsupported,
            Self::TimedOut => NodeState::TimedOut,
            Self::Unreachable(_) => NodeState::Unreachable,
            Self::Failed(_) => NodeState::Failed,
        }
    }

    /// Returns why there is no answer, in fixed words.
    pub fn reason(&self) -> Option<String> {
        let reason = match self {
            Self::Answered(_) => return None,
            Self::Excluded => "left out by the question",
            Self::UnknownDataset => "has none of the named datasets",
            Self::Unauthenticated => "does not accept the credentials",
            Self::Denied => "may not be asked this with these credentials",
            Self::TooManyRequests => "takes no more questions for now",
            Self::Unsupported(Some(remedy)) | Self::InvalidRequest(Some(remedy)) => remedy.text(),
            Self::Unsupported(None) => "cannot evaluate this question",
            Self::InvalidRequest(None) => "cannot read this question",
            Self::TimedOut => "did not answer in time",
            Self::Unreachable(cause) => return Some(format!("cannot be reached: {}", cause.text())),
            Self::Failed(fault) => return Some(fault.to_string()),
        };
        Some(reason.to_owned())
    }

    /// Returns the line of the list of nodes.
    pub fn report(&self, id: &str) -> NodeReport {
        NodeReport { id: id.to_owned(), state: self.state(), reason: self.reason(), allowances: Vec::new() }
    }

    /// Replaces the payload.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> NodeOutcome<U> {
        self.and_then(|payload| NodeOutcome::Answered(change(payload)))
    }

    /// Replaces the outcome of a node that answered.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> NodeOutcome<U>) -> NodeOutcome<U> {
        match self {
            Self::Answered(payload) => next(payload),
            Self::Excluded => NodeOutcome::Excluded,
            Self::UnknownDataset => NodeOutcome::UnknownDataset,
            Self::Unauthenticated => NodeOutcome::Unauthenticated,
            Self::Denied => NodeOutcome::Denied,
            Self::TooManyRequests => NodeOutcome::TooManyRequests,
            Self::Unsupported(remedy) => NodeOutcome::Unsupported(remedy),
            Self::InvalidRequest(remedy) => NodeOutcome::InvalidRequest(remedy),
            Self::TimedOut => NodeOutcome::TimedOut,
            Self::Unreachable(cause) => NodeOutcome::Unreachable(cause),
            Self::Failed(fault) => NodeOutcome::Failed(fault),
        }
    }

    /// Returns the same without what can be done: of a node that may not be attributed it would tell what data it has.
    #[must_use]
    pub fn unexplained(self) -> Self {
        match self {
            Self::Unsupported(_) => Self::Unsupported(None),
            Self::InvalidRequest(_) => Self::InvalidRequest(None),
            other => other,
        }
    }

    fn is_left_out(&self) -> bool {
        matches!(self, Self::Excluded | Self::UnknownDataset)
    }
}

/// A node's id with its outcome.
pub type Outcomes<T> = [(String, NodeOutcome<T>)];

/// Says why the outcomes make no answer; none where at least one node answered.
///
/// Without any answer, "no" would be a lie, so the client learns why nobody evaluated the question.
/// Where reasons differ, the one that may pass by itself wins, then the one that other credentials
/// may change.
pub fn failure<T>(outcomes: &Outcomes<T>) -> Option<Failure> {
    let has = |kind: fn(&NodeOutcome<T>) -> bool| outcomes.iter().any(|(_, outcome)| kind(outcome));
    if has(|o| matches!(o, NodeOutcome::Answered(_))) {
        return None;
    }
    let asked = || outcomes.iter().map(|(_, outcome)| outcome).filter(|outcome| !outcome.is_left_out());
    let all = |kind: fn(&NodeOutcome<T>) -> bool| asked().all(kind);
    let code = if asked().next().is_none() {
        return Some(nobody_asked(outcomes));
    } else if all(|o| matches!(o, NodeOutcome::InvalidRequest(_))) {
        ErrorCode::InvalidRequest
    } else if all(|o| matches!(o, NodeOutcome::Unauthenticated)) {
        ErrorCode::Unauthenticated
    } else if all(|o| matches!(o, NodeOutcome::TooManyRequests)) {
        ErrorCode::TooManyRequests
    } else if all(|o| matches!(o, NodeOutcome::TimedOut)) {
        ErrorCode::Timeout
    } else if all(|o| o.state() == NodeState::Unsupported) {
        ErrorCode::Unsupported
    } else if all(|o| matches!(o.state(), NodeState::Unsupported | NodeState::Refused)) {
        ErrorCode::PermissionDenied
    } else {
        ErrorCode::Unavailable
    };
    Some(Failure::of(code, format!("{}: no node answered ({})", code.text(), reasons(outcomes))))
}

fn nobody_asked<T>(outcomes: &Outcomes<T>) -> Failure {
    if outcomes.iter().any(|(_, outcome)| matches!(outcome, NodeOutcome::UnknownDataset)) {
        Failure::about_request(ErrorCode::NotFound, "no node has any of the named datasets")
    } else {
        Failure::about_request(ErrorCode::InvalidRequest, "the question leaves every node out")
    }
}

fn reasons<T>(outcomes: &Outcomes<T>) -> String {
    let line = |(id, outcome): &(String, NodeOutcome<T>)| outcome.reason().map(|r| format!("{id} {r}"));
    outcomes.iter().filter_map(line).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use NodeOutcome::*;

    fn code(outcomes: &[NodeOutcome<()>]) -> Option<ErrorCode> {
        let named: Vec<_> = outcomes.iter().map(|o| ("node".to_owned(), o.clone())).collect();
        failure(&named).map(|failure| failure.code)
    }

    #[test]
    fn one_answer_is_enough() {
        assert_eq!(
            code(&[Unreachable(Unreached::Refused), Answered(()), Denied, Failed(Fault::Malformed)]),
            None
        );
    }

    #[test]
    fn nobody_evaluated_is_never_no() {
        for (name, outcomes, expected) in [
            ("all refuse the token", vec![Unauthenticated, Unauthenticated], ErrorCode::Unauthenticated),
            ("refused, in two ways", vec![Unauthenticated, Denied], ErrorCode::PermissionDenied),
            ("refused or unsupported", vec![Denied, Unsupported(None)], ErrorCode::PermissionDenied),
            ("all unsupported", vec![Unsupported(None), Unsupported(None)], ErrorCode::Unsupported),
            ("all too late", vec![TimedOut, Excluded], ErrorCode::Timeout),
            ("all down", vec![TimedOut, Unreachable(Unreached::Refused)], ErrorCode::Unavailable),
            ("all broken", vec![Failed(Fault::Protocol)], ErrorCode::Unavailable),
            ("one down, one refused", vec![Unreachable(Unreached::Refused), Denied], ErrorCode::Unavailable),
            (
                "malformed for all",
                vec![InvalidRequest(None), InvalidRequest(None)],
                ErrorCode::InvalidRequest,
            ),
            ("over quota", vec![TooManyRequests], ErrorCode::TooManyRequests),
            ("unknown everywhere", vec![UnknownDataset, Excluded], ErrorCode::NotFound),
            (
                "unknown or down",
                vec![UnknownDataset, Unreachable(Unreached::Refused)],
                ErrorCode::Unavailable,
            ),
            ("all left out", vec![Excluded, Excluded], ErrorCode::InvalidRequest),
        ] {
            assert_eq!(code(&outcomes), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_can_be_done_stays_unsaid_of_a_hidden_node() {
        let needs = Some(Remedy::NeedsAnnotation);
        assert_eq!(Unsupported::<()>(needs).unexplained(), Unsupported(None));
        assert_eq!(InvalidRequest::<()>(needs).unexplained(), InvalidRequest(None));
        assert_eq!(Answered(7).unexplained(), Answered(7));
    }

    #[test]
    fn a_failure_names_the_nodes() {
        let outcomes = [
            ("fi".to_owned(), TimedOut::<()>),
            ("se".to_owned(), Unreachable(Unreached::Refused)),
            ("no".to_owned(), Unsupported(Some(Remedy::NeedsGenes))),
        ];
        let message = failure(&outcomes).unwrap().message;
        let reasons = "(fi did not answer in time, se cannot be reached: nothing listens at the address, no has no \
                       table of genes: ask by range)";
        assert!(message.ends_with(reasons), "{message}");
    }
}
