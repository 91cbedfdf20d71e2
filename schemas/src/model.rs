//! The Beacon v2 default model: one table a type says what is checked, what can be filtered by, and how
//! the type is described to others.
//!
//! A member that the model does not have is left out of what is stored: other tools add their own. The
//! member `info` holds anything.

mod check;
mod comparison;
mod curie;
mod facts;
mod fields;
mod json_schema;
mod table;

use serde_json::Value;

use crate::EntryType;

pub(crate) use comparison::incomparable;
pub use curie::canonical_curie;
pub use fields::{Field, is_term, resolve_field};
pub use json_schema::json_schema;
pub use table::Owner;

impl EntryType {
    /// Returns whose entries of this type are.
    pub const fn owner(self) -> Owner {
        table::row(self).owner
    }

    /// Returns whether an entry of this type is about one person, or a part of one.
    pub const fn is_about_a_person(self) -> bool {
        !matches!(self.owner(), Owner::Nobody)
    }

    /// Returns whether the id of an entry of this type is a name of its person too: genotypes may be named after a
    /// biosample.
    pub const fn names_a_person(self) -> bool {
        table::row(self).names_a_person
    }

    /// Returns whether an entry of this type may tell whose it is only by what it comes from.
    pub const fn may_name_only_its_source(self) -> bool {
        matches!(self.owner(), Owner::Sample | Owner::Run)
    }

    /// Returns whether entries of this type belong together by biosample: samples, and what comes from one.
    pub const fn is_of_a_sample(self) -> bool {
        matches!(self, Self::Biosample) || self.may_name_only_its_source()
    }
}

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
#[derive(Clone, Debug, Default, PartialEq)]
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

impl Entry {
    /// Checks a document of the model.
    ///
    /// # Errors
    ///
    /// Everything that the model does not allow, in the order of the model.
    pub fn new(entry_type: EntryType, document: Value) -> Result<Self, Vec<ModelFault>> {
        let members = check::members(entry_type, &document);
        let document = check::checked(entry_type, document)?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let own = |of: EntryType, name: &str| text(if entry_type == of { "id" } else { name });
        Ok(Self {
            entry_type,
            id: text("id").unwrap_or_default(),
            individual: own(EntryType::Individual, "individualId"),
            biosample: own(EntryType::Biosample, "biosampleId"),
            run: own(EntryType::Run, "runId"),
            members,
            document,
        })
    }

    /// Returns what the entry states.
    pub fn facts(&self) -> Vec<Fact> {
        facts::of(self.entry_type, &self.document)
    }
}

#[cfg(test)]
mod tests;
