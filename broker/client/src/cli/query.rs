//! `fyr query`: is this variant seen?

use clap::Args;
use fyr_proto::v1::Question;
use fyr_schemas::{Answer, Assembly, DatasetSelection, Granularity, Query, VariantQuery};
use serde::Serialize;

use crate::{
    ClientError, Verdict,
    connection::{ConnectionArgs, SigningArgs},
    table,
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

Positions are 1-based, as in VCF. Exit status:
  0  seen
  1  not seen, and everyone who was asked gave their part (which may be that nobody was assayed there)
  2  wrong usage, or an error
  3  not seen, but incomplete: a node did not answer, a dataset told less than was asked for, or its
     \"no\" also means \"not disclosable\"";

/// Ask whether a variant is seen, and how often.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct QueryArgs {
    /// The variant: chromosome, position, reference and alternate bases, joined by -, : or blanks; or in
    /// HGVS, SPDI or VRS
    #[arg(required = true, value_name = "VARIANT")]
    variant: Vec<String>,
    /// Assembly of the position, such as GRCh38; not needed with an accession
    #[arg(long)]
    assembly: Option<Assembly>,
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
    /// Show the populations and sexes too
    #[arg(long)]
    populations: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    variant: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assembly: Option<Assembly>,
    verdict: Verdict,
    answer: &'a Answer,
}

/// Runs the command and returns the exit status.
#[expect(clippy::print_stdout, reason = "the answer is the output of the command")]
pub(super) async fn run(args: QueryArgs) -> Result<u8, ClientError> {
    let variant = VariantQuery::parse(&args.variant.join(" "), args.assembly)?;
    let assembly = variant.assembly();
    let datasets = DatasetSelection {
        only: args.dataset.clone(),
        exclude: args.exclude_dataset.clone(),
        exclude_nodes: args.exclude_node.clone(),
        only_nodes: args.only_node.clone(),
    };
    let mut connection = args.connection.open()?;
    let purpose = args.connection.purpose.clone();
    let (granularity, dry_run) = (args.granularity, args.dry_run);
    let query = Query { granularity, datasets, purpose, dry_run, ..Query::variants(variant) };
    let message = Question::from(&query);
    let request = connection.question(&query, message, &args.signing).await?;
    let response = connection.client.ask(request).await;
    let message = response.map_err(|status| ClientError::of_call(&status, &connection.address))?;
    let answer = Answer::try_from(message.into_inner())?;
    let verdict = Verdict::of(&answer);
    if args.json {
        let variant = args.variant.join(" ");
        let report = Report { variant: &variant, assembly, verdict, answer: &answer };
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", table::render(&answer, args.populations));
    }
    Ok(verdict.exit_status())
}
