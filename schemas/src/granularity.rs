//! How much an answer says.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a client asks for (Beacon v2 `requestedGranularity`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// Yes or no.
    #[default]
    Boolean,
    /// A number.
    Count,
    /// Records, as far as the policy lets them go.
    Record,
}

/// What a policy lets out, from least to most. Each includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    /// Nothing.
    #[default]
    None,
    /// Whether a variant was seen.
    Boolean,
    /// How many variants, and how many carriers.
    Count,
    /// Allele counts and numbers, per population and sex.
    Frequency,
    /// Records of people. For open datasets only.
    Record,
}

impl Release {
    /// Returns what Beacon calls this release (`returnedGranularity`); none where nothing goes out.
    pub fn granularity(self) -> Option<Granularity> {
        match self {
            Self::None => None,
            Self::Boolean => Some(Granularity::Boolean),
            Self::Count => Some(Granularity::Count),
            Self::Frequency | Self::Record => Some(Granularity::Record),
        }
    }

    /// Returns the most that a request of this granularity needs.
    pub fn ceiling(granularity: Granularity) -> Self {
        match granularity {
            Granularity::Boolean => Self::Boolean,
            Granularity::Count => Self::Count,
            Granularity::Record => Self::Record,
        }
    }

    /// Returns the word used in configuration and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Boolean => "boolean",
            Self::Count => "count",
            Self::Frequency => "frequency",
            Self::Record => "record",
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Granularity {
    /// Returns the word that Beacon uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Count => "count",
            Self::Record => "record",
        }
    }
}

/// A word that names no granularity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown granularity `{0}`: use boolean, count or record")]
pub struct UnknownGranularity(pub String);

impl FromStr for Granularity {
    type Err = UnknownGranularity;

    /// Parses in any letter case, because clients write `RECORD` too.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s.trim().to_ascii_lowercase().as_str() {
            "boolean" => Ok(Self::Boolean),
            "count" => Ok(Self::Count),
            "record" => Ok(Self::Record),
            _ => Err(UnknownGranularity(s.to_owned())),
        }
    }
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
