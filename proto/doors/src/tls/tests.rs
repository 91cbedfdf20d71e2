//! Who is let in, by whom, and what happens when files change.

mod authority;
mod rotation;

use std::time::Duration;

use fyr_proto::{
    Unreached,
    v1::{ListDatasetsRequest, variant_service_client::VariantServiceClient},
};
use fyr_schemas::Release;
use rustls::{ClientConfig, crypto::ring, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tonic::transport::Channel;

use super::*;
use crate::{
    ClientTlsFiles, ClientView, PolicyView, ServeOptions, ServerTlsFiles, Tls,
    listen::tests::{Running, options},
};
use authority::{Authority, Issue};

/// A server whose clients need a certificate.
fn server(authority: &Authority, change: impl FnOnce(&mut ServerTlsFiles)) -> ServeOptions {
    let (certificate, key) = authority.issue("node", &Issue::server("node.test"));
    let mut files = ServerTlsFiles {
        certificate,
        key,
        client_ca: Some(authority.certificate()),
        client_crl: None,
        clients: Vec::new(),
    };
    change(&mut files);
    let mut options = options();
    options.grpc.tls = Tls::On(files);
    options
}

/// A client that takes `node.test` for the server, with a certificate or without.
fn client(authority: &Authority, own: Option<(&str, Issue)>) -> ClientTlsFiles {
    let files = own.map(|(file, issue)| authority.issue(file, &issue));
    ClientTlsFiles {
        ca: authority.certificate(),
        certificate: files.as_ref().map(|files| files.0.clone()),
        key: files.map(|files| files.1),
        server_crl: None,
        domain: Some("node.test".to_owned()),
    }
}

fn broker(authority: &Authority) -> ClientTlsFiles {
    client(authority, Some(("broker", Issue::client("broker.test"))))
}

fn open(running: &Running, files: &ClientTlsFiles) -> Link {
    Link::secure("node", &format!("https://{}", running.bound.grpc), files, |endpoint| endpoint).unwrap()
}

async fn ask(channel: Channel) -> bool {
    asked(channel).await.is_ok()
}

/// Asks for the datasets; tells why there was no answer.
async fn asked(channel: Channel) -> Result<(), Unreached> {
    let answer = VariantServiceClient::new(channel).list_datasets(ListDatasetsRequest::default()).await;
    answer.map(drop).map_err(|status| Unreached::of(&status))
}

/// Asks for the datasets over TLS; tells whether there was an answer.
async fn is_served(running: &Running, files: &ClientTlsFiles) -> bool {
    ask(open(running, files).channel()).await
}

#[tokio::test]
async fn a_client_needs_a_certificate_of_the_authority_that_is_valid_now_and_for_clients() {
    let (authority, other) = (Authority::new(), Authority::new());
    let running = Running::start(server(&authority, |files| {
        files.clients = vec!["broker.test".to_owned()];
    }))
    .await;
    assert!(is_served(&running, &broker(&authority)).await);
    let of_other = ClientTlsFiles { ca: authority.certificate(), ..broker(&other) };
    let with = |file, issue| client(&authority, Some((file, issue)));
    for (case, files) in [
        ("none", client(&authority, None)),
        ("of another authority", of_other),
        ("with another name", with("other", Issue::client("clinic.test"))),
        ("expired", with("expired", Issue::client("broker.test").expired())),
        ("not yet valid", with("early", Issue::client("broker.test").not_yet_valid())),
        ("for servers", with("server", Issue::server("broker.test"))),
    ] {
        assert!(!is_served(&running, &files).await, "{case}");
    }
    running.stop().await;
}

#[tokio::test]
async fn the_service_hears_by_which_certificate_a_request_came() {
    let authority = Authority::new();
    for names in [vec![], vec!["other.test".to_owned(), "broker.test".to_owned()]] {
        let running = Running::start(server(&authority, |files| files.clients = names)).await;
        assert!(is_served(&running, &broker(&authority)).await);
        let (shown, _) = running.fake.heard.lock().unwrap().pop().unwrap();
        assert_eq!(shown.certificate(), Some("broker.test"));
        running.stop().await;
    }
    let running = Running::start(server(&authority, |files| files.client_ca = None)).await;
    assert!(is_served(&running, &broker(&authority)).await);
    let (shown, _) = running.fake.heard.lock().unwrap().pop().unwrap();
    assert_eq!(shown.certificate(), None, "nobody asked for it");
    running.stop().await;
}

#[tokio::test]
async fn a_client_refuses_a_server_that_it_cannot_trust() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (case, issue, trusted, served) in [
        ("its own", Issue::server("node.test"), &authority, true),
        ("of another authority", Issue::server("node.test"), &other, false),
        ("with another name", Issue::server("other.test"), &authority, false),
        ("expired", Issue::server("node.test").expired(), &authority, false),
        ("not yet valid", Issue::server("node.test").not_yet_valid(), &authority, false),
        ("for clients", Issue::client("node.test"), &authority, false),
    ] {
        let (certificate, key) = authority.issue("served", &issue);
        let options = server(&authority, |files| {
            *files =
                ServerTlsFiles { certificate, key, client_ca: None, client_crl: None, clients: Vec::new() };
        });
        let running = Running::start(options).await;
        assert_eq!(is_served(&running, &client(trusted, None)).await, served, "{case}");
        running.stop().await;
    }
}

#[tokio::test]
async fn who_is_revoked_or_of_whom_no_current_list_tells_is_refused() {
    let authority = Authority::new();
    let good = client(&authority, Some(("good", Issue::client("a.test").numbered(7))));
    let bad = client(&authority, Some(("bad", Issue::client("a.test").numbered(8))));
    for (case, list, good_is_served) in [
        ("current", authority.list("current", &[8]), true),
        ("expired", authority.expired_list("expired", &[8]), false),
        ("of another authority", Authority::new().list_in(&authority, "other", &[8]), false),
    ] {
        let running = Running::start(server(&authority, |files| files.client_crl = Some(list))).await;
        assert_eq!(is_served(&running, &good).await, good_is_served, "{case}");
        assert!(!is_served(&running, &bad).await, "{case}");
        running.stop().await;
    }
}

#[tokio::test]
async fn who_is_not_reached_says_why() {
    let (authority, other) = (Authority::new(), Authority::new());
    let running = Running::start(server(&authority, |_| {})).await;
    let why = async |files: &ClientTlsFiles| asked(open(&running, files).channel()).await;
    let trusts_other = ClientTlsFiles { ca: other.certificate(), ..broker(&authority) };
    let to_other_name = ClientTlsFiles { domain: Some("clinic.test".to_owned()), ..broker(&authority) };
    assert_eq!(why(&broker(&authority)).await, Ok(()));
    assert_eq!(why(&trusts_other).await, Err(Unreached::OtherAuthority));
    assert_eq!(why(&to_other_name).await, Err(Unreached::OtherName));
    assert_eq!(why(&client(&authority, None)).await, Err(Unreached::OwnCertificate));
    let expired = client(&authority, Some(("expired", Issue::client("broker.test").expired())));
    assert_eq!(why(&expired).await, Err(Unreached::OwnCertificate));
    running.stop().await;
    let (certificate, key) = authority.issue("old", &Issue::server("node.test").expired());
    let late = server(&authority, |files| (files.certificate, files.key) = (certificate, key));
    let running = Running::start(late).await;
    assert_eq!(asked(open(&running, &broker(&authority)).channel()).await, Err(Unreached::Expired));
    running.stop().await;
    let running = Running::start(options()).await;
    let in_plain_text = asked(open(&running, &broker(&authority)).channel()).await;
    assert_eq!(in_plain_text, Err(Unreached::NotSecure));
    running.stop().await;
    let link =
        |address: &str| Link::secure("node", address, &broker(&authority), |endpoint| endpoint).unwrap();
    assert_eq!(asked(link("https://127.0.0.1:9").channel()).await, Err(Unreached::Refused));
    assert_eq!(asked(link("https://nowhere.invalid:9").channel()).await, Err(Unreached::NoSuchHost));
}

#[tokio::test]
async fn a_revoked_server_is_refused() {
    let authority = Authority::new();
    let running = Running::start(server(&authority, |files| {
        let (certificate, key) = authority.issue("numbered", &Issue::server("node.test").numbered(5));
        (files.certificate, files.key) = (certificate, key);
    }))
    .await;
    for (case, revoked, served) in [("another", 6, true), ("this one", 5, false)] {
        let list = Some(authority.list("servers", &[revoked]));
        let files = ClientTlsFiles { server_crl: list, ..broker(&authority) };
        assert_eq!(is_served(&running, &files).await, served, "{case}");
    }
    running.stop().await;
}

/// Shakes hands with one version of TLS only.
async fn handshake(
    running: &Running,
    authority: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> bool {
    let roots = files::roots(&authority.certificate()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(running.bound.grpc).await.unwrap();
    let name = ServerName::try_from("node.test").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.is_ok()
}

#[tokio::test]
async fn only_the_newest_tls_is_spoken() {
    let authority = Authority::new();
    let running = Running::start(server(&authority, |files| files.client_ca = None)).await;
    assert!(handshake(&running, &authority, &rustls::version::TLS13).await);
    assert!(!handshake(&running, &authority, &rustls::version::TLS12).await);
    running.stop().await;
}

#[tokio::test]
async fn the_beacon_can_have_tls_of_its_own() {
    let authority = Authority::new();
    let mut options = server(&authority, |files| files.client_ca = None);
    options.http.tls = options.grpc.tls.clone();
    options.grpc_on_http = true;
    let running = Running::start(options).await;
    let address = format!("https://{}", running.bound.http);
    let link = Link::secure("node", &address, &client(&authority, None), |endpoint| endpoint).unwrap();
    assert!(ask(link.channel()).await);
    let heard = running.fake.heard.lock().unwrap().pop().unwrap().0;
    assert_eq!(heard.url(), format!("{address}/fyr.v1.VariantService/ListDatasets"));
    let plain = crate::listen::tests::http_get(running.bound.http, "/api/info").await;
    assert!(!plain.starts_with("HTTP/1.1 200"), "{plain}");
    running.stop().await;
}

#[tokio::test]
async fn files_that_do_not_fit_together_are_refused() {
    let authority = Authority::new();
    let Tls::On(files) = server(&authority, |_| {}).grpc.tls else { panic!("TLS is on") };
    let list = Some(authority.list("list", &[]));
    let other_key = authority.issue("other", &Issue::server("node.test")).1;
    for (case, files) in [
        (
            "names without authority",
            ServerTlsFiles { client_ca: None, clients: vec!["a.test".into()], ..files.clone() },
        ),
        ("a list without authority", ServerTlsFiles { client_ca: None, client_crl: list, ..files.clone() }),
        ("another key", ServerTlsFiles { key: other_key, ..files.clone() }),
        (
            "a certificate for a list",
            ServerTlsFiles { client_crl: Some(authority.certificate()), ..files.clone() },
        ),
        ("a missing file", ServerTlsFiles { certificate: "/nonexistent.pem".into(), ..files.clone() }),
    ] {
        assert!(ServerTls::open("grpc", &files).is_err(), "{case}");
    }
    let half = ClientTlsFiles { key: None, ..broker(&authority) };
    assert!(Link::secure("node", "https://127.0.0.1:1", &half, |endpoint| endpoint).is_err());
    assert!(Link::secure("node", "node", &broker(&authority), |endpoint| endpoint).is_err());
}

#[tokio::test]
async fn a_client_has_the_view_of_the_name_in_its_certificate() {
    let authority = Authority::new();
    let view = |clients: &[&str], name: &str, at_most| ClientView {
        clients: clients.iter().map(|&client| client.to_owned()).collect(),
        policy_view: PolicyView { name: name.to_owned(), at_most },
    };
    let mut options = server(&authority, |_| {});
    options.grpc.views = vec![
        view(&["broker.test", "second.test"], "counts", Release::Count),
        view(&[], "others", Release::Boolean),
    ];
    let running = Running::start(options).await;
    for name in ["broker.test", "second.test", "clinic.test"] {
        let files = client(&authority, Some((name, Issue::client(name))));
        assert!(is_served(&running, &files).await, "{name}");
    }
    let heard = running.fake.heard.lock().unwrap();
    let views: Vec<_> = heard.iter().map(|(shown, _)| shown.view().unwrap().name.clone()).collect();
    assert_eq!(views, ["counts", "counts", "others"]);
}

#[tokio::test]
async fn a_name_that_is_none_is_refused_before_anything_listens() {
    let mut options = options();
    let policy_view = PolicyView { name: "counts".to_owned(), at_most: Release::Count };
    options.grpc.views = vec![ClientView { clients: vec!["10.0.0.1".to_owned()], policy_view }];
    let refused = crate::check_tls(&options.http, &options.grpc).unwrap_err();
    assert!(refused.to_string().contains("`10.0.0.1`"), "{refused}");
}

#[tokio::test]
async fn a_certificate_that_ends_soon_does_not_pass_the_check() {
    let directory = tempfile::tempdir().unwrap();
    let checked = |days: i64| {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = time::OffsetDateTime::now_utc() - time::Duration::days(400);
        params.not_after =
            time::OffsetDateTime::now_utc() + time::Duration::days(days) + time::Duration::HOUR;
        let key = rcgen::KeyPair::generate().unwrap();
        let [certificate, key_file] = ["certificate.pem", "key.pem"].map(|name| directory.path().join(name));
        std::fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        let files = ServerTlsFiles {
            certificate,
            key: key_file,
            client_ca: None,
            client_crl: None,
            clients: Vec::new(),
        };
        let mut options = options();
        options.http.tls = Tls::On(files);
        crate::check_tls(&options.http, &options.grpc).map_err(|error| error.to_string())
    };
    assert_eq!(checked(31), Ok(()));
    assert!(checked(29).unwrap_err().contains("ends in 29 days"));
    assert!(checked(-3).unwrap_err().contains("ended 3 days ago"));
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let authority = Authority::new();
    let patience = Duration::from_millis(100);
    let running = Running::start(ServeOptions { opening: patience, ..server(&authority, |_| {}) }).await;
    for sent in [&b""[..], &[22, 3, 1]] {
        let mut stream = TcpStream::connect(running.bound.grpc).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let ended = timeout(Duration::from_secs(5), stream.read(&mut [0; 8])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{sent:?}: {ended:?}");
    }
    running.stop().await;
}
