//! Answers: what is said beside what was found, and how those of datasets become one.

use fyr_schemas::{Answer, Assembly, DatasetAnswer, DatasetState, Handover, Lift, Versions, Withheld};

use crate::{DatasetPermit, Disclosed, Permit};

/// What is said beside an answer, and does not depend on what was found.
#[derive(Clone, Debug)]
pub struct Speaker<'a> {
    /// Id of the node.
    pub beacon_id: &'a str,
    /// Assembly of the dataset.
    pub assembly: Assembly,
    /// How the question came to it.
    pub lift: Option<Lift>,
    /// From the configuration.
    pub handovers: Vec<Handover>,
    /// What its figures rest on.
    pub versions: Option<Versions>,
    /// As what bounds in filters are read: bands that are published.
    pub read_as: Vec<String>,
}

/// Begins the answer of a dataset; `top` is what numbers were moved to beside the floor.
pub(super) fn answered(
    permit: &DatasetPermit,
    withheld: Vec<Withheld>,
    speaker: Speaker<'_>,
    top: Option<u64>,
) -> DatasetAnswer {
    let plan = permit.plan();
    let floor = (plan.minimum_carriers > 0).then_some(plan.minimum_carriers);
    DatasetAnswer {
        lift: speaker.lift,
        release: plan.release,
        adjusted_to: floor.into_iter().chain(top).collect(),
        handovers: speaker.handovers,
        attributable: plan.attributable,
        versions: speaker.versions,
        read_as: speaker.read_as,
        withheld,
        ..DatasetAnswer::silent(permit.id(), speaker.beacon_id, speaker.assembly, DatasetState::Answered)
    }
}

/// Puts the answers of the datasets together; withheld ones are named, because they may be known of.
///
/// `assembly_of` says in which coordinates a dataset is asked; `warnings` are about the question.
///
/// # Errors
///
/// The coordinates of a dataset are not known.
pub fn assemble<E>(
    beacon_id: &str,
    permit: &Permit,
    assembly_of: impl Fn(&str) -> Result<Assembly, E>,
    datasets: Vec<Disclosed<DatasetAnswer>>,
    warnings: Vec<String>,
) -> Result<Disclosed<Answer>, E> {
    let withheld = |id: &String| {
        let silent = DatasetAnswer::silent(id, beacon_id, assembly_of(id)?, DatasetState::Withheld);
        Ok(DatasetAnswer { withheld: vec![Withheld::NotPermitted], ..silent })
    };
    let withheld = permit.withheld().iter().map(withheld).collect::<Result<Vec<_>, E>>()?;
    let datasets: Vec<_> = datasets.into_iter().map(Disclosed::into_inner).chain(withheld).collect();
    let counts: Vec<u64> = datasets.iter().filter_map(|dataset| dataset.result_count).collect();
    Ok(Disclosed::new(Answer {
        exists: datasets.iter().any(|dataset| dataset.exists),
        lower_bound: datasets.iter().any(|dataset| dataset.state != DatasetState::Answered),
        datasets,
        result_count: (!counts.is_empty()).then(|| counts.iter().sum()),
        warnings,
        ..Answer::of(beacon_id)
    }))
}

/// The answer of a node that the question leaves out. It says nothing of any data.
pub fn left_out(beacon_id: &str) -> Disclosed<Answer> {
    Disclosed::new(Answer::of(beacon_id))
}
