//! Filters as clients write them.
//!
//! A query string has `filters=HP:0001250,NCIT:C3058` and `filters=age:>P70Y`; a body has objects, texts,
//! and lists of either, which are alternatives. A list of ids or of values in one filter is alternatives too.

use serde_json::{Map, Value};

use super::{RequestError, value};
use crate::{
    Clause, Condition, EntryType, Filter, Filters, GeneQuery, Narrowing, Operator, model::canonical_curie,
};

/// Reads the member `filters`. Nothing at all, as clients send it, is no filter; an empty filter is a fault.
pub(super) fn read(filters: &Value) -> Result<Filters, RequestError> {
    let mut clauses = Vec::new();
    if filters.is_null() || filters.as_object().is_some_and(Map::is_empty) {
        return Ok(Filters::default());
    }
    for item in items(filters) {
        let alternatives = match item {
            Value::Array(alternatives) => alternatives.iter().map(filter).collect::<Result<Vec<_>, _>>()?,
            Value::String(text) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                for text in texts {
                    clauses.push(Clause(vec![from_text(text)?]));
                }
                continue;
            }
            one => vec![filter(one)?],
        };
        if !alternatives.is_empty() {
            clauses.push(Clause(alternatives));
        }
    }
    Filters::new(clauses).map_err(|error| RequestError::Invalid(error.into()))
}

/// EJP-RD's code for the symbol of a gene.
const GENE: &str = "EDAM:data_2295";
/// EJP-RD's code for the age that somebody has this year.
const AGE: &str = "NCIT:C83164";

/// Takes out the gene that EJP-RD clients ask for by a filter: it says which variants are meant.
///
/// # Errors
///
/// Several genes, and one that is excluded or not named by `=`.
pub(super) fn gene(filters: Filters) -> Result<(Filters, Option<GeneQuery>), RequestError> {
    let (genes, others) = filters.take_out(|clause| {
        let is_gene = |condition: &Condition| {
            matches!(condition, Condition::Value { field, .. } if field.eq_ignore_ascii_case(GENE))
        };
        clause.0.iter().flat_map(|filter| &filter.any_of).any(is_gene)
    });
    let mut named = genes.iter().flat_map(|clause| &clause.0);
    match (named.next(), named.next()) {
        (None, _) => Ok((others, None)),
        (Some(Filter { excluded: false, any_of, .. }), None) => match any_of.as_slice() {
            [Condition::Value { operator: Operator::Equal, value, .. }] => {
                Ok((others, Some(GeneQuery::new(Some(value), Narrowing::default())?)))
            }
            _ => Err(one_gene()),
        },
        _ => Err(one_gene()),
    }
}

fn one_gene() -> RequestError {
    RequestError::Filter(format!("`{GENE}` takes one gene by `=`, not excluded: ask for each by itself"))
}

/// Writes filters as the texts that an answer echoes: ids as they are, everything else as compact JSON.
pub(super) fn echo(filters: &Value) -> Vec<String> {
    let text = |item: &Value| match item {
        Value::String(text) => text.split(',').map(|text| text.trim().to_owned()).collect(),
        Value::Object(members) => match (members.len(), members.get("id")) {
            (1, Some(Value::String(id))) => vec![id.clone()],
            _ => vec![item.to_string()],
        },
        other => vec![other.to_string()],
    };
    items(filters).iter().flat_map(text).filter(|text: &String| !text.is_empty()).collect()
}

fn items(filters: &Value) -> &[Value] {
    match filters {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn filter(item: &Value) -> Result<Filter, RequestError> {
    match item {
        Value::String(text) => from_text(text.trim()),
        Value::Object(members) => from_object(members),
        other => Err(RequestError::Filter(format!("{other} is no filter: write an object with `id`"))),
    }
}

/// `HP:0001250`, `age:>P70Y`, `sex=male`.
fn from_text(text: &str) -> Result<Filter, RequestError> {
    let condition = match text.find(['<', '>', '=', '!']) {
        None => term(text, true)?,
        Some(at) => {
            let (field, rest) = text.split_at(at);
            let sign =
                if rest.get(1..2) == Some("=") { rest.get(..2) } else { rest.get(..1) }.unwrap_or_default();
            let value = rest.get(sign.len()..).unwrap_or_default().trim();
            comparison(field.trim().trim_end_matches(':'), sign, value)?
        }
    };
    Ok(Filter { scope: None, excluded: false, any_of: vec![condition] })
}

/// Members of a filter that are read, and such as say nothing of what is meant.
const MEMBERS: [&str; 10] = [
    "id",
    "operator",
    "value",
    "excluded",
    "scope",
    "includeDescendantTerms",
    "similarity",
    "label",
    "type",
    "info",
];

fn from_object(members: &Map<String, Value>) -> Result<Filter, RequestError> {
    // A member that is left out of account may be the one that turns the filter round.
    if let Some((name, _)) = members.iter().find(|(name, _)| !MEMBERS.contains(&name.as_str())) {
        let reason = format!("`{name}` is no member of a filter: use {}", MEMBERS[..7].join(", "));
        return Err(RequestError::Filter(reason));
    }
    let get = |name: &str| members.get(name).filter(|value| !value::is_blank(value));
    if get("similarity")
        .is_some_and(|word| word.as_str().is_none_or(|word| !word.eq_ignore_ascii_case("exact")))
    {
        return Err(RequestError::Filter("`similarity` other than exact is not evaluated here".to_owned()));
    }
    let ids = get("id").ok_or_else(|| RequestError::Filter("a filter has no `id`".to_owned()))?;
    let ids = list("id", ids)?;
    let scope = scope(get("scope"))?;
    let flag = |name: &'static str, default| get(name).map_or(Ok(default), |flag| value::boolean(name, flag));
    let descendants = flag("includeDescendantTerms", true)?;
    let operator = get("operator").map(|sign| value::text("operator", sign)).transpose()?;
    let any_of: Vec<Condition> = match (get("value"), operator) {
        (None, None) => ids.iter().map(|id| term(id, descendants)).collect::<Result<_, _>>()?,
        (None, Some(_)) => {
            return Err(RequestError::Filter("a filter has an `operator` and no `value`".to_owned()));
        }
        (Some(values), operator) => {
            let sign = operator.unwrap_or_else(|| "=".to_owned());
            let values = list("value", values)?;
            let pairs = ids.iter().flat_map(|id| values.iter().map(move |value| (id, value)));
            pairs.map(|(id, value)| comparison(id, &sign, value)).collect::<Result<_, _>>()?
        }
    };
    Ok(Filter { scope, excluded: flag("excluded", false)?, any_of })
}

/// Reads the scope; some clients send a list of one.
fn scope(scope: Option<&Value>) -> Result<Option<EntryType>, RequestError> {
    let Some(scope) = scope else { return Ok(None) };
    let scope = value::text("scope", scope)?;
    scope.parse().map(Some).map_err(|error| RequestError::Filter(format!("`scope`: {error}")))
}

fn list(name: &'static str, value: &Value) -> Result<Vec<String>, RequestError> {
    let one = |value: &Value| match value {
        Value::Bool(flag) => Ok(flag.to_string()),
        other => value::text(name, other),
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn term(id: &str, descendants: bool) -> Result<Condition, RequestError> {
    let id = canonical_curie(id).ok_or_else(|| RequestError::UnknownFilter(id.to_owned()))?;
    Ok(Condition::Term { id, descendants })
}

fn comparison(field: &str, sign: &str, value: &str) -> Result<Condition, RequestError> {
    let operator = Operator::from_sign(sign)
        .ok_or_else(|| RequestError::Filter(format!("`{sign}` is no operator: use =, !, <, <=, > or >=")))?;
    if value.is_empty() {
        return Err(RequestError::Filter(format!("`{field}` is compared with nothing")));
    }
    let curie = canonical_curie(field);
    let field = curie.unwrap_or_else(|| field.to_owned());
    if field.eq_ignore_ascii_case(AGE) {
        let reason = "the age that people have now is stated nowhere: NCIT:C124353 is their age at onset";
        return Err(RequestError::Filter(format!("`{AGE}`: {reason}")));
    }
    // Ids of entries are no fields: who could filter by them could ask for one person.
    if ["id", "individualId", "biosampleId", "runId"].iter().any(|id| field.eq_ignore_ascii_case(id)) {
        return Err(RequestError::UnknownFilter(field));
    }
    Ok(Condition::Value { field, operator, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn term(id: &str) -> Condition {
        Condition::Term { id: id.into(), descendants: true }
    }

    fn value(field: &str, operator: Operator, value: &str) -> Condition {
        Condition::Value { field: field.into(), operator, value: value.into() }
    }

    /// The clauses, each as the conditions of its filters.
    fn conditions(filters: Value) -> Vec<Vec<Condition>> {
        let clauses = read(&filters).unwrap().clauses().to_vec().into_iter();
        clauses.map(|clause| clause.0.into_iter().flat_map(|filter| filter.any_of).collect()).collect()
    }

    #[test]
    fn filters_are_read_in_every_form() {
        let seizure = vec![term("HP:0001250")];
        for filters in [
            json!("HP:0001250"),
            json!(["HP:0001250"]),
            json!(["hp:0001250"]),
            json!([{ "id": "HP:0001250" }]),
            json!({ "id": "HP:0001250" }),
            json!([{ "id": ["HP:0001250"], "scope": "individual", "includeDescendantTerms": true }]),
        ] {
            assert_eq!(conditions(filters.clone()), std::slice::from_ref(&seizure), "{filters}");
        }
        assert_eq!(conditions(json!("HP:0001250,NCIT:C3058")).len(), 2, "all must hold");
        let alternatives = vec![vec![term("HP:1"), term("HP:2")]];
        assert_eq!(conditions(json!([["HP:1", { "id": "HP:2" }]])), alternatives);
        assert_eq!(conditions(json!([{ "id": ["HP:1", "HP:2"] }])), alternatives);
        for nothing in [json!([]), json!(""), json!([""]), json!(null), json!({}), json!([[]])] {
            assert!(conditions(nothing.clone()).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn comparisons_are_read_in_every_form() {
        let age = "diseases.ageOfOnset.iso8601duration";
        for (filters, expected) in [
            (json!("age:>P70Y"), value("age", Operator::Greater, "P70Y")),
            (json!("age>=P70Y"), value("age", Operator::GreaterOrEqual, "P70Y")),
            (json!("sex:=male"), value("sex", Operator::Equal, "male")),
            (json!("LOINC:8308-9:<150"), value("LOINC:8308-9", Operator::Less, "150")),
            (
                json!([{ "id": age, "operator": "<=", "value": "P30Y" }]),
                value(age, Operator::LessOrEqual, "P30Y"),
            ),
            (json!([{ "id": "sex", "value": "%male" }]), value("sex", Operator::Equal, "%male")),
            (
                json!([{ "id": "cohortSize", "operator": ">", "value": 3 }]),
                value("cohortSize", Operator::Greater, "3"),
            ),
            (
                json!([{ "id": "ncit:C28421", "operator": "=", "value": "ncit:C16576" }]),
                value("NCIT:C28421", Operator::Equal, "ncit:C16576"),
            ),
        ] {
            assert_eq!(conditions(filters.clone()), [vec![expected]], "{filters}");
        }
        let either = json!([{ "id": "population", "operator": "=", "value": ["FIN", "TSI"] }]);
        assert_eq!(conditions(either)[0].len(), 2);
    }

    #[test]
    fn what_cannot_be_evaluated_is_named() {
        for (filters, expected) in [
            (json!("nosuchfield"), "`nosuchfield` is no term and no field"),
            (json!("id:=P1"), "`id` is no term and no field"),
            (json!([{ "id": "HP:1", "similarity": "high" }]), "`similarity` other than exact"),
            (json!([{ "id": "sex", "operator": "~", "value": "x" }]), "`~` is no operator"),
            (json!([{ "id": "sex", "operator": "=" }]), "an `operator` and no `value`"),
            (json!([{ "id": "HP:1", "scope": "planet" }]), "`planet` is not an entry type"),
            (json!([{ "scope": "individual" }]), "no `id`"),
            (json!([7]), "7 is no filter"),
            (json!([{}]), "a filter has no `id`"),
            (json!([{ "id": "HP:1", "exclude": true }]), "`exclude` is no member of a filter"),
            (json!([{ "id": "HP:1", "negated": true }]), "`negated` is no member of a filter"),
            (json!([{ "id": "HP:1", "Excluded": true }]), "`Excluded` is no member of a filter"),
            (json!("HP:0001250=5"), "stated or not"),
            (json!("LOINC:8308-9:>abc"), "as a number"),
        ] {
            let error = read(&filters).unwrap_err().to_string();
            assert!(error.contains(expected), "{filters}: {error}");
        }
        assert!(read(&json!(vec!["HP:1"; 101])).is_err());
    }

    #[test]
    fn echoes_are_texts() {
        let filters =
            json!(["HP:1,HP:2", { "id": "HP:3" }, ["HP:4", "HP:5"], { "id": "sex", "value": "male" }]);
        let expected = ["HP:1", "HP:2", "HP:3", r#"["HP:4","HP:5"]"#, r#"{"id":"sex","value":"male"}"#]
            .map(str::to_owned);
        assert_eq!(echo(&filters), expected);
    }
}
