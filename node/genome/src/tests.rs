//! A small genome, and all notations of its alleles.

mod identifiers;
mod keys;
mod named;
mod transcripts;

use std::{io::Write, path::Path};

use fyr_schemas::{
    Alternate, Assembly, Contig, Interbase, Located, Narrowing, RangeQuery, Variant, VariantQuery,
};
use proptest::prelude::*;

use crate::{
    Chains, GeneTable, Genome, Genomes, LocateError, Sequences, Unlifted, bases::reverse_complement,
};

const G37: Assembly = Assembly::GRCH37;
const G38: Assembly = Assembly::GRCH38;

/// Two exons on each strand; repeats for indels to roll in.
//                      0         1         2         3         4         5
//                      012345678901234567890123456789012345678901234567890123456789
const CHROMOSOME: &str = "GGGCACACACAGGGATGAAATTTCCCTAAGGGGTTTTTTTTACGTACGTACGTCCCAGGCA";

fn contig(name: &str) -> Contig {
    Contig::resolve(name, G38).unwrap()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// A transcript on each strand: exons 10–22 and 30–50, coding from 14 to 40.
const GENES: &str = "\
0\tNM_1.2\tchr1\t+\t10\t50\t14\t40\t2\t10,30,\t22,50,\t0\tPLUS\tcmpl\tcmpl\t0,2,
0\tNM_2.1\tchr1\t-\t10\t50\t14\t40\t2\t10,30,\t22,50,\t0\tMINUS\tcmpl\tcmpl\t1,0,
";

fn genome() -> Genome {
    Genome {
        sequences: Sequences::of([(contig("1"), CHROMOSOME)]),
        genes: GeneTable::read(file(GENES).path(), G38).unwrap(),
        ..Genome::default()
    }
}

fn genomes() -> Genomes {
    Genomes::default().with(G38, genome())
}

fn locate(genomes: &Genomes, text: &str) -> Result<(u32, String, String), LocateError> {
    let query = VariantQuery::parse(text, Some(G38)).unwrap();
    match genomes.locate(&query, G38)?.query {
        Located::Allele { query: a, .. } => {
            Ok((a.start(), a.reference_bases().to_owned(), a.alternate_bases().to_owned()))
        }
        other => panic!("{other:?}"),
    }
}

fn allele(start: u32, r: &str, a: &str) -> (u32, String, String) {
    (start, r.to_owned(), a.to_owned())
}

#[test]
fn all_notations_of_an_allele_are_one() {
    for (expected, notations) in [
        (
            allele(2, "GCA", "G"),
            &[
                "1-8-CAC-C",
                "1-3-GCACACACAG-GCACACAG",
                "NC_000001.11:9:CA:",
                "NC_000001.11:g.10_11del",
                "NC_000001.11:g.4_5del",
                "NC_000001.11:g.10_11delCA",
                "NC_000001.11:9:2:",
                "chr1:g.4CA[3]",
                "chr1:g.8_9del",
            ][..],
        ),
        (
            allele(2, "G", "GCA"),
            &[
                "1-3-G-GCA",
                "1-8-C-CAC",
                "NC_000001.11:g.10_11dup",
                "NC_000001.11:g.11_12insCA",
                "chr1:g.4CA[5]",
                "NC_000001.11:11::CA",
            ],
        ),
        (
            allele(14, "A", "C"),
            &["1-15-A-C", "NM_1.2:c.1A>C", "NM_1:c.1A>C", "NM_1.2(PLUS):c.1A>C", "1-14-GA-GC"],
        ),
        (allele(14, "AT", "GC"), &["1-15-AT-GC", "NM_1.2:c.1_2delinsGC", "chr1:g.15_16delinsGC"]),
        (allele(14, "ATG", "CAT"), &["NM_1.2:c.1_3inv", "chr1:g.15_17inv"]),
    ] {
        for text in notations {
            assert_eq!(locate(&genomes(), text), Ok(expected.clone()), "{text}");
        }
    }
}

#[test]
fn transcripts_are_counted_along_their_strand() {
    let base = |at: usize| CHROMOSOME.get(at..=at).unwrap().to_owned();
    let other = |base: &str| if base == "A" { "C" } else { "A" }.to_owned();
    // c. position, 0-based base in the genome, strand.
    for (position, at, accession, reverse) in [
        ("1", 14, "NM_1.2", false),
        ("-1", 13, "NM_1.2", false),
        ("8", 21, "NM_1.2", false),
        ("8+1", 22, "NM_1.2", false),
        ("9", 30, "NM_1.2", false),
        ("9-2", 28, "NM_1.2", false),
        ("18", 39, "NM_1.2", false),
        ("*1", 40, "NM_1.2", false),
        ("1", 39, "NM_2.1", true),
        ("-1", 40, "NM_2.1", true),
        ("10", 30, "NM_2.1", true),
        ("10+1", 29, "NM_2.1", true),
        ("11", 21, "NM_2.1", true),
        ("*1", 13, "NM_2.1", true),
    ] {
        let (r, a) = (base(at), other(&base(at)));
        let turn = |bases: &str| if reverse { reverse_complement(bases) } else { bases.to_owned() };
        let text = format!("{accession}:c.{position}{}>{}", turn(&r), turn(&a));
        assert_eq!(locate(&genomes(), &text), Ok(allele(at as u32, &r, &a)), "{text}");
    }
    assert_eq!(locate(&genomes(), "NM_1.2:n.1A>C"), Ok(allele(10, "A", "C")));
}

#[test]
fn what_cannot_be_placed_is_refused_with_its_reason() {
    for (text, hint) in [
        ("1-15-C-G", "contradicts"),
        ("NM_1.2:c.1C>G", "contradicts"),
        ("NM_1.3:c.1A>C", "which has NM_1.2"),
        ("NM_9.1:c.1A>C", "not in the table"),
        ("NM_1.2:c.999A>C", "outside"),
        ("NM_1.2:c.-99A>C", "outside"),
        ("chr1:g.900A>C", "outside"),
        ("chr1:g.900_901del", "behind the end"),
        ("chr1:g.9_8del", "before the first"),
        ("chr1:g.8_10insA", "neighbours"),
        ("chr1:g.4CA[4]", "nothing changes"),
        ("chr1:g.4GT[4]", "no such copy"),
        ("chr1:g.15_17delAAA", "states bases"),
    ] {
        let error = locate(&genomes(), text).unwrap_err().to_string();
        assert!(error.contains(hint), "{text}: {error}");
    }
    let unknown = Genomes::default();
    assert_eq!(locate(&unknown, "chr1:g.10_11del"), Err(LocateError::NeedsSequence));
    assert_eq!(locate(&unknown, "NM_1.2:c.1A>C"), Err(LocateError::NeedsGenes));
    assert_eq!(locate(&unknown, "chr1:g.15A>C"), Ok(allele(14, "A", "C")));
    let indel = VariantQuery::parse("1-8-CAC-C", Some(G38)).unwrap();
    let located = unknown.locate(&indel, G38).unwrap();
    assert!(located.warnings[0].starts_with("not normalisable here"), "{:?}", located.warnings);
    let snp = VariantQuery::parse("1-15-A-C", Some(G38)).unwrap();
    assert_eq!(unknown.locate(&snp, G38).unwrap().warnings, Vec::<String>::new());
    assert_eq!(unknown.locate(&snp, G37), Err(LocateError::OtherAssembly(G38)));
}

#[test]
fn genes_are_found_by_symbol_id_and_transcript() {
    let gff = "##gff-version 3\n\
        NC_000001.11\tx\tgene\t11\t50\t.\t+\t.\tID=gene-PLUS;Name=PLUS;gene=PLUS;Dbxref=GeneID:7,HGNC:HGNC:77\n\
        NC_000001.11\tx\tmRNA\t11\t50\t.\t+\t.\tID=rna-1;Parent=gene-PLUS;transcript_id=NM_1.2;gene=PLUS\n\
        NC_000001.11\tx\texon\t11\t22\t.\t+\t.\tParent=rna-1\n\
        NC_000001.11\tx\texon\t31\t50\t.\t+\t.\tParent=rna-1\n\
        NC_000001.11\tx\tCDS\t15\t22\t.\t+\t.\tParent=rna-1\n\
        NC_000001.11\tx\tCDS\t31\t40\t.\t+\t.\tParent=rna-1\n";
    let gtf = "chr1\tx\tgene\t11\t50\t.\t+\t.\tgene_id \"ENSG1.3\"; gene_name \"PLUS\";\n\
        chr1\tx\ttranscript\t11\t50\t.\t+\t.\tgene_id \"ENSG1.3\"; transcript_id \"NM_1.2\"; gene_name \"PLUS\";\n\
        chr1\tx\texon\t11\t22\t.\t+\t.\tgene_id \"ENSG1.3\"; transcript_id \"NM_1.2\"; gene_name \"PLUS\";\n\
        chr1\tx\texon\t31\t50\t.\t+\t.\tgene_id \"ENSG1.3\"; transcript_id \"NM_1.2\"; gene_name \"PLUS\";\n\
        chr1\tx\tCDS\t15\t22\t.\t+\t.\tgene_id \"ENSG1.3\"; transcript_id \"NM_1.2\"; gene_name \"PLUS\";\n\
        chr1\tx\tCDS\t31\t37\t.\t+\t.\tgene_id \"ENSG1.3\"; transcript_id \"NM_1.2\"; gene_name \"PLUS\";\n\
        chr1\tx\tstop_codon\t38\t40\t.\t+\t.\tgene_id \"ENSG1.3\"; transcript_id \"NM_1.2\"; gene_name \"PLUS\";\n";
    let table = "gene_id\tgene_symbol\tgene_type\tchrom\tstart\tend\nENSG1.3\tPLUS\tx\t1\t10\t50\n";
    let plain = "NM_1.2\tchr1\t10\t50\tPLUS\n";
    for (format, text, names) in [
        ("GFF3", gff, &["PLUS", "plus", "HGNC:77", "NM_1.2", "NM_1"][..]),
        ("GTF", gtf, &["PLUS", "ENSG1", "ENSG1.3", "NM_1.2"]),
        ("refGene", GENES, &["PLUS", "MINUS", "NM_1.2"]),
        ("table", table, &["PLUS", "ENSG1.9"]),
        ("plain", plain, &["PLUS", "NM_1.2"]),
    ] {
        let genes = GeneTable::read(file(text).path(), G38).unwrap();
        for name in names {
            let gene = genes.gene(name).unwrap_or_else(|| panic!("{format} {name}"));
            assert_eq!(gene.places, [(contig("1"), 10, 50)], "{format} {name}");
        }
        assert!(genes.gene("NONE").is_none());
        if ["GFF3", "GTF", "refGene"].contains(&format) {
            let (_, transcript) = genes.transcript("NM_1").unwrap();
            assert_eq!(transcript.exons, [(10, 22), (30, 50)], "{format}");
            assert_eq!(transcript.coding, Some((14, 40)), "{format}");
        }
    }
    for text in [
        "",
        "hello\n",
        "chr1\tx\tgene\t0\t5\t.\t+\t.\tgene_id \"A\"\n",
        "NM\tNC_000001.10\t1\t5\tA\n",
        "NM_1\tchr1\t-\t0\t50\t0\t5\t1\t32,\t0,\n",
    ] {
        assert!(GeneTable::read(file(text).path(), G38).is_err(), "{text}");
    }
}

#[test]
fn genes_of_another_assembly_are_refused_by_name() {
    let of = |build: &str| GeneTable::read(file(&format!("{build}\n{GENES}")).path(), G38).map(|_| ());
    let error = of("#!genome-build GRCh37.p13").unwrap_err().to_string();
    assert!(
        error.contains("line 1") && error.contains("of GRCh37") && error.contains("not of GRCh38"),
        "{error}"
    );
    for build in
        ["#!genome-build GRCh38.p14", "#!genome-build ours", "#!genome-build-accession GCA_000001405.14"]
    {
        assert!(of(build).is_ok(), "{build}");
    }
}

#[test]
fn sequences_are_installed_once_and_never_change() {
    let directory = tempfile::tempdir().unwrap();
    let install = |text: &str| Sequences::install(directory.path(), G38, file(text).path(), |_| {});
    install(">chr1 first\nACgt\nac\n>chrM\nTTTT\n").unwrap();
    install(">1\nACGTAC\n>NC_000002.12\nGG\n").unwrap();
    let error = install(">1\nACGTAA\n").unwrap_err().to_string();
    assert!(error.contains("not the one that the store was given"), "{error}");
    assert!(install(">NC_000001.10\nACGT\n").is_err() && install("ACGT\n").is_err());
    let sequences = Sequences::open(directory.path()).unwrap();
    assert_eq!(sequences.slice(&contig("1"), 2, 6), Some(&b"GTAC"[..]));
    assert_eq!(sequences.slice(&contig("MT"), 0, 4), Some(&b"TTTT"[..]));
    assert_eq!(sequences.slice(&contig("2"), 1, 3), None);
    // sha512t24u of ACGT, as the VRS specification gives it.
    let acgt = Sequences::of([(contig("1"), "acgt")]);
    assert_eq!(acgt.get(&contig("1")).unwrap().0.refget, "aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2");
    assert!(Sequences::open(Path::new("/nowhere")).unwrap().is_empty());
}

/// A soft-masked FASTA file, a repeat longer than any window: the alleles are those of upper-case letters.
#[test]
fn an_indel_of_a_long_soft_masked_repeat_has_one_normal_form() {
    for copies in [127u32, 128, 129, 300, 600] {
        let directory = tempfile::tempdir().unwrap();
        let fasta = format!(">chr1\nACGTTG\n{}\nGGGTC\n", "ca".repeat(copies as usize));
        Sequences::install(directory.path(), G38, file(&fasta).path(), |_| {}).unwrap();
        let sequences = Sequences::open(directory.path()).unwrap();
        let genomes = Genomes::default().with(G38, Genome { sequences, ..Genome::default() });
        let last = 6 + 2 * copies;
        for text in [
            format!("1-{}-ACA-A", last - 2),
            format!("NC_000001.11:{}:CA:", last - 2),
            format!("chr1:g.{}_{last}del", last - 1),
            "1-6-GCA-G".to_owned(),
        ] {
            assert_eq!(locate(&genomes, &text), Ok(allele(5, "GCA", "G")), "{copies}: {text}");
        }
        let inserted = format!("1-{last}-a-aca");
        assert_eq!(locate(&genomes, &inserted), Ok(allele(5, "G", "GCA")), "{copies}");
    }
}

/// Chromosome 1: 10–110 ↔ 20–120, then 30 bases that only GRCh37 has, then 140–200 ↔ 120–180; 300–400 ↔ 50–150
/// of chromosome 2 turned round; 500–510 twice.
const CHAIN: &str = "\
chain 1000 chr1 1000 + 10 200 chr1 900 + 20 180 1
100\t30\t0
60

chain 900 chr1 1000 + 300 400 chr2 600 - 450 550 2
100

chain 800 chr1 1000 + 500 510 chr3 600 + 0 10 3
10

chain 700 chr1 1000 + 500 510 chr4 600 + 0 10 4
10
";

fn chains() -> Chains {
    Chains::load(file(CHAIN).path(), G37, G38).unwrap()
}

/// Two sequences of GRCh37 onto one place of GRCh38: the primary one, and an alternate one at the same
/// coordinates and at others; and the reverse, two sequences of GRCh38 onto one place of GRCh37.
const ALTERNATES: &str = "\
chain 900 chr6 1000 + 700 710 chr5 600 + 100 110 1
10

chain 800 chr6_apd_hap1 1000 + 700 710 chr5 600 + 100 110 2
10

chain 700 chr6_cox_hap2 1000 + 20 30 chr5 600 + 100 110 3
10

chain 600 chr7 1000 + 40 50 chr7 600 + 60 70 4
10

chain 500 chr7 1000 + 40 50 chr7_KI270803v1_alt 600 + 60 70 5
10
";

/// A chain of the other direction would lift to places that nobody means.
#[test]
fn a_chain_of_other_assemblies_is_refused_by_its_sizes() {
    let line = |t: u32, q: u32| format!("chain 1 chr1 {t} + 10 20 chr1 {q} + 30 40\n10\n");
    let (of_37, of_38) = (249_250_621, 248_956_422);
    let load =
        |text: &str, from, to| Chains::load(file(text).path(), from, to).map_err(|error| error.to_string());
    assert!(load(&line(of_37, of_38), G37, G38).is_ok() && load(&line(of_38, of_37), G38, G37).is_ok());
    assert!(load(&line(1000, 900), G37, G38).is_ok(), "pieces, of which no assembly tells the size");
    for (t, q) in [(of_38, of_37), (of_38, of_38), (of_37, of_37), (of_37, 248_387_328)] {
        let error = load(&line(t, q), G37, G38).unwrap_err();
        assert!(error.contains("line 1") && error.contains("does not lift from GRCh37 to GRCh38"), "{error}");
    }
    let mitochondrial = "chain 1 chrM 16571 + 10 20 chrM 16569 + 10 20 1\n10\n";
    assert!(load(mitochondrial, G37, G38).is_ok(), "as the files of UCSC have it");
}

#[test]
fn what_does_not_lead_back_to_itself_is_not_lifted() {
    let chains = Chains::load(file(ALTERNATES).path(), G37, G38).unwrap();
    let interval = |start, end| Interbase::new(start, end).unwrap();
    for (from, name, start, end, expected) in [
        (G37, "6", 703, 705, Ok(("5", 103))),
        (G38, "5", 103, 105, Ok(("6", 703))),
        (G37, "chr6_apd_hap1", 703, 705, Err(Unlifted::NoReturn)),
        (G37, "chr6_cox_hap2", 23, 25, Err(Unlifted::NoReturn)),
        (G37, "7", 43, 45, Ok(("7", 63))),
        (G38, "7", 63, 65, Ok(("7", 43))),
        (G38, "chr7_KI270803v1_alt", 63, 65, Err(Unlifted::NoReturn)),
    ] {
        for lifted in [
            chains.lift(from, &contig(name), interval(start, end)),
            chains.lift_span(from, &contig(name), interval(start, end)),
        ] {
            let found = lifted.as_ref().map(|l| (l.contig.name(), l.interval.start())).map_err(|e| *e);
            assert_eq!(found, expected, "{from} {name}:{start}-{end}");
        }
    }
    let query = VariantQuery::parse("chr6_apd_hap1-704-A-C", Some(G37)).unwrap();
    let genomes = Genomes::default().with_chains(chains);
    let expected = LocateError::Unlifted { from: G37, reason: Unlifted::NoReturn };
    assert_eq!(genomes.locate(&query, G38), Err(expected));
}

#[test]
fn bases_are_lifted_both_ways() {
    let chains = chains();
    let lift = |from, name, start, end| {
        let lifted = chains.lift(from, &contig(name), Interbase::new(start, end).unwrap())?;
        Ok((lifted.contig.name().to_owned(), lifted.interval.start(), lifted.interval.end(), lifted.reverse))
    };
    let at = |name: &str, start, end, reverse| Ok((name.to_owned(), start, end, reverse));
    assert_eq!(lift(G37, "1", 10, 11), at("1", 20, 21, false));
    assert_eq!(lift(G37, "1", 109, 110), at("1", 119, 120, false));
    assert_eq!(lift(G37, "1", 140, 145), at("1", 120, 125, false));
    assert_eq!(lift(G38, "1", 120, 125), at("1", 140, 145, false));
    assert_eq!(lift(G37, "1", 300, 302), at("2", 148, 150, true));
    assert_eq!(lift(G38, "2", 148, 150), at("1", 300, 302, true));
    assert_eq!(lift(G37, "MT", 72, 73), at("MT", 72, 73, false));
    assert_eq!(lift(G37, "1", 120, 121), Err(Unlifted::Unmapped));
    assert_eq!(lift(G37, "1", 105, 145), Err(Unlifted::Split));
    assert_eq!(lift(G37, "1", 505, 506), Err(Unlifted::Ambiguous));
    // Its own way is clear, but the way back is not.
    assert_eq!(lift(G38, "3", 5, 6), Err(Unlifted::Ambiguous));
    let span = |start, end| chains.lift_span(G37, &contig("1"), Interbase::new(start, end).unwrap());
    assert_eq!(span(20, 100).unwrap().interval, Interbase::new(30, 110).unwrap());
    assert_eq!(span(20, 190), Err(Unlifted::Split));
    assert_eq!(span(100, 310), Err(Unlifted::Split));
    for text in ["", "hello", "chain 1 chr1", "chain 1000 chr1 1000 + 10 200 chr1 900 + 20 180 1\nx\n"] {
        assert!(Chains::load(file(text).path(), G37, G38).is_err(), "{text}");
    }
}

#[test]
fn questions_are_lifted_and_compared_with_the_reference() {
    let mut bases = vec![b'A'; 600];
    bases[20] = b'C';
    let there = String::from_utf8(bases).unwrap();
    let sequences = Sequences::of([(contig("1"), there.as_str()), (contig("2"), there.as_str())]);
    let known = Genome { sequences, ..Genome::default() };
    let with = |genome| Genomes::default().with_chains(chains()).with(G38, genome);
    let lift = |genomes: &Genomes, text: &str| {
        let query = VariantQuery::parse(text, Some(G37)).unwrap();
        genomes.locate(&query, G38).map(|located| match located.query {
            Located::Allele { query: a, .. } => {
                let lift = located.lift.unwrap();
                assert_eq!((lift.from, a.assembly()), (G37, G38));
                (a.contig().name().to_owned(), a.start(), a.alternate_bases().to_owned(), lift.verified)
            }
            other => panic!("{other:?}"),
        })
    };
    let (known, unknown) = (with(known), with(Genome::default()));
    let at = |name: &str, start, a: &str, verified| Ok((name.to_owned(), start, a.to_owned(), verified));
    assert_eq!(lift(&known, "1-11-C-T"), at("1", 20, "T", true));
    assert_eq!(lift(&unknown, "1-11-C-T"), at("1", 20, "T", false));
    // On the other strand the bases are complemented.
    assert_eq!(lift(&known, "1-301-T-C"), at("2", 149, "G", true));
    let changed = LocateError::Unlifted { from: G37, reason: Unlifted::BaseChanged };
    assert_eq!(lift(&known, "1-11-G-T"), Err(changed));
    let reason = |text: &str| match lift(&unknown, text) {
        Err(LocateError::Unlifted { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason("1-120-A-C"), Unlifted::Unmapped);
    assert_eq!(reason("1-506-A-C"), Unlifted::Ambiguous);
    assert_eq!(reason("1-50-A-<DEL>"), Unlifted::Kind);
    // Between the last base before the gap and the first behind it, only one assembly has something.
    assert_eq!(reason("1-110-A-AT"), Unlifted::Unmapped);

    let mut range = RangeQuery::of(G37, contig("1"), Interbase::new(20, 100).unwrap());
    range.narrowing = Narrowing { minimum_length: Some(3), ..Narrowing::default() };
    let located = unknown.locate(&VariantQuery::Range(range), G38).unwrap();
    let Located::Ranges { ranges, .. } = located.query else { panic!("no range") };
    assert_eq!(ranges[0].interval, Interbase::new(30, 110).unwrap());
    assert_eq!((ranges[0].assembly, ranges[0].narrowing.minimum_length), (G38, Some(3)));
}

fn variant(start: u32, r: &str, a: &str) -> Variant {
    Variant {
        contig: contig("1"),
        interval: Interbase::new(start.into(), u64::from(start) + r.len() as u64).unwrap(),
        reference_bases: r.into(),
        alternate_bases: a.into(),
        variant_type: Alternate::parse(a).unwrap().variant_type(r),
        sv_length: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any allele of a repetitive genome, shifted and padded at will, has one normal form and one VRS id.
    #[test]
    fn shifted_and_padded_notations_are_one_allele(
        genome in "[AC]{40,60}",
        at in 5u32..30,
        change in prop_oneof![
            (1usize..5).prop_map(|n| (n, String::new())),
            "[AC]{1,5}".prop_map(|bases| (0, bases)),
        ],
        (left, right) in (1u32..5, 0u32..5),
    ) {
        let slice = |from: u32, to: u32| genome.get(from as usize..to as usize).unwrap();
        let (removed, inserted) = change;
        let removed = removed as u32;
        let mutated = format!("{}{inserted}{}", slice(0, at), genome.get((at + removed) as usize..).unwrap());
        let genomes = Genomes::default()
            .with(G38, Genome { sequences: Sequences::of([(contig("1"), genome.as_str())]), ..Genome::default() });
        // The same allele, padded on both sides.
        let (from, to) = (at - left, at + removed + right);
        let r = slice(from, to).to_owned();
        let a = format!("{}{inserted}{}", slice(from, at), slice(at + removed, to));
        prop_assume!(r != a);
        let normal = locate(&genomes, &format!("1-{}-{r}-{a}", from + 1)).unwrap();
        let ids = genomes.vrs_ids(&variant(normal.0, &normal.1, &normal.2), G38).unwrap();
        let query = VariantQuery::parse(&format!("1-{}-{r}-{a}", from + 1), Some(G38)).unwrap();
        let Located::Allele { forms, .. } = genomes.locate(&query, G38).unwrap().query else { unreachable!() };
        prop_assert_eq!(&forms[0], &normal);
        for (start, r, a) in forms {
            // Each form makes the same sequence, and is the same allele under every name.
            let made = format!("{}{a}{}", slice(0, start), genome.get(start as usize + r.len()..).unwrap());
            prop_assert_eq!(&made, &mutated);
            prop_assert_eq!(locate(&genomes, &format!("1-{}-{r}-{a}", start + 1)).unwrap(), normal.clone());
            prop_assert_eq!(genomes.vrs_ids(&variant(start, &r, &a), G38).unwrap(), ids.clone());
            let spdi = format!("NC_000001.11:{}:{}:{}", start + 1, r.get(1..).unwrap(), a.get(1..).unwrap());
            prop_assert_eq!(locate(&genomes, &spdi).unwrap(), normal.clone());
            let (first, last) = (start + 2, start + r.len() as u32);
            let hgvs = match (r.len(), a.len()) {
                (1, _) => format!("chr1:g.{}_{}ins{}", start + 1, start + 2, a.get(1..).unwrap()),
                (_, 1) => format!("chr1:g.{first}_{last}del"),
                _ => continue,
            };
            prop_assert_eq!(locate(&genomes, &hgvs).unwrap(), normal.clone());
        }
    }

    #[test]
    fn no_description_makes_the_resolver_panic(
        text in "(chr1|NM_1\\.2|NM_2\\.1|NC_000001\\.11):(g|c|n)\\.[0-9*+_\\-]{1,8}(del|dup|inv|ins[ACGT]{1,3}|[ACGT]>[ACGT]|delins[ACGT]|CA\\[[0-9]{1,3}\\])",
    ) {
        if let Ok(query) = VariantQuery::parse(&text, Some(G38)) {
            let _ = genomes().locate(&query, G38);
        }
    }

    /// Files that resemble theirs closely enough to get past the first checks.
    #[test]
    fn no_file_makes_a_reader_panic(
        chain in "(chain (0|9|x) (chr1|1|) (10|0|99999999999) [+-] [0-9]{1,3} [0-9]{1,3} chr2 [0-9]{1,3} [+-] [0-9]{1,2} [0-9]{1,3} 1\n([0-9]{1,3}(\t[0-9]{1,2}\t[0-9]{1,2})?\n){0,3}\n?){0,3}",
        genes in "((0\t)?NM_1\tchr1\t[+-]\t[0-9,]{0,5}\t[0-9]{1,11}\t[0-9]{1,2}\t5\t[0-9]\t[0-9,]{0,6}\t[0-9,]{0,6}(\t0\tG)?\n|chr1\tx\t(gene|exon|CDS|mRNA)\t[0-9]{1,3}\t[0-9x]{1,3}\t.\t[+-]\t.\t[A-Za-z_]{1,6}[= ]\"?[A-Za-z0-9,;=]{0,12}\n|.{0,20}\n){0,4}",
        fasta in "(>[a-zA-Z0-9. ]{0,6}\n|[ACGTNacgtn*5]{0,9}\n|\n){0,6}",
    ) {
        let _ = Chains::load(file(&chain).path(), G37, G38);
        if let Ok(table) = GeneTable::read(file(&genes).path(), G38) {
            let query = VariantQuery::parse("NM_1:c.1A>C", Some(G38)).unwrap();
            let genomes = Genomes::default().with(G38, Genome { genes: table, ..Genome::default() });
            let _ = genomes.locate(&query, G38);
        }
        let directory = tempfile::tempdir().unwrap();
        if Sequences::install(directory.path(), G38, file(&fasta).path(), |_| {}).is_ok() {
            prop_assert!(Sequences::open(directory.path()).is_ok());
        }
    }
}
