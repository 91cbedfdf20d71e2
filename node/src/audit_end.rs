//! The end of the audit log is known to the state, so that what is cut off there is missed.
//!
//! The state is told at most once a second, of records that are on the disk: whoever ends the process and cuts off only
//! what was written since is not seen, and a crash of the machine never looks like a cut.

use std::time::{Duration, Instant};

use fyr_audit::{Audit, AuditError, AuditOptions, LogEnd};
use fyr_state::{KnownEnd, State, StateError};

use crate::{NodeConfig, StartError, config::InvalidConfig};

/// How long the owner's questions wait for those of another program.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often the log is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// Opens the audit log of a node, if it ends no earlier than the state knows. Waits while another process writes to it, as
/// long as that.
pub(crate) async fn open(
    config: &NodeConfig,
    state: &State,
    patience: Duration,
) -> Result<Audit, StartError> {
    let until = Instant::now() + patience;
    loop {
        match open_now(config, state).await {
            Err(StartError::Audit(AuditError::Locked(_))) if Instant::now() < until => {
                tokio::time::sleep(LOOK).await;
            }
            opened => return opened,
        }
    }
}

async fn open_now(config: &NodeConfig, state: &State) -> Result<Audit, StartError> {
    let full_at = Some(config.audit.file_mb << 20).filter(|bytes| *bytes > 0);
    let options =
        AuditOptions { durability: config.audit.sync, full_at, known: known_end(config, state).await? };
    Ok(Audit::open(&config.audit_path()?, options)?)
}

/// Returns where a node's audit log is known to have ended.
///
/// # Errors
///
/// The log has no place, or the state cannot be read.
pub async fn known_end(config: &NodeConfig, state: &State) -> Result<Option<LogEnd>, StartError> {
    let known = state.audit_end(&place(config)?).await?;
    Ok(known.map(|KnownEnd { sequence, hash }| LogEnd { sequence, hash }))
}

/// Has a node's audit log go on as it stands, although records are missing; returns where it was known to have ended.
///
/// # Errors
///
/// The log has no place, or the state cannot be changed.
pub async fn forget_end(
    config: &NodeConfig,
    state: &State,
    (actor, reason): (&str, &str),
) -> Result<Option<LogEnd>, StartError> {
    let known = state.forget_audit_end(actor, &place(config)?, reason).await?;
    Ok(known.map(|KnownEnd { sequence, hash }| LogEnd { sequence, hash }))
}

/// Tells the state where the log of a place ends.
pub(crate) async fn note(state: &State, place: &str, end: LogEnd) -> Result<(), StateError> {
    let LogEnd { sequence, hash } = end;
    state.note_audit_end(place, &KnownEnd { sequence, hash }).await
}

/// Returns what the state calls the log: by its path, and by the machine where others share the state.
pub(crate) fn place(config: &NodeConfig) -> Result<String, InvalidConfig> {
    let path = std::path::absolute(config.audit_path()?).unwrap_or_default();
    let (url, _) = config.state_place()?;
    let machine = match url.expose().starts_with("sqlite:") {
        true => String::new(),
        false => std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default(),
    };
    Ok(format!("{}:{}", machine.trim(), path.display()))
}
