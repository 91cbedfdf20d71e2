//! The `[liftover]` table: which chain files lead from which assembly to which.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use fyr_genome::{Chains, GenomeError};
use fyr_schemas::Assembly;
use serde::Deserialize;

/// The `[liftover]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LiftoverSection {
    /// A chain file; questions are not lifted where it is left out. It serves both directions.
    pub chain: Option<PathBuf>,
    /// The assembly that the chain file lifts from.
    pub from: Assembly,
    /// The assembly that it lifts to; where it is left out, the other one of GRCh37 and GRCh38.
    pub to: Option<Assembly>,
    /// Chain files of other pairs of assemblies.
    pub further: Vec<ChainSection>,
}

/// One of the `[[liftover.further]]` tables.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChainSection {
    /// A chain file. It serves both directions.
    pub chain: PathBuf,
    /// The assembly that it lifts from.
    pub from: Assembly,
    /// The assembly that it lifts to.
    pub to: Assembly,
}

impl Default for LiftoverSection {
    fn default() -> Self {
        Self { chain: None, from: Assembly::GRCH37, to: None, further: Vec::new() }
    }
}

impl LiftoverSection {
    /// Reads the chain files.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is no chain file of these assemblies.
    pub fn load(&self) -> Result<Vec<Arc<Chains>>, GenomeError> {
        let other = if self.from == Assembly::GRCH38 { Assembly::GRCH37 } else { Assembly::GRCH38 };
        let first = self.chain.iter().map(|path| (path, self.from, self.to.unwrap_or(other)));
        let further = self.further.iter().map(|more| (&more.chain, more.from, more.to));
        first.chain(further).map(|(path, from, to)| Chains::load(path, from, to).map(Arc::new)).collect()
    }

    /// Resolves relative paths.
    pub(super) fn relative_to(mut self, directory: &Path) -> Self {
        self.chain = self.chain.map(|path| directory.join(path));
        for more in &mut self.further {
            more.chain = directory.join(&more.chain);
        }
        self
    }
}
