//! From an answer to the envelope of its granularity.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    DataMeta, DataResponse, ResponseSummary, ResultSet, VariantRequest, entry_type::GENOMIC_VARIANT, int,
    record,
};
use crate::{
    Answer, Assembly, DatasetAnswer, DatasetState, Granularity, Group, NodeReport, Precision, Release,
    VariantAnswer,
};

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Beacon id.
    pub beacon_id: String,
    /// Whether it speaks for others too, and therefore names them.
    pub aggregator: bool,
    /// Where frequencies come from, for people.
    pub source: String,
    /// Where more can be read about that.
    pub source_reference: String,
}

/// The `response` member of the resultsets envelope.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultSets {
    result_sets: Vec<ResultSet>,
}

/// Writes an answer to a question about variants.
///
/// The envelope is that of the most that any dataset gave, never of more than was asked for.
pub fn variants_response(
    answer: &Answer,
    request: &VariantRequest,
    voice: &Voice,
) -> DataResponse<ResultSets> {
    let granularity = returned(answer, request.query.granularity);
    let spoke = |dataset: &&DatasetAnswer| dataset.state == DatasetState::Answered;
    let listed = |dataset: &&DatasetAnswer| request.received.include().lists(dataset.exists);
    let datasets = answer.datasets.iter().filter(spoke).filter(listed);
    let ceiling = Release::ceiling(granularity);
    let result_sets: Vec<_> = datasets.map(|dataset| ResultSet::new(dataset, ceiling, voice)).collect();
    let mut info = info(answer, ceiling, request.query.assembly());
    let response = if granularity == Granularity::Record {
        Some(ResultSets { result_sets })
    } else {
        if !result_sets.is_empty() {
            info.insert("resultSets".to_owned(), json!(result_sets));
        }
        None
    };
    DataResponse {
        meta: DataMeta::new(&voice.beacon_id, &GENOMIC_VARIANT, granularity, request.received.clone()),
        response_summary: summary(answer, granularity),
        response,
        info,
    }
}

/// Returns the granularity of what was given. Where nobody gave anything, an empty answer of the
/// requested granularity says so in the form that the client expects.
fn returned(answer: &Answer, requested: Granularity) -> Granularity {
    let datasets = answered(answer).filter_map(|dataset| dataset.release.granularity());
    let totals = answer.totals.iter().map(|total| match (total.frequencies.is_empty(), total.carriers) {
        (false, _) => Granularity::Record,
        (true, Some(_)) => Granularity::Count,
        (true, None) => Granularity::Boolean,
    });
    datasets.chain(totals).max().unwrap_or(requested).min(requested)
}

fn answered(answer: &Answer) -> impl Iterator<Item = &DatasetAnswer> {
    answer.datasets.iter().filter(|dataset| dataset.state == DatasetState::Answered)
}

fn summary(answer: &Answer, granularity: Granularity) -> ResponseSummary {
    let counted = granularity >= Granularity::Count;
    let precise = granularity == Granularity::Count;
    let mut adjusted: Vec<u64> = answered(answer).flat_map(|d| d.adjusted_to.iter().copied()).collect();
    adjusted.sort_unstable();
    adjusted.dedup();
    ResponseSummary {
        exists: answer.exists,
        num_total_results: counted.then(|| int(result_count(answer))),
        count_precision: precise.then(|| precision(answer)),
        count_adjusted_to: if precise { adjusted.into_iter().map(int).collect() } else { Vec::new() },
    }
}

/// Sums the variants over datasets, as networks do. Sums over datasets that may not be named count once.
fn result_count(answer: &Answer) -> u64 {
    if !answer.exists {
        return 0;
    }
    let nobody = |total: &VariantAnswer| {
        total.carriers == Some(0)
            || total.frequencies.iter().any(|row| row.group == Group::Total && row.allele_count == 0)
    };
    let named: u64 = answered(answer).filter_map(|d| d.result_count).fold(0, u64::saturating_add);
    let unnamed = answer.totals.iter().filter(|total| !nobody(total)).count() as u64;
    named.max(unnamed).max(1)
}

/// A sum is as exact as its least exact part, and a sum that misses a part is not exact.
fn precision(answer: &Answer) -> Precision {
    let uncounted = |dataset: &DatasetAnswer| dataset.exists && dataset.result_count.is_none();
    if answer.lower_bound || answered(answer).any(uncounted) {
        return Precision::Imprecise;
    }
    answered(answer).map(|dataset| dataset.precision).max().unwrap_or_default()
}

/// Writes what the specification has no place for: who took part, sums, who may not be asked.
fn info(answer: &Answer, ceiling: Release, assembly: Option<Assembly>) -> Map<String, Value> {
    let mut info = Map::new();
    if !answer.nodes.is_empty() {
        info.insert("nodes".to_owned(), answer.nodes.iter().map(node).collect());
        info.insert("lowerBound".to_owned(), json!(answer.lower_bound));
    }
    if let Some(assembly) = assembly.filter(|_| !answer.totals.is_empty()) {
        let totals = answer.totals.iter().map(|total| self::total(total, ceiling, assembly));
        info.insert("totals".to_owned(), totals.collect());
    }
    let withheld: Vec<Value> =
        answer.datasets.iter().filter(|d| d.state == DatasetState::Withheld).map(withheld).collect();
    if !withheld.is_empty() {
        info.insert("withheld".to_owned(), withheld.into());
    }
    info
}

fn node(report: &NodeReport) -> Value {
    let mut node = json!({ "id": report.id, "state": report.state.name() });
    if let (Some(reason), Some(members)) = (&report.reason, node.as_object_mut()) {
        members.insert("reason".to_owned(), json!(reason));
    }
    node
}

fn total(total: &VariantAnswer, ceiling: Release, assembly: Assembly) -> Value {
    let carriers = total.carriers.filter(|_| ceiling >= Release::Count);
    let mut members = record::info(carriers, total.coverage);
    members.insert("variantInternalId".to_owned(), json!(record::internal_id(&total.variant, assembly)));
    if ceiling >= Release::Frequency && !total.frequencies.is_empty() {
        members.insert("frequencies".to_owned(), json!(record::frequencies(&total.frequencies)));
    }
    Value::Object(members)
}

fn withheld(dataset: &DatasetAnswer) -> Value {
    json!({ "id": dataset.id, "beaconId": dataset.beacon_id })
}

#[cfg(test)]
mod tests;
