//! Keys over TLS: the server's certificate decides, by the system's authorities and the configured ones.

use std::{path::Path, sync::Arc};

use fyr_identity::Invalid;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    support::{NOW, Stand},
    tokens::{Signer, iss, key_set},
};

/// Serves the issuer's keys under a certificate for these names, whose authority goes into a file.
async fn serve(names: &[&str], authority_file: &Path) -> u16 {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(authority_file, authority.pem()).unwrap();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
        )
        .unwrap();
    let (acceptor, listener) =
        (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let body = key_set(&[Signer::aai_rsa()]);
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

async fn outcome(names: &[&str], trusts: bool) -> Result<(), Invalid> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let port = serve(names, &file).await;
    let authority = if trusts { format!("ca_file = '{}'", file.display()) } else { String::new() };
    let stand = Stand::with(|_| {
        format!(
            "[identity]\n{authority}\n[[identity.issuers]]\niss = '{}'\n\
             jwks_uri = 'https://localhost:{port}/jwks'\n",
            iss::AAI
        )
    })
    .await;
    stand.bearer(&stand.world.access(NOW).sign(&Signer::aai_rsa()), NOW).await.map(|_| ())
}

#[tokio::test]
async fn keys_come_from_servers_with_the_right_certificate_alone() {
    assert_eq!(outcome(&["localhost"], true).await, Ok(()));
    assert_eq!(outcome(&["localhost"], false).await, Err(Invalid::KeysUnavailable), "unknown authority");
    assert_eq!(outcome(&["evil.example"], true).await, Err(Invalid::KeysUnavailable), "another name");
}
