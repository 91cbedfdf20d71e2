//! Why rules are refused, with what to write instead.

use fyr_schemas::Release;

use crate::Rounding;

/// Rules that contradict themselves, or go too far without saying why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// Records are promised of a dataset that is not declared open.
    #[error("policy of {0}: release `record` needs `open = true`, which declares the data open")]
    RecordNotOpen(String),
    /// Records are promised together with a floor on counts.
    #[error("policy of {0}: release `record` shows every carrier, so `minimum_carriers` must be 0")]
    RecordWithFloor(String),
    /// A profile is given more than it comes with.
    #[error(
        "policy of {dataset}: `{profile}` comes with {release}, {carriers} carriers and {cohort} people at least, and \
         tells numbers {rounding}; \
         to go beyond, say why in `lowered_because`, which everyone can read in /info"
    )]
    Lowered {
        /// The dataset.
        dataset: String,
        /// The profile.
        profile: &'static str,
        /// Its shipped release.
        release: Release,
        /// Its shipped floor.
        carriers: u64,
        /// Its shipped smallest cohort.
        cohort: u64,
        /// How it rounds as shipped.
        rounding: Rounding,
    },
    /// Many answers about people tell who is in the data.
    #[error(
        "policy of {dataset}: with `accounts = false`, whoever asks enough as `{profile}` finds out who is in the data; \
         say why in `lowered_because`, which everyone can read in /info"
    )]
    WithoutAccounts {
        /// The dataset.
        dataset: String,
        /// The profile.
        profile: &'static str,
    },
    /// Any set of people may be asked about.
    #[error(
        "policy of {dataset}: `free_questions` lets whoever asks as `{profile}` choose sets of people that differ in one \
         person; say why in `lowered_because`, which everyone can read in /info"
    )]
    FreeQuestions {
        /// The dataset.
        dataset: String,
        /// The profile.
        profile: &'static str,
    },
    /// A release is promised, and nothing says on what ground the people are in the data.
    #[error(
        "policy of {0}: say on what ground the data may be used: `consent = \"opt-in\"` or `\"opt-out\"`, \
         `data_use`, or `open = true`"
    )]
    NoGround(String),
    /// The frequencies of people would be priced by themselves.
    #[error(
        "policy of {0}: `reference` names the dataset itself, in which each rare allele looks as common as it is: name \
         frequencies of other people"
    )]
    OwnReference(String),
    /// Noise is asked for where nobody is charged.
    #[error(
        "policy of {dataset}: `noise` names `{profile}`, whose answers are charged to nobody: it can stand for public, \
         known, research and consortium"
    )]
    NoiseUncharged {
        /// The dataset.
        dataset: String,
        /// The profile.
        profile: &'static str,
    },
    /// Whatever has no rules of its own would be read as if it were published.
    #[error(
        "policy of {0}: `published_to` is for single published tables: put it under [policy.datasets.ID] of each"
    )]
    PublishedByDefault(String),
    /// A published table has other rules of who reads it beside.
    #[error(
        "policy of {0}: beside `published_to` no profile has a release of its own: name in it who reads the table"
    )]
    PublishedBeside(String),
    /// A published table is read in a capacity that there is not for it.
    #[error(
        "policy of {dataset}: `published_to` names `{profile}`: name public, known, research, consortium or care"
    )]
    PublishedTo {
        /// The dataset.
        dataset: String,
        /// The profile.
        profile: &'static str,
    },
    /// One noisy number would tell more than all that may be told.
    #[error(
        "policy of {dataset}: `epsilon` is {epsilon}, more than may be told of anybody in `{profile}` in a year, which is \
         {budget}: then nobody is ever counted"
    )]
    NoiseTooWeak {
        /// The dataset.
        dataset: String,
        /// The profile.
        profile: &'static str,
        /// What stands there.
        epsilon: String,
        /// The budget, nats.
        budget: String,
    },
    /// The owner's own view is taken for a profile of others.
    #[error("policy of {0}: `free_questions` names `owner`, whom no rules restrain: leave it out")]
    FreeOwner(String),
    /// A named list of values is none.
    #[error("policy of {dataset}: the set `{name}` of `value_sets` {fault}")]
    ValueSet {
        /// The dataset.
        dataset: String,
        /// The set.
        name: &'static str,
        /// What is wrong, and what to do.
        fault: &'static str,
    },
    /// A population lies within itself, or within two that do not lie within each other.
    #[error(
        "policy of {dataset}: `populations` puts `{label}` within itself or within two others: name each once, within the \
         narrowest"
    )]
    Populations {
        /// The dataset.
        dataset: String,
        /// The population.
        label: String,
    },
    /// Care is promised without a law.
    #[error("policy of {0}: `care` needs `care_legal_basis`, a reference to the law that permits it")]
    CareWithoutLaw(String),
    /// A date cannot be read.
    #[error("policy of {dataset}: `expires`: `{text}` is no date such as 2027-01-31")]
    Date {
        /// The dataset.
        dataset: String,
        /// What stands there.
        text: String,
    },
    /// Policies cannot be read, or speak of what there is not.
    #[error("policies `{place}`: {reason}")]
    Policies {
        /// File, or the shipped ones.
        place: String,
        /// What is wrong.
        reason: String,
    },
}
