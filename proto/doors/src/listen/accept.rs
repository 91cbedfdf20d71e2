//! One port: accept, encrypt, serve, stop.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{
    opening::Opening,
    peer::Peer,
    room::{Place, Room},
};
use crate::{
    ClientSettings,
    tls::{ClientCertificate, ServerTls},
};

/// Most bytes of the head of an HTTP/2 request: a token of 64 KiB, and its proofs.
const MOST_HEADERS: u32 = 128 * 1024;
/// Most bytes of one HTTP/2 stream that have arrived and are not read yet.
///
/// A client that sends faster than it reads is to be slowed by this window. A connection has a budget for small frames
/// that are not read, half of its window, of which each takes what it lacks of 256 bytes. Where it is spent first, the
/// connection ends with `too_many_data_frames`, and with it all that it carries. A question of an allele has about 45
/// bytes, of which this window holds 728; a connection bears 13 streams that are full of them.
const STREAM_WINDOW: u32 = 32 << 10;
/// Most bytes of one HTTP/2 connection that have arrived and are not read yet.
const CONNECTION_WINDOW: u32 = 4 << 20;
/// Pause after a failed accept, such as when file descriptors have run out.
const PAUSE: Duration = Duration::from_millis(100);

/// What listens on one port.
pub(super) struct Port {
    pub(super) listener: TcpListener,
    pub(super) room: Room,
    pub(super) tls: Option<ServerTls>,
    pub(super) routes: Router,
}

/// How long a port waits.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// For a TLS handshake, for the first bytes after it, and for the head of an HTTP/1 request.
    pub(super) opening: Duration,
    /// For requests in flight, after the stop.
    pub(super) grace: Duration,
}

/// Answers connections until the stop; then requests in flight have the grace to finish.
pub(super) async fn run(
    port: Port,
    clients: Arc<ClientSettings>,
    stop: CancellationToken,
    Times { opening, grace }: Times,
) {
    let Port { listener, room, tls, routes } = port;
    let graceful = GracefulShutdown::new();
    let too_late = CancellationToken::new();
    loop {
        let (accepted, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => match room.enter(client.ip()) {
                    Some(place) => ((stream, place), Peer::new(client.ip(), Arc::clone(&clients))),
                    None => {
                        metrics::counter!("fyr_connections_refused_total").increment(1);
                        continue;
                    }
                },
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let connection = connection(accepted, peer, tls.clone(), routes.clone(), graceful.watcher(), opening);
        tokio::spawn(too_late.clone().run_until_cancelled_owned(connection));
    }
    drop(listener);
    if timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests in flight did not finish in time");
    }
    too_late.cancel();
}

async fn connection(
    (stream, _place): (TcpStream, Place),
    peer: Peer,
    tls: Option<ServerTls>,
    routes: Router,
    watcher: Watcher,
    opening: Duration,
) {
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return answer(stream, (peer, None), routes, watcher, opening).await };
    match timeout(opening, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => {
            let client = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
            tokio::select! {
                () = answer(stream, (peer, tls.client(&client)), routes, watcher, opening) => {}
                () = tls.until_refused(client) => {
                    tracing::warn!("connection ended: the certificate of the client is not valid any more");
                }
            }
        }
        Ok(Err(error)) => tracing::info!(%error, "TLS handshake refused"),
        Err(_) => tracing::info!("TLS handshake timed out"),
    }
}

async fn answer<I>(
    stream: I,
    (peer, certificate): (Peer, Option<ClientCertificate>),
    routes: Router,
    watcher: Watcher,
    opening: Duration,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(opening);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(MOST_HEADERS);
    let service = TowerToHyperService::new(
        routes.map_request(move |request| peer.remember(certificate.as_ref(), request)),
    );
    let stream = OnePiece(Opening::new(stream, opening));
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "connection ended");
    }
}

/// A stream that is written one piece at a time.
///
/// HTTP/2 copies a payload of up to 1 KiB between the frames around it for such a stream, so that an answer of
/// counts leaves in one packet. To one that takes several pieces at once it hands a payload of more than 256 bytes by
/// itself, and the end of the answer after that.
struct OnePiece<I>(I);

impl<I: AsyncRead + Unpin> AsyncRead for OnePiece<I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buf)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for OnePiece<I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
