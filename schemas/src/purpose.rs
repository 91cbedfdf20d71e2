//! What a question is asked for, in the terms of the Data Use Ontology (DUO, EBISPOT).
//!
//! A purpose is part of a question. It is what the client states; whether an identity provider asserted it,
//! and whether data may be used for it, is the node's to decide.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longest purpose that is read, bytes.
const LONGEST: usize = 1024;
/// Most diseases that one purpose may name.
const MOST_DISEASES: usize = 16;

/// The use that is intended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Use {
    /// General research: any research use (`DUO:0000042`).
    Gru,
    /// Health, medical or biomedical research (`DUO:0000006`).
    Hmb,
    /// Research into the named diseases (`DUO:0000007`).
    Ds,
    /// Research into populations and ancestry (`DUO:0000011`).
    Poa,
    /// Clinical care of a patient (`DUO:0000043`).
    Cc,
}

impl Use {
    const ALL: [Self; 5] = [Self::Gru, Self::Hmb, Self::Ds, Self::Poa, Self::Cc];

    /// Returns the abbreviation that DUO uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Gru => "GRU",
            Self::Hmb => "HMB",
            Self::Ds => "DS",
            Self::Poa => "POA",
            Self::Cc => "CC",
        }
    }

    /// Returns the term of DUO.
    pub fn term(self) -> &'static str {
        match self {
            Self::Gru => "DUO:0000042",
            Self::Hmb => "DUO:0000006",
            Self::Ds => "DUO:0000007",
            Self::Poa => "DUO:0000011",
            Self::Cc => "DUO:0000043",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let is = |kind: &&Self| text.eq_ignore_ascii_case(kind.code()) || text == kind.term();
        match text {
            "research" => Some(Self::Gru),
            "care" => Some(Self::Cc),
            _ => Self::ALL.iter().find(is).copied(),
        }
    }
}

/// What a question is asked for.
///
/// As text: the use, then what narrows it: `DS; disease=MONDO:0005105; commercial`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose {
    /// The use that is intended.
    pub intended: Use,
    /// Diseases that are studied, as CURIEs of MONDO; at least one for [`Use::Ds`].
    pub diseases: Vec<String>,
    /// Whether methods are developed rather than anything learned of health (`DUO:0000031`).
    pub methods: bool,
    /// Whether the use is commercial (the opposite of `DUO:0000046`).
    pub commercial: bool,
    /// The project that it is for, as its id.
    pub project: Option<String>,
    /// The case that it is for, as the clinic's own pseudonym; for [`Use::Cc`].
    pub case: Option<String>,
}

/// A purpose that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}: write `GRU`, `HMB`, `POA`, `DS; disease=MONDO:0005105` or `care; case=ID`, with `methods`, `commercial`, `project=ID`"
)]
pub struct InvalidPurpose(String);

impl Purpose {
    /// Returns a purpose that is not narrowed.
    pub fn new(intended: Use) -> Self {
        Self { intended, diseases: Vec::new(), methods: false, commercial: false, project: None, case: None }
    }

    /// Returns whether it is care for a patient; everything else is research, which is secondary use.
    pub fn is_care(&self) -> bool {
        self.intended == Use::Cc
    }

    fn narrow(&mut self, part: &str) -> Result<(), InvalidPurpose> {
        let (name, value) = part.split_once('=').map_or((part, ""), |(n, v)| (n.trim(), v.trim()));
        match (name, value) {
            ("methods", "") => self.methods = true,
            ("commercial", "") => self.commercial = true,
            ("disease", value) => self.diseases.push(disease(value)?),
            ("project", value) if is_id(value) && self.project.is_none() => {
                self.project = Some(value.to_owned());
            }
            ("case", value) if is_id(value) && self.case.is_none() => self.case = Some(value.to_owned()),
            _ => return Err(InvalidPurpose(format!("`{part}` narrows no purpose"))),
        }
        Ok(())
    }

    fn checked(mut self) -> Result<Self, InvalidPurpose> {
        self.diseases.sort_unstable();
        self.diseases.dedup();
        if (self.intended == Use::Ds) == self.diseases.is_empty() {
            return Err(InvalidPurpose("diseases belong to the use DS, which names at least one".to_owned()));
        }
        if self.diseases.len() > MOST_DISEASES {
            return Err(InvalidPurpose(format!("more than {MOST_DISEASES} diseases")));
        }
        if self.case.is_some() && !self.is_care() {
            return Err(InvalidPurpose("a case belongs to the use `care`".to_owned()));
        }
        Ok(self)
    }
}

fn disease(text: &str) -> Result<String, InvalidPurpose> {
    let digits = text.strip_prefix("MONDO:").filter(|digits| digits.len() == 7);
    let is_term = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    is_term.then(|| text.to_owned()).ok_or_else(|| InvalidPurpose(format!("`{text}` is no term of MONDO")))
}

/// Ids are printable, have no separators, and fit into a line of a log.
fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.chars().all(|c| !c.is_control() && c != ';' && c != '=')
}

impl FromStr for Purpose {
    type Err = InvalidPurpose;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(InvalidPurpose(format!("longer than {LONGEST} bytes")));
        }
        let mut parts = text.split(';').map(str::trim);
        let word = parts.next().unwrap_or_default();
        let intended = Use::read(word).ok_or_else(|| InvalidPurpose(format!("`{word}` is no use")))?;
        let mut purpose = Self::new(intended);
        parts.try_for_each(|part| purpose.narrow(part))?;
        purpose.checked()
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.intended.code())?;
        self.diseases.iter().try_for_each(|disease| write!(f, "; disease={disease}"))?;
        for (word, stated) in [("methods", self.methods), ("commercial", self.commercial)] {
            if stated {
                write!(f, "; {word}")?;
            }
        }
        for (name, value) in [("project", &self.project), ("case", &self.case)] {
            if let Some(value) = value {
                write!(f, "; {name}={value}")?;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Purpose {
    type Error = InvalidPurpose;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl<'de> Deserialize<'de> for Purpose {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Purpose {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_are_read_and_written() {
        for (text, canonical) in [
            ("GRU", "GRU"),
            ("research", "GRU"),
            ("gru", "GRU"),
            ("DUO:0000006", "HMB"),
            ("DS;disease=MONDO:0005105 ; commercial", "DS; disease=MONDO:0005105; commercial"),
            ("HMB; methods; project=P-1", "HMB; methods; project=P-1"),
            ("care; case=17", "CC; case=17"),
        ] {
            let purpose: Purpose = text.parse().unwrap();
            assert_eq!(purpose.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(purpose), "{canonical}");
        }
    }

    #[test]
    fn what_is_no_purpose_is_refused() {
        for text in [
            "",
            "profit",
            "DS",
            "GRU; disease=MONDO:0005105",
            "DS; disease=HP:0001250",
            "DS; disease=MONDO:1",
            "HMB; case=1",
            "HMB; project=",
            "HMB; project=a; project=b",
            "HMB; sometimes",
            "HMB; methods=no",
            "GRU HMB",
        ] {
            assert!(text.parse::<Purpose>().is_err(), "{text}");
        }
        assert!(format!("GRU{}", "; methods".repeat(1000)).parse::<Purpose>().is_err());
    }
}
