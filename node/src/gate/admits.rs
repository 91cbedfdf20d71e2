//! Who is let in at a gate.

use std::sync::Arc;

use fyr_doors::Credentials;
use fyr_identity::Verified;
use fyr_policy::{LocalOwner, Requester};
use fyr_schemas::Query;
use time::OffsetDateTime;

use crate::{Authenticator, Unauthenticated};

/// Clients, by what they show; or the owner of the data, at this machine. A gate that lets clients in, as that of every
/// node that serves, never lets the owner in, whatever they show.
#[derive(Debug)]
pub(crate) enum Admits {
    /// Whoever comes through a door.
    Clients(Arc<Authenticator>),
    /// Whoever runs the program that has the gate, which has no doors.
    Owner(LocalOwner),
}

impl Admits {
    /// Says who it is. `signed` is what a proof must speak of.
    pub(super) async fn authenticate(
        &self,
        credentials: &Credentials,
        signed: Option<&Query>,
        now: OffsetDateTime,
    ) -> Result<Verified, Unauthenticated> {
        match self {
            Self::Clients(authenticator) => authenticator.authenticate(credentials, signed, now).await,
            Self::Owner(owner) => Ok(Verified::known(Requester::Owner(owner.clone()))),
        }
    }

    /// Checks that what was verified before still stands.
    pub(super) fn still_holds(
        &self,
        verified: &Verified,
        now: OffsetDateTime,
    ) -> Result<(), Unauthenticated> {
        match self {
            Self::Clients(authenticator) => authenticator.still_holds(verified, now),
            Self::Owner(_) => Ok(()),
        }
    }
}
