//! Genotypes at every edge of X, Y and MT, read by sex, held against a table that shares nothing with the reader.
//!
//! Positions here are those of VCF: 1-based, both ends of a region belong to it.

use fyr_schemas::Assembly;
use fyr_store::Carriers;

use super::{Files, genotypes};
use crate::{IngestOptions, PloidyReading};

/// The pseudo-autosomal regions as the Genome Reference Consortium states them: contig, first and last base.
const SHARED_37: [(&str, u32, u32); 4] = [
    ("X", 60_001, 2_699_520),
    ("X", 154_931_044, 155_260_560),
    ("Y", 10_001, 2_649_520),
    ("Y", 59_034_050, 59_363_566),
];
const SHARED_38: [(&str, u32, u32); 4] = [
    ("X", 10_001, 2_781_479),
    ("X", 155_701_383, 156_030_895),
    ("Y", 10_001, 2_781_479),
    ("Y", 56_887_903, 57_217_415),
];

/// A genotype, and what it says of allele 1: of as many copies as are written, of one copy, of none.
const CALLS: [(&str, [&str; 3]); 19] = [
    ("0/0", ["reference", "one, not carried", "missing"]),
    ("0/1", ["heterozygous", "one, carried", "missing"]),
    ("1/0", ["heterozygous", "one, carried", "missing"]),
    ("1|1", ["homozygous", "one, carried", "missing"]),
    ("0/.", ["half, not carried", "one, not carried", "missing"]),
    ("./0", ["half, not carried", "one, not carried", "missing"]),
    ("1/.", ["half, carried", "one, carried", "missing"]),
    (".|1", ["half, carried", "one, carried", "missing"]),
    ("./.", ["missing", "missing", "missing"]),
    ("0", ["one, not carried", "one, not carried", "missing"]),
    ("1", ["one, carried", "one, carried", "missing"]),
    (".", ["missing", "missing", "missing"]),
    ("1/2", ["heterozygous", "one, carried", "missing"]),
    ("2/1", ["heterozygous", "one, carried", "missing"]),
    ("0/2", ["reference", "one, not carried", "missing"]),
    ("2/2", ["reference", "one, not carried", "missing"]),
    ("./2", ["half, not carried", "one, not carried", "missing"]),
    ("2/.", ["half, not carried", "one, not carried", "missing"]),
    ("2", ["one, not carried", "one, not carried", "missing"]),
];

/// The column of [`CALLS`] that holds for a sex.
const AS_WRITTEN: usize = 0;
const ONE: usize = 1;
const NONE: usize = 2;

const SEXES: [&str; 3] = ["female", "male", "unknown"];

/// Which column holds, for a female, a male and somebody of unknown sex.
fn expected(contig: &str, is_shared: bool) -> [usize; 3] {
    match (contig, is_shared) {
        ("X", false) => [AS_WRITTEN, ONE, AS_WRITTEN],
        ("Y", false) => [NONE, ONE, AS_WRITTEN],
        ("Y", true) => [NONE, AS_WRITTEN, AS_WRITTEN],
        ("MT", _) => [ONE, ONE, ONE],
        _ => [AS_WRITTEN; 3],
    }
}

/// Two positions on either side of every edge, and some far from all of them, in the order of the file.
fn sites(shared: &[(&'static str, u32, u32)]) -> Vec<(&'static str, u32, bool)> {
    let mut sites =
        vec![("1", 10_001, false), ("22", 60_001, false), ("MT", 1, false), ("MT", 10_001, false)];
    for &(contig, first, last) in shared {
        let positions = [first - 2, first - 1, first, first + 1, last - 1, last, last + 1, last + 2];
        sites.extend(positions.map(|at| (contig, at, (first..=last).contains(&at))));
    }
    sites.extend([("X", 1, false), ("X", 60_000_000, false), ("Y", 1, false), ("Y", 20_000_000, false)]);
    sites.sort_unstable();
    sites
}

/// Says what the bitmaps of an allele hold of one person.
fn found(carriers: &Carriers, person: u32) -> String {
    let sets = [
        ("heterozygous", &carriers.het),
        ("homozygous", &carriers.hom),
        ("half, carried", &carriers.half),
        ("half, not carried", &carriers.partial),
        ("missing", &carriers.missing),
    ];
    let mut said: Vec<&str> =
        sets.iter().filter(|(_, set)| set.contains(person)).map(|(name, _)| *name).collect();
    match (carriers.hemi.contains(person), carriers.haploid.contains(person)) {
        (true, true) => said.push("one, carried"),
        (false, true) => said.push("one, not carried"),
        (true, false) => said.push("carried by one copy of none"),
        (false, false) => {}
    }
    if said.is_empty() { "reference".to_owned() } else { said.join(" and ") }
}

fn people() -> impl Iterator<Item = (usize, usize)> {
    (0..SEXES.len()).flat_map(|sex| (0..CALLS.len()).map(move |call| (sex, call)))
}

fn name((sex, call): (usize, usize)) -> String {
    format!("{}-{call}", SEXES[sex])
}

fn options(files: &Files, assembly: Assembly, sites: &[(&str, u32, bool)]) -> IngestOptions {
    let samples: Vec<String> = people().map(name).collect();
    let texts: Vec<&str> = people().map(|(_, call)| CALLS[call].0).collect();
    let mut text =
        String::from("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    text += &format!("\t{}\n", samples.join("\t"));
    for (contig, position, _) in sites {
        text += &format!("{contig}\t{position}\t.\tA\tC,G\t.\t.\t.\tGT\t{}\n", texts.join("\t"));
    }
    let mut panel = String::from("sample\tpop\tsuper_pop\tgender\n");
    people().for_each(|person| panel += &format!("{}\tFIN\tEUR\t{}\n", name(person), SEXES[person.0]));
    let inputs = vec![files.write("a.vcf", text)];
    let mut options = IngestOptions::new("unused", "test", assembly, inputs);
    options.individuals = Some(files.write("panel", panel));
    options
}

#[tokio::test]
async fn copies_are_counted_by_sex_up_to_the_last_base_of_each_region() {
    for (assembly, shared) in [(Assembly::GRCH37, SHARED_37), (Assembly::GRCH38, SHARED_38)] {
        let files = Files::new();
        let sites = sites(&shared);
        let mut options = options(&files, assembly, &sites);
        for reading in [PloidyReading::BySex, PloidyReading::AsWritten] {
            options.ploidy = reading;
            let rows = genotypes(&options).await;
            let first_alleles: Vec<_> = rows.iter().step_by(2).collect();
            assert_eq!(first_alleles.len(), sites.len());
            for (row, (contig, position, is_shared)) in first_alleles.into_iter().zip(&sites) {
                let columns = match reading {
                    PloidyReading::BySex => expected(contig, *is_shared),
                    PloidyReading::AsWritten => [AS_WRITTEN; 3],
                };
                for (index, (sex, call)) in people().enumerate() {
                    let (text, calls) = CALLS[call];
                    assert_eq!(
                        found(&row.carriers, index as u32),
                        calls[columns[sex]],
                        "{assembly} {contig}:{position} {text} of somebody {} ({reading:?})",
                        SEXES[sex]
                    );
                }
            }
        }
    }
}
