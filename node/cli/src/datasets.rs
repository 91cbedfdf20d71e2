//! `fyr-node datasets`: lists what a store holds.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_node::{
    DatasetWaiting, NodeConfig, StartError,
    config::{ConfigError, InvalidConfig},
    open_store, read_policy,
};
use fyr_store::{DatasetKind, DatasetSummary, Store, StoreError};
use serde_json::{Value, json};

use crate::additions;

/// Why datasets are not listed.
#[derive(Debug, thiserror::Error)]
pub(super) enum DatasetsError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The configuration cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The rules or the state cannot be read.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// List the datasets of a store; of a node also how many people came to each and are not told of yet.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  fyr-node datasets --store /data/fin\n  fyr-node datasets --config node.toml --json"
)]
pub(super) struct DatasetsArgs {
    /// Directory of the store
    #[arg(long, value_name = "DIR", required_unless_present = "config", conflicts_with = "config")]
    store: Option<PathBuf>,
    /// Configuration of the node whose store it is: shows who waits to be released
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// The store does not exist or cannot be read; nor the configuration or the state, where one is named.
pub(super) async fn run(args: DatasetsArgs) -> Result<(), DatasetsError> {
    let config = args.config.as_deref().map(|file| NodeConfig::load(Some(file))).transpose()?;
    let store = args.store.or_else(|| config.as_ref()?.store_directory().map(PathBuf::from));
    let store = store.ok_or(StartError::from(InvalidConfig::StatePlace))?;
    super::require_store(&store)?;
    let datasets = Store::open(&store).await?.datasets().await?;
    let waiting = match &config {
        Some(config) => who_waits(config).await?,
        None => Vec::new(),
    };
    if args.json {
        let listed: Vec<_> = datasets.iter().map(|dataset| with_waiting(dataset, &waiting)).collect();
        say!("{}", serde_json::to_string_pretty(&listed).unwrap_or_default());
    } else if datasets.is_empty() {
        say!("the store holds no dataset");
    } else {
        say!("{}", table(&datasets));
        waiting.iter().for_each(|found| say!("{}", additions::words(found)));
    }
    Ok(())
}

async fn who_waits(config: &NodeConfig) -> Result<Vec<DatasetWaiting>, StartError> {
    let policy = read_policy(&config.policy).map_err(InvalidConfig::from)?;
    let engine = open_store(config, Arc::default()).await?;
    DatasetWaiting::look(config, &policy, &engine).await
}

/// A dataset for programs, with how many of it wait where any could.
fn with_waiting(dataset: &DatasetSummary, waiting: &[DatasetWaiting]) -> Value {
    let mut listed = json!(dataset);
    let found = waiting.iter().find(|found| found.dataset == dataset.id);
    if let (Some(members), Some(found)) = (listed.as_object_mut(), found) {
        members.insert("additions".to_owned(), additions::json(found));
    }
    listed
}

/// How many entries of each type were loaded.
fn metadata(dataset: &DatasetSummary) -> String {
    let counts = dataset.entries.iter().map(|(kind, count)| format!("{count} {}", kind.path()));
    let counts: Vec<_> = counts.collect();
    if counts.is_empty() { "-".to_owned() } else { counts.join("\n") }
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn table(datasets: &[DatasetSummary]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "dataset",
        "assembly",
        "kind",
        "individuals",
        "variants",
        "metadata",
        "aligned",
        "annotated",
        "segments",
        "bytes",
        "version",
    ]);
    for dataset in datasets {
        let kind = match dataset.kind {
            DatasetKind::Individual => "individuals",
            DatasetKind::Frequency => "frequencies",
            DatasetKind::Reference => "reference",
        };
        let kind = match &dataset.publication {
            Some(publication) => format!("published, of {}", publication.of),
            None => kind.to_owned(),
        };
        table.add_row([
            dataset.id.clone(),
            dataset.assembly.to_string(),
            kind,
            dataset.individuals.map_or("-".to_owned(), |n| n.to_string()),
            dataset.variants.to_string(),
            metadata(dataset),
            yes(dataset.normalised),
            yes(dataset.annotated),
            dataset.segments.to_string(),
            dataset.bytes.to_string(),
            dataset.version.to_string(),
        ]);
    }
    table
}
