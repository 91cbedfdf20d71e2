//! Keys from an address: kept for ten minutes, for a day if the issuer does not answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use quick_cache::sync::Cache;
use reqwest::Url;
use tokio::sync::Mutex;

use super::{Key, KeySet};
use crate::{
    Invalid,
    clock::Clock,
    fetch::{Fetch, PATIENCE},
};

/// How long a set is taken as it is, seconds.
const FRESH: i64 = 600;
/// From when on a set is renewed before a request needs it, seconds.
const EARLY: i64 = 300;
/// How long a set counts while the issuer does not answer, seconds.
const STALE: i64 = 24 * 3600;
/// Shortest time between two calls, seconds.
const COOL_DOWN: i64 = 30;
/// How many unknown key ids are remembered, and for how long in seconds.
const UNKNOWN: usize = 128;
const UNKNOWN_FOR: i64 = 300;

/// Keys from an address.
#[derive(Debug)]
pub(crate) struct Remote {
    issuer: String,
    url: Url,
    fetch: Fetch,
    clock: Arc<Clock>,
    held: ArcSwapOption<Held>,
    /// When the address was last called, seconds since 1970.
    called: AtomicI64,
    gate: Mutex<()>,
    unknown: Cache<String, i64>,
    patience: Duration,
}

#[derive(Debug)]
struct Held {
    set: KeySet,
    at: i64,
}

impl Remote {
    pub(super) fn new(issuer: &str, url: Url, fetch: Fetch, clock: Arc<Clock>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            url,
            fetch,
            clock,
            held: ArcSwapOption::empty(),
            called: AtomicI64::new(i64::MIN),
            gate: Mutex::new(()),
            unknown: Cache::new(UNKNOWN),
            patience: PATIENCE,
        }
    }

    pub(super) async fn key(self: &Arc<Self>, kid: &str, now: i64) -> Result<Arc<Key>, Invalid> {
        if let Some(key) = self.known(kid, now, FRESH) {
            return Ok(key);
        }
        let age = self.age(now);
        let is_fresh = age.is_some_and(|age| age < FRESH);
        if is_fresh && self.unknown.get(kid).is_some_and(|until| now < until) {
            return Err(Invalid::Key);
        }
        self.refresh(now).await;
        // A key that a fresh set lacks is unknown; one that an old set has counts until the issuer answers.
        match self.known(kid, now, STALE) {
            Some(key) => Ok(key),
            None if self.age(now).is_some_and(|age| age < FRESH) => {
                // Only a set that was just fetched proves that there is no such key.
                if self.called.load(Ordering::Acquire) == now {
                    self.unknown.insert(kid.to_owned(), now.saturating_add(UNKNOWN_FOR));
                }
                Err(Invalid::Key)
            }
            None => Err(Invalid::KeysUnavailable),
        }
    }

    /// Renews a set that is no longer young.
    pub(super) async fn refresh_early(self: &Arc<Self>, now: i64) {
        if self.age(now).is_none_or(|age| age >= EARLY) {
            self.call(now).await;
        }
    }

    fn known(&self, kid: &str, now: i64, oldest: i64) -> Option<Arc<Key>> {
        let held = self.held.load();
        let held = held.as_ref().filter(|held| age(held, now).is_some_and(|age| age < oldest))?;
        held.set.get(kid)
    }

    fn age(&self, now: i64) -> Option<i64> {
        self.held.load().as_ref().and_then(|held| age(held, now))
    }

    /// Calls the address, and waits for it no longer than a request may. The call goes on behind it.
    async fn refresh(self: &Arc<Self>, now: i64) {
        let this = self.clone();
        let call = tokio::spawn(async move { this.call(now).await });
        let _ = tokio::time::timeout(self.patience, call).await;
    }

    async fn call(&self, now: i64) {
        let _one = self.gate.lock().await;
        let since = now.saturating_sub(self.called.load(Ordering::Acquire));
        if (0..COOL_DOWN).contains(&since) {
            return;
        }
        self.called.store(now, Ordering::Release);
        let outcome = match self.fetch.get(self.url.clone()).await {
            Ok(fetched) => {
                if let Some(date) = fetched.date {
                    self.clock.compare(&self.issuer, date, now);
                }
                self.take(&fetched.body, now)
            }
            Err(error) => {
                tracing::warn!(issuer = self.issuer, %error, "cannot fetch the keys of an issuer");
                "unreachable"
            }
        };
        metrics::counter!("fyr_identity_key_fetches_total", "outcome" => outcome).increment(1);
    }

    fn take(&self, body: &[u8], now: i64) -> &'static str {
        match KeySet::parse(body) {
            Some(set) => {
                self.unknown.clear();
                self.held.store(Some(Arc::new(Held { set, at: now })));
                "fetched"
            }
            None => {
                tracing::warn!(issuer = self.issuer, "an issuer's set of keys has none that can be used");
                "unusable"
            }
        }
    }
}

/// Returns how old a set is; none after the clock was set back, so that it is fetched anew.
fn age(held: &Held, now: i64) -> Option<i64> {
    Some(now.saturating_sub(held.at)).filter(|age| *age >= 0)
}
