//! What is told of a dataset that is not counted.

use fyr_schemas::{DatasetAnswer, DatasetState, Query};

use crate::{DatasetPermit, Disclosed, Speaker};

/// Answers for a dataset in a dry run: how much of it would be told, and why something may be missing, which follow
/// from policy and question alone.
pub fn not_counted(permit: &DatasetPermit, query: &Query, speaker: Speaker<'_>) -> Disclosed<DatasetAnswer> {
    let Speaker { beacon_id, assembly, lift, handovers, versions, read_as } = speaker;
    let plan = permit.plan();
    let silent = DatasetAnswer::silent(permit.id(), beacon_id, assembly, DatasetState::NotCounted);
    Disclosed::new(DatasetAnswer {
        lift,
        release: plan.release,
        handovers,
        versions,
        read_as,
        withheld: plan.withholds(query),
        attributable: plan.attributable,
        ..silent
    })
}
