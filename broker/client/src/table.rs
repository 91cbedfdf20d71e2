//! The answer for a person: a table of regions, a total, and in one sentence what it means.

#[cfg(test)]
pub(crate) mod test_answers;

use comfy_table::{ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_schemas::{
    Answer, Coverage, DatasetAnswer, DatasetState, Frequency, Group, NodeReport, NodeState, Precision,
    Release, VariantAnswer,
};

use crate::{Verdict, error::printable};

const NOTHING: &str = "-";

/// Makes an empty table with a header.
pub(crate) fn new_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}

/// Renders an answer to an exact question.
pub(crate) fn render(answer: &Answer, populations: bool) -> String {
    let mut table = new_table(["region", "dataset", "seen", "carriers", "AC/AN", "AF", "state"]);
    for dataset in &answer.datasets {
        add_dataset(&mut table, dataset, populations);
    }
    for node in answer.nodes.iter().filter(|node| !has_row(answer, node)) {
        let [seen, carriers, counts, frequency] = [NOTHING; 4].map(str::to_owned);
        table.add_row([
            printable(&node.id),
            NOTHING.into(),
            seen,
            carriers,
            counts,
            frequency,
            state_of(node),
        ]);
    }
    for total in &answer.totals {
        add_total(&mut table, total, answer, populations);
    }
    format!("{table}\n{}", sentence(answer))
}

fn has_row(answer: &Answer, node: &NodeReport) -> bool {
    answer.datasets.iter().any(|dataset| dataset.beacon_id == node.id)
}

fn add_dataset(table: &mut Table, dataset: &DatasetAnswer, populations: bool) {
    let names = [printable(&dataset.beacon_id), printable(&dataset.id)];
    let seen = match (dataset.state, dataset.exists) {
        (DatasetState::Withheld | DatasetState::NotCounted, _) => NOTHING,
        (DatasetState::Answered, true) => "yes",
        (DatasetState::Answered, false) => "no",
    };
    if dataset.variants.is_empty() {
        add_row(table, names, seen, [NOTHING; 3].map(str::to_owned), state(dataset));
        return;
    }
    for variant in &dataset.variants {
        add_row(table, names.clone(), seen, numbers(variant, ""), state(dataset));
        add_populations(table, variant, populations);
    }
}

fn add_total(table: &mut Table, total: &VariantAnswer, answer: &Answer, populations: bool) {
    let (bound, state) = if answer.lower_bound { ("≥ ", "at least") } else { ("", "complete") };
    let seen = if answer.exists { "yes" } else { "no" };
    add_row(table, ["all".into(), "total".into()], seen, numbers(total, bound), state.into());
    add_populations(table, total, populations);
}

fn add_populations(table: &mut Table, variant: &VariantAnswer, populations: bool) {
    for row in variant.frequencies.iter().filter(|row| populations && row.group != Group::Total) {
        let label = printable(&row.group.to_string());
        let numbers = [NOTHING.to_owned(), counts(row, ""), frequency(row)];
        add_row(table, [String::new(), format!("  {label}")], "", numbers, String::new());
    }
}

fn add_row(table: &mut Table, names: [String; 2], seen: &str, numbers: [String; 3], state: String) {
    let [region, dataset] = names;
    let [carriers, counts, frequency] = numbers;
    table.add_row([region, dataset, seen.to_owned(), carriers, counts, frequency, state]);
}

/// Carriers, AC/AN and AF. Absent is not zero.
fn numbers(variant: &VariantAnswer, bound: &str) -> [String; 3] {
    let total = variant.frequencies.iter().find(|row| row.group == Group::Total);
    let carriers = variant.carriers.map_or(NOTHING.into(), |carriers| format!("{bound}{carriers}"));
    [
        carriers,
        total.map_or(NOTHING.into(), |row| counts(row, bound)),
        total.map_or(NOTHING.into(), frequency),
    ]
}

fn counts(row: &Frequency, bound: &str) -> String {
    format!("{bound}{}/{}", row.allele_count, row.allele_number)
}

/// Three significant digits, whatever the size.
fn frequency(row: &Frequency) -> String {
    match row.allele_frequency() {
        None => NOTHING.to_owned(),
        Some(af) if af == 0.0 || af >= 0.001 => {
            let text = format!("{af:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Some(af) => format!("{af:.2e}"),
    }
}

fn state(dataset: &DatasetAnswer) -> String {
    let words = match dataset {
        DatasetAnswer { state: DatasetState::Withheld, .. } => "withheld by its policy",
        DatasetAnswer { state: DatasetState::NotCounted, .. } => "not counted: a dry run",
        DatasetAnswer { exists: false, precision: Precision::Imprecise, .. } => {
            "not seen, or not disclosable"
        }
        DatasetAnswer { precision: Precision::Rounded, .. } => "rounded",
        DatasetAnswer { coverage: Coverage::None, .. } => "nobody assayed here",
        DatasetAnswer { release: Release::Boolean, .. } => "tells yes or no only",
        DatasetAnswer { release: Release::Count, .. } => "tells counts only",
        DatasetAnswer { coverage: Coverage::Partial, .. } => "answered; not all assayed",
        _ => "answered",
    };
    words.to_owned()
}

fn state_of(node: &NodeReport) -> String {
    match (node.state, &node.reason) {
        (NodeState::Answered, _) => "answered; in the total only".to_owned(),
        (state, None) => state.name().to_owned(),
        (_, Some(reason)) => printable(reason),
    }
}

/// What the table means, in words. A "no" from where nobody was assayed is told as such.
fn sentence(answer: &Answer) -> String {
    let verdict = match (Verdict::of(answer), answer.lower_bound) {
        (Verdict::Seen, false) => "Seen.",
        (Verdict::Seen, true) => "Seen. The total is a lower bound: not everyone gave their part.",
        (Verdict::NotSeen, _) => "Not seen by anyone who was asked; all gave their part.",
        (Verdict::Incomplete, _) => "Not seen as far as is known, but not everyone gave their part.",
    };
    let unassayed = answer.datasets.iter().filter(|dataset| dataset.coverage == Coverage::None);
    let unassayed = unassayed.map(|dataset| printable(&dataset.beacon_id));
    let missing = answer.nodes.iter().filter(|node| !took_part(node));
    let missing = missing.map(|node| format!("{} {}", printable(&node.id), state_of(node)));
    format!("{verdict}{}{}", list("Nobody was assayed there in", unassayed), list("No part from", missing))
}

fn took_part(node: &NodeReport) -> bool {
    matches!(node.state, NodeState::Answered | NodeState::Excluded)
}

fn list(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    if items.is_empty() { String::new() } else { format!("\n{title}: {}.", items.join("; ")) }
}

#[cfg(test)]
mod tests;
