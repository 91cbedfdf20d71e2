//! `fyr-node ingest`: loads variants into a store.

mod table;

use std::{convert::Infallible, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use fyr_ingest::{
    CallRule, CallableStatement, FilterRule, IngestError, IngestOptions, IngestReport, PloidyReading,
    Progress, Withdrawn, check, ingest,
};
use fyr_node::OF_THE_NODE;
use fyr_schemas::Assembly;
use fyr_store::Repeated;

use super::{
    draw,
    state::{StateCommandError, withdrawn},
};

/// Load VCF or BCF files into a dataset, in one commit.
///
/// The inputs may be plain, gzip or BGZF. Files with samples make a dataset of individuals; files
/// without, whose INFO has AC and AN, make a frequency dataset. Several inputs are shards: the same
/// samples for different regions, or different samples.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct IngestArgs {
    /// Directory of the store; made if it does not exist
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    store: Option<PathBuf>,
    /// Dataset to add to: letters, digits and . _ : -
    #[arg(long, value_name = "ID", required_unless_present = "check")]
    dataset: Option<String>,
    /// Assembly of the coordinates: GRCh38, GRCh37, T2T-CHM13v2.0, NC_045512.2 or one that FYR_ASSEMBLIES describes
    #[arg(long)]
    assembly: Assembly,
    /// FASTA file to check REF against and to left-align indels with; the store keeps it for later
    #[arg(long, value_name = "FASTA")]
    reference: Option<PathBuf>,
    /// Genes and transcripts, for questions by gene and by HGVS: GFF3, GTF or refGene; the store keeps it
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    genes: Option<PathBuf>,
    /// Sex, populations and family of the samples: panel TSV, PED or Beacon individuals.json
    #[arg(long, value_name = "FILE")]
    individuals: Option<PathBuf>,
    /// Take only the samples listed in this file, one id a line
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// Take samples that --individuals does not list, without sex and population
    #[arg(long)]
    allow_unlisted: bool,
    /// How to read genotypes on X, Y and MT
    #[arg(long, value_enum, default_value_t)]
    ploidy: Ploidy,
    /// Which FILTER a record may have, and FT a sample of it: any, pass (PASS, and . where no filter was applied), or
    /// names that are calls too, such as q10,s50. Nobody was called where it has another one
    #[arg(long, value_name = "RULE", default_value = "any", value_parser = FilterRule::parse)]
    filter: FilterRule,
    /// Take only records whose FILTER is PASS, so none to which no filter was applied
    #[arg(long, conflicts_with = "filter")]
    pass_only: bool,
    /// Lowest quality of a genotype that is a call (GQ, RGQ or GQX). Whoever is below was not called there, as if it were
    /// ./., and so is who has none. 0: any
    #[arg(long, value_name = "PHRED", default_value_t = 0)]
    min_gq: u32,
    /// Lowest depth of a genotype that is a call (MIN_DP, DP or DPI), as --min-gq. 0: any
    #[arg(long, value_name = "READS", default_value_t = 0)]
    min_dp: u32,
    /// Where the files would have listed whatever their people carry: a BED file of the assay, or whole-genome. For files
    /// that list only non-reference sites, of whose people nothing is known elsewhere
    #[arg(long, value_name = "BED|whole-genome", value_parser = |text: &str| Ok::<_, Infallible>(CallableStatement::parse(text)))]
    callable: Option<CallableStatement>,
    /// Which INFO fields hold the frequencies, where the file uses names of its own (TOML)
    #[arg(long, value_name = "FILE")]
    frequency_fields: Option<PathBuf>,
    /// Replace everything that the dataset holds
    #[arg(long)]
    replace: bool,
    /// Replace all that the dataset has of the samples in the files, on every sequence, in the same commit: genotypes,
    /// reference blocks, and what was stated with --callable. Documents and other samples stay
    #[arg(long, conflicts_with_all = ["replace", "add"])]
    replace_sample: bool,
    /// Add to what the dataset has of the samples, as of a second technology: what both say of a person is united
    #[arg(long, conflicts_with = "replace")]
    add: bool,
    /// Configuration file of the node, where what it remembers of people is not in the store
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read and judge the inputs, and write nothing
    #[arg(long)]
    check: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// VCF or BCF files
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
}

const EXAMPLE: &str = "\
Example:
  fyr-node ingest --store /data/fin --dataset finland-2026 --assembly GRCh38 \\
      --reference GRCh38.fa.gz --individuals cohort.ped cohort.chr*.vcf.gz

Nothing is visible before the last record has been read without fault. To look at a file first, use
--check. Samples of people who withdrew are left out.

A sample of which the dataset has something on the same sequences is refused, and so is a file that it holds
already: a corrected file would be united with the wrong one. Load it with --replace-sample, and with all its
parts: everything that was loaded of its samples goes. Use --add for a second technology of the same people.
Files of other sequences are added as they come; name them in one command where --callable says more than they
have. `fyr-node remove --sample` takes a sample out.

What is a call (--filter, --min-gq, --min-dp) is decided when files are loaded, for all files of the command: load each
technology with what its caller means by quality. By default all genotypes are calls.";

impl IngestArgs {
    fn options(&self) -> IngestOptions {
        IngestOptions {
            store: self.store.clone().unwrap_or_default(),
            beside: OF_THE_NODE,
            dataset: self.dataset.clone().unwrap_or_else(|| "check".to_owned()),
            assembly: self.assembly,
            inputs: self.inputs.clone(),
            reference: self.reference.clone(),
            genes: self.genes.clone(),
            individuals: self.individuals.clone(),
            samples: self.samples.clone(),
            allow_unlisted: self.allow_unlisted,
            ploidy: self.ploidy.into(),
            calls: self.calls(),
            replace: self.replace,
            repeated: self.repeated(),
            callable: self.callable.clone(),
            frequency_fields: self.frequency_fields.clone(),
            withdrawn: Withdrawn::default(),
        }
    }

    fn calls(&self) -> CallRule {
        let filter = if self.pass_only { FilterRule::PassOnly } else { self.filter.clone() };
        CallRule { filter, min_gq: self.min_gq, min_dp: self.min_dp }
    }

    fn repeated(&self) -> Repeated {
        match (self.replace_sample, self.add) {
            (true, _) => Repeated::Replaced,
            (false, true) => Repeated::United,
            (false, false) => Repeated::Refused,
        }
    }
}

/// How genotypes on X, Y and MT are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Ploidy {
    /// By the individual's sex and the pseudo-autosomal regions: `1/1` of a male on X is one allele.
    #[default]
    BySex,
    /// As many copies as the genotype has alleles.
    AsWritten,
}

impl From<Ploidy> for PloidyReading {
    fn from(ploidy: Ploidy) -> Self {
        match ploidy {
            Ploidy::BySex => Self::BySex,
            Ploidy::AsWritten => Self::AsWritten,
        }
    }
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum IngestCommandError {
    /// The data were refused.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Nobody can tell who withdrew.
    #[error(transparent)]
    State(#[from] StateCommandError),
}

/// Runs the command. Ctrl-C ends it and leaves the store as it was.
///
/// # Errors
///
/// See [`ingest`]; or nobody can tell who withdrew.
pub(super) async fn run(args: IngestArgs) -> Result<ExitCode, IngestCommandError> {
    let mut options = args.options();
    if let Some(store) = &args.store {
        options.withdrawn = withdrawn(store, args.config.as_deref()).await?;
    }
    let progress = Progress::default();
    let drawing = (!args.quiet).then(|| draw::start(progress.clone()));
    let result = run_until_interrupted(options, args.check, progress).await;
    if let Some(drawing) = drawing {
        drawing.stop().await;
    }
    let report = result?;
    print(&report, args.json);
    // Such a file is well-formed, but an ingest would refuse it.
    Ok(if report.counts.without_counts > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn run_until_interrupted(
    options: IngestOptions,
    only_check: bool,
    progress: Progress,
) -> Result<IngestReport, IngestError> {
    tokio::select! {
        result = async {
            if only_check { check(options, progress).await } else { ingest(options, progress).await }
        } => result,
        _ = tokio::signal::ctrl_c() => Err(IngestError::Interrupted),
    }
}

#[expect(clippy::print_stdout, reason = "the report is the output of the command")]
fn print(report: &IngestReport, json: bool) {
    if json {
        println!("{}", serde_json::to_string_pretty(report).unwrap_or_default());
    } else {
        println!("{}", table::of(report));
    }
}
