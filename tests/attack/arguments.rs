//! What can be asked of `cargo attack`.

use std::path::PathBuf;

use clap::Parser;

use crate::strategies::StrategyName;

/// Attack what ships: every profile of the example configuration, on data that are loaded as an operator would, by
/// clients that ask as anybody could.
///
/// Ends with 0 if every gate held, 1 if one is broken, 2 if something went wrong.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo attack")]
pub(crate) struct Arguments {
    /// A short run: the worst of what is claimed to hold, on a small population
    #[arg(long)]
    pub(crate) quick: bool,
    /// Seed of the population and of the attacker's choices
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print the results as JSON instead of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// Try this way alone; may be said several times
    #[arg(long, value_enum)]
    pub(crate) only: Vec<StrategyName>,
    /// Write the table as Markdown too
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Where the power curves are drawn
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Members of the synthetic population; as many outsiders are scored beside them
    #[arg(long, default_value_t = 1000)]
    pub(crate) members: usize,
    /// Sites of the synthetic population [default: 40000, or 4000 in a short run]
    #[arg(long)]
    pub(crate) sites: Option<usize>,
}

impl Arguments {
    /// Returns how many sites the synthetic population has.
    pub(crate) fn sites(&self) -> usize {
        self.sites.unwrap_or(if self.quick { 4_000 } else { 40_000 })
    }
}
