//! The first bytes of a connection, for which the server does not wait for ever.
//!
//! Whether a client speaks HTTP/1 or HTTP/2 shows in its first bytes, and the one who reads them has no clock of its own.
//! Once that is known, the protocol's own times count: that of an HTTP/1 head, and the pings of HTTP/2.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What an HTTP/2 client sends first (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose client has so long to show what it speaks.
pub(super) struct Opening<I> {
    stream: I,
    /// Bytes of the preface that were read so far.
    read: usize,
    /// None once it is known what the client speaks.
    rest: Option<Pin<Box<Sleep>>>,
}

impl<I> Opening<I> {
    /// Starts the clock.
    pub(super) fn new(stream: I, patience: Duration) -> Self {
        Self { stream, read: 0, rest: Some(Box::pin(sleep(patience))) }
    }

    /// Takes note of bytes that were read.
    fn note(&mut self, bytes: &[u8]) {
        let preface = PREFACE.get(self.read..).unwrap_or_default();
        let alike = preface.iter().zip(bytes).take_while(|(expected, byte)| expected == byte).count();
        self.read += alike;
        if alike < bytes.len() || self.read == PREFACE.len() {
            self.rest = None;
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Opening<I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let opening = self.get_mut();
        let Some(rest) = &mut opening.rest else { return Pin::new(&mut opening.stream).poll_read(cx, buf) };
        if rest.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut opening.stream).poll_read(cx, buf))?;
        opening.note(buf.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Opening<I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    /// Whether a client that sends some bytes, and then nothing, is waited for.
    async fn is_waited_for(sent: &[u8]) -> bool {
        let (mut client, server) = duplex(1024);
        let mut opening = Opening::new(server, PATIENCE);
        client.write_all(sent).await.unwrap();
        let mut bytes = [0; 7];
        let reading = async {
            loop {
                let _read = opening.read(&mut bytes).await?;
            }
        };
        let ended: Result<io::Result<()>, _> = tokio::time::timeout(PATIENCE * 4, reading).await;
        ended.is_err()
    }

    #[tokio::test]
    async fn who_does_not_show_what_it_speaks_is_not_waited_for() {
        for (sent, waited) in [
            (&b""[..], false),
            (b"P", false),
            (b"PRI * HTTP/2.0\r\n", false),
            (PREFACE, true),
            (b"POST", true),
            (b"GET / HTTP/1.1\r\n", true),
        ] {
            assert_eq!(is_waited_for(sent).await, waited, "{}", String::from_utf8_lossy(sent));
        }
    }
}
