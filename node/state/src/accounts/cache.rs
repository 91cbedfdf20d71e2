//! The accounts that were used last, in memory. The others are on the disk.

use std::{fmt, sync::Arc};

use fyr_policy::Account;
use quick_cache::{Weighter, sync::Cache};

/// Most memory for the accounts of all requesters, bytes: those of 60 requesters who were told of 100,000 people.
const MOST: u64 = 64 << 20;

/// How many accounts there may be, a guess.
const EXPECTED: usize = 1_000;

/// Accounts in memory, each with the version of its last charge. Clones are the same.
#[derive(Clone)]
pub(crate) struct Recent(Arc<Cache<String, (i64, Account), Bytes>>);

/// Weighs accounts by the memory that they take.
#[derive(Clone)]
struct Bytes;

impl Weighter<String, (i64, Account)> for Bytes {
    fn weight(&self, id: &String, (_, account): &(i64, Account)) -> u64 {
        (id.len() + size_of::<(i64, Account)>() + account.size()) as u64
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(EXPECTED, MOST, Bytes)))
    }
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recent")
    }
}

impl Recent {
    pub(super) fn get(&self, id: &str) -> Option<(i64, Account)> {
        self.0.get(id)
    }

    pub(super) fn keep(&self, id: String, version: i64, account: Account) {
        self.0.insert(id, (version, account));
    }
}
