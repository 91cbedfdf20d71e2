//! From an answer to the envelope of its granularity.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{DataMeta, DataResponse, EntryRequest, ResponseSummary, ResultSet, Voice, int, record};
use crate::{
    Answer, Assembly, DatasetAnswer, DatasetState, EntryType, Granularity, Group, NodeReport, Precision,
    Release, VariantAnswer,
};

/// The `response` member: resultSets, or collections.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Rows {
    /// Of datasets.
    #[serde(rename_all = "camelCase")]
    ResultSets {
        /// One a dataset.
        result_sets: Vec<ResultSet>,
    },
    /// Of cohorts.
    Collections {
        /// One a cohort.
        collections: Vec<Value>,
    },
}

/// Writes an answer to a question about entries.
///
/// The envelope is that of the most that any dataset gave, never of more than was asked for. What each dataset says is
/// listed in every granularity: clients look for it there, whatever they asked for.
pub fn entries_response(answer: &Answer, request: &EntryRequest, voice: &Voice) -> DataResponse<Rows> {
    let (entry_type, requested) = (request.query.entry_type, request.query.granularity);
    let granularity = returned(answer, entry_type, requested);
    let ceiling = Release::ceiling(granularity);
    let spoke = |dataset: &&DatasetAnswer| dataset.state == DatasetState::Answered;
    let listed = |dataset: &&DatasetAnswer| request.received.include().lists(dataset.exists);
    let datasets = || answer.datasets.iter().filter(spoke).filter(listed);
    let response = match (entry_type, granularity) {
        (EntryType::Cohort, Granularity::Record) => Rows::Collections {
            collections: datasets().flat_map(|dataset| dataset.entries.iter().cloned()).collect(),
        },
        _ => Rows::ResultSets {
            result_sets: datasets().map(|dataset| ResultSet::new(dataset, ceiling, voice)).collect(),
        },
    };
    let read_as = answered(answer).flat_map(|dataset| &dataset.read_as);
    let received = request.received.clone().read_as(read_as);
    DataResponse {
        meta: DataMeta::new(&voice.beacon_id, entry_type, granularity, received),
        response_summary: summary(answer, entry_type, granularity),
        response: Some(response),
        info: info(answer, ceiling, request.query.assembly()),
    }
}

/// Returns the granularity of what was given. Where nobody gave anything, an empty answer of the
/// requested granularity says so in the form that the client expects.
fn returned(answer: &Answer, entry_type: EntryType, requested: Granularity) -> Granularity {
    let given = |dataset: &DatasetAnswer| match (entry_type, dataset.release) {
        (EntryType::GenomicVariant, release) => release.granularity(),
        // Frequencies are of variants; of other entries there are counts.
        (_, Release::Frequency) => Some(Granularity::Count),
        (_, release) => release.granularity(),
    };
    let totals = answer.totals.iter().map(|total| match (total.frequencies.is_empty(), total.carriers) {
        (false, _) => Granularity::Record,
        (true, Some(_)) => Granularity::Count,
        (true, None) => Granularity::Boolean,
    });
    answered(answer).filter_map(given).chain(totals).max().unwrap_or(requested).min(requested)
}

fn answered(answer: &Answer) -> impl Iterator<Item = &DatasetAnswer> {
    answer.datasets.iter().filter(|dataset| dataset.state == DatasetState::Answered)
}

fn summary(answer: &Answer, entry_type: EntryType, granularity: Granularity) -> ResponseSummary {
    let counted = granularity >= Granularity::Count;
    let precise = granularity == Granularity::Count;
    let mut adjusted: Vec<u64> = answered(answer).flat_map(|d| d.adjusted_to.iter().copied()).collect();
    adjusted.sort_unstable();
    adjusted.dedup();
    ResponseSummary {
        exists: answer.exists,
        num_total_results: counted.then(|| int(result_count(answer, entry_type))),
        count_precision: precise.then(|| precision(answer)),
        count_adjusted_to: if precise { adjusted.into_iter().map(int).collect() } else { Vec::new() },
    }
}

/// Sums over datasets, as networks do. Sums over datasets that may not be named count once.
fn result_count(answer: &Answer, entry_type: EntryType) -> u64 {
    if !answer.exists {
        return 0;
    }
    if entry_type != EntryType::GenomicVariant {
        return answer.result_count.unwrap_or_default().max(1);
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
        let totals = answer.totals.iter().map(|total| sum(total, ceiling, assembly));
        info.insert("totals".to_owned(), totals.collect());
    }
    if !answer.warnings.is_empty() {
        info.insert("warnings".to_owned(), json!({ "messages": answer.warnings }));
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
    if let (false, Some(members)) = (report.allowances.is_empty(), node.as_object_mut()) {
        members.insert("allowances".to_owned(), json!(report.allowances));
    }
    node
}

fn sum(total: &VariantAnswer, ceiling: Release, assembly: Assembly) -> Value {
    let carriers = total.carriers.filter(|_| ceiling >= Release::Count);
    let assumed = total.assumed && ceiling >= Release::Frequency;
    let people = total.people.filter(|_| ceiling >= Release::Frequency);
    let observed = total.observed.filter(|_| ceiling >= Release::Frequency);
    let told = VariantAnswer { carriers, people, observed, assumed, ..total.clone() };
    let mut members = record::info_of(&told);
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
