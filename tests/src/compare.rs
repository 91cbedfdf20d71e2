//! Putting an answer beside the truth.

use std::collections::BTreeMap;

use fyr_schemas::{AlleleQuery, Answer, Assembly, Contig, Frequency, InvalidQuery, VariantAnswer};

use crate::{AlleleCounts, AlleleKey};

/// Makes the question for a key, symbolic alleles included.
///
/// # Errors
///
/// The key is no allele.
pub fn question(assembly: Assembly, key: &AlleleKey) -> Result<AlleleQuery, InvalidQuery> {
    let contig = Contig::resolve(&key.contig, assembly)?;
    let start = u64::from(key.position.saturating_sub(1));
    AlleleQuery::new(assembly, contig, start, &key.reference, &key.alternate)
}

/// Returns the counts per group of a node's only dataset; none where it knows nothing of the allele.
pub fn of_node(answer: &Answer) -> Option<BTreeMap<String, Counted>> {
    answer.datasets.first().and_then(|dataset| dataset.variants.first()).map(counted)
}

/// Returns the counts per group of a broker's sum.
pub fn of_broker(answer: &Answer) -> Option<BTreeMap<String, Counted>> {
    answer.totals.first().map(counted)
}

/// What an answer says of one group. Carriers are told of everyone only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// AC.
    pub allele_count: u64,
    /// AN.
    pub allele_number: u64,
    /// Diploid calls with one copy.
    pub heterozygous: Option<u64>,
    /// Diploid calls with two copies.
    pub homozygous: Option<u64>,
    /// Haploid calls with a copy.
    pub hemizygous: Option<u64>,
}

impl From<&Frequency> for Counted {
    fn from(frequency: &Frequency) -> Self {
        Self {
            allele_count: frequency.allele_count,
            allele_number: frequency.allele_number,
            heterozygous: frequency.heterozygous,
            homozygous: frequency.homozygous,
            hemizygous: frequency.hemizygous,
        }
    }
}

impl From<&AlleleCounts> for Counted {
    fn from(counts: &AlleleCounts) -> Self {
        Self {
            allele_count: counts.allele_count,
            allele_number: counts.allele_number,
            heterozygous: Some(counts.heterozygous),
            homozygous: Some(counts.homozygous),
            hemizygous: Some(counts.hemizygous),
        }
    }
}

fn counted(answer: &VariantAnswer) -> BTreeMap<String, Counted> {
    answer.frequencies.iter().map(|frequency| (frequency.group.to_string(), frequency.into())).collect()
}

/// Compares every group that the truth has; returns the first difference in words.
pub fn difference(
    truth: &BTreeMap<String, AlleleCounts>,
    answer: Option<&BTreeMap<String, Counted>>,
) -> Option<String> {
    let Some(answer) = answer else {
        return Some("not known".to_owned());
    };
    for (group, counts) in truth {
        let expected = Counted::from(counts);
        let got = answer.get(group);
        // A group without anybody need not be listed.
        let absent_and_empty = got.is_none() && counts.allele_number == 0;
        if got != Some(&expected) && !absent_and_empty {
            return Some(format!("{group}: expected {expected:?}, got {got:?}"));
        }
    }
    None
}
