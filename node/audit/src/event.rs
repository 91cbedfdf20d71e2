//! What a record says. Nothing here can hold an allele, a position or a count of people.

use std::collections::BTreeMap;

use fyr_policy::{Profile, Requester};
use fyr_schemas::{ErrorCode, Granularity, Release};
use serde::{Deserialize, Serialize};

/// One line of the log, without its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Number of the record, from 1.
    pub sequence: u64,
    /// When it was written, RFC 3339, UTC.
    pub time: String,
    /// Hash of the record before, in hexadecimal; zeros for the first.
    pub previous: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A node opened the log.
    Opened {
        /// Version of Fyr.
        version: String,
        /// What a crash had left unfinished.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        torn: Option<Torn>,
    },
    /// The file before was full: first in the next.
    Continued {
        /// Name of the full file.
        after: String,
    },
    /// A request was decided.
    Decision(Box<DecisionRecord>),
    /// Requests of one batch were decided together, by one policy and one version of consents.
    Decisions {
        /// Each of them.
        decisions: Vec<DecisionRecord>,
    },
    /// Another policy came into force, or was refused.
    Policy {
        /// Version in force afterwards.
        version: String,
        /// Why the new one was refused, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// Somebody's consent, or a credential, was changed by the command line. The state has who and what.
    State(StateChange),
}

/// A change of what the node remembers, as the node noticed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// Version of the state that it made.
    pub version: u64,
    /// When it was made, RFC 3339, UTC.
    pub changed: String,
    /// What was done: set, withdraw, forget, revoke and such.
    pub action: String,
    /// The dataset, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// Keyed hash of the person that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What was answered or revoked.
    pub items: String,
    /// Who did it.
    pub actor: String,
}

/// An unfinished last line, moved to a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Torn {
    /// Name of the file that it was moved to, beside the log.
    pub file: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// Who asked.
    pub requester: RequesterRecord,
    /// The service that acted for them: `client <id> of <issuer>`, `credential <name>` or `certificate <name>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<String>,
    /// What kind of request it was.
    pub action: Action,
    /// Whether only synthetic data were asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test_mode: bool,
    /// How much was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// Datasets of this node that the request named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<String>,
    /// How many names it had that are no dataset of this node. Their text is the client's and stays out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown_names: u64,
    /// Datasets that may be asked, and how far. Those of another assembly than the question's were not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permitted: Vec<Permitted>,
    /// Datasets that were held back by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    /// What the policy decided.
    pub verdict: Verdict,
    /// How the request ended.
    pub outcome: Outcome,
    /// The error code of a request that was not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// Keyed digest of what was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What it was asked for; a case is a pseudonym of the clinic's and stays out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Keyed digest of the case that it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Why the credentials were not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unaccepted: Option<String>,
    /// Visas that were left out of account, and why, without their content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored_visas: Vec<String>,
    /// Version of the policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Version of the consents that were counted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consents: Option<u64>,
    /// The policies that decided, by dataset; for those that the requester may not know of, too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub decided_by: BTreeMap<String, Vec<String>>,
}

/// Who asked, as far as it was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum RequesterRecord {
    /// Credentials were not verified: not valid, or not looked at yet.
    Unverified,
    /// Nobody in particular.
    Public,
    /// The holder of a known credential.
    Known {
        /// The name that the operator gave to the credential.
        name: String,
    },
    /// Whoever keeps the data, at the machine that holds them.
    Owner {
        /// Who ran the program.
        name: String,
    },
    /// A person whom a trusted issuer vouches for.
    User {
        /// Issuer.
        issuer: String,
        /// Id at the issuer.
        subject: String,
        /// Organisations that the person acts for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        organisations: Vec<String>,
        /// Level of assurance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assurance: Option<String>,
    },
}

impl From<&Requester> for RequesterRecord {
    fn from(requester: &Requester) -> Self {
        match requester {
            Requester::Public => Self::Public,
            Requester::Known { name } => Self::Known { name: name.clone() },
            Requester::Owner(owner) => Self::Owner { name: owner.to_string() },
            Requester::User(user) => Self::User {
                issuer: user.subject.issuer.clone(),
                subject: user.subject.id.clone(),
                organisations: user.organisations().map(str::to_owned).collect(),
                assurance: user.attributes.assurance.clone(),
            },
        }
    }
}

/// What kind of request it was, the same through every door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// An exact question.
    Allele,
    /// A range question.
    Range,
    /// A question without coordinates, or about entries other than variants.
    Entries,
    /// A table that is counted to be published.
    Publication,
    /// A list of datasets.
    Datasets,
    /// A list of filtering terms.
    Terms,
    /// A list of entry types.
    Types,
    /// A request that was no question.
    Malformed,
}

/// A dataset that may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permitted {
    /// Dataset id.
    pub dataset: String,
    /// The most that was let out.
    pub release: Release,
    /// The floor that held.
    pub minimum_carriers: u64,
    /// In which capacity it was let out.
    pub profile: Profile,
    /// Fewest people whose consent had to cover it.
    pub minimum_cohort: u64,
}

/// What the policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The request was permitted, wholly or in part.
    Allowed,
    /// It was not.
    Denied,
}

/// How a request ended. Never what came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// An answer left.
    Answered,
    /// A refusal or an error left.
    Failed,
    /// The client was gone before anything left.
    Cancelled,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
