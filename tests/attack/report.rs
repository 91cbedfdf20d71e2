//! What is printed.

use comfy_table::{
    Table,
    presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED},
};

use crate::outcome::Outcome;

/// Draws the outcomes as a table, for a terminal or as Markdown.
pub(crate) fn table(outcomes: &[Outcome], is_markdown: bool) -> String {
    let mut table = Table::new();
    table.load_preset(if is_markdown { ASCII_MARKDOWN } else { UTF8_FULL_CONDENSED });
    table.set_header([
        "population",
        "way",
        "as",
        "measured",
        "reached",
        "at most",
        "gate",
        "tries",
        "verdict",
    ]);
    for outcome in outcomes {
        table.add_row([
            outcome.population.clone(),
            outcome.strategy.to_owned(),
            outcome.posture.to_owned(),
            outcome.measure.to_owned(),
            format!("{:.3}", outcome.reached),
            format!("{:.3}", outcome.upper),
            outcome.gate.map_or("none".to_owned(), |gate| format!("{gate:.3}")),
            outcome.tries.to_string(),
            verdict(outcome).to_owned(),
        ]);
    }
    table.to_string()
}

fn verdict(outcome: &Outcome) -> &'static str {
    match (outcome.gate, outcome.holds()) {
        (None, _) => "reported",
        (Some(_), true) => "held",
        (Some(_), false) => "BROKEN",
    }
}
