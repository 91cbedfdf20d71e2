//! What a node permits and a broker adds up.

mod versions;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use versions::Versions;

use crate::{Assembly, Effect, Frequency, Release, Variant, Withheld};

/// How exact a number is (Beacon 2.2 `countPrecision`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// The number is the true one.
    #[default]
    Exact,
    /// The number was moved to a bucket, named in `adjusted_to`.
    Rounded,
    /// Small numbers are not told; "no" means "not seen, or not disclosable".
    Imprecise,
}

impl Precision {
    /// Returns the word that Beacon uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Rounded => "rounded",
            Self::Imprecise => "imprecise",
        }
    }
}

/// How many of the people asked about could have shown the variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// Not stated: the release does not tell, or the source does not know.
    #[default]
    Unknown,
    /// Nobody was assayed at this site.
    None,
    /// Some were.
    Partial,
    /// All were.
    Complete,
}

impl Coverage {
    /// Returns the word used on every door.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::None => "none",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }
}

/// What may be said about one variant in one dataset, or summed over several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantAnswer {
    /// The variant in normal form.
    pub variant: Variant,
    /// Number of people who carry it, from release `count` on.
    pub carriers: Option<u64>,
    /// Of how many people who could have shown it, where no number is too small to be told.
    pub assayed: Option<u64>,
    /// Of how many people who were asked about, where of some of them nobody knows whether they were looked at. Then there
    /// are no frequencies: whose file lists the variant, among few others, mostly carries it.
    pub people: Option<u64>,
    /// In how many cases it was observed, where families are known and nothing is hidden.
    pub observed: Option<Observations>,
    /// Whether some of those who count as called are so by a statement about their files, not by a record.
    pub assumed: bool,
    /// Counts per group, the total first, from release `frequency` on.
    pub frequencies: Vec<Frequency>,
    /// Who could have shown it.
    pub coverage: Coverage,
    /// Who carries it, at release `record` only.
    pub cases: Vec<Case>,
    /// What its file's annotation says that it does.
    pub effects: Vec<Effect>,
    /// Its identifiers elsewhere, such as those of VRS; of the variant, not of the data.
    pub alternative_ids: Vec<String>,
}

/// In how many cases a variant was observed: a case is a family, or somebody who is in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observations {
    /// Cases in which somebody carries it.
    pub cases: u64,
    /// Cases in which somebody was assayed.
    pub of: u64,
}

/// What is counted by a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AllowanceKind {
    /// Different questions of one person on one day.
    Day,
    /// Cases of one person on one day, however much is asked for each.
    Case,
}

/// What a question cost of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Allowance {
    /// What is counted.
    pub kind: AllowanceKind,
    /// What this question cost, or in a dry run would cost: 0 where it was asked before.
    pub price: u64,
    /// What is left.
    pub left: u64,
    /// The whole.
    pub most: u64,
}

/// How a question came to the coordinates of a dataset in another assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lift {
    /// The assembly of the question.
    pub from: Assembly,
    /// Whether the reference sequences of both assemblies have the same bases there; if not, nobody looked.
    pub verified: bool,
}

/// One carrier of a variant (Beacon `caseLevelData`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Id of the individual.
    pub individual: String,
    /// Id of the biosample; the individual's where none is known.
    pub biosample: String,
    /// How many copies there are.
    pub zygosity: Zygosity,
}

/// How many copies of an allele a person has, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zygosity {
    /// One of two.
    Heterozygous,
    /// Two of two.
    Homozygous,
    /// The only one.
    Hemizygous,
    /// One, and the other copy was not called.
    Half,
}

/// Where to go for more than Beacon gives, such as a data access request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// CURIE of what is there, such as `EDAM:3016` (VCF) or `CUSTOM:REMS`.
    pub id: String,
    /// What is there, for people.
    pub label: String,
    /// Address.
    pub url: String,
    /// Remark for people.
    pub note: Option<String>,
}

/// Whether a dataset spoke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetState {
    /// The question was evaluated and answered as far as the policy permits.
    #[default]
    Answered,
    /// The requester may know that the dataset exists, but may not ask it. Says nothing about its data.
    Withheld,
    /// It may be asked, for as much as `release` says, and was not: the question was a dry run. Says nothing about
    /// its data.
    NotCounted,
}

/// What one dataset answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetAnswer {
    /// Dataset id.
    pub id: String,
    /// Id of the node that holds it.
    pub beacon_id: String,
    /// Assembly of its coordinates.
    pub assembly: Assembly,
    /// Set where the question was put in another assembly.
    pub lift: Option<Lift>,
    /// Whether it spoke.
    pub state: DatasetState,
    /// What the policy let out.
    pub release: Release,
    /// Whether somebody carries the variant; with `Imprecise`, false also means "not disclosable".
    pub exists: bool,
    /// Number of entries found, from release `count` on; not limited by the page.
    pub result_count: Option<u64>,
    /// How exact the numbers are.
    pub precision: Precision,
    /// Thresholds or buckets that numbers were moved to.
    pub adjusted_to: Vec<u64>,
    /// Who could have shown the allele; unknown for ranges and where small numbers are not told.
    pub coverage: Coverage,
    /// The variants of this page. An exact question for a known allele that nobody carries has one
    /// element here with AC 0, while `exists` is false.
    pub variants: Vec<VariantAnswer>,
    /// The entries of this page where they are no variants, as documents of the Beacon model; at release
    /// `record` only.
    pub entries: Vec<Value>,
    /// Where to go for more.
    pub handovers: Vec<Handover>,
    /// Whether a broker may show this answer as this node's own, or only in a sum.
    pub attributable: bool,
    /// What its figures rest on.
    pub versions: Option<Versions>,
    /// Why something may be missing from it.
    pub withheld: Vec<Withheld>,
    /// As what bounds in filters were read, written as filters are: bands that are published.
    pub read_as: Vec<String>,
}

impl DatasetAnswer {
    /// Returns the answer of a dataset that says nothing: it was not asked, or may not speak.
    pub fn silent(id: &str, beacon_id: &str, assembly: Assembly, state: DatasetState) -> Self {
        Self {
            id: id.to_owned(),
            beacon_id: beacon_id.to_owned(),
            assembly,
            lift: None,
            state,
            release: Release::None,
            exists: false,
            result_count: None,
            precision: Precision::Imprecise,
            adjusted_to: Vec::new(),
            coverage: Coverage::Unknown,
            variants: Vec::new(),
            entries: Vec::new(),
            handovers: Vec::new(),
            attributable: true,
            versions: None,
            withheld: Vec::new(),
            read_as: Vec::new(),
        }
    }
}

/// How a node took part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// It answered.
    Answered,
    /// It was left out by the question itself.
    Excluded,
    /// It may not be asked this with these credentials.
    Refused,
    /// It could not evaluate the question.
    Unsupported,
    /// Its deadline passed.
    TimedOut,
    /// No connection could be made, or it broke.
    Unreachable,
    /// It failed, or sent something that is no answer.
    Failed,
}

impl NodeState {
    /// Returns the word used on every door.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Excluded => "excluded",
            Self::Refused => "refused",
            Self::Unsupported => "unsupported",
            Self::TimedOut => "timed-out",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
        }
    }
}

/// One line of the list of nodes in a broker's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReport {
    /// Node id from the broker's configuration.
    pub id: String,
    /// How it took part.
    pub state: NodeState,
    /// Why it did not answer, in fixed words.
    pub reason: Option<String>,
    /// What the question cost there, and what may still be asked there; it never depends on data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<Allowance>,
}

/// A node's or a broker's whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Id of the service that answers.
    pub beacon_id: String,
    /// Whether any dataset says that the variant exists.
    pub exists: bool,
    /// Per dataset; at a broker only those that may be attributed.
    pub datasets: Vec<DatasetAnswer>,
    /// Sums over all that answered, per variant; empty at a node.
    pub totals: Vec<VariantAnswer>,
    /// Assembly of the coordinates of the sums; none where there are none.
    pub totals_assembly: Option<Assembly>,
    /// Whether the sums miss a part: a node or a dataset that was asked did not give its numbers.
    pub lower_bound: bool,
    /// Entries found in all datasets that answered, of whom some may not be named; none where nobody
    /// tells a number.
    pub result_count: Option<u64>,
    /// Who took part; empty at a node.
    pub nodes: Vec<NodeReport>,
    /// What the client should know of how the question was evaluated, in fixed words and its own.
    pub warnings: Vec<String>,
    /// What the question cost, and what may still be asked. It depends on questions only, never on data; empty at a
    /// broker, each of whose nodes counts for itself.
    pub allowances: Vec<Allowance>,
}

impl Answer {
    /// Returns an answer in which nobody says anything.
    pub fn of(beacon_id: &str) -> Self {
        Self {
            beacon_id: beacon_id.to_owned(),
            exists: false,
            datasets: Vec::new(),
            totals: Vec::new(),
            totals_assembly: None,
            lower_bound: false,
            result_count: None,
            nodes: Vec::new(),
            warnings: Vec::new(),
            allowances: Vec::new(),
        }
    }
}
