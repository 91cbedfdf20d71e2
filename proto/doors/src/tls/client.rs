//! The side that connects.

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Uri, uri::Scheme};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig,
    client::{Resumption, WebPkiServerVerifier},
};
use rustls_pki_types::ServerName;
use tokio::{net::TcpStream, sync::watch, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint};

use super::{
    TlsError, VERSIONS, expiry,
    files::{certificates, private_key, revoked, roots},
    follow::{EVERY, Followed},
    provider,
};
use crate::ClientTlsFiles;

/// Looks at the files between two renewals: certificates and lists of the revoked expire, so that no
/// connection gets much older than ten minutes.
const LOOKS: u32 = 600;

/// The way to a server: a channel that connects when it is used, and again when it broke.
///
/// With TLS, it follows its files: a new channel takes the place of the old one, on which requests in
/// flight are still answered.
#[derive(Clone, Debug)]
pub struct Link(watch::Receiver<Channel>);

impl From<Channel> for Link {
    fn from(channel: Channel) -> Self {
        Self(watch::channel(channel).1)
    }
}

impl Link {
    /// Opens the way to a server over TLS 1.3, within a runtime. `of` names the server in log and metrics;
    /// `adjust` sets timeouts and such.
    ///
    /// # Errors
    ///
    /// An address that is none, files that cannot be read, are not PEM, or do not fit together.
    pub fn secure(
        of: &str,
        address: &str,
        files: &ClientTlsFiles,
        adjust: impl FnOnce(Endpoint) -> Endpoint,
    ) -> Result<Self, TlsError> {
        let followed = Followed::new(of, paths(files));
        let server = Server::new(address, files, adjust)?;
        show_expiry(of, files)?;
        let (next, now) = watch::channel(server.channel(load(files)?));
        tokio::spawn(follow(followed, server, files.clone(), next));
        Ok(Self(now))
    }

    /// Returns the channel to ask now.
    pub fn channel(&self) -> Channel {
        self.0.borrow().clone()
    }
}

/// Follows the files until nobody uses the link any more.
async fn follow(mut followed: Followed, server: Server, files: ClientTlsFiles, next: watch::Sender<Channel>) {
    let files = Arc::new(files);
    for look in 1u32.. {
        if timeout(EVERY, next.closed()).await.is_ok() {
            return;
        }
        let (mut these, paths) = (followed.clone(), files.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let of = these.of().to_owned();
            let changed = these.reload(|| show_expiry(&of, &paths).and_then(|()| load(&paths)));
            // What is as it was is read again for its connections alone.
            let renewed = || (look % LOOKS == 0).then(|| load(&paths).ok()).flatten();
            (changed.or_else(renewed), these)
        });
        let Ok((loaded, these)) = looked.await else {
            return tracing::error!("TLS files are not followed any more");
        };
        followed = these;
        if let Some(config) = loaded {
            next.send_replace(server.channel(config));
        }
    }
}

/// Where a server is, and the name that its certificate must carry.
struct Server {
    endpoint: Endpoint,
    name: ServerName<'static>,
}

impl Server {
    fn new(
        address: &str,
        files: &ClientTlsFiles,
        adjust: impl FnOnce(Endpoint) -> Endpoint,
    ) -> Result<Self, TlsError> {
        let wrong = || TlsError::Address(address.to_owned());
        let origin: Uri = address.parse().map_err(|_| wrong())?;
        let is_secure = origin.scheme() == Some(&Scheme::HTTPS);
        let authority = origin.authority().filter(|_| is_secure).ok_or_else(wrong)?.clone();
        let host = files.domain.as_deref().unwrap_or(authority.host()).trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| wrong())?;
        // The channel takes the connection for plain text: it is encrypted before it sees it.
        let plain = Endpoint::from_shared(format!("http://{authority}")).map_err(|_| wrong())?;
        Ok(Self { endpoint: adjust(plain.origin(origin)), name })
    }

    fn channel(&self, config: ClientConfig) -> Channel {
        let connector = Connector { tls: Arc::new(config).into(), name: self.name.clone() };
        self.endpoint.connect_with_connector_lazy(connector)
    }
}

/// Makes encrypted connections.
#[derive(Clone)]
struct Connector {
    tls: TlsConnector,
    name: ServerName<'static>,
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let Self { tls, name } = self.clone();
        Box::pin(async move {
            let host = address.host().unwrap_or_default().trim_matches(['[', ']']);
            let stream = TcpStream::connect((host, address.port_u16().unwrap_or(443))).await?;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(tls.connect(name, stream).await?))
        })
    }
}

/// Shows until when the own certificate is valid, where there is one.
fn show_expiry(of: &str, files: &ClientTlsFiles) -> Result<(), TlsError> {
    files.certificate.as_ref().map_or(Ok(()), |own| expiry::show(of, own))
}

fn paths(files: &ClientTlsFiles) -> Vec<PathBuf> {
    let optional = [&files.certificate, &files.key, &files.server_crl];
    std::iter::once(&files.ca).chain(optional.into_iter().flatten()).cloned().collect()
}

fn load(files: &ClientTlsFiles) -> Result<ClientConfig, TlsError> {
    let mut servers = WebPkiServerVerifier::builder_with_provider(roots(&files.ca)?, provider());
    if let Some(list) = &files.server_crl {
        // A server of which no current list tells is refused, as are all once a list has expired.
        servers = servers.with_crls(revoked(list)?).enforce_revocation_expiration();
    }
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&VERSIONS)
        .map_err(TlsError::mismatch)?
        .with_webpki_verifier(servers.build().map_err(TlsError::mismatch)?);
    let mut config = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => builder
            .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
            .map_err(TlsError::mismatch)?,
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(TlsError::Mismatch("`certificate` and `key` belong together".to_owned())),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Whoever resumes a session does not look at the certificate again.
    config.resumption = Resumption::disabled();
    Ok(config)
}
