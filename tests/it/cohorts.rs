//! The generator itself: its truth equals what a naive reader counts in its files.

use std::collections::BTreeMap;

use fyr_tests::{
    AlleleKey, CohortSpec, SyntheticCohort,
    naive::{self, Groups},
};

fn groups(cohort: &SyntheticCohort) -> BTreeMap<String, Groups> {
    let groups = |person: &fyr_tests::cohort::SyntheticPerson| {
        (Some(person.sex_letter()), vec![person.population.clone(), "SYN".to_owned()])
    };
    cohort.people.iter().map(|person| (person.id.clone(), groups(person))).collect()
}

fn copies(contig: &str, position: u32, sex: Option<char>) -> Option<usize> {
    match contig {
        "MT" => Some(1),
        "X" if position > 2_781_479 && sex == Some('M') => Some(1),
        _ => Some(2),
    }
}

#[test]
fn the_truth_is_what_the_file_says() {
    let directory = tempfile::tempdir().unwrap();
    let cohort = SyntheticCohort::generate(&CohortSpec::small("FIN", 7), directory.path()).unwrap();
    let text = naive::read_text(&cohort.vcf).unwrap();
    let read = naive::count(&text, &groups(&cohort), copies).unwrap();
    assert_eq!(read.alleles.len(), cohort.truth.alleles.len());
    for (key, counts) in &cohort.truth.alleles {
        assert_eq!(read.alleles.get(key), Some(counts), "{key}");
    }
}

#[test]
fn the_same_seed_gives_the_same_cohort() {
    let generate = |seed| {
        let directory = tempfile::tempdir().unwrap();
        let cohort = SyntheticCohort::generate(&CohortSpec::small("FIN", seed), directory.path()).unwrap();
        (naive::read_text(&cohort.vcf).unwrap(), cohort.truth)
    };
    assert_eq!(generate(7), generate(7));
    assert_ne!(generate(7), generate(8));
}

#[test]
fn regions_share_sites_and_differ_in_people() {
    let directory = tempfile::tempdir().unwrap();
    let generate =
        |name, seed| SyntheticCohort::generate(&CohortSpec::small(name, seed), directory.path()).unwrap();
    let (north, south) = (generate("NORTH", 1), generate("SOUTH", 2));
    let keys = |cohort: &SyntheticCohort| cohort.truth.alleles.keys().cloned().collect::<Vec<AlleleKey>>();
    assert_eq!(keys(&north), keys(&south));
    assert_ne!(north.truth.alleles, south.truth.alleles);
}

#[test]
fn the_spectrum_is_that_of_a_population() {
    let directory = tempfile::tempdir().unwrap();
    let spec = CohortSpec { individuals: 500, ..CohortSpec::small("FIN", 3) };
    let cohort = SyntheticCohort::generate(&spec, directory.path()).unwrap();
    let totals: Vec<_> = cohort.truth.alleles.keys().filter_map(|key| cohort.truth.total(key)).collect();
    let share = |which: &dyn Fn(u64) -> bool| {
        totals.iter().filter(|counts| which(counts.allele_count)).count() as f64 / totals.len() as f64
    };
    assert!((0.4..0.75).contains(&share(&|ac| ac <= 10)), "rare: {}", share(&|ac| ac <= 10));
    assert!(share(&|ac| ac == 0) > 0.02, "some are assayed and not seen");
    assert!(share(&|ac| ac > 100) > 0.1, "some are common");
}
