//! Tables of terms: tab-separated, with a header that names the columns.
//!
//! Two forms: one line an edge (`child`, `parent`), or one line a term (`id`, `label`, `parents` separated by
//! `|`, `;` or commas).

use std::io::BufRead;

use crate::hierarchy::Hierarchy;

/// Where the columns are.
struct Columns {
    id: usize,
    label: Option<usize>,
    parents: Option<usize>,
}

impl Columns {
    fn of(header: &str) -> Option<Self> {
        let names: Vec<String> = header.split('\t').map(|name| name.trim().to_ascii_lowercase()).collect();
        let find = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let id = find(&["id", "child", "term"])?;
        Some(Self { id, label: find(&["label", "name"]), parents: find(&["parents", "parent", "is_a"]) })
    }
}

/// Reads a table; errors name the line.
pub(crate) fn read(reader: impl BufRead, hierarchy: &mut Hierarchy) -> Result<(), String> {
    let mut columns = None;
    for (number, line) in (1_u64..).zip(reader.lines()) {
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Columns::of(&line);
            if columns.is_none() {
                return Err(format!("line {number}: the header names no column `id` or `child`"));
            }
            continue;
        };
        row(&line, columns, hierarchy).map_err(|fault| format!("line {number}: {fault}"))?;
    }
    columns.map(|_| ()).ok_or_else(|| "the file is empty".to_owned())
}

fn row(line: &str, columns: &Columns, hierarchy: &mut Hierarchy) -> Result<(), String> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).copied().filter(|cell| !cell.is_empty());
    let id = cell(Some(columns.id)).filter(|id| id.contains(':'));
    let id = id.ok_or_else(|| "no CURIE stands in the column of ids".to_owned())?;
    hierarchy.term(id, cell(columns.label));
    let parents = cell(columns.parents).unwrap_or_default();
    for parent in parents.split(['|', ';', ',']).map(str::trim).filter(|parent| parent.contains(':')) {
        hierarchy.is_a(id, parent);
    }
    Ok(())
}
