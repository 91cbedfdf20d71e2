//! Printing, for people.

use comfy_table::{CellAlignment, Table, presets};
use fyr_doors::say;
use fyr_schemas::{
    Answer, DatasetAnswer, DatasetState, Frequency, Group, NodeState, Precision, VariantAnswer,
};

use crate::regions::name_of;

/// Prints what follows.
pub(crate) fn heading(text: &str) {
    say!("\n\x1b[1m{text}\x1b[0m");
}

/// Prints a line.
pub(crate) fn line(text: &str) {
    say!("{text}");
}

/// Prints a broker's answer: a row a region, then the sum.
pub(crate) fn answer(allele: &str, answer: &Answer) {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header([allele, "seen", "carriers", "AC/AN", "AF", "state"]);
    for node in &answer.nodes {
        let mut datasets = answer.datasets.iter().filter(|d| d.beacon_id == node.id).peekable();
        if datasets.peek().is_none() {
            table.add_row([name_of(&node.id), "?", "", "", "", state(node.state)]);
        }
        for dataset in datasets {
            table.add_row(dataset_row(dataset));
        }
    }
    table.add_row(total_row(answer));
    for column in 2..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say!("{table}");
}

/// Prints how many people each region found, then the sum.
pub(crate) fn people(answer: &Answer) {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["region", "people"]);
    let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    for dataset in &answer.datasets {
        table.add_row([name_of(&dataset.beacon_id).to_owned(), count(dataset.result_count)]);
    }
    table.add_row(["all together".to_owned(), count(answer.result_count)]);
    say!("{table}");
}

fn dataset_row(dataset: &DatasetAnswer) -> [String; 6] {
    let name = name_of(&dataset.beacon_id).to_owned();
    if dataset.state == DatasetState::Withheld {
        return [name, "?".into(), String::new(), String::new(), String::new(), "withheld by policy".into()];
    }
    let [carriers, counts, frequency] = numbers(dataset.variants.first());
    let state = match dataset.precision {
        Precision::Imprecise if !dataset.exists => "not seen, or too few to tell",
        _ => "answered",
    };
    [name, yes_or_no(dataset.exists), carriers, counts, frequency, state.to_owned()]
}

fn total_row(answer: &Answer) -> [String; 6] {
    let [carriers, counts, frequency] = numbers(answer.totals.first());
    let at_least = |number: String| {
        if answer.lower_bound && !number.is_empty() { format!("at least {number}") } else { number }
    };
    let state = if answer.lower_bound { "incomplete" } else { "complete" };
    let seen = yes_or_no(answer.exists);
    ["all together".to_owned(), seen, at_least(carriers), counts, frequency, state.to_owned()]
}

/// Carriers, AC/AN and AF, as far as they are told.
fn numbers(variant: Option<&VariantAnswer>) -> [String; 3] {
    let carriers = variant.and_then(|v| v.carriers).map(|n| n.to_string()).unwrap_or_default();
    let total: Option<&Frequency> =
        variant.and_then(|v| v.frequencies.iter().find(|f| f.group == Group::Total));
    let counts = total.map(|f| format!("{}/{}", f.allele_count, f.allele_number)).unwrap_or_default();
    let frequency = total.and_then(Frequency::allele_frequency).map(|af| format!("{af:.5}"));
    [carriers, counts, frequency.unwrap_or_default()]
}

fn yes_or_no(seen: bool) -> String {
    if seen { "yes" } else { "no" }.to_owned()
}

fn state(state: NodeState) -> &'static str {
    match state {
        NodeState::Answered => "answered, in the sum only",
        NodeState::Excluded => "left out by the question",
        NodeState::Refused => "withheld by policy",
        NodeState::Unreachable => "switched off",
        other => other.name(),
    }
}
