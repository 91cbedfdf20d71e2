//! Which transcript a description names, and what its table says of where it is.

use fyr_schemas::{Assembly, VariantQuery};

use super::{allele, file, locate};
use crate::{GeneTable, Genome, Genomes};

const G38: Assembly = Assembly::GRCH38;

/// Lines of GFF3 for a transcript of 20 bases, coding from its 5th to its 16th.
fn transcript(accession: &str, gene: &str, more: &str) -> String {
    let line = |feature: &str, start, end, attributes: &str| {
        format!("NC_000001.11\tx\t{feature}\t{start}\t{end}\t.\t+\t.\t{attributes}\n")
    };
    [
        line("gene", 101, 120, &format!("ID=gene-{gene};Name={gene};gene={gene}")),
        line("mRNA", 101, 120, &format!("ID=rna-{accession};transcript_id={accession};gene={gene}{more}")),
        line("exon", 101, 120, &format!("Parent=rna-{accession}")),
        line("CDS", 105, 116, &format!("Parent=rna-{accession}")),
    ]
    .concat()
}

fn genomes(table: &str) -> Genomes {
    let genes = GeneTable::read(file(table).path(), G38).unwrap();
    Genomes::default().with(G38, Genome { genes, ..Genome::default() })
}

fn refusal(genomes: &Genomes, text: &str) -> String {
    locate(genomes, text).unwrap_err().to_string()
}

#[test]
fn a_transcript_on_a_genomic_sequence_is_that_transcript_there() {
    let genomes = genomes(&transcript("NM_1.2", "ONE", ""));
    let expected = Ok(allele(104, "A", "C"));
    for text in ["NM_1.2:c.1A>C", "NC_000001.11(NM_1.2):c.1A>C", "chr1(NM_1.2):c.1A>C", "NM_1.2(ONE):c.1A>C"]
    {
        assert_eq!(locate(&genomes, text), expected, "{text}");
    }
    assert!(refusal(&genomes, "NC_000002.12(NM_1.2):c.1A>C").contains("lies on 1"));
    assert!(VariantQuery::parse("NC_000001.10(NM_1.2):c.1A>C", Some(G38)).is_err());
    let unsaid = VariantQuery::parse("NC_000001.10(NM_1.2):c.1A>C", None).unwrap();
    assert!(genomes.locate(&unsaid, G38).is_err(), "of another assembly");
    let unknown = VariantQuery::parse("NC_000001.99(NM_1.2):c.1A>C", None).unwrap();
    assert!(genomes.locate(&unknown, G38).unwrap_err().to_string().contains("NC_000001.99"));
}

#[test]
fn a_gene_stands_for_a_transcript_only_where_there_is_one_to_choose() {
    let read = |genomes: &Genomes, text: &str| {
        let query = VariantQuery::parse(text, Some(G38)).unwrap();
        genomes.locate(&query, G38).map(|location| location.warnings).map_err(|error| error.to_string())
    };
    let one = transcript("NM_1.2", "ONE", "");
    let (mane, other) = (transcript("NM_2.1", "ONE", ";tag=MANE Select"), transcript("NM_3.1", "TWO", ""));
    let alone = genomes(&[one.clone(), other.clone()].concat());
    assert!(read(&alone, "ONE:c.1A>C").unwrap()[0].contains("read as NM_1.2, its only transcript"));
    assert_eq!(read(&alone, "NM_1.2:c.1A>C"), Ok(Vec::new()));
    let several = [one.clone(), mane.clone()].concat();
    assert!(
        read(&genomes(&several), "one:c.1A>C").unwrap()[0].contains("read as NM_2.1, the transcript of MANE")
    );
    let none = [one, transcript("NM_2.1", "ONE", ""), other].concat();
    let error = read(&genomes(&none), "ONE:c.1A>C").unwrap_err();
    assert!(error.contains("name one of NM_1.2, NM_2.1"), "{error}");
    assert!(read(&genomes(&none), "NONE:c.1A>C").unwrap_err().contains("not in the table"));
    let error = refusal(&genomes(&none), "NM_1.2(TWO):c.1A>C");
    assert!(error.contains("a transcript of ONE"), "{error}");
    let clinical = genomes(&[several, transcript("NM_4.1", "ONE", ";tag=MANE Plus Clinical")].concat());
    assert!(read(&clinical, "ONE:c.1A>C").unwrap()[0].contains("NM_2.1"));
}

#[test]
fn a_transcript_that_is_not_as_the_genome_is_refused_where_the_table_does_not_tell_the_gap() {
    let differs = ";exception=annotated by transcript or proteomic data";
    let noted =
        |note: &str| format!("{differs};Note=The RefSeq transcript {note} compared to this genomic sequence");
    let row = |target: &str, gap: &str| {
        format!("NC_000001.11\tx\tcDNA_match\t101\t120\t.\t+\t.\tID=m;Target=NM_1.2 {target};Gap={gap}\n")
    };
    let here = transcript("NM_1.2", "ONE", "");
    let again = here
        .replace("\t10", "\t30")
        .replace("\t11", "\t31")
        .replace("\t12", "\t32")
        .replace("rna-", "rna-b-");
    for (table, hint) in [
        (transcript("NM_1.2", "ONE", differs), "differs from the genome"),
        (transcript("NM_1.2", "ONE", &noted("has 1 non-frameshifting indel")), "differs from the genome"),
        (
            transcript("NM_1.2", "ONE", &noted("has 1 substitution%2C 1 frameshift")),
            "differs from the genome",
        ),
        ([here.clone(), row("1 20 +", "M10 F2 M10")].concat(), "cannot be read"),
        ([here.clone(), row("1 20 +", "M10")].concat(), "cannot be read"),
        ([here.clone(), row("1 20 -", "M20")].concat(), "other strand"),
        (
            [here.clone(), row("1 20 +", "M20").replace("\t120", "\t119")].concat(),
            "not those of its alignment",
        ),
        ([here.clone(), again].concat(), "several places"),
        (
            here.replace(
                "\texon\t101",
                "\texon\t110\t120\t.\t+\t.\tParent=rna-NM_1.2\nNC_000001.11\tx\texon\t101",
            ),
            "overlap",
        ),
    ] {
        let error = refusal(&genomes(&table), "NM_1.2:c.1A>C");
        assert!(error.contains(hint) && error.contains("NM_1.2"), "{error}\n{table}");
    }
    let substituted = transcript("NM_1.2", "ONE", &noted("has 2 substitutions"));
    assert_eq!(locate(&genomes(&substituted), "NM_1.2:c.1A>C"), Ok(allele(104, "A", "C")));
    let whole = [transcript("NM_1.2", "ONE", differs), row("1 20 +", "M20")].concat();
    assert_eq!(locate(&genomes(&whole), "NM_1.2:c.1A>C"), Ok(allele(104, "A", "C")));
}

/// Lines of refGene: what its frames and the places of its exons betray of gaps.
#[test]
fn gaps_that_frames_betray_are_refused() {
    let line = |exons: &str, frames: &str| {
        format!("0\tNM_1.2\tchr1\t+\t10\t50\t14\t40\t2\t{exons}\t0\tG\tcmpl\tcmpl\t{frames}\n")
    };
    for (exons, frames, hint) in [
        ("10,30,\t22,50,", "0,0,", "frames"),
        ("10,30,\t22,50,", "0,-1,", "frames"),
        ("10,22,\t22,50,", "0,2,", "touch"),
    ] {
        let error = refusal(&genomes(&line(exons, frames)), "NM_1.2:c.1A>C");
        assert!(error.contains(hint) && error.contains("NM_1.2"), "{error}");
    }
    assert_eq!(locate(&genomes(&line("10,30,\t22,50,", "0,2,")), "NM_1.2:c.1A>C"), Ok(allele(14, "A", "C")));
    assert!(GeneTable::read(file(&line("10,30,\t22,50,", "0,")).path(), G38).is_err());
}

#[test]
fn files_are_read_as_their_formats_have_them() {
    let with = |text: &str| GeneTable::read(file(text).path(), G38);
    let parents =
        transcript("NM_1.2", "ONE", "").replace("Parent=rna-NM_1.2", "Parent=rna-NM_2.1,rna-NM_1.2");
    let table = [transcript("NM_2.1", "ONE", ""), parents].concat();
    let genes = with(&table).unwrap();
    let exons = |accession: &str| genes.transcript(accession).map(|(_, transcript)| transcript.exons.clone());
    assert_eq!((exons("NM_1.2"), exons("NM_2.1")), (Some(vec![(100, 120)]), Some(vec![(100, 120)])));
    let one = transcript("NM_1.2", "ONE", "");
    for text in [
        format!("{one}##FASTA\n>chr1\nACGT\tx\n"),
        format!("{one}>chr1\nACGT\n"),
        format!("\u{feff}##gff-version 3\n{one}"),
    ] {
        assert_eq!(with(&text).unwrap(), with(&one).unwrap(), "{text}");
    }
    let far = one.replace("\t120\t", "\t249000000\t");
    assert!(with(&far).unwrap_err().to_string().contains("behind the end of `NC_000001.11`"));
    let on = |name: &str| one.replace("NC_000001.11", name).replace("rna-", &format!("rna-{name}-"));
    for (first, second, expected) in
        [("chrX", "chrY", "X"), ("chrY", "chrX", "X"), ("chr6_x_alt", "chr6", "6")]
    {
        let genes = with(&[on(first), on(second)].concat()).unwrap();
        assert_eq!(genes.transcript("NM_1").unwrap().1.contig.name(), expected, "{first} {second}");
        assert!(genes.transcript("NM_1").unwrap().1.aligned().is_ok());
    }
    let genes = with(&[on("chr1"), on("chr6")].concat()).unwrap();
    assert!(genes.transcript("NM_1").unwrap().1.aligned().is_err(), "nobody can choose");
}

/// A table of an earlier version says nothing of gaps.
#[test]
fn a_table_that_never_looked_for_gaps_is_to_be_loaded_anew() {
    let directory = tempfile::tempdir().unwrap();
    let source = file(&transcript("NM_1.2", "ONE", ""));
    GeneTable::install(directory.path(), G38, source.path(), false).unwrap();
    let path = directory.path().join("genes.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let genomes = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let genes = GeneTable::open(directory.path()).unwrap();
        Genomes::default().with(G38, Genome { genes, ..Genome::default() })
    };
    assert!(locate(&genomes(&text), "NM_1.2:c.1A>C").is_ok());
    let earlier = text.replace(",\"mane_select\":false,\"placement\":\"Exons\"", "");
    assert_ne!(earlier, text);
    assert!(refusal(&genomes(&earlier), "NM_1.2:c.1A>C").contains("load it anew"));
}
