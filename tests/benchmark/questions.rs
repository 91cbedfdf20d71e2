//! Random questions for one allele, with what must be answered.

use std::{collections::BTreeMap, fmt};

use anyhow::{Context, ensure};
use fyr_proto::v1;
use fyr_schemas::{AlleleQuery, Assembly, Granularity, Query, Variant, VariantQuery};
use fyr_tests::{AlleleCounts, compare::Counted, counts::Grouping};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::data::{genome::Block, lookups::Lookups};

/// One question in so many is for an allele that nobody has.
const MISS: u32 = 5;

/// A question for one allele, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The allele.
    pub(crate) variant: Variant,
    /// As it is sent.
    pub(crate) request: v1::Question,
    /// Counts per group; none where nobody has the allele.
    pub(crate) truth: Option<BTreeMap<String, AlleleCounts>>,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.variant.short_form())
    }
}

impl Question {
    /// Writes the question for an allele.
    ///
    /// # Errors
    ///
    /// It is no allele that can be asked for.
    pub(crate) fn new(
        variant: Variant,
        truth: Option<BTreeMap<String, AlleleCounts>>,
    ) -> anyhow::Result<Self> {
        let query = AlleleQuery::new(
            Assembly::GRCH38,
            variant.contig.clone(),
            variant.interval.start().into(),
            &variant.reference_bases,
            &variant.alternate_bases,
        )?;
        let question =
            Query { granularity: Granularity::Record, ..Query::variants(VariantQuery::Allele(query)) };
        Ok(Self { variant, request: (&question).into(), truth })
    }

    /// Returns the true counts over everyone.
    pub(crate) fn total(&self) -> Option<AlleleCounts> {
        self.truth.as_ref()?.get("Total").copied()
    }

    /// Compares all groups with what was told of the allele.
    pub(crate) fn compare(
        &self,
        truth: &BTreeMap<String, AlleleCounts>,
        told: Option<&v1::VariantAnswer>,
        times: u64,
    ) -> anyhow::Result<()> {
        let told = told.with_context(|| format!("{self}: nothing is told"))?;
        for (group, counts) in truth {
            let mut sum = AlleleCounts::default();
            (0..times).for_each(|_| sum += *counts);
            let frequency = told.frequencies.iter().find(|frequency| frequency.group == *group);
            let counted = frequency.map(counted);
            ensure!(
                counted == Some(Counted::from(&sum)) || (counted.is_none() && sum.allele_number == 0),
                "{self}, {group}: {counted:?} instead of {sum:?}"
            );
        }
        Ok(())
    }
}

fn counted(frequency: &v1::Frequency) -> Counted {
    Counted {
        allele_count: frequency.allele_count,
        allele_number: frequency.allele_number,
        heterozygous: frequency.heterozygous,
        homozygous: frequency.homozygous,
        hemizygous: frequency.hemizygous,
    }
}

/// Draws questions for rows of a range, one in five for an allele that is not there.
///
/// # Errors
///
/// A row that is none, which cannot be.
pub(crate) fn draw(
    data: &Lookups,
    rows: std::ops::Range<u64>,
    count: usize,
    seed: u64,
) -> anyhow::Result<Vec<Question>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let grouping = data.drawer.people().grouping();
    let mut questions = Vec::with_capacity(count);
    while questions.len() < count {
        let row = rng.random_range(rows.clone());
        let block = data.genome.block_of(row).context("no such row")?;
        if rng.random_ratio(1, MISS) {
            questions.extend(absent(&block, row).map(|variant| Question::new(variant, None)).transpose()?);
        } else {
            questions.push(present(data, &block, row, &grouping)?);
        }
    }
    Ok(questions)
}

fn present(data: &Lookups, block: &Block, row: u64, grouping: &Grouping) -> anyhow::Result<Question> {
    let variant = block.alleles.get((row - block.first) as usize).context("a block is too short")?;
    let genotypes = data.drawer.draw(row, !variant.contig.is_autosome(Assembly::GRCH38));
    Question::new(variant.clone(), Some(data.drawer.count(&genotypes, grouping)))
}

/// Changes the alternate base of a row to one that nobody has there; none where the row is no SNV.
fn absent(block: &Block, row: u64) -> Option<Variant> {
    let variant = block.alleles.get((row - block.first) as usize)?;
    if variant.reference_bases.len() + variant.alternate_bases.len() != 2 {
        return None;
    }
    let other = |base: &&str| {
        let changed = Variant { alternate_bases: (**base).to_owned(), ..variant.clone() };
        **base != variant.reference_bases && !block.alleles.contains(&changed)
    };
    let base = ["A", "C", "G", "T"].iter().find(|base| other(base))?;
    Some(Variant { alternate_bases: (*base).to_owned(), ..variant.clone() })
}
