//! The `[identity]` table: whom this node believes, and what they may say of whom.

mod claims;
mod issuer;
mod keys;
mod organisation;
mod visa_issuer;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use claims::{ClaimsConfig, Pointers};
pub use issuer::{AudienceConfig, IssuerConfig, PassportSource};
pub use keys::KeysConfig;
pub use organisation::OrganisationConfig;
pub use visa_issuer::VisaIssuerConfig;

/// Whom this node believes. Empty, it believes nobody.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityConfig {
    /// Issuers of access tokens and passports.
    pub issuers: Vec<IssuerConfig>,
    /// Issuers of visas.
    pub visa_issuers: Vec<VisaIssuerConfig>,
    /// What the operator knows of organisations.
    pub organisations: Vec<OrganisationConfig>,
    /// Certificate authorities that count beside those of the system, PEM.
    pub ca_file: Option<PathBuf>,
    /// Whether keys may be fetched without TLS from this machine, for tests.
    pub insecure_loopback: bool,
}

impl IdentityConfig {
    /// Lets relative paths start at a directory.
    #[must_use]
    pub fn relative_to(mut self, directory: &Path) -> Self {
        self.ca_file = self.ca_file.map(|path| directory.join(path));
        self.issuers = self.issuers.into_iter().map(|issuer| issuer.relative_to(directory)).collect();
        for issuer in &mut self.visa_issuers {
            issuer.jwks_file = issuer.jwks_file.take().map(|path| directory.join(path));
        }
        self
    }
}

#[cfg(test)]
mod tests;
