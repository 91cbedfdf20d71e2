//! Whichever way somebody asks, the same accounts are charged.

use fyr_schemas::{AlleleQuery, Answer, Assembly};
use fyr_tests::{
    TestNetwork,
    ask::{Ask, RestClient},
};
use serde_json::json;

use super::{
    BACKWARDS, BACKWARDS_AFTER, NODE, PLACES, TOLD, all_seen, allele, backwards, exists, network, token,
};

/// A way to ask for alleles.
#[derive(Clone, Copy, Debug)]
enum Way {
    Get,
    Post,
    Shorthand,
    OtherNotation,
    Range,
    WideRange,
    Page,
    Gene,
    Grpc,
    Stream,
    Broker,
}

const WAYS: [Way; 11] = [
    Way::Get,
    Way::Post,
    Way::Shorthand,
    Way::OtherNotation,
    Way::Range,
    Way::WideRange,
    Way::Page,
    Way::Gene,
    Way::Grpc,
    Way::Stream,
    Way::Broker,
];

impl Way {
    /// Asks for all places in their order, and returns what was told where they were asked for one by one.
    async fn ask(self, network: &TestNetwork, token: &str) -> Option<[bool; 7]> {
        let node = network.node(NODE).unwrap();
        let client = RestClient::new(&node.beacon()).with_token(token);
        let one_by_one = async |client: &RestClient, written: fn(u32) -> String| {
            let mut told = Vec::new();
            for place in PLACES {
                told.push(exists(client, &written(place)).await);
            }
            Some(told.try_into().unwrap())
        };
        let at_once = async |parameters: &str| {
            assert!(exists(&client, parameters).await, "{parameters}");
            None
        };
        let wide = "assemblyId=GRCh38&referenceName=7&start=117559590&end=117559670";
        match self {
            Self::Get => one_by_one(&client, allele).await,
            Self::Post => posted(&client).await,
            Self::Shorthand => {
                one_by_one(&client, |place| format!("assemblyId=GRCh38&allele=7-{place}-A-G")).await
            }
            Self::OtherNotation => {
                one_by_one(&client, |place| format!("assemblyId=GRCh38&allele=7-{place}-AC-GC")).await
            }
            Self::Range => {
                one_by_one(&client, |place| {
                    let (start, end) = (place - 3, place + 3);
                    format!("assemblyId=GRCh38&referenceName=7&start={start}&end={end}")
                })
                .await
            }
            Self::WideRange => at_once(wide).await,
            Self::Page => at_once(&format!("{wide}&skip=1&limit=1")).await,
            Self::Gene => at_once("assemblyId=GRCh38&geneId=GENE").await,
            Self::Grpc => streamed(network, token, false).await,
            Self::Stream => streamed(network, token, true).await,
            Self::Broker => {
                let broker = RestClient::new(&network.broker.beacon()).with_token(token);
                one_by_one(&broker, allele).await
            }
        }
    }
}

async fn posted(client: &RestClient) -> Option<[bool; 7]> {
    let mut told = Vec::new();
    for place in PLACES {
        let parameters = json!({ "assemblyId": "GRCh38", "referenceName": "7", "start": [place - 1],
            "referenceBases": "A", "alternateBases": "G" });
        let query = json!({ "requestParameters": parameters, "requestedGranularity": "boolean" });
        let (status, answer) = client.post("/g_variants", &json!({ "query": query })).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        told.push(answer["responseSummary"]["exists"].as_bool().unwrap());
    }
    Some(told.try_into().unwrap())
}

/// Asks by gRPC, one by one or in one stream, for as much as there is.
async fn streamed(network: &TestNetwork, token: &str, at_once: bool) -> Option<[bool; 7]> {
    let client = network.node(NODE).unwrap().grpc().await.unwrap();
    let ask = Ask::default().with_token(token).only("PEOPLE");
    let alleles =
        PLACES.map(|place| AlleleQuery::parse(Assembly::GRCH38, &format!("7-{place}-A-G")).unwrap());
    let answers: Vec<Answer> = match at_once {
        true => client.alleles(&alleles, &ask).await.unwrap(),
        false => {
            let mut answers = Vec::new();
            for allele in &alleles {
                answers.push(client.lookup(allele, &ask).await.unwrap().unwrap());
            }
            answers
        }
    };
    let told: Vec<_> = answers.iter().map(|answer| answer.exists).collect();
    Some(told.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_charges_the_same_accounts() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), WAYS.len() + 1).await;
    let client = |number| RestClient::new(&network.node(NODE).unwrap().beacon()).with_token(&token(number));
    let uncharged = client(WAYS.len() + 1);
    assert_eq!(all_seen(&uncharged, backwards()).await, BACKWARDS, "as it is told to who was told nothing");
    for (number, way) in (1..).zip(WAYS) {
        if let Some(told) = way.ask(&network, &token(number)).await {
            assert_eq!(told, TOLD, "{way:?}");
        }
        assert_eq!(all_seen(&client(number), backwards()).await, BACKWARDS_AFTER, "after {way:?}");
    }
    network.stop().await;
}
