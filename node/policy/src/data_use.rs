//! Whether data may be used for a purpose: the conditions of DUO against who asks, and what for.
//!
//! Three-valued with reasons: permitted, denied, or for a human to decide, which denies too. Unknown codes,
//! missing codes and unknown facts deny. A purpose matches the data's diseases if each of its diseases is one
//! of them or a narrower one; data that are consented for a narrower disease than the purpose do not match.

mod condition;
mod matching;

pub use condition::{DataUse, InvalidDataUse, Term};
pub use matching::{Ground, Reason, Suitability, Terms, suitability};
