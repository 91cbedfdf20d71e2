//! Who is of a family of Phenopackets: its proband, its relatives, and whomever its pedigree lists.

use std::collections::BTreeMap;

use fyr_schemas::{Individual, Sex, model::ModelFault};
use serde_json::Value;

use super::{fault, id, items, sex};

/// Returns who is of which family, each person once; nobody of what is no family.
///
/// # Errors
///
/// A family without an id, and a person of a pedigree who has none: they would count as strangers.
pub(super) fn related(document: &Value) -> Result<Vec<Individual>, ModelFault> {
    let Some(proband) = document.get("proband") else { return Ok(Vec::new()) };
    let of_pedigree = pedigree(document)?;
    let members = std::iter::once(proband).chain(items(document, "relatives"));
    let members: Vec<String> = members.filter_map(|packet| text(&id(packet))).collect();
    let stated = members.iter().find_map(|member| of_pedigree.get(member)?.family.clone());
    let family = stated.or_else(|| document.get("id").and_then(text)).ok_or_else(|| {
        fault("id", "is missing: without it nobody knows that its people are of one family".to_owned())
    })?;
    let mut related = of_pedigree;
    for member in members {
        let person = related.entry(member.clone()).or_insert_with(|| unknown(member));
        person.family = Some(family.clone());
    }
    for person in related.values_mut().filter(|person| person.family.is_none()) {
        person.family = Some(family.clone());
    }
    Ok(related.into_values().collect())
}

/// The people of the pedigree, by id.
fn pedigree(document: &Value) -> Result<BTreeMap<String, Individual>, ModelFault> {
    let persons = document.pointer("/pedigree/persons").and_then(Value::as_array).into_iter().flatten();
    let person = |(at, person): (usize, &Value)| {
        let id = person
            .get("individualId")
            .and_then(text)
            .ok_or_else(|| fault(&format!("pedigree.persons[{at}].individualId"), "is missing".to_owned()))?;
        let term = sex(person.get("sex"))?;
        let sex = term.get("id").and_then(Value::as_str).map_or(Sex::Unknown, Sex::of_term);
        let family = person.get("familyId").and_then(text);
        Ok((id.clone(), Individual { sex, family, ..unknown(id) }))
    };
    persons.enumerate().map(person).collect()
}

fn unknown(id: String) -> Individual {
    Individual { id, sex: Sex::Unknown, populations: Vec::new(), family: None }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
