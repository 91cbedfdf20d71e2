//! What is known of genomes: reference sequences, genes and transcripts, and how assemblies correspond.
//!
//! With it a question in any notation becomes one that data in the coordinates of an assembly can be asked
//! ([`Genomes::locate`]). Knows nothing of storage of variants, requesters, input and output of doors.

mod alleles;
mod bases;
mod chains;
mod error;
mod genes;
mod hgvs;
mod identifiers;
mod lift;
mod locate;
mod sequences;
#[cfg(test)]
mod tests;
mod vrs;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use fyr_schemas::{Assembly, Variant};

pub use chains::{Chains, Unlifted};
pub use error::LocateError;
pub use genes::{AlignedBlock, AlignedExon, Gene, GeneTable, Placement, Transcript};
pub use gtars_vrs::AlleleState;
pub use identifiers::{Identifiers, InstalledIdentifiers};
pub use locate::Location;
pub use sequences::{InstalledSequence, Sequences};
pub use vrs::{VrsIds, digests as vrs_digests, ids as vrs_ids};

/// What cannot be read or kept of a genome.
#[derive(Debug, thiserror::Error)]
pub enum GenomeError {
    /// A file cannot be read or written.
    #[error("{context}: {source}")]
    Io {
        /// What was being done.
        context: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("`{path}`: {message}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, and what helps.
        message: String,
    },
}

impl GenomeError {
    fn io(context: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let context = context.into();
        |source| Self::Io { context, source }
    }

    fn file(path: &Path, message: impl Into<String>) -> Self {
        Self::File { path: path.display().to_string(), message: message.into() }
    }
}

/// What is known of one assembly.
#[derive(Debug, Default)]
pub struct Genome {
    /// Reference sequences.
    pub sequences: Sequences,
    /// Genes and transcripts.
    pub genes: GeneTable,
    /// Identifiers of alleles.
    pub identifiers: Identifiers,
}

/// Name of the directory in a store.
pub const DIRECTORY: &str = "genome";

impl Genome {
    /// Opens what a store keeps of an assembly; nothing where it keeps nothing.
    ///
    /// # Errors
    ///
    /// What is there cannot be read.
    pub fn open(store: &Path, assembly: Assembly) -> Result<Self, GenomeError> {
        let directory = store.join(DIRECTORY).join(assembly.name());
        Ok(Self {
            sequences: Sequences::open(&directory)?,
            genes: GeneTable::open(&directory)?,
            identifiers: Identifiers::open(&directory)?,
        })
    }
}

/// What is known of all assemblies, and how they correspond.
#[derive(Debug, Default)]
pub struct Genomes {
    known: BTreeMap<Assembly, Genome>,
    nothing: Genome,
    chains: Vec<Arc<Chains>>,
}

impl Genomes {
    /// Opens what the directory of a store keeps, if it lies in one.
    ///
    /// # Errors
    ///
    /// What is there cannot be read.
    pub fn open(store: Option<&Path>, chains: Vec<Arc<Chains>>) -> Result<Self, GenomeError> {
        let open = |assembly| Some(Genome::open(store?, assembly).map(|genome| (assembly, genome)));
        Ok(Self {
            known: Assembly::all().filter_map(open).collect::<Result<_, _>>()?,
            chains,
            ..Self::default()
        })
    }

    /// Returns what is known of an assembly.
    pub fn of(&self, assembly: Assembly) -> &Genome {
        self.known.get(&assembly).unwrap_or(&self.nothing)
    }

    /// Replaces what is known of an assembly.
    pub fn with(mut self, assembly: Assembly, genome: Genome) -> Self {
        self.known.insert(assembly, genome);
        self
    }

    /// Adds how two assemblies correspond.
    pub fn with_chains(mut self, chains: Chains) -> Self {
        self.chains.push(Arc::new(chains));
        self
    }

    /// Returns how two assemblies correspond, where a chain file says so.
    fn between(&self, from: Assembly, to: Assembly) -> Option<&Chains> {
        self.chains.iter().map(AsRef::as_ref).find(|chains| chains.other(from) == Some(to))
    }

    /// Returns the assemblies that a chain file connects with one.
    fn neighbours(&self, assembly: Assembly) -> impl Iterator<Item = Assembly> {
        self.chains.iter().filter_map(move |chains| chains.other(assembly))
    }

    /// Returns the VRS ids of a variant; none where its reference sequence is not known, or it is no
    /// sequence.
    pub fn vrs_ids(&self, variant: &Variant, assembly: Assembly) -> Option<VrsIds> {
        vrs::ids(&self.of(assembly).sequences, variant)
    }
}
