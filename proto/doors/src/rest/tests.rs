//! Paths, statuses, envelopes.

use std::{sync::atomic::Ordering, time::Duration};

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use fyr_schemas::Release;

use super::*;
use crate::{
    PolicyView,
    test_service::{BROKEN_TOKEN, Fake},
};

fn options() -> RestOptions {
    RestOptions {
        mounts: vec![Mount::at("/api")],
        timeout: Duration::from_millis(200),
        max_concurrent: 4,
        max_body_bytes: 4096,
        unknown_filters: UnknownFilters::Refuse,
        is_secure: false,
    }
}

fn beacon() -> (Arc<Fake>, Router) {
    let fake = Arc::new(Fake::default());
    (fake.clone(), rest(fake, &options()))
}

async fn send(routes: &Router, request: Request<Body>) -> (StatusCode, http::HeaderMap, Value) {
    let response = routes.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn get_request(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", content_type).body(body.into()).unwrap()
}

fn question(contig: &str) -> String {
    format!(
        "/api/g_variants?referenceName={contig}&start=99&referenceBases=A&alternateBases=G\
         &assemblyId=GRCh38&requestedGranularity=record"
    )
}

#[tokio::test]
async fn get_and_post_are_answered_alike() {
    let (_, routes) = beacon();
    let body = r#"{"meta":{"apiVersion":"2.0"},"query":{"requestedGranularity":"RECORD","requestParameters":
        {"referenceName":"1","start":[99],"referenceBases":"a","alternateBases":"g","assemblyId":"hg38"}}}"#;
    let form = "referenceName=1&start=99&referenceBases=A&alternateBases=G&assemblyId=GRCh38&requestedGranularity=record";
    for request in [
        get_request(&question("1")),
        get_request(&question("chr1").replace("g_variants", "g_variants/")),
        post("/api/g_variants", "application/json", body),
        post("/api/g_variants", "application/json; charset=utf-8", body),
        post("/api/g_variants", "application/x-www-form-urlencoded", body),
        post("/api/g_variants", "application/x-www-form-urlencoded", form),
        Request::post("/api/g_variants").body(body.into()).unwrap(),
    ] {
        let (status, headers, answer) = send(&routes, request).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["content-type"], "application/json");
        let set = &answer["response"]["resultSets"][0];
        assert_eq!((&set["id"], &set["exists"]), (&"DS-1".into(), &true.into()));
    }
}

#[tokio::test]
async fn every_failure_has_the_same_envelope() {
    let (_, routes) = beacon();
    let with = |name: &'static str, values: &[&str]| {
        let mut request = Request::get(question("1"));
        for value in values {
            request = request.header(name, *value);
        }
        request.body(Body::empty()).unwrap()
    };
    let bearer = format!("Bearer {BROKEN_TOKEN}");
    for (case, request, expected) in [
        ("nothing asked", get_request("/api/g_variants"), 400),
        ("not JSON", post("/api/g_variants", "application/json", "{"), 400),
        ("broken token", with("authorization", &[&bearer]), 401),
        ("two tokens", with("authorization", &["Bearer a", "Bearer b"]), 401),
        ("another scheme", with("authorization", &["Basic eDp5"]), 401),
        ("a bound token alone", with("authorization", &["DPoP swordfish"]), 401),
        ("two proofs", with("fyr-query-proof", &["a.b.c", "d.e.f"]), 401),
        ("a token in the query", get_request(&format!("{}&access_token=swordfish", question("1"))), 400),
        ("a token, disguised", get_request(&format!("{}&access%5Ftoken=swordfish", question("1"))), 400),
        ("a token of a list", get_request("/api/datasets?access_token=swordfish"), 400),
        ("a token of a document", get_request("/api/map?access_token=swordfish"), 400),
        (
            "a token in a form",
            post("/api/g_variants", "application/x-www-form-urlencoded", "geneId=A&access_token=swordfish"),
            400,
        ),
        ("two purposes", with("fyr-purpose", &["GRU", "GRU"]), 400),
        ("no purpose", with("fyr-purpose", &["profit"]), 400),
        ("refused", get_request(&question("3")), 403),
        ("no path", get_request("/api/variants"), 404),
        ("outside", get_request("/other"), 404),
        ("no dataset", get_request("/api/datasets/DS-9"), 404),
        ("no method", Request::delete("/api/g_variants").body(Body::empty()).unwrap(), 405),
        ("no method", post("/api/info", "application/json", "{}"), 405),
        ("late", get_request(&question("4")), 408),
        ("large", post("/api/g_variants", "application/json", vec![b' '; 5000]), 413),
        ("type", post("/api/g_variants", "text/plain", "x"), 415),
        ("fault", get_request(&question("2")), 500),
        ("panic", get_request(&question("5")), 500),
    ] {
        let (status, headers, answer) = send(&routes, request).await;
        assert_eq!(status.as_u16(), expected, "{case}: {answer}");
        assert_eq!(headers["content-type"], "application/json", "{case}");
        assert_eq!(answer["error"]["errorCode"], expected, "{case}");
        assert_eq!(answer["meta"]["beaconId"], "se.fake.af-beacon.test", "{case}");
        let message = answer["error"]["errorMessage"].as_str().unwrap();
        assert!(!message.contains("secret") && !message.contains("swordfish"), "{case}: {message}");
        let challenges: Vec<_> = headers.get_all("www-authenticate").iter().collect();
        let expected_challenges = ["Bearer", "DPoP algs=\"ES256 RS256\""];
        assert_eq!(challenges, if expected == 401 { &expected_challenges[..] } else { &[] }, "{case}");
        assert_eq!(message.contains("error id"), expected == 500, "{case}: {message}");
    }
}

#[tokio::test]
async fn the_service_hears_of_what_a_door_refuses() {
    let (fake, routes) = beacon();
    let two = Request::get(question("1")).header("authorization", "Basic x").body(Body::empty()).unwrap();
    for request in
        [get_request("/api/g_variants?phenoClinicEffect=x"), two, get_request("/api/datasets?skip=x")]
    {
        send(&routes, request).await;
    }
    let expected = [ErrorCode::Unsupported, ErrorCode::Unauthenticated, ErrorCode::InvalidRequest];
    assert_eq!(*fake.refusals.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_full_door_answers_503() {
    let fake = Arc::new(Fake::default());
    let routes = rest(fake, &RestOptions { max_concurrent: 1, ..options() });
    let held = tokio::spawn({
        let routes = routes.clone();
        async move { send(&routes, get_request(&question("4"))).await.0 }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (status, headers, answer) = send(&routes, get_request(&question("1"))).await;
    assert_eq!((status.as_u16(), &answer["error"]["errorCode"]), (503, &503.into()));
    assert!(headers.contains_key("retry-after"));
    assert_eq!(held.await.unwrap(), 408);
}

#[tokio::test]
async fn metadata_are_open_and_their_addresses_work_from_outside() {
    let (_, routes) = beacon();
    for path in
        ["", "/", "/info", "/configuration", "/entry_types", "/map", "/filtering_terms?limit=0", "/datasets"]
    {
        let (status, _, document) = send(&routes, get_request(&format!("/api{path}"))).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(document["meta"]["beaconId"], "se.fake.af-beacon.test", "{path}");
    }
    let proxied = Request::get("/api/map")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "beacon.example")
        .body(Body::empty())
        .unwrap();
    let (_, _, map) = send(&routes, proxied).await;
    let sets = &map["response"]["endpointSets"];
    assert_eq!(sets["genomicVariant"]["rootUrl"], "https://beacon.example/api/g_variants");
    assert_eq!(sets["dataset"]["singleEntryUrl"], "https://beacon.example/api/datasets/{id}");
    let (_, _, info) = send(&routes, get_request("/api/service-info")).await;
    assert_eq!(info["type"]["artifact"], "beacon");
}

#[tokio::test]
async fn datasets_are_listed_and_shown() {
    let (_, routes) = beacon();
    let (_, _, list) = send(&routes, get_request("/api/datasets")).await;
    assert_eq!(list["response"]["collections"][0]["id"], "DS-1");
    let (_, _, one) = send(&routes, get_request("/api/datasets/DS-1")).await;
    assert_eq!(one["responseSummary"]["numTotalResults"], 1);
}

#[tokio::test]
async fn monitoring_stands_outside_the_base_path() {
    let (fake, routes) = beacon();
    telemetry_is_installed();
    send(&routes, get_request(&question("1"))).await;
    assert_eq!(send(&routes, get_request("/health")).await.0, 200);
    assert_eq!(send(&routes, get_request("/ready")).await.0, 200);
    fake.ready.store(false, Ordering::Relaxed);
    assert_eq!(send(&routes, get_request("/ready")).await.0, 503);
    assert_eq!(
        send(&routes, get_request("/metrics")).await.0,
        404,
        "others' traffic is for who runs the service"
    );
    let monitoring = crate::monitoring::routes().into_router().with_state(fake);
    assert_eq!(send(&monitoring, get_request("/ready")).await.0, 503);
    let response = monitoring.oneshot(get_request("/metrics")).await.unwrap();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("fyr_requests_total{door=\"rest\",endpoint=\"g_variants\""), "{text}");
}

fn telemetry_is_installed() {
    crate::telemetry::metrics();
}

#[tokio::test]
async fn browsers_may_ask() {
    let (_, routes) = beacon();
    let preflight = Request::options("/api/g_variants")
        .header("origin", "https://portal.example")
        .header("access-control-request-method", "POST")
        .body(Body::empty())
        .unwrap();
    let (status, headers, _) = send(&routes, preflight).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["access-control-allow-origin"], "*");
    let allowed = headers["access-control-allow-headers"].to_str().unwrap().to_owned();
    for header in ["authorization", "dpop", "fyr-purpose", "fyr-query-proof"] {
        assert!(allowed.split(',').any(|name| name.trim() == header), "{allowed}");
    }
    let asked = Request::get("/api/info").header("origin", "https://portal.example");
    let (_, headers, _) = send(&routes, asked.body(Body::empty()).unwrap()).await;
    assert_eq!(headers["access-control-expose-headers"], "www-authenticate");
}

#[tokio::test]
async fn a_purpose_is_read_wherever_it_stands_and_echoed() {
    let (fake, routes) = beacon();
    let ds = "DS; disease=MONDO:0005105";
    let with = |path: &str| {
        Request::get(path).header("fyr-purpose", "DS;disease=MONDO:0005105").body(Body::empty()).unwrap()
    };
    let body = r#"{"meta":{"purpose":"DS; disease=MONDO:0005105"},"query":{"requestParameters":
        {"referenceName":"1","start":[99],"referenceBases":"a","alternateBases":"g","assemblyId":"hg38"}}}"#;
    let mut both = post("/api/g_variants", "application/json", body);
    both.headers_mut().insert("fyr-purpose", "DS; disease=MONDO:0005105".parse().unwrap());
    let in_query = format!("{}&purpose=DS%3B%20disease%3DMONDO%3A0005105", question("1"));
    for request in [
        get_request(&in_query),
        with(&question("1")),
        post("/api/g_variants", "application/json", body),
        both,
        with("/api/datasets"),
        with("/api/datasets/DS-1"),
    ] {
        let (status, _, answer) = send(&routes, request).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["meta"]["receivedRequestSummary"]["purpose"], ds);
    }
    for path in ["map", "configuration", "entry_types", "filtering_terms", "individuals/filtering_terms"] {
        let (status, ..) = send(&routes, with(&format!("/api/{path}"))).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    assert_eq!(fake.purposes(), vec![Some(ds.to_owned()); 11]);
}

#[tokio::test]
async fn purposes_that_disagree_are_named() {
    let (fake, routes) = beacon();
    let body = r#"{"meta":{"purpose":"GRU"},"query":{"requestParameters":{"geneId":"BRAF"}}}"#;
    let mut request = post("/api/g_variants", "application/json", body);
    request.headers_mut().insert("fyr-purpose", "care; case=7".parse().unwrap());
    let (status, _, answer) = send(&routes, request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let message = answer["error"]["errorMessage"].as_str().unwrap();
    assert!(message.contains("`CC; case=7`") && message.contains("`GRU`"), "{message}");
    let twice = r#"{"meta":{"purpose":"GRU"},"purpose":"HMB","query":{"requestParameters":{"geneId":"A"}}}"#;
    let (status, ..) = send(&routes, post("/api/g_variants", "application/json", twice)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(fake.purposes().is_empty());
}

#[tokio::test]
async fn the_purpose_of_a_mount_is_that_of_requests_that_state_none_and_are_not_signed() {
    let fake = Arc::new(Fake::default());
    let mount = Mount { default_purpose: "GRU".parse().ok(), ..Mount::at("/api") };
    let routes = rest(fake.clone(), &RestOptions { mounts: vec![mount], ..options() });
    let with = |name: &'static str, value: &'static str| {
        Request::get(question("1")).header(name, value).body(Body::empty()).unwrap()
    };
    send(&routes, get_request(&question("1"))).await;
    send(&routes, get_request("/api/map")).await;
    send(&routes, with("fyr-purpose", "HMB")).await;
    send(&routes, with("fyr-query-proof", "a.b.c")).await;
    assert_eq!(fake.purposes(), [Some("GRU".to_owned()), Some("GRU".into()), Some("HMB".into()), None]);
}

/// The Beacon for everybody at /api, and one for research at /research that tells no more than counts.
fn two_mounts() -> [Mount; 2] {
    let view = PolicyView { name: "counts".to_owned(), at_most: Release::Count };
    let care = Mount { default_purpose: "CC; case=7".parse().ok(), ..Mount::at("/api") };
    let research = Mount {
        default_purpose: "GRU".parse().ok(),
        policy_view: Some(view),
        public_url: Some("https://research.example/beacon/".to_owned()),
        ..Mount::at("/research/")
    };
    [care, research]
}

#[tokio::test]
async fn each_mount_has_a_purpose_and_a_view_of_its_own() {
    let fake = Arc::new(Fake::default());
    let routes = rest(fake.clone(), &RestOptions { mounts: two_mounts().into(), ..options() });
    let at_research = question("1").replacen("/api", "/research", 1);
    for path in [question("1"), at_research.clone(), "/research/map".into(), "/api/map".into()] {
        let (status, ..) = send(&routes, get_request(&path)).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    let stated = Request::get(&at_research).header("fyr-purpose", "HMB").body(Body::empty()).unwrap();
    send(&routes, stated).await;
    let heard = fake.heard.lock().unwrap();
    let heard: Vec<_> = heard
        .iter()
        .map(|(credentials, purpose)| {
            let view = credentials.view().map(|view| (view.name.as_str(), view.at_most));
            (purpose.as_ref().map(ToString::to_string).unwrap_or_default(), view)
        })
        .collect();
    let (care, research) = (("CC; case=7".to_owned(), None), Some(("counts", Release::Count)));
    let gru = ("GRU".to_owned(), research);
    assert_eq!(heard, [care.clone(), gru.clone(), gru, care, ("HMB".to_owned(), research)]);
}

#[tokio::test]
async fn each_mount_stands_at_its_own_address() {
    let fake = Arc::new(Fake::default());
    let routes = rest(fake.clone(), &RestOptions { mounts: two_mounts().into(), ..options() });
    for (path, shown, public) in [
        ("/api/datasets", "http://a.test/api/datasets", "http://a.test/api"),
        ("/research/datasets", "https://research.example/beacon/datasets", "https://research.example/beacon"),
    ] {
        let request = |path: &str| Request::get(path).header("host", "a.test").body(Body::empty()).unwrap();
        send(&routes, request(path)).await;
        let (credentials, _) = fake.heard.lock().unwrap().pop().unwrap();
        assert_eq!(credentials.url(), shown);
        let (_, _, map) = send(&routes, request(&path.replace("datasets", "map"))).await;
        let root = map["response"]["endpointSets"]["dataset"]["rootUrl"].as_str().unwrap();
        assert_eq!(root, format!("{public}/datasets"));
    }
    let granularity = async |path: &str| {
        let (_, _, document) = send(&routes, get_request(path)).await;
        document["response"]["securityAttributes"]["defaultGranularity"].as_str().unwrap().to_owned()
    };
    let both = (granularity("/api/configuration").await, granularity("/research/configuration").await);
    assert_eq!(both, ("record".to_owned(), "count".to_owned()));
    let told = async |path: &str| {
        let (_, _, document) = send(&routes, get_request(path)).await;
        document["meta"]["receivedRequestSummary"]["requestedGranularity"].as_str().unwrap().to_owned()
    };
    let asked = "g_variants?assemblyId=GRCh38&referenceName=1&start=99&referenceBases=A&alternateBases=G";
    let unsaid = (told(&format!("/api/{asked}")).await, told(&format!("/research/{asked}")).await);
    assert_eq!(unsaid, both, "whoever does not say how much is asked for gets what /configuration states");
    assert_eq!(told(&format!("/api/{asked}&requestedGranularity=boolean")).await, "boolean");
    for nowhere in ["/researchers/map", "/research/api/map", "/map"] {
        assert_eq!(send(&routes, get_request(nowhere)).await.0, StatusCode::NOT_FOUND, "{nowhere}");
    }
    let wrong = Request::delete("/research/datasets").body(Body::empty()).unwrap();
    assert_eq!(send(&routes, wrong).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_service_sees_what_was_shown_and_where() {
    let (fake, routes) = beacon();
    let request = Request::post("/api/datasets?limit=0")
        .header("host", "beacon.test:8443")
        .header("authorization", "DPoP token")
        .header("dpop", "a.b.c")
        .header("fyr-query-proof", "d.e.f");
    send(&routes, request.uri("/api/datasets/?limit=0").body(Body::empty()).unwrap()).await;
    let (shown, _) = fake.heard.lock().unwrap().pop().unwrap();
    assert_eq!((shown.token(), shown.dpop(), shown.proof()), (Some("token"), Some("a.b.c"), Some("d.e.f")));
    assert_eq!((shown.method(), shown.url()), ("POST", "http://beacon.test:8443/api/datasets/"));
}

#[tokio::test]
async fn info_says_what_may_be_learnt() {
    let (_, routes) = beacon();
    let (_, _, info) = send(&routes, get_request("/api/info")).await;
    assert_eq!(info["response"]["info"]["disclosure"]["public"], "Whether a variant is seen");
}

#[test]
fn base_paths_are_plain() {
    for path in ["", "/api", "/beacon-network/v2.0.0", "/a/b"] {
        assert!(is_base_path(path), "{path}");
    }
    for path in ["api", "/", "//", "/{id}", "/a b", "/a//b"] {
        assert!(!is_base_path(path), "{path}");
    }
}

#[tokio::test]
async fn a_request_is_echoed_in_its_error_too() {
    let (_, routes) = beacon();
    let echo = async |path: &str| {
        let (status, _, document) = send(&routes, get_request(path)).await;
        let echo = document["meta"]["receivedRequestSummary"].clone();
        (status, echo["requestedGranularity"].clone(), echo["pagination"]["limit"].clone())
    };
    let asked = "/api/g_variants?requestedGranularity=count&limit=7";
    let unread =
        format!("{asked}&assemblyId=GRCh38&referenceName=99&start=1&referenceBases=A&alternateBases=C");
    for path in [asked, &unread] {
        assert_eq!(echo(path).await, (StatusCode::BAD_REQUEST, "count".into(), 7.into()), "{path}");
    }
}
