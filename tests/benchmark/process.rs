//! Programs that run beside the benchmark.

use std::{
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::Deserialize;

/// How often a starting service is looked at.
const LOOK: Duration = Duration::from_millis(1);
/// How often a running command is looked at.
const LOOK_AT_COMMAND: Duration = Duration::from_millis(5);
/// When a service should be ready at the latest.
const PATIENCE: Duration = Duration::from_secs(120);

/// A service that runs; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    /// Where it answers.
    pub(crate) addresses: Addresses,
    /// From its start to the file that says that it is ready.
    pub(crate) ready_after: Duration,
}

/// What a service writes when it is ready.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Addresses {
    /// gRPC.
    pub(crate) grpc: SocketAddr,
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// What is the process's own and cannot be dropped: RssAnon.
    pub(crate) anonymous: f64,
    /// With the pages of files, which can be dropped: VmRSS.
    pub(crate) resident: f64,
    /// The most that was resident at a time: VmHWM.
    pub(crate) peak: f64,
}

/// What a command needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// From start to end.
    pub(crate) elapsed: Duration,
    /// The most memory that was resident at a time, in bytes, of the process alone.
    pub(crate) peak: f64,
}

impl Service {
    /// Starts a service that takes `--ready-file`, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// It does not start, ends, or is not ready in time.
    pub(crate) fn start(mut command: Command, home: &Path) -> anyhow::Result<Self> {
        let (ready, log) = (home.join("ready.json"), home.join("log"));
        let _ = std::fs::remove_file(&ready);
        command.arg("--ready-file").arg(&ready);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        while !ready.exists() {
            if let Some(status) = child.try_wait()? {
                bail!("{command:?} ended with {status}: see {}", log.display());
            }
            if started.elapsed() > PATIENCE {
                let _ = child.kill();
                bail!("{command:?} is not ready after {PATIENCE:?}: see {}", log.display());
            }
            std::thread::sleep(LOOK);
        }
        let ready_after = started.elapsed();
        let addresses = serde_json::from_slice(&std::fs::read(&ready)?)?;
        Ok(Self { child, addresses, ready_after })
    }

    /// Returns how much memory it takes now.
    pub(crate) fn memory(&self) -> Memory {
        memory(self.child.id()).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end and says what it needed.
///
/// # Errors
///
/// It fails.
pub(crate) fn run(mut command: Command) -> anyhow::Result<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let errors = child.stderr.take();
    let reading = std::thread::spawn(move || errors.map(std::io::read_to_string));
    let mut peak: f64 = 0.0;
    let status = loop {
        peak = memory(child.id()).map_or(peak, |memory| memory.peak.max(peak));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK_AT_COMMAND);
    };
    let elapsed = started.elapsed();
    if !status.success() {
        let errors = reading.join().ok().flatten().and_then(Result::ok).unwrap_or_default();
        bail!("{command:?} ended with {status}: {errors}");
    }
    Ok(Cost { elapsed, peak })
}

/// Runs a command to its end and returns what it printed, with the time from start to end.
///
/// # Errors
///
/// It fails, or prints no text.
pub(crate) fn output(mut command: Command) -> anyhow::Result<(String, Duration)> {
    let started = Instant::now();
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let elapsed = started.elapsed();
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok((String::from_utf8(output.stdout)?, elapsed))
}

fn memory(process: u32) -> Option<Memory> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kibibytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let bytes = |name| kibibytes(name).map(|n| n * 1024.0);
    Some(Memory { anonymous: bytes("RssAnon:")?, resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
}
