//! Three regions and a broker in one process: synthetic people, the ordinary ingest, mutual TLS, and a
//! handful of questions.

mod questions;
mod regions;
mod table;

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use fyr_tests::{NetworkSpec, TestNetwork};

/// Start three synthetic regions and a broker on this machine, and ask them
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Args {
    /// Keep everything running after the questions, until Ctrl-C
    #[arg(long)]
    stay: bool,
    /// Directory for data, stores and certificates, kept afterwards; must be new or empty
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// People per region
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(50..=20_000))]
    individuals: u16,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // One provider for the process; a second installation cannot happen here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Runtime::new().context("cannot start the asynchronous runtime")?.block_on(run(args))?;
    Ok(fyr_doors::all_printed()?)
}

async fn run(args: Args) -> anyhow::Result<()> {
    let temporary = tempfile::tempdir()?;
    let directory = match args.data {
        Some(directory) => new_directory(directory)?,
        None => temporary.path().to_owned(),
    };
    let mut nodes = Vec::new();
    for region in regions::REGIONS {
        nodes.push(region.prepare(&directory, args.individuals.into()).await?);
    }
    let mut network = TestNetwork::start(&directory, NetworkSpec { nodes, ..NetworkSpec::default() }).await?;
    table::heading("Three nodes and a broker answer on loopback, with mutual TLS between them");
    questions::ask(&mut network).await?;
    if args.stay {
        stay(&network).await?;
    }
    network.stop().await;
    Ok(())
}

fn new_directory(directory: PathBuf) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(&directory)?;
    let empty = std::fs::read_dir(&directory)?.next().is_none();
    anyhow::ensure!(empty, "`{}` is not empty: name a new directory", directory.display());
    // Stores are named in configuration files, which resolve paths from their own directory.
    Ok(directory.canonicalize()?)
}

/// Says how to ask, and waits for Ctrl-C.
async fn stay(network: &TestNetwork) -> anyhow::Result<()> {
    table::heading("Running until Ctrl-C");
    table::line(&format!("broker     {}", network.broker.beacon()));
    for node in &network.nodes {
        table::line(&format!("{:<10} {}", regions::name_of(node.id()), node.beacon()));
    }
    let beacon = network.broker.beacon();
    let grpc = network.broker.grpc_url();
    let token = regions::TOKEN;
    table::line(&format!(
        "\nTry:\n  curl -s '{beacon}/g_variants?assemblyId=GRCh38&referenceName=7&start=117559589\
         &referenceBases=ATCT&alternateBases=A&requestedGranularity=record'\n  \
         cargo run -q --bin fyr -- query --broker {grpc} --assembly GRCh38 {f508del}\n\
         Every region knows the token {token}",
        f508del = regions::CFTR_F508DEL,
    ));
    tokio::signal::ctrl_c().await?;
    Ok(())
}
