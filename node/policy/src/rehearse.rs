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

#[cfg(test)]
mod tests {
    use fyr_schemas::{Assembly, Handover, Lift, Query, Release, Versions};

    use super::*;
    use crate::{Accounting, Besides, Cohort, ReleasePlan};

    #[test]
    fn all_is_said_but_what_would_be_counted() {
        let open = ReleasePlan::open(Release::Frequency, 5);
        let plan = ReleasePlan {
            attributable: false,
            accounting: Accounting::Thresholds { besides: Besides::Nothing },
            ..open
        };
        let permit = DatasetPermit::new("D", Cohort::Everyone, plan);
        let lift = Some(Lift { from: Assembly::GRCH37, verified: true });
        let handover = Handover {
            id: "CUSTOM:REMS".into(),
            label: "apply".into(),
            url: "https://rems.example".into(),
            note: None,
        };
        let versions = Some(Versions::new(("N", "D"), "policy".into(), (None, None), None));
        let speaker = Speaker {
            beacon_id: "N",
            assembly: Assembly::GRCH38,
            lift,
            handovers: vec![handover.clone()],
            versions: versions.clone(),
            read_as: vec!["20 to 40".into()],
        };
        let query = Query::entries(fyr_schemas::EntryType::GenomicVariant);
        let told = not_counted(&permit, &query, speaker).into_inner();
        assert_eq!(
            (told.state, told.release, told.exists),
            (DatasetState::NotCounted, Release::Frequency, false)
        );
        assert_eq!((told.lift, told.handovers, told.versions), (lift, vec![handover], versions));
        assert_eq!((told.read_as, told.attributable), (vec!["20 to 40".to_owned()], false));
        assert_eq!(told.withheld, plan.withholds(&query));
    }
}
