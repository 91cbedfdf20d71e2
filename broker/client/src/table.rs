//! The answer for a person: a table of regions, a total, and in one sentence what it means.

#[cfg(test)]
pub(crate) mod test_answers;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_schemas::{Answer, EntryType, Frequency, Observations, Query};

use crate::{
    error::printable,
    rows::{Row, rows},
    sentence::{looked_up, sentence},
};

const NOTHING: &str = "-";
/// Columns of words, which may go on in another line.
const WRAPPED: [&str; 4] = ["region", "dataset", "answer", "note"];
/// Width where there is no terminal.
const WIDTH: u16 = 80;

/// Makes an empty table with a header.
pub(crate) fn new_table<H: Into<String>>(header: impl IntoIterator<Item = H>) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    table.set_header(header.into_iter().map(Into::into).collect::<Vec<String>>());
    table
}

/// Whose data answers are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of regions, whose names come first.
    Regions,
    /// One's own, of which is shown what was called too.
    Own,
}

/// Renders an answer.
pub(crate) fn render(query: &Query, answer: &Answer, populations: bool, whose: Whose) -> String {
    let rows = rows(answer, populations);
    let columns = columns(query, rows.iter().any(|row| row.observed.is_some()), whose);
    let mut table = new_table(columns.iter().map(|(title, _)| *title));
    for row in &rows {
        table.add_row(columns.iter().map(|(_, cell)| cell(row)));
    }
    // A number or a variant that is cut in two cannot be read, nor copied.
    for (column, (title, _)) in table.column_iter_mut().zip(&columns) {
        if !WRAPPED.contains(title) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let looked_up =
        looked_up(answer).filter(|_| query.is_exact()).map(|line| line + "\n").unwrap_or_default();
    format!("{looked_up}{table}\n{}", sentence(answer))
}

type Column = (&'static str, fn(&Row<'_>) -> String);

/// The columns that a question fills; of cases where somebody tells them.
fn columns(query: &Query, has_cases: bool, whose: Whose) -> Vec<Column> {
    let region: Option<Column> = (whose == Whose::Regions).then_some(("region", |row| row.region.clone()));
    let dataset: Column = ("dataset", |row| match row.group {
        Some(group) => format!("  {}", printable(&group.to_string())),
        None => told(row.dataset.clone()),
    });
    let answer: Column =
        ("answer", |row| if row.group.is_some() { String::new() } else { told(row.word.clone()) });
    let found: Column = ("found", |row| told(row.found.map(|found| found.to_string()).unwrap_or_default()));
    let variant: Column = ("variant", |row| {
        told(row.variant.map(|variant| printable(&variant.short_form())).unwrap_or_default())
    });
    let note: Column = ("note", |row| row.note.clone());
    let place: Vec<Column> = match query.entry_type {
        // A list has no room for more beside the variants.
        EntryType::GenomicVariant if !query.is_exact() => vec![region.unwrap_or(dataset), answer, variant],
        _ => region.into_iter().chain([dataset, answer]).collect(),
    };
    match query.entry_type {
        EntryType::GenomicVariant => {
            let note = Some(note).filter(|_| query.is_exact());
            place.into_iter().chain(numbers(has_cases, whose)).chain(note).collect()
        }
        _ => place.into_iter().chain([found, note]).collect(),
    }
}

/// The numbers of a variant.
fn numbers(has_cases: bool, whose: Whose) -> impl Iterator<Item = Column> {
    let numbers: [Option<Column>; 5] = [
        Some(("carriers", carriers)),
        has_cases.then_some(("cases", cases)),
        (whose == Whose::Own).then_some(("het/hom/hemi", calls)),
        Some(("AC/AN", counts)),
        Some(("AF", frequency)),
    ];
    numbers.into_iter().flatten()
}

fn told(text: String) -> String {
    if text.is_empty() { NOTHING.to_owned() } else { text }
}

fn carriers(row: &Row<'_>) -> String {
    let Some(carriers) = row.carriers else { return NOTHING.to_owned() };
    let of = row.assayed.map(|assayed| format!(" of {assayed}")).unwrap_or_default();
    format!("{}{carriers}{of}", bound(row))
}

fn cases(row: &Row<'_>) -> String {
    let cases = |observed: Observations| format!("{}{} of {}", bound(row), observed.cases, observed.of);
    row.observed.map_or(NOTHING.to_owned(), cases)
}

fn calls(row: &Row<'_>) -> String {
    let part = |part: Option<u64>| part.map_or(NOTHING.to_owned(), |people| people.to_string());
    let parts = |counts: &Frequency| [counts.heterozygous, counts.homozygous, counts.hemizygous].map(part);
    row.counts.map_or(NOTHING.to_owned(), |counts| parts(counts).join("/"))
}

fn counts(row: &Row<'_>) -> String {
    let counts =
        |counts: &Frequency| format!("{}{}/{}", bound(row), counts.allele_count, counts.allele_number);
    row.counts.map_or(NOTHING.into(), counts)
}

fn bound(row: &Row<'_>) -> &'static str {
    if row.at_least && row.group.is_none() { "≥ " } else { "" }
}

/// Three significant digits, whatever the size.
fn frequency(row: &Row<'_>) -> String {
    match row.counts.and_then(Frequency::allele_frequency) {
        None => NOTHING.to_owned(),
        Some(af) if af == 0.0 || af >= 0.001 => {
            let text = format!("{af:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Some(af) => format!("{af:.2e}"),
    }
}

#[cfg(test)]
mod tests;
