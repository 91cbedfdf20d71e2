//! Allele counts of sites-only files: from the INFO column to one tally a group.

mod agreement;
mod fields;

use std::collections::BTreeMap;

use fyr_schemas::{Group, Tally};

pub(crate) use agreement::Agreement;
pub(crate) use fields::{FieldCache, FieldNames};

use self::fields::Measure;
use super::{
    error::{Fault, quote},
    info::Info,
};

/// gnomAD writes this where nothing was counted.
const NOT_COUNTED: u64 = i32::MAX as u64;

/// The fields of one record that count something.
#[derive(Debug, Default)]
pub(crate) struct Counted<'a>(BTreeMap<(Group, Measure), (usize, &'a str)>);

impl<'a> Counted<'a> {
    /// Picks the fields that count something out of an INFO column.
    pub(crate) fn read(info: Info<'a>, fields: &mut FieldCache<'_>) -> Self {
        let mut counted = Self::default();
        for (key, value) in info.fields() {
            let (Some(field), Some(value)) = (fields.field(key), value) else {
                continue;
            };
            let best = counted.0.entry((field.group.clone(), field.measure)).or_insert((field.rank, value));
            if field.rank < best.0 {
                *best = (field.rank, value);
            }
        }
        counted
    }

    /// Returns the tallies of the allele at a 0-based position of ALT, of which everyone has two copies if it is
    /// autosomal; none where AC or AN is missing.
    pub(crate) fn tallies(&self, autosomal: bool, allele: Allele) -> Result<Vec<(Group, Tally)>, Fault> {
        let mut tallies = Vec::new();
        let mut groups: Vec<&Group> = self.0.keys().map(|(group, _)| group).collect();
        groups.dedup();
        for group in groups {
            if let Some(tally) = self.tally(group, autosomal, allele)? {
                check(group, &tally)?;
                tallies.push((group.clone(), tally));
            }
        }
        Ok(tallies)
    }

    fn tally(&self, group: &Group, autosomal: bool, allele: Allele) -> Result<Option<Tally>, Fault> {
        let number = |measure| self.number(group, measure, allele);
        let plasmic = match (number(Measure::Homoplasmic)?, number(Measure::Heteroplasmic)?) {
            (Some(all), Some(some)) => Some(all + some),
            _ => None,
        };
        let (Some(allele_count), Some(allele_number)) =
            (number(Measure::AlleleCount)?.or(plasmic), number(Measure::AlleleNumber)?)
        else {
            return Ok(None);
        };
        let genotypes = self.genotypes(group, allele)?;
        let haploid = plasmic.map(|_| 0);
        let tally = Tally {
            allele_count,
            allele_number,
            heterozygous: number(Measure::Heterozygous)?.or(genotypes.map(|(het, _)| het)).or(haploid),
            homozygous: number(Measure::Homozygous)?.or(genotypes.map(|(_, hom)| hom)).or(haploid),
            hemizygous: number(Measure::Hemizygous)?.or(plasmic),
            carriers: None,
            assayed: None,
        };
        Ok(Some(complete(tally, autosomal)))
    }

    /// Reads one number; none where the record does not say.
    fn number(&self, group: &Group, measure: Measure, allele: Allele) -> Result<Option<u64>, Fault> {
        let Some((_, text)) = self.0.get(&(group.clone(), measure)) else {
            return Ok(None);
        };
        let values: Vec<&str> = text.split(',').collect();
        let fault = |message: String| Fault::new(format!("INFO, {measure:?} of {group}"), message);
        if measure == Measure::Heterozygous && values.len() == allele.pairs() && allele.count > 1 {
            return allele.pairs_with().map(|at| number(values.get(at), &fault)).sum();
        }
        match values.as_slice() {
            [only] if allele.count == 1 || measure == Measure::AlleleNumber => number(Some(only), &fault),
            many if many.len() == allele.count => number(many.get(allele.index), &fault),
            many => Err(fault(format!("{} values for {} ALT alleles", many.len(), allele.count))),
        }
    }

    /// Reads heterozygous and homozygous genotypes of a biallelic record.
    fn genotypes(&self, group: &Group, allele: Allele) -> Result<Option<(u64, u64)>, Fault> {
        let Some((_, text)) = self.0.get(&(group.clone(), Measure::Genotypes)) else {
            return Ok(None);
        };
        let values: Vec<&str> = text.split(',').collect();
        let fault = |message: String| Fault::new(format!("INFO, genotypes of {group}"), message);
        match values.as_slice() {
            [_, het, hom] if allele.count == 1 => {
                Ok(number(Some(het), &fault)?.zip(number(Some(hom), &fault)?))
            }
            _ => Ok(None),
        }
    }
}

/// How many alleles a frequency is stated of that nobody counted: it is a number of them, to a billionth.
const BILLION: u64 = 1_000_000_000;

/// Returns what AF says of an allele, as counts of a billion; none where it says nothing.
pub(crate) fn stated(info: Info<'_>, allele: Allele) -> Result<Option<Tally>, Fault> {
    let Some(text) = info.value("AF") else { return Ok(None) };
    let fault = |message: String| Fault::new("INFO, AF", message);
    let values: Vec<&str> = text.split(',').collect();
    if values.len() != allele.count {
        return Err(fault(format!("{} values for {} ALT alleles", values.len(), allele.count)));
    }
    let Some(value) = values.get(allele.index).filter(|value| **value != ".") else { return Ok(None) };
    let frequency = value.parse().ok().filter(|frequency: &f64| (0.0..=1.0).contains(frequency));
    let Some(frequency) = frequency else {
        return Err(fault(format!("{} is no frequency from 0 to 1", quote(value.as_bytes()))));
    };
    let allele_count = (frequency * BILLION as f64).round() as u64;
    Ok(Some(Tally { allele_count, allele_number: BILLION, ..Tally::default() }))
}

/// Which ALT allele of how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allele {
    pub(crate) index: usize,
    pub(crate) count: usize,
}

impl Allele {
    /// Number of heterozygous genotypes that a record can have: `0/1`, `0/2`, …, `1/2`, …
    fn pairs(self) -> usize {
        self.count * (self.count + 1) / 2
    }

    /// Where the genotypes with this allele stand in that order.
    fn pairs_with(self) -> impl Iterator<Item = usize> {
        let all = (0..=self.count).flat_map(move |a| (a + 1..=self.count).map(move |b| (a, b)));
        let mine = self.index + 1;
        all.enumerate().filter(move |(_, (a, b))| *a == mine || *b == mine).map(|(at, _)| at)
    }
}

fn number(text: Option<&&str>, fault: &dyn Fn(String) -> Fault) -> Result<Option<u64>, Fault> {
    match text.copied() {
        None | Some("." | "") => Ok(None),
        Some(text) => match text.parse() {
            Ok(NOT_COUNTED) => Ok(None),
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(fault(format!("{} is not a count", quote(text.as_bytes())))),
        },
    }
}

/// Adds what follows from the other numbers: everyone has two copies of an autosome.
fn complete(mut tally: Tally, autosomal: bool) -> Tally {
    if autosomal {
        let twice = tally.homozygous.map(|hom| hom.saturating_mul(2));
        tally.hemizygous = tally.hemizygous.or(Some(0));
        tally.heterozygous =
            tally.heterozygous.or(twice.and_then(|twice| tally.allele_count.checked_sub(twice)));
    }
    if let (Some(het), Some(hom), Some(hemi)) = (tally.heterozygous, tally.homozygous, tally.hemizygous) {
        tally.carriers = Some(het + hom + hemi);
    }
    tally
}

fn check(group: &Group, tally: &Tally) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::new(format!("INFO, counts of {group}"), message));
    let (count, number) = (tally.allele_count, tally.allele_number);
    if count > number {
        return fault(format!("AC {count} is more than AN {number}"));
    }
    let carried = [tally.heterozygous, tally.homozygous.map(|n| n.saturating_mul(2)), tally.hemizygous];
    let sum = carried.into_iter().flatten().fold(0, u64::saturating_add);
    if sum > count {
        return fault(format!("the genotypes carry {sum} alleles, but AC is {count}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fyr_schemas::{Assembly, Contig, Sex};

    fn tallies(info: &str, contig: &str, index: usize, count: usize) -> Result<Vec<(Group, Tally)>, Fault> {
        let names = FieldNames::load(None).unwrap();
        let autosomal = Contig::resolve(contig, Assembly::GRCH38).unwrap().is_autosome(Assembly::GRCH38);
        Counted::read(Info(info), &mut FieldCache::new(&names)).tallies(autosomal, Allele { index, count })
    }

    fn total(info: &str, contig: &str, index: usize, count: usize) -> (u64, u64, [Option<u64>; 4]) {
        let tallies = tallies(info, contig, index, count).unwrap();
        let tally = tallies.iter().find(|(g, _)| *g == Group::Total).unwrap().1;
        let people = [tally.heterozygous, tally.homozygous, tally.hemizygous, tally.carriers];
        (tally.allele_count, tally.allele_number, people)
    }

    #[test]
    fn counts_are_read_per_allele() {
        assert_eq!(total("AC=3,5;AN=20", "X", 1, 2), (5, 20, [None; 4]));
        assert_eq!(total("AC=3;AN=20;nhomalt=1", "1", 0, 1), (3, 20, [Some(1), Some(1), Some(0), Some(2)]));
        assert_eq!(total("AC=3;AN=20;nhomalt=2147483647", "Y", 0, 1), (3, 20, [None; 4]));
        assert_eq!(total("AC=9;AN=99;AC_Adj=4;AN_Adj=40", "X", 0, 1), (4, 40, [None; 4]));
        assert_eq!(
            total("AC=4;AN=996;GTC=494,4,0", "20", 0, 1),
            (4, 996, [Some(4), Some(0), Some(0), Some(4)])
        );
        assert_eq!(total("AN=9;AC_hom=2;AC_het=1", "MT", 0, 1), (3, 9, [Some(0), Some(0), Some(3), Some(3)]));
    }

    #[test]
    fn heterozygous_pairs_count_for_both_alleles() {
        let info = "AC=13,9;AN=100;AC_Het=12,8,1;AC_Hom=0,0;AC_Hemi=0,0";
        assert_eq!(total(info, "1", 0, 2).2, [Some(13), Some(0), Some(0), Some(13)]);
        assert_eq!(total(info, "1", 1, 2).2, [Some(9), Some(0), Some(0), Some(9)]);
    }

    #[test]
    fn groups_are_read() {
        let found = tallies("AC=3;AN=20;AC_FI_M=1;AN_FI_M=4;AC_SE=2;AC_raw=9;AN_raw=90", "1", 0, 1).unwrap();
        let groups: Vec<_> = found.into_iter().map(|(group, _)| group).collect();
        assert_eq!(groups, [Group::Total, Group::PopulationSex("FI".into(), Sex::Male)]);
    }

    #[test]
    fn a_frequency_is_read_where_nobody_counted() {
        let of = |info, index, count| stated(Info(info), Allele { index, count });
        let counts = |info, index, count| of(info, index, count).unwrap().map(|tally| tally.allele_count);
        assert_eq!(counts("DP=3;AF=0.0011", 0, 1), Some(1_100_000));
        assert_eq!(counts("AF=1e-4,0.25", 1, 2), Some(250_000_000));
        assert_eq!((counts("AF=0", 0, 1), counts("AF=1", 0, 1)), (Some(0), Some(BILLION)));
        for nothing in ["AF=.", ".", "AC=1", "AF"] {
            assert_eq!(of(nothing, 0, 1), Ok(None), "{nothing}");
        }
        for wrong in ["AF=1.01", "AF=-0.1", "AF=NaN", "AF=x", "AF=0.1,0.2", "AF=0.1?AC?5"] {
            assert!(of(wrong, 0, 1).unwrap_err().field.contains("AF"), "{wrong}");
        }
    }

    #[test]
    fn missing_counts_are_no_counts() {
        assert_eq!(tallies("AF=0.1", "1", 0, 1), Ok(vec![]));
        assert_eq!(tallies("AC=.;AN=4", "1", 0, 1), Ok(vec![]));
    }

    #[test]
    fn numbers_that_cannot_be_true_are_refused() {
        for (info, fragment) in [
            ("AC=5;AN=4", "AC 5 is more than AN 4"),
            ("AC=2;AN=4;nhomalt=2", "carry 4 alleles, but AC is 2"),
            ("AC=1,2;AN=4", "2 values for 1 ALT"),
            ("AC=-1;AN=4", "`-1` is not a count"),
            ("AC=1;AN=4;AC_FI=3;AN_FI=2", "AC 3 is more than AN 2"),
        ] {
            let fault = tallies(info, "1", 0, 1).unwrap_err();
            assert!(fault.message.contains(fragment), "{info}: {}", fault.message);
        }
    }
}
