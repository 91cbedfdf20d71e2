//! What a request can show, and what comes of it, against the verifier alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod acting;
mod ends;
mod fetching;
mod groups;
mod passports;
mod support;
mod tls;
#[expect(unreachable_pub, dead_code, unused_imports, reason = "a module of another crate, for its doors")]
#[path = "../../../../tests/src/tokens/mod.rs"]
mod tokens;
