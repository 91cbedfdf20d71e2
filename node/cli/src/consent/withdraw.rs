//! `fyr-node consent withdraw`, and what takes it back.

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_node::{Withdrawal, Withdrew, reinstate as take_back};
use fyr_store::Store;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{AnywhereArgs, ConsentError};
use crate::state::{StateArgs, StateCommandError, in_effect};

/// Take a person out of every answer of every dataset, and remember that they must not come back.
///
/// All their ids count: of the person, of their samples and biosamples, as far as any dataset of the store knows them. It
/// says what each dataset has of the person.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    person: AnywhereArgs,
    /// Another id of the person that the store does not know, such as of a sample to come; may be repeated
    #[arg(long = "alias", value_name = "ID")]
    aliases: Vec<String>,
    /// Withdraw a person of whom nothing is loaded yet
    #[arg(long)]
    allow_unknown: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  fyr-node consent withdraw --config node.toml --person P-17

No answer that leaves the node after this command counts the person, of whichever dataset, those too that are loaded
later. Their data stay on the disk until
`fyr-node purge` removes them; until then `fyr-node consent reinstate` can take a mistake back.";

/// Take a withdrawal back, when the person asks for it; of every dataset, as it was.
///
/// What they refused stays refused; what they had agreed to has to be set again.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  fyr-node consent reinstate --config node.toml --person P-17\n\n\
                        Data that were purged have to be loaded again.")]
pub(crate) struct ReinstateArgs {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    person: AnywhereArgs,
}

/// Runs `withdraw`.
pub(super) async fn run(args: WithdrawArgs) -> Result<(), ConsentError> {
    let open = args.state.open().await?;
    let store = open.store().await?;
    let withdrawal = Withdrawal {
        dataset: args.person.dataset,
        person: args.person.person,
        aliases: args.aliases,
        may_be_unknown: args.allow_unknown,
    };
    let withdrew = withdrawal.record(&open.state, store.as_ref(), &open.actor).await?;
    let published = published(store.as_ref(), &withdrew).await?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&document(&withdrew, &published)).unwrap_or_default());
        return Ok(());
    }
    let ids = withdrew.ids.len();
    let what = if withdrew.is_new { "withdrawn" } else { "withdrawn before" };
    let by = if ids == 1 { "id" } else { "ids" };
    say!("{what}, by {ids} {by}, {}", in_effect(&withdrew.effective));
    if withdrew.found.is_empty() {
        say!("no dataset has anything of the person");
    } else {
        say!("{}", table(&withdrew));
    }
    if !published.is_empty() {
        say!(
            "published tables may count the person, and cannot be taken back from who has read them: {}; publish them anew, \
             or take them back with `fyr-node publish --withdraw`",
            published.join(", ")
        );
    }
    Ok(())
}

/// The published tables of the datasets that have something of the person.
async fn published(store: Option<&Store>, withdrew: &Withdrew) -> Result<Vec<String>, StateCommandError> {
    let Some(store) = store else { return Ok(Vec::new()) };
    let has_them = |of: &str| withdrew.found.iter().any(|found| found.dataset == of);
    let datasets = store.datasets().await?.into_iter();
    let tables = datasets
        .filter(|dataset| dataset.publication.as_ref().is_some_and(|publication| has_them(&publication.of)));
    Ok(tables.map(|dataset| dataset.id).collect())
}

fn table(withdrew: &Withdrew) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["dataset", "ids in it", "with genotypes"]);
    for found in &withdrew.found {
        let samples = if found.samples.is_empty() { "-".to_owned() } else { found.samples.join(" ") };
        table.add_row([found.dataset.clone(), found.ids.join(" "), samples]);
    }
    table
}

fn document(withdrew: &Withdrew, published: &[String]) -> Value {
    let found = withdrew
        .found
        .iter()
        .map(|found| json!({ "dataset": found.dataset, "ids": found.ids, "withGenotypes": found.samples }));
    json!({
        "ids": withdrew.ids,
        "isNew": withdrew.is_new,
        "since": withdrew.effective.since.format(&Rfc3339).unwrap_or_default(),
        "found": found.collect::<Vec<_>>(),
        "published": published,
    })
}

/// Runs `reinstate`.
pub(super) async fn reinstate(args: ReinstateArgs) -> Result<(), ConsentError> {
    let open = args.state.open().await?;
    let store = open.store().await?;
    let effective = take_back((&open.state, store.as_ref()), &open.actor, &args.person.person).await?;
    say!("reinstated, {}", in_effect(&effective));
    Ok(())
}
