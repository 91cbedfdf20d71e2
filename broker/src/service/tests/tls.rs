//! Broker and node show each other who they are.

use std::path::Path;

use fyr_doors::{ClientTlsFiles, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tonic::transport::{Certificate, Identity as TlsIdentity, ServerTlsConfig};

use super::*;
use crate::test_nodes::serve_tls;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Returns a certificate and its key, in PEM.
fn issue(authority: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

fn write(directory: &Path, name: &str, pem: &str) -> std::path::PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, pem).unwrap();
    path
}

/// Asks a node whose certificate names `node.test`, as a broker with these authorities.
async fn state(trusted: &Authority, own: Option<&Authority>, real: &Authority) -> Result<Answer, Failure> {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = issue(real, "node.test");
    let server = ServerTlsConfig::new()
        .identity(TlsIdentity::from_pem(certificate, key))
        .client_ca_root(Certificate::from_pem(real.pem()));
    let (address, _server) = serve_tls(FakeNode::answering("fi", 3, 200), server);
    let own = own.map(|authority| issue(authority, "broker.test"));
    let files = ClientTlsFiles {
        ca: write(directory.path(), "ca.pem", &trusted.pem()),
        certificate: own.as_ref().map(|(pem, _)| write(directory.path(), "broker.pem", pem)),
        key: own.as_ref().map(|(_, key)| write(directory.path(), "broker.key", key)),
        server_crl: None,
        domain: Some("node.test".to_owned()),
    };
    let member =
        MemberConfig { tls: Tls::On(files), ..MemberConfig::plain("fi", format!("https://{address}")) };
    let mut config = BrokerConfig::new("broker", vec![member]);
    config.limits.node_deadline_ms = 2_000;
    ask(&Broker::new(&config).unwrap(), query()).await
}

#[tokio::test]
async fn broker_and_node_show_each_other_who_they_are() {
    // The fake node's server takes the process's provider; Fyr's own doors name theirs.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (ours, other) = (authority(), authority());
    assert!(state(&ours, Some(&ours), &ours).await.unwrap().exists);
    for (name, result) in [
        ("a broker without certificate", state(&ours, None, &ours).await),
        ("a broker of another authority", state(&ours, Some(&other), &ours).await),
        ("a node of another authority", state(&other, Some(&ours), &ours).await),
    ] {
        assert_eq!(result.unwrap_err().code, ErrorCode::Unavailable, "{name}");
    }
}
