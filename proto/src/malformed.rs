//! What no Fyr sends.

/// A message that means nothing: the peer is broken, or is no Fyr.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed answer: {0}")]
pub struct Malformed(pub String);

impl Malformed {
    /// Says what is wrong.
    pub(crate) fn of(what: impl ToString) -> Self {
        Self(what.to_string())
    }
}
