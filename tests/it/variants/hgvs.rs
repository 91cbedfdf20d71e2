//! Descriptions in HGVS beside the package hgvs of Python, where `.ci/hgvs` has written what that makes of them.

use std::{collections::BTreeMap, path::Path};

use fyr_genome::{GeneTable, Genome, Genomes, Sequences};
use fyr_schemas::{AlleleQuery, Assembly, Located, VariantQuery};
use fyr_tests::shared::not_run;
use sha2::{Digest, Sha256};

const G38: Assembly = Assembly::GRCH38;

/// The genome that the script made.
fn genome(directory: &Path) -> Genome {
    let store = tempfile::tempdir().unwrap();
    Sequences::install(store.path(), G38, &directory.join("genome.fa"), |_| {}).unwrap();
    let sequences = Sequences::open(store.path()).unwrap();
    let genes = GeneTable::read(&directory.join("genes.gff3"), G38).unwrap();
    Genome { sequences, genes, ..Genome::default() }
}

/// The sequence that an allele is on, and the digest of what it makes of it.
fn changed(genome: &Genome, allele: &AlleleQuery) -> String {
    let (_, bases) = genome.sequences.get(allele.contig()).unwrap();
    let start = allele.start() as usize;
    let end = start + allele.reference_bases().len();
    assert_eq!(&bases[start..end], allele.reference_bases().as_bytes(), "{allele:?}");
    let after = [&bases[..start], allele.alternate_bases().as_bytes(), &bases[end..]].concat();
    let accession = allele.contig().facts(G38).unwrap().accessions().next().unwrap();
    format!("{accession} {}", hex(&Sha256::digest(&after)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What Fyr makes of a description.
fn told(genomes: &Genomes, text: &str) -> Result<AlleleQuery, String> {
    let query = VariantQuery::parse(text, None).map_err(|error| error.to_string())?;
    let location = genomes.locate(&query, G38).map_err(|error| error.to_string())?;
    match location.query {
        Located::Allele { query, .. } => Ok(query),
        other => Err(format!("{other:?}")),
    }
}

/// The files that `.ci/hgvs` writes, if the environment names their directory.
#[test]
fn if_written_descriptions_mean_what_they_mean_in_python() {
    let Some(directory) = std::env::var_os("FYR_HGVS") else {
        return not_run("if_written_descriptions_mean_what_they_mean_in_python", "FYR_HGVS");
    };
    let directory = Path::new(&directory);
    let genomes = Genomes::default().with(G38, genome(directory));
    let (mut counted, mut wrong) = (BTreeMap::<(String, &str), u32>::new(), Vec::new());
    for line in std::fs::read_to_string(directory.join("expected.tsv")).unwrap().lines() {
        let [text, kind, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let told = told(&genomes, text);
        let outcome = if told.is_ok() { "answered" } else { "refused" };
        let right = match (&told, expected.strip_prefix("may-refuse ")) {
            (Ok(allele), None) => changed(genomes.of(G38), allele) == expected,
            (Ok(allele), Some(expected)) => changed(genomes.of(G38), allele) == expected,
            (Err(_), None) => expected == "refused",
            (Err(_), Some(_)) => true,
        };
        if !right {
            wrong.push(format!("{line}\n  {told:?}"));
        }
        *counted.entry((kind.to_owned(), outcome)).or_default() += 1;
    }
    for ((kind, outcome), count) in &counted {
        println!("{kind}, {outcome}: {count}");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(
        counted.get(&("placed".to_owned(), "answered")).is_some_and(|count| *count > 4_000),
        "{counted:?}"
    );
}
