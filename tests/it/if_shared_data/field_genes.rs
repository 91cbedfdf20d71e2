//! Tables of genes, descriptions in HGVS, chain files, metadata and ontologies that people of the field ran into: each is
//! read as it was meant, or refused with the place and the remedy.

use std::path::{Path, PathBuf};

use fyr_genome::{Chains, GeneTable, Genome, Genomes, Sequences};
use fyr_ingest::{IngestOptions, Progress, Withdrawn};
use fyr_schemas::{Assembly, Contig, Interbase, Located, VariantQuery};
use fyr_tests::{
    TestNetwork,
    ask::RestClient,
    network::{NetworkSpec, NodeSpec},
    shared::Shared,
};
use serde_json::{Value, json};

const G37: Assembly = Assembly::GRCH37;
const G38: Assembly = Assembly::GRCH38;

fn input(shared: &Shared, file: &str) -> PathBuf {
    shared.path(&format!("field/inputs/{file}"))
}

/// The genome of the invented piece with a table of genes.
fn genomes(shared: &Shared, genes: &str) -> Genomes {
    let directory = tempfile::tempdir().unwrap();
    Sequences::install(directory.path(), G38, &input(shared, "mini.fa"), |_| {}).unwrap();
    let sequences = Sequences::open(directory.path()).unwrap();
    let genes = GeneTable::read(&input(shared, genes), G38).unwrap();
    Genomes::default().with(G38, Genome { sequences, genes, ..Genome::default() })
}

/// Where a description is, 1-based, with its bases; the reason where it is refused.
fn place(genomes: &Genomes, text: &str) -> Result<(u32, String, String), String> {
    let query = VariantQuery::parse(text, Some(G38)).map_err(|error| error.to_string())?;
    match genomes.locate(&query, G38).map_err(|error| error.to_string())?.query {
        Located::Allele { query: a, .. } => {
            Ok((a.start() + 1, a.reference_bases().to_owned(), a.alternate_bases().to_owned()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_intron_is_counted_from_its_borders_alone() {
    let Some(shared) = Shared::find("an_intron_is_counted_from_its_borders_alone") else { return };
    let (plain, reverse) = (genomes(&shared, "c08_plain.gff3"), genomes(&shared, "c03_reverse_strand.gff3"));
    for (genomes, changes) in [
        (&plain, &["c.13+1A>G", "c.55-1A>G", "c.50+95T>C", "c.140+5C>T", "c.13+0C>T", "c.50+91C>T"][..]),
        (
            &plain,
            &["c.51-91C>T", "c.-10-1C>T", "c.*60+1C>T", "n.1-5C>T", "n.210+5C>T", "n.13+1C>T", "c.-11C>T"],
        ),
        (&plain, &["c.13_13+1del", "c.49+1_50del", "c.*1+1del", "c.-1-1C>T", "c.*61C>T", "c.141C>T"]),
        (&plain, &["c.(50+1_50+5)C>T", "c.50_(60_70)del", "c.50 5C>T", "g.50C>T"]),
        (&reverse, &["c.13+1A>G", "c.91-91C>T", "c.90+91C>T", "c.-60-1C>T", "c.*10+1C>T", "c.13+0C>T"]),
    ] {
        for change in changes {
            let error = place(genomes, &format!("NM_999003.2:{change}")).unwrap_err();
            let position = change.split(['A', 'C', 'T', 'd', '_']).next().unwrap();
            assert!(error.contains(position), "{change}: {error}");
        }
    }
    let at = |genomes: &Genomes, text: &str| place(genomes, text).map(|(start, _, _)| start);
    for text in ["NM_999003.2:c.50+5C>T", "NC_000001.11(NM_999003.2):c.50+5C>T", "FAKE3:c.50+5C>T (p.?)"] {
        assert_eq!(place(&plain, text), Ok((165, "C".into(), "T".into())), "{text}");
    }
    assert_eq!(at(&plain, "NM_999003.2:c.51-48C>T"), Ok(203));
    // On the other strand c.90 is base 251 and c.91 base 160.
    let turned = |base: char| {
        [('A', 'T'), ('C', 'G'), ('G', 'C'), ('T', 'A')].iter().find(|(a, _)| *a == base).unwrap().1
    };
    let sequence: Vec<char> = std::fs::read_to_string(input(&shared, "mini.fa"))
        .unwrap()
        .lines()
        .skip(1)
        .collect::<String>()
        .chars()
        .collect();
    for (position, expected) in
        [("90+5", 246), ("91-5", 165), ("90+90", 161), ("91-90", 250), ("90", 251), ("91", 160)]
    {
        let base = turned(sequence[expected - 1]);
        let other = if base == 'A' { 'C' } else { 'A' };
        let text = format!("NM_999003.2:c.{position}{base}>{other}");
        assert_eq!(at(&reverse, &text), Ok(expected as u32), "{text}");
    }
    for text in ["NC_000002.12(NM_999003.2):c.50+5C>T", "NC_000001.10(NM_999003.2):c.50+5C>T"] {
        assert!(place(&plain, text).is_err(), "{text}");
    }
    assert!(place(&plain, "NM_999003.2:c.50 5C>T").unwrap_err().contains("%2B"));
    assert!(place(&plain, "NC_000001.11:g.(280_283)del").unwrap_err().contains("uncertain"));
}

#[test]
fn a_transcript_with_a_gap_is_placed_by_it() {
    let Some(shared) = Shared::find("a_transcript_with_a_gap_is_placed_by_it") else { return };
    let genomes = genomes(&shared, "c11_gap.gff3");
    let deleted = place(&genomes, "NC_000001.11:g.283del");
    assert!(deleted.is_ok());
    assert_eq!(place(&genomes, "NM_999002.3:c.86del"), deleted);
    assert_eq!(place(&genomes, "NM_999002.3:c.70C>T").map(|(start, _, _)| start), Ok(270));
    assert_eq!(place(&genomes, "NM_999002.3:c.74A>G").map(|(start, _, _)| start), Ok(271));
    for change in ["c.71A>G", "c.72T>C", "c.73G>A", "c.70_74del", "c.69_72del", "c.70_71insA"] {
        let error = place(&genomes, &format!("NM_999002.3:{change}")).unwrap_err();
        assert!(error.contains("NM_999002.3"), "{change}: {error}");
    }
}

#[test]
fn a_version_in_an_attribute_of_its_own_is_the_version() {
    let Some(shared) = Shared::find("a_version_in_an_attribute_of_its_own_is_the_version") else { return };
    let genomes = genomes(&shared, "c05_transcript_version.gtf");
    let expected = Ok((165, "C".to_owned(), "T".to_owned()));
    for text in ["ENST00000999001.4:c.50+5C>T", "ENST00000999001:c.50+5C>T", "FAKE1:c.50+5C>T"] {
        assert_eq!(place(&genomes, text), expected, "{text}");
    }
    let error = place(&genomes, "ENST00000999001.3:c.50+5C>T").unwrap_err();
    assert!(error.contains("ENST00000999001.4"), "{error}");
}

#[test]
fn chain_files_are_read_and_their_direction_is_checked() {
    let Some(shared) = Shared::find("chain_files_are_read_and_their_direction_is_checked") else { return };
    let one = Contig::resolve("1", G37).unwrap();
    for file in ["c09_spaces.chain", "c09_comment.chain"] {
        let chains = Chains::load(&input(&shared, file), G37, G38).unwrap();
        let lifted = chains.lift(G37, &one, Interbase::new(400, 401).unwrap()).unwrap();
        assert_eq!(lifted.interval, Interbase::new(350, 351).unwrap(), "{file}");
    }
    let real = shared.path("data/liftover/hg19ToHg38.over.chain.gz");
    assert!(Chains::load(&real, G37, G38).is_ok());
    let error = Chains::load(&real, G38, G37).unwrap_err().to_string();
    assert!(error.contains("line ") && error.contains("does not lift from GRCh38 to GRCh37"), "{error}");
}

async fn load(directory: &Path, file: PathBuf, columns: Option<PathBuf>) -> Result<u64, String> {
    let options = fyr_ingest::metadata::MetadataOptions {
        store: directory.join("store"),
        beside: &[],
        dataset: "DS".into(),
        assembly: Some(G38),
        entry_type: Some(fyr_schemas::EntryType::Individual),
        columns,
        replace: true,
        inputs: vec![file],
        withdrawn: Withdrawn::default(),
    };
    let report = fyr_ingest::metadata::load(options, Progress::default()).await;
    report.map(|report| report.entries.values().sum()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn metadata_are_read_as_spreadsheets_and_other_tools_write_them() {
    let name = "metadata_are_read_as_spreadsheets_and_other_tools_write_them";
    let Some(shared) = Shared::find(name) else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| input(&shared, name);
    for (input, columns, expected) in [
        ("c21_bom.json", None, 1),
        ("c02_min.json", None, 1),
        ("c12_quotes.tsv", Some("c18_columns.toml"), 2),
        ("c12_quotes.tsv", Some("c18_icd_only.toml"), 2),
    ] {
        let loaded = load(directory.path(), file(input), columns.map(file)).await;
        assert_eq!(loaded, Ok(expected), "{input}");
    }
    let text = std::fs::read_to_string(file("c12_quotes.tsv")).unwrap();
    let broken = directory.path().join("broken.tsv");
    std::fs::write(&broken, text.replace("I10\"", "I10")).unwrap();
    let error = load(directory.path(), broken, Some(file("c18_columns.toml"))).await.unwrap_err();
    assert!(error.contains("row 2") && error.contains("`ICD`"), "{error}");
}

/// A node with the invented piece, its genes, and people who state terms of the small ontology: the last of them one of
/// a later release.
fn node(shared: &Shared, directory: &Path, genes: &str) -> NetworkSpec {
    let mut data = IngestOptions::new("", "DS", G38, vec![input(shared, "genes_data.vcf")]);
    data.reference = Some(input(shared, "mini.fa"));
    data.genes = Some(input(shared, genes));
    let people = std::fs::read_to_string(input(shared, "c20_individuals.json")).unwrap();
    let mut people: Value = serde_json::from_str(&people).unwrap();
    let features = people[3]["phenotypicFeatures"].as_array_mut().unwrap();
    features.push(json!({ "featureType": { "id": "TST:9999999" } }));
    let individuals = directory.join("individuals.json");
    std::fs::write(&individuals, people.to_string()).unwrap();
    let ontology = input(shared, "c20_chain.obo");
    let settings = format!("[[ontologies]]\nprefix = \"TST\"\npath = \"{}\"\n", ontology.display());
    let policy =
        "[policy.default]\nopen = true\npublic = \"record\"\nsubjects = \"record\"\nminimum_carriers = 0\n";
    let mut node = NodeSpec::open("se.field.af-beacon.test", vec![data]).with_settings(&settings);
    node = node.with_policy(policy);
    node.metadata = vec![("DS".to_owned(), vec![individuals])];
    NetworkSpec { nodes: vec![node], ..NetworkSpec::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptions_are_answered_or_refused_at_the_door() {
    let Some(shared) = Shared::find("descriptions_are_answered_or_refused_at_the_door") else { return };
    for (genes, cases) in [
        (
            "c08_plain.gff3",
            &[
                ("NM_999003.2:c.50%2B5C%3ET", Ok(1)),
                ("NC_000001.11(NM_999003.2):c.50%2B5C%3ET", Ok(1)),
                ("NM_999003.2:c.51-48C%3ET", Ok(1)),
                ("NM_999003.2:c.13%2B1A%3EG", Err("c.13+1")),
                ("NM_999003.2:c.50+5C%3ET", Err("%2B")),
                ("NC_000001.11:g.(280_283)del", Err("uncertain")),
            ][..],
        ),
        ("c11_gap.gff3", &[("NM_999002.3:c.86del", Ok(2)), ("NM_999002.3:c.72T%3EC", Err("c.72"))]),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let network =
            TestNetwork::start(directory.path(), node(&shared, directory.path(), genes)).await.unwrap();
        let rest = RestClient::new(&network.nodes[0].beacon());
        for (allele, expected) in cases {
            let path = format!("/g_variants?assemblyId=GRCh38&allele={allele}&requestedGranularity=record");
            let (status, body) = rest.get(&path).await.unwrap();
            match expected {
                Ok(count) => {
                    let told = &body["response"]["resultSets"][0]["results"][0]["frequencyInPopulations"][0];
                    assert_eq!(
                        (status, &told["frequencies"][0]["alleleCount"]),
                        (200, &json!(count)),
                        "{allele}: {body}"
                    );
                }
                Err(hint) => {
                    assert!(status == 400 && body.to_string().contains(hint), "{allele}: {status} {body}")
                }
            }
        }
        network.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn former_terms_and_terms_of_a_later_release_are_found() {
    let Some(shared) = Shared::find("former_terms_and_terms_of_a_later_release_are_found") else { return };
    let directory = tempfile::tempdir().unwrap();
    let network = node(&shared, directory.path(), "c08_plain.gff3");
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let rest = RestClient::new(&network.nodes[0].beacon());
    for (term, expected) in [
        ("TST:0000010", 3),
        ("TST:0000011", 3),
        ("TST:0000012", 3),
        ("TST:0000001", 3),
        ("TST:0000013", 1),
        ("tst:0000012", 3),
        ("TST:9999999", 1),
    ] {
        let path = format!("/individuals?filters={term}&requestedGranularity=count");
        let (status, body) = rest.get(&path).await.unwrap();
        assert_eq!(
            (status, &body["responseSummary"]["numTotalResults"]),
            (200, &json!(expected)),
            "{term}: {body}"
        );
        let is_warned = body["info"]["warnings"].to_string().contains("does not have it");
        assert_eq!(is_warned, term == "TST:9999999", "{body}");
    }
    // Whoever states nothing of the kind is not asked: a term that nobody has is a slip of the pen.
    let (status, body) = rest.get("/individuals?filters=TST:8888888").await.unwrap();
    assert_eq!(status, 400, "{body}");
    network.stop().await;
}
