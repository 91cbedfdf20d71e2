//! One disclosure control that tells nothing of anything, seen at every door and in every kind of answer: what goes
//! past it would go past a floor, too.

use fyr_proto::v1;
use fyr_schemas::{
    Answer, Assembly, Contig, EntryType, Granularity, Interbase, Pagination, Query, RangeQuery, VariantQuery,
};
use fyr_tests::{
    AlleleKey,
    ask::{Ask, GrpcClient, RestClient},
    compare::question,
};
use serde_json::Value;

use crate::support::{EVERYWHERE, NORTH, Regions, RunningRegions, declared_open};

const G38: Assembly = Assembly::GRCH38;
const ALLELE: &str = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";

/// One region whose data are declared open, so that records are told, or nothing.
async fn region(silent: bool) -> RunningRegions {
    let mut regions = Regions::generate().with_metadata();
    regions.network.nodes.retain(|node| node.id == NORTH);
    regions.with_node(NORTH, |node| fyr_tests::NodeSpec { silent, ..declared_open(node) }).start().await
}

/// What one door tells of each kind of entry: whether it exists, how many, and how many records.
type Told = Vec<(String, bool, u64, usize)>;

fn of_answer(name: &str, answer: &Answer) -> (String, bool, u64, usize) {
    let records = answer.datasets.iter().map(|dataset| dataset.variants.len() + dataset.entries.len());
    (name.to_owned(), answer.exists, answer.result_count.unwrap_or_default(), records.sum())
}

async fn at_grpc(client: &GrpcClient) -> Told {
    let ask = Ask::default();
    let allele = question(G38, &AlleleKey::parse(EVERYWHERE).unwrap()).unwrap();
    let place = Interbase::new(117_500_000, 117_600_000).unwrap();
    let range = RangeQuery::of(G38, Contig::resolve("7", G38).unwrap(), place);
    let mut told = vec![of_answer("allele", &client.lookup(&allele, &ask).await.unwrap().unwrap())];
    told.extend(
        client
            .alleles(std::slice::from_ref(&allele), &ask)
            .await
            .unwrap()
            .iter()
            .map(|answer| of_answer("stream", answer)),
    );
    let page = Pagination { skip: 0, limit: 100 };
    told.push(of_answer("range", &client.range(&range, page, &ask).await.unwrap().unwrap()));
    for kind in [EntryType::Individual, EntryType::Biosample, EntryType::Run, EntryType::Cohort] {
        let query = Query { granularity: Granularity::Record, ..Query::entries(kind) };
        told.push(of_answer(kind.id(), &client.entries(&query, &ask).await.unwrap().unwrap()));
    }
    let carriers = Query {
        granularity: Granularity::Record,
        variant: Some(VariantQuery::Allele(allele)),
        ..Query::entries(EntryType::Individual)
    };
    told.push(of_answer("carriers", &client.entries(&carriers, &ask).await.unwrap().unwrap()));
    let terms = client.service().list_filtering_terms(v1::ListFilteringTermsRequest::default()).await;
    let terms = terms.unwrap().into_inner().terms.len();
    told.push(("terms".to_owned(), terms > 0, terms as u64, terms));
    told
}

async fn at_rest(client: &RestClient) -> Told {
    let mut told = Vec::new();
    for path in [
        format!("/g_variants?{ALLELE}&requestedGranularity=record"),
        "/g_variants?assemblyId=GRCh38&referenceName=7&start=117500000&end=117600000&requestedGranularity=record"
            .to_owned(),
        "/individuals?requestedGranularity=record".to_owned(),
        format!("/individuals?{ALLELE}&requestedGranularity=record"),
        "/biosamples?requestedGranularity=record".to_owned(),
        "/runs?requestedGranularity=record".to_owned(),
        "/cohorts?requestedGranularity=record".to_owned(),
    ] {
        let (status, body) = client.get(&path).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        let summary = &body["responseSummary"];
        let sets = body["response"]["resultSets"].as_array().cloned().unwrap_or_default();
        let collections = body["response"]["collections"].as_array().map_or(0, Vec::len);
        let records = sets.iter().map(|set| set["results"].as_array().map_or(0, Vec::len)).sum::<usize>();
        let count = summary["numTotalResults"].as_u64().unwrap_or_default();
        told.push((path, summary["exists"] == Value::Bool(true), count, records + collections));
    }
    for path in ["/filtering_terms?limit=0", "/individuals/filtering_terms?limit=0"] {
        let (_, body) = client.get(path).await.unwrap();
        let terms = body["response"]["filteringTerms"].as_array().map_or(0, Vec::len);
        told.push((path.to_owned(), terms > 0, terms as u64, terms));
    }
    told
}

/// What is told at each door of the node, and at the broker.
async fn everywhere(regions: &RunningRegions) -> Told {
    let node = regions.network.node(NORTH).unwrap();
    let mut told = at_grpc(&node.grpc().await.unwrap()).await;
    told.extend(at_rest(&RestClient::new(&node.beacon())).await);
    told.extend(at_rest(&RestClient::new(&regions.network.broker.beacon())).await);
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_that_tells_nothing_is_obeyed_by_every_kind_of_answer_at_every_door() {
    let speaking = region(false).await;
    for (name, exists, count, records) in everywhere(&speaking).await {
        assert!(exists && count > 0 && records > 0, "{name}: {count} {records}");
    }
    speaking.network.stop().await;
    let silent = region(true).await;
    for (name, exists, count, records) in everywhere(&silent).await {
        assert_eq!((exists, count, records), (false, 0, 0), "{name}");
    }
    silent.network.stop().await;
}
