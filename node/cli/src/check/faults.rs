//! What is wrong with a configuration with which a node would start all the same.

use fyr_node::NodeConfig;
use fyr_policy::{Policy, Term, statements};
use fyr_store::{DatasetKind, DatasetSummary};

/// Returns what an operator would not want to find out while serving, each fault with its remedy.
pub(super) fn faults(config: &NodeConfig, policy: &Policy, datasets: &[DatasetSummary]) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(node_id(config));
    if datasets.is_empty() {
        faults.push("the store holds no dataset: load one with `fyr-node ingest`".to_owned());
    }
    let is_missing = |id: &&String| datasets.iter().all(|have| have.id != **id);
    let missing = config.policy.datasets.keys().filter(is_missing);
    faults.extend(missing.map(|id| {
        format!("there are rules for dataset {id}, which is not in the store: load it, or take the rules out")
    }));
    faults.extend(datasets.iter().flat_map(|dataset| unknown_terms(policy, &dataset.id)));
    faults.extend(datasets.iter().flat_map(|dataset| never_answers(policy, dataset)));
    faults.extend(datasets.iter().filter_map(|dataset| unpriced(policy, dataset)));
    faults.extend(datasets.iter().filter_map(|dataset| not_published(policy, dataset)));
    faults.extend(plain_issuers(config));
    faults
}

/// Rules of a published table permit nothing of other data.
fn not_published(policy: &Policy, dataset: &DatasetSummary) -> Option<String> {
    let is_misnamed = policy.is_published(&dataset.id) && dataset.publication.is_none();
    is_misnamed.then(|| {
        format!(
            "dataset {} has `published_to` and is no published table, so nothing is permitted of it: make one with \
             `fyr-node publish`, or take the key out",
            dataset.id
        )
    })
}

/// A beacon id says country, institution, kind and environment; networks read it.
fn node_id(config: &NodeConfig) -> Option<String> {
    let (id, environment) = (&config.node.id, config.node.environment.as_str());
    let parts: Vec<&str> = id.split('.').collect();
    let is_one = |parts: &[&str]| match parts {
        [country, institution @ .., kind, stage] => {
            country.len() == 2
                && !institution.is_empty()
                && parts.iter().all(|part| !part.is_empty())
                && ["af-beacon", "sl-beacon"].contains(kind)
                && *stage == environment
        }
        _ => false,
    };
    (!is_one(&parts)).then(|| {
        format!("node.id `{id}` is no beacon id: write <country>.<institution>.<af-beacon|sl-beacon>.{environment}")
    })
}

/// A condition that nobody can read denies everything, which is hardly what was meant.
fn unknown_terms(policy: &Policy, dataset: &str) -> Vec<String> {
    let unknown = |term: &Term| match term {
        Term::Unknown(code) => Some(code.clone()),
        _ => None,
    };
    let codes = policy.data_use(dataset).iter().filter_map(|condition| unknown(&condition.term));
    codes
        .map(|code| format!("dataset {dataset}: `{code}` is no term of DUO: nobody may use the data"))
        .collect()
}

/// A profile that demands more people than there are.
fn never_answers(policy: &Policy, dataset: &DatasetSummary) -> Vec<String> {
    let (DatasetKind::Individual, Some(people)) = (dataset.kind, dataset.individuals) else {
        return Vec::new();
    };
    let short =
        statements(policy, &dataset.id).into_iter().filter(|said| said.promise.minimum_cohort > people);
    let fault = |profile: &str, least: u64| {
        format!(
            "dataset {}: {profile} can never be answered: of {people} people nothing is told, since the least is \
             {least} (`minimum_cohort`)",
            dataset.id
        )
    };
    short.map(|said| fault(said.profile, said.promise.minimum_cohort)).collect()
}

/// People of whom something may be told, if only it had a price.
fn unpriced(policy: &Policy, dataset: &DatasetSummary) -> Option<String> {
    let said = statements(policy, &dataset.id).into_iter();
    let nothing = said.filter(|said| said.promise.account.as_ref().is_some_and(|of| of.reference.is_none()));
    let profiles: Vec<&str> = nothing.map(|said| said.profile).collect();
    (dataset.kind == DatasetKind::Individual && !profiles.is_empty()).then(|| {
        format!(
            "dataset {}: nothing is told of its people as {}, since nothing prices it: load frequencies of other people, \
             and name them in `reference`; or let floors alone restrain it (`accounts = false`), and say why in \
             `lowered_because`",
            dataset.id,
            profiles.join(", ")
        )
    })
}

/// Keys of issuers that come in plain text can be anybody's.
fn plain_issuers(config: &NodeConfig) -> Vec<String> {
    let issuers = config.identity.issuers.iter();
    let issuers = issuers
        .map(|issuer| (&issuer.iss, [&issuer.jwks_uri, &issuer.userinfo_endpoint, &issuer.token_endpoint]));
    let visas =
        config.identity.visa_issuers.iter().map(|issuer| (&issuer.iss, [&issuer.jwks_uri, &None, &None]));
    let plain = issuers.chain(visas).flat_map(|(iss, addresses)| {
        let plain = addresses.into_iter().flatten().filter(|address| is_plain(address));
        plain.map(move |address| (iss.clone(), address.clone()))
    });
    plain.map(|(iss, address)| format!("issuer {iss}: `{address}` is plain text: use https")).collect()
}

/// Whether an address leaves the machine unencrypted.
fn is_plain(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    !["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|own| rest.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])))
}

#[cfg(test)]
mod tests {
    use fyr_policy::{ConsentBasis, DatasetRules};
    use fyr_schemas::Release;

    use super::*;
    use crate::check::tests::dataset;

    fn config() -> NodeConfig {
        NodeConfig::new("se.own.af-beacon.test", "data")
    }

    fn found(config: &NodeConfig, datasets: &[DatasetSummary]) -> Vec<String> {
        faults(config, &Policy::new(config.policy.clone()).unwrap(), datasets)
    }

    fn only(faults: &[String]) -> &str {
        let [fault] = faults else { panic!("one fault: {faults:?}") };
        fault
    }

    #[test]
    fn a_node_that_says_what_it_means_has_no_faults() {
        assert_eq!(found(&config(), &[dataset("D")]), Vec::<String>::new());
    }

    #[test]
    fn an_empty_store_and_rules_for_what_is_not_there_are_faults() {
        let mut config = config();
        assert!(only(&found(&config, &[])).contains("holds no dataset"));
        config.policy.datasets.insert("absent".into(), DatasetRules::default());
        assert!(only(&found(&config, &[dataset("D")])).contains("rules for dataset absent"));
    }

    #[test]
    fn an_id_that_networks_cannot_read_is_a_fault() {
        for (id, is_one) in [
            ("se.own.af-beacon.test", true),
            ("fi.csc.biobank.sl-beacon.test", true),
            ("se.own.af-beacon.prod", false),
            ("se.af-beacon.test", false),
            ("swe.own.af-beacon.test", false),
            ("se.own.beacon.test", false),
            ("own", false),
        ] {
            let config = NodeConfig::new(id, "data");
            assert_eq!(found(&config, &[dataset("D")]).is_empty(), is_one, "{id}");
        }
    }

    #[test]
    fn conditions_that_nobody_can_read_are_faults() {
        let mut config = config();
        config.policy.default.data_use = Some(vec!["DUO:0009999".parse().unwrap()]);
        assert!(only(&found(&config, &[dataset("D")])).contains("DUO:0009999"));
    }

    #[test]
    fn a_profile_for_which_there_are_too_few_is_a_fault() {
        let mut config = config();
        config.policy.default = DatasetRules {
            public: Some(Release::Boolean),
            consent: Some(ConsentBasis::OptOut),
            reference: Some("elsewhere".into()),
            ..DatasetRules::default()
        };
        let mut few = dataset("D");
        few.individuals = Some(850);
        assert!(only(&found(&config, &[few.clone()])).contains("can never be answered"));
        few.individuals = Some(1_000_000);
        assert!(found(&config, &[few]).is_empty());
    }

    #[test]
    fn people_of_whom_nothing_is_told_for_want_of_a_price_are_a_fault() {
        let mut config = config();
        let rules = |reference: Option<&str>, accounts| DatasetRules {
            research: Some(Release::Count),
            care: Some(Release::Boolean),
            care_legal_basis: Some("an act".into()),
            consent: Some(ConsentBasis::OptOut),
            reference: reference.map(str::to_owned),
            accounts,
            lowered_because: Some("agreed".into()),
            ..DatasetRules::default()
        };
        for (rules, is_fault) in [
            (rules(None, None), true),
            (rules(None, Some(true)), true),
            (rules(None, Some(false)), false),
            (rules(Some("elsewhere"), None), false),
            (DatasetRules { open: Some(true), ..rules(None, None) }, false),
        ] {
            config.policy.default = rules;
            let mut people = dataset("D");
            people.individuals = Some(1_000_000);
            let found = found(&config, &[people]);
            assert_eq!(found.len(), usize::from(is_fault), "{found:?}");
            assert!(
                !is_fault || found[0].contains("nothing is told of its people as research, since"),
                "{found:?}"
            );
        }
        let frequencies = DatasetSummary { kind: DatasetKind::Frequency, individuals: None, ..dataset("D") };
        config.policy.default = rules(None, None);
        assert!(found(&config, &[frequencies]).is_empty());
    }

    #[test]
    fn issuers_in_plain_text_are_faults_but_on_this_machine() {
        for (address, is_fault) in [
            ("http://issuer.test/jwks", true),
            ("http://localhost.evil.test/jwks", true),
            ("http://127.0.0.1:9000/jwks", false),
            ("https://issuer.test/jwks", false),
        ] {
            let mut config = config();
            config.identity.issuers.push(Default::default());
            config.identity.issuers[0].jwks_uri = Some(address.into());
            assert_eq!(!found(&config, &[dataset("D")]).is_empty(), is_fault, "{address}");
        }
    }
}
