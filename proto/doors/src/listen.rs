//! Listening: three ports, one stop.
//!
//! Decides which routes stand on which port, how long requests in flight may finish, and that plain text
//! is spoken on loopback or where the configuration says so. What is answered belongs to the doors.

mod accept;
mod forwarded;
mod opening;
mod peer;
mod room;

use std::{
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::Router;
use futures::future::join_all;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    ClientSettings, GrpcOptions, GrpcSettings, HttpSettings, MonitoringSettings, Mount, ServerTlsFiles,
    Service, Tls, TlsError, grpc,
    grpc::check_views,
    monitoring, process, rest,
    rest::is_base_path,
    telemetry,
    tls::{Keeper, ServerTls, until},
};

use accept::{Port, Times};
use room::Room;

/// One in so many files that the process may open is a connection of a port; the rest are for data and other ports.
const CONNECTIONS_OF_FILES: usize = 4;
/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;
/// Days before its end from which on a certificate ends soon.
const SOON: i64 = 30;
/// Connections of those who run the service.
const MONITORING: usize = 64;

/// What is served where.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Beacon REST. Paths of certificates are used as they are: make them absolute first.
    pub http: HttpSettings,
    /// gRPC, likewise.
    pub grpc: GrpcSettings,
    /// Metrics, for who runs the service.
    pub monitoring: MonitoringSettings,
    /// How clients of whom nothing is known are told apart, at each door.
    pub clients: ClientSettings,
    /// Whether the HTTP port answers gRPC too (over HTTP/2), so that one address serves both.
    pub grpc_on_http: bool,
    /// Time that a client has for the TLS handshake, then for its first bytes, then for the head of a request.
    pub opening: Duration,
    /// Time that requests in flight have after the stop.
    pub grace: Duration,
}

impl ServeOptions {
    /// Serves each door on its own port, with ten seconds of grace.
    pub fn new(http: HttpSettings, grpc: GrpcSettings) -> Self {
        let patience = Duration::from_secs(10);
        let (monitoring, clients) = Default::default();
        Self { http, grpc, monitoring, clients, grpc_on_http: false, opening: patience, grace: patience }
    }
}

/// The addresses that were bound; ports are the real ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// Beacon over HTTP, and gRPC in plain text: one address for people and programs.
    pub http: SocketAddr,
    /// gRPC, with TLS where the configuration says so.
    pub grpc: SocketAddr,
    /// Metrics, for who runs the service.
    pub monitoring: SocketAddr,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// A certificate has ended, or soon will.
    #[error("the certificate `{path}` {end}: renew it", path = path.display(), end = end(*days))]
    Expiry {
        /// Its file.
        path: PathBuf,
        /// Days that are left, rounded down.
        days: i64,
    },
    /// An address cannot be bound.
    #[error("cannot listen on `{address}`: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Plain text would leave the machine, and nobody wrote that it may.
    #[error("`grpc.tls` is not set for `{0}`: name certificates, or write tls = \"off\"")]
    PlainText(SocketAddr),
    /// The base path is no path.
    #[error("`http.base_path` cannot be `{0}`: write it like /api")]
    BasePath(String),
    /// Two mounts lie at one place, or the one below the other.
    #[error("`http.mounts`: `{0}` lies at, above or below another path of the Beacon: choose one apart")]
    Mounts(String),
    /// A name of clients that have a view of the policy is no name.
    #[error("`grpc.views`: `{0}` in `clients` is not a DNS name")]
    View(String),
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

fn end(days: i64) -> String {
    if days < 0 { format!("ended {} days ago", -days) } else { format!("ends in {days} days") }
}

/// A service that listens. Connections are answered while [`Serving::run`] is polled.
pub struct Serving {
    bound: Addresses,
    run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Serving {
    /// Returns the addresses that were bound.
    pub fn bound(&self) -> Addresses {
        self.bound
    }

    /// Answers until the stop, and then until requests in flight are done or the grace is over.
    pub async fn run(self) {
        self.run.await;
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").field("bound", &self.bound).finish_non_exhaustive()
    }
}

/// Binds the ports. The answer's [`Serving::run`] must then be awaited or spawned.
///
/// # Errors
///
/// Addresses that cannot be bound, and certificates that cannot be used.
pub async fn serve<S: Service>(
    service: Arc<S>,
    options: ServeOptions,
    stop: CancellationToken,
) -> Result<Serving, ListenError> {
    check_mounts(&options.http.all_mounts())?;
    check_views(&options.grpc.views).map_err(ListenError::View)?;
    let (http_tls, http_keeper) = open(options.http.tls.files(), "http")?;
    let (grpc_tls, grpc_keeper) = open(secured(&options.grpc)?, "grpc")?;
    let http = bind(options.http.listen).await?;
    let grpc_listener = bind(options.grpc.listen).await?;
    let monitoring_listener = bind(options.monitoring.listen).await?;
    let bound = Addresses {
        http: address(&http)?,
        grpc: address(&grpc_listener)?,
        monitoring: address(&monitoring_listener)?,
    };
    let files = process::open_files();
    let room = |most: usize| Room::new(most.min(files / CONNECTIONS_OF_FILES));
    let monitored = monitoring::routes().into_router().with_state(service.clone());
    let grpc_options = GrpcOptions::from(&options.grpc);
    let grpc_routes = grpc(service.clone(), &grpc_options);
    let beacon = rest(service.clone(), &(&options.http).into());
    let on_http = if options.grpc_on_http {
        let is_secure = http_tls.is_some();
        both(grpc(service, &GrpcOptions { is_secure, ..grpc_options }), beacon)
    } else {
        beacon
    };
    let clients = Arc::new(options.clients);
    let times = Times { opening: options.opening, grace: options.grace };
    let ports = [
        Port { listener: http, room: room(options.http.max_connections), tls: http_tls, routes: on_http },
        Port {
            listener: grpc_listener,
            room: room(options.grpc.max_connections),
            tls: grpc_tls,
            routes: grpc_routes,
        },
        Port { listener: monitoring_listener, room: room(MONITORING), tls: None, routes: monitored },
    ];
    let run = Box::pin(async move {
        tokio::join!(
            join_all(ports.map(|port| accept::run(port, Arc::clone(&clients), stop.clone(), times))),
            keep(http_keeper, stop.clone()),
            keep(grpc_keeper, stop.clone()),
            telemetry::upkeep(stop.clone()),
        );
    });
    Ok(Serving { bound, run })
}

/// Checks that both doors can be served as configured, without listening.
///
/// # Errors
///
/// Certificates that cannot be used, that have ended or end within 30 days, and plain text where nobody wrote that it may
/// leave the machine.
pub fn check_tls(http: &HttpSettings, grpc: &GrpcSettings) -> Result<(), ListenError> {
    check_mounts(&http.all_mounts())?;
    check_views(&grpc.views).map_err(ListenError::View)?;
    let both = [(http.tls.files(), "http"), (secured(grpc)?, "grpc")];
    for (files, door) in both {
        open(files, door)?;
        files.map_or(Ok(()), |files| check_expiry(&files.certificate, SystemTime::now()))?;
    }
    Ok(())
}

/// Refuses certificates that nobody will accept in a month.
fn check_expiry(certificates: &Path, now: SystemTime) -> Result<(), ListenError> {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed());
    match (until(certificates)? - now).div_euclid(DAY) {
        days if days < SOON => Err(ListenError::Expiry { path: certificates.to_owned(), days }),
        _ => Ok(()),
    }
}

/// Refuses paths that are none, and those of which one is in the way of another.
fn check_mounts(mounts: &[Mount]) -> Result<(), ListenError> {
    for (at, mount) in mounts.iter().enumerate() {
        if !is_base_path(mount.path()) {
            return Err(ListenError::BasePath(mount.prefix.clone()));
        }
        if !mounts.iter().take(at).all(|other| mount.is_apart_from(other)) {
            return Err(ListenError::Mounts(mount.prefix.clone()));
        }
    }
    Ok(())
}

/// Returns the files of gRPC; none where plain text may be spoken.
fn secured(settings: &GrpcSettings) -> Result<Option<&ServerTlsFiles>, ListenError> {
    match &settings.tls {
        Tls::Unset if !settings.listen.ip().is_loopback() => Err(ListenError::PlainText(settings.listen)),
        tls => Ok(tls.files()),
    }
}

fn open(
    files: Option<&ServerTlsFiles>,
    door: &str,
) -> Result<(Option<ServerTls>, Option<Keeper>), ListenError> {
    Ok(files.map(|files| ServerTls::open(door, files)).transpose()?.unzip())
}

async fn keep(keeper: Option<Keeper>, stop: CancellationToken) {
    if let Some(keeper) = keeper {
        keeper.run(stop).await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| ListenError::Bind { address, source })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, ListenError> {
    let unbound = SocketAddr::from(([0, 0, 0, 0], 0));
    listener.local_addr().map_err(|source| ListenError::Bind { address: unbound, source })
}

/// Sends gRPC to its routes and everything else to the Beacon.
fn both(grpc: Router, beacon: Router) -> Router {
    use tower::ServiceExt;
    let choose = move |request: axum::extract::Request| {
        let chosen = if is_grpc(&request) { grpc.clone() } else { beacon.clone() };
        chosen.oneshot(request)
    };
    Router::new().fallback_service(tower::service_fn(choose))
}

fn is_grpc(request: &axum::extract::Request) -> bool {
    let content_type = request.headers().get(http::header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

#[cfg(test)]
pub(crate) mod tests;
