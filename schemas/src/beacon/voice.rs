//! Who speaks in an answer.

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Beacon id.
    pub beacon_id: String,
    /// Whether it speaks for others too, and therefore names them.
    pub aggregator: bool,
    /// Where frequencies come from, for people.
    pub source: String,
    /// Where more can be read about that.
    pub source_reference: String,
}
