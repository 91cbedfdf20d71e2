//! The binary `fyr-node`.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;
use fyr_doors::{all_printed, refuse_core_dumps};
use fyr_node_cli::{Cli, run as run_command};
use fyr_schemas::Assembly;

/// A question makes and drops a few hundred small things on several threads, which the system's allocator is
/// slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    refuse_core_dumps()?;
    Assembly::register_from_environment()?;
    let cli = Cli::parse();
    // One provider for the process; a second installation cannot happen here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow!("cannot start the asynchronous runtime: {error}"))?;
    let code = runtime.block_on(run_command(cli)).map_err(anyhow::Error::from_boxed)?;
    all_printed()?;
    Ok(code)
}

/// Messages name their causes themselves.
#[expect(clippy::print_stderr, reason = "errors of a command go to standard error")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error}");
}
