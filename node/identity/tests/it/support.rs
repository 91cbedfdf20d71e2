//! A verifier with its clock, its memory, and a listener that nobody may call.

use std::sync::Arc;

use fyr_identity::{IdentityConfig, Invalid, Verified, Verifier, VolatileMemory};
use fyr_policy::{Requester, User};
use fyr_schemas::{AlleleQuery, Assembly, Query, VariantQuery};
use serde::Deserialize;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::tokens::{Ask, Credentials, Provider, World};

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
        let allele = AlleleQuery::parse(Assembly::Grch38, "7-117559590-ATCT-A").unwrap();
        let question = Query::variants(VariantQuery::Allele(allele));
        Self { world, verifier, memory, question, trap, _directory: directory }
    }

    pub(crate) fn ask(&self, now: i64) -> Ask<'_> {
        Ask { now, method: "POST", url: "https://node.example/api/g_variants", question: &self.question }
    }

    pub(crate) async fn verify(&self, shown: &Credentials, now: i64) -> Result<Verified, Invalid> {
        self.verifier.verify(&shown.shown(&self.ask(now)), Some(&self.question), at(now)).await
    }

    /// Verifies a bearer token.
    pub(crate) async fn bearer(&self, token: &str, now: i64) -> Result<Verified, Invalid> {
        self.verify(&Credentials::bearer(token), now).await
    }
}

/// Returns the person in what was verified.
pub(crate) fn user(verified: &Verified) -> Arc<User> {
    match &verified.requester {
        Requester::User(user) => user.clone(),
        other => panic!("{other:?}"),
    }
}
