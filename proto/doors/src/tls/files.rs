//! PEM files: certificates, keys, authorities, lists of the revoked.

use std::{path::Path, sync::Arc};

use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, pem::PemObject};

use super::TlsError;

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

/// Reads all items of one kind; there must be one.
fn items<T: PemObject>(path: &Path, what: &str) -> Result<Vec<T>, TlsError> {
    let items = T::pem_slice_iter(&read(path)?).collect::<Result<Vec<_>, _>>();
    let items = items.map_err(|error| TlsError::pem(path, format!("is not a PEM file: {error}")))?;
    if items.is_empty() { Err(TlsError::pem(path, format!("has no {what}"))) } else { Ok(items) }
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    items(path, "certificate")
}

/// Reads the lists of all authorities in one file.
pub(super) fn revoked(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    items(path, "certificate revocation list")
}

pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let wrong = |error| TlsError::pem(path, format!("has no private key: {error}"));
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(wrong)
}

pub(super) fn roots(path: &Path) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let wrong = |error| TlsError::pem(path, format!("is no authority: {error}"));
        roots.add(certificate).map_err(wrong)?;
    }
    Ok(Arc::new(roots))
}
