//! `fyr-node genome`: loads what is known of a genome beside variants, and tells it.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_ingest::{GenomeFiles, IngestError, InstalledIdentifiers, KnownGenome, Progress, load_genome};
use fyr_node::OF_THE_NODE;
use fyr_schemas::Assembly;
use fyr_store::Store;

use super::draw;

/// Load a reference, genes or identifiers of alleles by themselves, and list what a store knows of genomes.
///
/// Nothing here is about people. All of it serves questions: a reference aligns indels, genes answer by gene and HGVS,
/// identifiers by rs number. Whether something is in such a table is told to anybody, so load public ones only.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct GenomeArgs {
    /// Directory of the store; made if it does not exist and a file is loaded
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Assembly of the files: GRCh38, GRCh37, T2T-CHM13v2.0, NC_045512.2 or one that FYR_ASSEMBLIES describes
    #[arg(long)]
    assembly: Option<Assembly>,
    /// FASTA file of reference sequences, added to those that are there
    #[arg(long, value_name = "FASTA", requires = "assembly")]
    reference: Option<PathBuf>,
    /// Genes and transcripts: GFF3, GTF, refGene or a table of symbols
    #[arg(long, value_name = "FILE", requires = "assembly")]
    genes: Option<PathBuf>,
    /// VCF file whose ID column has identifiers of dbSNP, as dbSNP, gnomAD and ClinVar publish them
    #[arg(long, value_name = "VCF", requires = "assembly")]
    identifiers: Option<PathBuf>,
    /// Put genes and identifiers in the place of those that are there
    #[arg(long)]
    replace: bool,
    /// Print what the store knows as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node genome --store /data/fin --assembly GRCh38 --reference GRCh38.fa.gz --genes MANE.gff.gz
  fyr-node genome --store /data/fin --assembly GRCh38 --identifiers dbsnp.vcf.gz
  fyr-node genome --store /data/fin

A sequence that contradicts the one by which data are aligned is refused. A node that serves reads what is new
on SIGHUP. Chain files are named in its configuration ([liftover]).";

/// Runs the command.
///
/// # Errors
///
/// A file that is not what it should be, a table that is there already, or a store that cannot be read or written.
pub(super) async fn run(args: GenomeArgs) -> Result<(), IngestError> {
    let installed = match args.assembly {
        Some(assembly) => load(&args, assembly).await?,
        None => None,
    };
    let known = KnownGenome::of_store(&args.store)?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&known).unwrap_or_default());
        return Ok(());
    }
    if let Some(InstalledIdentifiers { identifiers, alleles, left_out }) = installed {
        say!(
            "read {identifiers} identifiers of {alleles} alleles; {left_out} records name none and were left out"
        );
    }
    if known.is_empty() {
        say!("the store knows nothing of genomes");
    } else {
        say!("{}", table(&known));
    }
    Ok(())
}

async fn load(args: &GenomeArgs, assembly: Assembly) -> Result<Option<InstalledIdentifiers>, IngestError> {
    // A directory that has a genome alone would be no store for whoever loads variants later.
    Store::open_beside(&args.store, OF_THE_NODE).await?;
    let progress = Progress::default();
    let drawing = (!args.quiet).then(|| draw::start(progress.clone()));
    let (store, files) = (args.store.clone(), args.files());
    let loading = tokio::task::spawn_blocking(move || load_genome(&store, assembly, &files, &progress));
    let outcome = loading.await;
    if let Some(drawing) = drawing {
        drawing.stop().await;
    }
    // A task that cannot be joined has panicked.
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

impl GenomeArgs {
    fn files(&self) -> GenomeFiles {
        GenomeFiles {
            reference: self.reference.clone(),
            genes: self.genes.clone(),
            identifiers: self.identifiers.clone(),
            replace: self.replace,
        }
    }
}

fn table(known: &[KnownGenome]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["assembly", "sequences", "bases", "genes", "transcripts", "alleles with identifiers"]);
    for genome in known {
        table.add_row([
            genome.assembly.to_string(),
            genome.sequences.to_string(),
            genome.bases.to_string(),
            genome.genes.to_string(),
            genome.transcripts.to_string(),
            genome.identified_alleles.to_string(),
        ]);
    }
    table
}
