//! `fyr-node datasets`: lists what a store holds.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_store::{DatasetKind, DatasetSummary, Store, StoreError};

/// List the datasets of a store.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  fyr-node datasets --store /data/fin")]
pub(super) struct DatasetsArgs {
    /// Directory of the store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// The store does not exist or cannot be read.
pub(super) async fn run(args: DatasetsArgs) -> Result<(), StoreError> {
    super::require_store(&args.store)?;
    let datasets = Store::open(&args.store).await?.datasets().await?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&datasets).unwrap_or_default());
    } else if datasets.is_empty() {
        say!("the store holds no dataset");
    } else {
        say!("{}", table(&datasets));
    }
    Ok(())
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
