//! Paths, statuses, envelopes.
