//! `fyr-node metadata`: loads what is known of people, samples, runs, analyses and cohorts.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Table, presets};
use fyr_doors::say;
use fyr_ingest::{
    Progress, Withdrawn,
    metadata::{MetadataError, MetadataOptions, MetadataReport, load},
};
use fyr_node::OF_THE_NODE;
use fyr_schemas::{Assembly, EntryType};

use super::{
    draw,
    state::{StateCommandError, withdrawn},
};

/// Load metadata of people and samples into a dataset, in one commit.
///
/// Takes Beacon documents (individuals.json, biosamples.json, runs.json, analyses.json, cohorts.json,
/// datasets.json), GA4GH Phenopackets of schema 1 and 2, alone or in families and cohorts, tables with --columns, and
/// pedigree files (.ped, .fam), which say who is of which family; plain or gzip. People join their genotypes by sample id, or by the id of one of their biosamples.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct MetadataArgs {
    /// Directory of the store; made if it does not exist
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Dataset to add to
    #[arg(long, value_name = "ID")]
    dataset: String,
    /// Assembly of the dataset's variants, where the dataset is new: GRCh38, GRCh37, T2T-CHM13v2.0, …
    #[arg(long)]
    assembly: Option<Assembly>,
    /// What the files hold, where their names do not tell: individual, biosample, run, analysis, cohort, dataset
    #[arg(long = "as", value_name = "ENTRY_TYPE")]
    entry_type: Option<EntryType>,
    /// What the columns of tables mean (TOML)
    #[arg(long, value_name = "FILE")]
    columns: Option<PathBuf>,
    /// Configuration file of the node, where what it remembers of people is not in the store
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Replace the metadata that the dataset has; its variants stay
    #[arg(long)]
    replace: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// JSON, tab-separated or pedigree files
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node metadata --store /data/fin --dataset finland-2026 individuals.json biosamples.json.gz
  fyr-node metadata --store /data/fin --dataset finland-2026 --columns columns.toml register.tsv
  fyr-node metadata --store /data/fin --dataset finland-2026 families.ped

A table's columns are described like this:
  entry_type = \"individual\"
  [columns]
  \"Subject id\" = \"id\"
  \"Sex\" = { path = \"sex\", terms = { male = \"NCIT:C20197\", female = \"NCIT:C16576\" } }
  \"ICD-10\" = { path = \"diseases.diseaseCode\", prefix = \"ICD10\", separator = \";\" }
  \"Height\" = { path = \"measures\", assay = \"LOINC:8308-9\", unit = \"NCIT:C49668\", missing = [\"NA\"] }

Entries of people who withdrew are left out. An entry that the dataset has already is replaced. Everything is checked first: a fault changes nothing.";

/// Ids that are listed where people do not join.
const LISTED: usize = 5;

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum MetadataCommandError {
    /// The metadata were refused.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Nobody can tell who withdrew.
    #[error(transparent)]
    State(#[from] StateCommandError),
}

/// Runs the command. Ctrl-C ends it and leaves the store as it was.
///
/// # Errors
///
/// See [`load`]; or nobody can tell who withdrew.
pub(super) async fn run(args: MetadataArgs) -> Result<(), MetadataCommandError> {
    let withdrawn = withdrawn(&args.store, args.config.as_deref()).await?;
    let progress = Progress::default();
    let drawing = (!args.quiet).then(|| draw::start(progress.clone()));
    let json = args.json;
    let result = tokio::select! {
        result = load(options(args, withdrawn), progress) => result,
        _ = tokio::signal::ctrl_c() => Err(MetadataError::Interrupted),
    };
    if let Some(drawing) = drawing {
        drawing.stop().await;
    }
    print(&result?, json);
    Ok(())
}

fn options(args: MetadataArgs, withdrawn: Withdrawn) -> MetadataOptions {
    MetadataOptions {
        store: args.store,
        beside: OF_THE_NODE,
        dataset: args.dataset,
        assembly: args.assembly,
        entry_type: args.entry_type,
        columns: args.columns,
        replace: args.replace,
        inputs: args.inputs,
        withdrawn,
    }
}

fn print(report: &MetadataReport, json: bool) {
    if json {
        say!("{}", serde_json::to_string_pretty(report).unwrap_or_default());
    } else {
        say!("{}", table(report));
    }
}

fn table(report: &MetadataReport) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.add_row([" dataset".to_owned(), report.dataset.clone()]);
    for (entry_type, count) in &report.entries {
        table.add_row([format!(" {}", entry_type.path()), count.to_string()]);
    }
    if report.related > 0 {
        table.add_row([" people of families".to_owned(), report.related.to_string()]);
    }
    table.add_row([" people with genotypes".to_owned(), report.joined.to_string()]);
    for (name, ids) in [
        (" individuals without genotypes", &report.without_genotypes),
        (" samples without metadata", &report.without_metadata),
    ] {
        table.add_row([name.to_owned(), listed(ids)]);
    }
    if report.withdrawn > 0 {
        table.add_row([" entries of people who withdrew, left out".to_owned(), report.withdrawn.to_string()]);
    }
    table
}

fn listed(ids: &[String]) -> String {
    let first = ids.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    match ids.len() {
        0 => "0".to_owned(),
        count if count > LISTED => format!("{count}: {first}, …"),
        count => format!("{count}: {first}"),
    }
}
