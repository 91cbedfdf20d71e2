//! The gRPC door over a real port.

use std::{sync::atomic::Ordering, time::Duration};

use futures::{StreamExt, stream};
use fyr_proto::v1::{self, lookup_alleles_response::Outcome, variant_service_client::VariantServiceClient};
use tonic::{Code, Request, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{GrpcSettings, HttpSettings, ServeOptions, fake::BROKEN_TOKEN, listen::tests::Running};

async fn connect(running: &Running) -> VariantServiceClient<Channel> {
    VariantServiceClient::connect(format!("http://{}", running.bound.grpc)).await.unwrap()
}

async fn start() -> Running {
    let grpc = GrpcSettings { timeout_seconds: 1, ..GrpcSettings::default() };
    Running::start(ServeOptions::new(HttpSettings::default(), grpc)).await
}

fn lookup(contig: &str) -> v1::LookupAlleleRequest {
    v1::LookupAlleleRequest {
        allele: Some(v1::Allele {
            assembly_id: "GRCh38".into(),
            reference_name: contig.into(),
            start: 99,
            reference_bases: "A".into(),
            alternate_bases: "G".into(),
        }),
        granularity: v1::Granularity::Record.into(),
        datasets: None,
    }
}

#[tokio::test]
async fn questions_are_answered_and_failures_have_their_status() {
    let running = start().await;
    let mut client = connect(&running).await;
    let answer = client.lookup_allele(lookup("chr1")).await.unwrap().into_inner();
    assert!(answer.exists);
    assert_eq!(answer.datasets[0].variants[0].frequencies[0].allele_count, 3);
    for (contig, code) in [
        ("2", Code::Internal),
        ("3", Code::PermissionDenied),
        ("4", Code::DeadlineExceeded),
        ("5", Code::Internal),
        ("<1>", Code::InvalidArgument),
    ] {
        let status = client.lookup_allele(lookup(contig)).await.unwrap_err();
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
    let range = v1::QueryRangeRequest { range: Some(range), ..Default::default() };
    assert!(client.query_range(range).await.unwrap().into_inner().exists);
    running.stop().await;
}

#[tokio::test]
async fn a_failing_question_does_not_stop_the_stream() {
    let running = start().await;
    let mut client = connect(&running).await;
    let contigs = ["1", "2", "1", "<1>", "1", "4"];
    let questions = contigs
        .iter()
        .zip(0..)
        .map(|(contig, tag)| v1::LookupAllelesRequest { tag, lookup: (tag != 2).then(|| lookup(contig)) });
    let questions: Vec<_> = questions.collect();
    let answers = client.lookup_alleles(stream::iter(questions)).await.unwrap().into_inner();
    let mut outcomes: Vec<_> = answers
        .map(|answer| answer.unwrap())
        .map(|answer| match answer.outcome.unwrap() {
            Outcome::Answer(_) => (answer.tag, "answer".to_owned()),
            Outcome::Failure(failure) => (answer.tag, failure.code),
        })
        .collect()
        .await;
    outcomes.sort();
    let expected = ["answer", "INTERNAL", "INVALID_REQUEST", "INVALID_REQUEST", "answer", "TIMEOUT"];
    let expected: Vec<_> = (0..).zip(expected.map(str::to_owned)).collect();
    assert_eq!(outcomes, expected);
    running.stop().await;
}

#[tokio::test]
async fn the_clients_deadline_ends_a_stream_with_its_status() {
    let running = start().await;
    let mut client = connect(&running).await;
    let mut request =
        Request::new(stream::iter([v1::LookupAllelesRequest { tag: 1, lookup: Some(lookup("4")) }]));
    request.metadata_mut().insert("grpc-timeout", "50m".parse().unwrap());
    let mut answers = client.lookup_alleles(request).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap_err().code(), Code::DeadlineExceeded);
    running.stop().await;
}

#[tokio::test]
async fn a_token_is_read_and_a_broken_one_is_no_visitor() {
    let running = start().await;
    let mut client = connect(&running).await;
    for value in [format!("Bearer {BROKEN_TOKEN}"), "Basic eDp5".to_owned()] {
        let mut request = Request::new(lookup("1"));
        request.metadata_mut().insert("authorization", value.parse().unwrap());
        assert_eq!(client.lookup_allele(request).await.unwrap_err().code(), Code::Unauthenticated, "{value}");
    }
    let list = client.list_datasets(v1::ListDatasetsRequest {}).await.unwrap().into_inner();
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
