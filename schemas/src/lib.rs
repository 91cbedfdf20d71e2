//! The words that node, broker and client share.
//!
//! Values here are valid by construction: a [`Contig`] is a real sequence name, an [`AlleleQuery`]
//! can be evaluated as it stands. Parsing happens once, at the edge. This crate knows serde and the
//! specifications, never storage, transport or policy.

#[cfg(test)]
extern crate self as fyr_schemas;

mod allele;
mod answer;
mod assembly;
mod bases;
pub mod beacon;
mod breakend;
mod canonical;
mod contig;
mod coordinate;
pub mod duration;
mod effect;
mod entry_type;
mod error;
mod filter;
mod frequency;
mod granularity;
mod individual;
pub mod model;
mod normalise;
mod operator;
mod ploidy;
mod purpose;
mod query;
mod remedy;
mod token_scheme;
mod variant_type;
mod withheld;

pub use allele::{Alternate, InvalidAllele, Variant, is_sequence};
pub use answer::{
    Allowance, AllowanceKind, Answer, Case, Coverage, DatasetAnswer, DatasetState, Handover, Lift,
    NodeReport, NodeState, Observations, Precision, VariantAnswer, Versions, Zygosity,
};
pub use assembly::{
    AccessionRow, Assembly, AssemblyRow, InvalidAssembly, Ploidy, Role, SequenceRow, UnknownAssembly,
};
pub use bases::is_iupac;
pub use breakend::{BreakendMate, canonical_breakend, mate};
pub use canonical::LocatedKey;
pub use contig::{Contig, InvalidContig};
pub use coordinate::{Interbase, InvalidCoordinate, Position};
pub use effect::{Effect, is_consequence, so_id};
pub use entry_type::{EntryType, UnknownEntryType};
pub use error::ErrorCode;
pub use filter::{
    Clause, Condition, Filter, FilteringTerm, FilteringTermKind, Filters, InvalidFilters, Vocabulary,
};
pub use frequency::{Frequency, Group, Tally};
pub use granularity::{Granularity, Release, UnknownGranularity};
pub use individual::{Individual, Sex};
pub use model::Owner;
pub use normalise::{NormaliseError, ReferenceSequence, left_align, trim};
pub use operator::Operator;
pub use ploidy::expected_ploidy;
pub use purpose::{InvalidPurpose, Purpose, Use};
pub use query::{
    AlleleForm, AlleleName, AlleleQuery, BasePattern, BatchId, BracketQuery, DatasetSelection, EntryRef,
    Epoch, FrequencyBound, GeneQuery, IncludeResultsets, InvalidQuery, Located, Mate, NameQuery, Narrowing,
    Pagination, ProteinChange, Query, RangeQuery, Substitution, TypeTerm, VariantQuery,
    protein::canonical as protein_change,
};
pub use remedy::Remedy;
pub use token_scheme::TokenScheme;
pub use variant_type::{UnknownVariantType, VariantType};
pub use withheld::{UnknownWithheld, Withheld};
