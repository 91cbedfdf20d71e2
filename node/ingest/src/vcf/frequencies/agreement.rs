//! Whether the records of a file agree on the counts of an allele.
//!
//! Records of one allele stand near each other, as left-alignment moves them little. What stands further apart is held
//! against each other where the rows are sorted, in the store, which no longer knows their lines.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use fyr_schemas::{Contig, Variant};
use fyr_store::FrequencyRow;

/// Bases that alleles are remembered for, at least.
const NEAR: u32 = 5_000;

/// The alleles around the record that is read.
#[derive(Debug, Default)]
pub(crate) struct Agreement {
    /// Where the newer of the two halves begins.
    from: Option<(Contig, u32)>,
    newer: HashMap<Variant, Seen>,
    older: HashMap<Variant, Seen>,
}

/// The line of an allele, and a hash of what it says.
#[derive(Clone, Copy, Debug)]
struct Seen {
    line: u64,
    counts: u64,
}

impl Agreement {
    /// Takes the next row of a file. An error is the line of an earlier row that has other counts of its allele.
    pub(crate) fn add(&mut self, row: &FrequencyRow, line: u64) -> Result<(), u64> {
        self.move_to(&row.variant);
        let mut hasher = DefaultHasher::new();
        row.tallies.hash(&mut hasher);
        let counts = hasher.finish();
        match self.older.get(&row.variant).or_else(|| self.newer.get(&row.variant)) {
            Some(seen) if seen.counts != counts => Err(seen.line),
            Some(_) => Ok(()),
            None => {
                self.newer.insert(row.variant.clone(), Seen { line, counts });
                Ok(())
            }
        }
    }

    fn move_to(&mut self, variant: &Variant) {
        let start = variant.interval.start();
        match &self.from {
            Some((contig, from)) if *contig == variant.contig && start.abs_diff(*from) <= NEAR => {}
            _ => {
                self.from = Some((variant.contig.clone(), start));
                self.older = std::mem::take(&mut self.newer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fyr_schemas::{Assembly, Group, Interbase, Tally, VariantType};
    use fyr_store::Annotation;
    use proptest::prelude::*;

    fn row(start: u32, alternate_bases: &str, allele_count: u64) -> FrequencyRow {
        let variant = Variant {
            contig: Contig::resolve("1", Assembly::GRCH38).unwrap(),
            interval: Interbase::new(start.into(), u64::from(start) + 1).unwrap(),
            reference_bases: "A".into(),
            alternate_bases: alternate_bases.into(),
            variant_type: VariantType::Snp,
            sv_length: None,
        };
        let tally = Tally { allele_count, allele_number: 9, ..Tally::default() };
        let tallies = vec![(Group::Total, tally)];
        let annotation = Annotation::default();
        FrequencyRow { variant, ids: Vec::new(), filters: Vec::new(), shard: 0, tallies, annotation }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Held against a list of all rows; steps are so short that all rows of an allele are near each other.
        #[test]
        fn the_first_contradiction_is_found(
            rows in prop::collection::vec((0..4u32, prop::sample::select(vec!["C", "G", "T"]), 0..2u64), 1..40),
        ) {
            let mut agreement = Agreement::default();
            let mut all: Vec<(u32, &str, u64, u64)> = Vec::new();
            for (line, (place, alternate, count)) in (1..).zip(rows) {
                let start = place * 700;
                let earlier = all.iter().find(|other| (other.0, other.1) == (start, alternate));
                let expected = earlier.filter(|other| other.2 != count).map_or(Ok(()), |other| Err(other.3));
                prop_assert_eq!(agreement.add(&row(start, alternate, count), line), expected);
                if expected.is_err() {
                    return Ok(());
                }
                if earlier.is_none() {
                    all.push((start, alternate, count, line));
                }
            }
        }
    }

    #[test]
    fn what_was_passed_long_ago_is_forgotten() {
        let mut agreement = Agreement::default();
        for start in 0..100 {
            assert_eq!(agreement.add(&row(start * 1_000, "C", 1), u64::from(start)), Ok(()));
        }
        assert!(agreement.newer.len() + agreement.older.len() < 20);
    }
}
