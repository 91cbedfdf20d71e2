//! The Beacon v2 default model as one table a type: what is checked, what can be filtered by.

use serde_json::Value;

use crate::EntryType;

/// An entry of the model, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is.
    pub entry_type: EntryType,
    /// Its id.
    pub id: String,
    /// The person it is about, where it names one; an individual names itself.
    pub individual: Option<String>,
    /// The biosample it comes from, where it names one; a biosample names itself.
    pub biosample: Option<String>,
    /// The run it comes from, where it names one; a run names itself.
    pub run: Option<String>,
    /// The people of a cohort, where it lists them; everyone in the dataset where it does not.
    pub members: Vec<String>,
    /// The whole document, without what is not of the model.
    pub document: Value,
}

/// Something that an entry states and that can be filtered by.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Path of the field in the model, without list positions: `diseases.diseaseCode`.
    pub field: String,
    /// CURIE of the term that is stated; of a measure, of the assay.
    pub term: Option<String>,
    /// Label of the term.
    pub label: Option<String>,
    /// Text of a field that is no term: texts, dates, yes and no.
    pub text: Option<String>,
    /// Number of a field that has one, or of a measure; years of a duration.
    pub number: Option<f64>,
    /// Whether it is stated that this does *not* hold (`excluded`).
    pub absent: bool,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {reason}")]
pub struct ModelFault {
    /// Where, with list positions: `diseases[2].diseaseCode.id`.
    pub field: String,
    /// What.
    pub reason: String,
}
