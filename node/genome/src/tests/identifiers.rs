//! Alleles by their identifiers.

use super::*;
use crate::{Identifiers, InstalledIdentifiers};

/// The repeat ACACAC at 6 to 11 loses a unit in two notations, which are one allele; `rs7` has two.
const IDENTIFIERS: &str = "\
##fileformat=VCFv4.3
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
NC_000001.11\t1\trs5\tG\tA\t.\t.\t.
NC_000001.11\t4\trs6;ss1\tCAC\tC\t.\t.\t.
1\t9\trs6\tACA\tA\t.\t.\t.
chr1\t13\tRS7;rs5000000000\tG\tA,T,<DEL>,*\t.\t.\t.
chr1\t15\trs4294967295\tA\tC\t.\t.\t.
NW_018654708.1\t14\trs8\tA\tC\t.\t.\t.
1\t16\tprivate-17\tT\tC\t.\t.\t.
1\t16\trs9\tT\t.\t.\t.\t.
";

fn installed(text: &str) -> (tempfile::TempDir, Result<InstalledIdentifiers, String>) {
    let directory = tempfile::tempdir().unwrap();
    let fasta = file(&format!(">1\n{CHROMOSOME}\n"));
    Sequences::install(directory.path(), G38, fasta.path(), |_| {}).unwrap();
    let result = Identifiers::install(directory.path(), G38, file(text).path(), false, |_| {});
    (directory, result.map_err(|error| error.to_string()))
}

fn with_identifiers() -> Genomes {
    let (directory, result) = installed(IDENTIFIERS);
    assert_eq!(result.unwrap(), InstalledIdentifiers { identifiers: 4, alleles: 6, left_out: 3 });
    let identifiers = Identifiers::open(directory.path()).unwrap();
    Genomes::default().with(G38, Genome { identifiers, ..genome() })
}

#[test]
fn an_identifier_is_the_allele_that_it_stands_for() {
    let genomes = with_identifiers();
    let same = |name, allele| assert_eq!(locate(&genomes, name).unwrap(), locate(&genomes, allele).unwrap());
    same("rs5", "1-1-G-A");
    same("RS6", "1-9-ACA-A");
    same("rs4294967295", "1-15-A-C");
}

#[test]
fn what_stands_for_several_alleles_or_none_says_so() {
    let genomes = with_identifiers();
    let said = |name| locate(&genomes, name).unwrap_err().to_string();
    assert_eq!(said("rs7"), "`variantId`: `rs7` stands for several alleles: name one of 1-13-G-A, 1-13-G-T");
    for unknown in ["rs1", "rs8", "rs9", "rs17"] {
        assert!(said(unknown).contains("is not in the table of identifiers of GRCh38"), "{unknown}");
    }
    assert_eq!(locate(&super::genomes(), "rs5"), Err(LocateError::NeedsIdentifiers));
}

#[test]
fn an_identifier_of_one_assembly_is_lifted_to_another() {
    let chain = file(CHAIN_OF_IDENTIFIERS);
    let chains = Chains::load(chain.path(), G38, G37).unwrap();
    let genomes = with_identifiers().with_chains(chains);
    let query = VariantQuery::parse("rs5", None).unwrap();
    let location = genomes.locate(&query, G37).unwrap();
    let Located::Allele { query, .. } = location.query else { panic!("{:?}", location.query) };
    assert_eq!((query.assembly(), query.start(), query.alternate_bases()), (G37, 100, "A"));
}

const CHAIN_OF_IDENTIFIERS: &str = "chain 1 chr1 248956422 + 0 60 chr1 249250621 + 100 160 1\n60\n\n";

#[test]
fn a_table_of_another_assembly_changes_nothing() {
    for (line, said) in [
        (
            "1\t1\trs1\tA\tC\t.\t.\t.",
            "line 1: REF `A` is not what the reference sequence of GRCh38 has at 1:1",
        ),
        ("NC_000001.10\t1\trs1\tG\tC\t.\t.\t.", "`NC_000001.10` belongs to GRCh37"),
        ("1\t248956423\trs1\tG\tC\t.\t.\t.", "which has 248956422 bases in GRCh38"),
        ("1\t0\trs1\tG\tC\t.\t.\t.", "POS is no position"),
        ("1 1 rs1 G C", "there is no column POS"),
        ("1\t1\t.\tG\tC\t.\t.\t.", "no identifiers"),
        ("", "no identifiers"),
    ] {
        let (directory, result) = installed(line);
        let error = result.unwrap_err();
        assert!(error.contains(said), "{line}: {error}");
        assert!(Identifiers::open(directory.path()).unwrap().is_empty());
        let left = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(left, 2, "pieces are left behind");
    }
}

#[test]
fn another_table_takes_the_place_of_one_only_where_it_may() {
    let (directory, _) = installed(IDENTIFIERS);
    let other = file("1\t1\trs17\tG\tT\t.\t.\t.\n");
    let install = |may_replace| {
        Identifiers::install(directory.path(), G38, other.path(), may_replace, |_| {})
            .map_err(|error| error.to_string())
    };
    assert!(install(false).unwrap_err().contains("--replace"));
    assert_eq!(Identifiers::open(directory.path()).unwrap().alleles(), 6);
    assert_eq!(install(true).unwrap().identifiers, 1);
    assert_eq!(Identifiers::open(directory.path()).unwrap().find(17), ["1-1-G-T"]);
}

proptest! {
    #[test]
    fn every_allele_of_every_identifier_is_found(
        entries in proptest::collection::btree_set((1u32..40, 0usize..3, 1u32..61), 1..60),
    ) {
        let line = |(number, contig, position): &(u32, usize, u32)| {
            format!("{}\t{position}\trs{number}\tN\tT\t.\t.\t.\n", ["2", "chr10", "X"][*contig])
        };
        let (directory, result) = installed(&entries.iter().rev().map(line).collect::<String>());
        prop_assert_eq!(result.unwrap().alleles as usize, entries.len());
        let table = Identifiers::open(directory.path()).unwrap();
        for number in 0..41 {
            let mut expected: Vec<_> = entries
                .iter()
                .filter(|(of, ..)| *of == number)
                .map(|(_, contig, position)| format!("{}-{position}-N-T", ["2", "10", "X"][*contig]))
                .collect();
            let mut found = table.find(number);
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
