//! Who agreed to what, and who withdrew: what a node then answers, remembers, and still has on its disk.

mod belonging;
mod everywhere;
mod files;
mod killed;
mod purged;
mod purposes;
mod questions;
mod reload;
mod replicas;
mod restored;
mod same;
mod stated;

use std::path::Path;

use clap::Parser;
use fyr_node_cli::{self as cli, Cli};
use fyr_tests::network::TestNode;

/// The node of these tests, and its dataset.
const NODE: &str = "se.region.af-beacon.test";
/// See [`NODE`].
const REGION: &str = "REGION";

/// Anyone may see everything.
const OPEN: &str =
    "[policy.default]\nopen = true\npublic = \"record\"\nsubjects = \"record\"\nminimum_carriers = 0\n";

/// The law lets everyone be counted who did not object; of fewer than five nothing is told.
const FLOOR: &str = "[policy.default]\nconsent = \"opt-out\"\npublic = \"frequency\"\nsubjects = \"count\"\n\
    minimum_carriers = 5\nminimum_cohort = 5\nlisted = true\nlowered_because = \"synthetic people\"\n";

/// Runs a command of `fyr-node` in this process.
async fn run(arguments: &[&str]) -> Result<(), String> {
    let cli = Cli::try_parse_from(["fyr-node"].iter().chain(arguments)).map_err(|error| error.to_string())?;
    cli::run(cli).await.map(drop).map_err(|error| error.to_string())
}

/// Runs a command about what a running node remembers.
async fn change(node: &TestNode, command: &[&str], options: &[&str]) -> Result<(), String> {
    let config = node.config().display().to_string();
    run(&[command, &["--config", &config], options].concat()).await
}

/// Withdraws a person; in force at every replica when this returns.
async fn withdraw(node: &TestNode, dataset: &str, person: &str) {
    change(node, &["consent", "withdraw"], &["--dataset", dataset, "--person", person]).await.unwrap();
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
