//! Questions as bytes: what clients sign, what the audit log finds again, and what accounts are kept by.
//!
//! All forms have one grammar, which `docs/identity.md` explains for who signs in another language:
//!
//! ```text
//! form   = field*                                the first field is `version`
//! field  = name SP length LF value LF            length: bytes of the value, decimal, no leading zero
//! value  = text | number | flag | field*         UTF-8; decimal digits; `true`
//! ```
//!
//! Fields stand in the order in which the functions here write them. What a question has always is always
//! written, also where it is the default; what it may have is written where it has it: so a false flag, a list
//! without elements and an option that is not there are no field at all, and an empty text is a field of
//! length 0. Lists that have an order are fields of one name, in order; sets are sorted by their bytes, each
//! element once.
//!
//! Nothing here rests on names of Rust, and every value is taken apart by a pattern that names all its parts:
//! a new part does not compile unless it is written, or left out by name. Such a part is written only where it
//! is not the default, or under another version: signatures, accounts and audit records outlive a release.
//! `schemas/golden/signable.json` holds what each form must be, and is read by clients, nodes and a program in
//! another language.

mod conditions;
mod located;
mod place;
mod purpose;
mod record;
#[cfg(test)]
mod tests;
pub(crate) mod versions;

pub use located::LocatedKey;

use crate::{BatchId, DatasetSelection, Epoch, Pagination, Query};
use record::Record;

/// Version of the form that is signed.
const SIGNED: &str = "fyr-query-v2";
/// Version of the form of what a question is about.
const SUBJECT: &str = "fyr-subject-v1";

impl Query {
    /// Writes the whole question as it was asked: what it is about, how much it asks for, of whose data, on
    /// which page, and what for.
    ///
    /// This is what a client signs (`fyr_identity` checks it).
    pub fn signable(&self) -> Vec<u8> {
        let Self {
            entry_type: _,
            variant: _,
            within: _,
            filters: _,
            frequencies: _,
            granularity,
            datasets,
            pagination: Pagination { skip, limit },
            test_mode,
            purpose,
            dry_run,
            epoch,
            batch,
            // How long somebody waits is no part of what is asked.
            wait: _,
        } = self;
        let DatasetSelection { only, exclude, exclude_nodes, only_nodes } = datasets;
        subject(Record::version(SIGNED), self)
            .text("granularity", granularity.name())
            .texts_as_set("dataset", only)
            .texts_as_set("exclude_dataset", exclude)
            .texts_as_set("exclude_node", exclude_nodes)
            .texts_as_set("only_node", only_nodes)
            .number("skip", *skip)
            .number("limit", *limit)
            .flag("test_mode", *test_mode)
            .flag("dry_run", *dry_run)
            .optional_number("epoch", epoch.map(|Epoch(number)| number))
            .optional_text("batch", batch.as_ref().map(BatchId::as_str))
            .option("purpose", purpose.as_ref(), |record, name, purpose| {
                record.record(name, purpose::fields(purpose))
            })
            .into_bytes()
    }

    /// Writes what is asked about, as it was asked, in a form in which different questions differ: by it an
    /// auditor who has the question finds its records.
    ///
    /// How much is asked for, of which datasets, on which page and for what is not part of it.
    pub fn subject(&self) -> Vec<u8> {
        subject(Record::version(SUBJECT), self).into_bytes()
    }
}

/// Adds what a question is about.
fn subject(record: Record, query: &Query) -> Record {
    let Query {
        entry_type,
        variant,
        within,
        filters,
        frequencies,
        granularity: _,
        datasets: _,
        pagination: _,
        test_mode: _,
        purpose: _,
        dry_run: _,
        epoch: _,
        batch: _,
        wait: _,
    } = query;
    let record = record.text("entry_type", entry_type.id());
    let record = match variant {
        Some(variant) => place::asked(record, variant),
        None => record,
    };
    let record = conditions::within(record, within.as_ref());
    let record = record.records("clause", conditions::clauses(filters));
    record.records("frequency", frequencies.iter().map(conditions::frequency))
}
