//! Files that change while requests are answered.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rustls_pki_types::CertificateDer;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::*;
use crate::tls::follow::EVERY;

/// Returns the certificate that a server shows to a new connection.
async fn shown(running: &Running, authority: &Authority) -> CertificateDer<'static> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&VERSIONS)
        .unwrap()
        .with_root_certificates(files::roots(&authority.certificate()).unwrap())
        .with_no_client_auth();
    let stream = TcpStream::connect(running.bound.grpc).await.unwrap();
    let name = ServerName::try_from("node.test").unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone()
}

/// Waits until something holds, with patience for a busy machine.
async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let waiting = async {
        while !holds().await {
            sleep(EVERY / 10).await;
        }
    };
    timeout(EVERY * 120, waiting).await.unwrap();
}

/// Asks without a pause over a link, and over new connections, until it is told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    task: JoinHandle<usize>,
}

impl Load {
    fn start(running: &Running, files: ClientTlsFiles) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (stopped, counted) = (stop.clone(), answered.clone());
        let (link, address) = (open(running, &files), running.bound.grpc);
        let task = tokio::spawn(async move {
            let mut dropped = 0;
            while !stopped.load(Ordering::Relaxed) {
                let anew = Link::secure("anew", &format!("https://{address}"), &files, |e| e);
                // Between two files of one change, a new client cannot be made of them.
                let anew = anew.map_or_else(|_| link.channel(), |link| link.channel());
                for served in [ask(link.channel()).await, ask(anew).await] {
                    dropped += usize::from(!served);
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
            dropped
        });
        Self { stop, answered, task }
    }

    /// Waits until some more requests were made.
    async fn go_on(&self) {
        let before = self.answered.load(Ordering::Relaxed);
        until(|| async { self.answered.load(Ordering::Relaxed) > before + 20 }).await;
    }

    /// Returns how many requests got no answer.
    async fn dropped(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_change_on_both_sides_without_a_dropped_request() {
    let authority = Authority::new();
    let options = server(&authority, |_| {});
    let running = Running::start(options).await;
    let reading = Running::start(server(&authority, |files| files.client_ca = None)).await;
    let load = Load::start(&running, broker(&authority));
    let mut before = shown(&reading, &authority).await;
    for _ in 0..3 {
        load.go_on().await;
        authority.issue("node", &Issue::server("node.test"));
        authority.issue("broker", &Issue::client("broker.test"));
        until(|| async { shown(&reading, &authority).await != before }).await;
        before = shown(&reading, &authority).await;
    }
    load.go_on().await;
    assert_eq!(load.dropped().await, 0);
    running.stop().await;
    reading.stop().await;
}

#[tokio::test]
async fn a_broken_file_keeps_the_old_certificate_and_shows() {
    let handle = crate::telemetry::metrics();
    let authority = Authority::new();
    let mut options = server(&authority, |files| files.client_ca = None);
    options.http.tls = options.grpc.tls.clone();
    let running = Running::start(options).await;
    let before = shown(&running, &authority).await;
    let refused = || handle.render().contains("fyr_tls_reloads_total{of=\"http\",outcome=\"refused\"}");
    assert!(!refused());
    fs::write(authority.certificate().with_file_name("node.pem"), "nonsense").unwrap();
    until(|| async { refused() }).await;
    until(|| async { handle.render().contains("fyr_tls_files_usable{of=\"http\"} 0") }).await;
    assert!(is_served(&running, &client(&authority, None)).await);
    assert_eq!(shown(&running, &authority).await, before);
    authority.issue("node", &Issue::server("node.test"));
    until(|| async { shown(&running, &authority).await != before }).await;
    until(|| async { handle.render().contains("fyr_tls_files_usable{of=\"http\"} 1") }).await;
    running.stop().await;
}

#[tokio::test]
async fn a_revocation_ends_the_connection_that_stands() {
    let authority = Authority::new();
    let list = authority.list("clients", &[]);
    let running = Running::start(server(&authority, |files| files.client_crl = Some(list))).await;
    let with = |file, number| client(&authority, Some((file, Issue::client("a.test").numbered(number))));
    let (good, bad) = (open(&running, &with("good", 7)), open(&running, &with("bad", 8)));
    let (good, bad) = (good.channel(), bad.channel());
    assert!(ask(good.clone()).await && ask(bad.clone()).await);
    authority.list("clients", &[8]);
    until(|| async { !ask(bad.clone()).await }).await;
    assert!(ask(good).await);
    running.stop().await;
}

#[tokio::test]
async fn a_new_authority_of_servers_is_followed() {
    let (old, new) = (Authority::new(), Authority::new());
    let running = Running::start(server(&new, |files| files.client_ca = None)).await;
    let link = open(&running, &client(&old, None));
    assert!(!ask(link.channel()).await);
    fs::copy(new.certificate(), old.certificate()).unwrap();
    until(|| async { ask(link.channel()).await }).await;
    running.stop().await;
}
