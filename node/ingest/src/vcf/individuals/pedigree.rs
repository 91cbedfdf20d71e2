//! PED files: family, individual, father, mother, sex, phenotype; more columns where they are named.

use fyr_schemas::Individual;

use super::{Numbered, rows, sex_or_fault};
use crate::vcf::error::Fault;

pub(super) fn parse(text: &str) -> Result<Numbered, (u64, Fault)> {
    let mut people = Numbered::new();
    let mut population = None;
    for (line, row) in rows(text) {
        let cells = split(row);
        if let Some(names) = header(&cells) {
            population = names.iter().position(|name| name.eq_ignore_ascii_case("population"));
            continue;
        }
        people.push((line, person(&cells, population).map_err(|fault| (line, fault))?));
    }
    if people.is_empty() {
        return Err((1, Fault::new("pedigree", "the file lists no individuals")));
    }
    Ok(people)
}

/// PED files are separated by tabs or by any white space; with tabs, names may hold spaces.
fn split(row: &str) -> Vec<&str> {
    if row.contains('\t') {
        row.split('\t').map(str::trim).collect()
    } else {
        row.split_whitespace().collect()
    }
}

fn header<'a>(cells: &'a [&'a str]) -> Option<&'a [&'a str]> {
    let first = cells.first()?;
    (first.starts_with('#') || first.to_ascii_lowercase().starts_with("family")).then_some(cells)
}

fn person(cells: &[&str], population: Option<usize>) -> Result<Individual, Fault> {
    let [family, id, _father, _mother, sex, ..] = cells else {
        return Err(Fault::new(
            "pedigree",
            "a row has at least 5 columns: family, individual, father, mother, sex",
        ));
    };
    let cell = |column: usize| cells.get(column).copied().filter(|cell| !cell.is_empty() && *cell != "0");
    Ok(Individual {
        id: (*id).to_owned(),
        sex: sex_or_fault(sex)?,
        populations: population.and_then(cell).map(str::to_owned).into_iter().collect(),
        family: Some(*family).filter(|family| !matches!(*family, "0" | "" | ".")).map(str::to_owned),
    })
}
