//! Who asks, as far as the node itself has verified it.
//!
//! Only facts that an accepted issuer signed, or that the operator configured, stand here. What they permit
//! is decided by [`crate::authorize`].

use std::{fmt, sync::Arc};

use crate::Rounding;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Requester {
    /// Nobody in particular.
    Public,
    /// The holder of a credential that this node's operator gave out.
    Known {
        /// The name that the operator gave to the credential.
        name: String,
    },
    /// A person whom a trusted issuer vouches for.
    User(Arc<User>),
    /// Whoever keeps the data, at the machine that holds them.
    Owner(LocalOwner),
}

/// Whoever runs a program of the node's at the machine that holds the data.
///
/// No credential makes one: clients are verified, and the owner is not a client. The doors cannot name it, since they know
/// nothing of policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalOwner {
    name: String,
    publishes: Option<PublicationTerms>,
}

/// How little may be told apart in a table that is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicationTerms {
    /// Fewest people who carry an allele, and who do not, of whom anything is told.
    pub minimum_carriers: u64,
    /// How numbers are rounded.
    pub rounding: Rounding,
}

impl LocalOwner {
    /// Takes the name of whoever runs this program, for the record.
    pub fn at_this_machine(name: &str) -> Self {
        Self { name: name.to_owned(), publishes: None }
    }

    /// The same, to publish: they are told what others shall read, of those who agreed to it, and nothing else.
    #[must_use]
    pub fn to_publish(self, terms: PublicationTerms) -> Self {
        Self { publishes: Some(terms), ..self }
    }

    /// Returns how little may be told apart of what is published; none where nothing is.
    pub(crate) fn publishes(&self) -> Option<PublicationTerms> {
        self.publishes
    }
}

impl fmt::Display for LocalOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A person, as one issuer knows them. Compared as whole strings, case-sensitively.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Issuer (`iss`).
    pub issuer: String,
    /// Id at that issuer (`sub`).
    pub id: String,
}

/// A person whom a trusted issuer vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// Who it is.
    pub subject: Subject,
    /// Who else it is, by verified LinkedIdentities visas.
    pub linked: Vec<Subject>,
    /// Visas whose signature, source, age and conditions hold.
    pub visas: Vec<Visa>,
    /// What the issuer says of the person, by names of this node's configuration.
    pub attributes: Attributes,
    /// How firmly the credential is tied to who shows it.
    pub binding: Binding,
    /// Whether the token is meant for this node (`aud`).
    pub audience: Audience,
    /// When the first of the things that this rests on ends, seconds since 1970.
    pub expires: i64,
}

/// Whether a token names whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// This node.
    This,
    /// Nobody: the issuer is configured without audience.
    Unstated,
}

/// How firmly a credential is tied to who shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Binding {
    /// Whoever has it can use it, a broker too.
    Bearer,
    /// The client proved with its own key that it sends this very request (DPoP, RFC 9449).
    Sender,
    /// The client signed this very question.
    Question,
}

/// Whether a proof was shown before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofUse {
    /// It was not.
    First,
    /// It was, with the very same question: somebody asks again because the answer was lost.
    SameQuestion,
    /// It was, with another question, or it speaks of none.
    Spent,
}

/// A verified visa (GA4GH Passport 1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Visa {
    /// What it states.
    pub kind: VisaKind,
    /// What it states of it. Opaque.
    pub value: String,
    /// The organisation that states it. Opaque.
    pub source: String,
    /// In which role it states it.
    pub by: By,
    /// Who signed it.
    pub issuer: String,
    /// When it was stated, seconds since 1970.
    pub asserted: i64,
}

/// The types of visas that Passport 1.2 names, and others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VisaKind {
    /// `role@organisation`.
    AffiliationAndRole,
    /// Terms that the person accepted.
    AcceptedTermsAndPolicies,
    /// Recognition as a researcher.
    ResearcherStatus,
    /// Data that the person was granted.
    ControlledAccessGrants,
    /// Other ids of the person.
    LinkedIdentities,
    /// Another type.
    Other(String),
}

impl VisaKind {
    /// Returns the name that Passport 1.2 uses.
    pub fn name(&self) -> &str {
        match self {
            Self::AffiliationAndRole => "AffiliationAndRole",
            Self::AcceptedTermsAndPolicies => "AcceptedTermsAndPolicies",
            Self::ResearcherStatus => "ResearcherStatus",
            Self::ControlledAccessGrants => "ControlledAccessGrants",
            Self::LinkedIdentities => "LinkedIdentities",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for VisaKind {
    fn from(name: &str) -> Self {
        match name {
            "AffiliationAndRole" => Self::AffiliationAndRole,
            "AcceptedTermsAndPolicies" => Self::AcceptedTermsAndPolicies,
            "ResearcherStatus" => Self::ResearcherStatus,
            "ControlledAccessGrants" => Self::ControlledAccessGrants,
            "LinkedIdentities" => Self::LinkedIdentities,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// In which role a source states something (`by`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The person themselves.
    Itself,
    /// A peer.
    Peer,
    /// A system.
    System,
    /// A signing official.
    SigningOfficial,
    /// A data access committee.
    AccessCommittee,
    /// Not stated; whoever expects a role must refuse it.
    Unknown,
}

impl By {
    /// Returns the word that Passport 1.2 uses; none where nothing is stated.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Itself => Some("self"),
            Self::Peer => Some("peer"),
            Self::System => Some("system"),
            Self::SigningOfficial => Some("so"),
            Self::AccessCommittee => Some("dac"),
            Self::Unknown => None,
        }
    }
}

/// What an issuer says of a person, whatever it calls it. What is not said is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// Organisations that the person acts for: an id such as a URL or an HSA id.
    pub organisations: Vec<String>,
    /// Country of the organisation, two letters of ISO 3166, from the operator's register.
    pub country: Option<String>,
    /// Whether the organisation works without profit, from the operator's register, never self-declared.
    pub nonprofit: Option<bool>,
    /// Licences to practise, such as `Läkare`.
    pub licences: Vec<String>,
    /// Level of assurance, such as `http://id.sambi.se/loa/loa3`.
    pub assurance: Option<String>,
    /// Purposes that the issuer asserts (Sambi: commissionPurpose), as the configuration translates them.
    pub purposes: Vec<fyr_schemas::Use>,
    /// Projects that the person is a member of.
    pub projects: Vec<String>,
    /// Regions of the person's organisations, from the operator's register: what nodes of a region hold is theirs.
    pub regions: Vec<String>,
    /// Datasets of the person's organisations, from the operator's register.
    pub own_datasets: Vec<String>,
    /// People of the cases of the person's organisations, from the operator's register: ids, sorted.
    pub own_people: Vec<String>,
}

/// The value that both visas of registered access carry (Dyke et al. 2018, bona fide researchers).
pub const BONA_FIDE: &str = "https://doi.org/10.1038/s41431-018-0219-y";

impl User {
    /// Returns whether registered access is proven: bona fide status, and its terms accepted.
    pub fn is_bona_fide(&self) -> bool {
        let has = |kind| self.visas.iter().any(|visa| visa.kind == kind && visa.value == BONA_FIDE);
        has(VisaKind::ResearcherStatus) && has(VisaKind::AcceptedTermsAndPolicies)
    }

    /// Returns the data that access committees granted.
    pub fn grants(&self) -> impl Iterator<Item = &str> {
        let granted =
            |visa: &&Visa| visa.kind == VisaKind::ControlledAccessGrants && visa.by == By::AccessCommittee;
        self.visas.iter().filter(granted).map(|visa| visa.value.as_str())
    }

    /// Returns the organisations that the person acts for: those that the issuer names, and those of visas
    /// that say `role@organisation`. The first `@` divides.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        let affiliations = self
            .visas
            .iter()
            .filter(|visa| visa.kind == VisaKind::AffiliationAndRole && visa.by != By::Itself);
        let affiliations = affiliations.filter_map(|visa| Some(visa.value.split_once('@')?.1));
        self.attributes.organisations.iter().map(String::as_str).chain(affiliations)
    }

    /// Returns whether the person is a member of a project: the issuer says so, or a grant names it.
    pub fn is_member_of(&self, project: &str) -> bool {
        self.attributes.projects.iter().any(|member| member == project)
            || self.grants().any(|grant| grant == project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_roles_are_written_as_the_standard_has_them() {
        for name in [
            "AffiliationAndRole",
            "AcceptedTermsAndPolicies",
            "ResearcherStatus",
            "ControlledAccessGrants",
            "LinkedIdentities",
            "OfSomebodysOwn",
        ] {
            assert_eq!(VisaKind::from(name).name(), name);
        }
        let roles = [By::Itself, By::Peer, By::System, By::SigningOfficial, By::AccessCommittee, By::Unknown];
        let words = [Some("self"), Some("peer"), Some("system"), Some("so"), Some("dac"), None];
        assert_eq!(roles.map(By::word), words);
    }
}
