//! What verification found.

use fyr_policy::{Requester, Subject};

use crate::VisaFault;

/// Who asks, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who asks.
    pub requester: Requester,
    /// Why visas were ignored, one reason a visa, for the audit log.
    pub ignored: Vec<VisaFault>,
    pub(crate) rests_on: RestsOn,
}

/// What may end while a stream of questions goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RestsOn {
    /// The person, by all ids that count.
    pub(crate) subjects: Vec<Subject>,
    /// The token and its visas, by what they can be revoked by.
    pub(crate) ids: Vec<[u8; 32]>,
    /// When the first of them ends, seconds since 1970; none if nothing was shown.
    pub(crate) expires: Option<i64>,
}

impl Verified {
    /// Returns what is known of somebody whom the operator knows otherwise. Nothing of it ends.
    pub fn known(requester: Requester) -> Self {
        Self { requester, ignored: Vec::new(), rests_on: RestsOn::default() }
    }

    /// Returns what is known of whom nothing was shown of.
    pub(crate) fn public() -> Self {
        Self::known(Requester::Public)
    }
}
