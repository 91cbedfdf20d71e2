//! The binary `fyr-broker`.

use std::process::ExitCode;

use clap::Parser;
use fyr_broker::cli::{self, BrokerCli};
use fyr_doors::{all_printed, refuse_core_dumps};
use fyr_schemas::Assembly;

/// A question makes and drops many small things on several threads, which the system's allocator is slow at.
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
    let cli = BrokerCli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::anyhow!("cannot start the asynchronous runtime: {error}"))?;
    let code = runtime.block_on(cli::run(cli))?;
    all_printed()?;
    Ok(code)
}

#[expect(clippy::print_stderr, reason = "errors of a command go to standard error")]
fn report(error: &anyhow::Error) {
    // Messages name their causes already.
    eprintln!("error: {error}");
}
