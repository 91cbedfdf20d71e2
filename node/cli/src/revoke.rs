//! `fyr-node revoke`: requesters and tokens that are not accepted any more.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_identity::{token_digest, token_id};
use fyr_policy::Subject;
use fyr_state::Revocation;
use serde_json::{Value, json};

use super::state::{StateArgs, StateCommandError, in_effect};

/// Accept a requester or a token no more, although their issuer still does.
///
/// It is in force at every running replica of the node before the command ends.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct RevokeArgs {
    #[command(subcommand)]
    command: RevokeCommand,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node revoke subject --config node.toml --issuer https://login.example.org/ --id 4f1c8a
  fyr-node revoke token --config node.toml --issuer https://login.example.org/ --jti 7be0
  fyr-node revoke token --config node.toml --file token.txt
  fyr-node revoke subject --config node.toml --issuer https://login.example.org/ --id 4f1c8a --undo
  fyr-node revoke list --config node.toml

Issuer and ids are compared letter by letter, with the claims iss, sub and jti. Whoever is revoked is
refused with 401, through every door. Of a token only a digest is kept.

Exit status: 0 in force, 1 failed, 2 wrong usage.";

#[derive(Clone, Debug, Subcommand)]
enum RevokeCommand {
    /// Accept nothing that a requester shows
    Subject {
        #[command(flatten)]
        state: StateArgs,
        /// Issuer who vouches for the requester (claim iss)
        #[arg(long, value_name = "URL")]
        issuer: String,
        /// Id of the requester at the issuer (claim sub)
        #[arg(long, value_name = "SUB")]
        id: String,
        /// Accept the requester again
        #[arg(long)]
        undo: bool,
    },
    /// Accept one token no more
    Token {
        #[command(flatten)]
        state: StateArgs,
        /// Issuer of the token or visa (claim iss)
        #[arg(long, value_name = "URL", requires = "jti")]
        issuer: Option<String>,
        /// Id of the token or visa (claim jti)
        #[arg(long, value_name = "JTI", requires = "issuer")]
        jti: Option<String>,
        /// File with the token itself, for tokens without an id; - for standard input
        #[arg(long, value_name = "FILE", required_unless_present = "jti", conflicts_with = "jti")]
        file: Option<PathBuf>,
        /// Accept the token again
        #[arg(long)]
        undo: bool,
    },
    /// List who and what is revoked
    List {
        /// Configuration file of the node
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RevokeError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// The token cannot be read.
    #[error("cannot read the token from `{}`: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no token.
    #[error("`{}` holds no token", .0.display())]
    Empty(PathBuf),
}

/// Runs the command.
///
/// # Errors
///
/// The state cannot be read or changed, or there is no token.
pub(super) async fn run(args: RevokeArgs) -> Result<(), RevokeError> {
    match args.command {
        RevokeCommand::Subject { state, issuer, id, undo } => {
            change(&state, &Revocation::Subject(Subject { issuer, id }), undo).await
        }
        RevokeCommand::Token { state, issuer, jti, file, undo } => {
            let id = match (issuer, jti, file) {
                (_, _, Some(file)) => token_digest(read(&file)?.trim()),
                (issuer, jti, None) => token_id(&issuer.unwrap_or_default(), &jti.unwrap_or_default()),
            };
            change(&state, &Revocation::Token(id), undo).await
        }
        RevokeCommand::List { config, json } => list(config, json).await,
    }
}

/// Reads a token. It is never an argument, which others on the machine could read.
fn read(file: &Path) -> Result<String, RevokeError> {
    let mut token = String::new();
    let reading = match file == Path::new("-") {
        true => io::stdin().read_to_string(&mut token).map(drop),
        false => fs::read_to_string(file).map(|text| token = text),
    };
    reading.map_err(|source| RevokeError::Read { file: file.to_owned(), source })?;
    if token.trim().is_empty() { Err(RevokeError::Empty(file.to_owned())) } else { Ok(token) }
}

async fn change(args: &StateArgs, revocation: &Revocation, undo: bool) -> Result<(), RevokeError> {
    let open = args.open().await?;
    let effective = match undo {
        true => open.state.unrevoke(&open.actor, revocation).await.map_err(StateCommandError::from)?,
        false => open.state.revoke(&open.actor, revocation).await.map_err(StateCommandError::from)?,
    };
    let what = match (undo, effective.changed > 0) {
        (false, true) => "revoked",
        (false, false) => "revoked before",
        (true, true) => "accepted again",
        (true, false) => "not revoked",
    };
    say!("{what}, {}", in_effect(&effective));
    Ok(())
}

async fn list(config: PathBuf, json: bool) -> Result<(), RevokeError> {
    let revocations = StateArgs::reading(config)
        .open()
        .await?
        .state
        .revocations()
        .await
        .map_err(StateCommandError::from)?;
    if json {
        let list: Vec<Value> = revocations.iter().map(document).collect();
        say!("{}", serde_json::to_string_pretty(&list).unwrap_or_default());
    } else if revocations.is_empty() {
        say!("nothing is revoked");
    } else {
        say!("{}", table(&revocations));
    }
    Ok(())
}

fn document(revocation: &Revocation) -> Value {
    match revocation {
        Revocation::Subject(subject) => json!({ "issuer": subject.issuer, "subject": subject.id }),
        Revocation::Token(id) => json!({ "token": blake3::Hash::from_bytes(*id).to_hex().as_str() }),
    }
}

fn table(revocations: &[Revocation]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["kind", "issuer", "id"]);
    for revocation in revocations {
        match revocation {
            Revocation::Subject(subject) => table.add_row(["subject", &subject.issuer, &subject.id]),
            Revocation::Token(id) => {
                let digest = blake3::Hash::from_bytes(*id).to_hex();
                table.add_row(["token", "-", digest.as_str()])
            }
        };
    }
    table
}
