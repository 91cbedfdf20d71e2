//! What can be asked of `cargo benchmark`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::echo::EchoArguments;

/// Measure Fyr beside its peers, in one run, with every answer checked.
///
/// Without names, all works run. The data are generated once and used again by later runs.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo benchmark", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// What to measure
    #[arg(value_enum)]
    pub(crate) works: Vec<Work>,
    /// List what can be measured, and end
    #[arg(long)]
    pub(crate) list: bool,
    /// A short run over small data: shows that everything works, and no more
    #[arg(long)]
    pub(crate) quick: bool,
    /// Alleles of the large dataset [default: 95000000]
    #[arg(long)]
    pub(crate) rows: Option<u64>,
    /// Directory of data and results
    #[arg(long, default_value = "target/benchmark")]
    pub(crate) directory: PathBuf,
    /// Write the results as JSON too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the results as Markdown too
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

/// What the benchmark runs as processes of its own.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer every lookup at once, with nothing
    #[command(hide = true)]
    Echo(EchoArguments),
}

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// One allele over gRPC, beside a bare echo: latency, in plain text and over TLS
    Lookup,
    /// The same by 32 clients at once: requests per second
    Throughput,
    /// The same with credentials, and with an audit log that is synced before each answer
    Audit,
    /// The same through a broker to three nodes
    Broker,
    /// Start to ready, and memory
    Start,
    /// One allele in DuckDB and SQLite over the same rows
    Peers,
    /// A multi-sample VCF: ingest beside bcftools and afquery, and bytes on disk
    Ingest,
    /// Alleles, regions and genes of a cohort beside afquery and bcftools
    Region,
    /// All rare alleles of a frequency dataset beside DuckDB
    Scan,
}

impl Work {
    /// Returns what it is, for people.
    pub(crate) fn help(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    /// Returns its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
