//! What is known of genomes: reference sequences, genes and transcripts, and how assemblies correspond.
//!
//! With it a question in any notation becomes one that data in the coordinates of an assembly can be asked
//! ([`Genomes::locate`]). Knows nothing of storage of variants, requesters, input and output of doors.

mod alleles;
mod chains;
mod genes;
mod hgvs;
mod lift;
mod locate;
mod sequences;
#[cfg(test)]
mod tests;
mod vrs;

use std::path::Path;

use fyr_schemas::{Assembly, Variant};

pub use chains::{Chains, Unlifted};
pub use genes::{Gene, GeneTable, Transcript};
pub use gtars_vrs::AlleleState;
pub use locate::{LocateError, Location};
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
        Ok(Self { sequences: Sequences::open(&directory)?, genes: GeneTable::open(&directory)? })
    }
}

/// What is known of both assemblies, and how they correspond.
#[derive(Debug, Default)]
pub struct Genomes {
    grch37: Genome,
    grch38: Genome,
    chains: Option<std::sync::Arc<Chains>>,
}

impl Genomes {
    /// Opens what a store keeps.
    ///
    /// # Errors
    ///
    /// What is there cannot be read.
    pub fn open(store: &Path, chains: Option<std::sync::Arc<Chains>>) -> Result<Self, GenomeError> {
        let open = |assembly| Genome::open(store, assembly);
        Ok(Self { grch37: open(Assembly::Grch37)?, grch38: open(Assembly::Grch38)?, chains })
    }

    /// Returns what is known of an assembly.
    pub fn of(&self, assembly: Assembly) -> &Genome {
        match assembly {
            Assembly::Grch37 => &self.grch37,
            Assembly::Grch38 => &self.grch38,
        }
    }

    /// Replaces what is known of an assembly.
    pub fn with(mut self, assembly: Assembly, genome: Genome) -> Self {
        match assembly {
            Assembly::Grch37 => self.grch37 = genome,
            Assembly::Grch38 => self.grch38 = genome,
        }
        self
    }

    /// Returns the VRS ids of a variant; none where its reference sequence is not known, or it is no
    /// sequence.
    pub fn vrs_ids(&self, variant: &Variant, assembly: Assembly) -> Option<VrsIds> {
        vrs::ids(&self.of(assembly).sequences, variant)
    }
}
