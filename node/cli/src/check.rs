//! `fyr-node serve --check`: would it start, what would it let out, and what is hardly meant, in plain words.

mod faults;

use std::sync::Arc;

use fyr_doors::{ListenError, check_tls, say};
use fyr_node::{
    DatasetWaiting, NodeConfig, StartError, check_references, config::InvalidConfig, open_store, read_policy,
};
use fyr_policy::{Policy, Profile, statements};
use fyr_store::{DatasetKind, DatasetSummary};

use crate::additions;

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
    /// It would start, and not do what was meant.
    #[error("{}", listed(.0))]
    Faults(Vec<String>),
}

fn listed(faults: &[String]) -> String {
    let lines: Vec<_> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    format!("the check found {}:{}", faults.len(), lines.concat())
}

/// Checks a node without serving it, and prints what anyone and known requesters may learn.
///
/// # Errors
///
/// What would keep the node from starting, and what an operator would not want to find out while serving.
pub(super) async fn run(config: &NodeConfig) -> Result<(), CheckError> {
    check_tls(&config.http, &config.grpc)?;
    let policy = read_policy(&config.policy).map_err(InvalidConfig::from)?;
    let engine = open_store(config, Arc::default()).await?;
    let snapshot = engine.snapshot();
    check_references(config, &policy, snapshot.datasets())?;
    say!("{}", report(config, &policy, snapshot.datasets()));
    let mut faults = faults::faults(config, &policy, snapshot.datasets());
    match config.check_state().await {
        Ok(()) => {
            let waiting = DatasetWaiting::look(config, &policy, &engine).await?;
            waiting.iter().for_each(|waiting| say!("{}", additions::words(waiting)));
        }
        Err(refused) => faults.push(refused.to_string()),
    }
    match faults {
        faults if faults.is_empty() => Ok(()),
        faults => Err(CheckError::Faults(faults)),
    }
}

fn report(config: &NodeConfig, policy: &Policy, datasets: &[DatasetSummary]) -> String {
    let mut lines = vec![format!("node {}: the configuration can be read", config.node.id)];
    for dataset in datasets {
        lines.push(format!("dataset {} ({}, {})", dataset.id, dataset.assembly, contents(dataset)));
        let said = statements(policy, &dataset.id);
        if said.is_empty() {
            lines.push("  nobody can learn anything of it".to_owned());
        }
        lines.extend(said.into_iter().map(|statement| format!("  {}", statement.learns)));
        lines.extend(audience(config, &dataset.id));
        if !policy.is_listed(&dataset.id) {
            lines.push("  whoever may not ask it cannot learn that it exists".to_owned());
        }
    }
    if policy.charges(Profile::Public) {
        lines.push(format!("note: {}", config.clients.statement()));
    }
    if config.tokens.is_empty() && config.identity.issuers.is_empty() {
        lines.push("note: no token and no issuer is known, so everybody is anyone".to_owned());
    }
    lines.join("\n")
}

/// Of whom the profiles of a dataset are, where it is for members of projects only.
fn audience(config: &NodeConfig, dataset: &str) -> Option<String> {
    let own = config.policy.datasets.get(dataset).and_then(|rules| rules.tags.as_ref());
    let tags = own.or(config.policy.default.tags.as_ref()).filter(|tags| !tags.is_empty())?;
    Some(format!("  all of that only for members of {}, whatever else they are", tags.join(", ")))
}

fn contents(dataset: &DatasetSummary) -> String {
    if let Some(publication) = &dataset.publication {
        return format!("published table of {}", publication.of);
    }
    match (dataset.kind, dataset.individuals) {
        (DatasetKind::Individual, Some(people)) => format!("{people} individuals"),
        (DatasetKind::Individual, None) => "individuals".to_owned(),
        (DatasetKind::Frequency, _) => "frequencies only".to_owned(),
        (DatasetKind::Reference, _) => "frequencies that price others, of which nothing is told".to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use fyr_policy::{DatasetRules, PolicyConfig};
    use fyr_schemas::{Assembly, Release};

    pub(super) fn dataset(id: &str) -> DatasetSummary {
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
            publication: None,
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
        ] {
            assert!(report.lines().any(|have| have == line), "{line}\n{report}");
        }
    }
}
