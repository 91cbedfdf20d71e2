//! Tokens, visas and proofs, right ones and wrong ones, and the identity providers that issue them.
//!
//! The same list of [`cases`] is held against the verifier alone and against the doors of a running node.
//! Keys are test keys: they guard nothing.

mod case;
mod cases;
mod encoding;
mod jws;
mod keys;
mod provider;
mod shown;
mod world;

pub use case::{Expect, Forge, TokenCase};
pub use cases::cases;
pub use jws::{Jws, raw};
pub use keys::{Signer, key_set};
pub use provider::{Provider, Reply, Request};
pub use shown::{Occasion, TestCredentials};
pub use world::{DATASET, JKU, OTHER_JKU, PERSON, REGISTERED, SOURCE, World, iss};
