//! What passed the gate.

/// What may leave: it was asked for by somebody who was verified, decided, paid for, and recorded, and nobody
/// who withdrew or was revoked meanwhile had a part in it. Only the gate makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Attended<T>(T);

impl<T> Attended<T> {
    pub(super) fn new(told: T) -> Self {
        Self(told)
    }

    /// Takes out what is told.
    pub fn into_inner(self) -> T {
        self.0
    }
}
