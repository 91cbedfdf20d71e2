//! What is known of a genome beside variants: reference sequences, genes, identifiers, loaded by themselves.

use std::path::{Path, PathBuf};

use fyr_genome::{GeneTable, Genome, Identifiers, InstalledIdentifiers, Sequences};
use fyr_schemas::Assembly;
use serde::Serialize;

use super::{IngestError, Phase, Progress, header, input::open_bytes};

/// Files about the genome of one assembly, of which any may be left out.
#[derive(Clone, Debug, Default)]
pub struct GenomeFiles {
    /// Reference sequences: FASTA.
    pub reference: Option<PathBuf>,
    /// Genes and transcripts: GFF3, GTF, refGene or a table of symbols.
    pub genes: Option<PathBuf>,
    /// Alleles with their identifiers of dbSNP: VCF.
    pub identifiers: Option<PathBuf>,
    /// Whether tables may take the place of other ones.
    pub replace: bool,
}

/// What a store knows of the genome of one assembly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownGenome {
    /// The assembly.
    pub assembly: Assembly,
    /// Reference sequences.
    pub sequences: usize,
    /// Their bases.
    pub bases: u64,
    /// Genes.
    pub genes: usize,
    /// Transcripts.
    pub transcripts: usize,
    /// Alleles with an identifier.
    pub identified_alleles: u64,
}

impl KnownGenome {
    /// Returns what a store knows, of each assembly of which it knows anything.
    ///
    /// # Errors
    ///
    /// What it keeps cannot be read.
    pub fn of_store(store: &Path) -> Result<Vec<Self>, IngestError> {
        let known = |assembly| Genome::open(store, assembly).map(|genome| Self::of(assembly, &genome));
        let all = Assembly::all().map(known).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().filter(|known| !known.is_empty()).collect())
    }

    fn of(assembly: Assembly, genome: &Genome) -> Self {
        let Genome { sequences, genes, identifiers } = genome;
        Self {
            assembly,
            sequences: sequences.len(),
            bases: sequences.bases_in_all(),
            genes: genes.len(),
            transcripts: genes.transcripts(),
            identified_alleles: identifiers.alleles(),
        }
    }

    fn is_empty(&self) -> bool {
        self.sequences == 0 && self.genes == 0 && self.identified_alleles == 0
    }
}

/// Keeps files about a genome in the directory of a store; returns what was made of a table of identifiers. Sequences
/// are added to those that are there, tables take the place of others where that is allowed.
///
/// # Errors
///
/// A file that is not what it should be, or of another assembly; sequences that contradict those that are there; a
/// table where there is another one; and a directory that cannot be written. Each file is kept whole or not at all.
pub fn load_genome(
    store: &Path,
    assembly: Assembly,
    files: &GenomeFiles,
    progress: &Progress,
) -> Result<Option<InstalledIdentifiers>, IngestError> {
    let directory = store.join(fyr_genome::DIRECTORY).join(assembly.name());
    let begin = || progress.start(Phase::Genome, 0);
    let done = |bytes| progress.add_bytes(bytes);
    if let Some(fasta) = &files.reference {
        begin();
        Sequences::install(&directory, assembly, fasta, done)?;
    }
    if let Some(genes) = &files.genes {
        GeneTable::install(&directory, assembly, genes, files.replace)?;
    }
    let Some(identifiers) = &files.identifiers else { return Ok(None) };
    begin();
    let mut bytes = open_bytes(identifiers, &Progress::default())?;
    header::read(&mut bytes, identifiers)?.build.check(assembly, identifiers)?;
    Ok(Some(Identifiers::install(&directory, assembly, identifiers, files.replace, done)?))
}
