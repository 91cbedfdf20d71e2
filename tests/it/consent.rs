//! Who agreed to what, and who withdrew: what a node then answers, remembers, and still has on its disk.

mod additions;
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

use std::{
    fs,
    path::{Path, PathBuf},
};

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
    minimum_carriers = 5\nminimum_cohort = 5\nlisted = true\nlowered_because = \"synthetic people\"\naccounts = false\n";

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

/// Copies a directory, without some of what is in it. Whoever used a database closes it in the background: until then files
/// beside it come and go.
async fn copy(from: &Path, to: &Path, without: &[&str]) {
    let is_taken = |path: &Path| !without.iter().any(|name| path.ends_with(name));
    let files = || files_below(from).into_iter().filter(|file| file.ancestors().all(is_taken));
    let is_beside = |file: PathBuf| ["-wal", "-shm"].iter().any(|end| text(&file).ends_with(end));
    for _ in 0..1000 {
        if !files().any(is_beside) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for file in files() {
        let copied = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(copied.parent().unwrap()).unwrap();
        fs::copy(&file, copied).unwrap();
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
