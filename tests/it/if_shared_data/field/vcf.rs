//! VCF files of the field: how they are read, and what is answered from them.

use fyr_ingest::{IngestOptions, IngestReport, Progress, check};
use fyr_schemas::Assembly;
use fyr_tests::{NetworkSpec, NodeSpec, TestNetwork, ask::RestClient, shared::Shared};
use serde_json::Value;

use super::refusal;

fn options(shared: &Shared, file: &str, assembly: Assembly) -> IngestOptions {
    IngestOptions::new("", "DS", assembly, vec![shared.path(&format!("field/inputs/{file}"))])
}

async fn report(shared: &Shared, file: &str, assembly: Assembly) -> IngestReport {
    check(options(shared, file, assembly), Progress::default()).await.unwrap()
}

/// A node that holds one file and tells everyone its frequencies.
struct Lab {
    assembly: Assembly,
    network: TestNetwork,
    client: RestClient,
    _directory: tempfile::TempDir,
}

impl Lab {
    async fn start(options: IngestOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let assembly = options.assembly;
        let nodes = vec![NodeSpec::open("se.one.af-beacon.test", vec![options])];
        let spec = NetworkSpec { nodes, ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), spec).await.unwrap();
        let client = RestClient::new(&network.nodes[0].beacon());
        Self { assembly, network, client, _directory: directory }
    }

    async fn get(&self, parameters: &str) -> (u16, Value) {
        let assembly = self.assembly;
        let path = format!(
            "/g_variants?assemblyId={assembly}&{parameters}&requestedGranularity=record&limit=0\
             &includeResultsetResponses=ALL"
        );
        self.client.get(&path).await.unwrap()
    }

    /// The alleles that are told, as `sequence-position-reference-alternate AC/AN`; of symbolic ones with their end.
    async fn ask(&self, parameters: &str) -> Vec<String> {
        let (status, body) = self.get(parameters).await;
        assert_eq!(status, 200, "{parameters}: {body}");
        let results = body["response"]["resultSets"][0]["results"].as_array();
        let shown = |result: &Value| {
            let id = result["variantInternalId"].as_str().unwrap();
            let row = &result["frequencyInPopulations"][0]["frequencies"][0];
            let allele = id.split_once('-').unwrap().1;
            format!("{allele} {}/{}", row["alleleCount"], row["alleleNumber"])
        };
        results.map(|results| results.iter().map(shown).collect()).unwrap_or_default()
    }
}

/// What nobody reads stops no file.
#[tokio::test]
async fn a_key_that_is_not_read_is_counted() {
    let Some(shared) = Shared::find("field") else { return };
    for (file, alleles, unread) in
        [("c01_ac_number1.vcf", 2, 0), ("c04_gt_integer.vcf", 6, 0), ("c10_integer_key.vcf", 2, 2)]
    {
        let counts = report(&shared, file, Assembly::GRCH38).await.counts;
        assert_eq!((counts.alleles, counts.unread_values), (alleles, unread), "{file}");
    }
}

#[tokio::test]
async fn a_file_that_was_cut_within_its_last_record_is_refused() {
    let Some(shared) = Shared::find("field") else { return };
    let error = refusal(&shared, "cut_in_last_gt.vcf", Assembly::GRCH38).await.unwrap();
    assert!(error.contains("line 4, the last line") && error.contains("copy it again"), "{error}");
}

#[tokio::test]
async fn samples_without_genotypes_are_no_people() {
    let Some(shared) = Shared::find("field") else { return };
    let error = refusal(&shared, "c20_alfa.vcf", Assembly::GRCH38).await.unwrap();
    assert!(error.contains("line 6, FORMAT: `AN:AC` has no GT") && error.contains("populations"), "{error}");
}

#[tokio::test]
async fn contradicting_frequencies_are_refused_with_both_lines() {
    let Some(shared) = Shared::find("field") else { return };
    let error = refusal(&shared, "freq_dup.vcf", Assembly::GRCH38).await.unwrap();
    assert!(error.contains("line 6, INFO: other counts of 1-1000-A-C than in line 5"), "{error}");
}

#[tokio::test]
async fn a_spanning_deletion_is_no_allele() {
    let Some(shared) = Shared::find("field") else { return };
    let counts = report(&shared, "c30_spanning.vcf", Assembly::GRCH38).await.counts;
    assert_eq!((counts.alleles, counts.symbolic, counts.unspecific), (2, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_plink_are_sequences() {
    let Some(shared) = Shared::find("field") else { return };
    let mut options = options(&shared, "c06_plink_numbers.vcf", Assembly::GRCH37);
    options.individuals = Some(shared.path("field/inputs/c06_people.ped"));
    let report = check(options.clone(), Progress::default()).await.unwrap();
    let renamed: Vec<String> =
        report.renamed.iter().map(|(name, contig)| format!("{name}={contig}")).collect();
    assert_eq!(renamed, ["23=X", "24=Y", "25=X", "26=MT"]);
    assert!(report.unknown_sequences.is_empty());
    let lab = Lab::start(options).await;
    for (asked, told) in [
        ("22-17000000-A-G", "22-17000000-A-G 1/8"),
        ("X-5000000-C-T", "X-5000000-C-T 2/6"),
        ("23-5000000-C-T", "X-5000000-C-T 2/6"),
        ("Y-5000000-G-A", "Y-5000000-G-A 1/2"),
        ("X-100000-T-C", "X-100000-T-C 2/8"),
        ("XY-100000-T-C", "X-100000-T-C 2/8"),
        ("MT-3243-A-G", "MT-3243-A-G 1/4"),
        ("26-3243-A-G", "MT-3243-A-G 1/4"),
    ] {
        assert_eq!(lab.ask(&format!("allele={asked}")).await, [told], "{asked}");
    }
    lab.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accessions_are_names_in_data_and_questions() {
    let Some(shared) = Shared::find("field") else { return };
    let lab = Lab::start(options(&shared, "c23_insdc.vcf", Assembly::GRCH38)).await;
    let place = "start=999999&referenceBases=G&alternateBases=A";
    for name in ["1", "chr1", "01", "CM000663.2", "CM000663", "NC_000001", "refseq:NC_000001.11"] {
        let told = lab.ask(&format!("referenceName={name}&{place}")).await;
        assert_eq!(told, ["1-1000000-G-A 1/8"], "{name}");
    }
    assert_eq!(lab.ask("allele=MT-3243-A-G").await, ["MT-3243-A-G 1/4"]);
    for (name, reason) in
        [("27", "no sequence"), ("chr99", "no sequence"), ("CM000663.1", "GRCh37"), ("001", "001")]
    {
        let (status, body) = lab.get(&format!("referenceName={name}&{place}")).await;
        let message = body["error"]["errorMessage"].as_str().unwrap();
        assert!(status == 400 && message.contains(name) && message.contains(reason), "{name}: {body}");
    }
    lab.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn translocations_are_found_from_both_ends() {
    let Some(shared) = Shared::find("field") else { return };
    let lab = Lab::start(options(&shared, "c19_tra.vcf", Assembly::GRCH38)).await;
    for (here, there, told) in [
        (("9", 130_854_063), ("22", 23_290_412), "9-130854064-N-N[22:23290413[-130854064 1/8"),
        (("9", 130_854_063), ("12", 11_869_968), "9-130854064-N-N[12:11869969[-130854064 1/8"),
        (("9", 130_899_999), ("22", 23_299_999), "9-130900000-G-G[22:23300000[-130900000 2/8"),
    ] {
        for ((name, start), (mate, at)) in [(here, there), (there, here)] {
            let asked = format!(
                "referenceName={name}&start={start}&end={}&mateName={mate}&adjacencyRange={at},{}",
                start + 1,
                at + 1
            );
            assert_eq!(lab.ask(&asked).await, [told], "{asked}");
        }
    }
    lab.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_genotypes_name_the_alleles_of_the_record() {
    let Some(shared) = Shared::find("field") else { return };
    let lab = Lab::start(options(&shared, "c24_lgt.vcf", Assembly::GRCH38)).await;
    assert_eq!(lab.ask("allele=1-1000-A-G").await, ["1-1000-A-G 1/8"]);
    assert_eq!(lab.ask("allele=1-1000-A-T").await, ["1-1000-A-T 2/8"]);
    lab.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_duplications_of_a_record_are_two_alleles() {
    let Some(shared) = Shared::find("field") else { return };
    let lab = Lab::start(options(&shared, "dup_dup_44.vcf", Assembly::GRCH38)).await;
    let (short, long) = ("1-1200-T-<DUP>-1250 1/2", "1-1200-T-<DUP>-1300 1/2");
    assert_eq!(lab.ask("referenceName=1&start=1280&end=1281&variantType=DUP").await, [long]);
    assert_eq!(lab.ask("referenceName=1&start=1220&end=1221&variantType=DUP").await, [short, long]);
    lab.network.stop().await;
}
