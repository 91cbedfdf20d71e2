//! What a node remembers beside its data: consents, withdrawals, releases, revocations, used proofs, what was told of whom.
//!
//! [`State`] writes and lists; [`Follower`] keeps what decides about answers in memory, in every running
//! replica. SQLite keeps it by default, PostgreSQL where replicas on several machines share it. What a
//! consent means is decided in `fyr-policy`. The accounts
//! of what was told of each person stand here too ([`State::bear`]).
//!
//! # Why nobody is counted once a withdrawal is acknowledged
//!
//! One number, the version, grows with every change, in the transaction of the change.
//!
//! 1. A replica reads the version every [`POLL`]. A read that *started* at `t` and succeeded makes the
//!    snapshot usable until `t` + [`LEASE`]. Nothing else makes it usable, so a replica that cannot read
//!    stops answering ([`Stale`]).
//! 2. A writer commits, waits [`LEASE`] + [`MARGIN`], and only then acknowledges. Before that a [`Witness`] apart from
//!    the state keeps the version in mind, so that an older copy of the state is known for what it is.
//! 3. A node asks [`Follower::current`] for the version, or [`Follower::is_current`], once it has counted, right
//!    before the answer leaves; if it is another one, it evaluates again with the new snapshot.
//!
//! Let a change commit at `c`. A read that saw an older version started at `t` < `c`, because a database
//! shows what was committed before a statement started. An answer that was counted without the change passed
//! step 3 on such a read, hence before `t` + [`LEASE`] < `c` + [`LEASE`]. The acknowledgement comes later than
//! that by [`MARGIN`], which covers the way from step 3 to the socket and clocks of unlike speed.
//!
//! - Only durations are compared, each on the clock of one machine; clocks need the same speed, not the same
//!   time. A machine that slept would have stopped its monotonic clock: the wall clock ends a lease too.
//! - A read that is under way when the change commits counts from its start, whichever version it sees.
//! - A writer that dies between commit and acknowledgement leaves a change in force that nobody was told of.
//!   Whoever repeats it waits again, although nothing changes.
//! - Whoever is forgotten after a purge stays hidden, by the hash of their ids: a replica may still have the data open that
//!   the person was purged from, and an older copy of the store has them.
//! - The database has to be one: a standby is refused, and so is an SQLite file that was replaced.

mod accounts;
mod answers;
mod budgets;
mod care;
mod database;
mod error;
mod follower;
mod history;
mod key;
mod lease;
mod load;
mod noise;
mod people;
mod proofs;
mod releases;
mod remembered;
mod revocation;
mod schema;
mod state;
mod writing;

pub use accounts::{AccountChange, AccountOwner, AccountStatement, Bill, Holders};
pub use answers::{Answers, ItemAnswer, Said};
pub use budgets::Spent;
pub use care::{CareAnswer, CareDecision, CareFilter, CareQuestion, CareReview, CareTold, Decided};
pub use error::{Stale, StateError};
pub use follower::Follower;
pub use history::{Change, ChangeKind};
pub use key::new_id;
pub use lease::{LEASE, MARGIN, POLL};
pub use noise::NoiseSecret;
pub use people::Stated;
pub use releases::{Arrivals, ReleasedPeople};
pub use remembered::{Remembered, Revoked, WithdrawnIds};
pub use revocation::Revocation;
pub use state::{Effective, Forfeit, KnownEnd, State, StateIdentity, Witness};

#[cfg(test)]
mod tests;
