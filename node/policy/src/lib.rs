//! Who may ask what, and what may be said.
//!
//! Pure: no input or output, no clock, no async, no Arrow. A [`Permit`] can only be made here, by
//! [`authorize`]; an [`Undisclosed`] result can only be opened here, by a [`Disclosure`]; what leaves a
//! node is a [`Disclosed`], which can only be made here too. So there is one way from data to answer.

mod authorize;
mod consent;
mod disclose;
mod permit;
mod requester;
mod rules;
mod sealed;
mod tally;

pub use authorize::{Denial, authorize, authorize_terms, visible_datasets};
pub use consent::{Cohort, ConsentBasis, ConsentItem, ConsentItems, Consents, Statement, needed};
pub use disclose::{Disclosure, Speaker, assemble, disclose_entries, disclose_terms, left_out};
pub use permit::{DatasetPermit, Permit, ReleasePlan, VisibleDataset};
pub use requester::{Attributes, Audience, Binding, By, Requester, Subject, User, Visa, VisaKind};
pub use rules::{DatasetRules, InvalidPolicy, Policy, PolicyConfig};
pub use sealed::{Disclosed, Undisclosed};
pub use tally::{EntryTally, GroupTallies, TermTally, VariantTally};
