//! A store that lies in no directory.

use std::sync::Arc;

use fyr_policy::{Cohort, ConsentItems, Consents, Statement};
use fyr_store::{
    Call::{Heterozygous, Homozygous, Reference},
    Store,
    log::StorePlace,
};

use super::fixture::{self, OPTIONS, exact, push, record, spec};
use crate::Engine;

async fn told(engine: &Engine) -> Vec<String> {
    let told = fixture::ask(engine, "ds", &exact("1-5-A-T")).await.unwrap();
    told.iter().map(fixture::counts).collect()
}

#[tokio::test]
async fn in_memory_a_store_is_filled_asked_withdrawn_from_and_purged() {
    let place = StorePlace::in_memory();
    let engine = Engine::open_at(place.clone(), OPTIONS, Arc::default()).await.unwrap();
    assert!(engine.snapshot().datasets().is_empty());
    let store = Store::open_at(place).await.unwrap();
    let spec = spec("ds", &[("a.vcf", &["FIN1F", "FIN2M", "GBR1F"])]);
    let shards = spec.shards.clone();
    let mut writer = store.begin(spec).await.unwrap();
    push(&mut writer, &shards, &[record("1-5-A-T", 0, &[Heterozygous, Homozygous, Reference])]).await;
    writer.finish().await.unwrap();
    assert!(engine.refresh().await.unwrap());
    assert_eq!(told(&engine).await, ["3/6 1 1 0 3/3"]);

    let gone = Statement { withdrawn: true, granted: ConsentItems::NONE, ..Statement::default() };
    let said = Arc::new(Consents::new(1, [("ds".to_owned(), "FIN1F".to_owned(), gone)]));
    let view = engine.view(&said).await.unwrap();
    let dataset = view.of("ds", Cohort::Everyone).await.unwrap().unwrap();
    assert_eq!(dataset.everyone.len(), 2);

    let summary = store.purge("ds", &["FIN1F".to_owned()]).await.unwrap();
    assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 1, 0));
    assert!(engine.refresh().await.unwrap());
    assert_eq!(told(&engine).await, ["2/4 0 1 0 2/2"]);
}
