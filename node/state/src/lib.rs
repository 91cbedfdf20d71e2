//! What a node remembers beside its data: consents, withdrawals, revocations.
