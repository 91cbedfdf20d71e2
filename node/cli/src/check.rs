//! `fyr-node serve --check`: would it start, and what would it let out, in plain words.

use std::sync::Arc;

use fyr_doors::{ListenError, check_tls};
use fyr_node::{NodeConfig, StartError, check_references, config::InvalidConfig, open_store, read_policy};
use fyr_policy::{Policy, statements};
use fyr_store::{DatasetKind, DatasetSummary};

/// What the check found.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    /// The store cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The certificates cannot be used.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The configuration makes no sense.
    #[error("configuration: {0}")]
    Config(#[from] InvalidConfig),
}

/// Checks a node without serving it, and prints what anyone and known requesters may learn.
///
/// # Errors
///
/// What would keep the node from starting.
#[expect(clippy::print_stdout, reason = "the report is the output of the command")]
pub(super) async fn run(config: &NodeConfig) -> Result<(), CheckError> {
    check_tls(&config.http, &config.grpc)?;
    let policy = read_policy(&config.policy).map_err(InvalidConfig::from)?;
    let engine = open_store(config, Arc::default()).await?;
    check_references(config, &policy, engine.snapshot().datasets())?;
    println!("{}", report(config, &policy, engine.snapshot().datasets()));
    Ok(())
}

fn report(config: &NodeConfig, policy: &Policy, datasets: &[DatasetSummary]) -> String {
    let mut lines = vec![format!("node {}: the configuration is sound", config.node.id)];
    if datasets.is_empty() {
        lines.push("the store holds no dataset: load one with `fyr-node ingest`".to_owned());
    }
    for dataset in datasets {
        lines.push(format!("dataset {} ({}, {})", dataset.id, dataset.assembly, contents(dataset)));
        let said = statements(policy, &dataset.id);
        if said.is_empty() {
            lines.push("  nobody can learn anything of it".to_owned());
        }
        lines.extend(said.into_iter().map(|statement| format!("  {}", statement.learns)));
        if !policy.is_listed(&dataset.id) {
            lines.push("  whoever may not ask it cannot learn that it exists".to_owned());
        }
    }
    let missing = config.policy.datasets.keys().filter(|&id| datasets.iter().all(|have| have.id != *id));
    lines.extend(
        missing.map(|id| format!("note: there are rules for dataset {id}, which is not in the store")),
    );
    if config.tokens.is_empty() && config.identity.issuers.is_empty() {
        lines.push("note: no token and no issuer is known, so everybody is anyone".to_owned());
    }
    lines.join("\n")
}

fn contents(dataset: &DatasetSummary) -> String {
    match (dataset.kind, dataset.individuals) {
        (DatasetKind::Individual, Some(people)) => format!("{people} individuals"),
        (DatasetKind::Individual, None) => "individuals".to_owned(),
        (DatasetKind::Frequency, _) => "frequencies only".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fyr_policy::{DatasetRules, PolicyConfig};
    use fyr_schemas::{Assembly, Release};

    fn dataset(id: &str) -> DatasetSummary {
        DatasetSummary {
            normalised: false,
            annotated: false,
            id: id.into(),
            assembly: Assembly::GRCH38,
            kind: DatasetKind::Individual,
            individuals: Some(503),
            variants: 1,
            entries: Default::default(),
            segments: 1,
            bytes: 1,
            version: 1,
        }
    }

    #[test]
    fn the_report_says_what_is_let_out() {
        let rules = |public, known, floor| DatasetRules {
            public: Some(public),
            known: Some(known),
            minimum_carriers: Some(floor),
            open: Some(true),
            ..DatasetRules::default()
        };
        let mut config = NodeConfig::new("se.fin", "data");
        config.policy = PolicyConfig {
            datasets: [
                (
                    "open".to_owned(),
                    DatasetRules {
                        subjects: Some(Release::Boolean),
                        ..rules(Release::Frequency, Release::None, 0)
                    },
                ),
                ("closed".to_owned(), rules(Release::None, Release::Boolean, 5)),
                ("absent".to_owned(), rules(Release::Count, Release::None, 5)),
            ]
            .into(),
            ..PolicyConfig::default()
        };
        let policy = Policy::new(config.policy.clone()).unwrap();
        let report = report(&config, &policy, &[dataset("closed"), dataset("open"), dataset("silent")]);
        for line in [
            "dataset closed (GRCh38, 503 individuals)",
            "  whoever may not ask it cannot learn that it exists",
            "  holders of a known token can learn whether a variant was seen; nothing of its people; fewer than \
             5 carriers read as not seen; brokers may name this node",
            "  anyone can learn allele counts and numbers, by population and sex; whether there are people with \
             a phenotype; no floor: a single carrier shows; brokers may name this node",
            "  nobody can learn anything of it",
            "note: there are rules for dataset absent, which is not in the store",
        ] {
            assert!(report.lines().any(|have| have == line), "{line}\n{report}");
        }
    }
}
