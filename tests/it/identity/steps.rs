//! Groups 25 to 32, which take steps, at the doors of a running node.

use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _, channel::mpsc};
use fyr_identity::token_id;
use fyr_policy::Subject;
use fyr_proto::v1::{self, ask_many_response::Outcome};
use fyr_schemas::Release;
use fyr_state::Revocation;
use fyr_tests::tokens::{Occasion, PERSON, Provider, Reply, Signer, TestCredentials, World, iss, key_set};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::Value;
use tonic::{Request, metadata::MetadataMap};

use super::stand::{Door, OPEN, Stand, Told, headers, now, question, refused};

fn access(world: &World, ask: &Occasion<'_>) -> TestCredentials {
    TestCredentials::bearer(world.access(ask.now).sign(&Signer::aai_rsa()))
}

fn bearer(token: &str) -> HeaderMap {
    headers(&TestCredentials::bearer(token)).unwrap()
}

/// An issuer of tokens whose keys are fetched.
fn fetched(address: &str) -> String {
    let iss = iss::AAI;
    format!(
        "[identity]\ninsecure_loopback = true\n[[identity.issuers]]\niss = '{iss}'\njwks_uri = '{address}'\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn group_25_unknown_keys_are_refused_and_cause_no_flood_of_calls() {
    let provider = Provider::start().await.unwrap();
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_rsa()])));
    let stand = Stand::with(|_| fetched(&provider.url("/jwks"))).await;
    let open = question(OPEN);
    let good = Told::Answer(Release::Frequency);
    assert_eq!(stand.show(Door::Rest, &open, access).await, good);
    provider.reply("/jwks", Reply::Status(503));
    for number in 0..100 {
        let told = stand.show(Door::BOTH[number % 2], &open, |world, ask| {
            let token = world.access(ask.now).head("kid", format!("random-{number}").into());
            TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
        });
        assert_eq!(told.await, Told::Refused(401));
    }
    assert_eq!(
        stand.show(Door::Grpc, &open, access).await,
        good,
        "known keys count while the issuer is down"
    );
    // One at the start, and one in each 30 seconds that this may have taken.
    assert!(provider.connections() <= 4, "{} calls", provider.connections());
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_26_whoever_is_on_the_deny_list_is_refused_at_every_door() {
    let stand = Stand::start().await;
    let (state, open) = (stand.state().await, question(OPEN));
    let subject = Subject { issuer: iss::AAI.to_owned(), id: PERSON.to_owned() };
    for revocation in [Revocation::Subject(subject), Revocation::Token(token_id(iss::AAI, "token-1"))] {
        for door in Door::BOTH {
            assert_eq!(stand.show(door, &open, access).await, Told::Answer(Release::Frequency), "{door:?}");
        }
        state.revoke("test", &revocation).await.unwrap();
        stand.decisions();
        for door in Door::BOTH {
            assert_eq!(stand.show(door, &open, access).await, Told::Refused(401), "{door:?}");
            assert_eq!(stand.decisions()[0]["unaccepted"], "the token or its holder is revoked");
        }
        state.unrevoke("test", &revocation).await.unwrap();
    }
    state.close().await;
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_27_a_stream_ends_with_the_revocation() {
    let stand = Stand::start().await;
    let (state, open) = (stand.state().await, question(OPEN));
    let asked = |tag| v1::AskManyRequest { tag, question: Some((&open).into()), proof: None };
    let (mut questions, stream) = mpsc::unbounded();
    let mut request = Request::new(stream);
    let token = stand.world.access(now()).sign(&Signer::aai_rsa());
    *request.metadata_mut() = MetadataMap::from_headers(bearer(&token));
    questions.send(asked(1)).await.unwrap();
    let client = stand.node().grpc().await.unwrap();
    let mut answers = client.service().ask_many(request).await.unwrap().into_inner();
    let first = answers.next().await.unwrap().unwrap();
    assert!(matches!(first.outcome, Some(Outcome::Answer(_))), "{first:?}");
    let subject = Subject { issuer: iss::AAI.to_owned(), id: PERSON.to_owned() };
    state.revoke("test", &Revocation::Subject(subject)).await.unwrap();
    questions.send(asked(2)).await.unwrap();
    let second = answers.next().await.unwrap().unwrap();
    let Some(Outcome::Failure(failure)) = second.outcome else { panic!("{second:?}") };
    assert_eq!((second.tag, failure.code.as_str()), (2, "UNAUTHENTICATED"));
    drop((questions, answers));
    state.close().await;
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_28_a_token_in_a_query_or_a_form_is_refused() {
    let stand = Stand::start().await;
    let token = stand.world.access(now()).sign(&Signer::aai_rsa());
    let beacon = stand.node().beacon();
    for path in ["g_variants", "datasets", "filtering_terms", "entry_types", "map", "configuration"] {
        for name in ["access_token", "ACCESS_TOKEN"] {
            let url = format!("{beacon}/{path}?{name}={token}");
            let response = stand.http.get(url).send().await.unwrap();
            assert_eq!(response.status(), 400, "{path}");
        }
    }
    let form = format!("access_token={token}");
    let request = stand.http.post(stand.url(Door::Rest)).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(request.send().await.unwrap().status(), 400);
    assert!(stand.decisions().iter().all(|record| record["requester"]["kind"] != "user"));
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_29_two_authorization_values_are_refused() {
    let stand = Stand::start().await;
    let good = stand.world.access(now()).sign(&Signer::aai_rsa());
    for second in [good.as_str(), "another"] {
        let mut twice = bearer(&good);
        twice.append(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {second}")).unwrap());
        let joined = HeaderValue::from_str(&format!("Bearer {good}, Bearer {second}")).unwrap();
        let joined = HeaderMap::from_iter([(AUTHORIZATION, joined)]);
        for shown in [twice, joined] {
            for door in Door::BOTH {
                assert_eq!(stand.ask(door, &question(OPEN), &shown).await, Told::Refused(401), "{door:?}");
                let records = stand.decisions();
                assert!(records[0]["unaccepted"].is_string(), "{records:?}");
            }
        }
    }
    stand.finish().await;
}

/// Gets a path of the Beacon with a token.
async fn get(stand: &Stand, path: &str, shown: HeaderMap) -> (u16, Value) {
    let url = format!("{}{path}", stand.node().beacon());
    let response = stand.http.get(url).headers(shown).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn group_31_what_is_invalid_is_refused_on_every_path_and_never_public() {
    let stand = Stand::start().await;
    let expired = bearer(&stand.world.access(now() - 10_000).sign(&Signer::aai_rsa()));
    for path in [
        "/g_variants?referenceName=7&start=117559589&assemblyId=GRCh38&referenceBases=ATCT&alternateBases=A",
        "/datasets",
        "/datasets/OPEN",
        "/filtering_terms",
        "/entry_types",
        "/map",
        "/configuration",
    ] {
        assert_eq!(get(&stand, path, HeaderMap::new()).await.0, 200, "{path}: anyone may");
        let (status, body) = get(&stand, path, expired.clone()).await;
        assert_eq!(status, 401, "{path}: {body}");
        let members = body.as_object().unwrap();
        assert!(members.keys().all(|name| ["meta", "error"].contains(&name.as_str())), "{path}: {body}");
    }
    let client = stand.node().grpc().await.unwrap();
    let shown = || MetadataMap::from_headers(expired.clone());
    let mut list = Request::new(v1::ListDatasetsRequest::default());
    *list.metadata_mut() = shown();
    let status = client.service().list_datasets(list).await.unwrap_err();
    assert_eq!(refused(status.code()), Told::Refused(401));
    let mut terms = Request::new(v1::ListFilteringTermsRequest::default());
    *terms.metadata_mut() = shown();
    let status = client.service().list_filtering_terms(terms).await.unwrap_err();
    assert_eq!(refused(status.code()), Told::Refused(401));
    stand.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn group_32_a_node_whose_clock_is_off_is_not_ready() {
    let provider = Provider::start().await.unwrap();
    let long_ago = "Mon, 01 Jan 2024 00:00:00 GMT".to_owned();
    provider.reply("/jwks", Reply::Dated(key_set(&[Signer::aai_rsa()]), long_ago));
    let stand = Stand::with(|_| fetched(&provider.url("/jwks"))).await;
    let ready = stand.node().beacon().replace("/api", "/ready");
    let started = Instant::now();
    while stand.http.get(&ready).send().await.unwrap().status() != 503 {
        assert!(started.elapsed() < Duration::from_secs(20), "the node is ready for ever");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What is asked all the same is answered as long as a balancer sends it here.
    let told = stand.ask(Door::Rest, &question(OPEN), &HeaderMap::new()).await;
    assert_eq!(told, Told::Answer(Release::Frequency));
    stand.finish().await;
}
