//! Who is in a store, under which ids and numbers, and what belongs to them.

mod documents;
mod entries;
mod everybody;
mod individuals;
mod leaving;
mod numbered;
mod persons;
mod redact;

pub use documents::{LeftOut, leave_out};
pub use entries::{COHORT_SIZE, EntryKey, entry_schema, fact_schema, read as read_entries};
pub(crate) use entries::{
    EntryRow, FactRow, count as count_entries, people_of_biosamples, write as write_entries,
};
pub use everybody::{Everybody, FoundIn};
pub use individuals::{IndividualRow, read as read_individuals};
pub(crate) use individuals::{
    Member, Numbers, SeenOf, individuals_schema, members, merge as merge_individuals,
    rewrite as rewrite_individuals, write as write_individuals,
};
pub(crate) use leaving::Leaving;
pub use numbered::Numbered;
pub use persons::{Left, Person, Persons};
pub use redact::redact;
