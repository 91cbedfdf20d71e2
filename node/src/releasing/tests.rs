//! Whoever is told of is told what a node of those who were released would tell, whatever happens in between.

use std::{collections::BTreeSet, fs};

use futures::future::join_all;
use fyr_doors::Credentials;
use fyr_policy::{ConsentBasis, DatasetRules, PolicyConfig};
use fyr_schemas::{
    Answer, Assembly, Contig, EntryType, Epoch, ErrorCode, Granularity, Individual, Interbase, Query,
    Release, Sex, Variant, VariantType,
};
use fyr_store::{
    Annotation, Call, Carriers, Compaction, DatasetKind, GenotypeRow, Repeated, SegmentSpec, Store,
};
use tempfile::TempDir;

use crate::{Node, NodeConfig, OwnersView, ServiceError};

const DATASET: &str = "clinic";
/// People who may come.
const PEOPLE: usize = 7;

/// Numbers by chance, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// A node, and what is to be true of it.
struct Site {
    directory: TempDir,
    config: NodeConfig,
    node: Option<Node>,
    floor: u64,
    here: BTreeSet<usize>,
    withdrawn: BTreeSet<usize>,
    released: BTreeSet<usize>,
    epoch: u32,
}

fn id(person: usize) -> String {
    format!("P{person}")
}

/// Everybody may ask how many people there are, where there are so many, as it is.
fn rules(floor: u64) -> DatasetRules {
    DatasetRules {
        public: Some(Release::Count),
        subjects: Some(Release::Count),
        consent: Some(ConsentBasis::OptOut),
        data_use: Some(vec!["NRES".parse().unwrap()]),
        minimum_carriers: Some(floor),
        minimum_cohort: Some(0),
        exact_numbers: Some(true),
        accounts: Some(false),
        lowered_because: Some("a test".into()),
        ..DatasetRules::default()
    }
}

fn question() -> Query {
    let granularity = Granularity::Count;
    Query { granularity, purpose: "GRU".parse().ok(), ..Query::entries(EntryType::Individual) }
}

/// Loads people who all carry an allele.
async fn load(store: &Store, people: &[usize]) {
    let individual = |person: &usize| Individual {
        id: id(*person),
        sex: Sex::Unknown,
        populations: Vec::new(),
        family: None,
    };
    let spec = SegmentSpec {
        normalised: false,
        annotated: false,
        dataset: DATASET.into(),
        assembly: Assembly::GRCH38,
        kind: DatasetKind::Individual,
        replace: false,
        repeated: Repeated::United,
        sources: Vec::new(),
        individuals: people.iter().map(individual).collect(),
        shards: vec![(0..people.len()).collect()],
    };
    let mut writer = store.begin(spec).await.unwrap();
    let mut carriers = Carriers::default();
    writer.indices().to_vec().into_iter().for_each(|index| carriers.push(index, Call::Heterozygous));
    let variant = Variant {
        contig: Contig::resolve("7", Assembly::GRCH38).unwrap(),
        interval: Interbase::new(99, 100).unwrap(),
        reference_bases: "A".into(),
        alternate_bases: "G".into(),
        variant_type: VariantType::Snp,
        sv_length: None,
    };
    let (annotation, ids, filters) = (Annotation::default(), Vec::new(), Vec::new());
    let row = GenotypeRow { annotation, variant, ids, filters, shard: 0, carriers };
    writer.push_genotypes(vec![row]).await.unwrap();
    writer.finish().await.unwrap();
}

/// How many people are told of, and of which epoch.
fn told(answer: Result<Answer, ServiceError>) -> (u64, Option<Epoch>) {
    match answer {
        Ok(answer) => {
            let dataset = &answer.datasets[0];
            let epoch = dataset.versions.as_ref().and_then(|versions| versions.epoch());
            (dataset.result_count.unwrap_or_default(), epoch)
        }
        Err(error) => {
            let unknown = matches!(error.code(), ErrorCode::PermissionDenied | ErrorCode::NotFound);
            assert!(unknown, "{error}");
            (0, None)
        }
    }
}

impl Site {
    async fn new(rules: DatasetRules) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let mut config = NodeConfig::new("se.fin", store.to_str().unwrap());
        let floor = rules.minimum_carriers.unwrap();
        config.policy = PolicyConfig { default: rules, ..PolicyConfig::default() };
        let none = BTreeSet::new;
        let (here, withdrawn, released) = (none(), none(), none());
        Self { directory, config, node: None, floor, here, withdrawn, released, epoch: 0 }
    }

    async fn store(&self) -> Store {
        Store::open(&self.directory.path().join("store")).await.unwrap()
    }

    fn is_there(&self, person: &usize) -> bool {
        self.here.contains(person) && !self.withdrawn.contains(person)
    }

    /// Releases, where it is true, whoever waits.
    fn expect_releases(&mut self) {
        let waiting: Vec<usize> = self.here.difference(&self.released).copied().collect();
        let waiting: Vec<usize> = waiting.into_iter().filter(|person| self.is_there(person)).collect();
        if self.floor >= 2 && waiting.len() as u64 >= self.floor {
            self.released.extend(waiting);
            self.epoch += 1;
        }
    }

    async fn node(&mut self) -> &Node {
        if self.node.is_none() {
            self.node = Some(Node::open(&self.config).await.unwrap());
        }
        let node = self.node.as_ref().unwrap();
        node.live.refresh().await.unwrap();
        node
    }

    /// Asks the node, and compares with whom it may tell of.
    async fn check(&mut self, after: &str) {
        self.expect_releases();
        let node = self.node().await;
        let found = told(node.ask(&Credentials::default(), &question()).await.map(|told| told.into_inner()));
        let everybody = self.here.iter().filter(|person| self.is_there(person)).count() as u64;
        let of_released = self.released.iter().filter(|person| self.is_there(person)).count() as u64;
        let (expected, epoch) = match self.floor {
            0 | 1 => (everybody, None),
            floor => (if of_released < floor { 0 } else { of_released }, Some(Epoch(self.epoch))),
        };
        assert_eq!(found.0, expected, "{after}");
        assert!(everybody == 0 || found.1 == epoch, "{after}: {found:?}, {epoch:?}");
    }

    /// What the owner is told: everybody who has not withdrawn.
    async fn of_owner(&self) -> u64 {
        let owner = OwnersView::open(&self.config, "anna").await.unwrap();
        told(owner.ask(&question()).await).0
    }

    async fn step(&mut self, dice: &mut Dice) -> String {
        let person = dice.roll(PEOPLE);
        self.node().await;
        let state = self.node.as_ref().unwrap().state.clone();
        match dice.roll(9) {
            0..=3 if self.here.insert(person) => {
                load(&self.store().await, &[person]).await;
                format!("load {person}")
            }
            4 | 5 if self.here.contains(&person) => {
                let is_new = self.withdrawn.insert(person);
                if is_new {
                    state.withdraw("test", &id(person), &[]).await.unwrap();
                } else {
                    self.withdrawn.remove(&person);
                    state.reinstate("test", &id(person), &[]).await.unwrap();
                }
                format!("{} {person}", if is_new { "withdraw" } else { "reinstate" })
            }
            6 if !self.here.is_empty() => {
                self.store().await.compact(DATASET, Compaction::All).await.unwrap();
                "compact".to_owned()
            }
            7 => {
                self.node = None;
                "restart".to_owned()
            }
            _ => "nothing".to_owned(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_by_one_they_are_told_of_when_as_many_have_come_as_the_floor_asks_for() {
    let runs = (0..12).map(|seed| async move {
        let mut site = Site::new(rules(1 + seed % 3)).await;
        load(&site.store().await, &[0]).await;
        site.here.insert(0);
        let dice = &mut Dice(seed);
        let mut log = format!("floor {}:", site.floor);
        for _ in 0..14 {
            log = format!("{log} {},", site.step(dice).await);
            site.check(&log).await;
        }
        let everybody = site.here.iter().filter(|person| site.is_there(person)).count() as u64;
        site.node = None;
        assert_eq!(site.of_owner().await, everybody, "{log}");
        site.epoch
    });
    let epochs = join_all(runs).await;
    assert!(epochs.iter().any(|epoch| *epoch > 1), "{epochs:?}");
}

#[tokio::test]
async fn whoever_is_purged_and_loaded_again_stays_what_they_were() {
    let mut site = Site::new(rules(2)).await;
    let store = site.store().await;
    load(&store, &[0, 1, 2]).await;
    site.here.extend([0, 1, 2]);
    site.check("three come").await;
    load(&store, &[3]).await;
    site.here.insert(3);
    site.check("one waits").await;
    let state = site.node().await.state.clone();
    for person in [0, 3] {
        state.withdraw("test", &id(person), &[]).await.unwrap();
        store.purge(DATASET, &[id(person)]).await.unwrap();
        state.forget("test", &[id(person)]).await.unwrap();
        state.reinstate("test", &id(person), &[]).await.unwrap();
        load(&store, &[person]).await;
    }
    site.check("one who was told of and one who waited are back").await;
    assert_eq!((site.released.len(), site.epoch), (3, 1));
    load(&store, &[4]).await;
    site.here.insert(4);
    site.check("another comes").await;
    assert_eq!((site.released.len(), site.epoch), (5, 2));
}

#[tokio::test]
async fn of_two_replicas_one_releases_and_both_tell_the_same() {
    let mut site = Site::new(rules(2)).await;
    load(&site.store().await, &[0, 1]).await;
    let mut other = site.config.clone();
    other.audit.path = Some(site.directory.path().join("other.jsonl"));
    let (one, other) = (Node::open(&site.config).await.unwrap(), Node::open(&other).await.unwrap());
    for (number, people) in [[2, 3], [4, 5]].into_iter().enumerate() {
        let asked = [&one, &other, &one, &other].map(|node| async {
            node.live.refresh().await.unwrap();
            told(node.ask(&Credentials::default(), &question()).await.map(|told| told.into_inner()))
        });
        let expected = (2 + 2 * number as u64, Some(Epoch(1 + number as u32)));
        assert_eq!(join_all(asked).await, [expected; 4]);
        load(&site.store().await, &people).await;
    }
    let changes = one.state.changes_since(0).await.unwrap();
    let releases = changes.iter().filter(|change| change.action == fyr_state::ChangeKind::Release);
    assert_eq!(
        releases.map(|change| change.items.as_str()).collect::<Vec<_>>(),
        ["epoch 1: 2 people", "epoch 2: 2 people"]
    );
    site.node = Some(one);
}

#[tokio::test]
async fn enough_wait_for_the_time_that_the_rules_state() {
    let mut site = Site::new(DatasetRules { additions_every: "1 hour".parse().ok(), ..rules(2) }).await;
    load(&site.store().await, &[0, 1]).await;
    site.here.extend([0, 1]);
    site.check("the first need not wait").await;
    load(&site.store().await, &[2, 3]).await;
    let node = site.node().await;
    let ask =
        async || told(node.ask(&Credentials::default(), &question()).await.map(|told| told.into_inner()));
    assert_eq!(ask().await, (2, Some(Epoch(1))));
    let later = |minutes| time::OffsetDateTime::now_utc() + time::Duration::minutes(minutes);
    node.live.release(later(58)).await.unwrap();
    assert_eq!(ask().await, (2, Some(Epoch(1))));
    node.live.release(later(61)).await.unwrap();
    assert_eq!(ask().await, (4, Some(Epoch(2))));
}

#[tokio::test]
async fn who_did_not_agree_is_nobody_to_wait_with() {
    let agreed = DatasetRules { consent: Some(ConsentBasis::OptIn), ..rules(2) };
    let mut site = Site::new(agreed).await;
    load(&site.store().await, &[0, 1, 2]).await;
    let node = site.node().await;
    let ask =
        async || told(node.ask(&Credentials::default(), &question()).await.map(|told| told.into_inner()));
    assert_eq!(ask().await, (0, Some(Epoch(0))));
    let said = |person| fyr_state::Said {
        dataset: DATASET.into(),
        person: id(person),
        answers: fyr_policy::ConsentItem::ALL
            .into_iter()
            .fold(fyr_state::Answers::default(), |all, item| all.with(item, fyr_state::ItemAnswer::Yes)),
    };
    node.state.set("test", &[said(0)], || ()).await.unwrap();
    assert_eq!(ask().await, (0, Some(Epoch(0))));
    node.state.set("test", &[said(1)], || ()).await.unwrap();
    assert_eq!(ask().await, (2, Some(Epoch(1))));
}

#[tokio::test]
async fn a_question_of_another_epoch_is_refused_by_name() {
    let mut site = Site::new(rules(2)).await;
    load(&site.store().await, &[0, 1]).await;
    let node = site.node().await;
    for (epoch, is_told) in [(1, true), (0, false), (2, false)] {
        let query = Query { epoch: Some(Epoch(epoch)), ..question() };
        let answer = node.ask(&Credentials::default(), &query).await.map(|told| told.into_inner());
        assert_eq!(answer.as_ref().is_ok_and(|answer| answer.exists), is_told, "{epoch}");
        let refused = answer.err().map(|error| (error.code(), error.to_string().contains("epoch")));
        assert_eq!(refused, (!is_told).then_some((ErrorCode::Unsupported, true)), "{epoch}");
    }
}

#[tokio::test]
async fn who_was_released_is_so_in_a_restored_state() {
    let mut site = Site::new(rules(2)).await;
    load(&site.store().await, &[0, 1]).await;
    site.here.extend([0, 1]);
    site.check("two come").await;
    load(&site.store().await, &[2]).await;
    site.here.insert(2);
    site.check("one waits").await;
    let copy = site.directory.path().join("copy.db");
    site.node().await.state.copy_to(&copy).await.unwrap();
    site.node().await.state.close().await;
    site.node = None;
    let (url, _) = site.config.state_place().unwrap();
    let file = url.expose().trim_start_matches("sqlite:").to_owned();
    for beside in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{beside}"));
    }
    fs::copy(copy, file).unwrap();
    site.check("restored").await;
}
