//! Claims of any issuer become the same attributes, by the operator's mapping and register.

use fyr_policy::{Attributes, By, Visa, VisaKind};
use serde_json::Value;

use crate::{ClaimsConfig, Pointers, jws::Claims, trust::Register};

/// Says what is known of a person from the token, from userinfo where it was asked, and from their visas.
pub(crate) fn attributes(
    mapping: &ClaimsConfig,
    sources: &[&Claims],
    visas: &[Visa],
    register: &Register,
) -> Attributes {
    let texts = |pointers: &Pointers| texts(pointers, sources);
    let claimed = texts(&mapping.organisations);
    let affiliation = register.affiliation(claimed.into_iter().chain(affiliations(visas)));
    let words = texts(&mapping.purposes);
    let mut purposes: Vec<_> =
        words.into_iter().filter_map(|word| mapping.purpose_words.get(word).copied()).collect();
    purposes.sort_unstable();
    purposes.dedup();
    Attributes {
        organisations: affiliation.organisations,
        country: affiliation.country,
        nonprofit: affiliation.nonprofit,
        licences: owned(texts(&mapping.licences)),
        assurance: texts(&mapping.assurance).first().map(|&text| text.to_owned()),
        purposes,
        projects: owned(texts(&mapping.projects)),
        regions: affiliation.regions,
        own_datasets: affiliation.datasets,
        own_people: affiliation.people,
    }
}

/// Organisations of affiliations that the organisations themselves state, not the person or a colleague.
fn affiliations(visas: &[Visa]) -> impl Iterator<Item = &str> {
    let is_stated = |visa: &&Visa| {
        visa.kind == VisaKind::AffiliationAndRole
            && matches!(visa.by, By::System | By::SigningOfficial | By::AccessCommittee)
    };
    visas
        .iter()
        .filter(is_stated)
        .filter_map(|visa| visa.value.split_once('@'))
        .map(|(_, organisation)| organisation)
}

/// Returns the texts at all pointers, of the first source that has something at that pointer.
fn texts<'c>(pointers: &Pointers, sources: &[&'c Claims]) -> Vec<&'c str> {
    let found = |pointer: &String| sources.iter().find_map(|claims| claims.pointer(pointer));
    pointers.as_slice().iter().filter_map(found).flat_map(strings).collect()
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn owned(mut texts: Vec<&str>) -> Vec<String> {
    texts.sort_unstable();
    texts.dedup();
    texts.into_iter().map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests;
