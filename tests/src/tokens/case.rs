//! One case: what a request shows, and what must come of it.

use fyr_identity::{Scheme, Shown};
use fyr_schemas::Query;

use super::World;

/// What a request shows, to be put into its headers.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The token of `Authorization`.
    pub token: Option<String>,
    /// The scheme of `Authorization`.
    pub scheme: Scheme,
    /// The `DPoP` header.
    pub dpop: Option<String>,
    /// The query proof.
    pub proof: Option<String>,
}

impl Credentials {
    /// Shows a bearer token.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), scheme: Scheme::Bearer, dpop: None, proof: None }
    }

    /// Returns what the verifier is given of them.
    pub fn shown<'a>(&'a self, ask: &'a Ask<'_>) -> Shown<'a> {
        Shown {
            token: self.token.as_deref(),
            scheme: self.scheme,
            dpop: self.dpop.as_deref(),
            method: ask.method,
            url: Some(ask.url),
            proof: self.proof.as_deref(),
        }
    }
}

/// The request that credentials are made for.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Seconds since 1970.
    pub now: i64,
    /// HTTP method.
    pub method: &'a str,
    /// Address, as the client calls it.
    pub url: &'a str,
    /// The question in it.
    pub question: &'a Query,
}

/// What must come of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 401, whatever the question.
    Unauthenticated,
    /// Let in, without grant of [`super::DATASET`] and not as a registered researcher.
    VisaIgnored,
    /// Let in.
    Accepted,
    /// Let in, with grant of [`super::DATASET`].
    Granted,
    /// Let in, as a registered researcher.
    Registered,
}

/// Makes what a case shows.
pub type Forge = Box<dyn Fn(&World, &Ask<'_>) -> Credentials + Send + Sync>;

/// One case of one group of privacy requirements for tokens.
pub struct Case {
    /// Number of the group.
    pub group: u8,
    /// What is wrong with it, or right.
    pub name: String,
    /// What must come of it.
    pub expect: Expect,
    /// Whether it lies so close to a limit of time that the clock must be set for it.
    pub exact: bool,
    /// Makes what is shown.
    pub forge: Forge,
}
