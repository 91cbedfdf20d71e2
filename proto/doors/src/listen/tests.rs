//! Three ports, stop.

use std::time::Instant;

use fyr_proto::v1::{ListDatasetsRequest, variant_service_client::VariantServiceClient};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::{sleep, timeout},
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
        options.monitoring.listen.set_port(0);
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
    options.monitoring.listen.set_port(0);
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
        options.monitoring.listen.set_port(0);
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

/// Sends some bytes, and then nothing; returns whether the server ended the connection within seconds.
async fn is_ended(address: SocketAddr, sent: &[u8]) -> bool {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let ended = async { while !matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)) {} };
    timeout(Duration::from_secs(5), ended).await.is_ok()
}

#[tokio::test]
async fn whoever_says_nothing_is_not_kept() {
    let running = Running::start(ServeOptions { opening: Duration::from_millis(100), ..options() }).await;
    for (door, address) in
        [("http", running.bound.http), ("grpc", running.bound.grpc), ("monitoring", running.bound.monitoring)]
    {
        for sent in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n", b"GET /health HTTP/1.1\r\n"] {
            assert!(is_ended(address, sent).await, "{door} {}", String::from_utf8_lossy(sent));
        }
    }
    running.stop().await;
}

/// Whether a connection stands: the server answers on it.
async fn stands(stream: &mut TcpStream) -> bool {
    let asked = stream.write_all(b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut head = [0; 12];
    asked.is_ok() && stream.read_exact(&mut head).await.is_ok() && head == *b"HTTP/1.1 200"
}

#[tokio::test]
async fn one_address_does_not_take_all_connections() {
    let mut options = options();
    options.http.max_connections = 8;
    let running = Running::start(options).await;
    let mut held = Vec::new();
    for number in 0..6 {
        let mut stream = TcpStream::connect(running.bound.http).await.unwrap();
        assert_eq!(stands(&mut stream).await, number < 4, "{number}");
        held.push(stream);
    }
    drop(held);
    let again = async {
        while !stands(&mut TcpStream::connect(running.bound.http).await.unwrap()).await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(Duration::from_secs(5), again).await.is_ok(), "who has gone leaves room");
    running.stop().await;
}

#[cfg(unix)]
#[test]
fn the_process_opens_as_many_files_as_it_may() {
    let files = crate::process::open_files();
    let (soft, hard) = rlimit::getrlimit(rlimit::Resource::NOFILE).unwrap();
    assert_eq!((soft, usize::try_from(soft).unwrap()), (hard, files));
}

#[tokio::test]
async fn a_body_is_waited_for_no_longer_than_an_answer() {
    let mut options = options();
    options.http.timeout_seconds = 1;
    options.http.max_body_bytes = 100;
    let running = Running::start(options).await;
    let head =
        "POST /api/g_variants HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ";
    for (length, status) in [(50, "408"), (50_000, "413")] {
        let mut stream = TcpStream::connect(running.bound.http).await.unwrap();
        stream.write_all(format!("{head}{length}\r\n\r\n{{").as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; if length > 100 { 200 } else { 1 }]).await.unwrap();
        let mut line = [0; 12];
        timeout(Duration::from_secs(5), stream.read_exact(&mut line)).await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&line), format!("HTTP/1.1 {status}"), "{length}");
    }
    running.stop().await;
}
