//! The command line. One file a command.

mod key;
mod query;
mod status;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ClientError;

const EXAMPLE: &str = "\
Examples:
  fyr query --broker http://127.0.0.1:8080/api --assembly GRCh38 7-117559590-ATCT-A
  fyr status --broker http://127.0.0.1:8080/api
  fyr key new fyr.key";

/// Ask a Fyr federation whether a variant is seen elsewhere.
#[derive(Debug, Parser)]
#[command(name = "fyr", version, after_help = EXAMPLE)]
pub struct Fyr {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Query(Box<query::QueryArgs>),
    Status(Box<status::StatusArgs>),
    Key(key::KeyArgs),
}

/// Runs the command that was given.
///
/// # Errors
///
/// Whatever kept the command from its end, with what to do next.
pub async fn run(cli: Fyr) -> Result<ExitCode, ClientError> {
    let status = match cli.command {
        Command::Query(args) => query::run(*args).await?,
        Command::Status(args) => status::run(*args).await?,
        Command::Key(args) => key::run(&args)?,
    };
    Ok(ExitCode::from(status))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Fyr::command().debug_assert();
    }
}
