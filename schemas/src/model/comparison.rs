//! What can be compared with what.

use super::{canonical_curie, fields::resolve_field, table::Kind};
use crate::{EntryType, Operator, duration};

/// Vocabularies of what somebody has or has not: nothing can be measured by their terms.
const STATED: [&str; 12] = [
    "HP", "MONDO", "ORPHA", "ORPHANET", "ORDO", "OMIM", "MIM", "DOID", "ICD10", "ICD10CM", "ICD9CM", "ICD11",
];

/// Returns why a field, or the value of an assay, cannot be compared so; none where it can, or where nobody knows the
/// field.
///
/// A comparison that cannot hold would read as "nobody".
pub(crate) fn incomparable(
    field: &str,
    scope: Option<EntryType>,
    operator: Operator,
    value: &str,
) -> Option<&'static str> {
    let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
    if let Some(known) = resolve_field(field, scope) {
        // Where one of the types can answer, the question is one.
        let reasons: Option<Vec<_>> = known.kinds().map(|kind| unfit(kind, ordered, value)).collect();
        return reasons.and_then(|reasons| reasons.first().copied());
    }
    let curie = canonical_curie(field)?;
    let (prefix, _) = curie.split_once(':')?;
    if STATED.iter().any(|stated| stated.eq_ignore_ascii_case(prefix)) {
        return Some("is a term that is stated or not: leave `operator` and `value` out");
    }
    (ordered && !is_measured(value)).then_some(NO_NUMBER)
}

const NO_NUMBER: &str = "is compared as a number: give one, or a duration such as P30Y";
const NO_DATE: &str = "is a date: compare it with one such as 2024-05-17";
const NO_ORDER: &str = "has no order: use `=` or `!`";

fn unfit(kind: Kind, ordered: bool, value: &str) -> Option<&'static str> {
    match kind {
        Kind::Integer | Kind::Number | Kind::Duration => (!is_measured(value)).then_some(NO_NUMBER),
        Kind::Date | Kind::DateTime => (ordered && !is_date(value)).then_some(NO_DATE),
        Kind::Boolean | Kind::Choice(_) | Kind::Term | Kind::Text => ordered.then_some(NO_ORDER),
        Kind::Id | Kind::Unit | Kind::Object(_) | Kind::OneOf(_) | Kind::Any => None,
    }
}

fn is_measured(value: &str) -> bool {
    let value = value.trim();
    value.parse::<f64>().is_ok_and(f64::is_finite) || duration::years(value).is_some()
}

/// A year, or more of a date.
fn is_date(value: &str) -> bool {
    let mut parts = value.trim().split(['-', 'T']);
    let year = parts.next().is_some_and(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()));
    year && parts.take(2).all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Operator::{Equal, Greater, LessOrEqual, NotEqual};

    #[test]
    fn what_cannot_hold_is_no_comparison() {
        for (field, operator, value, expected) in [
            ("sex", Equal, "male", None),
            ("individual.sex", NotEqual, "NCIT:C16576", None),
            ("sex", Greater, "male", Some(NO_ORDER)),
            ("diseases.ageOfOnset.iso8601duration", LessOrEqual, "P30Y", None),
            ("diseases.ageOfOnset.iso8601duration", LessOrEqual, "30", None),
            ("ageOfOnset", Equal, "thirty", Some(NO_NUMBER)),
            ("ageOfOnset", Greater, "NaN", Some(NO_NUMBER)),
            ("collectionDate", Greater, "2020-01-31", None),
            ("collectionDate", Greater, "2020", None),
            ("collectionDate", Greater, "31.1.2020", Some(NO_DATE)),
            ("LOINC:8308-9", Greater, "180", None),
            ("LOINC:8308-9", Greater, "abc", Some(NO_NUMBER)),
            ("LOINC:8308-9", Equal, "positive", None),
            ("population", Equal, "FIN", None),
            ("nosuchfield", Greater, "abc", None),
        ] {
            assert_eq!(incomparable(field, None, operator, value), expected, "{field} {operator:?} {value}");
        }
        for term in ["HP:0001250", "hp:0001250", "ICD10:E10", "MONDO:0005105"] {
            assert!(incomparable(term, None, Equal, "5").is_some(), "{term}");
        }
    }
}
