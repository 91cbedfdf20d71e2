//! A withdrawal is in force at every replica before it is acknowledged, while questions run.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use fyr_schemas::{AlleleQuery, Assembly};
use fyr_tests::{
    ask::{Ask, GrpcClient, RestClient},
    network::{Certificates, TestNode},
};
use tokio::task::JoinSet;
use tonic::Code;

use super::{
    OPEN,
    files::{OF_TWO, People},
};

/// What the hammering tasks share.
#[derive(Default)]
struct Watch {
    acknowledged: AtomicBool,
    stop: AtomicBool,
    both: AtomicU64,
    one: AtomicU64,
    unavailable: AtomicU64,
}

impl Watch {
    /// Judges one answer, by what was known when its question started and when it had arrived.
    fn judge(&self, known_at_start: bool, carriers: Option<u64>) {
        let known_on_arrival = self.acknowledged.load(Ordering::SeqCst);
        match carriers {
            Some(2) => {
                assert!(!known_at_start, "a question of after the acknowledgement counts the person");
                assert!(!known_on_arrival, "an answer that came after the acknowledgement counts the person");
                self.both.fetch_add(1, Ordering::SeqCst);
            }
            Some(1) if known_at_start => drop(self.one.fetch_add(1, Ordering::SeqCst)),
            Some(1) => {}
            None => drop(self.unavailable.fetch_add(1, Ordering::SeqCst)),
            Some(other) => panic!("{other} carriers, of two"),
        }
    }

    fn at_start(&self) -> Option<bool> {
        (!self.stop.load(Ordering::SeqCst)).then(|| self.acknowledged.load(Ordering::SeqCst))
    }
}

async fn over_grpc(watch: Arc<Watch>, client: GrpcClient) {
    let query = AlleleQuery::parse(Assembly::GRCH38, OF_TWO).unwrap();
    let ask = Ask::default();
    while let Some(known) = watch.at_start() {
        let carriers = match client.lookup(&query, &ask).await.unwrap() {
            Ok(answer) => answer.datasets[0].variants.first().and_then(|variant| variant.carriers),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                None
            }
        };
        watch.judge(known, carriers);
    }
}

async fn over_stream(watch: Arc<Watch>, client: GrpcClient) {
    let queries = [OF_TWO; 3].map(|allele| AlleleQuery::parse(Assembly::GRCH38, allele).unwrap());
    while let Some(known) = watch.at_start() {
        match client.alleles(&queries, &Ask::default()).await {
            Ok(answers) => {
                // They came one after another: what is known now was known when the last one came.
                let counts = answers.iter().map(|answer| answer.datasets[0].variants[0].carriers);
                counts.for_each(|count| watch.judge(known, count));
            }
            Err(error) => {
                assert!(error.to_string().contains("UNAVAILABLE"), "{error}");
                watch.judge(known, None);
            }
        }
    }
}

async fn over_rest(watch: Arc<Watch>, client: RestClient) {
    let path = "/g_variants?assemblyId=GRCh38&referenceName=2&start=999&referenceBases=A&alternateBases=C\
                &requestedGranularity=record";
    while let Some(known) = watch.at_start() {
        let (status, body) = client.get(path).await.unwrap();
        let count = body.pointer("/response/resultSets/0/results/0/info/carriers");
        assert!(status == 200 || status == 503, "{status} {body}");
        watch.judge(known, count.and_then(serde_json::Value::as_u64));
    }
}

async fn over_rest_by_people(watch: Arc<Watch>, client: RestClient) {
    let path = "/g_variants/GRCh38-2-1000-A-C/individuals?requestedGranularity=count";
    while let Some(known) = watch.at_start() {
        let (status, body) = client.get(path).await.unwrap();
        assert!(status == 200 || status == 503, "{status} {body}");
        watch.judge(known, body["responseSummary"]["numTotalResults"].as_u64());
    }
}

/// Waits until something was counted a few times.
async fn until(count: &AtomicU64, least: u64) {
    while count.load(Ordering::SeqCst) < least {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_counted_after_the_acknowledgement_at_any_replica() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 11, 20);
    let certificates = Certificates::create(&directory.path().join("certificates")).unwrap();
    let spec = people.node("everyone", &[]).with_policy(OPEN);
    let first = TestNode::start(&directory.path().join("first"), spec.clone(), &certificates).await.unwrap();
    let spec = spec.on_the_store_of(&first);
    let second = TestNode::start(&directory.path().join("second"), spec, &certificates).await.unwrap();
    assert_eq!((first.store(), first.id()), (second.store(), second.id()));

    let watch = Arc::new(Watch::default());
    let mut hammering = JoinSet::new();
    for node in [&first, &second] {
        hammering.spawn(over_grpc(Arc::clone(&watch), node.grpc().await.unwrap()));
        hammering.spawn(over_stream(Arc::clone(&watch), node.grpc().await.unwrap()));
        hammering.spawn(over_rest(Arc::clone(&watch), RestClient::new(&node.beacon())));
        hammering.spawn(over_rest_by_people(Arc::clone(&watch), RestClient::new(&node.beacon())));
    }
    until(&watch.both, 100).await;
    let state = second.state().await.unwrap();
    let person = people.id(0);
    state.withdraw("test", person, &[people.sample(person)]).await.unwrap();
    watch.acknowledged.store(true, Ordering::SeqCst);
    until(&watch.one, 100).await;
    watch.stop.store(true, Ordering::SeqCst);
    while let Some(task) = hammering.join_next().await {
        task.unwrap();
    }
    assert!(watch.both.load(Ordering::SeqCst) >= 100 && watch.one.load(Ordering::SeqCst) >= 100);
    first.stop().await;
    second.stop().await;
}
