//! What commands about the state share: how they find it, and who runs them.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use clap::Args;
use fyr_ingest::{IngestError, Spooled, Withdrawn};
use fyr_node::{
    NodeConfig, OF_THE_NODE, PIPES, StartError, StateElsewhere,
    config::{ConfigError, InvalidConfig},
};
use fyr_state::{Effective, State, StateError};
use fyr_store::{Store, StoreError};
use time::format_description::well_known::Rfc3339;

use crate::read_withdrawn;

/// Which node, and who speaks for it.
#[derive(Args, Clone, Debug)]
pub(super) struct StateArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Who makes the change, for the history; your user name and this machine where it is left out
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
}

/// The state cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The state has no place.
    #[error("configuration: {0}")]
    Place(#[from] InvalidConfig),
    /// The state cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
    /// The state cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever withdrew is remembered elsewhere.
    #[error(transparent)]
    Elsewhere(#[from] StateElsewhere),
    /// The configuration is that of another node.
    #[error("the configuration is of the store `{}`: give --store the same directory", .0.display())]
    OtherStore(PathBuf),
}

/// An open state, its store, and who changes it.
pub(super) struct OpenState {
    pub(super) state: State,
    pub(super) actor: String,
    store: Option<PathBuf>,
}

impl StateArgs {
    /// Of a command that changes nothing.
    pub(super) fn reading(config: PathBuf) -> Self {
        Self { config, actor: None }
    }

    /// Returns the configuration file.
    pub(super) fn file(&self) -> &Path {
        &self.config
    }

    /// Returns who makes the change, where that is said.
    pub(super) fn actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// Opens the state of the node.
    pub(super) async fn open(&self) -> Result<OpenState, StateCommandError> {
        let config = NodeConfig::load(Some(&self.config))?;
        let state = config.open_state().await?;
        let store = config.store_directory().filter(|store| store.is_dir()).map(Path::to_owned);
        Ok(OpenState { state, store, actor: self.actor.clone().unwrap_or_else(actor) })
    }
}

impl OpenState {
    /// Opens the store, if the node has one. Of a node that has loaded nothing yet, it is made.
    pub(super) async fn store(&self) -> Result<Option<Store>, StateCommandError> {
        match &self.store {
            Some(store) => Ok(Some(Store::open_beside(store, OF_THE_NODE).await?)),
            None => Ok(None),
        }
    }

    /// Deletes what an ingest that was killed left of a pipe in the store: nobody knows who is in it.
    pub(super) fn clear_pipes(&self) -> Result<(), IngestError> {
        self.store.as_ref().map_or(Ok(()), |store| Spooled::clear(&store.join(PIPES)))
    }
}

/// Returns who runs this program.
pub(super) fn actor() -> String {
    let user = ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok());
    let host = fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| env::var("HOSTNAME").ok());
    let host = host.map_or_else(|| "localhost".to_owned(), |host| host.trim().to_owned());
    format!("{}@{host}", user.unwrap_or_else(|| "unknown".to_owned()))
}

/// Says when a change took effect.
pub(super) fn in_effect(effective: &Effective) -> String {
    let since = effective.since.replace_nanosecond(0).unwrap_or(effective.since);
    format!("in effect since {} at every replica of the node", since.format(&Rfc3339).unwrap_or_default())
}

/// Returns who withdrew, from every dataset: by the node's configuration where it is named, otherwise by what lies in the
/// store.
pub(super) async fn withdrawn(store: &Path, config: Option<&Path>) -> Result<Withdrawn, StateCommandError> {
    let config = match config {
        Some(file) => of_this_store(NodeConfig::load(Some(file))?, store)?,
        None => {
            StateElsewhere::refuse(store)?;
            NodeConfig::new("ingest", store.to_string_lossy())
        }
    };
    if config.remembers_nothing()? {
        return Ok(Withdrawn::default());
    }
    Ok(read_withdrawn(config.open_state().await?, store, &actor()).await?)
}

/// Refuses a configuration by which the state of another store would be asked.
fn of_this_store(config: NodeConfig, store: &Path) -> Result<NodeConfig, StateCommandError> {
    let place = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
    match config.store_directory() {
        Some(directory) if place(directory) != place(store) => {
            Err(StateCommandError::OtherStore(directory.to_owned()))
        }
        _ => Ok(config),
    }
}
