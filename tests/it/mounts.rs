//! One process at several paths: each has a purpose and a view of the policy of its own.

use fyr_tests::{NodeSpec, ask::RestClient};
use serde_json::Value;

use crate::support::{NORTH, Regions};

const MOUNTS: &str = "\
    [[http.mounts]]\nprefix = \"/seen\"\npolicy_view = { name = \"seen\", at_most = \"boolean\" }\n\
    [[http.mounts]]\nprefix = \"/all\"\npolicy_view = { name = \"all\", at_most = \"record\" }\n\
    [[http.mounts]]\nprefix = \"/nothing\"\npolicy_view = { name = \"nothing\", at_most = \"none\" }\n";

const VARIANT: &str = "/g_variants?assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT\
    &alternateBases=A&requestedGranularity=record";
const PEOPLE: &str = "/individuals?requestedGranularity=count&filters=NCIT:C16576";

/// What an answer tells beside whether there is something.
fn told(body: &Value) -> (String, Option<u64>) {
    let granularity = body["meta"]["returnedGranularity"].as_str().unwrap_or_default().to_owned();
    (granularity, body["responseSummary"]["numTotalResults"].as_u64())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_narrows_what_is_told_and_never_widens_it() {
    let mounted = |node: NodeSpec| NodeSpec { http: MOUNTS.to_owned(), ..node };
    let regions = Regions::generate().with_metadata().with_node(NORTH, mounted).start().await;
    let beacon = regions.network.node(NORTH).unwrap().beacon();
    let at = |prefix: &str| RestClient::new(&beacon.replace("/api", prefix));
    for question in [VARIANT, PEOPLE] {
        let (status, whole) = at("/api").get(question).await.unwrap();
        assert_eq!((status, whole["responseSummary"]["exists"].as_bool()), (200, Some(true)), "{whole}");
        assert!(told(&whole).1.is_some(), "{whole}");
        let (_, all) = at("/all").get(question).await.unwrap();
        assert_eq!(told(&all), told(&whole), "a view beyond the policy changes nothing");
        let (status, seen) = at("/seen").get(question).await.unwrap();
        assert_eq!((status, seen["responseSummary"]["exists"].as_bool()), (200, Some(true)), "{seen}");
        assert_eq!(told(&seen), ("boolean".to_owned(), None), "{seen}");
        assert_eq!(at("/nothing").get(question).await.unwrap().0, 403);
    }
    let terms = async |prefix: &str| {
        let (_, body) = at(prefix).get("/filtering_terms").await.unwrap();
        body["response"]["filteringTerms"].as_array().map_or(0, Vec::len)
    };
    assert!(terms("/api").await > 0);
    assert_eq!(terms("/nothing").await, 0);
    regions.network.stop().await;
}
