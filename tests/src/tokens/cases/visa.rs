//! Groups 13 and 18 to 22: what visas state.

use serde_json::{Value, json};

use super::super::{
    DATASET,
    Expect::{Granted, Registered, VisaIgnored},
    Jws, REGISTERED, Signer, World,
};
use super::List;

const DAY: i64 = 86_400;

pub(super) fn add(list: &mut List) {
    ages(list);
    conditions(list);
    evidence(list);
    roles_and_sources(list);
    values(list);
    affiliations(list);
    registered(list);
}

fn ages(list: &mut List) {
    list.grant(13, "stated 91 days ago", VisaIgnored, |visa, _, now| {
        visa.stating("asserted", now - 91 * DAY)
    });
    list.grant(13, "stated 89 days ago", Granted, |visa, _, now| visa.stating("asserted", now - 89 * DAY));
    list.grant(13, "stated in an hour", VisaIgnored, |visa, _, now| visa.stating("asserted", now + 3_600));
    for (name, value) in [
        ("missing", Value::Null),
        ("text", json!("1790000000")),
        ("float", json!(1_790_000_000.5)),
        ("zero", json!(0)),
        ("negative", json!(-1)),
    ] {
        list.grant(13, format!("asserted: {name}"), VisaIgnored, move |visa, _, _| {
            visa.stating("asserted", value.clone())
        });
    }
}

/// A grant with conditions, beside evidence that would meet reasonable ones.
fn conditional(list: &mut List, name: &str, expect: super::super::Expect, conditions: Value) {
    list.add(18, format!("conditions: {name}"), expect, move |world, ask| {
        let grant = world.grant(ask.now).stating("conditions", conditions.clone());
        let evidence = [status(world, ask.now), affiliation(world, ask.now)];
        let signed = evidence.iter().chain([&grant]).map(|visa| visa.sign(&Signer::visas_rsa()));
        world.show(ask.now, &signed.collect::<Vec<_>>())
    });
}

fn status(world: &World, now: i64) -> Jws {
    world.visa(now, "ResearcherStatus", REGISTERED).stating("by", "so")
}

fn affiliation(world: &World, now: i64) -> Jws {
    world.visa(now, "AffiliationAndRole", "faculty@ki.example").stating("by", "system")
}

fn conditions(list: &mut List) {
    let role = json!({ "type": "AffiliationAndRole", "value": "pattern:faculty@*", "by": "const:system" });
    let status = json!({ "type": "ResearcherStatus", "value": format!("const:{REGISTERED}") });
    conditional(list, "empty", Granted, json!([]));
    conditional(list, "met", Granted, json!([[role]]));
    conditional(list, "two, met by two visas", Granted, json!([[role, status]]));
    conditional(
        list,
        "the second alternative",
        Granted,
        json!([[{ "type": "X", "value": "const:x" }], [role]]),
    );
    for (name, wrong) in [
        ("not met", json!([[{ "type": "AffiliationAndRole", "value": "const:nurse@ki.example" }]])),
        ("one of two not met", json!([[role, { "type": "X", "value": "const:x" }]])),
        ("unknown prefix", json!([[{ "type": "AffiliationAndRole", "value": "regex:.*" }]])),
        ("no prefix", json!([[{ "type": "AffiliationAndRole", "value": "faculty@ki.example" }]])),
        ("without type", json!([[{ "value": "pattern:*" }]])),
        ("only a type", json!([[{ "type": "AffiliationAndRole" }]])),
        ("nested", json!([[{ "type": "AffiliationAndRole", "value": "pattern:*", "conditions": [] }]])),
        ("a time", json!([[{ "type": "AffiliationAndRole", "asserted": "pattern:*" }]])),
        (
            "one clause over two visas",
            json!([[{ "type": "AffiliationAndRole", "value": "pattern:faculty@*", "by": "const:so" }]]),
        ),
        ("pattern without end", json!([[{ "type": "AffiliationAndRole", "value": "pattern:faculty" }]])),
        ("greedy", json!([[{ "type": "AffiliationAndRole", "value": "pattern:*@*@*" }]])),
        ("case", json!([[{ "type": "AffiliationAndRole", "value": "pattern:FACULTY@*" }]])),
        ("empty alternative", json!([[]])),
        ("no list", json!({ "type": "AffiliationAndRole", "value": "pattern:*" })),
        ("null", json!("null")),
        ("400 clauses", json!([vec![role.clone(); 400]])),
    ] {
        conditional(list, name, VisaIgnored, wrong);
    }
    conditional(
        list,
        "greedy star that leaves the rest",
        Granted,
        json!([[{ "type": "AffiliationAndRole", "value": "pattern:*@*?" }]]),
    );
    conditional(
        list,
        "part of a list of one",
        Granted,
        json!([[{ "type": "AffiliationAndRole", "value": "split_pattern:faculty@*" }]]),
    );
}

fn evidence(list: &mut List) {
    type Spoil = fn(Jws, i64) -> Jws;
    let wrong: [(&str, Spoil, Signer); 4] = [
        ("expired", |visa, now| visa.with("exp", now - 60), Signer::visas_rsa()),
        ("untrusted", |visa, _| visa, Signer::stranger()),
        ("of somebody else", |visa, _| visa.with("sub", "eve@aai.example"), Signer::visas_rsa()),
        (
            "with conditions",
            |visa, _| visa.stating("conditions", json!([[{ "type": "ResearcherStatus", "by": "const:so" }]])),
            Signer::visas_rsa(),
        ),
    ];
    for (name, spoil, signer) in wrong {
        list.add(18, format!("evidence {name}"), VisaIgnored, move |world, ask| {
            let wanted = json!([[{ "type": "AffiliationAndRole", "value": "pattern:faculty@*" }]]);
            let grant = world.grant(ask.now).stating("conditions", wanted).sign(&Signer::visas_rsa());
            let affiliation = spoil(affiliation(world, ask.now), ask.now).sign(&signer);
            world.show(ask.now, &[grant, affiliation, status(world, ask.now).sign(&Signer::visas_rsa())])
        });
    }
    list.grant(18, "a visa that meets itself", VisaIgnored, |visa, _, _| {
        visa.stating("conditions", json!([[{ "type": "ControlledAccessGrants", "by": "const:dac" }]]))
    });
}

fn roles_and_sources(list: &mut List) {
    for (name, by) in [
        ("missing", Value::Null),
        ("self", json!("self")),
        ("peer", json!("peer")),
        ("unknown word", json!("DAC")),
        ("a list", json!(["dac"])),
    ] {
        list.grant(19, format!("by: {name}"), VisaIgnored, move |visa, _, _| visa.stating("by", by.clone()));
    }
    for (name, source) in [
        ("missing", Value::Null),
        ("no organisation", json!("https://no.organization")),
        ("trailing slash", json!("https://dac.example/")),
        ("prefix", json!("https://dac.example.evil.example")),
        ("case", json!("https://DAC.example")),
        ("http", json!("http://dac.example")),
    ] {
        list.grant(19, format!("source: {name}"), VisaIgnored, move |visa, _, _| {
            visa.stating("source", source.clone())
        });
    }
}

fn values(list: &mut List) {
    for (name, value) in [
        ("prefix", "https://dac.example/datasets/EGAD0000000000"),
        ("suffix", "https://dac.example/datasets/EGAD000000000011"),
        ("case", "https://dac.example/datasets/egad00000000001"),
        ("percent-encoding", "https://dac.example/datasets/EGAD0000000000%31"),
        ("trailing slash", "https://dac.example/datasets/EGAD00000000001/"),
        ("last part of another path", "https://dac.example/evil/EGAD00000000001"),
        ("last part by itself", "EGAD00000000001"),
        ("other host", "https://evil.example/datasets/EGAD00000000001"),
        ("white space", "https://dac.example/datasets/EGAD00000000001 "),
    ] {
        list.grant(20, format!("value: {name}"), VisaIgnored, move |visa, _, _| visa.stating("value", value));
    }
    list.grant(20, "value missing", VisaIgnored, |visa, _, _| visa.stating("value", Value::Null));
    list.grant(20, "value is a list", VisaIgnored, |visa, _, _| visa.stating("value", json!([DATASET])));
    list.grant(20, "value of 256 characters", VisaIgnored, |visa, _, _| {
        visa.stating("value", format!("{DATASET}{}", "x".repeat(256 - DATASET.len())))
    });
    list.grant(20, "no statement at all", VisaIgnored, |visa, _, _| visa.without("ga4gh_visa_v1"));
    list.grant(20, "a type that its issuer may not state", VisaIgnored, |visa, _, _| {
        visa.stating("type", "CustomGrants")
    });
    list.grant(20, "type in lower case", VisaIgnored, |visa, _, _| {
        visa.stating("type", "controlledaccessgrants")
    });
}

/// An affiliation shows by whether it meets the conditions of a grant.
fn affiliations(list: &mut List) {
    for (name, value, expect) in [
        ("one @", "faculty@ki.example", Granted),
        ("two @", "faculty@ki.example@evil.example", VisaIgnored),
        ("two @, the right organisation last", "faculty@evil.example@ki.example", VisaIgnored),
        ("role in capitals", "Faculty@ki.example", VisaIgnored),
        ("no role", "@ki.example", VisaIgnored),
        ("no organisation", "faculty@", VisaIgnored),
        ("no @", "faculty", VisaIgnored),
    ] {
        list.add(21, format!("affiliation: {name}"), expect, move |world, ask| {
            let wanted = json!([[{ "type": "AffiliationAndRole", "value": "pattern:*" }]]);
            let grant = world.grant(ask.now).stating("conditions", wanted).sign(&Signer::visas_rsa());
            let affiliation = affiliation(world, ask.now).stating("value", value);
            world.show(ask.now, &[grant, affiliation.sign(&Signer::visas_rsa())])
        });
    }
}

fn registered(list: &mut List) {
    let other = "https://doi.org/10.1038/s41431-018-0219-z";
    for (name, terms, status, expect) in [
        ("both", Some(REGISTERED), Some(REGISTERED), Registered),
        ("only the terms", Some(REGISTERED), None, VisaIgnored),
        ("only the status", None, Some(REGISTERED), VisaIgnored),
        ("terms of another value", Some(other), Some(REGISTERED), VisaIgnored),
        ("status of another value", Some(REGISTERED), Some(other), VisaIgnored),
        ("both of another value", Some(other), Some(other), VisaIgnored),
    ] {
        list.add(22, format!("registered: {name}"), expect, move |world, ask| {
            let terms = terms.map(|value| world.visa(ask.now, "AcceptedTermsAndPolicies", value));
            let terms = terms.map(|visa| visa.stating("by", "self"));
            let status = status.map(|value| world.visa(ask.now, "ResearcherStatus", value));
            let visas = terms.into_iter().chain(status).map(|visa| visa.sign(&Signer::visas_rsa()));
            world.show(ask.now, &visas.collect::<Vec<_>>())
        });
    }
    list.add(22, "registered: terms without role", VisaIgnored, |world, ask| {
        let terms = world.visa(ask.now, "AcceptedTermsAndPolicies", REGISTERED);
        let visas = [terms, status(world, ask.now)].map(|visa| visa.sign(&Signer::visas_rsa()));
        world.show(ask.now, &visas)
    });
}
