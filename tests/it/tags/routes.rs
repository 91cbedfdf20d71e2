//! Every route and every method that is served hides the dataset, at the node and at a broker before it: the list is
//! what is served, so that a new one is held to it too.

use std::collections::BTreeSet;

use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use super::{NODE, Question, TAGGED, Twins, allele};
use crate::support::NORTH_ONLY;

/// The methods of gRPC that `super::all` asks.
const METHODS: [&str; 5] = ["Ask", "AskMany", "ListDatasets", "ListEntryTypes", "ListFilteringTerms"];

/// Ids that take the place of `{id}`: hidden ones, and one that nobody has.
fn ids(twins: &Twins) -> Vec<String> {
    let person = &twins.tagged.people[0].id;
    vec![person.clone(), format!("{person}-B"), TAGGED.to_owned(), "NOSUCH".to_owned()]
}

/// Everything that the document of the service lists, with every id, filtered and not.
fn served(document: &Value, twins: &Twins) -> Vec<Question> {
    let mut questions = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let ids = if path.contains('{') { ids(twins) } else { vec![String::new()] };
        for id in ids {
            let filled = path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part });
            let filled = format!("/api{}", filled.collect::<Vec<_>>().join("/"));
            for method in methods.as_object().unwrap().keys() {
                let method: Method = method.to_uppercase().parse().unwrap();
                questions.extend(asked(&method, &filled));
            }
        }
    }
    questions
}

/// A route as it is, for an allele that only the hidden dataset has, and for people of it.
fn asked(method: &Method, path: &str) -> Vec<Question> {
    if method == Method::GET {
        let parameters = [
            "requestedGranularity=record&includeResultsetResponses=ALL".to_owned(),
            format!("{}&filters=NCIT:C20197&requestedGranularity=count", allele(NORTH_ONLY)),
        ];
        return parameters.iter().map(|more| (Method::GET, format!("{path}?{more}"), Value::Null)).collect();
    }
    let query = json!({ "requestedGranularity": "record", "includeResultsetResponses": "ALL" });
    vec![(method.clone(), path.to_owned(), json!({ "meta": { "apiVersion": "2.0" }, "query": query }))]
}

async fn document(base: &str) -> Value {
    reqwest::get(format!("{base}/openapi.json")).await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_is_served_hides_the_dataset_at_node_and_broker() {
    let twins = Twins::start().await;
    let bases =
        |network: &fyr_tests::TestNetwork| [network.node(NODE).unwrap().beacon(), network.broker.beacon()];
    let requesters = [("anyone", HeaderMap::new()), twins.outsiders().swap_remove(3)];
    let (mut compared, mut answered) = (0, 0);
    for (with, without) in bases(&twins.with).iter().zip(&bases(&twins.without)) {
        for question in served(&document(with).await, &twins) {
            for (who, shown) in &requesters {
                let (told, expected) = tokio::join!(
                    twins.rest_at(with, &question, shown),
                    twins.rest_at(without, &question, shown),
                );
                assert_eq!(told, expected, "{who}: {question:?}");
                compared += 1;
                answered += usize::from(told.starts_with("200"));
            }
        }
    }
    assert!(compared > 400 && answered > 100, "{answered} of {compared} questions were answered");
    twins.stop().await;
}

#[test]
fn every_method_of_the_contract_is_asked() {
    let contract = include_str!("../../../proto/fyr/v1/fyr.proto");
    let methods = contract.lines().filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next());
    assert_eq!(methods.collect::<BTreeSet<_>>(), BTreeSet::from(METHODS));
}
