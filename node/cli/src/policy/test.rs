//! `fyr-node policy test`: does the policy say what a file of cases expects?

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use comfy_table::Table;
use fyr_doors::say;
use fyr_policy::{CaseFile, CaseOutcome, PolicyCase};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{PolicyError, load, read};

const EXAMPLE: &str = "\
A file of cases:
  [[case]]
  name = \"a registered researcher gets counts\"
  dataset = \"biobank\"
  purpose = \"HMB\"
  requester = { bona_fide = true, country = \"SE\" }
  expect = \"count\"            # none, boolean, count, frequency or record
  profile = \"research\"        # if it matters; so do minimum_carriers, minimum_cohort, visible, policy

Exit status: 0 all cases come out as expected, 1 some do not, or something cannot be read.";

/// Hold the policy against a file of cases
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct TestArgs {
    /// File of cases, TOML
    #[arg(value_name = "FILE")]
    cases: PathBuf,
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// The policy does not validate, or the cases cannot be read.
pub(super) fn run(args: &TestArgs) -> Result<ExitCode, PolicyError> {
    let (_, policy) = load(&args.config)?;
    let place = args.cases.display().to_string();
    let text = std::fs::read_to_string(&args.cases)
        .map_err(|error| PolicyError::Read { place: place.clone(), reason: error.to_string() })?;
    let file: CaseFile = read(&place, &text)?;
    let now = OffsetDateTime::now_utc();
    let outcomes: Vec<(PolicyCase, CaseOutcome)> =
        file.cases.into_iter().map(|case| (case.clone(), case.run(&policy, now))).collect();
    let failed = outcomes.iter().filter(|(_, outcome)| !outcome.differences.is_empty()).count();
    if args.json {
        let cases: Vec<Value> = outcomes.iter().map(as_json).collect();
        say!("{}", json!({ "passed": outcomes.len() - failed, "failed": failed, "cases": cases }));
    } else {
        say!("{}", table(&outcomes));
        say!("{} passed, {failed} failed", outcomes.len() - failed);
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json((case, outcome): &(PolicyCase, CaseOutcome)) -> Value {
    json!({
        "name": case.name,
        "passed": outcome.differences.is_empty(),
        "differences": outcome.differences,
        "policies": outcome.decision.policies(),
    })
}

fn table(outcomes: &[(PolicyCase, CaseOutcome)]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["case", "", "decided by"]);
    for (case, outcome) in outcomes {
        let verdict = match outcome.differences.as_slice() {
            [] => "as expected".to_owned(),
            differences => format!("DIFFERS: {}", differences.join("; ")),
        };
        table.add_row([case.name.clone(), verdict, outcome.decision.policies().join(", ")]);
    }
    table
}
