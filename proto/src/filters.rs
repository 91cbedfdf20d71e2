//! Filters.

use fyr_schemas as s;

use crate::{question::entry_type, v1};

fn invalid(name: &'static str, reason: impl ToString) -> s::InvalidQuery {
    s::InvalidQuery::Parameter { name, reason: reason.to_string() }
}

impl From<s::Clause> for v1::Clause {
    fn from(s::Clause(filters): s::Clause) -> Self {
        Self { filters: filters.into_iter().map(Into::into).collect() }
    }
}

impl TryFrom<v1::Clause> for s::Clause {
    type Error = s::InvalidQuery;

    fn try_from(v1::Clause { filters }: v1::Clause) -> Result<Self, Self::Error> {
        Ok(Self(filters.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?))
    }
}

impl From<s::Filter> for v1::Filter {
    fn from(s::Filter { scope, excluded, any_of }: s::Filter) -> Self {
        Self {
            scope: scope.map(|scope| scope.id().to_owned()).unwrap_or_default(),
            excluded,
            any_of: any_of.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<v1::Filter> for s::Filter {
    type Error = s::InvalidQuery;

    fn try_from(v1::Filter { scope, excluded, any_of }: v1::Filter) -> Result<Self, Self::Error> {
        let scope = Some(scope).filter(|scope| !scope.is_empty());
        Ok(Self {
            scope: scope.map(|scope| entry_type(&scope)).transpose()?,
            excluded,
            any_of: any_of.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        })
    }
}

impl From<s::Condition> for v1::Condition {
    fn from(condition: s::Condition) -> Self {
        let kind = match condition {
            s::Condition::Term { id, descendants } => {
                v1::condition::Kind::Term(v1::TermCondition { id, descendants })
            }
            s::Condition::Value { field, operator, value } => {
                let operator = operator.sign().to_owned();
                v1::condition::Kind::Value(v1::ValueCondition { field, operator, value })
            }
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<v1::Condition> for s::Condition {
    type Error = s::InvalidQuery;

    fn try_from(v1::Condition { kind }: v1::Condition) -> Result<Self, Self::Error> {
        match kind.ok_or(s::InvalidQuery::Missing("condition"))? {
            v1::condition::Kind::Term(v1::TermCondition { id: text, descendants }) => {
                let id = s::model::canonical_curie(&text);
                let id = id.ok_or_else(|| invalid("term", format!("`{text}` is not a CURIE")))?;
                Ok(Self::Term { id, descendants })
            }
            v1::condition::Kind::Value(v1::ValueCondition { field, operator: sign, value }) => {
                let unknown = || invalid("operator", format!("`{sign}` is none"));
                let operator = s::Operator::from_sign(&sign).ok_or_else(unknown)?;
                Ok(Self::Value { field, operator, value })
            }
        }
    }
}
