//! Questions about people and what belongs to them: who is meant, how many, and their documents.
//!
//! Filters are DataFusion plans over the table `facts`; what they find becomes bitmaps of entry numbers,
//! which are translated into each other along the links between entries.

pub(super) mod documents;
mod filter;
mod pattern;
mod published;
pub(super) mod selection;
pub(crate) mod table;
pub(super) mod terms;

pub(crate) use {published::Published, selection::Selection};
