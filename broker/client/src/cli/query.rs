//! `fyr query`: is this variant seen?

use clap::Args;
use fyr_proto::v1::Question;
use fyr_schemas::{Answer, DatasetSelection, Granularity, Query};

use crate::{
    AskedArgs, ClientError, ShownArgs, WrittenQuestion,
    connection::{Connection, ConnectionArgs, SigningArgs},
};

const EXAMPLE: &str = "\
Examples:
  fyr query --broker http://127.0.0.1:8080/api --assembly GRCh38 7-117559590-ATCT-A
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh38 chr7 117559590 ATCT A
  fyr query --broker http://127.0.0.1:8080 NC_000007.14:g.117559591_117559593del
  fyr query --broker http://127.0.0.1:8080 NM_000492.4:c.1521_1523del
  fyr query --broker http://127.0.0.1:8080 BRAF:p.V600E
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh37 --populations --json 20:1000000:G:T
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh38 --exclude-node se.own 7-117559590-ATCT-A
  fyr query --broker http://127.0.0.1:8080 --token-file token --purpose \"DS; disease=MONDO:0005105\" \
      --key fyr.key BRAF:p.V600E
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh38 --tsv 7-117559590-ATCT-A 18-31592974-G-A
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh38 --range 7:117559000-117560000 --type DEL
  fyr query --broker http://127.0.0.1:8080 --gene CFTR --effect stop_gained
  fyr query --broker http://127.0.0.1:8080 --entries individuals --filter HP:0001250 --gene CFTR

Positions are 1-based, as in VCF. Exit status:
  0  seen
  1  not seen: somebody was looked at, everyone who was asked gave their part, and no floor hides a few
  2  wrong usage, or an error
  3  not seen or not disclosable; or a node did not answer, or a dataset may not be asked
  4  not assayed: nobody was looked at there
Of several alleles: 0 where one of them is seen, else 3, 1 and 4 in this order.";

/// Ask whether a variant is seen, and how often.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct QueryArgs {
    #[command(flatten)]
    asked: AskedArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
    #[command(flatten)]
    signing: SigningArgs,
    /// How much to ask for: boolean, count or record
    #[arg(long, default_value = "record")]
    granularity: Granularity,
    /// Ask only this dataset (may be repeated)
    #[arg(long, value_name = "ID")]
    dataset: Vec<String>,
    /// Leave this dataset out (may be repeated)
    #[arg(long, value_name = "ID")]
    exclude_dataset: Vec<String>,
    /// Leave this node out, such as your own (may be repeated)
    #[arg(long, value_name = "ID")]
    exclude_node: Vec<String>,
    /// Ask only this node (may be repeated)
    #[arg(long, value_name = "ID")]
    only_node: Vec<String>,
    /// Count nothing: say who would be asked, and how much they would tell
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    shown: ShownArgs,
}

/// Runs the command and returns the exit status.
pub(super) async fn run(args: QueryArgs) -> Result<u8, ClientError> {
    let questions = args.asked.questions()?;
    let mut connection = args.connection.open()?;
    let mut answered = Vec::with_capacity(questions.len());
    for asked in questions {
        let asked = WrittenQuestion { query: args.restrict(asked.query), ..asked };
        let answer = ask(&mut connection, &asked.query, &args.signing).await?;
        answered.push((asked, answer));
    }
    args.shown.show(&answered)
}

async fn ask(
    connection: &mut Connection,
    query: &Query,
    signing: &SigningArgs,
) -> Result<Answer, ClientError> {
    let request = connection.question(query, Question::from(query), signing).await?;
    let response = connection.client.ask(request).await;
    let message = response.map_err(|status| ClientError::of_call(&status, &connection.address))?;
    Ok(Answer::try_from(message.into_inner())?)
}

impl QueryArgs {
    /// Adds to a question who is asked, how much, and what for.
    fn restrict(&self, query: Query) -> Query {
        let datasets = DatasetSelection {
            only: self.dataset.clone(),
            exclude: self.exclude_dataset.clone(),
            exclude_nodes: self.exclude_node.clone(),
            only_nodes: self.only_node.clone(),
        };
        let purpose = self.connection.purpose.clone();
        Query { granularity: self.granularity, datasets, purpose, dry_run: self.dry_run, ..query }
    }
}
