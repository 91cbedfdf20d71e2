//! Who may ask what, and what may be said.
//!
//! Pure: no input or output, no clock, no async, no Arrow. A [`Permit`] can only be made here, by
//! [`authorize`]; an [`Undisclosed`] result can only be opened here, by a [`Disclosure`]; what leaves a
//! node is a [`Disclosed`], which can only be made here too. So there is one way from data to answer.
//!
//! [`Policy::decide`] is the one place where it is decided what a requester may learn of a dataset.

mod account;
mod accounting;
mod additions;
mod asking;
mod authorize;
mod cases;
mod cedar;
mod consent;
mod consents;
mod cost;
mod count;
mod data_use;
mod decide;
mod disclose;
mod epsilon;
mod families;
mod fixed;
mod fixed_sets;
mod needs;
mod permit;
mod populations;
mod profile;
mod promise;
mod rehearse;
mod requester;
mod risk;
mod rules;
mod sealed;
mod value_sets;
mod words;

pub use account::{Account, Borne, Rooms, settle};
pub use accounting::{Accounting, Besides, Draws};
pub use additions::{Additions, Every};
pub use asking::{Asking, Extent, Held, Kind, Wider, effective_purpose, no_wider};
pub use authorize::{Denial, authorize, authorize_terms, visible_datasets};
pub use cases::{CaseFile, CaseOutcome, PolicyCase, RequesterFacts};
pub use cedar::{GUARD_RAILS, PROFILES, PolicyFile, SCHEMA};
pub use consent::{Cohort, ConsentBasis, ConsentItem, ConsentItems, Statement, needed};
pub use consents::{Consents, Forgotten, Released};
pub use cost::{Bearers, Charged, Cost, Steps, Thresholds};
pub use count::{Count, EntryCount, Margins, People, Sets, TermCount, VariantCount};
pub use data_use::{DataUse, Ground, InvalidDataUse, Reason, Suitability, Term, Terms, suitability};
pub use decide::{Decision, Policy, Proposal};
pub use disclose::{
    Disclosure, Speaker, assemble, cost_of_entries, cost_of_terms, disclose_entries, disclose_terms, left_out,
};
pub use epsilon::Epsilon;
pub use families::Families;
pub use fixed::{Fixed, NotFixed, Questions};
pub use fixed_sets::{Bands, FixedSets, Reading, Side};
pub use needs::Needs;
pub use permit::{DatasetPermit, Measure, Permit, ReleasePlan, VisibleDataset};
pub use populations::Populations;
pub use profile::{Bounds, Profile, Quota, Rounding};

pub use rehearse::not_counted;
pub use requester::{
    Attributes, Audience, BONA_FIDE, Binding, By, LocalOwner, ProofUse, PublicationTerms, Requester, Subject,
    User, Visa, VisaKind,
};
pub use risk::{Attack, Power, Scores, upper_bound};
pub use rules::{DatasetRules, InvalidPolicy, PolicyConfig};
pub use sealed::{Disclosed, Undisclosed};
pub use value_sets::{AskedFor, SetMember, ValueSets};
pub use words::{ProfileStatement, statements};
