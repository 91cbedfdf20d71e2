//! The binary `fyr`.

use std::process::ExitCode;

use clap::Parser;
use fyr_client::cli::{self, Fyr};
use fyr_schemas::Assembly;

/// The status of usage errors, as of every other error: 1 means "not seen".
const FAILED: u8 = 2;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::from(FAILED)
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    Assembly::register_from_environment()?;
    let cli = Fyr::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::anyhow!("cannot start the asynchronous runtime: {error}"))?;
    Ok(runtime.block_on(cli::run(cli))?)
}

#[expect(clippy::print_stderr, reason = "errors of a command go to standard error")]
fn report(error: &anyhow::Error) {
    // Messages name their causes already.
    eprintln!("error: {error}");
}
