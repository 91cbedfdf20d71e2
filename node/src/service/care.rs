//! Answers for the care of patients wait until somebody has looked at them.

use fyr_policy::{Permit, Profile};
use fyr_schemas::{Answer, DatasetState};
use fyr_state::{CareAnswer, CareTold};
use time::OffsetDateTime;

use crate::{Node, ServiceError, gate::Chain};

/// Who asks in which case.
pub(super) struct Asker {
    requester: String,
    organisation: String,
    case: String,
}

impl Asker {
    /// Finds out who asks for care; nobody where no dataset answers in that capacity.
    pub(super) fn of(permit: &Permit, chain: &Chain) -> Option<Self> {
        datasets(permit).next()?;
        let case = chain.purpose().and_then(|purpose| purpose.case.clone()).unwrap_or_default();
        let requester = match chain.person() {
            Some(person) => format!("{}|{}", person.issuer, person.id),
            None => chain.acting().map(ToString::to_string).unwrap_or_default(),
        };
        let organisation = chain.organisations().collect::<Vec<_>>().join(", ");
        Some(Self { requester, organisation, case })
    }
}

/// Returns the datasets that are asked for care.
fn datasets(permit: &Permit) -> impl Iterator<Item = &str> {
    let of_care = permit.datasets().iter().filter(|dataset| dataset.plan().profile == Profile::Care);
    of_care.map(|dataset| dataset.id())
}

/// Puts what is about to be told in the queue; `question` is what the audit log calls it. What cannot be put there is not
/// told. A question that was evaluated and then not told is there all the same.
pub(super) async fn note(
    node: &Node,
    asker: &Asker,
    (permit, answer): (&Permit, &Answer),
    question: String,
    now: OffsetDateTime,
) -> Result<(), ServiceError> {
    let asked: Vec<&str> = datasets(permit).collect();
    let told = answer.datasets.iter().filter(|of| asked.contains(&of.id.as_str()));
    let told: Vec<_> = told.filter(|of| of.state == DatasetState::Answered).collect();
    if told.is_empty() {
        return Ok(());
    }
    let seen = told.iter().any(|of| of.exists);
    let answer = CareAnswer {
        requester: asker.requester.clone(),
        organisation: asker.organisation.clone(),
        case: asker.case.clone(),
        question,
        told: if seen { CareTold::Seen } else { CareTold::NotSeen },
        datasets: told.iter().map(|of| of.id.clone()).collect(),
        time: now.unix_timestamp(),
    };
    Ok(node.state.note_care(&answer).await?)
}
