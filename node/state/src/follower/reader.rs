//! Reads the version, and what changed if it did, over one connection.

use std::{future::Future, io, sync::Arc, time::Duration};

use sqlx::AnyConnection;
use tokio::time;

use crate::{
    LEASE, Remembered, StateError,
    database::{Database, Identity},
    key::Key,
    lease::Lease,
    load,
};

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long it may take to load what changed. The lease runs meanwhile; the next read starts another.
const LOADING: Duration = Duration::from_secs(60);

/// Reads one state. Whoever hears an error should [`Reader::disconnect`].
pub(crate) struct Reader {
    database: Database,
    key: Key,
    connection: Option<(AnyConnection, Identity)>,
    known: Option<Arc<Remembered>>,
}

impl Reader {
    pub(crate) fn new(database: Database, key: Key) -> Self {
        Self { database, key, connection: None, known: None }
    }

    /// Returns what is remembered, and a lease that starts before it was read.
    pub(crate) async fn read(&mut self) -> Result<(Lease, Arc<Remembered>), StateError> {
        let (mut connection, identity) = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.database).await?,
        };
        let lease = Lease::from_now();
        if self.database.identity()? != identity {
            return Err(StateError::Damaged("its file was replaced"));
        }
        let version = within(LEASE, load::version(&mut connection)).await?;
        let remembered = match &self.known {
            Some(known) if known.version() == version => known.clone(),
            known => {
                let load = load::remembered(&self.database, &mut connection, &self.key, known.as_deref());
                Arc::new(within(LOADING, load).await?)
            }
        };
        self.known = Some(remembered.clone());
        self.connection = Some((connection, identity));
        Ok((lease, remembered))
    }

    /// Gives the connection up; the next read makes another.
    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
    }
}

async fn connect(database: &Database) -> Result<(AnyConnection, Identity), StateError> {
    let identity = database.identity()?;
    Ok((within(CONNECTING, database.connect()).await?, identity))
}

async fn within<T>(
    limit: Duration,
    future: impl Future<Output = Result<T, StateError>>,
) -> Result<T, StateError> {
    let late = |_| StateError::Database(sqlx::Error::Io(io::ErrorKind::TimedOut.into()));
    time::timeout(limit, future).await.map_err(late)?
}
