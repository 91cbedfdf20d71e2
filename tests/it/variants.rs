//! Every kind of question for variants, in every notation, at nodes and at a broker over two assemblies.

mod hgvs;
mod identifiers;
mod vrs;

use std::path::{Path, PathBuf};

use fyr_ingest::IngestOptions;
use fyr_schemas::Assembly;
use fyr_tests::{NetworkSpec, NodeSpec, TestNetwork, ask::RestClient};
use serde_json::Value;

/// Chromosome 1 of GRCh38: repeats for indels to roll in, and a gene with two exons.
const GRCH38: &str = "GGGCACACACAGGGATGAAATTTCCCTAAGGGGTTTTTTTTACGTACGTACGTCCCAGGCATTTGACCAGT";
/// In GRCh37 ten more bases stand in front.
const BEFORE: &str = "TTTTTTTTTT";
const CHAIN: &str = "chain 1000 chr1 80 + 10 80 chr1 70 + 0 70 1\n70\n";
const GENES: &str = "0\tNM_1.2\tchr1\t+\t10\t50\t14\t40\t2\t10,30,\t22,50,\t0\tGENE\tcmpl\tcmpl\t0,2,\n";

const HEADER: &str = "##fileformat=VCFv4.3\n\
    ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n\
    ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\tC\n";

/// What the file of GRCh38 has; of the deletion, two records in different notations.
const RECORDS: &str = "\
    chr1\t8\t.\tCAC\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n\
    chr1\t10\t.\tCAG\tG\t.\t.\t.\tGT\t0/0\t0/0\t0/1\n\
    chr1\t15\t.\tA\tC\t.\t.\tCSQ=C|missense_variant|GENE|NM_1.2|NM_1.2:c.1A>C|NP_1.1:p.Met1Leu\tGT\t0/1\t1/1\t0/0\n\
    chr1\t18\t.\tAA\tGC\t.\t.\tCSQ=GC|synonymous_variant|GENE|NM_1.2||\tGT\t0/1\t0/0\t0/0\n\
    chr1\t30\t.\tG\tG]chr2:500]\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n\
    chr1\t40\t.\tT\t<DEL>\t.\t.\tEND=60\tGT\t0/0\t0/1\t0/0\n\
    chr1\t42\t.\tA\t<CN0>\t.\t.\tEND=52\tGT\t0/0\t0/1\t0/0\n\
    chr2\t700\t.\tA\tA[chr1:35[\t.\t.\t.\tGT\t0/0\t0/0\t0/1\n";

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn lab(directory: &Path) -> NetworkSpec {
    let reference = |name: &str, bases: &str| {
        write(directory, name, &format!(">chr1\n{bases}\n>chr2\n{}\n", "A".repeat(1000)))
    };
    let old = format!("{BEFORE}{GRCH38}");
    // The same two alleles, ten bases further on.
    let records = "chr1\t18\t.\tCAC\tC\t.\t.\t.\tGT\t1/1\t0/0\t0/0\n\
                   chr1\t25\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n";
    let vcf = write(directory, "new.vcf", &format!("{HEADER}{RECORDS}"));
    let mut new = IngestOptions::new("", "NEW", Assembly::GRCH38, vec![vcf]);
    new.reference = Some(reference("new.fa", GRCH38));
    new.genes = Some(write(directory, "genes.txt", GENES));
    // This one has no annotation.
    let header: String = HEADER.split_inclusive('\n').filter(|line| !line.contains("CSQ")).collect();
    let vcf = write(directory, "old.vcf", &format!("{header}{records}"));
    let mut old_options = IngestOptions::new("", "OLD", Assembly::GRCH37, vec![vcf]);
    old_options.reference = Some(reference("old.fa", &old));
    let chain = write(directory, "lift.chain", CHAIN);
    let liftover = format!("[liftover]\nchain = \"{}\"\n", chain.display());
    let nodes = vec![
        NodeSpec::open("se.new.af-beacon.test", vec![new]).with_settings(&liftover),
        NodeSpec::open("se.old.af-beacon.test", vec![old_options]).with_settings(&liftover),
    ];
    NetworkSpec { nodes, ..NetworkSpec::default() }
}

async fn ask(client: &RestClient, parameters: &str) -> (u16, Value) {
    let path =
        format!("/g_variants?{parameters}&requestedGranularity=record&includeResultsetResponses=ALL&limit=0");
    client.get(&path).await.unwrap()
}

/// The variants of a dataset, as `start reference alternate AC`.
fn variants(body: &Value, dataset: &str) -> Vec<String> {
    let sets = body["response"]["resultSets"].as_array().unwrap_or_else(|| panic!("{body}"));
    let set = sets.iter().find(|set| set["id"] == dataset).unwrap_or_else(|| panic!("{dataset}: {body}"));
    let told = set["results"].as_array().unwrap().iter().map(|variant| {
        let variation = &variant["variation"];
        let frequencies = &variant["frequencyInPopulations"][0]["frequencies"][0];
        format!(
            "{} {} {} {}",
            variation["location"]["interval"]["start"]["value"],
            variation["referenceBases"].as_str().unwrap(),
            variation["alternateBases"].as_str().unwrap(),
            frequencies["alleleCount"],
        )
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_allele_in_every_notation_gives_one_answer() {
    let directory = tempfile::tempdir().unwrap();
    let network = TestNetwork::start(directory.path(), lab(directory.path())).await.unwrap();
    let node = RestClient::new(&network.nodes[0].beacon());
    let broker = RestClient::new(&network.broker.beacon());
    let (_, first) = ask(&node, "assemblyId=GRCh38&allele=1-8-CAC-C").await;
    // Two records of the file are one allele; A and C carry it.
    assert_eq!(variants(&first, "NEW"), ["2 GCA G 2"], "{first}");
    let record = &first["response"]["resultSets"][0]["results"][0];
    let ids: Vec<_> = record["identifiers"]["variantAlternativeIds"].as_array().unwrap().to_vec();
    assert_eq!(ids.len(), 2, "{record}");
    let vrs = |at: usize| ids[at]["id"].as_str().unwrap().to_owned();
    let by_vrs = [format!("variantId={}", vrs(0)), format!("variantId={}", vrs(1))];
    let notations = [
        "assemblyId=GRCh38&allele=1-8-CAC-C",
        "assemblyId=hg38&referenceName=chr1&start=9&referenceBases=CA&alternateBases=",
        "assemblyId=GRCh38&referenceName=NC_000001.11&start=2&referenceBases=GCACACACAG&alternateBases=GCACACAG",
        "allele=NC_000001.11:9:CA:",
        "allele=NC_000001.11:3:2:",
        "allele=NC_000001.11:g.10_11del",
        "allele=NC_000001.11:g.4_5del",
        "assemblyId=GRCh38&allele=chr1:g.4CA[3]",
        "variantId=GRCh38-1-3-GCA-G",
        // The same allele in the other assembly.
        "assemblyId=GRCh37&allele=1-18-CAC-C",
        "allele=NC_000001.10:g.20_21del",
    ];
    for parameters in notations.iter().copied().chain(by_vrs.iter().map(String::as_str)) {
        let (status, body) = ask(&node, parameters).await;
        assert_eq!(status, 200, "{parameters}: {body}");
        assert_eq!(variants(&body, "NEW"), ["2 GCA G 2"], "{parameters}");
    }
    for parameters in notations {
        let (status, body) = ask(&broker, parameters).await;
        assert_eq!(status, 200, "{parameters}: {body}");
        assert_eq!(variants(&body, "NEW"), ["2 GCA G 2"], "{parameters}");
        assert_eq!(variants(&body, "OLD"), ["12 GCA G 2"], "{parameters}");
        let totals = &body["info"]["totals"];
        assert_eq!(totals.as_array().map(Vec::len), Some(1), "{parameters}: {body}");
        let asked_old = parameters.contains("37") || parameters.contains("001.10");
        let sets = body["response"]["resultSets"].as_array().unwrap();
        for set in sets {
            let is_lifted = (set["id"] == "OLD") != asked_old;
            assert_eq!(set["info"]["liftedFrom"].is_string(), is_lifted, "{parameters}: {set}");
            // Where neither the question nor a sequence tells the bases, nobody can compare them.
            let verified = !parameters.contains("g.") && !parameters.contains(":3:2:");
            assert!(!is_lifted || set["info"]["liftVerified"] == verified, "{parameters}: {set}");
        }
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_question_finds_what_it_names() {
    let directory = tempfile::tempdir().unwrap();
    let network = TestNetwork::start(directory.path(), lab(directory.path())).await.unwrap();
    let node = RestClient::new(&network.nodes[0].beacon());
    let at = |more: &str| format!("assemblyId=GRCh38&referenceName=1&{more}");
    let missense = "14 A C 3";
    for (parameters, expected) in [
        ("geneId=gene".to_owned(), vec![missense, "17 AA GC 1", "29 G . 1", "39 T . 1", "41 A . 1"]),
        ("geneId=NM_1&variantType=SNP".to_owned(), vec![missense]),
        ("geneId=GENE&variantType=EFO:0030067".to_owned(), vec!["39 T . 1", "41 A . 1"]),
        ("geneId=GENE&variantType=CNV&variantMaxLength=10".to_owned(), vec!["41 A . 1"]),
        ("geneId=GENE&aminoacidChange=M1L".to_owned(), vec![missense]),
        ("aminoacidChange=p.Met1Leu".to_owned(), vec![missense]),
        ("allele=NP_1.1:p.(Met1Leu)".to_owned(), vec![missense]),
        ("allele=GENE:p.M1L".to_owned(), vec![missense]),
        ("allele=NM_1.2:c.1A>C".to_owned(), vec![missense]),
        ("molecularEffect=SO:0001583".to_owned(), vec![missense]),
        ("geneId=GENE&molecularEffect=synonymous_variant".to_owned(), vec!["17 AA GC 1"]),
        ("aminoacidChange=M1V".to_owned(), vec![]),
        (at("start=14&referenceBases=A&alternateBases=N"), vec![missense]),
        (at("start=14&referenceBases=R&alternateBases=Y"), vec![missense]),
        (at("start=14&referenceBases=A&alternateBases=K"), vec![]),
        (at("start=17&referenceBases=AA&alternateBases=NC"), vec!["17 AA GC 1"]),
        (at("start=14&alternateBases=C"), vec![missense]),
        (at("start=17&referenceBases=A&alternateBases=G&matchParts=true"), vec!["17 AA GC 1"]),
        (at("start=16&referenceBases=GAAA&alternateBases=GGCA&matchParts=true"), vec!["17 AA GC 1"]),
        (at("start=10,45&end=55,65"), vec!["39 T . 1"]),
        (at("start=39&end=60"), vec!["39 T . 1", "41 A . 1"]),
        (at("start=40&end=60&reciprocalOverlap=0.9"), vec!["39 T . 1"]),
        (at("start=40&end=60&reciprocalOverlap=20"), vec!["39 T . 1", "41 A . 1"]),
        (at("start=25&end=35&mateName=2"), vec!["29 G . 1", "699 A . 1"]),
        (at("start=25&end=32&mateName=2&adjacencyRange=490,510"), vec!["29 G . 1"]),
        // From the other end, and from the one end that the file does not have.
        ("assemblyId=GRCh38&referenceName=2&start=490&end=510&mateName=1".to_owned(), vec!["29 G . 1"]),
        (at("start=33&end=36&mateName=2"), vec!["699 A . 1"]),
    ] {
        let (status, body) = ask(&node, &parameters).await;
        assert_eq!(status, 200, "{parameters}: {body}");
        assert_eq!(variants(&body, "NEW"), expected, "{parameters}");
    }
    let (_, body) = ask(&node, "geneId=GENE&aminoacidChange=M1L").await;
    let told = &body["response"]["resultSets"][0]["results"][0];
    assert_eq!(told["molecularAttributes"]["molecularEffects"][0]["id"], "SO:0001583", "{told}");
    assert_eq!(told["molecularAttributes"]["aminoacidChanges"][0], "M1L");
    assert_eq!(told["identifiers"]["proteinHGVSIds"][0], "NP_1.1:p.M1L");
    assert_eq!(told["identifiers"]["transcriptHGVSIds"][0], "NM_1.2:c.1A>C");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_evaluated_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut spec = lab(directory.path());
    spec.nodes[0].settings.push_str("[limits]\nrecord_bases = 1000\n");
    let network = TestNetwork::start(directory.path(), spec).await.unwrap();
    let (new, old) =
        (RestClient::new(&network.nodes[0].beacon()), RestClient::new(&network.nodes[1].beacon()));
    for (client, parameters, hint) in [
        (&new, "geneId=NOSUCH", "geneId"),
        (&new, "assemblyId=GRCh38&allele=1-15-G-C", "contradicts"),
        (&new, "allele=NM_1.9:c.1A>C", "which has NM_1.2"),
        (&new, "allele=NM_1.2:c.999A>C", "outside"),
        (&new, "assemblyId=GRCh38&referenceName=1&start=0&end=2000", "at most 1000"),
        (&new, "assemblyId=GRCh37&allele=1-5-T-C", "lifted"),
        (&new, "assemblyId=GRCh37&referenceName=1&start=2&end=30", "lifted"),
        (&old, "geneId=GENE", "geneId"),
        (&old, "aminoacidChange=M1L", "aminoacidChange"),
        (&old, "allele=NM_2.1:c.1A>C", "geneId"),
    ] {
        let (status, body) = ask(client, parameters).await;
        assert_eq!(status, 400, "{parameters}: {body}");
        let message = body["error"]["errorMessage"].as_str().unwrap();
        assert!(message.contains(hint), "{parameters}: {message}");
    }
    let (status, body) = new
        .get("/g_variants?assemblyId=GRCh38&referenceName=1&start=0&end=2000&requestedGranularity=count")
        .await
        .unwrap();
    assert_eq!((status, &body["responseSummary"]["numTotalResults"]), (200, &Value::from(6)), "{body}");
    network.stop().await;
}
