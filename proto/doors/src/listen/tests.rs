//! Two ports, stop.

use std::time::Instant;

use fyr_proto::v1::{ListDatasetsRequest, variant_service_client::VariantServiceClient};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

use super::*;
use crate::test_service::Fake;

/// A fake service that listens on ports of its own.
pub(crate) struct Running {
    pub(crate) fake: Arc<Fake>,
    pub(crate) bound: Addresses,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(mut options: ServeOptions) -> Self {
        options.http.listen.set_port(0);
        options.grpc.listen.set_port(0);
        let (fake, stop) = (Arc::new(Fake::default()), CancellationToken::new());
        let serving = serve(fake.clone(), options, stop.clone()).await.unwrap();
        Self { fake, bound: serving.bound(), stop, task: tokio::spawn(serving.run()) }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

pub(crate) fn options() -> ServeOptions {
    ServeOptions::new(HttpSettings::default(), GrpcSettings::default())
}

#[tokio::test]
async fn plain_text_beyond_the_machine_must_be_written_down() {
    let mut options = options();
    options.grpc.listen = SocketAddr::from(([0, 0, 0, 0], 0));
    options.http.listen.set_port(0);
    let refused = serve(Arc::new(Fake::default()), options.clone(), CancellationToken::new()).await;
    assert!(matches!(refused, Err(ListenError::PlainText(_))));
    options.grpc.tls = Tls::Off;
    assert!(serve(Arc::new(Fake::default()), options, CancellationToken::new()).await.is_ok());
}

#[tokio::test]
async fn no_mount_lies_in_the_way_of_another() {
    for (base_path, prefixes, is_served) in [
        ("/api", vec!["/research"], true),
        ("/api", vec!["/apis", "/b/c", "/b/d"], true),
        ("/api", vec!["/api/"], false),
        ("/api", vec!["/api/research"], false),
        ("/a/b", vec!["/a"], false),
        ("", vec!["/research"], false),
        ("/api", vec!["/b", "/b"], false),
        ("/api", vec!["research"], false),
        ("/api", vec!["/{id}"], false),
    ] {
        let mut options = options();
        options.http.listen.set_port(0);
        options.grpc.listen.set_port(0);
        options.http.base_path = base_path.to_owned();
        options.http.mounts = prefixes.iter().map(|prefix| Mount::at(*prefix)).collect();
        let served = serve(Arc::new(Fake::default()), options, CancellationToken::new()).await;
        assert_eq!(served.is_ok(), is_served, "{base_path} {prefixes:?}");
    }
}

#[tokio::test]
async fn one_port_can_serve_both_doors() {
    let running = Running::start(ServeOptions { grpc_on_http: true, ..options() }).await;
    let mut client = VariantServiceClient::connect(format!("http://{}", running.bound.http)).await.unwrap();
    assert!(client.list_datasets(ListDatasetsRequest::default()).await.is_ok());
    let answer = http_get(running.bound.http, "/api/info").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(client);
    running.stop().await;
}

#[tokio::test]
async fn a_request_in_flight_finishes_after_the_stop() {
    let http = HttpSettings { timeout_seconds: 1, ..HttpSettings::default() };
    let running = Running::start(ServeOptions { http, ..options() }).await;
    let address = running.bound.http;
    let slow = "/api/g_variants?referenceName=4&start=9&referenceBases=A&alternateBases=G&assemblyId=GRCh38";
    let in_flight = tokio::spawn(async move { http_get(address, slow).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    running.stop().await;
    assert!(in_flight.await.unwrap().starts_with("HTTP/1.1 408"));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_grace_ends() {
    let grace = Duration::from_millis(100);
    let running = Running::start(ServeOptions { grace, ..options() }).await;
    let mut open = TcpStream::connect(running.bound.http).await.unwrap();
    open.write_all(b"GET /api/g_variants?referenceName=4&start=9&referenceBases=A&alternateBases=G&assemblyId=GRCh38 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    running.stop().await;
    let mut answer = String::new();
    let _ = open.read_to_string(&mut answer).await;
    assert_eq!(answer, "");
    assert!(start.elapsed() < Duration::from_secs(5));
}

pub(crate) async fn http_get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
