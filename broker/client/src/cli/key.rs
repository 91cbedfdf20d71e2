//! `fyr key`: keys with which questions are signed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{ClientError, output::print, signing::SigningKey};

const EXAMPLE: &str = "\
Example:
  fyr key new fyr.key

Give the thumbprint, or the public key, to your identity provider: tokens that carry it (`cnf.jkt`) are of
no use to anyone without the key. Then ask with `fyr query --key fyr.key`.";

/// Make keys with which questions are signed.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum KeyCommand {
    /// Make a key (EC P-256, PKCS#8 PEM), and print its thumbprint and its public half
    New {
        /// File to write; it must not be there yet
        file: PathBuf,
    },
    /// Print the thumbprint and the public half of a key
    Show {
        /// File of the key
        file: PathBuf,
    },
}

/// Runs the command and returns the exit status.
pub(super) fn run(args: &KeyArgs) -> Result<u8, ClientError> {
    let key = match &args.command {
        KeyCommand::New { file } => SigningKey::create(file)?,
        KeyCommand::Show { file } => SigningKey::read(file)?,
    };
    print(&format!("thumbprint: {}", key.thumbprint()?))?;
    print(&format!("public key: {}", serde_json::to_string(key.public())?))?;
    Ok(0)
}
