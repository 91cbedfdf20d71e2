//! The two databases, and where they differ. All other files know one way of writing SQL.

mod postgres;
mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use sqlx::{
    Any, AnyConnection, AnyPool, Connection, Transaction,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::StateError;

/// How long a connection, or a turn on one, is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the state is kept. Not `Debug`: a URL may hold a password.
#[derive(Clone)]
pub(crate) struct Database {
    options: AnyConnectOptions,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Sqlite(PathBuf),
    Postgres,
}

impl Database {
    /// Reads a URL; makes the file of an SQLite database that does not exist.
    pub(crate) fn at(url: &str) -> Result<Self, StateError> {
        sqlx::any::install_default_drivers();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = sqlite::create(path)?;
            return Ok(Self { options: sqlite::options(&path)?, kind: Kind::Sqlite(path) });
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = url.parse().map_err(|_| StateError::Url("cannot be read"))?;
            return Ok(Self { options, kind: Kind::Postgres });
        }
        Err(StateError::Url("names no database that is known"))
    }

    /// Opens a connection of its own.
    pub(crate) async fn connect(&self) -> Result<AnyConnection, StateError> {
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        settle(&mut connection).await?;
        if let Kind::Postgres = self.kind {
            postgres::refuse_standby(&mut connection).await?;
        }
        Ok(connection)
    }

    /// Returns whether there is a table of a name.
    pub(crate) async fn has_table(
        &self,
        connection: &mut AnyConnection,
        name: &str,
    ) -> Result<bool, StateError> {
        let sql = match self.kind {
            Kind::Sqlite(_) => sqlite::TABLES,
            Kind::Postgres => postgres::TABLES,
        };
        let found: Vec<i64> = sqlx::query_scalar(sql).bind(name.to_owned()).fetch_all(connection).await?;
        Ok(found.iter().any(|count| *count > 0))
    }

    /// Opens the connections that writers and lists share. SQLite has one writer anyway: who waits for it
    /// in line does not have to try again.
    pub(crate) async fn pool(&self) -> Result<AnyPool, StateError> {
        let size = match self.kind {
            Kind::Sqlite(_) => 1,
            Kind::Postgres => 4,
        };
        self.connect().await?.close().await?;
        let options = AnyPoolOptions::new().max_connections(size).acquire_timeout(PATIENCE);
        let options = options.after_connect(|connection, _| Box::pin(settle(connection)));
        let pool = options.connect_with(self.options.clone()).await?;
        if let Kind::Sqlite(_) = self.kind {
            sqlite::use_write_ahead_log(&pool).await?;
        }
        Ok(pool)
    }

    /// Returns whether it is a file of this machine.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.kind, Kind::Sqlite(_))
    }

    /// Starts a transaction that keeps other writers out.
    pub(crate) fn begin_alone(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite(_) => "BEGIN IMMEDIATE",
            Kind::Postgres => "BEGIN",
        }
    }

    /// Starts a transaction in which all statements see the same state.
    pub(crate) fn begin_snapshot(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite(_) => "BEGIN",
            Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Waits until no other process is changing the tables.
    pub(crate) async fn lock(&self, transaction: &mut Transaction<'_, Any>) -> Result<(), StateError> {
        match self.kind {
            Kind::Sqlite(_) => Ok(()),
            Kind::Postgres => postgres::lock(transaction).await,
        }
    }

    /// Returns what the database is at this moment; another value means that it was replaced.
    pub(crate) fn identity(&self) -> Result<Identity, StateError> {
        match &self.kind {
            Kind::Sqlite(path) => sqlite::identity(path),
            Kind::Postgres => Ok(Identity::default()),
        }
    }

    /// Removes what was deleted from the files.
    pub(crate) async fn clean(&self, pool: &AnyPool) -> Result<(), StateError> {
        match self.kind {
            Kind::Sqlite(_) => sqlite::clean(pool).await,
            Kind::Postgres => postgres::clean(pool).await,
        }
    }
}

/// Device and number of the file of an SQLite database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

/// Settles how a connection works, whatever the server's defaults are.
async fn settle(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    match connection.backend_name() {
        "SQLite" => sqlite::settle(connection).await,
        _ => postgres::settle(connection).await,
    }
}
