//! What verification found.

use std::fmt;

use fyr_policy::{Requester, Subject};

use crate::VisaFault;

/// Who asks, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who asks.
    pub requester: Requester,
    /// The service that acts for them, if anything names one.
    pub acting: Option<Acting>,
    /// Why visas were ignored, one reason a visa, for the audit log.
    pub ignored: Vec<VisaFault>,
    pub(crate) rests_on: RestsOn,
}

/// A service that acts for whoever asks, by what names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acting {
    /// The holder of a credential of the operator's, by the name that the operator gave it.
    Credential(String),
    /// A client of an issuer: the one that a token says acts (`act`, RFC 8693), else the one that it was issued to.
    Client(Subject),
    /// A program, by the DNS name in the TLS certificate that it showed.
    Certificate(String),
}

impl fmt::Display for Acting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Client(Subject { issuer, id }) => write!(f, "client {id} of {issuer}"),
            Self::Certificate(name) => write!(f, "certificate {name}"),
        }
    }
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
        let acting = match &requester {
            Requester::Known { name } => Some(Acting::Credential(name.clone())),
            Requester::Public | Requester::User(_) | Requester::Owner(_) => None,
        };
        Self { requester, acting, ignored: Vec::new(), rests_on: RestsOn::default() }
    }

    /// Says by which TLS certificate the request came. It names who acts where nothing closer to the person does.
    #[must_use]
    pub fn through(self, certificate: Option<&str>) -> Self {
        let acting = self.acting.or_else(|| certificate.map(|name| Acting::Certificate(name.to_owned())));
        Self { acting, ..self }
    }

    /// Returns what is known of whom nothing was shown of.
    pub(crate) fn public() -> Self {
        Self::known(Requester::Public)
    }
}
