//! Nodes that may not be attributed: whichever way a question is put to the broker, it tells what the named nodes
//! say, or that and the sum of all the others. No difference of two answers is the number of one hidden node.

use std::collections::BTreeSet;

use fyr_schemas::{
    AlleleQuery, Answer, Clause, Condition, DatasetSelection, EntryRef, EntryType, Filter, Filters,
    Frequency, FrequencyBound, Granularity, Interbase, Narrowing, Operator, Pagination, Query, RangeQuery,
    VariantQuery,
};
use fyr_tests::{
    AlleleKey, NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork, Truth,
    ask::{Ask, GrpcClient, RestClient},
};
use serde_json::Value;
use tempfile::TempDir;

use super::G38;
use crate::support::{EVERYWHERE, MIDDLE, NORTH, NORTH_ONLY, PEOPLE, SOUTH, generate, spec};

const EAST: &str = "se.east.af-beacon.test";
/// The hidden nodes come first.
const REGIONS: [(&str, &str); 4] = [(NORTH, "NORTH"), (MIDDLE, "MIDDLE"), (SOUTH, "SOUTH"), (EAST, "EAST")];
const HIDDEN: usize = 3;
/// The people of the north belong to a population of their own, all others to this one.
const SHARED: &str = "SHARED";

/// Three hidden regions, one that may be named, and a broker.
struct Hidden {
    _directory: TempDir,
    cohorts: Vec<SyntheticCohort>,
    network: TestNetwork,
    broker: GrpcClient,
}

impl Hidden {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (mut cohorts, mut nodes) = (Vec::new(), Vec::new());
        for (seed, (id, name)) in (1..).zip(REGIONS) {
            let mut people = spec(name, seed);
            if id != NORTH {
                people.populations = vec![SHARED.to_owned()];
            }
            let (cohort, options) = generate(directory.path(), &people);
            let mut node = NodeSpec::open(id, vec![options]).with_policy(PEOPLE);
            node.metadata.push((name.to_owned(), cohort.metadata.clone()));
            nodes.push(if id == EAST { node } else { node.hidden() });
            cohorts.push(cohort);
        }
        let spec = NetworkSpec { nodes, ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), spec).await.unwrap();
        let broker = network.broker.grpc().await.unwrap();
        Self { _directory: directory, cohorts, network, broker }
    }

    /// The truth of the hidden regions together, and of the one that may be named.
    fn truths(&self) -> (Truth, Truth) {
        let sum = |cohorts: &[SyntheticCohort]| {
            let mut sum = Truth::default();
            cohorts.iter().for_each(|cohort| sum.merge(&cohort.truth));
            sum
        };
        let (hidden, named) = self.cohorts.split_at(HIDDEN);
        (sum(hidden), sum(named))
    }

    /// What may be told of a group of an allele: nothing, the named part, the hidden part, or both.
    fn tellable(&self, allele: &str, group: &str) -> BTreeSet<Pair> {
        let key = AlleleKey::parse(allele).unwrap();
        let of = |truth: &Truth| {
            truth
                .alleles
                .get(&key)
                .and_then(|groups| groups.get(group))
                .map_or((0, 0), |counts| (counts.allele_count, counts.allele_number))
        };
        let (hidden, named) = self.truths();
        let all_state = self.cohorts.iter().take(HIDDEN).all(|cohort| of(&cohort.truth).0 > 0);
        let hidden = if all_state { of(&hidden) } else { (0, 0) };
        let named = of(&named);
        BTreeSet::from([(0, 0), named, hidden, (named.0 + hidden.0, named.1 + hidden.1)])
    }

    async fn ask(&self, query: &Query) -> Option<Answer> {
        self.broker.entries(query, &Ask::default()).await.unwrap().ok()
    }
}

type Pair = (u64, u64);

/// Every way to name somebody, each beside its negation.
fn selections() -> Vec<DatasetSelection> {
    let names: [&[&str]; 7] = [
        &["NORTH"],
        &["NORTH", "MIDDLE"],
        &["MIDDLE", "SOUTH", "EAST"],
        &["NORTH", "MIDDLE", "SOUTH"],
        &["NORTH", "EAST"],
        &["EAST"],
        &["NOWHERE"],
    ];
    let node = |name: &&str| format!("se.{}.af-beacon.test", name.to_lowercase());
    let mut all = vec![DatasetSelection::default()];
    for names in names {
        let datasets: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let nodes: Vec<String> = names.iter().map(node).collect();
        all.push(DatasetSelection { only: datasets.clone(), ..DatasetSelection::default() });
        all.push(DatasetSelection { exclude: datasets, ..DatasetSelection::default() });
        all.push(DatasetSelection { only_nodes: nodes.clone(), ..DatasetSelection::default() });
        all.push(DatasetSelection { exclude_nodes: nodes, ..DatasetSelection::default() });
    }
    all
}

fn allele(text: &str) -> VariantQuery {
    VariantQuery::Allele(AlleleQuery::parse(G38, text).unwrap())
}

/// All that overlaps an allele.
fn around(text: &str) -> VariantQuery {
    let variant = AlleleQuery::parse(G38, text).unwrap().as_variant().unwrap();
    let (start, end) = (u64::from(variant.interval.start()), u64::from(variant.interval.end()));
    VariantQuery::Range(RangeQuery {
        assembly: G38,
        contig: variant.contig,
        interval: Interbase::new(start - 2_000, end + 2_000).unwrap(),
        reciprocal_overlap: None,
        narrowing: Narrowing::default(),
    })
}

fn record(variant: VariantQuery) -> Query {
    Query { granularity: Granularity::Record, ..Query::variants(variant) }
}

fn rows<'a>(answer: &'a Answer, allele: &str) -> &'a [Frequency] {
    let variant = AlleleQuery::parse(G38, allele).unwrap().as_variant().unwrap();
    answer.totals.iter().find(|total| total.variant == variant).map_or(&[], |total| &total.frequencies)
}

/// A bound such as `>= 0.05`.
fn frequency(bound: &str) -> FrequencyBound {
    let (sign, value) = bound.split_once(' ').unwrap();
    let (field, operator) = ("alleleFrequency".to_owned(), Operator::from_sign(sign).unwrap());
    let condition = Condition::Value { field, operator, value: value.to_owned() };
    let filter = Filter { scope: None, excluded: false, any_of: vec![condition] };
    let filters = Filters::new(vec![Clause(vec![filter])]).unwrap();
    FrequencyBound::split(filters, EntryType::GenomicVariant).unwrap().1[0]
}

/// All ways in which a question for an allele can be put.
fn ways(text: &str) -> Vec<Query> {
    let mut ways = Vec::new();
    for datasets in selections() {
        ways.push(Query { datasets: datasets.clone(), ..record(allele(text)) });
        ways.push(Query { datasets, ..record(around(text)) });
    }
    for (_, name) in REGIONS {
        let within = Some(EntryRef { entry_type: EntryType::Dataset, id: name.to_owned() });
        ways.push(Query { within, ..record(allele(text)) });
    }
    for skip in 0..4 {
        ways.push(Query { pagination: Pagination { skip, limit: 1 }, ..record(around(text)) });
    }
    for bound in [">= 0.05", ">= 0.09", ">= 0.1", ">= 0.11", "<= 0.1", "<= 0.12"] {
        ways.push(Query { frequencies: vec![frequency(bound)], ..record(allele(text)) });
    }
    ways
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_splits_the_sum_of_hidden_nodes() {
    let hidden = Hidden::start().await;
    for text in [EVERYWHERE, NORTH_ONLY] {
        for query in ways(text) {
            let Some(answer) = hidden.ask(&query).await else { continue };
            for row in rows(&answer, text) {
                let (group, told) = (row.group.to_string(), (row.allele_count, row.allele_number));
                let may = hidden.tellable(text, &group);
                assert!(may.contains(&told), "{text} {group}: {told:?} of {may:?} by {query:?}");
            }
        }
    }
    let everything = hidden.ask(&record(allele(EVERYWHERE))).await.unwrap();
    let told = rows(&everything, EVERYWHERE).first().map(|row| (row.allele_count, row.allele_number));
    assert_eq!(told, hidden.tellable(EVERYWHERE, "Total").last().copied(), "and the sum of all is told");
    hidden.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_something_exists_tells_of_no_single_hidden_node() {
    let hidden = Hidden::start().await;
    let rest = RestClient::new(&hidden.network.broker.beacon());
    let summary = async |more: &str| -> Option<Value> {
        let place =
            "/g_variants?assemblyId=GRCh38&referenceName=1&start=169549810&referenceBases=C&alternateBases=T";
        let (status, body) = rest.get(&format!("{place}{more}")).await.unwrap();
        (status == 200).then(|| body["responseSummary"].clone())
    };
    for granularity in [Granularity::Boolean, Granularity::Count, Granularity::Record] {
        for query in ways(NORTH_ONLY).into_iter().filter(|query| query.is_exact()) {
            let Some(answer) = hidden.ask(&Query { granularity, ..query.clone() }).await else { continue };
            assert!(!answer.exists, "{granularity:?} {query:?}");
            assert!(matches!(answer.result_count, None | Some(0)), "{granularity:?} {query:?}");
        }
        let word = granularity.name();
        for names in
            ["", "&excludeBeaconIds=se.middle.af-beacon.test,se.south.af-beacon.test,se.east.af-beacon.test"]
        {
            let Some(summary) = summary(&format!("&requestedGranularity={word}{names}")).await else {
                continue;
            };
            assert_eq!(summary["exists"], false, "{word} {names}");
            assert!(
                summary["numTotalResults"].as_u64().unwrap_or_default() == 0,
                "{word} {names}: {summary}"
            );
        }
    }
    hidden.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_people_is_that_of_no_single_hidden_node() {
    let hidden = Hidden::start().await;
    let people = |cohorts: &[SyntheticCohort]| cohorts.iter().map(|c| c.people.len() as u64).sum::<u64>();
    let (unnamed, named) = hidden.cohorts.split_at(HIDDEN);
    let (unnamed, named) = (people(unnamed), people(named));
    let may = [0, named, unnamed, named + unnamed];
    let individuals = Query {
        entry_type: EntryType::Individual,
        variant: None,
        ..Query { granularity: Granularity::Count, ..Query::variants(allele(EVERYWHERE)) }
    };
    let within = |id: &str, entry_type| Some(EntryRef { entry_type, id: id.to_owned() });
    let mut ways: Vec<Query> =
        selections().into_iter().map(|datasets| Query { datasets, ..individuals.clone() }).collect();
    ways.push(Query { within: within("NORTH", EntryType::Dataset), ..individuals.clone() });
    ways.push(Query { within: within("NORTH-cohort", EntryType::Cohort), ..individuals.clone() });
    for query in ways {
        let Some(answer) = hidden.ask(&query).await else { continue };
        let told = answer.result_count.unwrap_or_default();
        assert!(may.contains(&told), "{told} of {may:?} by {query:?}");
    }
    let everybody = hidden.ask(&individuals).await.unwrap();
    assert_eq!(everybody.result_count, Some(named + unnamed));
    hidden.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn naming_a_hidden_node_reads_like_naming_nobody() {
    let hidden = Hidden::start().await;
    let refused = async |id: &str| {
        let mut texts = Vec::new();
        for only in [true, false] {
            let mut query = record(allele(EVERYWHERE));
            let list = if only { &mut query.datasets.only_nodes } else { &mut query.datasets.exclude_nodes };
            list.push(id.to_owned());
            let status = hidden.broker.entries(&query, &Ask::default()).await.unwrap().unwrap_err();
            assert!(status.message().contains(id), "{status}");
            texts.push(status.message().replace(id, "…"));
        }
        texts
    };
    assert_eq!(refused(NORTH).await, refused("se.nowhere.af-beacon.test").await);
    let list = hidden.broker.datasets(&Ask::default()).await.unwrap();
    assert_eq!(list.datasets.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["EAST"]);
    // That they belong to the network is no secret: whoever signs a question names them.
    assert_eq!(list.nodes.len(), REGIONS.len());
    hidden.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_of_hidden_nodes_is_told_with_all_of_them_or_not_at_all() {
    let mut hidden = Hidden::start().await;
    let stopped = hidden.network.stop_node(SOUTH).await.unwrap();
    let answer = hidden.ask(&record(allele(EVERYWHERE))).await.unwrap();
    let total = &rows(&answer, EVERYWHERE)[0];
    let (_, named) = hidden.truths();
    let expected = named.total(&AlleleKey::parse(EVERYWHERE).unwrap()).unwrap();
    assert_eq!((total.allele_count, total.allele_number), (expected.allele_count, expected.allele_number));
    assert!(answer.lower_bound);
    hidden.network.restart_node(stopped).await.unwrap();
    hidden.network.stop().await;
}
