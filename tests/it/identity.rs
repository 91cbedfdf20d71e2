//! Tokens, visas and proofs at the doors of a running node: what they open, and what they never open.
//!
//! The groups are those of the privacy requirements. What needs a clock that can be set is held against the
//! verifier alone (cases that are `exact`, and group 32 but for readiness); logs are searched in `canary`.

mod groups;
mod proofs;
mod stand;
mod steps;
