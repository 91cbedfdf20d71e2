//! Per purpose: whom a question counts is held against a count that asks each person.

use std::{collections::BTreeMap, path::Path};

use fyr_proto::v1;
use fyr_schemas::{Answer, Assembly, Granularity, Purpose, Query, VariantQuery};
use fyr_state::{CareFilter, CareReview};
use fyr_tests::{
    AlleleCounts, AlleleKey, NetworkSpec, NodeSpec, TestNetwork,
    ask::RestClient,
    compare::{difference, of_node, question},
    naive,
    network::TestNode,
    tokens::{Occasion, Signer, World},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    NODE, REGION, change,
    files::{COMMON, OF_TWO, People},
    text,
};

/// The items, in the order of the columns.
const ITEMS: [&str; 4] = ["allele-frequency", "subject-level", "secondary-use", "care"];

/// What one person said: each item, and whether they opted out.
#[derive(Clone, Copy, Debug)]
struct Said {
    items: [Option<bool>; 4],
    opted_out: bool,
}

impl Said {
    fn by_chance(rng: &mut impl Rng) -> Self {
        let answers = [Some(true), Some(true), Some(false), None];
        Self {
            items: std::array::from_fn(|_| answers[rng.random_range(0..4)]),
            opted_out: rng.random_bool(0.2),
        }
    }

    /// Whether the person may be counted where two items are needed.
    fn covers(self, about: usize, purpose: usize, silence: bool) -> bool {
        let agreed = |item: usize| self.items[item].unwrap_or(silence);
        agreed(about) && agreed(purpose) && !(purpose == SECONDARY && self.opted_out)
    }
}

const FREQUENCY: usize = 0;
const SUBJECT: usize = 1;
const SECONDARY: usize = 2;
const CARE: usize = 3;

/// For how many patients a clinician asks.
const CASES: usize = 3;

fn policy(basis: &str, data_use: &str) -> String {
    format!(
        "[policy.default]\nconsent = \"{basis}\"\ndata_use = {data_use}\npublic = \"frequency\"\nsubjects = \"count\"\n\
         minimum_carriers = 0\nminimum_cohort = 0\nmost_filters = 3\nlisted = true\n\
         lowered_because = \"synthetic people\"\naccounts = false\n\
         care = \"boolean\"\ncare_legal_basis = \"SFS 2022:913\"\ncare_assurance = [\"loa3\"]\n"
    )
}

/// A node whose people said something by chance, by way of a table that was imported.
struct Site {
    directory: tempfile::TempDir,
    people: People,
    said: Vec<Said>,
    network: TestNetwork,
    world: World,
}

impl Site {
    async fn start(basis: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let people = People::generate(directory.path(), 31, 40);
        let mut rng = ChaCha8Rng::seed_from_u64(31);
        let said: Vec<Said> = people.cohort.people.iter().map(|_| Said::by_chance(&mut rng)).collect();
        let world = World::create(NODE, directory.path(), "127.0.0.1:1").unwrap();
        let spec = people.node("everyone", &[]).with_policy(&policy(basis, "[\"GRU\"]"));
        let spec = spec.with_settings(&identity(directory.path()));
        let network = NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), network).await.unwrap();
        let site = Self { directory, people, said, network, world };
        let table = site.directory.path().join("consents.csv");
        std::fs::write(&table, site.table()).unwrap();
        change(site.node(), &["consent", "import"], &["--quiet", &text(&table)]).await.unwrap();
        site
    }

    fn node(&self) -> &TestNode {
        self.network.node(NODE).unwrap()
    }

    /// Every third person is named by their biosample.
    fn table(&self) -> String {
        let mut table = format!("dataset,person,{},opt-out\n", ITEMS.join(","));
        for (at, (person, said)) in self.people.cohort.people.iter().zip(&self.said).enumerate() {
            let id = if at % 3 == 0 { format!("{}-B", person.id) } else { person.id.clone() };
            let words = said.items.map(|item| item.map_or("", |yes| if yes { "yes" } else { "no" }));
            let opted_out = if said.opted_out { "yes" } else { "" };
            table.push_str(&format!("{REGION},{id},{},{opted_out}\n", words.join(",")));
        }
        table
    }

    /// Returns those who may not be counted.
    fn others(&self, about: usize, purpose: usize, silence: bool) -> Vec<&str> {
        let everybody = self.people.cohort.people.iter().zip(&self.said);
        let others = everybody.filter(|(_, said)| !said.covers(about, purpose, silence));
        others.map(|(person, _)| person.id.as_str()).collect()
    }

    /// Counts all alleles of the file of everybody, over those who may be counted.
    fn truth(&self, without: &[&str]) -> BTreeMap<AlleleKey, BTreeMap<String, AlleleCounts>> {
        let sex = |male: bool| Some(if male { 'M' } else { 'F' });
        let groups = self.people.cohort.people.iter().map(|person| {
            let populations = vec![person.population.clone(), "SYN".to_owned()];
            (self.people.sample(&person.id), (sex(person.male), populations))
        });
        let text = self.people.all_without(without);
        naive::count(&text, &groups.collect(), copies).unwrap().alleles
    }
}

fn copies(contig: &str, position: u32, sex: Option<char>) -> Option<usize> {
    match contig {
        "MT" => Some(1),
        "X" if position > 2_781_479 && sex == Some('M') => Some(1),
        _ => Some(2),
    }
}

/// Whoever vouches for clinicians, with what they assert.
fn identity(directory: &Path) -> String {
    format!(
        "[[identity.issuers]]\niss = \"https://aai.example/oidc/\"\njwks_file = '{}'\n\
         [identity.issuers.claims]\nlicences = [\"/licence\"]\nassurance = [\"/acr\"]\npurposes = [\"/purpose\"]\n\
         purpose_words = {{ \"Vård och behandling\" = \"CC\" }}\n",
        directory.join("aai.json").display()
    )
}

async fn allele_frequencies(basis: &str, silence: bool) {
    let site = Site::start(basis).await;
    let truth = site.truth(&site.others(FREQUENCY, SECONDARY, silence));
    let everyone = site.truth(&[]);
    let purpose: Purpose = "GRU".parse().unwrap();
    let mut client = site.node().grpc().await.unwrap().service();
    let mut differ = 0;
    for (key, counts) in &truth {
        let query = question(Assembly::GRCH38, key).unwrap();
        let question = Query {
            granularity: Granularity::Record,
            purpose: Some(purpose.clone()),
            ..Query::variants(VariantQuery::Allele(query))
        };
        let answer = client.ask(v1::Question::from(&question)).await.unwrap().into_inner();
        let answer = Answer::try_from(answer).unwrap();
        assert_eq!(difference(counts, of_node(&answer).as_ref()), None, "{basis}: {key}");
        differ += usize::from(everyone[key] != *counts);
    }
    assert!(differ > 20, "consent makes a difference for {differ} alleles only");
    of_people(&site, silence).await;
    of_care(&site, silence).await;
    site.network.stop().await;
}

/// A question about people counts those who agreed to be found by one.
async fn of_people(site: &Site, silence: bool) {
    let client = RestClient::new(&site.node().beacon());
    let found = |holds: &dyn Fn(usize, bool) -> bool, purpose: usize| {
        let people = site.people.cohort.people.iter().zip(&site.said).enumerate();
        let holding = people
            .filter(|(at, (person, said))| said.covers(SUBJECT, purpose, silence) && holds(*at, person.male));
        holding.count() as u64
    };
    type Case = (Value, &'static dyn Fn(usize, bool) -> bool);
    let cases: [Case; 4] = [
        (json!([]), &|_, _| true),
        (json!(["NCIT:C20197"]), &|_, male| male),
        (json!([{ "id": "platform", "operator": "=", "value": "Illumina", "scope": "run" }]), &|at, _| {
            at % 2 == 0
        }),
        (
            json!(["NCIT:C20197", { "id": "platform", "operator": "=", "value": "Illumina", "scope": "run" }]),
            &|at, male| male && at % 2 == 0,
        ),
    ];
    for (filters, holds) in cases {
        for path in ["/individuals", "/biosamples", "/runs"] {
            let body = json!({
                "meta": { "purpose": "GRU" }, "query": { "filters": filters, "requestedGranularity": "count" },
            });
            let (status, body) = client.post(path, &body).await.unwrap();
            assert_eq!(status, 200, "{body}");
            let counted = body["responseSummary"]["numTotalResults"].as_u64();
            assert_eq!(counted, Some(found(&holds, SECONDARY)), "{path} {filters}");
        }
    }
    assert_ne!(found(&|_, _| true, SECONDARY), found(&|_, _| true, CARE));
}

/// A question of care is answered by those who agreed to it, also by who opted out of secondary use.
async fn of_care(site: &Site, silence: bool) {
    let truth = site.truth(&site.others(FREQUENCY, CARE, silence));
    let secondary = site.truth(&site.others(FREQUENCY, SECONDARY, silence));
    let mut differ = 0;
    let carried = |of: &BTreeMap<AlleleKey, BTreeMap<String, AlleleCounts>>, key: &AlleleKey| {
        of[key].get("Total").is_some_and(|total| total.carriers() > 0)
    };
    for (at, key) in truth.keys().enumerate() {
        // Of one case as much may be asked as there is.
        let (status, body) = ask_for_care(site, key, at % CASES).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["responseSummary"]["exists"], json!(carried(&truth, key)), "{key}");
        differ += usize::from(carried(&truth, key) != carried(&secondary, key));
    }
    assert!(differ > 0, "care and secondary use are answered alike");
    let seen = truth.keys().filter(|key| carried(&truth, key)).count();
    waits_for_a_review(site, truth.len() as u64, seen as u64).await;
}

/// Every answer is in the queue: a review of each case, once with each question.
async fn waits_for_a_review(site: &Site, questions: u64, seen: u64) {
    let state = site.node().state().await.unwrap();
    let reviews = state.care_reviews(&CareFilter::default()).await.unwrap();
    assert_eq!(reviews.len(), CASES);
    let all = |of: fn(&CareReview) -> u64| reviews.iter().map(of).sum::<u64>();
    assert_eq!((all(|review| review.questions), all(|review| review.seen)), (questions, seen));
    let log = std::fs::read_to_string(site.node().store().join("audit/decisions.jsonl")).unwrap();
    for review in &reviews {
        for question in state.care_questions(review.id).await.unwrap() {
            assert!(log.contains(&question.question), "the audit log calls it so too");
        }
    }
    state.close().await;
}

/// Asks as a clinician, with a token that is bound to their key.
async fn ask_for_care(site: &Site, key: &AlleleKey, case: usize) -> (u16, Value) {
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let token = site
        .world
        .bound(now)
        .with("licence", json!(["LK"]))
        .with("acr", "loa3")
        .with("purpose", "Vård och behandling");
    let token = token.sign(&Signer::aai_rsa());
    let url = format!("{}/g_variants", site.node().beacon());
    let query = question(Assembly::GRCH38, key).unwrap();
    let asked = Query::variants(VariantQuery::Allele(query));
    let ask = Occasion { now, method: "POST", url: &url, question: &asked };
    let proof = site.world.dpop(&ask, &token, &Signer::client()).sign(&Signer::client());
    let variant = json!({
        "assemblyId": "GRCh38", "referenceName": key.contig, "start": [key.position - 1],
        "referenceBases": key.reference, "alternateBases": key.alternate,
    });
    let body = json!({
        "meta": { "purpose": format!("care; case={case}") },
        "query": { "requestParameters": variant, "requestedGranularity": "boolean" },
    });
    let request = reqwest::Client::new().post(&url).json(&body);
    let request = request.header("authorization", format!("DPoP {token}")).header("dpop", proof);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agreed_is_counted_where_consent_is_the_ground() {
    allele_frequencies("opt-in", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_object_is_counted_where_the_law_is_the_ground() {
    allele_frequencies("opt-out", true).await;
}

/// One research purpose at three cohorts of the same people: consent that does not cover it, the law, and consent
/// that covers it and that nobody gave.
#[tokio::test(flavor = "multi_thread")]
async fn one_purpose_is_refused_by_consent_and_allowed_by_law() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 37, 40);
    let base = people.node("everyone", &[]);
    let cohort = |dataset: &str| {
        let mut options = base.data[0].clone();
        dataset.clone_into(&mut options.dataset);
        options
    };
    let rules = "public = \"frequency\"\nminimum_carriers = 5\nminimum_cohort = 5\nlowered_because = \"synthetic\"\naccounts = false\n";
    let policy = format!(
        "[policy.datasets.CANCER]\nconsent = \"opt-in\"\ndata_use = [\"DS MONDO:0004992\"]\nlisted = true\n{rules}\
         [policy.datasets.HIDDEN]\nconsent = \"opt-in\"\ndata_use = [\"DS MONDO:0004992\"]\n{rules}\
         [policy.datasets.LAW]\nconsent = \"opt-out\"\n{rules}\
         [policy.datasets.ASKED]\nconsent = \"opt-in\"\ndata_use = [\"HMB\"]\n{rules}"
    );
    let node = NodeSpec::open(NODE, ["CANCER", "HIDDEN", "LAW", "ASKED"].map(cohort).to_vec());
    let network = NetworkSpec { nodes: vec![node.with_policy(&policy)], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let client = RestClient::new(&network.node(NODE).unwrap().beacon());
    let ask = async |dataset: &str, allele: &str| {
        let body = json!({
            "meta": { "purpose": "HMB" },
            "query": {
                "requestParameters": { "assemblyId": "GRCh38", "allele": allele, "datasetIds": [dataset] },
                "requestedGranularity": "record", "includeResultsetResponses": "ALL",
            },
        });
        client.post("/g_variants", &body).await.unwrap()
    };
    assert_eq!(ask("CANCER", COMMON).await.0, 403);
    let ((hidden, a), (unknown, b)) = (ask("HIDDEN", COMMON).await, ask("NOWHERE", COMMON).await);
    assert_eq!((hidden, unknown, &a["error"]), (404, 404, &b["error"]));
    let (status, body) = ask("LAW", COMMON).await;
    let count = "/response/resultSets/0/results/0/frequencyInPopulations/0/frequencies/0/alleleCount";
    let counted = people.cohort.truth.total(&AlleleKey::parse(COMMON).unwrap()).unwrap().allele_count;
    assert_eq!((status, body.pointer(count)), (200, Some(&json!(counted))), "{body}");

    // Nobody agreed: it reads like an allele of which too few are told.
    let (status, nobody) = ask("ASKED", COMMON).await;
    let (_, few) = ask("LAW", OF_TWO).await;
    let told = |body: &Value| {
        let set = &body["response"]["resultSets"][0];
        json!([
            body["responseSummary"],
            set["exists"],
            set["resultsCount"],
            set["results"],
            set["countPrecision"]
        ])
    };
    assert_eq!((status, &nobody["responseSummary"]["exists"]), (200, &Value::Bool(false)), "{nobody}");
    assert_eq!(told(&nobody), told(&few));
    network.stop().await;
}
