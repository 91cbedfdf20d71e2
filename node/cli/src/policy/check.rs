//! `fyr-node policy check`: validates the policy and says in plain words what each profile may learn.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use fyr_doors::say;
use fyr_node::{check_references, open_store};
use fyr_policy::{Policy, Term, statements};
use serde_json::json;

use super::{PolicyError, load};

/// Validate the policy and say what each profile may learn
#[derive(Args, Clone, Debug)]
pub(super) struct CheckArgs {
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
/// A policy that does not validate, or names a reference by which nothing can be priced; the store cannot be read.
pub(super) async fn run(args: &CheckArgs) -> Result<ExitCode, PolicyError> {
    let (config, policy) = load(&args.config)?;
    if ids(&policy).any(|id| policy.reference(id).is_some()) {
        let engine = open_store(&config, Arc::default()).await?;
        check_references(&config, &policy, engine.snapshot().datasets())?;
    }
    if args.json {
        let datasets: Vec<_> =
            ids(&policy).map(|id| json!({ "dataset": id, "profiles": statements(&policy, id) })).collect();
        say!("{}", json!({ "policies": policy.ids(), "datasets": datasets, "warnings": warnings(&policy) }));
    } else {
        say!("{}", report(&policy));
    }
    Ok(ExitCode::SUCCESS)
}

/// The datasets with rules of their own, and the empty id for all others.
fn ids(policy: &Policy) -> impl Iterator<Item = &str> {
    policy.config().datasets.keys().map(String::as_str).chain([""])
}

fn report(policy: &Policy) -> String {
    let mut lines = vec![format!("the policy is sound: {} Cedar policies", policy.ids().len())];
    for id in ids(policy) {
        let said = statements(policy, id);
        match id {
            "" => lines.push("every other dataset:".to_owned()),
            id => lines.push(format!("dataset {id}:")),
        }
        if said.is_empty() {
            lines.push("  nobody can learn anything".to_owned());
        }
        for statement in said {
            lines.push(format!("  {}: {}", statement.profile, statement.learns));
            lines.extend(
                statement
                    .lowered_because
                    .map(|why| format!("    beyond what the profile comes with, because: {why}")),
            );
        }
    }
    lines.extend(warnings(policy).into_iter().map(|warning| format!("warning: {warning}")));
    lines.join("\n")
}

/// Codes of DUO that nobody knows here, and that deny.
fn warnings(policy: &Policy) -> Vec<String> {
    let unknown = |id: &str| {
        let conditions =
            policy.data_use(id).iter().filter(|condition| matches!(condition.term, Term::Unknown(_)));
        conditions.map(|condition| condition.to_string()).collect::<Vec<_>>()
    };
    let name = |id: &str| if id.is_empty() { "the default".to_owned() } else { format!("dataset {id}") };
    ids(policy)
        .flat_map(|id| unknown(id).into_iter().map(move |code| (id, code)))
        .map(|(id, code)| {
            format!("{}: `{code}` is no code of DUO that is known here, so nothing is permitted", name(id))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fyr_policy::{DatasetRules, PolicyConfig};
    use fyr_schemas::Release;

    #[test]
    fn the_report_names_what_is_let_out_and_what_denies() {
        let rules = DatasetRules {
            research: Some(Release::Count),
            data_use: Some(vec!["HMB".parse().unwrap(), "XYZ".parse().unwrap()]),
            ..DatasetRules::default()
        };
        let config =
            PolicyConfig { datasets: [("biobank".to_owned(), rules)].into(), ..PolicyConfig::default() };
        let report = report(&Policy::new(config).unwrap());
        for line in [
            "dataset biobank:",
            "every other dataset:",
            "  nobody can learn anything",
            "warning: dataset biobank: `XYZ` is no code of DUO that is known here, so nothing is permitted",
        ] {
            assert!(report.lines().any(|have| have == line), "{line}\n{report}");
        }
        assert!(
            report.contains("  research: registered researchers can learn how many people carry a variant")
        );
    }
}
