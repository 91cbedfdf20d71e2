//! Two ports, TLS, stop.

use std::{fs, path::PathBuf, time::Instant};

use fyr_proto::v1::{ListDatasetsRequest, variant_service_client::VariantServiceClient};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tonic::transport::Channel;

use super::*;
use crate::{ClientTlsFiles, ServerTlsFiles, Tls, client_tls, fake::Fake};

/// A fake service that listens on ports of its own.
pub(crate) struct Running {
    pub(crate) fake: Arc<Fake>,
    pub(crate) bound: Bound,
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

fn options() -> ServeOptions {
    ServeOptions::new(HttpSettings::default(), GrpcSettings::default())
}

/// An authority and the certificates that it signed, in files.
struct Authority {
    directory: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(directory.path().join("ca.pem"), parameters.self_signed(&key).unwrap().pem()).unwrap();
        Self { directory, issuer: Issuer::new(parameters, key) }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Signs a certificate for a DNS name and returns the files of it and its key.
    fn sign(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let files = (self.file(&format!("{name}.pem")), self.file(&format!("{name}.key")));
        fs::write(&files.0, certificate.pem()).unwrap();
        fs::write(&files.1, key.serialize_pem()).unwrap();
        files
    }

    fn server(&self, client_ca: bool, clients: &[&str]) -> ServeOptions {
        let (certificate, key) = self.sign("node.test");
        let mut options = options();
        options.grpc.tls = Tls::On(ServerTlsFiles {
            certificate,
            key,
            client_ca: client_ca.then(|| self.file("ca.pem")),
            clients: clients.iter().map(|name| (*name).to_owned()).collect(),
        });
        options
    }

    fn client(&self, name: Option<&str>) -> ClientTlsFiles {
        let files = name.map(|name| self.sign(name));
        ClientTlsFiles {
            ca: self.file("ca.pem"),
            certificate: files.as_ref().map(|files| files.0.clone()),
            key: files.map(|files| files.1),
            domain: Some("node.test".to_owned()),
        }
    }
}

/// Asks for the datasets over TLS; tells whether there was an answer.
async fn is_served(running: &Running, files: &ClientTlsFiles) -> bool {
    let endpoint = Channel::from_shared(format!("https://{}", running.bound.grpc)).unwrap();
    let Ok(channel) = endpoint.tls_config(client_tls(files).unwrap()).unwrap().connect().await else {
        return false;
    };
    VariantServiceClient::new(channel).list_datasets(ListDatasetsRequest {}).await.is_ok()
}

#[tokio::test]
async fn a_client_needs_a_certificate_of_the_authority_with_an_allowed_name() {
    let (authority, other) = (Authority::new(), Authority::new());
    let running = Running::start(authority.server(true, &["broker.test"])).await;
    let stranger = ClientTlsFiles { ca: authority.file("ca.pem"), ..other.client(Some("broker.test")) };
    assert!(is_served(&running, &authority.client(Some("broker.test"))).await);
    assert!(!is_served(&running, &authority.client(Some("clinic.test"))).await);
    assert!(!is_served(&running, &authority.client(None)).await);
    assert!(!is_served(&running, &stranger).await);
    running.stop().await;
}

#[tokio::test]
async fn a_client_refuses_a_server_of_another_authority_or_name() {
    let (authority, other) = (Authority::new(), Authority::new());
    let running = Running::start(authority.server(false, &[])).await;
    let elsewhere = ClientTlsFiles { domain: Some("other.test".to_owned()), ..authority.client(None) };
    assert!(is_served(&running, &authority.client(None)).await);
    assert!(!is_served(&running, &other.client(None)).await);
    assert!(!is_served(&running, &elsewhere).await);
    running.stop().await;
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
async fn one_port_can_serve_both_doors() {
    let running = Running::start(ServeOptions { grpc_on_http: true, ..options() }).await;
    let mut client = VariantServiceClient::connect(format!("http://{}", running.bound.http)).await.unwrap();
    assert!(client.list_datasets(ListDatasetsRequest {}).await.is_ok());
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

async fn http_get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
