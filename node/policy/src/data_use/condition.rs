//! Conditions of data use, as an operator writes them: `HMB`, `DS MONDO:0005105`, `GS SE NO`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::{Date, format_description::FormatItem, macros::format_description};

/// How dates are written.
const DATE: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A term of DUO.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// No restriction.
    Nres,
    /// General research use.
    Gru,
    /// Health, medical and biomedical research.
    Hmb,
    /// Research into diseases.
    Ds,
    /// Research into populations and ancestry.
    Poa,
    /// Research of a type that is described in words.
    Rs,
    /// No development of methods.
    Nmds,
    /// Genetic studies only.
    Gso,
    /// Not-for-profit organisations and non-commercial use only.
    Npuncu,
    /// Results must be published.
    Pub,
    /// Collaboration with the providers is required.
    Col,
    /// Ethics approval is required.
    Irb,
    /// Certain countries only.
    Gs,
    /// Publication only after a moratorium.
    Mor,
    /// Until a date.
    Ts,
    /// Certain persons only.
    Us,
    /// Certain projects only.
    Ps,
    /// Certain institutions only.
    Is,
    /// Results must be returned.
    Rtn,
    /// Clinical care.
    Cc,
    /// No research into populations and ancestry.
    Npoa,
    /// Not-for-profit organisations only.
    Npu,
    /// Non-commercial use only.
    Ncu,
    /// A code that is not known here; it denies.
    Unknown(String),
}

/// Abbreviations and numbers of DUO, 2022-09.
const TERMS: [(&str, u32, Term); 23] = [
    ("NRES", 4, Term::Nres),
    ("HMB", 6, Term::Hmb),
    ("DS", 7, Term::Ds),
    ("POA", 11, Term::Poa),
    ("RS", 12, Term::Rs),
    ("NMDS", 15, Term::Nmds),
    ("GSO", 16, Term::Gso),
    ("NPUNCU", 18, Term::Npuncu),
    ("PUB", 19, Term::Pub),
    ("COL", 20, Term::Col),
    ("IRB", 21, Term::Irb),
    ("GS", 22, Term::Gs),
    ("MOR", 24, Term::Mor),
    ("TS", 25, Term::Ts),
    ("US", 26, Term::Us),
    ("PS", 27, Term::Ps),
    ("IS", 28, Term::Is),
    ("RTN", 29, Term::Rtn),
    ("GRU", 42, Term::Gru),
    ("CC", 43, Term::Cc),
    ("NPOA", 44, Term::Npoa),
    ("NPU", 45, Term::Npu),
    ("NCU", 46, Term::Ncu),
];

impl Term {
    /// Reads an abbreviation or an id, in DUO's own spellings of the latter: `DUO:0000042`, `DUO_00000044`.
    pub fn read(code: &str) -> Self {
        let digits = code.strip_prefix("DUO:").or_else(|| code.strip_prefix("DUO_"));
        // DUO's own file has one zero too many in an id, so the number counts.
        let number =
            digits.filter(|digits| (7..=8).contains(&digits.len())).and_then(|d| d.parse::<u32>().ok());
        let found = TERMS.iter().find(|(name, id, _)| *name == code || Some(*id) == number);
        found.map_or_else(|| Self::Unknown(code.to_owned()), |(_, _, term)| term.clone())
    }

    /// Returns the abbreviation.
    pub fn code(&self) -> &str {
        let known = TERMS.iter().find(|(_, _, term)| term == self).map(|(name, _, _)| *name);
        match self {
            Self::Unknown(code) => code,
            _ => known.unwrap_or_default(),
        }
    }

    /// Returns the id; none for a code that is not known.
    pub fn id(&self) -> Option<String> {
        let known = TERMS.iter().find(|(_, _, term)| term == self);
        known.map(|(_, number, _)| format!("DUO:{number:07}"))
    }

    fn takes_values(&self) -> bool {
        matches!(self, Self::Ds | Self::Gs | Self::Ts | Self::Us | Self::Ps | Self::Is)
    }
}

/// One condition of data use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataUse {
    /// The term.
    pub term: Term,
    /// What it is about: diseases, countries, a date, persons (`issuer|subject`), projects, institutions.
    pub values: Vec<String>,
}

/// A condition that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data use `{text}`: {reason}")]
pub struct InvalidDataUse {
    text: String,
    reason: &'static str,
}

impl DataUse {
    /// Returns the date of a condition that holds until then.
    pub(crate) fn until(&self) -> Option<Date> {
        let date = self.values.first().filter(|_| self.term == Term::Ts)?;
        Date::parse(date, DATE).ok()
    }

    fn check(&self) -> Result<(), &'static str> {
        let every = |is: fn(&str) -> bool| self.values.iter().all(|value| is(value));
        match self.term {
            _ if self.term.takes_values() && self.values.is_empty() => Err("name what it is about behind it"),
            Term::Unknown(_) => Ok(()),
            Term::Ds if !every(|value| value.starts_with("MONDO:")) => Err("diseases are terms of MONDO"),
            Term::Gs if !every(is_country) => Err("countries are two capital letters of ISO 3166"),
            Term::Ts if self.values.len() != 1 || self.until().is_none() => {
                Err("write one date, such as 2027-01-31")
            }
            Term::Us if !every(|value| value.contains('|')) => Err("write persons as issuer|subject"),
            _ if !self.term.takes_values() && !self.values.is_empty() => Err("it stands alone"),
            _ => Ok(()),
        }
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl FromStr for DataUse {
    type Err = InvalidDataUse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let term = Term::read(words.next().unwrap_or_default());
        let condition = Self { term, values: words.map(str::to_owned).collect() };
        let invalid = |reason| InvalidDataUse { text: text.to_owned(), reason };
        condition.check().map_err(invalid)?;
        Ok(condition)
    }
}

impl fmt::Display for DataUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.term.code())?;
        self.values.iter().try_for_each(|value| write!(f, " {value}"))
    }
}

impl<'de> Deserialize<'de> for DataUse {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for DataUse {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_written() {
        for text in
            ["GRU", "DS MONDO:0005105 MONDO:0004992", "GS SE NO", "TS 2027-01-31", "US https://a|b", "XYZ"]
        {
            assert_eq!(text.parse::<DataUse>().unwrap().to_string(), text);
        }
        assert_eq!(Term::read("DUO:0000042"), Term::Gru);
        assert_eq!(Term::read("DUO_00000044"), Term::Npoa, "as DUO's own file spells it");
        assert_eq!(Term::Npoa.id().as_deref(), Some("DUO:0000044"));
        assert_eq!(Term::read("DUO:0000099"), Term::Unknown("DUO:0000099".into()));
        assert_eq!(Term::read("gru"), Term::Unknown("gru".into()));
    }

    #[test]
    fn conditions_that_say_too_little_or_too_much_are_refused() {
        for text in
            ["DS", "DS HP:1", "GS", "GS se", "TS", "TS tomorrow", "TS 2027-01-01 2028-01-01", "US a", "GRU x"]
        {
            assert!(text.parse::<DataUse>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_code_that_is_not_known_is_kept_as_it_is_and_its_values_too() {
        for text in ["DUO:0000099", "DUO:0000099 and what follows"] {
            let read: DataUse = text.parse().unwrap();
            assert_eq!(
                (read.to_string(), read.term == Term::Unknown("DUO:0000099".into())),
                (text.to_owned(), true)
            );
        }
        assert!("GRU and what follows".parse::<DataUse>().is_err(), "it stands alone");
    }
}
