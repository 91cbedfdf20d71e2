//! On which processors the client and the services run.
//!
//! A service that the scheduler happens to put on the client's own processor is woken without a signal to
//! another one, and answers in half the time of a service that is not. Such luck says nothing of the
//! services, so where latencies are compared, the client has a processor and the services have the others.

use std::{
    fs::read_to_string,
    path::Path,
    process::{Command, Stdio},
};

/// The client's processor and those of the services, as lists for `taskset`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Apart {
    all: String,
    client: String,
    services: String,
}

impl Apart {
    /// Divides the processors that this process may use; none where there is only one.
    fn of(allowed: &str) -> Option<Self> {
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(first.trim().parse::<u32>().ok()?..=last.trim().parse().ok()?)
        };
        let processors: Vec<_> =
            allowed.split(',').filter_map(range).flatten().map(|n| n.to_string()).collect();
        let (client, services) = processors.split_first()?;
        let services = (!services.is_empty()).then(|| services.join(","))?;
        Some(Self { all: allowed.trim().to_owned(), client: client.clone(), services })
    }
}

/// Where client and services run: anywhere, or apart. Dropped, it lets the client run anywhere again.
#[derive(Debug, Default)]
pub(crate) struct Placement(Option<Apart>);

impl Placement {
    /// Puts the client on a processor of its own, where there are several and `taskset` is there.
    pub(crate) fn apart() -> Self {
        let status = read_to_string("/proc/self/status").unwrap_or_default();
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let apart = allowed.and_then(Apart::of).filter(|apart| keep(&apart.client));
        if apart.is_none() {
            crate::say("client and services share processors: there is one, or no `taskset`");
        }
        Self(apart)
    }

    /// Returns a command that runs a service where the client does not.
    pub(crate) fn service(&self, program: &Path) -> Command {
        let Some(apart) = &self.0 else { return Command::new(program) };
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &apart.services]).arg(program);
        command
    }
}

impl Drop for Placement {
    fn drop(&mut self) {
        if let Some(apart) = &self.0 {
            keep(&apart.all);
        }
    }
}

/// Keeps this thread, which is the process's first, on some processors.
fn keep(processors: &str) -> bool {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "--pid", processors, &std::process::id().to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
