//! From the parts of a request to a question.

use super::{ReceivedRequest, RequestError, RequestParts, filters, value, variants};
use crate::{DatasetSelection, EntryRef, EntryType, FrequencyBound, Query, VariantQuery};

/// Where a request comes in: which entries are asked for, and of which entry they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The entries that are asked for.
    pub entry_type: EntryType,
    /// The entry that they belong to, or that is asked for itself.
    pub within: Option<EntryRef>,
}

/// A question about entries, and how its answer is to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryRequest {
    /// The question.
    pub query: Query,
    /// The echo.
    pub received: ReceivedRequest,
}

/// A request for a list, such as that of the datasets.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionRequest {
    /// Which datasets are meant.
    pub datasets: DatasetSelection,
    /// The echo.
    pub received: ReceivedRequest,
}

impl TryFrom<RequestParts> for CollectionRequest {
    type Error = RequestError;

    fn try_from(parts: RequestParts) -> Result<Self, RequestError> {
        if parts.get("filters").is_some() {
            let reason =
                "a list has none: they are evaluated at /individuals, /g_variants and the other entries";
            return Err(RequestError::parameter("filters", reason));
        }
        Ok(Self { received: ReceivedRequest::read(&parts)?, datasets: selection(&parts)? })
    }
}

impl EntryRequest {
    /// Reads a question that came in at some path.
    ///
    /// # Errors
    ///
    /// Values that cannot be read, parameters that cannot be evaluated, and a question for variants that
    /// names none.
    pub fn read(parts: &RequestParts, target: Target) -> Result<Self, RequestError> {
        let received = ReceivedRequest::read(parts)?;
        let filters = parts.get_even_empty("filters").map(filters::read).transpose()?.unwrap_or_default();
        let (filters, gene) = filters::gene(filters)?;
        let (filters, frequencies) = FrequencyBound::split(filters, target.entry_type)?;
        let target = Target { within: belonging(parts, target.within)?, ..target };
        let mut query = Query {
            granularity: received.granularity(),
            datasets: selection(parts)?,
            pagination: received.pagination(),
            test_mode: received.is_test_mode(),
            purpose: received.purpose().cloned(),
            filters,
            frequencies,
            ..Query::entries(target.entry_type)
        };
        if !parts.variant_parameters().is_empty() {
            query.variant = Some(variants::read(parts)?);
        }
        if let Some(gene) = gene
            && query.variant.replace(VariantQuery::Gene(gene)).is_some()
        {
            return Err(RequestError::Filter(
                "the gene stands beside other variants: leave one of them out".into(),
            ));
        }
        match target.within {
            Some(EntryRef { entry_type: EntryType::GenomicVariant, id }) => {
                let named = VariantQuery::parse(&id, None).ok().filter(VariantQuery::is_exact);
                if query.variant.replace(named.ok_or(RequestError::UnknownEntry)?).is_some() {
                    let reason = "the path names a variant, so no other can be named in the request";
                    return Err(RequestError::NoQuestion(reason.to_owned()));
                }
            }
            Some(EntryRef { entry_type: EntryType::Dataset, id }) => query.datasets.only = vec![id],
            other => query.within = other,
        }
        if !query.asks() {
            return Err(nothing_asked(parts));
        }
        Ok(Self { query, received })
    }
}

/// Reads lists of ids to which everything must belong; a list of one is an entry as a path names it.
fn belonging(parts: &RequestParts, within: Option<EntryRef>) -> Result<Option<EntryRef>, RequestError> {
    const LISTS: [(&str, EntryType); 5] = [
        ("individualIds", EntryType::Individual),
        ("biosampleIds", EntryType::Biosample),
        ("runIds", EntryType::Run),
        ("analysisIds", EntryType::Analysis),
        ("cohortIds", EntryType::Cohort),
    ];
    let mut within = within;
    for (name, entry_type) in LISTS {
        for id in parts.get(name).map(|ids| value::texts(name, ids)).transpose()?.unwrap_or_default() {
            if within.replace(EntryRef { entry_type, id }).is_some() {
                let reason = "one id is evaluated at a time, and none beside a path that names an entry";
                return Err(RequestError::parameter(name, reason));
            }
        }
    }
    Ok(within)
}

fn selection(parts: &RequestParts) -> Result<DatasetSelection, RequestError> {
    let list = |name: &'static str| parts.get(name).map_or(Ok(Vec::new()), |list| value::texts(name, list));
    Ok(DatasetSelection {
        only: list("datasetIds")?,
        exclude: list("excludeDatasetIds")?,
        exclude_nodes: list("excludeBeaconIds")?,
        only_nodes: Vec::new(),
    })
}

fn nothing_asked(parts: &RequestParts) -> RequestError {
    RequestError::NoQuestion(match parts.unknown() {
        Some(name) => format!("`{name}` is not a parameter of Beacon v2, and nothing else is asked"),
        None => "`requestParameters` is missing: say which variants are asked for".to_owned(),
    })
}

#[cfg(test)]
mod tests;
