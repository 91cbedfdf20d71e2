//! Every way in, and what each may ask the service for. A route or method that stands here not fails the tests.
//!
//! What a service is asked for it tells as its `Told`, which only the gate of a node makes: there it is charged,
//! recorded and disclosed. So it is enough that each way in asks the service, once, for one thing.

use std::sync::Arc;

use axum::{Router, body::Body};
use fyr_proto::v1::{self, variant_service_client::VariantServiceClient};
use fyr_schemas::beacon::DEFINITIONS;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use prost::Message;
use prost_types::FileDescriptorSet;
use tower::ServiceExt;

use crate::{
    HttpSettings, Mount, RestOptions, ServeOptions,
    grpc::tests::{one_of_many, question},
    listen::tests::{Running, options},
    monitoring, rest,
    test_service::Fake,
};

/// What a way in asks the service for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Question,
    Batch,
    Datasets,
    Terms,
    Types,
    /// It tells nothing of data.
    Nothing,
}

impl Asks {
    /// The methods of the service that are called.
    fn calls(self) -> &'static [&'static str] {
        match self {
            Self::Question => &["answer"],
            Self::Batch => &["answer_all", "answer"],
            Self::Datasets => &["datasets"],
            Self::Terms => &["filtering_terms"],
            Self::Types => &["entry_types"],
            Self::Nothing => &[],
        }
    }
}

/// The routes that stand at fixed paths.
const FIXED: [(&str, Asks); 14] = [
    ("/", Asks::Nothing),
    ("/info", Asks::Nothing),
    ("/service-info", Asks::Nothing),
    ("/configuration", Asks::Types),
    ("/entry_types", Asks::Types),
    ("/map", Asks::Types),
    ("/filtering_terms", Asks::Terms),
    ("/datasets", Asks::Datasets),
    ("/datasets/{id}", Asks::Datasets),
    ("/openapi.json", Asks::Nothing),
    ("/docs", Asks::Nothing),
    ("/health", Asks::Nothing),
    ("/ready", Asks::Nothing),
    ("/metrics", Asks::Nothing),
];

/// The methods of gRPC.
const METHODS: [(&str, Asks); 5] = [
    ("Ask", Asks::Question),
    ("AskMany", Asks::Batch),
    ("ListFilteringTerms", Asks::Terms),
    ("ListEntryTypes", Asks::Types),
    ("ListDatasets", Asks::Datasets),
];

/// Says what a route asks for; nothing where it is not listed.
fn listed(path: &str) -> Option<Asks> {
    let fixed = FIXED.iter().find(|(listed, _)| *listed == path).map(|(_, asks)| *asks);
    fixed.or_else(|| of_entries(path))
}

/// Says what a route of an entry type asks for.
fn of_entries(path: &str) -> Option<Asks> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let row = DEFINITIONS.iter().find(|row| segments.first() == Some(&row.entry_type.path()))?;
    match segments.get(1..)? {
        ["filtering_terms"] | ["{id}", "filtering_terms"] => Some(Asks::Terms),
        [] | ["{id}"] => Some(Asks::Question),
        ["{id}", other] => row.related.iter().any(|kind| kind.path() == *other).then_some(Asks::Question),
        _ => None,
    }
}

fn called(fake: &Fake) -> Vec<&'static str> {
    std::mem::take(&mut *fake.called.lock().unwrap())
}

/// A question for variants names some.
const VARIANT: &str = "assemblyId=GRCh38&referenceName=1&start=99&referenceBases=A&alternateBases=G";

/// Names an entry that can be there.
fn id(path: &str) -> &'static str {
    if path.starts_with("/g_variants") { "GRCh38-1-100-A-G" } else { "DS-1" }
}

/// Sends a request to a path; returns whether the path takes the method.
async fn send(routes: &Router, method: Method, path: &str) -> bool {
    let (path, form) = (path.replace("{id}", id(path)), path == "/g_variants");
    let (query, body) = match (form, &method) {
        (true, &Method::GET) => (format!("?{VARIANT}"), Body::empty()),
        (true, _) => (String::new(), Body::from(VARIANT)),
        (false, _) => (String::new(), Body::empty()),
    };
    let request = Request::builder().method(method).uri(path + &query);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body).unwrap();
    let response = routes.clone().oneshot(request).await.unwrap();
    let status = response.status();
    response.into_body().collect().await.unwrap();
    status != StatusCode::METHOD_NOT_ALLOWED
}

#[tokio::test]
async fn every_route_asks_the_service_for_what_is_listed_and_for_nothing_else() {
    let fake = Arc::new(Fake::default());
    let settings = HttpSettings { base_path: String::new(), ..HttpSettings::default() };
    let options = RestOptions { mounts: vec![Mount::at("")], ..RestOptions::from(&settings) };
    let of_operators = monitoring::routes();
    let mut paths: Vec<String> = rest::beacon::<Fake>("").paths().to_vec();
    paths.extend(of_operators.paths().iter().cloned());
    let routes = rest(Arc::clone(&fake), &options);
    let of_operators = of_operators.into_router().with_state(Arc::clone(&fake));
    for path in &paths {
        let asks = listed(path).unwrap_or_else(|| panic!("`{path}` is a way in that is not listed"));
        let routes = if path == "/metrics" { &of_operators } else { &routes };
        for method in [Method::GET, Method::POST] {
            if send(routes, method.clone(), path).await {
                assert_eq!(called(&fake), asks.calls(), "{method} {path}");
            }
        }
        assert!(called(&fake).is_empty(), "{path}");
    }
    for (path, _) in FIXED {
        assert!(paths.iter().any(|known| known == path), "`{path}` is listed and is no way in");
    }
    assert!(send(&routes, Method::GET, "/no/such/path").await && called(&fake).is_empty());
}

/// Of all routes, variants alone are read in formats for files; whoever takes JSON too gets that.
#[tokio::test]
async fn published_tables_are_asked_for_by_what_a_client_accepts() {
    let fake = Arc::new(Fake::default());
    let settings = HttpSettings { base_path: String::new(), ..HttpSettings::default() };
    let options = RestOptions { mounts: vec![Mount::at("")], ..RestOptions::from(&settings) };
    let routes = rest(Arc::clone(&fake), &options);
    let get = async |path: String, accept: String| {
        let request = Request::builder().uri(path).header("accept", accept).body(Body::empty()).unwrap();
        let response = routes.clone().oneshot(request).await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status(), kind, response.into_body().collect().await.unwrap().to_bytes())
    };
    for format in crate::TableFormat::ALL {
        let media_type = format.media_type();
        for path in [format!("/g_variants?{VARIANT}"), "/g_variants?datasets=DS-1".to_owned()] {
            let (status, kind, body) = get(path.clone(), media_type.to_owned()).await;
            assert_eq!((status, kind.as_str()), (StatusCode::OK, media_type), "{path}");
            assert_eq!(body, format!("{media_type}\n"));
            assert_eq!(called(&fake), ["table"], "{path}");
        }
        let both = format!("{media_type}, application/json");
        let (_, kind, _) = get(format!("/g_variants?{VARIANT}"), both).await;
        assert_eq!((kind.as_str(), called(&fake)), ("application/json", vec!["answer"]));
        let (_, kind, _) = get("/individuals".to_owned(), media_type.to_owned()).await;
        assert_eq!(
            (kind.as_str(), called(&fake)),
            ("application/json", vec!["answer"]),
            "people have no table"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_to_the_service() {
    let fake = Arc::new(Fake::default());
    let routes = rest(Arc::clone(&fake), &RestOptions::from(&HttpSettings::default()));
    for path in ["/g_variants?start=here", "/individuals?filters=%00", "/datasets?requestedGranularity=all"] {
        assert!(send(&routes, Method::GET, &format!("/api{path}")).await);
        assert_eq!(called(&fake), ["refused"], "{path}");
    }
}

#[tokio::test]
async fn every_method_asks_the_service_for_what_is_listed_and_for_nothing_else() {
    let files = FileDescriptorSet::decode(fyr_proto::DESCRIPTORS).unwrap().file;
    let methods = files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    let methods: Vec<&str> = methods.map(|method| method.name()).collect();
    assert_eq!(methods, METHODS.map(|(name, _)| name), "a method is a way in that is to be listed");

    let running = Running::start(ServeOptions { ..options() }).await;
    let url = format!("http://{}", running.bound.grpc);
    let mut client = VariantServiceClient::connect(url).await.unwrap();
    for (method, asks) in METHODS {
        match method {
            "Ask" => drop(client.ask(question("1")).await.unwrap()),
            "AskMany" => {
                let one = futures::stream::iter([one_of_many(1)]);
                let mut answers = client.ask_many(one).await.unwrap().into_inner();
                assert!(answers.message().await.unwrap().is_some());
            }
            "ListFilteringTerms" => {
                drop(client.list_filtering_terms(v1::ListFilteringTermsRequest::default()).await.unwrap());
            }
            "ListEntryTypes" => {
                drop(client.list_entry_types(v1::ListEntryTypesRequest::default()).await.unwrap());
            }
            _ => drop(client.list_datasets(v1::ListDatasetsRequest::default()).await.unwrap()),
        }
        assert_eq!(called(&running.fake), asks.calls(), "{method}");
    }
    running.stop().await;
}
