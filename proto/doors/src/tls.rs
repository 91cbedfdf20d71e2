//! From PEM files to TLS configurations, with ring as the one provider.
//!
//! Decides what a peer must show. Which names are allowed is the configuration's matter.

mod client_names;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use crate::{ClientTlsFiles, ServerTlsFiles};
use client_names::NamedClients;

/// TLS files that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not the PEM that is needed.
    #[error("`{path}` {reason}", path = path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files do not fit together.
    #[error("the TLS files do not fit together: {0}")]
    Mismatch(String),
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path)?;
    let wrong = |reason: String| TlsError::Pem { path: path.to_owned(), reason };
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| wrong(format!("is not a PEM file: {error}")))?;
    if chain.is_empty() { Err(wrong("has no certificate".to_owned())) } else { Ok(chain) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let wrong =
        |error| TlsError::Pem { path: path.to_owned(), reason: format!("has no private key: {error}") };
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(wrong)
}

fn roots(path: &Path) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let wrong =
            |error| TlsError::Pem { path: path.to_owned(), reason: format!("is no authority: {error}") };
        roots.add(certificate).map_err(wrong)?;
    }
    Ok(Arc::new(roots))
}

/// Reads what a server needs. With `client_ca`, clients must show a certificate.
///
/// # Errors
///
/// Files that cannot be read, are not PEM, or do not fit together.
pub(crate) fn server_tls(files: &ServerTlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mismatch = |error: rustls::Error| TlsError::Mismatch(error.to_string());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(mismatch)?;
    let builder = match client_verifier(files, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(certificates(&files.certificate)?, private_key(&files.key)?)
        .map_err(mismatch)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn client_verifier(
    files: &ServerTlsFiles,
    provider: Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let Some(client_ca) = &files.client_ca else {
        if files.clients.is_empty() {
            return Ok(None);
        }
        return Err(TlsError::Mismatch("`clients` needs `client_ca`".to_owned()));
    };
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(client_ca)?, provider)
        .build()
        .map_err(|error| TlsError::Mismatch(error.to_string()))?;
    if files.clients.is_empty() {
        return Ok(Some(verifier));
    }
    let named = NamedClients::new(verifier, &files.clients).map_err(TlsError::Mismatch)?;
    Ok(Some(Arc::new(named)))
}

/// Reads what a client needs to speak to a server over TLS.
///
/// # Errors
///
/// Files that cannot be read, and a certificate without its key or the other way round.
pub fn client_tls(files: &ClientTlsFiles) -> Result<ClientTlsConfig, TlsError> {
    certificates(&files.ca)?;
    let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(&files.ca)?));
    match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            certificates(certificate)?;
            private_key(key)?;
            config = config.identity(Identity::from_pem(read(certificate)?, read(key)?));
        }
        (None, None) => {}
        _ => return Err(TlsError::Mismatch("`certificate` and `key` belong together".to_owned())),
    }
    if let Some(domain) = &files.domain {
        config = config.domain_name(domain);
    }
    Ok(config)
}
