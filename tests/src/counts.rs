//! Counting one by one, the slow and obvious way: what every answer is compared with.
//!
//! Shares no code with the engine or with ingest.

use std::collections::BTreeMap;

use anyhow::Context;

/// An allele as a text can name it, with a 1-based position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlleleKey {
    /// Sequence name without prefix.
    pub contig: String,
    /// 1-based position of the first reference base.
    pub position: u32,
    /// Reference bases.
    pub reference: String,
    /// Alternate bases, or a symbolic allele with its brackets.
    pub alternate: String,
}

impl AlleleKey {
    /// Creates a key.
    pub fn new(contig: &str, position: u32, reference: &str, alternate: &str) -> Self {
        Self {
            contig: contig.to_owned(),
            position,
            reference: reference.to_owned(),
            alternate: alternate.to_owned(),
        }
    }

    /// Reads `7-117559590-ATCT-A`.
    ///
    /// # Errors
    ///
    /// Anything but four parts with a number in second place.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.splitn(4, '-');
        let mut next = || parts.next().with_context(|| format!("`{text}` has too few parts"));
        let (contig, position, reference, alternate) = (next()?, next()?, next()?, next()?);
        Ok(Self::new(contig, position.parse()?, reference, alternate))
    }
}

impl std::fmt::Display for AlleleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}-{}", self.contig, self.position, self.reference, self.alternate)
    }
}

/// Counts of one allele in one group of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlleleCounts {
    /// Copies of the allele (AC).
    pub allele_count: u64,
    /// Alleles called (AN).
    pub allele_number: u64,
    /// Diploid calls with one copy.
    pub heterozygous: u64,
    /// Diploid calls with two copies.
    pub homozygous: u64,
    /// Haploid calls with a copy.
    pub hemizygous: u64,
    /// Diploid calls with one copy whose other allele is missing.
    pub half: u64,
}

impl AlleleCounts {
    /// Adds one person's call: one entry a copy of the sequence, none where it was not called.
    pub fn add(&mut self, call: &[Option<u8>], allele: u8) {
        let copies = call.iter().filter(|called| **called == Some(allele)).count();
        let called = call.iter().flatten().count();
        self.allele_count += copies as u64;
        self.allele_number += called as u64;
        match (copies, called, call.len()) {
            (0, ..) => {}
            (1, 1, 1) => self.hemizygous += 1,
            (1, 1, _) => self.half += 1,
            (1, ..) => self.heterozygous += 1,
            _ => self.homozygous += 1,
        }
    }

    /// Returns the number of people who carry the allele.
    pub fn carriers(&self) -> u64 {
        self.heterozygous + self.homozygous + self.hemizygous + self.half
    }
}

impl std::ops::AddAssign for AlleleCounts {
    fn add_assign(&mut self, other: Self) {
        self.allele_count += other.allele_count;
        self.allele_number += other.allele_number;
        self.heterozygous += other.heterozygous;
        self.homozygous += other.homozygous;
        self.hemizygous += other.hemizygous;
        self.half += other.half;
    }
}

/// The true counts of every allele in every group, the group `Total` among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Per allele the counts per group label (`Total`, `FIN`, `F`, `FIN_F`).
    pub alleles: BTreeMap<AlleleKey, BTreeMap<String, AlleleCounts>>,
}

impl Truth {
    /// Returns the counts of an allele over everyone.
    pub fn total(&self, key: &AlleleKey) -> Option<AlleleCounts> {
        self.alleles.get(key)?.get("Total").copied()
    }

    /// Adds another cohort's counts, allele by allele and group by group.
    pub fn merge(&mut self, other: &Self) {
        for (key, groups) in &other.alleles {
            let mine = self.alleles.entry(key.clone()).or_default();
            for (group, counts) in groups {
                *mine.entry(group.clone()).or_default() += *counts;
            }
        }
    }
}

/// The groups of a cohort and who belongs to each.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    labels: Vec<String>,
    /// For each person, the positions of their groups in `labels`.
    members: Vec<Vec<usize>>,
}

impl Grouping {
    /// Creates the groups of people given as (letter of the sex, populations).
    pub fn new<'a>(people: impl IntoIterator<Item = (Option<char>, &'a [String])>) -> Self {
        let mut grouping = Self::default();
        for (sex, populations) in people {
            let mut labels = vec!["Total".to_owned()];
            labels.extend(sex.map(String::from));
            for population in populations {
                labels.push(population.clone());
                labels.extend(sex.map(|sex| format!("{population}_{sex}")));
            }
            let indices = labels.into_iter().map(|label| grouping.index(label)).collect();
            grouping.members.push(indices);
        }
        grouping
    }

    fn index(&mut self, label: String) -> usize {
        self.labels.iter().position(|known| *known == label).unwrap_or_else(|| {
            self.labels.push(label);
            self.labels.len() - 1
        })
    }

    /// Counts one allele over everyone, each with one call, in the order of the people.
    pub fn count<'a>(
        &self,
        calls: impl IntoIterator<Item = &'a [Option<u8>]>,
        allele: u8,
    ) -> BTreeMap<String, AlleleCounts> {
        let mut counts = vec![AlleleCounts::default(); self.labels.len()];
        for (groups, call) in self.members.iter().zip(calls) {
            for &group in groups {
                if let Some(counts) = counts.get_mut(group) {
                    counts.add(call, allele);
                }
            }
        }
        self.labels.iter().cloned().zip(counts).collect()
    }
}
