//! `fyr query`: is this variant seen?

use clap::Args;
use fyr_proto::{from_wire, v1::LookupAlleleRequest};
use fyr_schemas::{AlleleQuery, Answer, Assembly, DatasetSelection, Granularity};
use serde::Serialize;

use crate::{ClientError, Verdict, connection::ConnectionArgs, table};

const EXAMPLE: &str = "\
Examples:
  fyr query --broker http://127.0.0.1:8080/api --assembly GRCh38 7-117559590-ATCT-A
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh38 chr7 117559590 ATCT A
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh37 --populations --json 20:1000000:G:T
  fyr query --broker http://127.0.0.1:8080 --assembly GRCh38 --exclude-node se.own 7-117559590-ATCT-A

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
    /// The variant: chromosome, position, reference and alternate bases, joined by -, : or blanks
    #[arg(required = true, value_name = "VARIANT")]
    variant: Vec<String>,
    /// Assembly of the position: GRCh37 or GRCh38
    #[arg(long)]
    assembly: Assembly,
    #[command(flatten)]
    connection: ConnectionArgs,
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
    assembly: Assembly,
    verdict: Verdict,
    answer: &'a Answer,
}

/// Runs the command and returns the exit status.
#[expect(clippy::print_stdout, reason = "the answer is the output of the command")]
pub(super) async fn run(args: QueryArgs) -> Result<u8, ClientError> {
    let allele = AlleleQuery::parse(args.assembly, &args.variant.join(" "))?;
    let selection = DatasetSelection {
        only: args.dataset.clone(),
        exclude: args.exclude_dataset.clone(),
        exclude_nodes: args.exclude_node.clone(),
    };
    let mut connection = args.connection.open()?;
    let request = connection.request(LookupAlleleRequest::new(&allele, args.granularity, selection));
    let response = connection.client.lookup_allele(request).await;
    let message = response.map_err(|status| ClientError::of_call(&status, &connection.address))?;
    let answer = from_wire::answer(message.into_inner(), Some(args.assembly))?;
    let verdict = Verdict::of(&answer);
    if args.json {
        let variant = args.variant.join(" ");
        let report = Report { variant: &variant, assembly: args.assembly, verdict, answer: &answer };
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", table::render(&answer, args.populations));
    }
    Ok(verdict.exit_status())
}
