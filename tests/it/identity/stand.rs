//! A node that believes the issuers of the tests, and a broker before it.

use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    sync::Mutex,
    time::{SystemTime, UNIX_EPOCH},
};

use fyr_node::NodeConfig;
use fyr_proto::v1;
use fyr_schemas::{
    AlleleQuery, Allowance, Answer, Assembly, DatasetSelection, Granularity, Purpose, Query, Release,
    TokenScheme, Use, VariantQuery,
};
use fyr_state::State;
use fyr_tests::{
    CohortSpec, NetworkSpec, NodeSpec, TestNetwork,
    ask::GrpcClient,
    cohort::{Inheritance, Window},
    network::TestNode,
    tokens::{DATASET, Occasion, Provider, TestCredentials, World},
};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tempfile::TempDir;
use tonic::{Code, Request, metadata::MetadataMap};

use crate::support::{EVERYWHERE, generate};

/// The node.
pub(super) const NODE: &str = "se.identity.sl-beacon.test";
/// Everyone may ask for frequencies.
pub(super) const OPEN: &str = "OPEN";
/// Registered researchers may ask for counts.
pub(super) const REGISTERED: &str = "REGISTERED";
/// For members of a study alone, whom the grants of the cases make members: counts, and frequencies for those
/// who show that a token is theirs.
pub(super) const GRANTED: &str = "GRANTED";

const POLICY: &str = r#"
[policy]
directory = "policies"

[policy.default]
consent = "opt-out"
minimum_carriers = 0
minimum_cohort = 0
lowered_because = "synthetic"
accounts = false

[policy.datasets.OPEN]
open = true
public = "frequency"

[policy.datasets.REGISTERED]
research = "count"

[policy.datasets.GRANTED]
research = "count"
consortium = "frequency"
tags = ["Study"]
"#;
const MEMBERS: &str = r#"
@id("members-of-the-study")
permit(principal, action in Action::"release", resource)
when { context.profile == "research" && principal in resource.projects && context.purpose != "unstated" };
"#;

/// Beacon or gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Rest,
    Grpc,
}

impl Door {
    pub(super) const BOTH: [Self; 2] = [Self::Rest, Self::Grpc];
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// An answer of the only dataset.
    Answer(Release),
    /// An error, as HTTP status.
    Refused(u16),
    /// The connection ended, or the door took no such header.
    Torn,
}

/// Everything that runs.
pub(super) struct Stand {
    pub(super) network: TestNetwork,
    pub(super) world: World,
    pub(super) trap: Provider,
    pub(super) http: reqwest::Client,
    grpc: GrpcClient,
    read: Mutex<u64>,
    _directory: TempDir,
}

impl Stand {
    pub(super) async fn start() -> Self {
        Self::with(World::identity_toml).await
    }

    /// Starts a node with other issuers.
    pub(super) async fn with(identity: impl Fn(&World) -> String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let trap = Provider::start().await.unwrap();
        let world = World::create(NODE, directory.path(), &trap.url("/jwks.json")).unwrap();
        let network =
            NetworkSpec { nodes: vec![node(&directory, &identity(&world))], ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), network).await.unwrap();
        let grpc = network.node(NODE).unwrap().grpc().await.unwrap();
        let http = reqwest::Client::new();
        Self { network, world, trap, http, grpc, read: Mutex::new(0), _directory: directory }
    }

    pub(super) fn node(&self) -> &TestNode {
        self.network.node(NODE).unwrap()
    }

    /// Opens what the node remembers, as its command line does.
    pub(super) async fn state(&self) -> State {
        let config = NodeConfig::load(Some(&self.node().directory().join("node.toml"))).unwrap();
        config.open_state().await.unwrap()
    }

    /// Returns the address at which a door takes questions.
    pub(super) fn url(&self, door: Door) -> String {
        match door {
            Door::Rest => format!("{}/g_variants", self.node().beacon()),
            Door::Grpc => format!("{}/fyr.v1.VariantService/Ask", self.node().grpc_url()),
        }
    }

    /// Asks the node.
    pub(super) async fn ask(&self, door: Door, question: &Query, headers: &HeaderMap) -> Told {
        match door {
            Door::Rest => rest(&self.http, &self.url(door), question, headers).await,
            Door::Grpc => grpc(&self.grpc, question, headers).await,
        }
    }

    /// Asks the node, and returns what the question cost and what is left.
    pub(super) async fn allowances(&self, question: &Query, headers: &HeaderMap) -> Vec<Allowance> {
        answer(&self.grpc, question, headers).await.unwrap().allowances
    }

    /// Asks the broker.
    pub(super) async fn ask_broker(&self, door: Door, question: &Query, headers: &HeaderMap) -> Told {
        let broker = &self.network.broker;
        match door {
            Door::Rest => {
                rest(&self.http, &format!("{}/g_variants", broker.beacon()), question, headers).await
            }
            Door::Grpc => grpc(&broker.grpc().await.unwrap(), question, headers).await,
        }
    }

    /// Makes credentials for a question and puts it.
    pub(super) async fn show(
        &self,
        door: Door,
        question: &Query,
        forge: impl Fn(&World, &Occasion<'_>) -> TestCredentials,
    ) -> Told {
        let url = self.url(door);
        let shown = forge(&self.world, &Occasion { now: now(), method: "POST", url: &url, question });
        self.ask(door, question, &headers(&shown).unwrap()).await
    }

    pub(super) fn audit_path(&self) -> PathBuf {
        self.node().directory().join("store/audit/decisions.jsonl")
    }

    /// Returns the decisions that were recorded since this was asked last.
    pub(super) fn decisions(&self) -> Vec<Value> {
        let mut read = self.read.lock().unwrap();
        let (mut file, mut text) = (fs::File::open(self.audit_path()).unwrap(), String::new());
        file.seek(SeekFrom::Start(*read)).unwrap();
        file.read_to_string(&mut text).unwrap();
        // A line may be in the middle of being written.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        *read += whole as u64;
        let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["record"].take();
        let records = text[..whole].lines().map(line);
        records.filter(|record| record["event"] == "decision").collect()
    }

    /// Stops everything; the audit log must be sound, and no address from a token may have been called.
    pub(super) async fn finish(self) {
        let (audit, trap) = (self.audit_path(), self.trap);
        self.network.stop().await;
        assert!(fyr_audit::verify(&audit).unwrap().decisions > 0);
        assert_eq!(trap.connections(), 0, "an address from a token was called");
    }
}

fn node(directory: &TempDir, identity: &str) -> NodeSpec {
    let mut spec = CohortSpec::small("PEOPLE", 1).plant(EVERYWHERE, 0.3).unwrap();
    spec.windows = vec![Window::new("7", (117_500_000, 117_600_000), Inheritance::Diploid, 2)];
    let (_, people) = generate(directory.path(), &spec);
    let mut data = Vec::new();
    for dataset in [OPEN, REGISTERED, GRANTED] {
        let mut options = people.clone();
        dataset.clone_into(&mut options.dataset);
        data.push(options);
    }
    let policies = directory.path().join(NODE).join("policies");
    fs::create_dir_all(&policies).unwrap();
    fs::write(policies.join("members.cedar"), MEMBERS).unwrap();
    let projects = format!("\n[policy.projects]\nStudy = [\"{DATASET}\"]\n");
    NodeSpec::open(NODE, data).with_policy(&format!("{POLICY}{projects}")).with_settings(identity)
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// The question for one allele in one dataset, for research of any kind.
pub(super) fn question(dataset: &str) -> Query {
    let allele = AlleleQuery::parse(Assembly::GRCH38, EVERYWHERE).unwrap();
    Query {
        granularity: Granularity::Record,
        datasets: DatasetSelection { only: vec![dataset.to_owned()], ..DatasetSelection::default() },
        purpose: Some(Purpose::new(Use::Gru)),
        ..Query::variants(VariantQuery::Allele(allele))
    }
}

/// Writes credentials into headers; none where no header can hold them.
pub(super) fn headers(shown: &TestCredentials) -> Option<HeaderMap> {
    let scheme = match shown.scheme {
        TokenScheme::Bearer => "Bearer",
        TokenScheme::Dpop => "DPoP",
    };
    let authorization = shown.token.as_ref().map(|token| format!("{scheme} {token}"));
    let mut headers = HeaderMap::new();
    for (name, text) in [
        (AUTHORIZATION, authorization.as_ref()),
        (HeaderName::from_static("dpop"), shown.dpop.as_ref()),
        (HeaderName::from_static("fyr-query-proof"), shown.proof.as_ref()),
    ] {
        if let Some(text) = text {
            headers.insert(name, HeaderValue::from_bytes(text.as_bytes()).ok()?);
        }
    }
    Some(headers)
}

async fn rest(client: &reqwest::Client, url: &str, question: &Query, headers: &HeaderMap) -> Told {
    let Some(VariantQuery::Allele(allele)) = &question.variant else { panic!("one allele is asked for") };
    let only = question.datasets.only.join(",");
    let query = format!(
        "assemblyId=GRCh38&referenceName={}&start={}&referenceBases={}&alternateBases={}&datasets={only}\
         &requestedGranularity={}&includeResultsetResponses=ALL",
        allele.contig(),
        allele.start(),
        allele.reference_bases(),
        allele.alternate_bases(),
        question.granularity.name(),
    );
    let request = client.post(format!("{url}?{query}")).headers(headers.clone());
    let purpose = question.purpose.as_ref().map(ToString::to_string).unwrap_or_default();
    let Ok(response) = request.header("fyr-purpose", purpose).send().await else { return Told::Torn };
    let status = response.status().as_u16();
    let Ok(body) = response.json::<Value>().await else { return Told::Torn };
    if status != 200 {
        assert!(body.get("response").is_none() && body.get("responseSummary").is_none(), "{body}");
        return Told::Refused(status);
    }
    let told = match body["meta"]["returnedGranularity"].as_str() {
        Some("record") => &body["response"]["resultSets"][0]["info"]["release"],
        _ => &body["meta"]["returnedGranularity"],
    };
    Told::Answer(serde_json::from_value(told.clone()).unwrap())
}

async fn grpc(client: &GrpcClient, question: &Query, headers: &HeaderMap) -> Told {
    match answer(client, question, headers).await {
        Ok(answer) => Told::Answer(answer.datasets[0].release),
        Err(code) => refused(code),
    }
}

async fn answer(client: &GrpcClient, question: &Query, headers: &HeaderMap) -> Result<Answer, Code> {
    let mut request = Request::new(v1::Question::from(question));
    *request.metadata_mut() = MetadataMap::from_headers(headers.clone());
    let answer = client.service().ask(request).await.map_err(|status| status.code())?;
    Ok(Answer::try_from(answer.into_inner()).unwrap())
}

/// The HTTP status that says the same.
pub(super) fn refused(code: Code) -> Told {
    match code {
        Code::Unauthenticated => Told::Refused(401),
        Code::PermissionDenied => Told::Refused(403),
        Code::NotFound => Told::Refused(404),
        Code::InvalidArgument => Told::Refused(400),
        _ => Told::Torn,
    }
}
