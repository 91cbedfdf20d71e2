//! What has to be counted before it can be decided what may be told.

use crate::Fixed;

/// What a release plan asks of whoever counts. Nobody else reads floors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// For each constraint of the question, what would be counted without it.
    pub margins: bool,
    /// Carriers by name, and documents.
    pub records: bool,
    /// Each variant by itself: no sum over several may stand for them.
    pub singly: bool,
    /// Nobody and a few must read the same, in the time of the answer too.
    pub hides: bool,
    /// That nobody carries an allele is counted like any number.
    pub nobody: bool,
    /// Filters are read as sets that are fixed beforehand; as they stand where there are none.
    pub fixed: Option<Fixed>,
}

impl Needs {
    /// Returns what either of both asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            margins: self.margins || other.margins,
            records: self.records || other.records,
            singly: self.singly || other.singly,
            hides: self.hides || other.hides,
            nobody: self.nobody || other.nobody,
            fixed: self.fixed.or(other.fixed),
        }
    }
}
