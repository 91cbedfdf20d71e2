//! The gRPC door over a real port.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt, TryStreamExt, channel::mpsc, stream};
use fyr_proto::v1::{
    self, Failure, ask_many_response::Outcome, variant_service_client::VariantServiceClient,
};
use tonic::{Code, Request, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{GrpcSettings, HttpSettings, ServeOptions, listen::tests::Running, test_service::BROKEN_TOKEN};

async fn connect(running: &Running) -> VariantServiceClient<Channel> {
    VariantServiceClient::connect(format!("http://{}", running.bound.grpc)).await.unwrap()
}

async fn start() -> Running {
    let grpc = GrpcSettings { timeout_seconds: 1, ..GrpcSettings::default() };
    Running::start(ServeOptions::new(HttpSettings::default(), grpc)).await
}

pub(crate) fn question(contig: &str) -> v1::Question {
    v1::Question {
        variant: Some(v1::question::Variant::Allele(v1::Allele {
            assembly_id: "GRCh38".into(),
            reference_name: contig.into(),
            start: 99,
            reference_bases: "A".into(),
            alternate_bases: "G".into(),
        })),
        granularity: v1::Granularity::Record.into(),
        ..v1::Question::default()
    }
}

#[tokio::test]
async fn questions_are_answered_and_failures_have_their_status() {
    let running = start().await;
    let mut client = connect(&running).await;
    let answer = client.ask(question("chr1")).await.unwrap().into_inner();
    assert!(answer.exists);
    assert_eq!(answer.datasets[0].variants[0].frequencies[0].allele_count, 3);
    for (contig, code) in [
        ("2", Code::Internal),
        ("3", Code::PermissionDenied),
        ("4", Code::DeadlineExceeded),
        ("5", Code::Internal),
        ("<1>", Code::InvalidArgument),
    ] {
        let status = client.ask(question(contig)).await.unwrap_err();
        assert_eq!(status.code(), code, "{contig}: {status}");
        assert!(!status.message().contains("secret"), "{contig}: {status}");
    }
    let range = v1::Range {
        assembly_id: "GRCh38".into(),
        reference_name: "1".into(),
        start: 5,
        end: 9,
        ..Default::default()
    };
    let range = v1::Question { variant: Some(v1::question::Variant::Range(range)), ..Default::default() };
    assert!(client.ask(range).await.unwrap().into_inner().exists);
    running.stop().await;
}

#[tokio::test]
async fn a_failing_question_does_not_stop_the_stream() {
    let running = start().await;
    let mut client = connect(&running).await;
    let contigs = ["1", "2", "1", "<1>", "1", "4", "5"];
    let questions = contigs.iter().zip(0..).map(|(contig, tag)| v1::AskManyRequest {
        tag,
        question: (tag != 2).then(|| question(contig)),
        proof: None,
    });
    let questions: Vec<_> = questions.collect();
    let answers = client.ask_many(stream::iter(questions)).await.unwrap().into_inner();
    let mut outcomes: Vec<_> = answers
        .map(|answer| answer.unwrap())
        .map(|answer| match answer.outcome.unwrap() {
            Outcome::Answer(_) => (answer.tag, "answer".to_owned()),
            Outcome::Failure(Failure { code, message }) => {
                assert!(!message.contains("secret") && !message.contains("the fake"), "{message}");
                (answer.tag, code)
            }
        })
        .collect()
        .await;
    outcomes.sort();
    let expected =
        ["answer", "INTERNAL", "INVALID_REQUEST", "INVALID_REQUEST", "answer", "TIMEOUT", "INTERNAL"];
    let expected: Vec<_> = (0..).zip(expected.map(str::to_owned)).collect();
    assert_eq!(outcomes, expected);
    running.stop().await;
}

#[tokio::test]
async fn the_clients_deadline_ends_a_stream_with_its_status() {
    let running = start().await;
    let mut client = connect(&running).await;
    let mut request = Request::new(stream::iter([v1::AskManyRequest {
        tag: 1,
        question: Some(question("4")),
        proof: None,
    }]));
    request.metadata_mut().insert("grpc-timeout", "50m".parse().unwrap());
    let mut answers = client.ask_many(request).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap_err().code(), Code::DeadlineExceeded);
    running.stop().await;
}

#[tokio::test]
async fn a_question_that_says_how_long_it_waits_waits_no_longer() {
    let running = start().await;
    let mut client = connect(&running).await;
    // The door waits a second for the chromosome that never answers.
    let patient = |wait| v1::Question { wait_milliseconds: Some(wait), ..question("4") };
    let started = Instant::now();
    assert_eq!(client.ask(patient(50)).await.unwrap_err().code(), Code::DeadlineExceeded);
    let one = v1::AskManyRequest { tag: 1, question: Some(patient(50)), proof: None };
    let mut answers = client.ask_many(stream::iter([one])).await.unwrap().into_inner();
    let Some(Outcome::Failure(failure)) = answers.message().await.unwrap().unwrap().outcome else {
        panic!("an answer")
    };
    assert_eq!(failure.code, "TIMEOUT");
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    let longer = client.ask(patient(u64::MAX)).await.unwrap_err();
    assert_eq!(longer.code(), Code::DeadlineExceeded);
    running.stop().await;
}

#[tokio::test]
async fn a_token_is_read_and_a_broken_one_is_no_visitor() {
    let running = start().await;
    let mut client = connect(&running).await;
    for value in [format!("Bearer {BROKEN_TOKEN}"), "Basic eDp5".to_owned()] {
        let mut request = Request::new(question("1"));
        request.metadata_mut().insert("authorization", value.parse().unwrap());
        assert_eq!(client.ask(request).await.unwrap_err().code(), Code::Unauthenticated, "{value}");
    }
    let list = client.list_datasets(v1::ListDatasetsRequest::default()).await.unwrap().into_inner();
    assert_eq!(list.datasets[0].id, "DS-1");
    running.stop().await;
}

#[tokio::test]
async fn health_follows_readiness() {
    let running = start().await;
    let channel = Channel::from_shared(format!("http://{}", running.bound.grpc)).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    let check = HealthCheckRequest { service: "fyr.v1.VariantService".into() };
    assert_eq!(client.check(check.clone()).await.unwrap().into_inner().status, 1);
    let mut watch = client.watch(check.clone()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status, 1);
    running.fake.ready.store(false, Ordering::Relaxed);
    assert_eq!(client.check(check).await.unwrap().into_inner().status, 2);
    let change = tokio::time::timeout(Duration::from_secs(5), watch.message()).await.unwrap();
    assert_eq!(change.unwrap().unwrap().status, 2);
    let unknown = HealthCheckRequest { service: "other".into() };
    assert_eq!(client.check(unknown).await.unwrap_err().code(), Code::NotFound);
    drop(watch);
    running.stop().await;
}

fn purpose(text: &str) -> Option<v1::Purpose> {
    text.parse::<fyr_schemas::Purpose>().ok().as_ref().map(Into::into)
}

#[tokio::test]
async fn a_purpose_reaches_the_service_by_every_call() {
    let grpc = GrpcSettings { purpose: "GRU".parse().ok(), ..GrpcSettings::default() };
    let running = Running::start(ServeOptions::new(HttpSettings::default(), grpc)).await;
    let mut client = connect(&running).await;
    for (stated, expected) in [(None, "GRU"), (purpose("care; case=7"), "CC; case=7")] {
        let stated_question = v1::Question { purpose: stated.clone(), ..question("1") };
        client.ask(stated_question.clone()).await.unwrap();
        let one = v1::AskManyRequest { tag: 1, question: Some(stated_question), proof: None };
        let mut answers = client.ask_many(stream::iter([one])).await.unwrap().into_inner();
        assert!(answers.message().await.unwrap().is_some());
        client.list_datasets(v1::ListDatasetsRequest { purpose: stated.clone() }).await.unwrap();
        client.list_entry_types(v1::ListEntryTypesRequest { purpose: stated.clone() }).await.unwrap();
        let terms = v1::ListFilteringTermsRequest { purpose: stated, ..Default::default() };
        client.list_filtering_terms(terms).await.unwrap();
        let heard = running.fake.purposes();
        assert_eq!(heard, vec![Some(expected.to_owned()); 5]);
        running.fake.heard.lock().unwrap().clear();
    }
    let none = Some(v1::Purpose::default());
    let refused = client.ask(v1::Question { purpose: none.clone(), ..question("1") }).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("`purpose`"), "{refused}");
    let refused = client.list_datasets(v1::ListDatasetsRequest { purpose: none }).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(running.fake.refusals.lock().unwrap().len(), 2);
    running.stop().await;
}

#[tokio::test]
async fn a_signed_question_keeps_the_purpose_that_it_was_signed_with() {
    let grpc = GrpcSettings { purpose: "GRU".parse().ok(), ..GrpcSettings::default() };
    let running = Running::start(ServeOptions::new(HttpSettings::default(), grpc)).await;
    let mut request = Request::new(question("1"));
    request.metadata_mut().insert("fyr-query-proof", "a.b.c".parse().unwrap());
    connect(&running).await.ask(request).await.unwrap();
    assert_eq!(running.fake.purposes(), [None]);
    running.stop().await;
}

#[tokio::test]
async fn the_service_sees_what_was_shown_and_where() {
    let running = start().await;
    let mut client = connect(&running).await;
    let mut request = Request::new(question("1"));
    for (name, value) in [("authorization", "DPoP token"), ("dpop", "a.b.c"), ("fyr-query-proof", "d.e.f")] {
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    client.ask(request).await.unwrap();
    let (shown, _) = running.fake.heard.lock().unwrap().pop().unwrap();
    assert_eq!((shown.token(), shown.dpop(), shown.proof()), (Some("token"), Some("a.b.c"), Some("d.e.f")));
    let url = format!("http://{}/fyr.v1.VariantService/Ask", running.bound.grpc);
    assert_eq!((shown.method(), shown.url()), ("POST", url.as_str()));
    running.stop().await;
}

#[tokio::test]
async fn each_question_of_a_stream_has_its_own_proof() {
    let running = start().await;
    let mut client = connect(&running).await;
    let one = |tag, proof: Option<&str>| v1::AskManyRequest {
        tag,
        question: Some(question("1")),
        proof: proof.map(str::to_owned),
    };
    let questions = [one(1, Some("a.b.c")), one(2, None), one(3, Some("no proof"))];
    let mut request = Request::new(stream::iter(questions));
    request.metadata_mut().insert("authorization", "DPoP token".parse().unwrap());
    request.metadata_mut().insert("fyr-query-proof", "of.no.question".parse().unwrap());
    let answers = client.ask_many(request).await.unwrap().into_inner();
    let mut outcomes: Vec<_> = answers
        .map(|answer| answer.unwrap())
        .map(|answer| (answer.tag, matches!(answer.outcome, Some(Outcome::Answer(_)))))
        .collect()
        .await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, [(1, true), (2, false), (3, false)]);
    let heard: Vec<_> =
        running.fake.heard.lock().unwrap().iter().map(|(c, _)| c.proof().unwrap().to_owned()).collect();
    assert_eq!(heard, ["a.b.c"]);
    running.stop().await;
}

pub(crate) fn one_of_many(tag: u64) -> v1::AskManyRequest {
    v1::AskManyRequest { tag, question: Some(question("1")), proof: None }
}

#[tokio::test]
async fn what_has_arrived_is_one_batch_and_a_lone_question_waits_for_no_other() {
    let running = start().await;
    let mut client = connect(&running).await;
    let (questions, stream) = mpsc::unbounded();
    questions.unbounded_send(one_of_many(1)).unwrap();
    let mut answers = client.ask_many(stream).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().tag, 1);
    questions.unbounded_send(one_of_many(2)).unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().tag, 2);
    assert_eq!(*running.fake.batches.lock().unwrap(), [1, 1]);
    running.fake.batches.lock().unwrap().clear();
    drop((questions, answers));

    let impatient = |tag| {
        let patient = question("1");
        let question = Some(v1::Question { wait_milliseconds: Some(60_000), ..patient });
        v1::AskManyRequest { question, ..one_of_many(tag) }
    };
    let questions = (0..20).map(one_of_many).chain((20..23).map(impatient));
    let answers = client.ask_many(stream::iter(questions.collect::<Vec<_>>())).await.unwrap().into_inner();
    let mut tags: Vec<_> = answers.map(|answer| answer.unwrap().tag).collect().await;
    tags.sort_unstable();
    assert_eq!(tags, (0..23).collect::<Vec<_>>());
    assert_eq!(
        *running.fake.batches.lock().unwrap(),
        [16, 4, 3],
        "those who wait longer have a batch of their own"
    );
    running.stop().await;
}

/// Sends each question in a frame of its own, and reads nothing until it can send no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_faster_than_it_reads_is_slowed_and_not_cut_off() {
    const QUESTIONS: u64 = 10_000;
    let running = start().await;
    let endpoint = Channel::from_shared(format!("http://{}", running.bound.grpc)).unwrap();
    let channel = endpoint.initial_stream_window_size(65_535).connect().await.unwrap();
    let sent = Arc::new(AtomicU64::new(0));
    let questions = stream::iter(0..QUESTIONS).then({
        let sent = Arc::clone(&sent);
        move |tag| {
            sent.store(tag, Ordering::Relaxed);
            // What is sent leaves before the next one is there.
            async move {
                tokio::task::yield_now().await;
                one_of_many(tag)
            }
        }
    });
    let mut client = VariantServiceClient::new(channel);
    let answers = client.ask_many(questions).await.unwrap().into_inner();
    let mut before = u64::MAX;
    while before != sent.load(Ordering::Relaxed) {
        before = sent.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let answers: Result<Vec<_>, _> = answers.try_collect().await;
    assert_eq!(
        answers.map(|answers| answers.len()).map_err(|status| status.to_string()),
        Ok(QUESTIONS as usize)
    );
    running.stop().await;
}
