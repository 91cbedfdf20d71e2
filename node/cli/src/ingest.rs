//! `fyr-node ingest`: loads variants into a store.

mod each;
mod files;
mod table;
mod watch;

use std::{
    convert::Infallible,
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, ValueEnum};
use fyr_doors::{say, stop_signal};
use fyr_ingest::{
    CallRule, CallableStatement, FilterRule, IngestError, IngestOptions, IngestReport, PloidyReading,
    Progress, Spooled, Withdrawn, check, ingest,
};
use fyr_node::{OF_THE_NODE, PIPES};
use fyr_schemas::Assembly;
use fyr_store::Repeated;

use self::files::Files;
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
    /// Take a sample with the sex that --individuals states, though its X and Y contradict it; several by commas
    #[arg(long, value_name = "SAMPLE", value_delimiter = ',')]
    accept_sex: Vec<String>,
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
    /// that list only non-reference sites, of whose people nothing is known elsewhere. Of the whole genome, runs of N are
    /// left out where the store has a reference
    #[arg(long, value_name = "BED|whole-genome", value_parser = |text: &str| Ok::<_, Infallible>(CallableStatement::parse(text)))]
    callable: Option<CallableStatement>,
    /// Load frequencies of other people, by which what is told of the people of datasets that name this one as their
    /// `reference` is priced. Nobody is told anything of it. Files of sites with AF, or AC and AN, or tables with a line of
    /// column names: CHROM, POS, REF, ALT (or allele), AF (or AC and AN)
    #[arg(long, conflicts_with_all = ["individuals", "samples", "callable", "replace_sample", "add"])]
    as_reference: bool,
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
    /// How long to wait for somebody else who is writing to the store, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
    /// Load each file by itself, in a commit of its own. One that the dataset has already is left out, and one that is
    /// refused holds nobody up
    #[arg(long, conflicts_with_all = ["replace", "replace_sample"])]
    each: bool,
    /// Load the files that this file names, one path a line, as with --each; - reads the list from standard input, as it
    /// comes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["each", "replace", "replace_sample"])]
    list: Option<PathBuf>,
    /// Load the VCF and BCF files of this directory, and those that come, as with --each, until Ctrl-C or SIGTERM
    #[arg(long, value_name = "DIR", conflicts_with_all = ["each", "list", "check", "replace", "replace_sample"])]
    watch: Option<PathBuf>,
    /// With --watch: a file is complete when it has not changed for so many seconds, or when FILE.done, FILE.tbi or
    /// FILE.csi is beside it
    #[arg(long, value_name = "SECONDS", default_value_t = 60, conflicts_with_all = ["inputs", "list"])]
    settle: u64,
    /// VCF or BCF files; - is one from standard input
    #[arg(required_unless_present_any = ["list", "watch"], conflicts_with_all = ["list", "watch"], value_name = "INPUT")]
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

A file from standard input is kept beside the store as long as it is read, since that takes more than once:
  bcftools view -s NA12878 cohort.bcf | fyr-node ingest --store /data/fin --dataset fin --assembly GRCh38 -

Each night, what a sequencing unit drops, one report a file:
  fyr-node ingest --store /data/fin --dataset fin --assembly GRCh38 --watch /incoming --json

A file is known by its content, so that it can be named again, and the command started again. With --each, --list
and --watch the exit status is 1 if a file was refused and has not been loaded since. Correct a file that was
loaded by a command of its own, with --replace-sample. A file whose samples were removed is loaded again by the
next start if it still lies in the directory: take it out. Leave --reference out once the store has it: it would be
read for each file.

A sex that X and Y contradict is refused, as of samples that were swapped: of 100 or more sites of X with another
base than the reference, 40 % or more are heterozygous in a male, or 10 % or less in a female.

What is a call (--filter, --min-gq, --min-dp) is decided when files are loaded, for all files of the command: load each
technology with what its caller means by quality. By default all genotypes are calls.";

impl IngestArgs {
    fn options(&self, inputs: Vec<PathBuf>) -> IngestOptions {
        IngestOptions {
            store: self.store.clone().unwrap_or_default(),
            beside: OF_THE_NODE,
            dataset: self.dataset.clone().unwrap_or_else(|| "check".to_owned()),
            assembly: self.assembly,
            inputs,
            reference: self.reference.clone(),
            genes: self.genes.clone(),
            individuals: self.individuals.clone(),
            samples: self.samples.clone(),
            allow_unlisted: self.allow_unlisted,
            ploidy: self.ploidy.into(),
            calls: self.calls(),
            accept_sex: self.accept_sex.clone(),
            replace: self.replace,
            repeated: self.repeated(),
            callable: self.callable.clone(),
            as_reference: self.as_reference,
            frequency_fields: self.frequency_fields.clone(),
            wait: Duration::from_secs(self.wait),
            withdrawn: Withdrawn::default(),
        }
    }

    /// Returns where in the store's directory is kept what comes through a pipe; a check writes nothing there.
    fn pipes(&self) -> Option<PathBuf> {
        self.store.as_ref().filter(|_| !self.check).map(|store| store.join(PIPES))
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
    /// Signals cannot be listened for.
    #[error("signals cannot be listened for: {0}")]
    Signals(io::Error),
}

/// Runs the command. Ctrl-C and SIGTERM end it and leave the store as it was.
///
/// # Errors
///
/// See [`ingest`]; or nobody can tell who withdrew.
pub(super) async fn run(args: IngestArgs) -> Result<ExitCode, IngestCommandError> {
    let stop = stop_signal().map_err(IngestCommandError::Signals)?;
    if let Some(files) = Files::of(&args)? {
        return each::run(&args, files, stop).await;
    }
    let report = load(&args, args.inputs.clone(), stop).await?;
    print(&report, args.json);
    Ok(if is_sound(&report) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns whether an ingest would take what was checked: a file without samples and counts is well-formed, and refused.
fn is_sound(report: &IngestReport) -> bool {
    report.counts.without_counts == 0
}

/// Loads files in one commit, or checks them, and draws how far it is, until somebody stops it.
async fn load(
    args: &IngestArgs,
    inputs: Vec<PathBuf>,
    stop: impl Future<Output = ()>,
) -> Result<IngestReport, IngestCommandError> {
    let progress = Progress::default();
    let drawing = (!args.quiet).then(|| draw::start(progress.clone()));
    let result = tokio::select! {
        biased;
        () = stop => Err(IngestError::Interrupted.into()),
        result = read(args, inputs, progress) => result,
    };
    if let Some(drawing) = drawing {
        drawing.stop().await;
    }
    result
}

async fn read(
    args: &IngestArgs,
    mut inputs: Vec<PathBuf>,
    progress: Progress,
) -> Result<IngestReport, IngestCommandError> {
    if let Some(pipes) = args.pipes() {
        Spooled::clear(&pipes)?;
    }
    let spooled = keep_pipe(args, &mut inputs, &progress).await?;
    let mut options = args.options(inputs);
    if let Some(store) = &args.store {
        options.withdrawn = withdrawn(store, args.config.as_deref()).await?;
    }
    let outcome = if args.check { check(options, progress).await } else { ingest(options, progress).await };
    let named = |error| match &spooled {
        Some(spooled) => spooled.named(error),
        None => error,
    };
    outcome.map_err(|error| named(error).into())
}

/// Keeps what comes through standard input, where it is an input, and names its file in the place of `-`.
async fn keep_pipe(
    args: &IngestArgs,
    inputs: &mut [PathBuf],
    progress: &Progress,
) -> Result<Option<Spooled>, IngestError> {
    let mut pipes = inputs.iter_mut().filter(|path| path.as_os_str() == "-");
    let Some(pipe) = pipes.next() else { return Ok(None) };
    if pipes.next().is_some() {
        return Err(IngestError::Options("`-` is named twice: standard input is one file".into()));
    }
    if io::stdin().is_terminal() {
        let message =
            "`-` is standard input, which is a terminal: let another program write to it, or name a file";
        return Err(IngestError::Options(message.into()));
    }
    let spooled = Spooled::keep(io::stdin(), args.pipes().as_deref(), progress).await?;
    *pipe = spooled.path();
    Ok(Some(spooled))
}

fn print(report: &IngestReport, json: bool) {
    if json {
        say!("{}", serde_json::to_string_pretty(report).unwrap_or_default());
    } else {
        say!("{}", table::of(report));
    }
}
