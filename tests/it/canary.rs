//! Nothing that identifies somebody is written down: tokens, proofs, alleles, ids of people and cases.
//!
//! A node and a broker run as processes, with the most talkative log there is, and are asked about canaries. Then
//! everything that they wrote is searched. The processes are this test binary itself, as in `crash`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use fyr_node::NodeConfig;
use fyr_proto::v1;
use fyr_schemas::{
    AlleleQuery, Assembly, EntryRef, EntryType, Granularity, Purpose, Query, Use, VariantQuery,
};
use fyr_tests::{
    CohortSpec,
    ask::GrpcClient,
    cohort::{Inheritance, Window},
    tokens::{Occasion, Provider, Signer, World},
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::{Request, metadata::MetadataMap};

use crate::support::generate;

/// Which program the child is, and its arguments, one a line.
const PROGRAM: &str = "FYR_TEST_CANARY_PROGRAM";
const ARGUMENTS: &str = "FYR_TEST_CANARY_ARGUMENTS";

const NODE: &str = "se.canary.sl-beacon.test";
/// Name of the cohort, with which the ids of its people begin.
const PEOPLE: &str = "KANARIEPERSON";
const SEQUENCE: &str = "ACGTTGCAAGCTTGCATGCC";
const POSITION: u64 = 117_543_219;
const CASE: &str = "kanariefall-4711";
/// The address of a client, as a proxy tells it, and the network that is never written either.
const ADDRESS: &str = "203.0.113.77";
const NETWORK: &str = "203.0.113";
const KNOWN: &str = "kanarie-token-of-the-operator-0123456789";

/// Not a test of its own: the child of the test below. Without the variable it does nothing.
#[test]
fn the_child_runs_a_program() {
    let Ok(program) = std::env::var(PROGRAM) else { return };
    let arguments = std::env::var(ARGUMENTS).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let failed = if program == "fyr-node" {
        runtime
            .block_on(fyr_node_cli::run(fyr_node_cli::Cli::try_parse_from(arguments.lines()).unwrap()))
            .is_err()
    } else {
        runtime
            .block_on(fyr_broker::cli::run(
                fyr_broker::cli::BrokerCli::try_parse_from(arguments.lines()).unwrap(),
            ))
            .is_err()
    };
    std::process::exit(i32::from(failed));
}

fn spawn(program: &str, arguments: &[&str], log: &Path) -> Child {
    let output = |name: &str| Stdio::from(File::create(log.with_extension(name)).unwrap());
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "canary::the_child_runs_a_program", "--nocapture"])
        .env(PROGRAM, program)
        .env(ARGUMENTS, [&[program], arguments].concat().join("\n"))
        .env("FYR_LOG", "trace")
        .stdout(output("out"))
        .stderr(output("err"))
        .spawn()
        .unwrap()
}

/// A service that runs; killed if the test fails.
struct Running {
    child: Child,
    http: String,
    grpc: String,
    monitoring: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

impl Running {
    fn start(program: &str, config: &Path, logs: &Path) -> Self {
        let ready = config.with_extension("ready");
        let arguments = ["serve", "--config", text(config), "--ready-file", text(&ready)];
        let child = spawn(program, &arguments, &logs.join(program));
        let started = Instant::now();
        while !ready.exists() {
            assert!(started.elapsed() < Duration::from_secs(60), "{program} does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        let bound: Value = serde_json::from_str(&fs::read_to_string(ready).unwrap()).unwrap();
        let url = |door: &str| format!("http://{}", bound[door].as_str().unwrap());
        Self { child, http: url("http"), grpc: url("grpc"), monitoring: url("monitoring") }
    }

    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Everything that must be found nowhere.
#[derive(Default)]
struct Canaries(Vec<String>);

impl Canaries {
    /// Adds a token or a proof: the whole, and each of its parts.
    fn jws(&mut self, token: &str) {
        self.0.extend(token.split('.').filter(|part| part.len() > 15).map(str::to_owned));
        self.0.extend(token.split('.').filter(|part| part.len() > 40).map(|part| part[..32].to_owned()));
    }
}

struct Scene {
    node: Running,
    broker: Running,
    world: World,
    trap: Provider,
    canaries: Canaries,
    people: Vec<String>,
    http: reqwest::Client,
    directory: TempDir,
}

/// Whoever connects is a proxy.
const TRUSTED: &str = "[clients]\ntrusted_proxies = [\"127.0.0.1\"]\n";

const RULES: &str = r#"
[policy.default]
consent = "opt-out"
minimum_carriers = 0
minimum_cohort = 0
lowered_because = "synthetic"
accounts = false
care = "boolean"
care_legal_basis = "Act 2027:1, 3 §"
care_assurance = ["http://id.sambi.se/loa/loa3"]

[policy.datasets.KANARIEPERSON]
open = true
public = "record"
subjects = "record"
"#;

impl Scene {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (home, trap) = (directory.path().to_owned(), Provider::start().await.unwrap());
        let world = World::create(NODE, &home, &trap.url("/jwks.json")).unwrap();
        let people = ingest(&home);
        let node = format!(
            "[node]\nid = \"{NODE}\"\n[store]\nurl = \"store\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [monitoring]\nlisten = \"127.0.0.1:0\"\n[grpc]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n{TRUSTED}{RULES}\n\
             [[tokens]]\nname = \"clinic\"\ntoken = \"{KNOWN}\"\n{}",
            world.identity_toml()
        );
        fs::write(home.join("node.toml"), node).unwrap();
        let node = Running::start("fyr-node", &home.join("node.toml"), &home.join("logs"));
        let broker = format!(
            "[broker]\nid = \"se.broker.sl-beacon.test\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [monitoring]\nlisten = \"127.0.0.1:0\"\n[grpc]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\
             {TRUSTED}[[nodes]]\nid = \"{NODE}\"\ngrpc = \"{}\"\ntls = \"off\"\n",
            node.grpc
        );
        fs::write(home.join("broker.toml"), broker).unwrap();
        let broker = Running::start("fyr-broker", &home.join("broker.toml"), &home.join("logs"));
        let mut canaries = Canaries::default();
        let positions = [POSITION - 1, POSITION, POSITION + 1].map(|position| position.to_string());
        canaries.0.extend(positions);
        let words = [PEOPLE.to_owned() + "0", SEQUENCE.to_owned(), CASE.to_owned(), KNOWN.to_owned()];
        canaries.0.extend(words.into_iter().chain([NETWORK.to_owned()]));
        let http = reqwest::Client::new();
        Self { node, broker, world, trap, canaries, people, http, directory }
    }

    /// Signs everything that the issuers of the tests sign, and remembers it.
    fn shown(&mut self, question: &Query, url: &str) -> Vec<HeaderMap> {
        let now = i64::try_from(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(),
        );
        let ask = Occasion { now: now.unwrap(), method: "POST", url, question };
        let (client, world) = (Signer::client(), &self.world);
        let visa = world.grant(ask.now).sign(&Signer::visas_rsa());
        let bearer = world.access(ask.now).sign(&Signer::aai_rsa());
        let passport = world.passport(ask.now, std::slice::from_ref(&visa)).sign(&Signer::aai_rsa());
        let expired = world.access(ask.now - 10_000).sign(&Signer::aai_ec());
        let stranger = world.access(ask.now).sign(&Signer::stranger());
        let evil =
            world.grant(ask.now).head("jku", json!(self.trap.url("/jwks.json"))).sign(&Signer::stranger());
        let with_evil = world.passport(ask.now, std::slice::from_ref(&evil)).sign(&Signer::aai_rsa());
        let bound = world.bound(ask.now).sign(&Signer::aai_rsa());
        let dpop = world.dpop(&ask, &bound, &client).sign(&client);
        let proof = world.query_proof(&ask, &bound, &client).sign(&client);
        let thief = world.query_proof(&ask, &bound, &Signer::thief()).sign(&Signer::thief());
        for jws in
            [&visa, &bearer, &passport, &expired, &stranger, &evil, &with_evil, &bound, &dpop, &proof, &thief]
        {
            self.canaries.jws(jws);
        }
        let plain = |token: &str| vec![("authorization", format!("Bearer {token}"))];
        let tied =
            |name, proof: &str| vec![("authorization", format!("DPoP {bound}")), (name, proof.to_owned())];
        let all = vec![
            Vec::new(),
            plain(KNOWN),
            plain(&bearer),
            plain(&passport),
            plain(&expired),
            plain(&stranger),
            plain(&with_evil),
            plain(&bound),
            plain(&format!("{bearer}, Bearer {bearer}")),
            vec![("authorization", format!("Basic {bearer}"))],
            tied("dpop", &dpop),
            tied("dpop", &dpop),
            tied("fyr-query-proof", &proof),
            tied("fyr-query-proof", &thief),
        ];
        all.into_iter().map(headers).collect()
    }

    /// Asks a Beacon about the canaries, in right and in wrong ways.
    async fn ask_rest(&mut self, beacon: &str) {
        let url = format!("{beacon}/api/g_variants");
        let (sequence, position, person) = (SEQUENCE, POSITION - 1, self.people[0].clone());
        let right = format!(
            "assemblyId=GRCh38&referenceName=7&start={position}&referenceBases={sequence}&alternateBases=A"
        );
        let more = [
            format!("g_variants?{right}&requestedGranularity=record"),
            format!("g_variants?{right}&datasets={person}"),
            format!("g_variants?{right}&requestedGranularity={sequence}"),
            format!("g_variants?assemblyId=GRCh38&referenceName=7&start={position}&end={}", position + 30),
            format!("g_variants?assemblyId=GRCh38&referenceName={sequence}&start={position}"),
            format!(
                "g_variants?assemblyId=GRCh37&referenceName=7&start={position}&referenceBases=!{sequence}"
            ),
            format!("g_variants?genomicAlleleShortForm=7:g.{}_{}del{sequence}", POSITION, POSITION + 1),
            format!("g_variants/GRCh38-7-{POSITION}-{sequence}-A"),
            format!("g_variants/{person}"),
            format!("individuals/{person}"),
            format!("individuals/{person}/g_variants"),
            format!("individuals/{person}/filtering_terms"),
            format!("individuals?filters={person}"),
            format!("individuals?filters=HP:{position}"),
            format!("individuals/{person}-of-nobody"),
            format!("datasets/{person}"),
            format!("{person}/{sequence}"),
            format!("filtering_terms?{right}"),
        ];
        let question = question();
        for headers in self.shown(&question, &url) {
            for path in &more {
                self.send(self.http.get(format!("{beacon}/api/{path}")).headers(headers.clone())).await;
            }
        }
        for headers in self.shown(&question, &url) {
            let purpose = format!("care; case={CASE}");
            self.send(
                self.http
                    .post(format!("{url}?{right}"))
                    .header("fyr-purpose", purpose)
                    .headers(headers.clone()),
            )
            .await;
            let body = json!({ "query": { "requestParameters": { "assemblyId": "GRCh38", "referenceName": "7",
                "start": [position], "referenceBases": sequence, "alternateBases": "A" },
                "filters": [{ "id": person, "operator": sequence, "value": CASE }] } });
            self.send(self.http.post(&url).json(&body).headers(headers.clone())).await;
            self.send(self.http.post(&url).body(format!("{{\"{person}\": {sequence}")).headers(headers))
                .await;
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) {
        // What is answered matters elsewhere; here only what is written down.
        let _ = request.header("x-forwarded-for", ADDRESS).send().await.unwrap().bytes().await;
    }

    /// Asks a gRPC door about the canaries.
    async fn ask_grpc(&mut self, address: &str) {
        let client = GrpcClient::connect(address, None).await.unwrap();
        let question = question();
        let asked = v1::Question::from(&question);
        let care = Purpose { case: Some(CASE.to_owned()), ..Purpose::new(Use::Cc) };
        let within = EntryRef { entry_type: EntryType::Individual, id: self.people[1].clone() };
        let of_person = Query { within: Some(within), ..Query::entries(EntryType::GenomicVariant) };
        let for_care = v1::Question { purpose: Some((&care).into()), ..asked.clone() };
        let mut wrong = asked.clone();
        if let Some(v1::question::Variant::Allele(allele)) = &mut wrong.variant {
            allele.reference_bases.push_str(CASE);
        }
        let url = format!("{address}/fyr.v1.VariantService/Ask");
        for headers in self.shown(&question, &url) {
            let mut service = client.service();
            for question in [asked.clone(), for_care.clone(), wrong.clone(), (&of_person).into()] {
                let _ = service.ask(request(question, &headers)).await;
            }
            let proof = headers.get("fyr-query-proof").map(|proof| proof.to_str().unwrap().to_owned());
            let one = v1::AskManyRequest { tag: 1, question: Some(asked.clone()), proof };
            let many = service.ask_many(request(futures::stream::iter([one]), &headers)).await;
            if let Ok(answers) = many {
                let mut answers = answers.into_inner();
                while let Ok(Some(_)) = answers.message().await {}
            }
        }
    }

    /// Withdraws somebody, and revokes somebody else, by the command line.
    fn change_the_state(&self) {
        let config = self.directory.path().join("node.toml");
        let log = self.directory.path().join("command");
        for arguments in [
            &["consent", "withdraw", "--dataset", PEOPLE, "--person", &self.people[2]][..],
            &["consent", "set", "--dataset", PEOPLE, "--person", &self.people[3], "--care", "no"],
            &["revoke", "subject", "--issuer", "https://aai.example/oidc/", "--id", "eve@aai.example"],
        ] {
            let arguments = [arguments, &["--config", text(&config)]].concat();
            let status = spawn("fyr-node", &arguments, &log).wait().unwrap();
            let said = fs::read_to_string(log.with_extension("err")).unwrap();
            assert!(status.success(), "{arguments:?}: {said}");
        }
    }
}

fn headers(pairs: Vec<(&'static str, String)>) -> HeaderMap {
    let pair = |(name, value): (&'static str, String)| {
        (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap())
    };
    pairs.into_iter().map(pair).collect()
}

fn request<T>(message: T, headers: &HeaderMap) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers.clone());
    request.metadata_mut().insert("x-forwarded-for", ADDRESS.parse().unwrap());
    request
}

fn question() -> Query {
    let allele = AlleleQuery::parse(Assembly::GRCH38, &format!("7-{POSITION}-{SEQUENCE}-A")).unwrap();
    Query { granularity: Granularity::Record, ..Query::variants(VariantQuery::Allele(allele)) }
}

/// Ingests a cohort that carries the canary allele, by the command line; returns the ids of its people.
fn ingest(home: &Path) -> Vec<String> {
    let mut spec = CohortSpec::small(PEOPLE, 1).plant(&format!("7-{POSITION}-{SEQUENCE}-A"), 0.2).unwrap();
    spec.windows = vec![Window::new("7", (117_500_000, 117_600_000), Inheritance::Diploid, 4)];
    let (cohort, _) = generate(home, &spec);
    fs::create_dir_all(home.join("logs")).unwrap();
    let store = home.join("store");
    let data = ["ingest", "--quiet", "--store", text(&store), "--dataset", PEOPLE, "--assembly", "GRCh38"];
    let files = ["--individuals", text(&cohort.panel), text(&cohort.vcf)];
    let status = spawn("fyr-node", &[&data[..], &files].concat(), &home.join("logs/ingest")).wait().unwrap();
    assert!(status.success(), "{}", fs::read_to_string(home.join("logs/ingest.err")).unwrap());
    cohort.people.iter().map(|person| person.id.clone()).collect()
}

/// Returns all files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Returns what of the canaries stands in some bytes, with what stands around it.
fn found<'a>(canaries: &'a Canaries, bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let around = |at: usize| -> String {
        text[..at].chars().rev().take(200).collect::<Vec<_>>().iter().rev().collect()
    };
    let find = |canary: &'a String| {
        text.find(&canary.to_lowercase()).map(|at| format!("{canary} after {}", around(at)))
    };
    canaries.0.iter().filter_map(find).take(5).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_identifies_somebody_is_written_down() {
    let mut scene = Scene::start().await;
    for (http, grpc) in [
        (scene.node.http.clone(), scene.node.grpc.clone()),
        (scene.broker.http.clone(), scene.broker.grpc.clone()),
    ] {
        scene.ask_rest(&http).await;
        scene.ask_grpc(&grpc).await;
    }
    scene.change_the_state();
    scene.ask_rest(&scene.node.http.clone()).await;
    let logs = scene.directory.path().join("logs");
    for (name, service) in [("node", &scene.node), ("broker", &scene.broker)] {
        let metrics = scene.http.get(format!("{}/metrics", service.monitoring)).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        assert!(metrics.contains("fyr_requests_total"), "{metrics}");
        fs::write(logs.join(format!("{name}.metrics")), metrics).unwrap();
    }
    let Scene { node, broker, canaries, directory, trap, people, .. } = scene;
    broker.stop();
    node.stop();
    assert_eq!(trap.connections(), 0);

    let home = directory.path();
    let written = [files(&logs), files(&home.join("store/audit"))].concat();
    assert!(written.len() >= 9, "{written:?}");
    for path in &written {
        let bytes = fs::read(path).unwrap();
        assert_eq!(found(&canaries, &bytes), Vec::<String>::new(), "{}", path.display());
    }
    let said = fs::read_to_string(logs.join("fyr-node.err")).unwrap();
    assert!(said.contains("listening") && said.contains("stopping"), "the log was kept: {said:.500}");
    let audit = fyr_audit::verify(&home.join("store/audit/decisions.jsonl")).unwrap();
    assert!(audit.decisions > 300, "{audit:?}");
    // What is remembered of people are their own statements, until a purge; tokens and alleles never.
    let remembered = files(&home.join("store/state"));
    let (mut of_people, mut rest) = (Canaries::default(), Canaries::default());
    for canary in canaries.0 {
        if canary.starts_with(PEOPLE) { of_people.0.push(canary) } else { rest.0.push(canary) }
    }
    for path in &remembered {
        assert_eq!(found(&rest, &fs::read(path).unwrap()), Vec::<String>::new(), "{}", path.display());
    }
    let state = NodeConfig::load(Some(&home.join("node.toml"))).unwrap().open_state().await.unwrap();
    let history = format!("{:?}", state.changes_since(0).await.unwrap());
    assert!(history.contains("withdraw") || history.contains("Withdraw"), "{history}");
    assert_eq!(found(&of_people, history.as_bytes()), Vec::<String>::new());
    assert!(state.is_withdrawn(&people[2]).await.unwrap());
    state.close().await;
}

#[test]
fn a_canary_that_was_written_would_be_found() {
    let mut canaries = Canaries::default();
    let token = fyr_tests::tokens::Jws::new("at+jwt").with("sub", "kanariefall").sign(&Signer::aai_rsa());
    canaries.jws(&token);
    canaries.0.push(SEQUENCE.to_owned());
    assert_eq!(found(&canaries, format!("…{}…", SEQUENCE.to_lowercase()).as_bytes()).len(), 1);
    for part in token.split('.') {
        assert_ne!(found(&canaries, format!("…{part}").as_bytes()), Vec::<String>::new());
    }
}
