//! What must be true of the entries that are asked for.

use super::record::Record;
use crate::{Clause, Condition, EntryRef, Filter, Filters, FrequencyBound};

/// Adds the entry that what is asked for belongs to.
pub(super) fn within(record: Record, within: Option<&EntryRef>) -> Record {
    let Some(EntryRef { entry_type, id }) = within else { return record };
    record.record("within", Record::default().text("entry_type", entry_type.id()).text("id", id))
}

/// Writes the clauses of filters in the order in which they were stated.
pub(super) fn clauses(filters: &Filters) -> impl Iterator<Item = Record> {
    filters.clauses().iter().map(|Clause(filters)| {
        Record::default().records("filter", filters.iter().map(|one| filter(one, Record::records)))
    })
}

/// Writes the clauses of filters so that the order of clauses, filters and alternatives makes no difference.
pub(super) fn clauses_as_set(filters: &Filters) -> impl Iterator<Item = Record> {
    filters.clauses().iter().map(|Clause(filters)| {
        Record::default()
            .records_as_set("filter", filters.iter().map(|one| filter(one, Record::records_as_set)))
    })
}

/// Writes a bound of the allele frequency.
pub(super) fn frequency(bound: &FrequencyBound) -> Record {
    let (operator, billionths) = bound.members();
    Record::default().text("operator", operator.sign()).number("billionths", billionths)
}

fn filter(filter: &Filter, add: impl FnOnce(Record, &str, Vec<Record>) -> Record) -> Record {
    let Filter { scope, excluded, any_of } = filter;
    let record =
        Record::default().optional_text("scope", scope.map(|scope| scope.id())).flag("excluded", *excluded);
    add(record, "any_of", any_of.iter().map(condition).collect())
}

fn condition(condition: &Condition) -> Record {
    match condition {
        Condition::Term { id, descendants } => {
            let fields = Record::default().text("id", id).flag("descendants", *descendants);
            Record::default().record("term", fields)
        }
        Condition::Value { field, operator, value } => {
            let fields =
                Record::default().text("field", field).text("operator", operator.sign()).text("value", value);
            Record::default().record("value", fields)
        }
    }
}
