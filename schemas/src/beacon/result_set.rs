//! One dataset's part of an answer.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Voice, int, record, record::Record};
use crate::{DatasetAnswer, Handover, Precision, Release};

/// A `resultSet`. What the dataset may not tell is not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultSet {
    #[serde(skip_serializing_if = "Option::is_none")]
    beacon_id: Option<String>,
    id: String,
    set_type: &'static str,
    exists: bool,
    results_count: i32,
    count_precision: Precision,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    count_adjusted_to: Vec<i32>,
    results: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results_handovers: Vec<Value>,
    info: Map<String, Value>,
}

impl ResultSet {
    /// Writes a dataset's answer, up to a ceiling. Records need the release of frequencies.
    pub(super) fn new(answer: &DatasetAnswer, ceiling: Release, voice: &Voice) -> Self {
        let release = answer.release.min(ceiling);
        let count = answer.result_count.filter(|_| release >= Release::Count);
        Self {
            beacon_id: voice.aggregator.then(|| answer.beacon_id.clone()),
            id: answer.id.clone(),
            set_type: "dataset",
            exists: answer.exists,
            results_count: results_count(answer.exists, count),
            // A number that stands for "at least one" is not exact.
            count_precision: match count {
                None if answer.exists => Precision::Imprecise,
                _ => answer.precision,
            },
            count_adjusted_to: answer.adjusted_to.iter().copied().map(int).collect(),
            results: results(answer, release, voice),
            results_handovers: answer.handovers.iter().map(handover).collect(),
            info: info(answer, release),
        }
    }
}

/// Variants need the release of frequencies; other entries are records of people.
fn results(answer: &DatasetAnswer, release: Release, voice: &Voice) -> Vec<Value> {
    let variants = answer.variants.iter().filter(|_| release >= Release::Frequency);
    let variants = variants.map(|variant| json!(Record::new(variant, answer.assembly, voice)));
    variants.chain(answer.entries.iter().filter(|_| release >= Release::Record).cloned()).collect()
}

fn handover(handover: &Handover) -> Value {
    let mut value = json!({
        "handoverType": { "id": handover.id, "label": handover.label },
        "url": handover.url,
    });
    if let (Some(note), Some(members)) = (&handover.note, value.as_object_mut()) {
        members.insert("note".to_owned(), json!(note));
    }
    value
}

/// Entries found. A dataset that tells only "yes" has at least one.
fn results_count(exists: bool, count: Option<u64>) -> i32 {
    if exists { int(count.unwrap_or(1).max(1)) } else { 0 }
}

fn info(answer: &DatasetAnswer, release: Release) -> Map<String, Value> {
    let carriers = match answer.variants.as_slice() {
        [one] if release >= Release::Count => one.carriers,
        _ => None,
    };
    let mut info = record::info(carriers, answer.coverage);
    info.insert("assemblyId".to_owned(), json!(answer.assembly.name()));
    info.insert("release".to_owned(), json!(release.name()));
    if let Some(versions) = &answer.versions {
        info.insert("cite".to_owned(), json!(versions.id()));
    }
    if let Some(lift) = answer.lift {
        info.insert("liftedFrom".to_owned(), json!(lift.from.name()));
        info.insert("liftVerified".to_owned(), json!(lift.verified));
    }
    info
}
