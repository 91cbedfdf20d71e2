//! The 32 groups of negative tests for tokens (GA4GH AAI and Passport, RFC 8725, RFC 9449), by name.
//!
//! Groups 1 to 24 are a list that the doors of a running node are held against too; the others take steps.

use std::collections::BTreeSet;

use fyr_identity::{Invalid, Memory, MemoryUnavailable, Shown, ShownBefore, Verifier, VisaFault, token_id};
use fyr_policy::{Audience, Binding, Requester, Subject, User};
use fyr_schemas::{Pagination, Query};
use std::sync::Arc;

use crate::{
    support::{Lines, NODE, NOW, Stand, at, config, marks, user},
    tokens::{
        DATASET, Expect, Occasion, PERSON, Provider, Reply, Signer, TestCredentials, TokenCase, cases, iss,
        key_set,
    },
};

fn has_grant(user: &User) -> bool {
    user.visas.iter().any(|visa| visa.kind.name() == "ControlledAccessGrants" && visa.value == DATASET)
}

/// What came of a case, in the words of the list, and all reasons that were given.
async fn outcome(stand: &Stand, case: &TokenCase) -> (Expect, Vec<&'static str>) {
    let verified = match stand.verify(&(case.forge)(&stand.world, &stand.ask(NOW)), NOW).await {
        Ok(verified) => verified,
        Err(reason) => return (Expect::Unauthenticated, vec![reason.code()]),
    };
    let user = user(&verified);
    let is_plain = user.visas.is_empty() && verified.ignored.is_empty();
    let came = match (has_grant(&user), user.is_bona_fide(), is_plain) {
        (true, _, _) => Expect::Granted,
        (false, true, _) => Expect::Registered,
        (false, false, true) => Expect::Accepted,
        (false, false, false) => Expect::VisaIgnored,
    };
    (came, verified.ignored.into_iter().map(VisaFault::code).collect())
}

/// An access token with visas inside is let in without a look at them.
fn is_as_expected(expected: Expect, came: Expect) -> bool {
    came == expected || (expected, came) == (Expect::VisaIgnored, Expect::Accepted)
}

/// Runs the cases of a group, in which credentials and visas are refused for these reasons and no others.
async fn run(group: u8, reasons: &[&str]) {
    let stand = Stand::new().await;
    let (mut wrong, mut given) = (Vec::new(), BTreeSet::new());
    for case in cases().iter().filter(|case| case.group == group) {
        let (came, because) = outcome(&stand, case).await;
        if !is_as_expected(case.expect, came) {
            wrong.push(format!("{}: {came:?} {because:?}, not {:?}", case.name, case.expect));
        }
        given.extend(because);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(given, reasons.iter().copied().collect(), "the reasons of group {group}");
    assert_eq!(stand.trap.connections(), 0, "an address from a token was called");
}

#[tokio::test]
async fn group_00_what_holds_is_accepted() {
    run(0, &[]).await;
}

#[tokio::test]
async fn group_01_no_algorithm() {
    run(1, &["algorithm", "signature"]).await;
}

#[tokio::test]
async fn group_02_public_key_as_secret() {
    run(2, &["algorithm", "signature"]).await;
}

#[tokio::test]
async fn group_03_key_of_another_type() {
    run(3, &["algorithm"]).await;
}

#[tokio::test]
async fn group_04_algorithm_that_the_issuer_does_not_use() {
    run(4, &["algorithm"]).await;
}

#[tokio::test]
async fn group_05_key_in_the_header() {
    run(5, &["header", "jku"]).await;
}

#[tokio::test]
async fn group_06_odd_key_ids() {
    run(6, &["key", "signature"]).await;
}

#[tokio::test]
async fn group_07_address_of_keys_in_a_visa_is_never_called() {
    run(7, &["jku", "issuer"]).await;
}

#[tokio::test]
async fn group_08_address_of_keys_of_another_issuer() {
    run(8, &["jku", "key"]).await;
}

#[tokio::test]
async fn group_09_issuer_is_compared_exactly() {
    run(9, &["issuer", "claims"]).await;
}

#[tokio::test]
async fn group_10_audience() {
    run(10, &["audience"]).await;
}

#[tokio::test]
async fn group_11_expiry() {
    run(11, &["claims", "malformed", "expired"]).await;
}

#[tokio::test]
async fn group_12_not_before_and_issued_at() {
    run(12, &["claims", "not-yet-valid"]).await;
}

#[tokio::test]
async fn group_13_age_of_statements() {
    run(13, &["asserted", "statement"]).await;
}

#[tokio::test]
async fn group_14_tokens_of_another_type() {
    run(14, &["token-type", "passport", "header"]).await;
}

#[tokio::test]
async fn group_15_visas_inside_access_tokens() {
    run(15, &["passport"]).await;
}

#[tokio::test]
async fn group_16_formats_of_visas() {
    run(16, &["format", "claims", "expired", "malformed", "token-type", "key"]).await;
}

#[tokio::test]
async fn group_17_visas_of_somebody_else() {
    run(17, &["subject", "key", "by", "source", "expired", "statement", "conditions"]).await;
}

#[tokio::test]
async fn group_18_conditions() {
    run(18, &["conditions", "subject", "expired", "key"]).await;
}

#[tokio::test]
async fn group_19_roles_and_sources() {
    run(19, &["by", "source", "statement"]).await;
}

#[tokio::test]
async fn group_20_values_are_compared_whole() {
    run(20, &["statement", "type"]).await;
}

#[tokio::test]
async fn group_21_affiliations() {
    run(21, &["statement", "conditions"]).await;
}

#[tokio::test]
async fn group_22_registered_researchers() {
    run(22, &["by"]).await;
}

#[tokio::test]
async fn group_23_tokens_that_read_in_two_ways() {
    run(23, &["malformed", "too-large", "header", "signature"]).await;
}

#[tokio::test]
async fn group_23_no_letter_of_a_token_can_be_changed() {
    let stand = Stand::new().await;
    let token = stand.world.access(NOW).sign(&Signer::aai_ec());
    assert!(stand.bearer(&token, NOW).await.is_ok());
    for at in 0..token.len() {
        for letter in ["A", "_", ".", "="].into_iter().filter(|letter| token[at..=at] != **letter) {
            let changed = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
            assert!(stand.bearer(&changed, NOW).await.is_err(), "letter {at} as {letter}");
        }
        assert!(stand.bearer(&token[..at], NOW).await.is_err(), "cut at {at}");
    }
}

#[tokio::test]
async fn group_24_proofs() {
    run(
        24,
        &[
            "scheme",
            "binding-required",
            "binding-unsupported",
            "proof",
            "proof-key",
            "proof-missing",
            "proof-request",
            "proof-stale",
            "proof-token",
            "proof-unexpected",
        ],
    )
    .await;
}

/// Returns the credentials of the case with this name.
fn shown(stand: &Stand, name: &str) -> TestCredentials {
    let cases = cases();
    let case = cases.iter().find(|case| case.name == name).unwrap();
    (case.forge)(&stand.world, &stand.ask(NOW))
}

#[tokio::test]
async fn group_24_a_proof_counts_once() {
    let stand = Stand::new().await;
    for (name, binding) in [("DPoP", Binding::Sender), ("both", Binding::Question)] {
        let shown = shown(&stand, name);
        let verified = stand.verify(&shown, NOW).await.unwrap();
        assert_eq!(user(&verified).binding, binding, "{name}");
        assert_eq!(stand.verify(&shown, NOW).await, Err(Invalid::ProofReplayed), "{name}");
        assert_eq!(stand.verify(&shown, NOW + 59).await, Err(Invalid::ProofReplayed), "{name}");
        assert_eq!(stand.verify(&shown, NOW + 61).await, Err(Invalid::ProofStale), "{name}");
    }
}

#[tokio::test]
async fn group_24_a_signed_question_may_be_asked_again_for_a_minute() {
    let stand = Stand::new().await;
    let shown = shown(&stand, "query proof");
    for later in [0, 0, 59, 60] {
        let verified = stand.verify(&shown, NOW + later).await.unwrap();
        assert_eq!(user(&verified).binding, Binding::Question, "after {later} seconds");
    }
    assert_eq!(stand.verify(&shown, NOW + 61).await, Err(Invalid::ProofStale));
}

#[tokio::test]
async fn group_24_a_proof_that_is_named_as_another_one_is_spent() {
    let stand = Stand::new().await;
    let other =
        Query { pagination: Pagination { skip: 1, ..Pagination::default() }, ..stand.question.clone() };
    let (token, client) = (stand.world.bound(NOW).sign(&Signer::aai_rsa()), Signer::client());
    let proof = |question: &Query| {
        let ask = Occasion { question, ..stand.ask(NOW) };
        let proof = stand.world.query_proof(&ask, &token, &client).with("jti", "the same id").sign(&client);
        stand.world.with_proofs(token.clone(), None, Some(proof))
    };
    assert!(stand.verify(&proof(&stand.question), NOW).await.is_ok());
    let page = proof(&other);
    let ask = Occasion { question: &other, ..stand.ask(NOW) };
    let asked = stand.verifier.verify(&page.shown(&ask), Some(&other), at(NOW)).await;
    assert_eq!(asked, Err(Invalid::ProofReplayed), "another page is another question");
    let asked = stand.verifier.verify(&proof(&stand.question).shown(&ask), Some(&other), at(NOW)).await;
    assert_eq!(asked, Err(Invalid::ProofRequest), "which the proof does not speak of");
    assert!(stand.verify(&proof(&stand.question), NOW).await.is_ok());
}

#[tokio::test]
async fn group_24_a_proof_that_does_not_hold_is_not_spent() {
    let stand = Stand::new().await;
    let right = shown(&stand, "DPoP");
    let ask = stand.ask(NOW);
    let elsewhere = Shown { url: Some("https://another.example/"), ..right.shown(&ask) };
    let refused = stand.verifier.verify(&elsewhere, None, at(NOW)).await;
    assert_eq!(refused, Err(Invalid::ProofRequest));
    assert!(stand.verify(&right, NOW).await.is_ok());
}

#[tokio::test]
async fn group_24_a_query_proof_needs_its_question() {
    let stand = Stand::new().await;
    let shown = shown(&stand, "query proof");
    let ask = stand.ask(NOW);
    let without = stand.verifier.verify(&shown.shown(&ask), None, at(NOW)).await;
    assert_eq!(without, Err(Invalid::ProofRequest));
}

/// A memory that cannot be asked.
#[derive(Debug)]
struct Forgetful;

impl Memory for Forgetful {
    fn use_proof(&self, _: [u8; 32], _: Option<[u8; 32]>, _: i64) -> ShownBefore<'_> {
        Box::pin(async { Err(MemoryUnavailable) })
    }

    fn is_revoked(&self, _: &Subject) -> bool {
        false
    }

    fn is_token_revoked(&self, _: &[u8; 32]) -> bool {
        false
    }
}

#[tokio::test]
async fn group_24_without_memory_no_proof_counts() {
    let stand = Stand::new().await;
    let config = config(&stand.world.identity_toml());
    let verifier = Verifier::new(&config, NODE, Arc::new(Forgetful)).unwrap();
    let (shown, ask) = (shown(&stand, "DPoP"), stand.ask(NOW));
    let outcome = verifier.verify(&shown.shown(&ask), None, at(NOW)).await;
    assert_eq!(outcome, Err(Invalid::MemoryUnavailable));
}

/// A verifier whose issuer of tokens has its keys at an address.
async fn remote() -> (Stand, Provider) {
    let provider = Provider::start().await.unwrap();
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_rsa()])));
    let (url, iss) = (provider.url("/jwks"), iss::AAI);
    let stand = Stand::with(|_| {
        format!(
            "[identity]\ninsecure_loopback = true\n[[identity.issuers]]\niss = '{iss}'\njwks_uri = '{url}'\n"
        )
    })
    .await;
    (stand, provider)
}

fn signed(stand: &Stand, now: i64, signer: &Signer) -> String {
    stand.world.access(now).with("exp", now + 90_000).sign(signer)
}

#[tokio::test]
async fn group_25_a_new_key_is_known_after_one_fetch() {
    let (stand, provider) = remote().await;
    let (old, new) = (signed(&stand, NOW, &Signer::aai_rsa()), signed(&stand, NOW, &Signer::aai_ec()));
    assert!(stand.bearer(&old, NOW).await.is_ok());
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_rsa(), Signer::aai_ec()])));
    assert_eq!(stand.bearer(&new, NOW + 29).await, Err(Invalid::Key), "fetched less than 30 seconds ago");
    assert!(stand.bearer(&new, NOW + 30).await.is_ok());
    assert!(stand.bearer(&old, NOW + 31).await.is_ok());
    assert_eq!(provider.connections(), 2);
}

#[tokio::test]
async fn group_25_a_removed_key_is_refused_when_its_time_is_over() {
    let (stand, provider) = remote().await;
    let old = signed(&stand, NOW, &Signer::aai_rsa());
    assert!(stand.bearer(&old, NOW).await.is_ok());
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_ec()])));
    assert!(stand.bearer(&old, NOW + 599).await.is_ok());
    assert_eq!(
        stand.bearer(&old, NOW + 600).await,
        Err(Invalid::Key),
        "though its signature was seen before"
    );
    assert_eq!(stand.bearer(&old, NOW + 601).await, Err(Invalid::Key));
}

#[tokio::test]
async fn group_25_many_unknown_key_ids_cause_one_fetch_in_30_seconds() {
    let (stand, provider) = remote().await;
    assert!(stand.bearer(&signed(&stand, NOW, &Signer::aai_rsa()), NOW).await.is_ok());
    let token = stand.world.access(NOW);
    let fetches = |from: i64, count: u32| {
        let (stand, token) = (&stand, &token);
        async move {
            for number in 0..count {
                let text = token.clone().head("kid", format!("random-{from}-{number}").into());
                let unsigned = format!("{}AAAA", text.unsigned(&Signer::stranger()));
                let unknown = stand.bearer(&unsigned, from + i64::from(number * 29 / count)).await;
                assert_eq!(unknown, Err(Invalid::Key));
            }
        }
    };
    fetches(NOW + 30, 10_000).await;
    assert_eq!(provider.connections(), 2);
    fetches(NOW + 60, 100).await;
    assert_eq!(provider.connections(), 3);
}

#[tokio::test]
async fn group_25_an_unknown_key_id_is_remembered_for_five_minutes() {
    let (stand, provider) = remote().await;
    let unknown = signed(&stand, NOW, &Signer::aai_ec());
    for (later, connections) in [(0, 1), (40, 1), (299, 1), (300, 2)] {
        assert_eq!(stand.bearer(&unknown, NOW + later).await, Err(Invalid::Key));
        assert_eq!(provider.connections(), connections, "after {later} seconds");
    }
}

#[tokio::test]
async fn group_25_without_the_issuer_known_keys_count_for_a_day() {
    let (stand, provider) = remote().await;
    let known = signed(&stand, NOW, &Signer::aai_rsa());
    assert!(stand.bearer(&known, NOW).await.is_ok());
    provider.reply("/jwks", Reply::Status(503));
    assert!(stand.bearer(&known, NOW + 3_600).await.is_ok());
    let unknown = signed(&stand, NOW, &Signer::aai_ec());
    assert_eq!(stand.bearer(&unknown, NOW + 3_601).await, Err(Invalid::KeysUnavailable));
    assert!(stand.bearer(&known, NOW + 86_399).await.is_ok());
    assert_eq!(stand.bearer(&known, NOW + 86_400).await, Err(Invalid::KeysUnavailable));
}

#[tokio::test]
async fn group_25_what_is_no_key_set_changes_nothing() {
    let (stand, provider) = remote().await;
    let token = signed(&stand, NOW, &Signer::aai_rsa());
    assert!(stand.bearer(&token, NOW).await.is_ok());
    let large = format!("{{\"x\":\"{}\",{}", "x".repeat(2 << 20), &key_set(&[Signer::aai_ec()])[1..]);
    let private = serde_json::json!({ "keys": [{ "kty": "oct", "kid": "aai-rs", "k": "AAAA" }] }).to_string();
    let elsewhere = stand.trap.url("/jwks.json");
    for (number, (case, reply)) in [
        ("HTML", Reply::Body("<html>sign in</html>".to_owned())),
        ("empty", Reply::Body(String::new())),
        ("no keys", Reply::Body(r#"{"keys":[]}"#.to_owned())),
        ("secret keys", Reply::Body(private)),
        ("over a mebibyte", Reply::Body(large)),
        ("an error", Reply::Status(500)),
        ("a redirect", Reply::Redirect(elsewhere)),
    ]
    .into_iter()
    .enumerate()
    {
        provider.reply("/jwks", reply);
        let later = NOW + 700 + 40 * i64::try_from(number).unwrap();
        assert!(stand.bearer(&token, later).await.is_ok(), "{case}");
        assert_eq!(provider.connections(), number + 2, "{case}");
    }
    assert_eq!(stand.trap.connections(), 0, "redirects are not followed");
}

#[tokio::test]
async fn group_25_without_any_keys_nobody_is_let_in() {
    let (stand, provider) = remote().await;
    provider.reply("/jwks", Reply::Status(404));
    let token = signed(&stand, NOW, &Signer::aai_rsa());
    assert_eq!(stand.bearer(&token, NOW).await, Err(Invalid::KeysUnavailable));
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_rsa()])));
    assert_eq!(stand.bearer(&token, NOW + 1).await, Err(Invalid::KeysUnavailable), "asked a second ago");
    assert!(stand.bearer(&token, NOW + 30).await.is_ok());
}

#[tokio::test]
async fn group_26_revoked_people_and_tokens() {
    let stand = Stand::new().await;
    let token = stand.world.access(NOW).sign(&Signer::aai_rsa());
    assert!(stand.bearer(&token, NOW).await.is_ok());
    stand.memory.revoke_token(token_id(iss::AAI, "token-1"));
    assert_eq!(stand.bearer(&token, NOW).await, Err(Invalid::Revoked), "by its id");
    let other = stand.world.access(NOW).with("jti", "token-2").sign(&Signer::aai_rsa());
    assert!(stand.bearer(&other, NOW).await.is_ok());
    stand.memory.revoke_token(fyr_identity::token_digest(&other));
    assert_eq!(stand.bearer(&other, NOW).await, Err(Invalid::Revoked), "by its text");
    let third = stand.world.access(NOW).without("jti").sign(&Signer::aai_rsa());
    assert!(stand.bearer(&third, NOW).await.is_ok());
    stand.memory.revoke(Subject { issuer: iss::AAI.to_owned(), id: PERSON.to_owned() });
    assert_eq!(stand.bearer(&third, NOW).await, Err(Invalid::Revoked), "by the person");
}

#[tokio::test]
async fn group_26_a_revoked_visa_is_ignored() {
    let stand = Stand::new().await;
    let shown = shown(&stand, "visa RS256");
    assert!(has_grant(&user(&stand.verify(&shown, NOW).await.unwrap())));
    stand.memory.revoke_token(token_id(iss::VISAS, "visa-ControlledAccessGrants"));
    let verified = stand.verify(&shown, NOW).await.unwrap();
    assert!(user(&verified).visas.is_empty());
    assert_eq!(verified.ignored, [VisaFault::Token(Invalid::Revoked)]);
}

#[tokio::test]
async fn group_26_another_id_of_a_revoked_person_does_not_help() {
    let stand = Stand::new().await;
    let shown = shown(&stand, "linked by a trusted issuer");
    let verified = stand.verify(&shown, NOW).await.unwrap();
    let other = Subject { issuer: iss::OTHER_VISAS.to_owned(), id: "17".to_owned() };
    assert!(user(&verified).linked.contains(&other));
    stand.memory.revoke(other);
    assert_eq!(stand.verify(&shown, NOW).await, Err(Invalid::Revoked));
}

#[tokio::test]
async fn group_26_a_person_is_revoked_by_the_name_that_a_visa_issuer_uses() {
    let stand = Stand::new().await;
    for name in ["visa RS256", "linked from the other side"] {
        let shown = shown(&stand, name);
        let verified = stand.verify(&shown, NOW).await.unwrap();
        let (issuer, id) = if name == "visa RS256" { (iss::VISAS, PERSON) } else { (iss::OTHER_VISAS, "17") };
        stand.memory.revoke(Subject { issuer: issuer.to_owned(), id: id.to_owned() });
        assert_eq!(stand.verify(&shown, NOW).await, Err(Invalid::Revoked), "{name}");
        assert_eq!(stand.verifier.still_holds(&verified, at(NOW)), Err(Invalid::Revoked), "{name}");
    }
}

#[tokio::test]
async fn group_27_revoked_between_two_questions_of_a_stream() {
    let stand = Stand::new().await;
    let granted = stand.verify(&shown(&stand, "visa RS256"), NOW).await.unwrap();
    let token = stand.bearer(&stand.world.access(NOW).sign(&Signer::aai_rsa()), NOW).await.unwrap();
    for verified in [&granted, &token] {
        assert_eq!(stand.verifier.still_holds(verified, at(NOW)), Ok(()));
        assert_eq!(stand.verifier.still_holds(verified, at(NOW + 629)), Ok(()));
        assert_eq!(stand.verifier.still_holds(verified, at(NOW + 630)), Err(Invalid::Expired));
    }
    stand.memory.revoke_token(token_id(iss::VISAS, "visa-ControlledAccessGrants"));
    assert_eq!(stand.verifier.still_holds(&granted, at(NOW)), Err(Invalid::Revoked));
    assert_eq!(stand.verifier.still_holds(&token, at(NOW)), Ok(()));
    stand.memory.revoke(Subject { issuer: iss::AAI.to_owned(), id: PERSON.to_owned() });
    assert_eq!(stand.verifier.still_holds(&token, at(NOW)), Err(Invalid::Revoked));
}

#[tokio::test]
async fn group_28_a_token_in_the_address_is_not_read() {
    let stand = Stand::new().await;
    let token = stand.world.access(NOW).sign(&Signer::aai_rsa());
    let url = format!("https://node.example/api/g_variants?access_token={token}");
    let shown = Shown { url: Some(&url), ..Shown::nothing() };
    let verified = stand.verifier.verify(&shown, Some(&stand.question), at(NOW)).await.unwrap();
    assert_eq!(verified.requester, Requester::Public);
}

#[tokio::test]
async fn group_29_two_tokens_are_none() {
    let stand = Stand::new().await;
    let token = stand.world.access(NOW).sign(&Signer::aai_rsa());
    for both in [format!("{token}, {token}"), format!("{token} {token}"), format!("{token}\n{token}")] {
        assert_eq!(stand.bearer(&both, NOW).await, Err(Invalid::Malformed));
    }
}

#[tokio::test]
async fn group_30_no_token_is_printed() {
    let (lines, _logs) = Lines::catch();
    let (stand, provider) = remote().await;
    provider.reply("/jwks", Reply::Status(500));
    let (mut printed, ask) = (String::new(), stand.ask(NOW));
    let mut secrets = vec![PERSON.to_owned()];
    for case in cases() {
        let shown = (case.forge)(&stand.world, &ask);
        let all = [&shown.token, &shown.dpop, &shown.proof];
        secrets.extend(all.into_iter().flatten().flat_map(|text| marks(text)));
        let outcome = stand.verify(&shown, NOW).await;
        printed += &format!("{:?} {:?} {:?}\n", shown.shown(&ask), stand.verifier, outcome);
        printed += &outcome.err().map(|reason| format!("{reason} {}", reason.code())).unwrap_or_default();
    }
    printed += &lines.text();
    assert!(printed.contains("cannot fetch the keys of an issuer"), "logs are seen");
    for secret in secrets {
        assert!(!printed.contains(&secret), "{secret}");
    }
}

#[tokio::test]
async fn group_31_what_is_wrong_is_never_public() {
    let stand = Stand::new().await;
    for case in cases().iter().filter(|case| case.expect == Expect::Unauthenticated) {
        let outcome = stand.verify(&(case.forge)(&stand.world, &stand.ask(NOW)), NOW).await;
        assert!(outcome.is_err(), "{} {}", case.group, case.name);
    }
    for token in ["", " ", "null", "Bearer", "undefined"] {
        assert!(stand.bearer(token, NOW).await.is_err(), "`{token}`");
    }
    let nothing = stand.verifier.verify(&Shown::nothing(), Some(&stand.question), at(NOW)).await.unwrap();
    assert_eq!(nothing.requester, Requester::Public);
    assert_eq!(stand.verifier.still_holds(&nothing, at(NOW)), Ok(()));
}

#[tokio::test]
async fn group_31_who_trusts_nobody_lets_nobody_in() {
    let stand = Stand::with(|_| "[identity]".to_owned()).await;
    assert!(stand.verifier.trusts_nobody());
    let token = stand.world.access(NOW).sign(&Signer::aai_rsa());
    assert_eq!(stand.bearer(&token, NOW).await, Err(Invalid::Issuer));
}

#[tokio::test]
async fn group_32_a_clock_ten_minutes_off_is_seen() {
    // 1,790,000,000 is Mon, 21 Sep 2026 14:13:20 GMT.
    for (case, date, is_sane) in [
        ("equal", "Mon, 21 Sep 2026 14:13:20 GMT", true),
        ("ten minutes behind", "Mon, 21 Sep 2026 14:03:20 GMT", true),
        ("more than ten minutes behind", "Mon, 21 Sep 2026 14:03:19 GMT", false),
        ("more than ten minutes ahead", "Mon, 21 Sep 2026 14:23:21 GMT", false),
        ("no date", "yesterday", true),
    ] {
        let (stand, provider) = remote().await;
        provider.reply("/jwks", Reply::Dated(key_set(&[Signer::aai_rsa()]), date.to_owned()));
        assert!(stand.verifier.is_clock_sane(), "nobody was asked");
        stand.verifier.refresh(at(NOW)).await;
        assert_eq!(stand.verifier.is_clock_sane(), is_sane, "{case}");
    }
}

#[tokio::test]
async fn an_issuer_without_audience_is_known_as_such() {
    let stand = Stand::new().await;
    let token = stand.world.access(NOW).with("iss", iss::OPEN).without("aud").sign(&Signer::aai_rsa());
    let unstated = user(&stand.bearer(&token, NOW).await.unwrap());
    assert_eq!((unstated.audience, unstated.binding), (Audience::Unstated, Binding::Bearer));
    let token = stand.world.access(NOW).sign(&Signer::aai_rsa());
    assert_eq!(user(&stand.bearer(&token, NOW).await.unwrap()).audience, Audience::This);
}

#[test]
fn each_case_has_a_name_of_its_own() {
    let cases = cases();
    let names: BTreeSet<(u8, &str)> = cases.iter().map(|case| (case.group, case.name.as_str())).collect();
    assert_eq!(names.len(), cases.len());
}
