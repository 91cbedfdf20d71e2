//! Beacon's `individuals.json`: ids, sex, populations and pedigree of the Beacon v2 default model.

use fyr_schemas::{Individual, Sex};
use serde::Deserialize;

use super::{Numbered, parse_sex};
use crate::vcf::error::Fault;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: String,
    sex: Option<Term>,
    karyotypic_sex: Option<String>,
    #[serde(default)]
    pedigrees: Vec<Pedigree>,
    ethnicity: Option<Term>,
    geographic_origin: Option<Term>,
}

#[derive(Deserialize)]
struct Term {
    id: Option<String>,
    label: Option<String>,
}

#[derive(Deserialize)]
struct Pedigree {
    id: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<Numbered, (u64, Fault)> {
    let fault = |e: serde_json::Error| (e.line().max(1) as u64, Fault::new("individuals", e.to_string()));
    let people = if text.trim_start().starts_with('{') {
        vec![serde_json::from_str(text).map_err(fault)?]
    } else {
        serde_json::from_str::<Vec<Person>>(text).map_err(fault)?
    };
    Ok(people.into_iter().map(|person| (1, individual(person))).collect())
}

fn individual(person: Person) -> Individual {
    let karyotypic = person.karyotypic_sex.as_deref().and_then(parse_sex);
    let stated = person.sex.as_ref().map_or(Sex::Unknown, sex_of_term);
    // The model has no population; where someone or their forebears come from is what it has.
    let populations: Vec<String> = [person.geographic_origin, person.ethnicity]
        .into_iter()
        .flatten()
        .filter_map(|term| term.label)
        .collect();
    Individual {
        sex: karyotypic.filter(|sex| *sex != Sex::Unknown).unwrap_or(stated),
        populations,
        family: person.pedigrees.into_iter().find_map(|pedigree| pedigree.id),
        id: person.id,
    }
}

/// Beacon recommends NCIT terms; the label is the fall-back.
fn sex_of_term(term: &Term) -> Sex {
    match term.id.as_deref() {
        Some("NCIT:C20197" | "PATO:0000384") => Sex::Male,
        Some("NCIT:C16576" | "PATO:0000383") => Sex::Female,
        _ => term.label.as_deref().and_then(parse_sex).unwrap_or_default(),
    }
}
