//! Questions.

use std::time::Duration;

use fyr_schemas as s;

use crate::{enums, v1};

impl From<&s::Query> for v1::Question {
    fn from(query: &s::Query) -> Self {
        let s::Query {
            entry_type,
            variant,
            within,
            // Both are written by `Query::clauses`.
            filters: _,
            frequencies: _,
            granularity,
            datasets,
            pagination: s::Pagination { skip, limit },
            test_mode,
            purpose,
            dry_run,
            epoch,
            batch,
            wait,
        } = query;
        Self {
            entry_type: entry_type.id().to_owned(),
            variant: variant.as_ref().map(Into::into),
            within: within.clone().map(Into::into),
            clauses: query.clauses().map(Into::into).collect(),
            granularity: v1::Granularity::from(*granularity).into(),
            datasets: Some(datasets.clone().into()),
            skip: *skip,
            limit: *limit,
            test_mode: *test_mode,
            purpose: purpose.as_ref().map(Into::into),
            dry_run: *dry_run,
            epoch: epoch.map(|s::Epoch(number)| number),
            batch: batch.as_ref().map(ToString::to_string),
            wait_milliseconds: wait.map(milliseconds),
        }
    }
}

/// Longer than any client waits is as long as a number can say.
fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

impl TryFrom<v1::Question> for s::Query {
    type Error = s::InvalidQuery;

    fn try_from(question: v1::Question) -> Result<Self, Self::Error> {
        let v1::Question {
            entry_type,
            variant,
            within,
            clauses,
            granularity: number,
            datasets,
            skip,
            limit,
            test_mode,
            purpose,
            dry_run,
            epoch,
            batch,
            wait_milliseconds,
        } = question;
        let entry_type = asked_type(&entry_type)?;
        let clauses = clauses.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        let (filters, frequencies) = s::FrequencyBound::split(s::Filters::new(clauses)?, entry_type)?;
        let query = Self {
            entry_type,
            variant: variant.map(TryInto::try_into).transpose()?,
            within: within.map(TryInto::try_into).transpose()?,
            filters,
            frequencies,
            granularity: granularity(number)?,
            datasets: datasets.unwrap_or_default().into(),
            pagination: s::Pagination { skip, limit },
            test_mode,
            purpose: crate::purpose(purpose)?,
            dry_run,
            epoch: epoch.map(s::Epoch),
            batch: batch.as_deref().map(str::parse).transpose()?,
            wait: wait_milliseconds.map(Duration::from_millis),
        };
        if query.asks() { Ok(query) } else { Err(s::InvalidQuery::Missing("variant")) }
    }
}

/// Variants are asked for where no type is named.
fn asked_type(text: &str) -> Result<s::EntryType, s::InvalidQuery> {
    if text.is_empty() { Ok(s::EntryType::GenomicVariant) } else { entry_type(text) }
}

/// Reads a granularity; an unset one is boolean, as in Beacon.
fn granularity(number: i32) -> Result<s::Granularity, s::InvalidQuery> {
    if number == i32::from(v1::Granularity::Unspecified) {
        return Ok(s::Granularity::Boolean);
    }
    let unknown = |_| s::UnknownGranularity(number.to_string());
    Ok(enums::read::<v1::Granularity, _>(number).map_err(unknown)?)
}

/// Reads an entry type.
///
/// # Errors
///
/// A word that names none.
pub fn entry_type(text: &str) -> Result<s::EntryType, s::InvalidQuery> {
    let reason = |error: s::UnknownEntryType| error.to_string();
    text.parse().map_err(|error| s::InvalidQuery::Parameter { name: "entry_type", reason: reason(error) })
}

impl From<s::DatasetSelection> for v1::DatasetSelection {
    fn from(selection: s::DatasetSelection) -> Self {
        let s::DatasetSelection { only, exclude, exclude_nodes, only_nodes } = selection;
        Self { only, exclude, exclude_nodes, only_nodes }
    }
}

impl From<v1::DatasetSelection> for s::DatasetSelection {
    fn from(selection: v1::DatasetSelection) -> Self {
        let v1::DatasetSelection { only, exclude, exclude_nodes, only_nodes } = selection;
        Self { only, exclude, exclude_nodes, only_nodes }
    }
}

impl From<s::EntryRef> for v1::EntryRef {
    fn from(entry: s::EntryRef) -> Self {
        let s::EntryRef { entry_type, id } = entry;
        Self { entry_type: entry_type.id().to_owned(), id }
    }
}

impl TryFrom<v1::EntryRef> for s::EntryRef {
    type Error = s::InvalidQuery;

    fn try_from(entry: v1::EntryRef) -> Result<Self, Self::Error> {
        let v1::EntryRef { entry_type: text, id } = entry;
        Ok(Self { entry_type: entry_type(&text)?, id })
    }
}
