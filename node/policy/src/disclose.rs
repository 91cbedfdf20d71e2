//! From what was counted to what may be said. Suppression comes before everything that is derived.
//!
//! Variants, entries and filtering terms are each a [`crate::Count`], and pass the same list of controls, which
//! [`controls`] makes from the plan. With a floor of k people, "nobody", "fewer than k" and "fewer than k were
//! looked at" read the same: it is not there. At the other end, "all but fewer than k" becomes "N − k or more".
//! What may be told is rounded afterwards: rounding first would lower the floor. Parts of a count obey the same
//! floor, and if one part would fall below it, none of its siblings is told, because the total minus the others
//! would tell it.
//!
//! What leaves here is final: nothing is added to an answer, or taken from it, once it is disclosed.

mod account;
mod answers;
mod cell;
mod cohort;
mod control;
mod controls;
mod entries;
mod floor;
mod frequency;
mod groups;
mod laplace;
mod margins;
mod noise;
mod parts;
mod rest;
mod rounding;
mod silence;
mod table;
mod terms;
mod variants;

pub use answers::{Speaker, assemble, left_out};
pub use entries::{cost_of_entries, disclose_entries};
pub use terms::{cost_of_terms, disclose_terms};
pub use variants::Disclosure;

#[cfg(test)]
mod tests;
