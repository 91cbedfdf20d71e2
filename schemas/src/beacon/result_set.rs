//! One dataset's part of an answer.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{int, record, record::Record, variants::Voice};
use crate::{DatasetAnswer, Precision, Release};

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
    results: Vec<Record>,
    info: Map<String, Value>,
}

impl ResultSet {
    /// Writes a dataset's answer. Records need the release of frequencies.
    pub(super) fn new(answer: &DatasetAnswer, voice: &Voice) -> Self {
        let records = answer.variants.iter().map(|variant| Record::new(variant, answer.assembly, voice));
        let told = answer.release >= Release::Frequency;
        Self {
            beacon_id: voice.aggregator.then(|| answer.beacon_id.clone()),
            id: answer.id.clone(),
            set_type: "dataset",
            exists: answer.exists,
            results_count: results_count(answer),
            count_precision: precision(answer),
            count_adjusted_to: answer.adjusted_to.iter().copied().map(int).collect(),
            results: if told { records.collect() } else { Vec::new() },
            info: info(answer),
        }
    }
}

/// Variants found. A dataset that tells only "yes" has at least one.
fn results_count(answer: &DatasetAnswer) -> i32 {
    match answer.variant_count {
        _ if !answer.exists => 0,
        Some(count) => int(count.max(1)),
        None => 1,
    }
}

/// A number that stands for "at least one" is not exact.
fn precision(answer: &DatasetAnswer) -> Precision {
    if answer.exists && answer.variant_count.is_none() { Precision::Imprecise } else { answer.precision }
}

fn info(answer: &DatasetAnswer) -> Map<String, Value> {
    let carriers = match answer.variants.as_slice() {
        [one] => one.carriers,
        _ => None,
    };
    let mut info = record::info(carriers, answer.coverage);
    info.insert("assemblyId".to_owned(), json!(answer.assembly.name()));
    info.insert("release".to_owned(), json!(answer.release.name()));
    info
}
