//! Who came to datasets and is not told of yet, as operators see it.

use fyr_node::DatasetWaiting;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Says in a line how those of a dataset are waited for.
pub(super) fn words(found: &DatasetWaiting) -> String {
    let DatasetWaiting { dataset, additions, epoch, released, .. } = found;
    let waiting = found.waiting.people.len();
    let from = from(found).filter(|_| found.is_enough()).map(|time| format!(", from {time} on"));
    format!(
        "dataset {dataset}: epoch {epoch}, {released} people released, {waiting} wait until {} have come{}",
        additions.at_least,
        from.unwrap_or_default()
    )
}

/// The same for programs.
pub(super) fn json(found: &DatasetWaiting) -> Value {
    json!({
        "atLeast": found.additions.at_least,
        "every": found.additions.every,
        "epoch": found.epoch,
        "released": found.released,
        "waiting": found.waiting.people.len(),
        "from": from(found),
    })
}

/// Returns when they may be released at the earliest, where the rules state a time and somebody was released before.
fn from(found: &DatasetWaiting) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(found.from).ok().filter(|_| found.from > 0)?;
    time.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use fyr_policy::Additions;

    use super::*;

    #[test]
    fn how_many_wait_for_how_many_is_said() {
        let mut found = DatasetWaiting {
            dataset: "biobank".into(),
            additions: Additions { at_least: 2, every: "30 days".parse().ok() },
            epoch: 3,
            released: 412,
            waiting: Default::default(),
            from: 1_780_000_000,
        };
        let said = "dataset biobank: epoch 3, 412 people released, 0 wait until 2 have come";
        assert_eq!(words(&found), said);
        found.waiting.people = vec![vec!["P1".into()], vec!["P2".into()]];
        found.waiting.families = 2;
        let said = "dataset biobank: epoch 3, 412 people released, 2 wait until 2 have come, from 2026-05-28T20:26:40Z on";
        assert_eq!(words(&found), said);
        let expected = json!({
            "atLeast": 2, "every": "30 days", "epoch": 3, "released": 412, "waiting": 2, "from": "2026-05-28T20:26:40Z",
        });
        assert_eq!(json(&found), expected);
        found.from = 0;
        assert!(json(&found)["from"].is_null());
    }
}
