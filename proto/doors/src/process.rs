//! How a service tells whoever started it that it is ready, and how it is told to stop.

use std::{fs, io, path::Path};

use serde::Serialize;
use tokio::signal;

/// Files that every system lets a process open.
#[cfg(unix)]
const LEAST_FILES: u64 = 256;

/// Writes the bound addresses as JSON.
///
/// The file gets its name when it is complete, so that whoever waits for it never reads half of it.
///
/// # Errors
///
/// The file cannot be written.
pub fn write_ready<T: Serialize>(path: &Path, addresses: &T) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, serde_json::to_vec(addresses)?)?;
    fs::rename(&unfinished, path)
}

/// Lets the process open as many files as the system permits at all, and returns how many that are.
#[cfg(unix)]
pub(crate) fn open_files() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(LEAST_FILES);
    usize::try_from(files).unwrap_or(usize::MAX)
}

/// Returns how many files the process may open: elsewhere the system says nothing of it.
#[cfg(not(unix))]
pub(crate) fn open_files() -> usize {
    usize::MAX
}

/// Listens for Ctrl-C and SIGTERM from now on; the future ends when one comes.
///
/// # Errors
///
/// The signals cannot be listened for.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C; the future ends when it comes.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = signal::ctrl_c().await;
    })
}

/// Hears SIGHUP, by which operators ask a service to read its configuration again. Until it is listened for, the signal
/// ends the process.
#[derive(Debug)]
pub struct Hangups(#[cfg(unix)] signal::unix::Signal);

impl Hangups {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// The signal cannot be listened for.
    pub fn listen() -> io::Result<Self> {
        Ok(Self(
            #[cfg(unix)]
            signal::unix::signal(signal::unix::SignalKind::hangup())?,
        ))
    }

    /// Waits for the next one; elsewhere than on Unix there is none.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        self.0.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}
