//! Who asks: tokens, passports and proofs, verified.
//!
//! Takes what a request shows and returns a [`fyr_policy::Requester`]. Nothing that a token says is believed
//! before an issuer of this node's configuration vouches for it, and no address that a token names is ever
//! called. What is shown and not valid is an error; it never makes a requester public. What a requester may
//! learn is decided elsewhere.
//!
//! See GA4GH AAI OpenID Connect Profile 1.2, GA4GH Passport 1.2, RFC 7515, RFC 8725, RFC 9068 and RFC 9449.

mod attributes;
mod binding;
mod clock;
mod config;
mod digest;
mod error;
mod fetch;
mod invalid;
mod json;
mod jws;
mod keys;
mod memory;
mod passport;
mod shown;
mod signatures;
mod times;
mod token;
mod trust;
mod verified;
mod verifier;
mod visa;

pub use binding::LONGEST_PROOF;
pub use config::{
    AudienceConfig, ClaimsConfig, IdentityConfig, IssuerConfig, KeysConfig, OrganisationConfig,
    PassportSource, Pointers, VisaIssuerConfig,
};
pub use digest::{token_digest, token_id};
pub use error::IdentityError;
pub use invalid::{Invalid, VisaFault};
pub use memory::{Memory, MemoryUnavailable, ShownBefore, VolatileMemory};
pub use shown::Shown;
pub use verified::{Acting, Verified};
pub use verifier::Verifier;
