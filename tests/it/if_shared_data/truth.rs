//! Real genotypes of the 1000 Genomes project, compared with an independent count, allele by allele.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use fyr_ingest::{IngestOptions, PloidyReading, Progress, ingest};
use fyr_schemas::{
    AlleleQuery, Assembly, BasePattern, Contig, Granularity, Interbase, Narrowing, Pagination, Query,
    RangeQuery, VariantQuery,
};
use fyr_tests::{
    AlleleKey, NetworkSpec, NodeSpec, TestNetwork,
    ask::{Ask, GrpcClient},
    compare::{Counted, difference, of_broker, of_node, question},
    shared::{Shared, TruthRow},
};

const EUR503: &str = "eur503.chr20_1-4Mb.GRCh37";
const PANEL: &str = "data/panel/integrated_call_samples_v3.20130502.ALL.panel";
const PED: &str = "data/panel/20130606_g1k.ped";

/// How one file is ingested and asked.
struct Case {
    shared: Shared,
    name: &'static str,
    assembly: Assembly,
    vcf: PathBuf,
    individuals: &'static str,
}

impl Case {
    fn new(shared: &Shared, name: &'static str, assembly: Assembly) -> Self {
        let vcf = shared.path(&format!("data/vcf/1000g/{name}.vcf.gz"));
        Self { shared: shared.clone(), name, assembly, vcf, individuals: PANEL }
    }

    fn options(&self) -> IngestOptions {
        let mut options = IngestOptions::new("", "1000G", self.assembly, vec![self.vcf.clone()]);
        options.individuals = Some(self.shared.path(self.individuals));
        options
    }

    /// The table of the file. A pedigree knows populations, but not the larger groups of them.
    fn truth(&self) -> Vec<TruthRow> {
        let mut truth = self.shared.truth(self.name).unwrap();
        if self.individuals == PED {
            for row in &mut truth {
                row.groups.retain(|group, _| !CONTINENTS.contains(&group.as_str()));
            }
        }
        truth
    }

    fn questions(&self, truth: &[TruthRow]) -> Vec<AlleleQuery> {
        truth.iter().map(|row| question(self.assembly, &row.key).unwrap()).collect()
    }

    /// Asks for every row, and returns how each that differs does.
    async fn differences(&self, client: &GrpcClient, truth: &[TruthRow]) -> Vec<String> {
        // The reference of the mitochondrial genome has an N, which an exact question cannot name.
        let has_n = |row: &TruthRow| row.key.reference.contains('N');
        let (wild, exact): (Vec<_>, Vec<_>) = truth.iter().cloned().partition(has_n);
        let answers = ask_all(client, &self.questions(&exact)).await;
        let mut told: Vec<_> = exact.iter().zip(answers.iter().map(of_node)).collect();
        for row in &wild {
            told.push((row, ask_by_position(client, self.assembly, &row.key).await));
        }
        let difference = |(row, told): (&TruthRow, Option<_>)| {
            difference(&row.groups, told.as_ref()).map(|words| format!("{}: {words}", row.key))
        };
        told.into_iter().filter_map(difference).collect()
    }
}

const CONTINENTS: [&str; 5] = ["AFR", "AMR", "EAS", "EUR", "SAS"];

async fn ask_all(client: &GrpcClient, questions: &[AlleleQuery]) -> Vec<fyr_schemas::Answer> {
    client.alleles(questions, &Ask::default()).await.unwrap()
}

/// Asks for the variants at a position, narrowed to the bases of the key.
async fn ask_by_position(
    client: &GrpcClient,
    assembly: Assembly,
    key: &AlleleKey,
) -> Option<BTreeMap<String, Counted>> {
    let start = u64::from(key.position) - 1;
    let query = RangeQuery {
        assembly,
        contig: Contig::resolve(&key.contig, assembly).unwrap(),
        interval: Interbase::new(start, start + key.reference.len() as u64).unwrap(),
        reciprocal_overlap: None,
        narrowing: Narrowing {
            reference_bases: Some(BasePattern::parse(&key.reference).unwrap()),
            alternate_bases: Some(BasePattern::parse(&key.alternate).unwrap()),
            ..Narrowing::default()
        },
    };
    let answer = client.range(&query, Pagination::default(), &Ask::default()).await.unwrap().unwrap();
    of_node(&answer)
}

/// Splits off the rows whose normal form occurs more than once. Fyr unites such records per person, which
/// the tables do not do.
fn split(truth: Vec<TruthRow>) -> (Vec<TruthRow>, BTreeMap<AlleleKey, Vec<TruthRow>>) {
    let mut by_key: BTreeMap<AlleleKey, Vec<TruthRow>> = BTreeMap::new();
    for row in truth {
        by_key.entry(row.key.clone()).or_default().push(row);
    }
    let shared = by_key.extract_if(.., |_, rows| rows.len() > 1).collect();
    (by_key.into_values().flatten().collect(), shared)
}

/// The union of records has the carriers of each of them, and no more than all of them together.
async fn unions_lie_between(case: &Case, client: &GrpcClient, shared: &BTreeMap<AlleleKey, Vec<TruthRow>>) {
    for (key, rows) in shared {
        let query = question(case.assembly, key).unwrap();
        let answer = client.lookup(&query, &Ask::default()).await.unwrap().unwrap();
        let carriers = answer.datasets[0].variants[0].carriers.unwrap();
        let of = |row: &TruthRow| row.groups["Total"].carriers();
        let (most, sum) = (rows.iter().map(of).max().unwrap(), rows.iter().map(of).sum());
        assert!((most..=sum).contains(&carriers), "{key}: {carriers} is not in {most}..={sum}");
        let told = of_node(&answer).unwrap()["Total"];
        assert_eq!(told.allele_number, rows[0].groups["Total"].allele_number, "{key}");
    }
}

/// Starts one node with the data and compares every allele and every column of the table.
/// `unions` is how many keys have more than one row.
async fn one_node_tells_the_truth(case: &Case, options: IngestOptions, unions: usize) {
    let directory = tempfile::tempdir().unwrap();
    let node = NodeSpec::open("se.one.af-beacon.test", vec![options]);
    let network =
        TestNetwork::start(directory.path(), NetworkSpec { nodes: vec![node], ..NetworkSpec::default() });
    let network = network.await.unwrap();
    let client = network.nodes[0].grpc().await.unwrap();
    let (truth, shared) = split(case.truth());
    assert_eq!(shared.len(), unions, "{}: keys with more than one row", case.name);
    unions_lie_between(case, &client, &shared).await;
    let differences = case.differences(&client, &truth).await;
    report(case.name, truth.len(), &differences);
    network.stop().await;
}

fn report(name: &str, alleles: usize, differences: &[String]) {
    println!("{name}: {alleles} alleles compared, {} differ", differences.len());
    let first: Vec<&String> = differences.iter().take(5).collect();
    assert!(differences.is_empty(), "{name}: {} of {alleles} differ: {first:#?}", differences.len());
    assert!(alleles > 0);
}

/// The people of a population, one a line, as `--samples` reads them.
fn samples_of(shared: &Shared, population: &str, directory: &Path) -> PathBuf {
    let panel = std::fs::read_to_string(shared.path(PANEL)).unwrap();
    let vcf = fyr_tests::naive::read_text(&shared.path(&format!("data/vcf/1000g/{EUR503}.vcf.gz"))).unwrap();
    let header = vcf.lines().find(|line| line.starts_with("#CHROM")).unwrap();
    let in_file: std::collections::HashSet<&str> = header.split('\t').skip(9).collect();
    let ids: Vec<&str> = panel
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| fields.get(1) == Some(&population) && in_file.contains(fields[0]))
        .map(|fields| fields[0])
        .collect();
    let path = directory.join(format!("{population}.samples"));
    std::fs::write(&path, ids.join("\n")).unwrap();
    path
}

const POPULATIONS: [&str; 5] = ["FIN", "GBR", "IBS", "TSI", "CEU"];

fn five_nodes(case: &Case, directory: &Path) -> Vec<NodeSpec> {
    let node = |population: &&str| {
        let mut options = case.options();
        options.samples = Some(samples_of(&case.shared, population, directory));
        NodeSpec::open(&format!("se.{}.af-beacon.test", population.to_lowercase()), vec![options])
    };
    POPULATIONS.iter().map(node).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_regions_and_their_sum_tell_the_truth() {
    let Some(shared) = Shared::find("five_regions_and_their_sum_tell_the_truth") else { return };
    let case = Case::new(&shared, EUR503, Assembly::GRCH37);
    let directory = tempfile::tempdir().unwrap();
    let nodes = five_nodes(&case, directory.path());
    let network =
        TestNetwork::start(directory.path(), NetworkSpec { nodes, ..NetworkSpec::default() }).await.unwrap();
    let truth = case.truth();
    assert_eq!(truth.len(), 24_990);
    let questions = case.questions(&truth);
    let broker = ask_all(&network.broker.grpc().await.unwrap(), &questions).await;
    let mut differences = Vec::new();
    for (row, answer) in truth.iter().zip(&broker) {
        assert!(!answer.lower_bound, "{}: all five answered", row.key);
        differences.extend(
            difference(&row.groups, of_broker(answer).as_ref()).map(|w| format!("broker {}: {w}", row.key)),
        );
    }
    for (node, population) in network.nodes.iter().zip(POPULATIONS) {
        let answers = ask_all(&node.grpc().await.unwrap(), &questions).await;
        for (row, answer) in truth.iter().zip(&answers) {
            let own = [("Total".to_owned(), row.groups[population])].into();
            let words = difference(&own, of_node(answer).as_ref());
            differences.extend(words.map(|w| format!("{population} {}: {w}", row.key)));
        }
    }
    report("eur503 in five nodes", truth.len(), &differences);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_six_populations_in_one_node() {
    let Some(shared) = Shared::find("twenty_six_populations_in_one_node") else { return };
    let case = Case::new(&shared, "all2504.chr22_16.05-16.64Mb.GRCh37", Assembly::GRCH37);
    let symbolic = case.truth().iter().filter(|row| row.key.alternate.starts_with('<')).count();
    assert!(symbolic > 0, "symbolic alleles are compared too");
    one_node_tells_the_truth(&case, case.options(), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_implementation_s_own_test_file() {
    let Some(shared) = Shared::find("the_reference_implementation_s_own_test_file") else { return };
    let case = Case::new(&shared, "all2504.chr1_10177-174799.GRCh37", Assembly::GRCH37);
    let mut options = case.options();
    options.reference = Some(shared.path("data/ref/GRCh37.chr1_1-260kb.fa.gz"));
    one_node_tells_the_truth(&case, options, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromosome_x_as_written() {
    let Some(shared) = Shared::find("chromosome_x_as_written") else { return };
    let case = Case::new(&shared, "sub1126.chrX_0-78Mb.GRCh37", Assembly::GRCH37);
    let mut options = case.options();
    options.ploidy = PloidyReading::AsWritten;
    one_node_tells_the_truth(&case, options, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mitochondrial_genome() {
    let Some(shared) = Shared::find("the_mitochondrial_genome") else { return };
    let case = Case { individuals: PED, ..Case::new(&shared, "all2534.chrMT_1-8000", Assembly::GRCH37) };
    let mut options = case.options();
    options.reference = Some(shared.path("data/ref/rCRS.MT.fa.gz"));
    one_node_tells_the_truth(&case, options, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grch38_with_chr_prefix_and_people_from_a_pedigree() {
    let Some(shared) = Shared::find("grch38_with_chr_prefix_and_people_from_a_pedigree") else { return };
    let name = "all2548.chr22_10.52-10.97Mb.GRCh38";
    let case = Case { individuals: PED, ..Case::new(&shared, name, Assembly::GRCH38) };
    one_node_tells_the_truth(&case, case.options(), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notations_that_need_the_reference() {
    let Some(shared) = Shared::find("notations_that_need_the_reference") else { return };
    let mut case = Case::new(&shared, EUR503, Assembly::GRCH37);
    case.vcf = shared.path("data/tricky/normalise/denorm_eur503.chr20_1-2Mb.GRCh37.vcf.gz");
    let mut options = case.options();
    options.reference = Some(shared.path("data/ref/GRCh37.chr20_0.95-4.05Mb.Nmasked.fa.gz"));
    let directory = tempfile::tempdir().unwrap();
    options.store = directory.path().join("count");
    let counted = ingest(options.clone(), Progress::default()).await.unwrap();
    let rows = counted.segment.unwrap().variants;
    // The copy covers the first megabase: its keys are those of the table, no more and no fewer.
    let truth: Vec<TruthRow> = case.truth().into_iter().filter(|row| row.key.position <= 2_000_000).collect();
    assert_eq!(rows, truth.len() as u64);
    let node = NodeSpec::open("se.one.af-beacon.test", vec![options]);
    let network =
        TestNetwork::start(directory.path(), NetworkSpec { nodes: vec![node], ..NetworkSpec::default() });
    let network = network.await.unwrap();
    let differences = case.differences(&network.nodes[0].grpc().await.unwrap(), &truth).await;
    report("denormalised eur503", truth.len(), &differences);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thin_slice_of_the_whole_genome() {
    let Some(shared) = Shared::find("a_thin_slice_of_the_whole_genome") else { return };
    let case = Case::new(&shared, "sub1126.chr1-11_genomewide.GRCh37", Assembly::GRCH37);
    one_node_tells_the_truth(&case, case.options(), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_calls_and_people_whom_no_list_has() {
    let Some(shared) = Shared::find("missing_calls_and_people_whom_no_list_has") else { return };
    let name = "hail100.chr20_10-18Mb.exome_like.GRCh37";
    let case = Case { individuals: PED, ..Case::new(&shared, name, Assembly::GRCH37) };
    let mut options = case.options();
    options.allow_unlisted = true;
    one_node_tells_the_truth(&case, options, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ninety_thousand_records_of_chromosome_22() {
    let Some(shared) = Shared::find("ninety_thousand_records_of_chromosome_22") else { return };
    let case = Case::new(&shared, "gbrfin98.chr22_16-34Mb.GRCh37", Assembly::GRCH37);
    one_node_tells_the_truth(&case, case.options(), 18).await;
}

/// One allele of a table in other notations: HGVS and SPDI, without the bases that both alleles share.
fn other_notations(key: &AlleleKey, accession: &str) -> Vec<String> {
    let (r, a) = (key.reference.as_str(), key.alternate.as_str());
    let shared = usize::from(r.as_bytes()[0] == a.as_bytes()[0]);
    let (removed, inserted) = (&r[shared..], &a[shared..]);
    let start = u64::from(key.position) - 1 + shared as u64;
    let end = start + removed.len() as u64;
    let hgvs = match (removed.len(), inserted.len()) {
        (1, 1) => format!("{}{removed}>{inserted}", start + 1),
        (0, _) => format!("{start}_{}ins{inserted}", start + 1),
        (_, 0) => format!("{}_{end}del", start + 1),
        _ => format!("{}_{end}delins{inserted}", start + 1),
    };
    let numbered = (!removed.is_empty()).then(|| format!("{accession}:{start}:{}:{inserted}", removed.len()));
    let mut notations = vec![
        format!("{accession}:g.{hgvs}"),
        format!("{accession}:{start}:{removed}:{inserted}"),
        format!("GRCh37-{}-{}-{r}-{a}", key.contig, key.position),
    ];
    notations.extend(numbered);
    notations
}

/// The same variants as in [`EUR503`], shifted to the right, padded and in lower case.
#[tokio::test(flavor = "multi_thread")]
async fn denormalised_records_are_the_same_alleles_in_every_notation() {
    let Some(shared) = Shared::find("denormalised_records_are_the_same_alleles_in_every_notation") else {
        return;
    };
    let mut case = Case::new(&shared, EUR503, Assembly::GRCH37);
    case.vcf = shared.path("data/tricky/normalise/denorm_eur503.chr20_1-2Mb.GRCh37.vcf.gz");
    let mut options = case.options();
    options.reference = Some(shared.path("data/ref/GRCh37.chr20_0.95-4.05Mb.Nmasked.fa.gz"));
    let directory = tempfile::tempdir().unwrap();
    let node = NodeSpec::open("se.one.af-beacon.test", vec![options]);
    let spec = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), spec).await.unwrap();
    let client = network.nodes[0].grpc().await.unwrap();
    let mut truth = case.truth();
    truth.retain(|row| row.key.position <= 2_000_000);
    let differences = case.differences(&client, &truth).await;
    report("denormalised eur503", truth.len(), &differences);

    // All indels, and some of the others.
    let is_indel = |row: &&TruthRow| row.key.reference.len() != row.key.alternate.len();
    let (indels, others): (Vec<_>, Vec<_>) = truth.iter().partition(is_indel);
    let mut compared = 0;
    for row in indels.into_iter().chain(others.into_iter().step_by(50)) {
        let mut notations = other_notations(&row.key, "NC_000020.10");
        let mut asked = 0;
        while let Some(text) = notations.get(asked).cloned() {
            let variant = VariantQuery::parse(&text, None).unwrap();
            let query = Query { granularity: Granularity::Record, ..Query::variants(variant) };
            let answer = client.entries(&query, &Ask::default()).await.unwrap();
            let answer = answer.unwrap_or_else(|status| panic!("{text}: {status}"));
            let words = difference(&row.groups, of_node(&answer).as_ref());
            assert_eq!(words, None, "{}: {text}", row.key);
            // Under its VRS identifiers it is the same again.
            if asked == 0 {
                notations.extend(answer.datasets[0].variants[0].alternative_ids.iter().cloned());
                assert!(notations.len() >= 5, "{notations:?}");
            }
            asked += 1;
        }
        compared += asked;
    }
    println!("denormalised eur503: {compared} notations compared");
    assert!(compared > 1_000);
    network.stop().await;
}
