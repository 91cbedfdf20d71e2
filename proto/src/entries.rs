//! Questions about entries of any type, and what only they have: documents, carriers, filtering terms.

use fyr_schemas as s;
use serde_json::Value;

use crate::{Malformed, from_wire, v1};

impl From<s::EntryRef> for v1::EntryRef {
    fn from(entry: s::EntryRef) -> Self {
        Self { entry_type: entry.entry_type.id().to_owned(), id: entry.id }
    }
}

impl TryFrom<v1::EntryRef> for s::EntryRef {
    type Error = s::InvalidQuery;

    fn try_from(entry: v1::EntryRef) -> Result<Self, Self::Error> {
        Ok(Self { entry_type: entry_type(&entry.entry_type)?, id: entry.id })
    }
}

fn invalid(name: &'static str, reason: impl ToString) -> s::InvalidQuery {
    s::InvalidQuery::Parameter { name, reason: reason.to_string() }
}

/// Reads an entry type.
///
/// # Errors
///
/// A word that names none.
pub fn entry_type(text: &str) -> Result<s::EntryType, s::InvalidQuery> {
    text.parse().map_err(|error| invalid("entry_type", error))
}

impl From<&s::Query> for v1::QueryEntriesRequest {
    fn from(query: &s::Query) -> Self {
        Self {
            entry_type: query.entry_type.id().to_owned(),
            variant: query.variant.as_ref().map(Into::into),
            within: query.within.clone().map(Into::into),
            clauses: query.clauses().map(|clause| (&clause).into()).collect(),
            granularity: v1::Granularity::from(query.granularity).into(),
            datasets: Some(query.datasets.clone().into()),
            skip: query.pagination.skip,
            limit: query.pagination.limit,
            test_mode: query.test_mode,
            purpose: query.purpose.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<v1::QueryEntriesRequest> for s::Query {
    type Error = s::InvalidQuery;

    fn try_from(request: v1::QueryEntriesRequest) -> Result<Self, Self::Error> {
        let entry_type = entry_type(&request.entry_type)?;
        let clauses = request.clauses.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        let (filters, frequencies) = s::FrequencyBound::split(s::Filters(clauses), entry_type)?;
        let query = Self {
            variant: request.variant.map(TryInto::try_into).transpose()?,
            within: request.within.map(TryInto::try_into).transpose()?,
            filters,
            frequencies,
            granularity: from_wire::granularity(request.granularity)?,
            datasets: request.datasets.unwrap_or_default().into(),
            pagination: s::Pagination { skip: request.skip, limit: request.limit },
            test_mode: request.test_mode,
            purpose: crate::purpose(request.purpose)?,
            ..Self::entries(entry_type)
        };
        if !query.asks() {
            return Err(s::InvalidQuery::Missing("variant"));
        }
        Ok(query)
    }
}

impl From<&s::Clause> for v1::Clause {
    fn from(clause: &s::Clause) -> Self {
        Self { filters: clause.0.iter().map(Into::into).collect() }
    }
}

impl TryFrom<v1::Clause> for s::Clause {
    type Error = s::InvalidQuery;

    fn try_from(clause: v1::Clause) -> Result<Self, Self::Error> {
        Ok(Self(clause.filters.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?))
    }
}

impl From<&s::Filter> for v1::Filter {
    fn from(filter: &s::Filter) -> Self {
        Self {
            scope: filter.scope.map(|scope| scope.id().to_owned()).unwrap_or_default(),
            excluded: filter.excluded,
            any_of: filter.any_of.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<v1::Filter> for s::Filter {
    type Error = s::InvalidQuery;

    fn try_from(filter: v1::Filter) -> Result<Self, Self::Error> {
        let scope = Some(filter.scope).filter(|scope| !scope.is_empty());
        Ok(Self {
            scope: scope.map(|scope| entry_type(&scope)).transpose()?,
            excluded: filter.excluded,
            any_of: filter.any_of.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&s::Condition> for v1::Condition {
    fn from(condition: &s::Condition) -> Self {
        let kind = match condition {
            s::Condition::Term { id, descendants } => {
                v1::condition::Kind::Term(v1::TermCondition { id: id.clone(), descendants: *descendants })
            }
            s::Condition::Value { field, operator, value } => {
                v1::condition::Kind::Value(v1::ValueCondition {
                    field: field.clone(),
                    operator: operator.sign().to_owned(),
                    value: value.clone(),
                })
            }
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<v1::Condition> for s::Condition {
    type Error = s::InvalidQuery;

    fn try_from(condition: v1::Condition) -> Result<Self, Self::Error> {
        match condition.kind.ok_or(s::InvalidQuery::Missing("condition"))? {
            v1::condition::Kind::Term(term) => {
                let id = s::model::canonical_curie(&term.id);
                let id = id.ok_or_else(|| invalid("term", format!("`{}` is not a CURIE", term.id)))?;
                Ok(Self::Term { id, descendants: term.descendants })
            }
            v1::condition::Kind::Value(value) => {
                let operator = s::Operator::from_sign(&value.operator);
                let unknown = || invalid("operator", format!("`{}` is none", value.operator));
                Ok(Self::Value {
                    operator: operator.ok_or_else(unknown)?,
                    field: value.field,
                    value: value.value,
                })
            }
        }
    }
}

impl From<s::Case> for v1::Case {
    fn from(case: s::Case) -> Self {
        let zygosity = match case.zygosity {
            s::Zygosity::Heterozygous => v1::Zygosity::Heterozygous,
            s::Zygosity::Homozygous => v1::Zygosity::Homozygous,
            s::Zygosity::Hemizygous => v1::Zygosity::Hemizygous,
            s::Zygosity::Half => v1::Zygosity::Unspecified,
        };
        Self { individual: case.individual, biosample: case.biosample, zygosity: zygosity.into() }
    }
}

pub(crate) fn case(case: v1::Case) -> Result<s::Case, Malformed> {
    let zygosity = v1::Zygosity::try_from(case.zygosity).map_err(|error| Malformed(error.to_string()))?;
    Ok(s::Case {
        individual: case.individual,
        biosample: case.biosample,
        zygosity: match zygosity {
            v1::Zygosity::Heterozygous => s::Zygosity::Heterozygous,
            v1::Zygosity::Homozygous => s::Zygosity::Homozygous,
            v1::Zygosity::Hemizygous => s::Zygosity::Hemizygous,
            v1::Zygosity::Unspecified => s::Zygosity::Half,
        },
    })
}

/// Reads a document, which is a JSON object.
///
/// # Errors
///
/// Anything else.
pub fn document(text: &str) -> Result<Value, Malformed> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Malformed("a document that is no object".to_owned())),
        Err(error) => Err(Malformed(format!("a document that is no JSON: {error}"))),
    }
}

impl From<s::Handover> for v1::Handover {
    fn from(handover: s::Handover) -> Self {
        Self { id: handover.id, label: handover.label, url: handover.url, note: handover.note }
    }
}

impl From<v1::Handover> for s::Handover {
    fn from(handover: v1::Handover) -> Self {
        Self { id: handover.id, label: handover.label, url: handover.url, note: handover.note }
    }
}

impl From<s::FilteringTerm> for v1::FilteringTerm {
    fn from(term: s::FilteringTerm) -> Self {
        Self {
            kind: term.kind.name().to_owned(),
            id: term.id,
            label: term.label,
            scopes: term.scopes.into_iter().map(|scope| scope.id().to_owned()).collect(),
            values: term.values,
        }
    }
}

impl TryFrom<v1::FilteringTerm> for s::FilteringTerm {
    type Error = Malformed;

    fn try_from(term: v1::FilteringTerm) -> Result<Self, Self::Error> {
        use s::FilteringTermKind::{Alphanumeric, Custom, Ontology};
        let kind = [Alphanumeric, Custom, Ontology].into_iter().find(|kind| kind.name() == term.kind);
        let scope =
            |scope: &String| scope.parse().map_err(|error: s::UnknownEntryType| Malformed(error.to_string()));
        Ok(Self {
            kind: kind.ok_or_else(|| Malformed(format!("`{}` is no kind of filtering term", term.kind)))?,
            id: term.id,
            label: term.label,
            scopes: term.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            values: term.values,
        })
    }
}

impl From<s::Vocabulary> for v1::Vocabulary {
    fn from(vocabulary: s::Vocabulary) -> Self {
        Self {
            id: vocabulary.id,
            name: vocabulary.name,
            prefix: vocabulary.prefix,
            url: vocabulary.url,
            version: vocabulary.version,
            iri_prefix: vocabulary.iri_prefix,
        }
    }
}

impl From<v1::Vocabulary> for s::Vocabulary {
    fn from(vocabulary: v1::Vocabulary) -> Self {
        Self {
            id: vocabulary.id,
            name: vocabulary.name,
            prefix: vocabulary.prefix,
            url: vocabulary.url,
            version: vocabulary.version,
            iri_prefix: vocabulary.iri_prefix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use s::{Clause, Condition, EntryRef, EntryType, Filter, Filters, Operator, Query};

    fn query() -> Query {
        let term = Condition::Term { id: "HP:0001250".into(), descendants: false };
        let value =
            Condition::Value { field: "age".into(), operator: Operator::GreaterOrEqual, value: "P3Y".into() };
        let filter = |condition, excluded| Filter {
            scope: Some(EntryType::Individual),
            excluded,
            any_of: vec![condition],
        };
        let allele = s::AlleleQuery::parse(s::Assembly::GRCH38, "7-117559590-ATCT-A").unwrap();
        Query {
            variant: Some(s::VariantQuery::Allele(allele)),
            within: Some(EntryRef { entry_type: EntryType::Cohort, id: "C".into() }),
            filters: Filters(vec![Clause(vec![filter(term, true), filter(value, false)])]),
            granularity: s::Granularity::Count,
            test_mode: true,
            ..Query::entries(EntryType::Biosample)
        }
    }

    #[test]
    fn questions_survive_the_wire() {
        assert_eq!(Query::try_from(v1::QueryEntriesRequest::from(&query())), Ok(query()));
        let contig = s::Contig::resolve("X", s::Assembly::GRCH37).unwrap();
        let range = s::RangeQuery::whole(s::Assembly::GRCH37, contig);
        let ranged = Query { variant: Some(s::VariantQuery::Range(range)), within: None, ..query() };
        assert_eq!(Query::try_from(v1::QueryEntriesRequest::from(&ranged)), Ok(ranged));
    }

    #[test]
    fn what_is_no_question_is_refused() {
        let message = || v1::QueryEntriesRequest::from(&query());
        for (fault, broken) in [
            ("type", v1::QueryEntriesRequest { entry_type: "planet".into(), ..message() }),
            ("granularity", v1::QueryEntriesRequest { granularity: 9, ..message() }),
            (
                "nothing asked",
                v1::QueryEntriesRequest {
                    entry_type: "genomicVariant".into(),
                    ..v1::QueryEntriesRequest::default()
                },
            ),
        ] {
            assert!(Query::try_from(broken).is_err(), "{fault}");
        }
        assert!(document("[]").is_err() && document("{").is_err() && document("{}").is_ok());
    }
}
