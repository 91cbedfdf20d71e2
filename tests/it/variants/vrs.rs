//! VRS identifiers beside those of the reference implementation, where `.ci/vrs` has written them.

use fyr_genome::{Sequences, vrs_ids};
use fyr_schemas::{AlleleQuery, Assembly, Contig};
use fyr_tests::shared::not_run;

/// The file that `.ci/vrs` writes, if the environment names it.
#[test]
fn if_written_vrs_identifiers_equal_those_of_the_reference_implementation() {
    let Some(path) = std::env::var_os("FYR_VRS") else {
        return not_run("if_written_vrs_identifiers_equal_those_of_the_reference_implementation", "FYR_VRS");
    };
    let contig = Contig::resolve("1", Assembly::GRCH38).unwrap();
    let mut compared = 0;
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let [bases, start, r, a, expected] = line.split('\t').collect::<Vec<_>>()[..] else { unreachable!() };
        let sequences = Sequences::of([(contig.clone(), bases)]);
        let allele =
            AlleleQuery::new(Assembly::GRCH38, contig.clone(), start.parse().unwrap(), r, a).unwrap();
        let ids = vrs_ids(&sequences, &allele.as_variant().unwrap()).unwrap();
        assert_eq!(ids.identifiers()[0], expected, "{line}");
        compared += 1;
    }
    println!("{compared} identifiers compared");
    assert!(compared > 500, "{compared}");
}
