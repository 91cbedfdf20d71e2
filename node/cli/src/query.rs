//! `fyr-node query`: the owner asks its own data.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use fyr_client::{AskedArgs, ClientError, ShownArgs, WrittenQuestion};
use fyr_node::{NodeConfig, OwnersView, ServiceError, StartError, config::ConfigError};
use fyr_schemas::{DatasetSelection, Granularity, Query};
use fyr_store::StoreError;

use crate::state;

const EXAMPLE: &str = "\
Examples:
  fyr-node query --config node.toml --assembly GRCh38 7-117559590-ATCT-A
  fyr-node query --config node.toml --dataset CLINIC NM_000492.4:c.1521_1523del
  fyr-node query --config node.toml --assembly GRCh38 --range 7:117559000-117560000 --type DEL
  fyr-node query --config node.toml --gene CFTR --effect stop_gained --tsv
  fyr-node query --config node.toml --entries individuals --filter HP:0001250 --json

Counts are the true ones, of everybody who has not withdrawn: without floors, rounding and accounts, and whatever people
said about sharing. Nobody is named. The node may serve meanwhile. Each question is recorded before its answer is printed,
in a log of its own beside that of the node, decisions.owner.jsonl; no door of a node can ask so.

Positions are 1-based, as in VCF. Exit status:
  0  seen
  1  not seen: somebody was looked at, and nobody carries it
  2  wrong usage, or an error
  3  not known: no dataset was asked
  4  not assayed: nobody was looked at there
Of several alleles: 0 where one of them is seen, else 3, 1 and 4 in this order.";

/// Ask your own data: true counts, as only whoever keeps them may see them.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct QueryArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Who asks, for the record; your user name and this machine where it is left out
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    #[command(flatten)]
    asked: AskedArgs,
    /// Ask only this dataset (may be repeated)
    #[arg(long, value_name = "ID")]
    dataset: Vec<String>,
    #[command(flatten)]
    shown: ShownArgs,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum QueryError {
    /// The question cannot be read, or the answer cannot be printed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
    /// The question was not answered.
    #[error("{asked}: {source}")]
    Unanswered {
        /// The question, as it was written.
        asked: String,
        /// Why.
        source: ServiceError,
    },
}

/// The status of errors: 1 means "not seen".
const FAILED: u8 = 2;

/// Runs the command. Errors are printed here, since other commands end with 1 after one.
#[expect(clippy::print_stderr, reason = "errors of a command go to standard error")]
pub(super) async fn run(args: QueryArgs) -> ExitCode {
    let status = answer(args).await.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        FAILED
    });
    ExitCode::from(status)
}

async fn answer(args: QueryArgs) -> Result<u8, QueryError> {
    let questions = args.asked.questions()?;
    let config = NodeConfig::load(Some(&args.config))?;
    config.store_directory().map_or(Ok(()), crate::require_store)?;
    let view = OwnersView::open(&config, &args.actor.unwrap_or_else(state::actor)).await?;
    let mut answered = Vec::with_capacity(questions.len());
    for WrittenQuestion { text, query } in questions {
        let datasets = DatasetSelection { only: args.dataset.clone(), ..DatasetSelection::default() };
        let query = Query { granularity: Granularity::Record, datasets, ..query };
        match view.ask(&query).await {
            Ok(answer) => answered.push((WrittenQuestion { text, query }, answer)),
            Err(source) => return Err(QueryError::Unanswered { asked: text, source }),
        }
    }
    Ok(args.shown.show_own(&answered)?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        query: QueryArgs,
    }

    async fn status(line: &str) -> Result<u8, QueryError> {
        let words = ["query"].into_iter().chain(line.split(' '));
        answer(Line::try_parse_from(words).unwrap().query).await
    }

    #[tokio::test]
    async fn whatever_keeps_from_an_answer_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("node.toml");
        std::fs::write(&file, "[node]\nid = \"se.test\"\n[store]\nurl = \"store\"\n").unwrap();
        let config = file.display();
        let unread = status(&format!("--config {config} 7-1-A-C")).await.unwrap_err();
        assert!(matches!(unread, QueryError::Client(_)), "no assembly: {unread}");
        let line = format!("--config {config} --assembly GRCh38 7-1-A-C");
        let none = status(&line).await.unwrap_err();
        assert!(matches!(none, QueryError::Store(_)), "{none}");
        assert!(!directory.path().join("store").exists(), "a typing error makes no store");
        std::fs::create_dir(directory.path().join("store")).unwrap();
        let unknown = status(&format!("{line} --dataset CLINIC")).await.unwrap_err().to_string();
        assert!(unknown.starts_with("7-1-A-C: the store has no dataset"), "{unknown}");
        let words = ["query", "--config", "node.toml", "--json", "--tsv", "BRAF:p.V600E"];
        assert!(Line::try_parse_from(words).is_err(), "one form at a time");
    }
}
