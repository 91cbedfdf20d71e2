//! Group 24: what proofs open, at a node and through a broker, how often, and what it costs.

use fyr_schemas::{Allowance, Release};
use fyr_tests::tokens::{Occasion, Signer, TestCredentials, World};

use super::stand::{Door, GRANTED, OPEN, Stand, Told, headers, now, question};

fn passport(world: &World, now: i64) -> fyr_tests::tokens::Jws {
    world.passport(now, &[world.grant(now).sign(&Signer::visas_rsa())])
}

fn bound(world: &World, now: i64) -> String {
    let key = serde_json::json!({ "jkt": Signer::client().thumbprint() });
    passport(world, now).with("cnf", key).sign(&Signer::aai_rsa())
}

fn plain(world: &World, ask: &Occasion<'_>) -> TestCredentials {
    TestCredentials::bearer(passport(world, ask.now).sign(&Signer::aai_rsa()))
}

fn with_dpop(world: &World, ask: &Occasion<'_>) -> TestCredentials {
    let (token, client) = (bound(world, ask.now), Signer::client());
    let proof = world.dpop(ask, &token, &client).sign(&client);
    world.with_proofs(token, Some(proof), None)
}

fn signed(world: &World, ask: &Occasion<'_>) -> TestCredentials {
    let (token, client) = (bound(world, ask.now), Signer::client());
    let proof = world.query_proof(ask, &token, &client).sign(&client);
    world.with_proofs(token, None, Some(proof))
}

#[tokio::test(flavor = "multi_thread")]
async fn group_24_who_shows_that_a_token_is_theirs_gets_more() {
    let stand = Stand::start().await;
    let question = question(GRANTED);
    for door in Door::BOTH {
        for (forge, release) in [
            (plain as fn(&World, &Occasion<'_>) -> TestCredentials, Release::Count),
            (with_dpop, Release::Frequency),
            (signed, Release::Frequency),
        ] {
            assert_eq!(stand.show(door, &question, forge).await, Told::Answer(release), "{door:?}");
        }
    }
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_24_a_broker_hands_a_signed_question_on_and_can_ask_no_other() {
    let stand = Stand::start().await;
    let (asked, other) = (question(GRANTED), question(OPEN));
    for door in Door::BOTH {
        let ask = Occasion { now: now(), method: "POST", url: "", question: &asked };
        let bearer = headers(&plain(&stand.world, &ask)).unwrap();
        let through = stand.ask_broker(door, &asked, &bearer).await;
        assert_eq!(through, Told::Answer(Release::Count), "{door:?}: a bearer token");
        let proof = headers(&signed(&stand.world, &ask)).unwrap();
        let through = stand.ask_broker(door, &asked, &proof).await;
        assert_eq!(through, Told::Answer(Release::Frequency), "{door:?}: a signed question");
        let again = stand.ask_broker(door, &asked, &proof).await;
        assert_eq!(again, Told::Answer(Release::Frequency), "{door:?}: again, within a minute");
        // DPoP names the broker, so it shows nothing to a node.
        let dpop = headers(&with_dpop(&stand.world, &ask)).unwrap();
        assert!(matches!(stand.ask_broker(door, &asked, &dpop).await, Told::Refused(401)), "{door:?}: DPoP");
        let for_other = headers(&signed(&stand.world, &Occasion { question: &other, ..ask })).unwrap();
        let through = stand.ask_broker(door, &asked, &for_other).await;
        assert_eq!(through, Told::Refused(401), "{door:?}: another question under the signature");
    }
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_24_a_signed_question_is_answered_again_and_its_proof_opens_no_other() {
    let stand = Stand::start().await;
    let (asked, other) = (question(GRANTED), question(OPEN));
    for (first, second) in [(Door::Rest, Door::Grpc), (Door::Grpc, Door::Rest), (Door::Rest, Door::Rest)] {
        let ask = Occasion { now: now(), method: "POST", url: "", question: &asked };
        let shown = headers(&signed(&stand.world, &ask)).unwrap();
        let told = Told::Answer(Release::Frequency);
        assert_eq!(stand.ask(first, &asked, &shown).await, told);
        assert_eq!(stand.ask(second, &asked, &shown).await, told, "{second:?} after {first:?}");
        assert_eq!(stand.ask_broker(second, &asked, &shown).await, told, "through a broker");
        stand.decisions();
        assert_eq!(stand.ask(second, &other, &shown).await, Told::Refused(401));
        assert_eq!(stand.decisions()[0]["unaccepted"], "the proof is for another request");
    }
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_24_a_signed_question_that_is_asked_again_is_charged_once() {
    let stand = Stand::start().await;
    let asked = question(GRANTED);
    let ask = Occasion { now: now(), method: "POST", url: "", question: &asked };
    let shown = headers(&signed(&stand.world, &ask)).unwrap();
    let first = stand.allowances(&asked, &shown).await;
    assert!(!first.is_empty() && first.iter().all(|allowance| allowance.price == 1), "{first:?}");
    let again: Vec<_> = first.into_iter().map(|allowance| Allowance { price: 0, ..allowance }).collect();
    for _ in 0..2 {
        assert_eq!(stand.allowances(&asked, &shown).await, again);
    }
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_24_a_proof_of_possession_counts_once() {
    let stand = Stand::start().await;
    let asked = question(GRANTED);
    for door in Door::BOTH {
        let url = stand.url(door);
        let ask = Occasion { now: now(), method: "POST", url: &url, question: &asked };
        let shown = headers(&with_dpop(&stand.world, &ask)).unwrap();
        assert_eq!(stand.ask(door, &asked, &shown).await, Told::Answer(Release::Frequency));
        stand.decisions();
        assert_eq!(stand.ask(door, &asked, &shown).await, Told::Refused(401), "DPoP, {door:?}");
        assert_eq!(stand.decisions()[0]["unaccepted"], "the proof was shown before");
    }
    stand.finish().await;
}
