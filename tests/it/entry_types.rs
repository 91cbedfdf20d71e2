//! Every entry type is served, and every list says so.

use fyr_tests::ask::RestClient;

use crate::{
    if_shared_data::conformance::ENTRY_TYPES,
    support::{OPEN, Regions, declared_open},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_open_region_maps_every_entry_type() {
    let regions = Regions::generate().with_metadata().with_node(OPEN, declared_open).start().await;
    let rest = RestClient::new(&regions.network.node(OPEN).unwrap().beacon());
    let (_, map) = rest.get("/map").await.unwrap();
    let (_, types) = rest.get("/entry_types").await.unwrap();
    let (_, configuration) = rest.get("/configuration").await.unwrap();
    for (id, path, _) in ENTRY_TYPES {
        let root = map["response"]["endpointSets"][id]["rootUrl"].as_str().unwrap();
        assert!(root.ends_with(&format!("/{path}")), "{root}");
        assert_eq!(types["response"]["entryTypes"][id]["id"], id);
        assert_eq!(configuration["response"]["entryTypes"][id]["id"], id);
    }
    regions.network.stop().await;
}
