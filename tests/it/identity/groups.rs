//! Groups 1 to 24, each case at both doors, against open data, data of registered researchers, and granted data.

use std::{sync::Arc, time::SystemTime};

use fyr_identity::{IdentityConfig, Verifier, VolatileMemory};
use fyr_schemas::Release;
use fyr_tests::tokens::{Expect, Occasion, TestCredentials, TokenCase, cases};
use serde::Deserialize;
use serde_json::Value;

use super::stand::{Door, GRANTED, NODE, OPEN, REGISTERED, Stand, Told, headers, now, question};

/// Longest token that doors look at at all; longer ones may end the connection.
const TORN_FROM: usize = 100_000;
/// What is recorded of credentials that stand in no header as they should.
const UNREADABLE: &str = "the headers of the credentials cannot be read";

/// What the verifier says by itself: why credentials are refused, or which visas are ignored.
struct Reasons {
    unaccepted: Option<String>,
    ignored: Vec<String>,
}

struct Judge(Verifier);

impl Judge {
    fn new(stand: &Stand) -> Self {
        #[derive(Deserialize)]
        struct File {
            identity: IdentityConfig,
        }
        let config = toml::from_str::<File>(&stand.world.identity_toml()).unwrap().identity;
        Self(Verifier::new(&config, NODE, Arc::new(VolatileMemory::default())).unwrap())
    }

    async fn reasons(&self, shown: &TestCredentials, ask: &Occasion<'_>) -> Reasons {
        let verified = self.0.verify(&shown.shown(ask), Some(ask.question), SystemTime::now().into()).await;
        match verified {
            Ok(verified) => Reasons {
                unaccepted: None,
                ignored: verified.ignored.iter().map(ToString::to_string).collect(),
            },
            Err(why) => Reasons { unaccepted: Some(why.to_string()), ignored: Vec::new() },
        }
    }
}

/// What must be told of a dataset.
fn expected(expect: Expect, dataset: &str) -> Told {
    match (expect, dataset) {
        (Expect::Unauthenticated, _) => Told::Refused(401),
        (_, OPEN) => Told::Answer(Release::Frequency),
        (Expect::Granted, GRANTED) | (Expect::Registered, REGISTERED) => Told::Answer(Release::Count),
        // A hidden dataset is like one that is not there.
        _ => Told::Refused(404),
    }
}

/// Says what is wrong with what was recorded.
fn wrong_record(record: &Value, case: &TokenCase, reasons: &Reasons) -> Option<String> {
    let ignored = record["ignored_visas"].as_array().cloned().unwrap_or_default();
    let unaccepted = record["unaccepted"].as_str();
    let (kind, code) = (record["requester"]["kind"].as_str(), record["code"].as_str());
    let right = match case.expect {
        Expect::Unauthenticated => {
            kind == Some("unverified")
                && code == Some("UNAUTHENTICATED")
                && unaccepted
                    .is_some_and(|why| Some(why) == reasons.unaccepted.as_deref() || why == UNREADABLE)
        }
        _ => kind == Some("user") && unaccepted.is_none() && ignored == reasons.ignored,
    };
    (!right).then(|| format!("recorded as {record}"))
}

/// Puts one question with the credentials of a case; says what is wrong.
async fn try_case(
    stand: &Stand,
    judge: &Judge,
    case: &TokenCase,
    door: Door,
    dataset: &str,
) -> Option<String> {
    let (question, url) = (question(dataset), stand.url(door));
    let ask = Occasion { now: now(), method: "POST", url: &url, question: &question };
    let shown = (case.forge)(&stand.world, &ask);
    // What no header can hold is shown to nobody.
    let headers = headers(&shown)?;
    let reasons = judge.reasons(&shown, &ask).await;
    let told = stand.ask(door, &question, &headers).await;
    let is_vast = shown.token.as_ref().is_some_and(|token| token.len() > TORN_FROM);
    let records = stand.decisions();
    if told == Told::Torn && is_vast {
        return None;
    }
    if told != expected(case.expect, dataset) {
        return Some(format!("{told:?}, recorded as {records:?}"));
    }
    match records.as_slice() {
        [record] => wrong_record(record, case, &reasons),
        records => Some(format!("{} records", records.len())),
    }
}

async fn run(groups: &[u8]) {
    let stand = Stand::start().await;
    let judge = Judge::new(&stand);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for case in cases().iter().filter(|case| groups.contains(&case.group) && !case.exact) {
        seen += 1;
        for door in Door::BOTH {
            for dataset in [OPEN, REGISTERED, GRANTED] {
                let words = try_case(&stand, &judge, case, door, dataset).await;
                wrong.extend(words.map(|words| format!("{}, {door:?}, {dataset}: {words}", case.name)));
            }
        }
    }
    assert!(seen > 0, "the groups have cases");
    assert!(wrong.is_empty(), "{wrong:#?}");
    stand.finish().await;
}

macro_rules! groups {
    ($($name:ident: $($group:literal),+;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            run(&[$($group),+]).await;
        }
    )*};
}

groups! {
    group_00_what_holds_is_accepted: 0;
    group_01_no_algorithm: 1;
    group_02_public_key_as_secret: 2;
    group_03_key_of_another_type: 3;
    group_04_algorithm_that_the_issuer_does_not_use: 4;
    group_05_key_in_the_header: 5;
    group_06_odd_key_ids: 6;
    group_07_address_of_keys_in_a_visa_is_never_called: 7;
    group_08_address_of_keys_of_another_issuer: 8;
    group_09_issuer_is_compared_exactly: 9;
    group_10_audience: 10;
    group_11_expiry: 11;
    group_12_not_before_and_issued_at: 12;
    group_13_age_of_statements: 13;
    group_14_tokens_of_another_type: 14;
    group_15_visas_inside_access_tokens: 15;
    group_16_formats_of_visas: 16;
    group_17_visas_of_somebody_else: 17;
    group_18_conditions: 18;
    group_19_roles_and_sources: 19;
    group_20_values_are_compared_whole: 20;
    group_21_affiliations: 21;
    group_22_registered_researchers: 22;
    group_23_tokens_that_read_in_two_ways: 23;
    group_24_proofs: 24;
}
