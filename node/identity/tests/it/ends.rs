//! When what was verified ends: with the first of the things that it rests on.

use fyr_identity::Invalid;
use serde_json::json;

use crate::{
    support::{NOW, Stand, at, user},
    tokens::{JKU, Jws, OTHER_JKU, Signer, World, iss},
};

const DAY: i64 = 86_400;
/// How old a statement may be by default, seconds.
const OLDEST: i64 = 90 * DAY;
/// How far clocks may differ, seconds.
const LEEWAY: i64 = 30;
/// How long a visa counts that is an access token, seconds.
const HOUR: i64 = 3_600;

/// A grant of a dataset of this name, which ends after some seconds.
fn grant(world: &World, name: &str, seconds: i64) -> Jws {
    let value = format!("https://dac.example/datasets/{name}");
    world.grant(NOW).stating("value", value).with("exp", NOW + seconds)
}

fn affiliation(world: &World, seconds: i64) -> Jws {
    let visa = world.visa(NOW, "AffiliationAndRole", "faculty@ki.example").stating("by", "system");
    visa.with("exp", NOW + seconds)
}

/// A grant to whom the other issuer calls 17, and the link that says who that is.
fn linked(world: &World, grant_ends: i64, link_ends: i64) -> [String; 2] {
    let grant = grant(world, "A", grant_ends).with("iss", iss::OTHER_VISAS).with("sub", "17");
    let link = world.visa(NOW, "LinkedIdentities", "17,https%3A%2F%2Fother-visas.example%2F");
    let link = link.stating("by", "system").with("exp", NOW + link_ends);
    [
        grant.head("jku", json!(OTHER_JKU)).sign(&Signer::other_visas()),
        link.head("jku", json!(JKU)).sign(&Signer::visas_rsa()),
    ]
}

/// Checks after how many seconds a passport ends that itself would last for `passport` seconds.
async fn ends_after(stand: &Stand, case: &str, passport: i64, visas: &[String], counted: usize, end: i64) {
    let passport = stand.world.passport(NOW, visas).with("exp", NOW + passport).sign(&Signer::aai_rsa());
    let verified = stand.bearer(&passport, NOW).await.unwrap();
    let user = user(&verified);
    assert_eq!((user.visas.len(), user.expires - NOW), (counted, end), "{case}");
    let still = |seconds: i64| stand.verifier.still_holds(&verified, at(NOW + seconds));
    assert_eq!(still(end + LEEWAY - 1), Ok(()), "{case}");
    assert_eq!(still(end + LEEWAY), Err(Invalid::Expired), "{case}");
}

/// Signs visas of the usual issuer.
fn signed<const N: usize>(visas: [Jws; N]) -> [String; N] {
    visas.map(|visa| visa.sign(&Signer::visas_rsa()))
}

#[tokio::test]
async fn the_first_to_end_counts() {
    let stand = Stand::new().await;
    let named = |name: &str, seconds| grant(&stand.world, name, seconds);
    for (case, passport, visas, end) in [
        ("no visa", 500, vec![], 500),
        ("the passport before its visa", 100, vec![named("A", 600)], 100),
        ("a visa before the passport", 600, vec![named("A", 200)], 200),
        ("the first of two", 600, vec![named("A", 200), named("B", 400)], 200),
        ("the second of two", 600, vec![named("A", 400), named("B", 200)], 200),
        ("the middle of three", 600, vec![named("A", 500), named("B", 300), named("C", 400)], 300),
    ] {
        let signed: Vec<_> = visas.iter().map(|visa| visa.sign(&Signer::visas_rsa())).collect();
        ends_after(&stand, case, passport, &signed, visas.len(), end).await;
    }
}

#[tokio::test]
async fn a_statement_ends_when_it_is_old() {
    let stand = Stand::new().await;
    let stated = |ago: i64, seconds| grant(&stand.world, "A", seconds).stating("asserted", NOW - ago);
    for (case, visa, end) in [
        ("old before the visa ends", stated(OLDEST - 100, 600), 100),
        ("old after the visa ends", stated(OLDEST - 600, 100), 100),
        ("old now", stated(OLDEST, 600), 0),
    ] {
        ends_after(&stand, case, 1_000, &signed([visa]), 1, end).await;
    }
    let both = signed([stated(OLDEST - 100, 600), affiliation(&stand.world, 600)]);
    ends_after(&stand, "one old, one new", 1_000, &both, 2, 100).await;
}

#[tokio::test]
async fn a_visa_that_is_an_access_token_ends_after_an_hour() {
    let stand = Stand::new().await;
    let issued = |ago: i64, seconds| {
        let visa = grant(&stand.world, "A", seconds).headless("jku").with("scope", "openid");
        signed([visa.with("iat", NOW - ago)])
    };
    ends_after(&stand, "just issued", 9_000, &issued(0, 8_000), 1, HOUR).await;
    ends_after(&stand, "issued before", 9_000, &issued(3_000, 8_000), 1, HOUR - 3_000).await;
    ends_after(&stand, "an hour ago", 9_000, &issued(HOUR, 8_000), 1, 0).await;
    ends_after(&stand, "more than an hour ago", 9_000, &issued(HOUR + 1, 8_000), 0, 9_000).await;
    ends_after(&stand, "ends before", 9_000, &issued(0, 100), 1, 100).await;
    let document = signed([grant(&stand.world, "A", 8_000)]);
    ends_after(&stand, "a document", 9_000, &document, 1, 8_000).await;
}

#[tokio::test]
async fn what_a_visa_hangs_on_ends_it() {
    let stand = Stand::new().await;
    ends_after(&stand, "the link of two ids", 600, &linked(&stand.world, 500, 200), 2, 200).await;
    ends_after(&stand, "the visa that was linked", 600, &linked(&stand.world, 200, 500), 2, 200).await;
    let wanted = json!([[{ "type": "AffiliationAndRole", "value": "pattern:faculty@*" }]]);
    let met = grant(&stand.world, "A", 500).stating("conditions", wanted);
    let evidence = signed([met, affiliation(&stand.world, 200)]);
    ends_after(&stand, "the evidence of its conditions", 600, &evidence, 2, 200).await;
}

#[tokio::test]
async fn what_does_not_count_ends_nothing() {
    let stand = Stand::new().await;
    let good = grant(&stand.world, "A", 500).sign(&Signer::visas_rsa());
    let short = grant(&stand.world, "B", 50);
    let wanted = json!([[{ "type": "ResearcherStatus", "value": "const:x" }]]);
    for (case, other) in [
        ("of somebody else", short.clone().with("sub", "eve@aai.example").sign(&Signer::visas_rsa())),
        ("signed by a stranger", short.clone().sign(&Signer::stranger())),
        ("its conditions are not met", short.stating("conditions", wanted).sign(&Signer::visas_rsa())),
    ] {
        ends_after(&stand, case, 600, &[good.clone(), other], 1, 500).await;
    }
}
