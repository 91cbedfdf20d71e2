//! A verifier with its clock, its memory, and a listener that nobody may call.

use std::sync::{Arc, Mutex};

use fyr_identity::{IdentityConfig, Invalid, Verified, Verifier, VolatileMemory};
use fyr_policy::{Requester, User};
use fyr_schemas::{AlleleQuery, Assembly, Query, VariantQuery};
use serde::Deserialize;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::tokens::{Occasion, Provider, TestCredentials, World};

pub(crate) const NODE: &str = "se.test.sl-beacon.test";
pub(crate) const NOW: i64 = 1_790_000_000;

/// A verifier and all that it touches.
pub(crate) struct Stand {
    pub(crate) world: World,
    pub(crate) verifier: Verifier,
    pub(crate) memory: Arc<VolatileMemory>,
    pub(crate) question: Query,
    /// Listens where tokens say that keys are.
    pub(crate) trap: Provider,
    _directory: TempDir,
}

#[derive(Deserialize)]
struct File {
    identity: IdentityConfig,
}

pub(crate) fn config(toml: &str) -> IdentityConfig {
    toml::from_str::<File>(toml).unwrap().identity
}

pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

impl Stand {
    /// Sets up the issuers of the cases, with their keys in files.
    pub(crate) async fn new() -> Self {
        Self::with(|world| world.identity_toml()).await
    }

    pub(crate) async fn with(toml: impl Fn(&World) -> String) -> Self {
        let (directory, trap) = (TempDir::new().unwrap(), Provider::start().await.unwrap());
        let world = World::create(NODE, directory.path(), &trap.url("/jwks.json")).unwrap();
        let memory = Arc::new(VolatileMemory::default());
        let verifier = Verifier::new(&config(&toml(&world)), NODE, memory.clone()).unwrap();
        let allele = AlleleQuery::parse(Assembly::GRCH38, "7-117559590-ATCT-A").unwrap();
        let question = Query::variants(VariantQuery::Allele(allele));
        Self { world, verifier, memory, question, trap, _directory: directory }
    }

    pub(crate) fn ask(&self, now: i64) -> Occasion<'_> {
        Occasion { now, method: "POST", url: "https://node.example/api/g_variants", question: &self.question }
    }

    pub(crate) async fn verify(&self, shown: &TestCredentials, now: i64) -> Result<Verified, Invalid> {
        self.verifier.verify(&shown.shown(&self.ask(now)), Some(&self.question), at(now)).await
    }

    /// Verifies a bearer token.
    pub(crate) async fn bearer(&self, token: &str, now: i64) -> Result<Verified, Invalid> {
        self.verify(&TestCredentials::bearer(token), now).await
    }
}

/// Returns the person in what was verified.
pub(crate) fn user(verified: &Verified) -> Arc<User> {
    match &verified.requester {
        Requester::User(user) => user.clone(),
        other => panic!("{other:?}"),
    }
}

/// What was logged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Catches all that this thread logs, at all levels.
    pub(crate) fn catch() -> (Self, tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Returns pieces by which a token would be found in a text.
pub(crate) fn marks(token: &str) -> Vec<String> {
    let parts = token.split('.').map(|part| part.chars().take(24).collect::<String>());
    parts.filter(|part| part.len() == 24).collect()
}
