//! What is noted of a dataset that is a published table: of whose data, by whose decision, and at which risk.

use arrow::datatypes::{DataType, Field, Fields};
use serde::{Deserialize, Serialize};

/// A table of frequencies that the owner of a dataset of people published. It is noted in the commit that makes the table
/// visible, so a table is marked, or is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The dataset whose people were counted.
    pub of: String,
    /// The version of the store at which they were counted.
    pub store: u64,
    /// The version of what people said by which they were counted.
    pub consents: u64,
    /// How many people may be counted; the most that an allele tells of.
    pub people: u64,
    /// Fewest people who carry an allele, or do not, of whom anything is told.
    pub minimum_carriers: u64,
    /// Numbers are multiples of this; 1 where they are exact.
    pub step: u64,
    /// The groups that stand beside everybody: `population`, `sex`, both with a comma between, or nothing.
    pub groups: String,
    /// How many members the measured attack recognises where it takes one outsider in twenty for a member, thousandths.
    pub power: u64,
    /// The upper end of the 95 % interval of that, thousandths.
    pub power_at_most: u64,
    /// Why it was published.
    pub reason: String,
    /// Who published it.
    pub actor: String,
}

/// The column of `segments`.
pub(crate) fn publication_field() -> Field {
    let text = |name| Field::new(name, DataType::Utf8, false);
    let number = |name| Field::new(name, DataType::Int64, false);
    let fields = Fields::from(vec![
        text("of"),
        number("store"),
        number("consents"),
        number("people"),
        number("minimum_carriers"),
        number("step"),
        text("groups"),
        number("power"),
        number("power_at_most"),
        text("reason"),
        text("actor"),
    ]);
    Field::new("publication", DataType::Struct(fields), true)
}
