//! `fyr-node consent history`: who changed what, and when.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_state::Change;
use serde_json::json;

use super::ConsentError;
use crate::state::StateArgs;

/// Characters of a person's hash that tables show.
const SHORT: usize = 12;

/// Show every change, with who made it and when.
///
/// People are keyed hashes here, so that the history outlives a purge. With --person, only the changes of
/// that person are shown, and with them those made under this id before a purge.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Example:\n  fyr-node consent history --config node.toml --dataset finland-2026 --person P-17"
)]
pub(crate) struct HistoryArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Show only this dataset, and withdrawals, which are of every one
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// Show only this person
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) async fn run(args: HistoryArgs) -> Result<(), ConsentError> {
    let open = StateArgs::reading(args.config).open().await?;
    let mut changes = open.state.changes_since(0).await?;
    let of_all = |change: &Change| change.dataset.is_empty() && !change.subject.is_empty();
    if let Some(dataset) = &args.dataset {
        changes.retain(|change| change.dataset == *dataset || of_all(change));
    }
    if let Some(person) = &args.person {
        changes.retain(|change| change.subject == open.state.subject_of(&change.dataset, person));
    }
    if args.json {
        let list: Vec<_> = changes.iter().map(document).collect();
        say!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
    } else if changes.is_empty() {
        say!("nothing is recorded");
    } else {
        say!("{}", table(&changes));
    }
    Ok(())
}

fn table(changes: &[Change]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["version", "time", "actor", "action", "dataset", "person (hash)", "items"]);
    for change in changes {
        table.add_row([
            change.version.to_string(),
            change.time.clone(),
            change.actor.clone(),
            change.action.to_string(),
            change.dataset.clone(),
            change.subject.chars().take(SHORT).collect(),
            change.items.clone(),
        ]);
    }
    table
}

fn document(change: &Change) -> serde_json::Value {
    json!({
        "version": change.version,
        "position": change.position,
        "time": change.time,
        "actor": change.actor,
        "action": change.action.name(),
        "dataset": change.dataset,
        "person": change.subject,
        "items": change.items,
    })
}
