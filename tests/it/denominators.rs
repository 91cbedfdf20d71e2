//! The same people as one joint file and as a file each: equal where it is stated what was looked at, and no frequency where
//! it is not.

use std::{
    fmt::Write,
    io::Read,
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use fyr_ingest::{CallableStatement, IngestOptions};
use fyr_schemas::{Answer, Assembly};
use fyr_tests::{
    NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork,
    ask::{Ask, RestClient},
    compare::{difference, of_node, question},
};

use crate::support::{EVERYWHERE, generate, spec};

/// Has the files, and a statement that they list whatever their people carry.
const STATED: &str = "se.stated.af-beacon.test";
/// Has the files alone.
const SILENT: &str = "se.silent.af-beacon.test";

/// Writes a file of each person, with the records in which they carry something, or are not called.
pub(crate) fn apart(vcf: &Path, directory: &Path) -> Vec<PathBuf> {
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(vcf).unwrap()).read_to_string(&mut text).unwrap();
    let head: String =
        text.lines().filter(|line| line.starts_with("##")).map(|line| format!("{line}\n")).collect();
    let names: Vec<&str> =
        text.lines().find(|line| line.starts_with("#CHROM")).unwrap().split('\t').skip(9).collect();
    let mut files: Vec<String> = Vec::new();
    for name in &names {
        files.push(format!("{head}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{name}\n"));
    }
    for record in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = record.split('\t').collect();
        for (file, call) in files.iter_mut().zip(&columns[9..]) {
            if call.chars().any(|c| c != '0' && c != '/' && c != '|') {
                writeln!(file, "{}\t{call}", columns[..9].join("\t")).unwrap();
            }
        }
    }
    let path = |(name, text): (&&str, &String)| {
        let path = directory.join(format!("{name}.vcf"));
        std::fs::write(&path, text).unwrap();
        path
    };
    names.iter().zip(&files).map(path).collect()
}

async fn network(directory: &Path) -> (SyntheticCohort, TestNetwork) {
    let (cohort, joint) = generate(directory, &spec("APART", 5));
    let files = IngestOptions { inputs: apart(&cohort.vcf, directory), ..joint };
    let stated = IngestOptions { callable: Some(CallableStatement::WholeGenome), ..files.clone() };
    let nodes = vec![NodeSpec::open(STATED, vec![stated]), NodeSpec::open(SILENT, vec![files])];
    let network =
        TestNetwork::start(directory, NetworkSpec { nodes, ..NetworkSpec::default() }).await.unwrap();
    (cohort, network)
}

pub(crate) async fn answers(network: &TestNetwork, node: &str, cohort: &SyntheticCohort) -> Vec<Answer> {
    let keys = cohort.truth.alleles.keys();
    let questions: Vec<_> = keys.map(|key| question(Assembly::GRCH38, key).unwrap()).collect();
    let client = network.node(node).unwrap().grpc().await.unwrap();
    client.alleles(&questions, &Ask::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_person_each_tell_what_their_joint_file_tells_or_no_frequency() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path()).await;
    let keys: Vec<_> = cohort.truth.alleles.keys().collect();
    let (mut differences, mut unseen) = (Vec::new(), 0);
    for (key, answer) in keys.iter().zip(answers(&network, STATED, &cohort).await) {
        let truth = &cohort.truth.alleles[*key];
        // Nobody knows how a file would write an insertion or deletion that none of them has.
        if truth["Total"].allele_count == 0 && key.reference.len() != key.alternate.len() {
            continue;
        }
        unseen += u64::from(truth["Total"].allele_count == 0);
        let found = difference(truth, of_node(&answer).as_ref());
        differences.extend(found.map(|difference| format!("{key}: {difference}")));
        let variant = &answer.datasets[0].variants[0];
        assert_eq!((variant.people, variant.assumed), (None, true), "{key}");
    }
    assert!(differences.is_empty(), "{} of {}: {:#?}", differences.len(), keys.len(), &differences[..1]);
    assert!(unseen > 0, "some alleles are in no file");
    let (mut told, everybody) = (0, cohort.people.len() as u64);
    for (key, answer) in keys.iter().zip(answers(&network, SILENT, &cohort).await) {
        let carriers = cohort.truth.total(key).unwrap().carriers();
        let Some(variant) = answer.datasets[0].variants.first() else {
            assert_eq!(carriers, 0, "{key}");
            continue;
        };
        told += 1;
        assert_eq!((variant.carriers, variant.frequencies.len()), (Some(carriers), 0), "{key}");
        assert_eq!(variant.people, Some(everybody), "{key}");
        assert!(variant.assayed.is_some_and(|assayed| (carriers..everybody).contains(&assayed)), "{key}");
        assert!(!variant.assumed, "{key}");
    }
    assert!(told > 100, "{told}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_says_of_how_many_people_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path()).await;
    let key = cohort.truth.alleles.keys().find(|key| key.to_string() == EVERYWHERE).unwrap();
    let carriers = cohort.truth.total(key).unwrap().carriers();
    let allele = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";
    let path = format!("/g_variants?{allele}&requestedGranularity=record");
    let rest = |node: &str| RestClient::new(&network.node(node).unwrap().beacon());
    let (_, answer) = rest(SILENT).get(&path).await.unwrap();
    let record = &answer["response"]["resultSets"][0]["results"][0];
    assert_eq!(
        (&record["info"]["carriers"], &record["info"]["people"]),
        (&carriers.into(), &60.into()),
        "{answer}"
    );
    assert!(record["frequencyInPopulations"].is_null(), "{answer}");
    let (_, answer) = rest(STATED).get(&path).await.unwrap();
    let record = &answer["response"]["resultSets"][0]["results"][0];
    assert_eq!(record["info"]["assumed"], true, "{answer}");
    assert!(record["frequencyInPopulations"].is_array(), "{answer}");
    let (_, answer) = RestClient::new(&network.broker.beacon()).get(&path).await.unwrap();
    assert_eq!(answer["info"]["lowerBound"], true, "{answer}");
    let total = &answer["info"]["totals"][0];
    assert_eq!((&total["carriers"], &total["assumed"]), (&(2 * carriers).into(), &true.into()), "{answer}");

    let path = "/g_variants?filters=alleleFrequency:<0.5&requestedGranularity=count";
    let (status, answer) = rest(SILENT).get(path).await.unwrap();
    let why = answer["error"]["errorMessage"].as_str().unwrap_or_default();
    assert!(status == 400 && why.contains("dataset `APART`") && why.contains("alleleFrequency"), "{answer}");
    let (status, answer) = rest(STATED).get(path).await.unwrap();
    let totals = cohort.truth.alleles.keys().map(|key| cohort.truth.total(key).unwrap());
    let is_rare = |n: u64, of: u64| n > 0 && 2 * n < of;
    let expected = totals.filter(|total| is_rare(total.allele_count, total.allele_number)).count();
    assert_eq!((status, &answer["responseSummary"]["numTotalResults"]), (200, &expected.into()), "{answer}");
    network.stop().await;
}
