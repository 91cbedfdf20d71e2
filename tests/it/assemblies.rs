//! Genomes beside GRCh37 and GRCh38, from a file to an answer: a virus of one sequence, whose genomes have one copy of
//! it, and people in the coordinates of T2T-CHM13v2.0. Numbers are counted anew from what the files were made of.

use std::path::{Path, PathBuf};

use fyr_ingest::IngestOptions;
use fyr_schemas::{Assembly, Contig, Group, Interbase, Pagination, RangeQuery, VariantAnswer};
use fyr_tests::{
    NetworkSpec, NodeSpec, TestNetwork,
    ask::{Ask, RestClient},
};
use serde_json::{Value, json};

const VIRUS: &str = "se.virus.af-beacon.test";
const PEOPLE: &str = "se.t2t.af-beacon.test";

/// Number of viral genomes; the first base of each variant, and the lineages in turn.
const GENOMES: usize = 60;
const LINEAGES: [&str; 4] = ["A", "B.1", "B.1.1.7", "B.1.617.2"];
const ONTOLOGY: &str = "child\tparent\nPANGO:B.1\tPANGO:B\nPANGO:B.1.1\tPANGO:B.1\nPANGO:B.1.1.7\tPANGO:B.1.1\n\
                        PANGO:B.1.617\tPANGO:B.1\nPANGO:B.1.617.2\tPANGO:B.1.617\nPANGO:A\tPANGO:root\n";

/// A sequence as long as that of SARS-CoV-2, without long repeats.
fn sequence() -> String {
    let mut state = 20_191_231_u64;
    let base = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ['A', 'C', 'G', 'T'][(state >> 33) as usize % 4]
    };
    (0..29_903).map(base).collect()
}

fn another(base: &str, than: &str) -> String {
    ["A", "C", "G", "T"].into_iter().find(|b| *b != base && *b != than).unwrap().to_owned()
}

/// What each genome has at a site: the number of the allele, or nothing.
type Calls = Vec<Option<usize>>;

/// A site of the file: 1-based position, alleles, calls.
struct Site {
    position: usize,
    reference: String,
    alternates: Vec<String>,
    calls: Calls,
}

impl Site {
    /// AC and AN of an alternate allele, counted from 1.
    fn counts(&self, allele: usize, among: impl Fn(usize) -> bool) -> (u64, u64) {
        let called = self.calls.iter().enumerate().filter(|(at, call)| among(*at) && call.is_some());
        let called: Vec<_> = called.map(|(_, call)| *call).collect();
        (called.iter().filter(|call| **call == Some(allele)).count() as u64, called.len() as u64)
    }

    fn name(&self, allele: usize) -> String {
        format!("NC_045512.2-{}-{}-{}", self.position, self.reference, self.alternates[allele - 1])
    }
}

fn sites() -> Vec<Site> {
    let sequence = sequence();
    let at = |position: usize, length: usize| sequence[position - 1..position - 1 + length].to_owned();
    let one = |position: usize, calls: Calls| {
        let reference = at(position, 1);
        let alternates = vec![another(&reference, "")];
        Site { position, reference, alternates, calls }
    };
    let every = |call: fn(usize) -> Option<usize>| (0..GENOMES).map(call).collect::<Calls>();
    let mut two = one(23_403, every(|at| if at % 11 == 0 { None } else { Some(at % 3) }));
    two.alternates.push(another(&two.reference, &two.alternates[0]));
    let deletion = at(21_764, 7);
    let deletion = Site {
        position: 21_764,
        alternates: vec![deletion[..1].to_owned()],
        reference: deletion,
        calls: every(|at| Some(usize::from(at % 4 == 2))),
    };
    vec![
        one(1, every(|at| Some(usize::from(at == 5)))),
        one(3_037, every(|at| (at % 7 != 0).then_some(usize::from(at % 2 == 1)))),
        deletion,
        two,
        one(29_903, every(|at| (at > 50).then_some(0))),
    ]
}

/// The lineage and the day of collection of the genome at a place.
fn lineage(at: usize) -> &'static str {
    LINEAGES[at % LINEAGES.len()]
}

fn collected(at: usize) -> String {
    format!("2021-{:02}-{:02}", at % 6 + 1, at % 28 + 1)
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The file; half of its records have the GenBank accession as their sequence.
fn vcf() -> String {
    let samples: Vec<String> = (0..GENOMES).map(|at| format!("V{at}")).collect();
    let mut text = format!(
        "##fileformat=VCFv4.3\n##contig=<ID=NC_045512.2,length=29903>\n\
         ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n",
        samples.join("\t")
    );
    for (number, site) in sites().iter().enumerate() {
        let contig = if number % 2 == 0 { "NC_045512.2" } else { "MN908947.3" };
        let calls: Vec<_> =
            site.calls.iter().map(|call| call.map_or(".".into(), |n| n.to_string())).collect();
        let (position, reference, alternates) = (site.position, &site.reference, site.alternates.join(","));
        text.push_str(&format!(
            "{contig}\t{position}\t.\t{reference}\t{alternates}\t.\tPASS\t.\tGT\t{}\n",
            calls.join("\t")
        ));
    }
    text
}

fn metadata(directory: &Path) -> Vec<PathBuf> {
    let term = |id: &str, label: &str| json!({ "id": id, "label": label });
    let host = |at| json!({ "id": format!("V{at}"), "sex": term("NCIT:C17998", "Unknown") });
    let sample = |at| {
        json!({
            "id": format!("V{at}-S"), "individualId": format!("V{at}"), "collectionDate": collected(at),
            "biosampleStatus": term("EFO:0009655", "abnormal sample"),
            "sampleOriginType": term("UBERON:0001728", "nasopharynx"),
            "diagnosticMarkers": [term(&format!("PANGO:{}", lineage(at)), lineage(at))],
        })
    };
    let all =
        |document: &dyn Fn(usize) -> Value| Value::Array((0..GENOMES).map(document).collect()).to_string();
    vec![
        write(directory, "individuals.json", &all(&host)),
        write(directory, "biosamples.json", &all(&sample)),
    ]
}

/// A node of viral genomes.
pub(crate) fn virus(directory: &Path) -> NodeSpec {
    let mut options =
        IngestOptions::new("", "GENOMES", Assembly::SARS_COV_2, vec![write(directory, "virus.vcf", &vcf())]);
    options.reference =
        Some(write(directory, "virus.fa", &format!(">MN908947.3 synthetic\n{}\n", sequence())));
    let panel: String = (0..GENOMES).map(|at| format!("V{at}\t{}\n", lineage(at))).collect();
    options.individuals = Some(write(directory, "virus.panel", &format!("sample\tpop\n{panel}")));
    let ontology = write(directory, "pango.tsv", ONTOLOGY);
    let mut spec = NodeSpec::open(VIRUS, vec![options])
        .with_policy("[policy.default]\nopen = true\npublic = \"record\"\nsubjects = \"record\"\nminimum_carriers = 0\n")
        .with_settings(&format!("[[ontologies]]\nprefix = \"PANGO\"\npath = \"{}\"\n", ontology.display()));
    spec.metadata = vec![("GENOMES".to_owned(), metadata(directory))];
    spec
}

/// Two women and two men; the last base of a pseudo-autosomal region of X, the first behind it, and so on. All men
/// are written as callers write them that know no sexes.
const T2T: &str = "##fileformat=VCFv4.3\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tF1\tF2\tM1\tM2\n\
    chr1\t100\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t1/1\t0/0\n\
    chrX\t2394410\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t1/1\t0/0\n\
    chrX\t2394411\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t1/1\t0/0\n\
    chrX\t153925834\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t1/1\t0/0\n\
    chrX\t153925835\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t1/1\t0/0\n\
    chrY\t62122809\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/0\t1/1\t0/0\n\
    CP068254.1\t73\t.\tA\tG\t.\t.\t.\tGT\t1/1\t0/0\t1/1\t0/0\n";

fn people(directory: &Path) -> NodeSpec {
    let vcf = write(directory, "t2t.vcf", T2T);
    let mut options = IngestOptions::new("", "T2T", Assembly::T2T_CHM13, vec![vcf]);
    let panel = "sample\tsex\nF1\tfemale\nF2\tfemale\nM1\tmale\nM2\tmale\n";
    options.individuals = Some(write(directory, "t2t.panel", panel));
    NodeSpec::open(PEOPLE, vec![options])
}

async fn network(directory: &Path) -> TestNetwork {
    let nodes = vec![virus(directory), people(directory)];
    TestNetwork::start(directory, NetworkSpec { nodes, ..NetworkSpec::default() }).await.unwrap()
}

/// AC, AN, heterozygotes, homozygotes and hemizygotes of everybody.
fn total(answer: &VariantAnswer) -> (u64, u64, [Option<u64>; 3]) {
    let total = answer.frequencies.iter().find(|row| row.group == Group::Total).unwrap();
    let parts = [total.heterozygous, total.homozygous, total.hemizygous];
    (total.allele_count, total.allele_number, parts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viral_genome_counts_one_allele() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path()).await;
    let grpc = network.node(VIRUS).unwrap().grpc().await.unwrap();
    let broker = network.broker.grpc().await.unwrap();
    for site in sites() {
        for allele in 1..=site.alternates.len() {
            let (ac, an) = site.counts(allele, |_| true);
            let name = site.name(allele);
            for (client, who) in [(&grpc, "node"), (&broker, "broker")] {
                let answer = client.allele(Assembly::SARS_COV_2, &name, &Ask::default()).await.unwrap();
                assert_eq!(answer.exists, ac > 0, "{who} {name}");
                let told = total(&answer.datasets[0].variants[0]);
                assert_eq!(told, (ac, an, [Some(0), Some(0), Some(ac)]), "{who} {name}");
            }
        }
    }
    let place = Interbase::new(21_000, 24_000).unwrap();
    let contig = Contig::asked("MN908947.3", Assembly::SARS_COV_2).unwrap();
    let range = RangeQuery::of(Assembly::SARS_COV_2, contig, place);
    let answer = grpc.range(&range, Pagination::default(), &Ask::default()).await.unwrap().unwrap();
    assert_eq!(answer.datasets[0].variants.len(), 3, "{answer:?}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viral_variant_is_found_in_every_notation() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path()).await;
    let rest = RestClient::new(&network.node(VIRUS).unwrap().beacon());
    let site = sites().remove(3);
    let (r, a) = (&site.reference, &site.alternates[0]);
    let (ac, an) = site.counts(1, |_| true);
    for question in [
        format!("allele=NC_045512.2-23403-{r}-{a}"),
        format!("assemblyId=NC_045512.2&allele=NC_045512.2-23403-{r}-{a}"),
        format!("assemblyId=wuhCor1&allele=NC_045512v2-23403-{r}-{a}"),
        format!("allele=MN908947.3:23402:{r}:{a}"),
        format!("allele=NC_045512.2:g.23403{r}>{a}"),
        format!("variantId=NC_045512.2-NC_045512.2-23403-{r}-{a}"),
        format!(
            "assemblyId=NC_045512.2&referenceName=NC_045512.2&start=23402&referenceBases={r}&alternateBases={a}"
        ),
        format!(
            "assemblyId=SARS-CoV-2&referenceName=MN908947&start=23402&referenceBases={r}&alternateBases={a}"
        ),
        format!("referenceName=refseq:NC_045512.2&start=23402&referenceBases={r}&alternateBases={a}"),
    ] {
        let path = format!("/g_variants?{question}&requestedGranularity=record");
        let (status, body) = rest.get(&path).await.unwrap();
        assert_eq!(status, 200, "{question}: {body}");
        let set = &body["response"]["resultSets"][0];
        assert_eq!(set["info"]["assemblyId"], "NC_045512.2", "{question}: {body}");
        let record = &set["results"][0];
        assert_eq!(record["variantInternalId"], format!("NC_045512.2-NC_045512.2-23403-{r}-{a}"), "{body}");
        assert_eq!(record["identifiers"]["genomicHGVSId"], format!("NC_045512.2:g.23403{r}>{a}"), "{body}");
        assert!(record["identifiers"]["variantAlternativeIds"].is_array(), "{body}");
        let row = &record["frequencyInPopulations"][0]["frequencies"][0];
        assert_eq!((&row["alleleCount"], &row["alleleNumber"]), (&json!(ac), &json!(an)), "{body}");
        assert_eq!(row["alleleCountHemizygous"], json!(ac), "{body}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lineage_and_day_of_collection_are_filters() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path()).await;
    let rest = RestClient::new(&network.node(VIRUS).unwrap().beacon());
    let (from, to) = ("2021-02-10", "2021-05-01");
    let days = json!([
        { "id": "collectionDate", "operator": ">=", "value": from, "scope": "biosample" },
        { "id": "collectionDate", "operator": "<", "value": to, "scope": "biosample" },
    ]);
    let inside = |at: usize| (from..to).contains(&collected(at).as_str());
    let with = |extra: Value| Value::Array([days.as_array().unwrap().clone(), vec![extra]].concat());
    type Holds<'a> = Box<dyn Fn(usize) -> bool + 'a>;
    let cases: Vec<(Value, Holds<'_>)> = vec![
        (json!([{ "id": "PANGO:B.1.1.7" }]), Box::new(|at| lineage(at) == "B.1.1.7")),
        // Lineages of lineages count too, unless the client says otherwise.
        (json!([{ "id": "PANGO:B.1" }]), Box::new(|at| lineage(at).starts_with("B.1"))),
        (
            json!([{ "id": "PANGO:B.1", "includeDescendantTerms": false }]),
            Box::new(|at| lineage(at) == "B.1"),
        ),
        (
            json!([{ "id": "population", "operator": "=", "value": "B.1.617.2" }]),
            Box::new(|at| lineage(at) == "B.1.617.2"),
        ),
        (days.clone(), Box::new(inside)),
        (with(json!({ "id": "PANGO:B.1.1.7" })), Box::new(|at| inside(at) && lineage(at) == "B.1.1.7")),
    ];
    let site = sites().remove(3);
    for (filters, holds) in cases {
        let ask = |path: &'static str, parameters: Value| {
            let body = json!({ "query": {
                "filters": filters, "requestParameters": parameters, "requestedGranularity": "record",
                "includeResultsetResponses": "ALL",
            }});
            let rest = &rest;
            async move { rest.post(path, &body).await.unwrap() }
        };
        let genomes = (0..GENOMES).filter(|at| holds(*at)).count();
        assert!(genomes > 0 && genomes < GENOMES, "{filters}");
        for path in ["/individuals", "/biosamples"] {
            let (status, body) = ask(path, json!({})).await;
            assert_eq!(status, 200, "{body}");
            assert_eq!(body["responseSummary"]["numTotalResults"], genomes, "{path} {filters}: {body}");
        }
        let parameters = json!({ "allele": site.name(1), "assemblyId": "NC_045512.2" });
        let (status, body) = ask("/g_variants", parameters).await;
        assert_eq!(status, 200, "{body}");
        let (ac, an) = site.counts(1, holds);
        let row =
            &body["response"]["resultSets"][0]["results"][0]["frequencyInPopulations"][0]["frequencies"][0];
        let told = (&row["alleleCount"], &row["alleleNumber"], &row["alleleCountHemizygous"]);
        assert_eq!(told, (&json!(ac), &json!(an), &json!(ac)), "{filters}: {body}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn males_have_one_copy_of_x_outside_what_y_shares_in_t2t_too() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path()).await;
    let node = network.node(PEOPLE).unwrap();
    let (grpc, rest) = (node.grpc().await.unwrap(), RestClient::new(&node.beacon()));
    let diploid = (3, 8, [Some(1), Some(1), Some(0)]);
    let on_x = (2, 6, [Some(1), Some(0), Some(1)]);
    for (allele, expected) in [
        ("1-100-A-C", diploid),
        ("X-2394410-A-C", diploid),
        ("X-2394411-A-C", on_x),
        ("X-153925834-A-C", on_x),
        ("X-153925835-A-C", diploid),
        ("chrY-62122809-A-C", (1, 2, [Some(0), Some(0), Some(1)])),
        ("MT-73-A-G", (2, 4, [Some(0), Some(0), Some(2)])),
    ] {
        let answer = grpc.allele(Assembly::T2T_CHM13, allele, &Ask::default()).await.unwrap();
        assert_eq!(total(&answer.datasets[0].variants[0]), expected, "{allele}");
    }
    for (question, hgvs) in [
        (
            "assemblyId=hs1&referenceName=chrX&start=2394409&referenceBases=A&alternateBases=C",
            "NC_060947.1:g.2394410A>C",
        ),
        ("referenceName=NC_060925.1&start=99&referenceBases=A&alternateBases=C", "NC_060925.1:g.100A>C"),
        ("allele=CP068254.1:m.73A>G", "CP068254.1:m.73A>G"),
        ("allele=T2T-CHM13v2.0-MT-73-A-G", "CP068254.1:m.73A>G"),
    ] {
        let path = format!("/g_variants?{question}&requestedGranularity=record");
        let (status, body) = rest.get(&path).await.unwrap();
        assert_eq!(status, 200, "{question}: {body}");
        let set = &body["response"]["resultSets"][0];
        assert_eq!(set["info"]["assemblyId"], "T2T-CHM13v2.0", "{body}");
        assert_eq!(set["results"][0]["identifiers"]["genomicHGVSId"], hgvs, "{body}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_by_name_and_never_a_no() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path()).await;
    let node = RestClient::new(&network.node(VIRUS).unwrap().beacon());
    let broker = RestClient::new(&network.broker.beacon());
    let at = |assembly: &str, contig: &str| {
        format!(
            "/g_variants?assemblyId={assembly}&referenceName={contig}&start=99&referenceBases=A&alternateBases=C\
             &requestedGranularity=boolean"
        )
    };
    for (path, named, of_broker) in [
        // No such assembly, no such sequence, one of another assembly.
        (at("NCBI36", "1"), "NCBI36", "NCBI36"),
        (at("NC_045512.2", "chr7"), "chr7", "chr7"),
        (at("T2T-CHM13v2.0", "GL000220.1"), "GL000220.1", "GL000220.1"),
        (at("GRCh38", "chr99"), "chr99", "chr99"),
        (at("GRCh38", "NC_060925.1"), "T2T-CHM13v2.0", "T2T-CHM13v2.0"),
        // Nobody holds data of these: the node names the assembly, the broker the nodes that cannot tell.
        (at("GRCh38", "1"), "GRCh38", PEOPLE),
        (at("GRCh37", "NC_000001.10"), "GRCh37", VIRUS),
    ] {
        for (client, who, named) in [(&node, "node", named), (&broker, "broker", of_broker)] {
            let (status, body) = client.get(&path).await.unwrap();
            assert_eq!(status, 400, "{who} {path}: {body}");
            let text = body["error"]["errorMessage"].as_str().unwrap_or_default();
            assert!(text.contains(named), "{who} {path}: {body}");
            assert!(body["responseSummary"].is_null(), "{who} {path}: {body}");
        }
    }
    // The other node holds these, this one does not; together they know.
    let path = at("T2T-CHM13v2.0", "1");
    let (status, body) = node.get(&path).await.unwrap();
    assert_eq!(status, 400, "{body}");
    let (status, body) = broker.get(&path).await.unwrap();
    assert_eq!((status, &body["responseSummary"]["exists"]), (200, &json!(true)), "{body}");
    network.stop().await;
}
