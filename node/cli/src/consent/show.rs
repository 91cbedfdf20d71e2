//! `fyr-node consent show`: what people said.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_policy::{ConsentItem, Statement};
use fyr_state::{ItemAnswer, Stated};
use serde_json::{Map, Value, json};

use super::ConsentError;
use crate::state::StateArgs;

/// Show what people said. Whoever was purged after a withdrawal is in no list.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  fyr-node consent show --config node.toml --dataset finland-2026\n  \
                        fyr-node consent show --config node.toml --dataset finland-2026 --person P-17 --json")]
pub(crate) struct ShowArgs {
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
pub(super) async fn run(args: ShowArgs) -> Result<(), ConsentError> {
    let open = StateArgs::reading(args.config).open().await?;
    let mut people = open.state.statements(args.dataset.as_deref()).await?;
    people.retain(|stated| args.person.as_ref().is_none_or(|person| stated.person == *person));
    if args.json {
        let list: Vec<Value> = people.iter().map(document).collect();
        say!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
    } else if people.is_empty() {
        say!("nothing is recorded");
    } else {
        say!("{}", table(&people));
    }
    Ok(())
}

fn table(people: &[Stated]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    let items = ConsentItem::ALL.map(|item| item.name());
    table.set_header(["dataset", "person"].into_iter().chain(items).chain(["opt-out", "withdrawn"]));
    for stated in people {
        let said = &stated.statement;
        let items = ConsentItem::ALL.map(|item| match answer(said, item) {
            ItemAnswer::Unstated => "-",
            answer => answer.name(),
        });
        let flags = [said.opted_out, said.withdrawn].map(|flag| if flag { "yes" } else { "-" });
        let dataset = if stated.dataset.is_empty() { "(all)" } else { &stated.dataset };
        let who = [dataset, stated.person.as_str()];
        table.add_row(who.into_iter().chain(items).chain(flags));
    }
    table
}

fn document(stated: &Stated) -> Value {
    let said = &stated.statement;
    let items =
        ConsentItem::ALL.into_iter().map(|item| (item.name().to_owned(), answer(said, item).name().into()));
    json!({
        "dataset": Some(&stated.dataset).filter(|dataset| !dataset.is_empty()),
        "person": stated.person,
        "items": items.collect::<Map<_, _>>(),
        "optOut": said.opted_out,
        "withdrawn": said.withdrawn,
        "version": stated.version,
    })
}

/// A refusal outweighs a grant, as it does where it is decided.
fn answer(said: &Statement, item: ConsentItem) -> ItemAnswer {
    match (said.refused.contains(item), said.granted.contains(item)) {
        (true, _) => ItemAnswer::No,
        (false, true) => ItemAnswer::Yes,
        (false, false) => ItemAnswer::Unstated,
    }
}
