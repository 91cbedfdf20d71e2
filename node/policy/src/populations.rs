//! Which populations lie within which, as an operator states it for data that do not say who is in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

/// Populations by the one that they lie within: `EUR = ["FIN", "GBR"]`. Those that are not named stand by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Populations(BTreeMap<String, Vec<String>>);

impl Populations {
    /// None is named.
    pub(crate) fn none() -> &'static Self {
        static NONE: Populations = Populations(BTreeMap::new());
        &NONE
    }

    /// Returns the population that one lies directly within.
    fn above(&self, label: &str) -> Option<&str> {
        let within = self.0.iter().find(|(_, parts)| parts.iter().any(|part| part == label));
        within.map(|(label, _)| label.as_str())
    }

    /// Returns all that a population lies within, the narrowest first. There are no more than are named, whatever is
    /// written there.
    fn all_above<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(self.above(label), |label| self.above(label)).take(self.0.len())
    }

    /// Returns within how many others a population lies.
    pub(crate) fn depth(&self, label: &str) -> usize {
        self.all_above(label).count()
    }

    /// Returns whether one lies within another.
    pub(crate) fn lies_within(&self, label: &str, other: &str) -> bool {
        self.all_above(label).any(|above| above == other)
    }

    /// Returns a population that lies within itself, or within two others.
    pub(crate) fn contradiction(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        let twice = self.0.values().flatten().find(|label| !seen.insert(label.as_str()));
        let in_itself = || self.0.keys().find(|label| self.lies_within(label, label));
        twice.or_else(in_itself).map(String::as_str)
    }
}

impl fmt::Display for Populations {
    /// `EUR (FIN, GBR)`; nothing where none is named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (label, parts)) in self.0.iter().enumerate() {
            write!(f, "{}{label} ({})", if at == 0 { "" } else { ", " }, parts.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn populations(toml: &str) -> Populations {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn populations_lie_within_what_is_written_and_what_that_lies_within() {
        let tree = populations("EUR = [\"FIN\", \"GBR\"]\nFIN = [\"East\"]");
        assert_eq!(["EUR", "FIN", "East", "AFR"].map(|label| tree.depth(label)), [0, 1, 2, 0]);
        assert!(tree.lies_within("East", "EUR") && !tree.lies_within("EUR", "East"));
        assert!(!tree.lies_within("GBR", "FIN") && tree.contradiction().is_none());
    }

    #[test]
    fn a_population_lies_neither_within_itself_nor_within_two() {
        for (toml, label) in [
            ("EUR = [\"FIN\"]\nNFE = [\"FIN\"]", "FIN"),
            ("EUR = [\"FIN\", \"FIN\"]", "FIN"),
            ("EUR = [\"EUR\"]", "EUR"),
            ("A = [\"B\"]\nB = [\"C\"]\nC = [\"A\"]", "A"),
        ] {
            assert_eq!(populations(toml).contradiction(), Some(label), "{toml}");
        }
    }
}
