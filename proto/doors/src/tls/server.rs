//! The side that is connected to.

use std::{path::PathBuf, sync::Arc, time::Duration};

use rustls::{
    ServerConfig,
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{
    TlsError, VERSIONS,
    client_names::{ClientCertificate, NamedClients},
    expiry,
    files::{certificates, private_key, revoked, roots},
    follow::{EVERY, Followed},
    provider,
};
use crate::ServerTlsFiles;

/// How often the certificates of connected clients are looked at again: they and lists of the revoked expire.
const AGAIN: Duration = Duration::from_secs(60);

type Verifier = Arc<dyn ClientCertVerifier>;

/// What the files say at one time.
#[derive(Clone, Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    clients: Option<Verifier>,
    /// The names that clients may have; any where there is none.
    names: Vec<String>,
}

/// TLS of a server, as its files say now.
#[derive(Clone, Debug)]
pub(crate) struct ServerTls {
    now: watch::Receiver<Loaded>,
}

/// What keeps a [`ServerTls`] up to date.
#[derive(Debug)]
pub(crate) struct Keeper {
    followed: Followed,
    files: ServerTlsFiles,
    next: watch::Sender<Loaded>,
}

impl ServerTls {
    /// Reads what a server needs. With `client_ca`, clients must show a certificate. `of` names the server
    /// in log and metrics.
    ///
    /// # Errors
    ///
    /// Files that cannot be read, are not PEM, or do not fit together.
    pub(crate) fn open(of: &str, files: &ServerTlsFiles) -> Result<(Self, Keeper), TlsError> {
        let followed = Followed::new(of, paths(files));
        let (next, now) = watch::channel(load(files)?);
        expiry::show(of, &files.certificate)?;
        Ok((Self { now }, Keeper { followed, files: files.clone(), next }))
    }

    /// Returns what takes the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.now.borrow().config.clone().into()
    }

    /// Returns the certificate of a client that was let in, by the name for which it was; none where none is asked for.
    pub(crate) fn client(&self, chain: &[CertificateDer<'static>]) -> Option<ClientCertificate> {
        let loaded = self.now.borrow();
        loaded.clients.as_ref().and_then(|_| ClientCertificate::of(chain, &loaded.names))
    }

    /// Waits until a client that was let in would not be let in any more: its certificate expired or was
    /// revoked, or its authority is no longer one. Never ends for a client that needed no certificate.
    pub(crate) async fn until_refused(mut self, client: Vec<CertificateDer<'static>>) {
        while self.still_accepts(&client) {
            if let Ok(Err(_unfollowed)) = timeout(AGAIN, self.now.changed()).await {
                sleep(AGAIN).await;
            }
        }
    }

    fn still_accepts(&mut self, client: &[CertificateDer<'static>]) -> bool {
        let clients = self.now.borrow_and_update().clients.clone();
        match (clients, client.split_first()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(verifier), Some((own, chain))) => {
                verifier.verify_client_cert(own, chain, UnixTime::now()).is_ok()
            }
        }
    }
}

impl Keeper {
    /// Follows the files until the stop.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        while timeout(EVERY, stop.cancelled()).await.is_err() {
            let looked = tokio::task::spawn_blocking(move || {
                let of = self.followed.of().to_owned();
                let load = || expiry::show(&of, &self.files.certificate).and_then(|()| load(&self.files));
                if let Some(loaded) = self.followed.reload(load) {
                    self.next.send_replace(loaded);
                }
                self
            });
            match looked.await {
                Ok(keeper) => self = keeper,
                Err(error) => return tracing::error!(%error, "TLS files are not followed any more"),
            }
        }
    }
}

fn paths(files: &ServerTlsFiles) -> Vec<PathBuf> {
    let optional = files.client_ca.iter().chain(&files.client_crl);
    [&files.certificate, &files.key].into_iter().chain(optional).cloned().collect()
}

fn load(files: &ServerTlsFiles) -> Result<Loaded, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&VERSIONS)
        .map_err(TlsError::mismatch)?;
    let clients = verifier(files)?;
    let builder = match clients.clone() {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(certificates(&files.certificate)?, private_key(&files.key)?)
        .map_err(TlsError::mismatch)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    if clients.is_some() {
        // Whoever resumes a session is not asked for a certificate again.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
    }
    Ok(Loaded { config: Arc::new(config), clients, names: files.clients.clone() })
}

fn verifier(files: &ServerTlsFiles) -> Result<Option<Verifier>, TlsError> {
    let Some(client_ca) = &files.client_ca else {
        return match (files.clients.is_empty(), &files.client_crl) {
            (true, None) => Ok(None),
            (false, _) => Err(TlsError::Mismatch("`clients` needs `client_ca`".to_owned())),
            (true, Some(_)) => Err(TlsError::Mismatch("`client_crl` needs `client_ca`".to_owned())),
        };
    };
    let mut builder = WebPkiClientVerifier::builder_with_provider(roots(client_ca)?, provider());
    if let Some(list) = &files.client_crl {
        // A client of whom no current list tells is refused, as are all once a list has expired.
        builder = builder.with_crls(revoked(list)?).enforce_revocation_expiration();
    }
    let verifier = builder.build().map_err(TlsError::mismatch)?;
    if files.clients.is_empty() {
        return Ok(Some(verifier));
    }
    let named = NamedClients::new(verifier, &files.clients).map_err(TlsError::Mismatch)?;
    Ok(Some(Arc::new(named)))
}
