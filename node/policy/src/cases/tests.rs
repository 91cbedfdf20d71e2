//! The golden decisions, and that each policy and each part of one is needed for them.

use super::*;
use crate::{PolicyConfig, PolicyFile};
use cedar_policy::Policy as CedarPolicy;
use serde_json::Value;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);

fn golden() -> (Policy, Vec<PolicyCase>) {
    let config: PolicyConfig = toml::from_str(include_str!("../../golden/policy.toml")).unwrap();
    let file: CaseFile = toml::from_str(include_str!("../../golden/cases.toml")).unwrap();
    // Some rules are such as validation refuses.
    let tenant =
        PolicyFile { name: "tenant.cedar".into(), text: include_str!("../../golden/tenant.cedar").into() };
    let policy = Policy::with_files(PolicyConfig::default(), &[tenant]).unwrap();
    (policy.with_config(config), file.cases)
}

#[test]
fn every_golden_decision_comes_out() {
    let (policy, cases) = golden();
    for case in &cases {
        let outcome = case.run(&policy, NOW);
        assert!(
            outcome.differences.is_empty(),
            "{}: {:?}\n{:#?}",
            case.name,
            outcome.differences,
            outcome.decision
        );
    }
    let mut names: Vec<_> = cases.iter().map(|case| &case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
}

/// All bodies that arise when one `&&` or `||` somewhere loses one of its sides.
fn weakened(body: &Value) -> Vec<Value> {
    let Value::Object(members) = body else { return Vec::new() };
    let mut all = Vec::new();
    for (operator, operands) in members {
        let Value::Object(sides) = operands else { continue };
        for (side, operand) in sides {
            if operator == "&&" || operator == "||" {
                all.push(operand.clone());
            }
            for changed in weakened(operand) {
                let mut mutant = body.clone();
                mutant[operator][side] = changed;
                all.push(mutant);
            }
        }
    }
    all
}

/// The policy without one of its conditions, or with a part of one left out.
fn mutants(policy: &CedarPolicy) -> Vec<Value> {
    let json = policy.to_json().unwrap();
    let conditions = json["conditions"].as_array().unwrap();
    let mut all = Vec::new();
    for at in 0..conditions.len() {
        let mut without = json.clone();
        without["conditions"].as_array_mut().unwrap().remove(at);
        all.push(without);
        for body in weakened(&conditions[at]["body"]) {
            let mut mutant = json.clone();
            mutant["conditions"][at]["body"] = body;
            all.push(mutant);
        }
    }
    all
}

#[test]
fn every_policy_and_every_part_of_one_is_needed() {
    let (policy, cases) = golden();
    let notices = |id: &str, by: Option<CedarPolicy>| {
        let mutated = policy.with_policies(policy.policies().mutated(id, by));
        cases.iter().any(|case| !case.run(&mutated, NOW).differences.is_empty())
    };
    let (mut tried, mut missed) = (0, Vec::new());
    for id in policy.ids() {
        if !notices(&id, None) {
            missed.push(id.clone());
        }
        for mutant in mutants(&policy.policies().get(&id)) {
            let text = mutant["conditions"].to_string();
            if !notices(&id, Some(CedarPolicy::from_json(None, mutant).unwrap())) {
                missed.push(format!("{id}: {text}"));
            }
            tried += 1;
        }
    }
    assert!(missed.is_empty(), "nobody notices:\n{}", missed.join("\n"));
    assert!(tried > 40, "only {tried} changes were tried");
}

#[test]
fn a_policy_that_fails_denies() {
    let (policy, cases) = golden();
    let failing = CedarPolicy::parse(
        None,
        "permit(principal, action, resource) when { principal.country == principal.country };",
    );
    let case = cases.iter().find(|case| case.name == "anyone learns a yes or no").unwrap();
    let mutated = policy.with_policies(policy.policies().mutated("known-token", Some(failing.unwrap())));
    let outcome = case.run(&mutated, NOW);
    assert_eq!(outcome.decision.plan(), None);
    assert_eq!(outcome.decision.policies(), ["error/evaluation"]);
}

#[test]
fn a_requester_is_as_they_are_described() {
    let described = |text: &str| -> User {
        let facts: RequesterFacts = toml::from_str(text).unwrap();
        let Requester::User(user) = facts.requester() else { panic!("{text} describes a user") };
        user.as_ref().clone()
    };
    for (binding, expected) in
        [("bearer", Binding::Bearer), ("sender", Binding::Sender), ("question", Binding::Question)]
    {
        assert_eq!(described(&format!("binding = \"{binding}\"")).binding, expected);
    }
    let registered = |value: &str, terms: &str| {
        let visa = |kind: &str| format!("{{ type = \"{kind}\", value = \"{value}\" }}");
        let visas = format!("visas = [{}, {}]", visa("ResearcherStatus"), visa(terms));
        described(&visas).is_bona_fide()
    };
    let terms = "AcceptedTermsAndPolicies";
    assert!(registered(crate::BONA_FIDE, terms) && !registered("https://terms.example", terms));
    assert!(!registered(crate::BONA_FIDE, "ControlledAccessGrants"), "no terms were accepted");
    let words = ["self", "peer", "system", "so", "dac", "anything"];
    let roles = [By::Itself, By::Peer, By::System, By::SigningOfficial, By::AccessCommittee, By::Unknown];
    for (word, role) in words.into_iter().zip(roles) {
        let user = described(&format!(
            "visas = [{{ type = \"ResearcherStatus\", value = \"v\", by = \"{word}\" }}]"
        ));
        assert_eq!(user.visas.iter().map(|visa| visa.by).collect::<Vec<_>>(), [role], "{word}");
    }
}

/// Decides a case under policies of a tenant.
fn decided_by(tenant: &str, case: &str) -> CaseOutcome {
    let config = r#"
        [default]
        known = "count"
        consent = "opt-out"
        [datasets.D]
        [datasets.for-one-disease]
        data_use = ["DS MONDO:0005105"]
    "#;
    let file = PolicyFile { name: "tenant.cedar".into(), text: tenant.into() };
    let policy = Policy::with_files(toml::from_str(config).unwrap(), &[file]).unwrap();
    let case: PolicyCase = toml::from_str(case).unwrap();
    case.run(&policy, NOW)
}

#[test]
fn policies_of_a_tenant_can_speak_of_who_asks_and_of_diseases() {
    let forbid =
        |scope: &str, when: &str| format!("@id(\"tenant/no\") forbid({scope}, action, resource) {when};");
    let lab = forbid("principal == Requester::\"token:lab\"", "");
    let person = forbid("principal == Requester::\"https://issuer.example|P-1\"", "");
    let cancer =
        forbid("principal", "when { context has disease && context.disease in Disease::\"MONDO:0004992\" }");
    let melanoma = forbid("principal", "when { resource.diseases.contains(Disease::\"MONDO:0005105\") }");
    let asks = |requester: &str, purpose: &str| {
        format!(
            "name = \"a case\"\ndataset = \"D\"\nrequester = {{ {requester} }}\n{purpose}\nexpect = \"count\""
        )
    };
    let of = |diseases: &str| format!("purpose = \"DS; {diseases}\"\nwider = [\"MONDO:0004992\"]");
    let (by_lab, by_other) = ("token = \"lab\"", "token = \"other\"");
    for (policy, case, is_forbidden) in [
        (&lab, asks(by_lab, ""), true),
        (&lab, asks(by_other, ""), false),
        (&person, asks("subject = \"P-1\"", ""), true),
        (&person, asks("subject = \"P-2\"", ""), false),
        (&cancer, asks(by_lab, &of("disease=MONDO:0005105")), true),
        (&cancer, asks(by_lab, &of("disease=MONDO:0005105; disease=MONDO:0000001")), false),
        (&cancer, asks(by_lab, ""), false),
        (&melanoma, asks(by_lab, "").replace("\"D\"", "\"for-one-disease\""), true),
        (&melanoma, asks(by_lab, ""), false),
    ] {
        let outcome = decided_by(policy, &case);
        let forbids = outcome.decision.policies().contains(&"tenant/no".to_owned());
        assert_eq!(forbids, is_forbidden, "{policy}\n{case}\n{:?}", outcome.decision);
    }
}

#[test]
fn whoever_may_ask_about_people_alone_does_not_know_of_the_dataset() {
    let tenant =
        "@id(\"tenant/people-alone\") forbid(principal, action, resource) when { !context.aboutPeople };";
    let case = "name = \"people alone\"\ndataset = \"D\"\nrequester = { token = \"lab\" }\nabout_people = true\n\
                expect = \"count\"";
    let config =
        "[default]\nknown = \"count\"\nsubjects = \"count\"\nconsent = \"opt-out\"\nlisted = false\n";
    let file = PolicyFile { name: "tenant.cedar".into(), text: tenant.into() };
    let case: PolicyCase = toml::from_str(case).unwrap();
    let decided = |files: &[PolicyFile]| {
        let policy = Policy::with_files(toml::from_str(config).unwrap(), files).unwrap();
        case.run(&policy, NOW).decision
    };
    assert!(decided(&[]).is_visible());
    let alone = decided(&[file]);
    assert!(alone.plan().is_some() && !alone.is_visible());
}

#[test]
fn what_is_refused_as_lowered_is_told_under_what_the_profile_comes_with() {
    let config = "[default]\nknown = \"count\"\nconsent = \"opt-out\"\nminimum_carriers = 5\nexact_numbers = true\n\
                  lowered_because = \"a pilot\"\n";
    let tenant = "@id(\"tenant/floor\") forbid(principal, action, resource) when { context.plan.minimumCarriers < 10 };";
    let case = "name = \"a\"\ndataset = \"D\"\nrequester = { token = \"lab\" }\nexpect = \"count\"";
    let case: PolicyCase = toml::from_str(case).unwrap();
    let told = |files: &[PolicyFile]| {
        let policy = Policy::with_files(toml::from_str(config).unwrap(), files).unwrap();
        let plan = case.run(&policy, NOW).decision.plan().unwrap();
        (plan.minimum_carriers, plan.minimum_cohort, plan.rounding)
    };
    assert_eq!(told(&[]), (5, 200, crate::Rounding::Exact));
    let file = PolicyFile { name: "tenant.cedar".into(), text: tenant.into() };
    assert_eq!(told(&[file]), (10, 200, crate::Rounding::Exact), "how numbers are rounded is another matter");
}

#[test]
fn where_people_have_accounts_carriers_are_told_and_no_alleles() {
    let config = |reference: &str| {
        format!(
            "[default]\nconsortium = \"frequency\"\nknown = \"frequency\"\nconsent = \"opt-out\"\n{reference}"
        )
    };
    let case = "name = \"a\"\ndataset = \"D\"\nrequester = { token = \"lab\" }\nexpect = \"count\"";
    let case: PolicyCase = toml::from_str(case).unwrap();
    let measure = |reference: &str| {
        let policy = Policy::with_files(toml::from_str(&config(reference)).unwrap(), &[]).unwrap();
        case.run(&policy, NOW).decision.plan().unwrap().measure
    };
    assert_eq!(measure("accounts = false\nlowered_because = \"a test\""), crate::Measure::Alleles);
    assert_eq!(measure("reference = \"gnomad-4\""), crate::Measure::Carriers);
}
