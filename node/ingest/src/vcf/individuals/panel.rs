//! The sample panel of the 1000 Genomes Project: `sample`, `pop`, `super_pop`, `gender`.

use fyr_schemas::{Individual, Sex};

use super::{Numbered, rows, sex_or_fault};
use crate::vcf::error::{Fault, quote};

/// Whether a line names the columns of a panel.
pub(super) fn is_header(line: &str) -> bool {
    matches!(line.split('\t').next().map(str::trim), Some("sample" | "sample_id" | "id"))
}

/// Where the columns stand.
struct Columns {
    sex: Option<usize>,
    family: Option<usize>,
    populations: Vec<usize>,
}

pub(super) fn parse(text: &str) -> Result<Numbered, (u64, Fault)> {
    let mut rows = rows(text);
    let names: Vec<&str> = rows.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
    let columns = columns(&names);
    let people: Numbered = rows
        .map(|(line, row)| Ok((line, person(row, &columns).map_err(|f| (line, f))?)))
        .collect::<Result<_, _>>()?;
    if people.is_empty() {
        return Err((1, Fault::new("panel", "the panel lists no individuals")));
    }
    Ok(people)
}

fn columns(names: &[&str]) -> Columns {
    let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.trim()));
    let populations = [find(&["pop", "population"]), find(&["super_pop", "superpopulation"])];
    Columns {
        sex: find(&["gender", "sex"]),
        family: find(&["family", "family_id"]),
        populations: populations.into_iter().flatten().collect(),
    }
}

fn person(row: &str, columns: &Columns) -> Result<Individual, Fault> {
    let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
    let cell = |column: usize| cells.get(column).copied().filter(|cell| !cell.is_empty());
    let id =
        cell(0).ok_or_else(|| Fault::new("sample", format!("{} has no sample id", quote(row.as_bytes()))))?;
    let sex = columns.sex.and_then(cell).map_or(Ok(Sex::Unknown), sex_or_fault)?;
    Ok(Individual {
        id: id.to_owned(),
        sex,
        populations: columns.populations.iter().filter_map(|c| cell(*c)).map(str::to_owned).collect(),
        family: columns.family.and_then(cell).map(str::to_owned),
    })
}
