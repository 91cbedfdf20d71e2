//! Where a test keeps its state: a directory, or a database of its own on a server.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;

use crate::State;

/// A place for one state. Made anew for each test.
pub(super) struct Place {
    pub(super) url: String,
    directory: TempDir,
    server: Option<String>,
}

impl Place {
    /// A file in a directory of its own.
    pub(super) fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite:{}", directory.path().join("node/state.db").display());
        Self { url, directory, server: None }
    }

    /// A database of its own, if the environment names a server.
    pub(super) async fn postgres(test: &str) -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let Ok(server) = std::env::var("FYR_POSTGRES_URL") else {
            println!("{test}: skipped, FYR_POSTGRES_URL is not set");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fyr_test_{}_{number}", std::process::id());
        run(&server, &format!("CREATE DATABASE {name}")).await;
        let (host, _) = server.rsplit_once('/').expect("the URL names a database");
        let url = format!("{host}/{name}");
        Some(Self { url, directory: TempDir::new().unwrap(), server: Some(server) })
    }

    /// Opens the state as a process of its own would.
    pub(super) async fn open(&self) -> State {
        State::open(&self.url, &self.key()).await.unwrap()
    }

    /// The key file.
    pub(super) fn key(&self) -> PathBuf {
        self.directory.path().join("node/state.key")
    }

    /// The directory in which all files of the state are; of an SQLite state.
    pub(super) fn files(&self) -> Option<PathBuf> {
        self.server.is_none().then(|| self.directory.path().join("node"))
    }

    /// Runs a statement past the state.
    pub(super) async fn run(&self, sql: &str) {
        run(&self.url.replace("sqlite:", "sqlite://"), sql).await;
    }

    /// Makes the database unreachable.
    pub(super) async fn cut(&self) {
        match &self.server {
            None => fs::rename(self.file(), self.file().with_extension("away")).unwrap(),
            Some(server) => {
                run(server, &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name())).await;
                let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
                run(server, &format!("{others} '{}'", self.name())).await;
            }
        }
    }

    /// Makes it reachable again.
    pub(super) async fn restore(&self) {
        match &self.server {
            None => fs::rename(self.file().with_extension("away"), self.file()).unwrap(),
            Some(server) => {
                run(server, &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name())).await
            }
        }
    }

    fn file(&self) -> &Path {
        Path::new(self.url.strip_prefix("sqlite:").unwrap())
    }

    fn name(&self) -> &str {
        self.url.rsplit_once('/').unwrap().1
    }
}

async fn run(url: &str, sql: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
