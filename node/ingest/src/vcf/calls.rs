//! What of a file is a call: by its filters, and by how sure and how deep a genotype is.
//!
//! Whatever is no call reads as `./.` does: it is in no count and in no denominator, and no statement covers it.

use std::collections::{BTreeSet, HashSet};

use super::IngestError;

/// Names of the quality of a genotype; the first that has a value counts. GATK calls it RGQ where nobody has another
/// allele, Strelka GQX in blocks.
pub(crate) const QUALITY: [&str; 3] = ["GQ", "RGQ", "GQX"];

/// Names of the depth of a genotype; the first that has a value counts: of a block the lowest, and Strelka's of indels.
pub(crate) const DEPTH: [&str; 3] = ["MIN_DP", "DP", "DPI"];

/// The filters of a sample.
pub(crate) const FILTER: &str = "FT";

/// Which genotypes are calls. By default all that are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRule {
    /// Which filters a record, or a sample of it (FT), may have.
    pub filter: FilterRule,
    /// Lowest quality of a genotype, a Phred score: GQ, RGQ or GQX. 0 asks for none.
    pub min_gq: u32,
    /// Lowest depth of a genotype, in reads: MIN_DP, DP or DPI. 0 asks for none.
    pub min_dp: u32,
}

/// Which filters a call may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FilterRule {
    /// Whichever.
    #[default]
    Any,
    /// None but these names: `PASS`, and `.` where no filter was applied, are calls.
    Passed(BTreeSet<String>),
    /// `PASS` alone: a record to which no filter was applied is none.
    PassOnly,
}

impl FilterRule {
    /// Reads `any`, `pass`, or the names that a call may have, separated by commas.
    ///
    /// # Errors
    ///
    /// An empty name, one with white space or `;`, and `any` beside others.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "any" {
            return Ok(Self::Any);
        }
        let is_name =
            |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == ';');
        let names = || text.split(',');
        if !names().all(is_name) || names().any(|name| name == "any") {
            return Err("use `any`, `pass`, or names of filters separated by commas".to_owned());
        }
        let is_other = |name: &&str| !matches!(*name, "pass" | "PASS" | ".");
        Ok(Self::Passed(names().filter(is_other).map(str::to_owned).collect()))
    }

    /// Returns whether a record with these filters is a call.
    pub(crate) fn takes(&self, filters: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Passed(names) => {
                matches!(filters, "PASS" | ".") || filters.split(';').all(|name| names.contains(name))
            }
            Self::PassOnly => filters == "PASS",
        }
    }

    /// Returns whether a sample with these filters (FT) is a call, in a record that is one. `.` says that the sample has
    /// no filters of its own.
    pub(crate) fn takes_sample(&self, filters: &str) -> bool {
        filters == "." || self.takes(filters)
    }
}

impl CallRule {
    /// Returns the keys of FORMAT that are read beside the genotype.
    pub(crate) fn keys(&self) -> Vec<&'static str> {
        let mut keys = Vec::new();
        if self.min_gq > 0 {
            keys.extend(QUALITY);
        }
        if self.min_dp > 0 {
            keys.extend(DEPTH);
        }
        if self.filter != FilterRule::Any {
            keys.push(FILTER);
        }
        keys
    }

    /// Checks that a file with samples can be judged: its header defines the keys.
    ///
    /// # Errors
    ///
    /// A lowest quality or depth of a file that has none.
    pub(crate) fn check(&self, formats: &HashSet<String>) -> Result<(), String> {
        for (option, lowest, keys) in [("--min-gq", self.min_gq, QUALITY), ("--min-dp", self.min_dp, DEPTH)] {
            if lowest > 0 && !keys.iter().any(|key| formats.contains(*key)) {
                let [first, second, third] = keys;
                return Err(format!(
                    "{option} cannot be evaluated: the header defines no FORMAT {first}, {second} or {third}; leave the \
                     option out for this file, or take one that has it"
                ));
            }
        }
        Ok(())
    }

    /// Checks that nothing is asked of genotypes where there are no samples.
    ///
    /// # Errors
    ///
    /// A lowest quality or depth.
    pub(crate) fn check_sites(&self) -> Result<(), IngestError> {
        if self.min_gq == 0 && self.min_dp == 0 {
            return Ok(());
        }
        let message = "--min-gq and --min-dp are about files with samples: files without them state their own AC and AN";
        Err(IngestError::Options(message.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_for_filters_is_read() {
        for (text, taken, left_out) in [
            ("any", &["PASS", ".", "q10", "q10;s50"][..], &[][..]),
            ("pass", &["PASS", "."], &["q10", "q10;s50", "pass"]),
            ("q10", &["PASS", ".", "q10"], &["s50", "q10;s50", "Q10"]),
            ("PASS,q10,s50", &["PASS", ".", "q10", "q10;s50", "s50;q10"], &["q10;s50;x"]),
        ] {
            let rule = FilterRule::parse(text).unwrap();
            assert!(taken.iter().all(|filters| rule.takes(filters)), "{text}");
            assert!(!left_out.iter().any(|filters| rule.takes(filters)), "{text}");
        }
        for text in ["", "q10,", "q10;s50", "q 10", "any,q10"] {
            assert!(FilterRule::parse(text).is_err(), "{text}");
        }
        assert!(FilterRule::PassOnly.takes("PASS") && !FilterRule::PassOnly.takes("."));
    }
}
