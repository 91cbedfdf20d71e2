//! However an allele is asked for, it is one key in a dataset.

use std::collections::BTreeSet;

use fyr_schemas::{Assembly, LocatedKey, Query, VariantQuery};

use super::{CHROMOSOME, G37, G38, chains, contig, genomes};
use crate::{Genome, Genomes, Sequences};

fn key(genomes: &Genomes, text: &str, from: Assembly) -> LocatedKey {
    let query = VariantQuery::parse(text, Some(from)).unwrap();
    let location = genomes.locate(&query, G38).unwrap();
    LocatedKey::of("D", &Query::variants(query), Some(&location.query))
}

#[test]
fn notations_of_an_allele_have_one_key() {
    let genomes = genomes();
    let mut distinct = BTreeSet::new();
    for notations in [
        &["1-8-CAC-C", "1-3-GCACACACAG-GCACACAG", "NC_000001.11:9:CA:", "chr1:g.8_9del", "chr1:g.4CA[3]"][..],
        &["1-3-G-GCA", "NC_000001.11:g.11_12insCA", "NC_000001.11:11::CA"],
        &["1-15-A-C", "NM_1.2:c.1A>C", "1-14-GA-GC"],
    ] {
        let keys: BTreeSet<_> = notations.iter().map(|text| key(&genomes, text, G38)).collect();
        assert_eq!(keys.len(), 1, "{notations:?}");
        distinct.extend(keys);
    }
    assert_eq!(distinct.len(), 3);
}

#[test]
fn assemblies_of_an_allele_have_one_key() {
    // The chain puts base 11 of GRCh37 (interbase 10) at base 21 of GRCh38, and base 301 on the other strand.
    let genomes = Genomes::default().with_chains(chains());
    for (there, here) in [("1-11-C-T", "1-21-C-T"), ("1-301-T-C", "2-150-A-G")] {
        assert_eq!(key(&genomes, there, G37), key(&genomes, here, G38), "{there}");
    }
}

#[test]
fn without_a_reference_the_anchor_base_makes_no_difference() {
    let unknown = Genomes::default();
    assert_eq!(key(&unknown, "1-8-CAC-C", G38), key(&unknown, "NC_000001.11:8:AC:", G38));
    let known = Genomes::default()
        .with(G38, Genome { sequences: Sequences::of([(contig("1"), CHROMOSOME)]), ..Genome::default() });
    assert_eq!(key(&known, "1-8-CAC-C", G38), key(&known, "NC_000001.11:8:AC:", G38));
}
