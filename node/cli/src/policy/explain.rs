//! `fyr-node policy explain`: what would this requester get of this dataset, by which policies, and why not
//! more? Nothing is counted, and no token is needed.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use fyr_doors::say;
use fyr_node::{Supposed, explain};
use fyr_policy::{Cohort, Decision, Extent, Proposal, ReleasePlan, RequesterFacts, statements};
use fyr_schemas::{Granularity, Purpose};
use serde_json::{Value, json};

use super::{PolicyError, load, read};

const EXAMPLE: &str = "\
A requester is written as in a file of cases, on one line or in a file:
  --requester 'bona_fide = true, country = \"SE\", nonprofit = true'
  --requester 'grants = [\"https://dac.example/D-1\"], binding = \"bearer\"'
  --requester 'token = \"clinic\"'            # the holder of a token from [[tokens]]
Without --requester, anyone asks.";

/// Say what a requester would get of a dataset, by which policies, and why not more
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct ExplainArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The dataset
    #[arg(long, value_name = "ID")]
    dataset: String,
    /// Who asks: facts on one line, or @FILE
    #[arg(long, value_name = "FACTS")]
    requester: Option<String>,
    /// What for, such as `HMB` or `DS; disease=MONDO:0005105`
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    /// Ask about people rather than variants
    #[arg(long)]
    people: bool,
    /// How much is asked for: boolean, count or record
    #[arg(long, value_name = "GRANULARITY", default_value = "record")]
    granularity: Granularity,
    /// Number of filters
    #[arg(long, value_name = "N", default_value_t = 0)]
    filters: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// The policy does not validate, or the requester cannot be read.
pub(super) async fn run(args: &ExplainArgs) -> Result<ExitCode, PolicyError> {
    let (config, policy) = load(&args.config)?;
    let supposed = Supposed {
        requester: &facts(args.requester.as_deref())?.requester(),
        purpose: args.purpose.as_ref(),
        extent: Extent { about_people: args.people, granularity: args.granularity, filters: args.filters },
        dataset: &args.dataset,
    };
    let decision = explain(&config, &policy, &supposed).await?;
    if args.json {
        say!("{}", as_json(&decision));
    } else {
        say!("{}", words(&decision));
        say!("what each profile may learn of it:");
        for statement in statements(&policy, &args.dataset) {
            say!("  {}", statement.learns);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn facts(argument: Option<&str>) -> Result<RequesterFacts, PolicyError> {
    let Some(argument) = argument else { return Ok(RequesterFacts::default()) };
    let unreadable =
        |error: std::io::Error| PolicyError::Read { place: argument.to_owned(), reason: error.to_string() };
    match argument.strip_prefix('@') {
        Some(path) => read(path, &std::fs::read_to_string(path).map_err(unreadable)?),
        None => {
            #[derive(serde::Deserialize)]
            struct Line {
                requester: RequesterFacts,
            }
            read::<Line>("--requester", &format!("requester = {{ {argument} }}")).map(|line| line.requester)
        }
    }
}

fn words(decision: &Decision) -> String {
    let mut lines = Vec::new();
    match decision.plan() {
        Some(plan) => {
            lines.push(format!("dataset {}: {}", decision.dataset(), plan_words(plan)));
            lines.push(format!("  permitted by {}", decision.policies().join(", ")));
            lines.push(format!("  counts {}", cohort_words(decision.cohort())));
        }
        None if decision.is_visible() => {
            lines.push(format!("dataset {}: nothing, but it is known to exist", decision.dataset()))
        }
        None => {
            lines.push(format!("dataset {}: nothing; it looks as if it did not exist", decision.dataset()))
        }
    }
    let refused = refused(decision);
    if !refused.is_empty() {
        lines.push(if decision.plan().is_some() { "why not more:".to_owned() } else { "why:".to_owned() });
    }
    lines.extend(
        refused.into_iter().map(|proposal| format!("  {}: {}", plan_words(proposal.plan), why(proposal))),
    );
    if decision.proposals().is_empty() {
        lines.push("why:\n  the rules promise nothing of it to any profile".to_owned());
    }
    let reasons = decision.data_use().reasons();
    if !reasons.is_empty() {
        lines.push(format!("data use: {}", decision.data_use().word()));
        lines.extend(reasons.iter().map(|reason| format!("  {reason}")));
    }
    lines.join("\n")
}

/// The plans that were refused; of those that differ in their minimums alone, and were refused alike, the first.
fn refused(decision: &Decision) -> Vec<&Proposal> {
    let mut shown: Vec<&Proposal> = Vec::new();
    for proposal in decision.proposals().iter().filter(|proposal| !proposal.allowed) {
        let same = |other: &&Proposal| {
            (other.plan.release, other.plan.profile) == (proposal.plan.release, proposal.plan.profile)
                && other.policies == proposal.policies
        };
        if !shown.iter().any(same) {
            shown.push(proposal);
        }
    }
    shown
}

fn why(proposal: &Proposal) -> String {
    match proposal.policies.as_slice() {
        [] => "no policy permits it".to_owned(),
        policies => format!("forbidden by {}", policies.join(", ")),
    }
}

fn plan_words(plan: ReleasePlan) -> String {
    let floor = match plan.minimum_carriers {
        0 => "no floor".to_owned(),
        floor => format!("at least {floor} carriers"),
    };
    format!(
        "{} as {}, {floor}, of at least {} people",
        plan.release,
        plan.profile.name(),
        plan.minimum_cohort
    )
}

fn cohort_words(cohort: Cohort) -> String {
    match cohort {
        Cohort::Everyone => "everyone who has not withdrawn".to_owned(),
        Cohort::Consenting { needed, unstated, released } => {
            let items: Vec<_> = needed.iter().map(|item| item.name()).collect();
            let others = if unstated { "did not refuse" } else { "agreed to" };
            let of = if released { "those who were released and" } else { "those who" };
            format!("{of} {others} {}", items.join(" and "))
        }
    }
}

fn as_json(decision: &Decision) -> Value {
    let plan = |plan: ReleasePlan| {
        json!({
            "release": plan.release,
            "profile": plan.profile,
            "minimumCarriers": plan.minimum_carriers,
            "minimumCohort": plan.minimum_cohort,
        })
    };
    let proposals: Vec<_> = decision
        .proposals()
        .iter()
        .map(|proposal| json!({ "plan": plan(proposal.plan), "allowed": proposal.allowed, "policies": proposal.policies }))
        .collect();
    let reasons: Vec<_> = decision.data_use().reasons().iter().map(ToString::to_string).collect();
    json!({
        "dataset": decision.dataset(),
        "plan": decision.plan().map(plan),
        "visible": decision.is_visible(),
        "counts": cohort_words(decision.cohort()),
        "policies": decision.policies(),
        "proposals": proposals,
        "dataUse": { "verdict": decision.data_use().word(), "reasons": reasons },
    })
}
