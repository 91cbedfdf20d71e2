//! The gate over scripted grounds and accounts. Nothing is timed: what happens meanwhile is a step of the script.

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::future::BoxFuture;
use fyr_doors::TermSelection;
use fyr_schemas::{Allowance, AllowanceKind, Answer, Assembly, Purpose};

use super::*;
use crate::{
    Node,
    service::tests::{
        Fixture, nobody, query, range,
        tokens::{REGISTERED, Signer, World, iss},
    },
};

/// The data of a node, of which each look says what the script says, and that nothing has changed when it is over.
#[derive(Debug)]
struct Scripted {
    data: Arc<dyn Grounds>,
    looks: Mutex<VecDeque<bool>>,
    stages: AtomicU32,
}

impl Grounds for Scripted {
    fn stage(&self, now: OffsetDateTime) -> BoxFuture<'_, Result<Stage, ServiceError>> {
        self.stages.fetch_add(1, Ordering::Relaxed);
        self.data.stage(now)
    }

    fn still_hold<'a>(&'a self, _: &'a Stage) -> BoxFuture<'a, bool> {
        let look = self.looks.lock().unwrap().pop_front().unwrap_or(true);
        Box::pin(std::future::ready(look))
    }
}

/// What every account says is left of it.
const ALLOWANCE: Allowance = Allowance { kind: AllowanceKind::Day, price: 1, left: 8, most: 9 };

/// Accounts that remember what they were asked to charge.
#[derive(Debug, Default)]
struct Ledger {
    charged: Mutex<Vec<Price>>,
    is_empty: bool,
}

impl Spend for Arc<Ledger> {
    fn spend<'a>(&'a self, price: &'a Price) -> BoxFuture<'a, Result<Vec<Allowance>, ServiceError>> {
        self.charged.lock().unwrap().push(price.clone());
        let refused = Err(ServiceError::Quota { most: 0, what: "a day" });
        Box::pin(std::future::ready(if self.is_empty { refused } else { Ok(vec![ALLOWANCE]) }))
    }

    fn look<'a>(&'a self, _: &'a Price) -> BoxFuture<'a, Result<Vec<Allowance>, ServiceError>> {
        Box::pin(std::future::ready(Ok(vec![ALLOWANCE])))
    }
}

/// Lets a script decide whether consents have changed.
fn script(node: &mut Node, looks: &[bool]) -> Arc<Scripted> {
    let looks = Mutex::new(looks.iter().copied().collect());
    let data = Arc::clone(&node.live) as Arc<dyn Grounds>;
    let scripted = Arc::new(Scripted { data, looks, stages: AtomicU32::new(0) });
    node.gate.live = Arc::clone(&scripted) as Arc<dyn Grounds>;
    scripted
}

/// Puts a request of each kind, and says by which code it failed.
async fn put(node: &Node, kind: Action) -> Option<ErrorCode> {
    let nobody = nobody();
    let error = match kind {
        Action::Datasets => node.list(&nobody, None).await.err(),
        Action::Types => node.types(&nobody, None).await.err(),
        Action::Terms => node.terms(&nobody, &TermSelection::default(), None).await.err(),
        _ => node.ask(&nobody, &query(&["open"])).await.err(),
    };
    error.map(|error| error.code())
}

const KINDS: [Action; 4] = [Action::Allele, Action::Datasets, Action::Types, Action::Terms];

#[tokio::test]
async fn every_request_is_evaluated_again_until_nothing_has_changed() {
    for kind in KINDS {
        for (looks, stages, code) in [
            (&[true, true][..], 1, None),
            (&[false, true, true], 2, None),
            (&[false, false, false, false, true, true], 5, None),
            (&[false, false, false, false, false, true], 5, Some(ErrorCode::Unavailable)),
        ] {
            let mut fixture = Fixture::new().await;
            let scripted = script(&mut fixture.node, looks);
            assert_eq!(put(&fixture.node, kind).await, code, "{kind:?} {looks:?}");
            assert_eq!(scripted.stages.load(Ordering::Relaxed), stages, "{kind:?} {looks:?}");
        }
    }
}

#[tokio::test]
async fn what_changed_while_it_was_recorded_does_not_leave() {
    for kind in KINDS {
        let mut fixture = Fixture::new().await;
        let scripted = script(&mut fixture.node, &[true, false]);
        assert_eq!(put(&fixture.node, kind).await, Some(ErrorCode::Unavailable), "{kind:?}");
        assert_eq!(scripted.looks.lock().unwrap().len(), 0, "{kind:?}: it was looked at after the record");
        assert_eq!(fixture.last_decision().action, kind);
    }
}

/// An errand that writes down its steps.
#[derive(Debug, Default)]
struct Steps {
    taken: Mutex<Vec<&'static str>>,
    hides: bool,
    is_endless: bool,
    panics: bool,
}

impl Steps {
    fn takes(&self, step: &'static str) {
        self.taken.lock().unwrap().push(step);
    }
}

impl Errand for &Steps {
    type Permit = ();
    type Located = ();
    type Told = ();

    fn action(&self) -> Action {
        Action::Entries
    }

    fn signed(&self) -> std::borrow::Cow<'_, Query> {
        std::borrow::Cow::Owned(query(&[]))
    }

    fn purpose(&self) -> Option<&fyr_schemas::Purpose> {
        None
    }

    fn decide(&self, _: &Stage, _: &Chain, entry: &mut AuditEntry<'_>) -> Result<(), ServiceError> {
        self.takes("decide");
        entry.allowed();
        Ok(())
    }

    fn hides(&self, (): &()) -> bool {
        self.hides
    }

    async fn locate(&self, _: &Stage, (): &()) -> Result<(), ServiceError> {
        self.takes("locate");
        Ok(())
    }

    fn price(&self, _: &Stage, _: &Chain, ((), ()): (&(), &())) -> Price {
        self.takes("price");
        let charge = Charge {
            account: "anna today".into(),
            most: 1,
            until: i64::MAX,
            kind: AllowanceKind::Day,
            item: None,
        };
        Price { item: "this".into(), charges: vec![charge] }
    }

    async fn tell(&self, _: &Stage, _: Accounts<'_>, (): (), (): ()) -> Result<(), ServiceError> {
        self.takes("tell");
        assert!(!self.panics, "the errand does what it should");
        if self.is_endless { std::future::pending().await } else { Ok(()) }
    }
}

/// Sends an errand through a node's gate; says by which code it failed.
async fn send(node: &Node, errand: &Steps) -> Option<ErrorCode> {
    let told = node.gate.attend(Asked::by(&nobody(), errand)).await;
    told.err().map(|error| error.code())
}

#[tokio::test]
async fn nothing_is_counted_that_is_not_paid_for() {
    for (is_empty, code, steps) in [
        (false, None, &["decide", "locate", "price", "tell"][..]),
        (true, Some(ErrorCode::TooManyRequests), &["decide", "locate", "price"]),
    ] {
        let mut fixture = Fixture::new().await;
        let ledger = Arc::new(Ledger { is_empty, ..Ledger::default() });
        fixture.node.gate.purse = Box::new(Arc::clone(&ledger));
        let errand = Steps::default();
        assert_eq!(send(&fixture.node, &errand).await, code);
        assert_eq!(*errand.taken.lock().unwrap(), steps);
        let charged = ledger.charged.lock().unwrap();
        assert_eq!(charged.iter().map(|price| price.item.as_str()).collect::<Vec<_>>(), ["this"]);
        assert_eq!(fixture.last_decision().code, code);
    }
}

#[tokio::test]
async fn a_question_ends_at_its_deadline() {
    let fixture = Fixture::with(|config| config.limits.deadline_ms = 1).await;
    let errand = Steps { is_endless: true, ..Steps::default() };
    assert_eq!(send(&fixture.node, &errand).await, Some(ErrorCode::Timeout));
    assert_eq!(fixture.last_decision().code, Some(ErrorCode::Timeout));
}

thread_local! {
    /// How often the gate waited for its grid.
    static WAITS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Says that it waits, and does not.
fn noted(_: Duration) -> BoxFuture<'static, ()> {
    WAITS.with(|waits| waits.set(waits.get() + 1));
    Box::pin(std::future::ready(()))
}

#[tokio::test]
async fn every_kind_of_answer_with_a_floor_leaves_on_the_grid() {
    for kind in KINDS {
        for (floor, waits) in [(0, 0), (5, 1)] {
            let mut fixture = Fixture::with(|config| {
                for rules in config.policy.datasets.values_mut() {
                    rules.minimum_carriers = Some(floor);
                    rules.subjects = rules.public.map(|release| release.min(fyr_schemas::Release::Count));
                }
            })
            .await;
            fixture.node.gate.wait = noted;
            WAITS.with(|waits| waits.set(0));
            assert_eq!(put(&fixture.node, kind).await, None, "{kind:?}");
            assert_eq!(WAITS.with(std::cell::Cell::get), waits, "{kind:?} with a floor of {floor}");
        }
    }
}

#[tokio::test]
async fn whoever_hides_something_waits_even_with_an_error() {
    for (hides, waits) in [(true, 1), (false, 0)] {
        let mut fixture = Fixture::with(|config| config.limits.deadline_ms = 1).await;
        fixture.node.gate.wait = noted;
        WAITS.with(|waits| waits.set(0));
        let errand = Steps { hides, is_endless: true, ..Steps::default() };
        assert_eq!(send(&fixture.node, &errand).await, Some(ErrorCode::Timeout));
        assert_eq!(WAITS.with(std::cell::Cell::get), waits);
    }
}

/// A registered researcher.
fn researcher(world: &World) -> Credentials {
    researcher_by(world, None)
}

/// A registered researcher whose token was issued to a client.
fn researcher_by(world: &World, client: Option<&str>) -> Credentials {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let visa =
        |kind: &str, by: &str| world.visa(now, kind, REGISTERED).stating("by", by).sign(&Signer::visas_rsa());
    let visas = [visa("ResearcherStatus", "so"), visa("AcceptedTermsAndPolicies", "self")];
    let passport = world.passport(now, &visas);
    let passport = client.into_iter().fold(passport, |passport, client| passport.with("azp", client));
    Credentials::bearer(passport.sign(&Signer::aai_rsa()))
}

/// A node whose questions cost researchers something, its issuers, and what is charged.
async fn priced() -> (Fixture, World, Arc<Ledger>) {
    let keys = tempfile::tempdir().unwrap();
    let world = World::create("se.fin", keys.path(), "https://nobody.example").unwrap();
    #[derive(serde::Deserialize)]
    struct File {
        identity: fyr_identity::IdentityConfig,
    }
    let mut fixture = Fixture::with(|config| {
        config.identity = toml::from_str::<File>(&world.identity_toml()).unwrap().identity;
        let rules = fyr_policy::DatasetRules {
            research: Some(fyr_schemas::Release::Boolean),
            consent: Some(fyr_policy::ConsentBasis::OptOut),
            accounts: Some(false),
            lowered_because: Some("the ledger is all there is".into()),
            ..fyr_policy::DatasetRules::default()
        };
        config.policy.datasets = ["open", "clinic"].map(|id| (id.to_owned(), rules.clone())).into();
    })
    .await;
    let ledger = Arc::new(Ledger::default());
    fixture.node.gate.purse = Box::new(Arc::clone(&ledger));
    (fixture, world, ledger)
}

#[tokio::test]
async fn an_allele_is_charged_once_in_whichever_notation_and_of_how_many_datasets() {
    let (fixture, world, ledger) = priced().await;
    let allele = |text: &str, only: &[&str]| {
        let allele = fyr_schemas::AlleleQuery::parse(Assembly::GRCH38, text).unwrap();
        let variant = Some(fyr_schemas::VariantQuery::Allele(allele));
        Query {
            variant,
            purpose: "GRU".parse().ok(),
            granularity: fyr_schemas::Granularity::Boolean,
            ..query(only)
        }
    };
    for query in [
        allele("7-117559590-ATCT-A", &[]),
        allele("chr7:117559589:GATCT:GA", &[]),
        allele("7-117559590-ATCT-A", &["open"]),
        allele("7-117559590-ATCT-A", &["clinic"]),
        allele("7-117559590-ATC-A", &["clinic"]),
    ] {
        let told = fixture.node.ask(&researcher(&world), &query).await;
        assert!(told.is_ok(), "{:?}", told.err());
    }
    let charged = ledger.charged.lock().unwrap();
    let items: Vec<&str> = charged.iter().map(|price| price.item.as_str()).collect();
    assert_eq!(items.len(), 5);
    assert!(items[..4].iter().all(|item| *item == items[0]), "{items:?}");
    assert_ne!(items[4], items[0], "another allele");
}

#[tokio::test]
async fn whichever_service_acts_the_person_is_charged_and_the_service_recorded() {
    let (fixture, world, ledger) = priced().await;
    let broker = |shown: Credentials| shown.by_certificate(Some("broker.example".into()));
    let of = |client: &str| format!("client {client} of {}", iss::AAI);
    for (credentials, acting) in [
        (broker(researcher(&world)), "certificate broker.example".to_owned()),
        (broker(researcher_by(&world, Some("portal"))), of("portal")),
        (researcher_by(&world, Some("other")), of("other")),
    ] {
        let granularity = fyr_schemas::Granularity::Boolean;
        let asked = Query { purpose: "GRU".parse().ok(), granularity, ..query(&["open"]) };
        let told = fixture.node.ask(&credentials, &asked).await;
        assert!(told.is_ok(), "{:?}", told.err());
        assert_eq!(fixture.last_decision().acting, Some(acting));
    }
    let operators = Credentials::bearer(crate::service::tests::TOKEN);
    drop(fixture.node.list(&operators, None).await.unwrap());
    assert_eq!(fixture.last_decision().acting.as_deref(), Some("credential clinic-1"));
    let charged = ledger.charged.lock().unwrap();
    assert!(charged.len() == 3 && charged.iter().all(|price| *price == charged[0]), "{charged:?}");
}

#[tokio::test]
async fn every_request_takes_a_slot() {
    let fixture = Fixture::with(|config| {
        config.limits.concurrency = 1;
        config.limits.queue_ms = 1;
    })
    .await;
    for kind in KINDS {
        let busy = fixture.node.gate.busy().await;
        assert_eq!(put(&fixture.node, kind).await, Some(ErrorCode::Unavailable), "{kind:?}");
        drop(busy);
        assert_eq!(put(&fixture.node, kind).await, None, "{kind:?}");
    }
}

/// Puts a batch; returns what became of each question.
async fn ask_all(node: &Node, queries: &[Query]) -> Vec<Result<Answer, ErrorCode>> {
    let asked: Vec<_> = queries.iter().map(|query| (nobody(), query.clone())).collect();
    let outcomes: Vec<_> = node.ask_all(asked, None).collect().await;
    let told = |outcome: Told<Answer>| outcome.map(Attended::into_inner).map_err(|error| error.code());
    outcomes.into_iter().map(told).collect()
}

#[tokio::test]
async fn each_question_of_a_batch_has_the_outcome_that_it_has_alone() {
    let fixture = Fixture::new().await;
    let queries =
        [query(&["open"]), query(&["hidden"]), range(Assembly::GRCH37), query(&["old"]), query(&["open"])];
    let mut alone = Vec::new();
    for query in &queries {
        alone.extend(ask_all(&fixture.node, std::slice::from_ref(query)).await);
    }
    assert!(alone.iter().any(Result::is_ok) && alone.iter().any(Result::is_err));
    let before = fixture.log().lines().count();
    assert_eq!(ask_all(&fixture.node, &queries).await, alone);
    assert_eq!(fixture.log().lines().count(), before + 1, "a batch is one record");
    let decided = fixture.decisions();
    let (batch, singles) = (&decided[queries.len()..], &decided[..queries.len()]);
    assert_eq!(batch, singles, "which says of each question what its own would");
}

/// Sends a batch of errands, for each of which somebody waits; returns by which code each failed.
async fn send_all(node: &Node, errands: [(&Steps, Option<Duration>); 3]) -> Vec<Option<ErrorCode>> {
    let asked = errands.map(|(errand, patience)| Asked {
        credentials: Cow::Owned(nobody()),
        errand,
        until: patience.map(|patience| Instant::now() + patience),
    });
    let told: Vec<_> = node.gate.attend_all(asked.into()).collect().await;
    told.into_iter().map(|told| told.err().map(|error| error.code())).collect()
}

#[tokio::test]
async fn a_question_of_a_batch_fails_by_itself() {
    let fixture = Fixture::new().await;
    let (good, panics) = (Steps::default(), Steps { panics: true, ..Steps::default() });
    let endless = Steps { is_endless: true, ..Steps::default() };
    let soon = Some(Duration::from_millis(20));
    let codes = send_all(&fixture.node, [(&panics, None), (&good, None), (&endless, soon)]).await;
    assert_eq!(codes, [Some(ErrorCode::Internal), None, Some(ErrorCode::Timeout)]);
    let recorded: Vec<_> = fixture.decisions().iter().map(|decision| decision.code).collect();
    assert_eq!(recorded, codes, "each is recorded as what it was");
}

#[tokio::test]
async fn a_question_that_comes_twice_in_a_batch_is_charged_once() {
    let fixture = Fixture::new().await;
    let steps = Steps::default();
    assert_eq!(send_all(&fixture.node, [(&steps, None); 3]).await, [None; 3], "one of one is left for it");
}

#[tokio::test]
async fn nobody_waits_longer_for_a_slot_than_they_said() {
    let fixture = Fixture::with(|config| {
        config.limits.concurrency = 1;
        config.limits.queue_ms = 3_600_000;
    })
    .await;
    let _busy = fixture.node.gate.busy().await;
    let (steps, gone) = (Steps::default(), Some(Duration::ZERO));
    let codes = send_all(&fixture.node, [(&steps, gone); 3]).await;
    assert_eq!(codes, [Some(ErrorCode::Unavailable); 3]);
}

#[tokio::test]
async fn a_batch_passes_the_door_of_a_node_as_one() {
    let fixture = Fixture::new().await;
    let batch = vec![(nobody(), query(&["open"])); 3];
    let told: Vec<_> = fyr_doors::Service::answer_all(&fixture.node, batch, None).collect().await;
    assert_eq!(told.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(told.iter().all(|(_, answer)| answer.is_ok()));
    let batches = fixture.log().lines().filter(|line| line.contains("\"decisions\"")).count();
    assert_eq!((batches, fixture.decisions().len()), (1, 3));
}

#[tokio::test]
async fn one_client_leaves_slots_to_others() {
    let fixture = Fixture::with(|config| {
        config.limits.concurrency = 4;
        config.limits.queue_ms = 1;
        config.limits.deadline_ms = 3_600_000;
    })
    .await;
    let (nobody, endless) = (nobody(), Steps { is_endless: true, ..Steps::default() });
    let all: Vec<_> = (0..8).map(|_| Asked::by(&nobody, &endless)).collect();
    let mut busy = Box::pin(fixture.node.gate.attend_all(all).collect::<Vec<_>>());
    while endless.taken.lock().unwrap().iter().filter(|step| **step == "tell").count() < 2 {
        assert!(futures::poll!(&mut busy).is_pending());
        tokio::task::yield_now().await;
    }
    let other = Credentials::bearer(crate::service::tests::TOKEN);
    assert_eq!(fixture.node.ask(&other, &query(&["open"])).await.err().map(|error| error.code()), None);
}

#[tokio::test]
async fn a_chunk_is_evaluated_on_one_stage() {
    let mut fixture = Fixture::new().await;
    let scripted = script(&mut fixture.node, &[false, true, true]);
    let queries = vec![query(&["open"]); 2 * CHUNK + 1];
    let before = fixture.log().lines().count();
    let told = ask_all(&fixture.node, &queries).await;
    assert!(told.len() == queries.len() && told.iter().all(Result::is_ok));
    assert_eq!(scripted.stages.load(Ordering::Relaxed), 4, "three chunks, one of them again");
    assert_eq!(fixture.log().lines().count(), before + 3);
    assert_eq!(fixture.decisions().len(), queries.len());
}

#[tokio::test]
async fn questions_in_test_mode_are_put_to_other_data_than_their_neighbours() {
    let mut fixture = Fixture::new().await;
    let scripted = script(&mut fixture.node, &[]);
    let test = Query { test_mode: true, ..query(&[]) };
    let told = ask_all(&fixture.node, &[test.clone(), query(&["open"]), test]).await;
    let datasets =
        |answer: &Answer| answer.datasets.iter().map(|dataset| dataset.id.clone()).collect::<Vec<_>>();
    let told: Vec<_> = told.iter().map(|answer| datasets(answer.as_ref().unwrap())).collect();
    assert_eq!(
        told,
        [vec!["SYNTHETIC-se.fin".to_owned()], vec!["open".into()], vec!["SYNTHETIC-se.fin".into()]]
    );
    assert_eq!(scripted.stages.load(Ordering::Relaxed), 1, "the real data were looked at for one question");
}

#[tokio::test]
async fn what_costs_nothing_is_not_charged() {
    let mut fixture = Fixture::new().await;
    let ledger = Arc::new(Ledger { is_empty: true, ..Ledger::default() });
    fixture.node.gate.purse = Box::new(Arc::clone(&ledger));
    for kind in KINDS {
        assert_eq!(put(&fixture.node, kind).await, None, "{kind:?}");
    }
    assert_eq!(*ledger.charged.lock().unwrap(), []);
}

#[tokio::test]
async fn a_stage_says_what_it_rests_on() {
    let fixture = Fixture::new().await;
    let stage = async || fixture.node.gate.live.stage(OffsetDateTime::UNIX_EPOCH).await.unwrap();
    let first = stage().await;
    assert_eq!(first.now(), OffsetDateTime::UNIX_EPOCH);
    assert_eq!(first.policy_version(), fixture.node.policies.get().version);
    fixture.node.state.withdraw("officer@clinic", "a", &[]).await.unwrap();
    fixture.node.follower.current().await.unwrap();
    let second = stage().await;
    assert!(second.consent_version() > first.consent_version());
    assert!(!fixture.node.gate.live.still_hold(&first).await, "somebody has withdrawn");
    assert!(fixture.node.gate.live.still_hold(&second).await);
}

#[tokio::test]
async fn what_is_committed_to_the_store_is_taken_over_once() {
    let fixture = Fixture::new().await;
    let live = &fixture.node.live;
    assert_eq!((live.refresh().await.unwrap(), live.datasets()), (false, 4));
    fixture.load("fifth").await;
    assert_eq!((live.refresh().await.unwrap(), live.datasets()), (true, 5));
    assert!(!live.refresh().await.unwrap());
}

#[tokio::test]
async fn the_time_of_a_stage_is_the_clocks() {
    let mut fixture = Fixture::with(|config| {
        for rules in config.policy.datasets.values_mut() {
            rules.expires = Some("2027-01-31".into());
        }
    })
    .await;
    fixture.node.gate.clock = || time::macros::datetime!(2027-01-30 23:59:59 UTC);
    assert_eq!(put(&fixture.node, Action::Allele).await, None);
    fixture.node.gate.clock = || time::macros::datetime!(2027-01-31 00:00 UTC);
    assert!(put(&fixture.node, Action::Allele).await.is_some(), "the datasets have expired");
}

/// A request that costs something, and tells what is left.
struct Priced {
    is_dry_run: bool,
}

impl Errand for Priced {
    type Permit = ();
    type Located = ();
    type Told = Vec<Allowance>;

    fn action(&self) -> Action {
        Action::Allele
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Owned(Query::listing(None))
    }

    fn purpose(&self) -> Option<&Purpose> {
        None
    }

    fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    fn decide(&self, _: &Stage, _: &Chain, _: &mut AuditEntry<'_>) -> Result<(), ServiceError> {
        Ok(())
    }

    fn hides(&self, (): &()) -> bool {
        false
    }

    async fn locate(&self, _: &Stage, (): &()) -> Result<(), ServiceError> {
        Ok(())
    }

    fn price(&self, _: &Stage, _: &Chain, _: (&(), &())) -> Price {
        let (account, kind) = ("somebody".to_owned(), AllowanceKind::Day);
        Price { item: "item".into(), charges: vec![Charge { account, most: 9, until: 0, kind, item: None }] }
    }

    async fn tell(&self, _: &Stage, _: Accounts<'_>, (): (), (): ()) -> Result<Vec<Allowance>, ServiceError> {
        Ok(Vec::new())
    }

    fn account_for(&self, told: &mut Vec<Allowance>, allowances: Vec<Allowance>) {
        *told = allowances;
    }
}

#[tokio::test]
async fn a_dry_run_is_priced_and_not_charged() {
    for (is_dry_run, charged) in [(true, 0), (false, 1)] {
        let mut fixture = Fixture::new().await;
        let ledger = Arc::new(Ledger::default());
        fixture.node.gate.purse = Box::new(Arc::clone(&ledger));
        let credentials = nobody();
        let asked = Asked::by(&credentials, Priced { is_dry_run });
        assert_eq!(fixture.node.gate.attend(asked).await.unwrap().into_inner(), [ALLOWANCE]);
        assert_eq!(ledger.charged.lock().unwrap().len(), charged);
        assert_eq!(fixture.decisions().len(), 1, "it is recorded either way");
    }
}
