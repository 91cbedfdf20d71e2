//! Nodes for tests: real servers on loopback that answer what they are told to.

use std::{
    fmt,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fyr_proto::v1::{
    self,
    variant_service_server::{VariantService, VariantServiceServer},
};
use fyr_schemas::{Query, Remedy};
use http::HeaderMap;
use tokio::runtime::{Builder, Runtime};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Request, Response, Status, Streaming,
    transport::{Server, ServerTlsConfig},
};
use tower::util::MapResponseLayer;

#[derive(Clone)]
enum Behaviour {
    Answer(v1::Answer),
    Fail(Code),
    Panic,
    BadDetails,
}

/// A node with one dataset, `D`, in which 7-100-A-G is known.
#[derive(Clone)]
pub(crate) struct FakeNode {
    behaviour: Behaviour,
    delay: Duration,
    pub(crate) calls: Arc<AtomicUsize>,
    /// Metadata and question of the last call.
    pub(crate) heard: Arc<Mutex<Option<Heard>>>,
}

/// What a node heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) metadata: HeaderMap,
    pub(crate) question: String,
    pub(crate) query: Option<Query>,
}

/// What a call asks, as a node reads it; lists ask nothing.
trait Asked: fmt::Debug {
    fn query(self) -> Option<Query>;
}

macro_rules! asked {
    ($($message:ident => $read:expr),* $(,)?) => {
        $(impl Asked for v1::$message {
            fn query(self) -> Option<Query> {
                let read: fn(Self) -> Option<Query> = $read;
                read(self)
            }
        })*
    };
}

asked! {
    Question => |message| message.try_into().ok(),
    ListDatasetsRequest => |_| None,
    ListEntryTypesRequest => |_| None,
    ListFilteringTermsRequest => |_| None,
}

impl FakeNode {
    fn new(behaviour: Behaviour) -> Self {
        Self { behaviour, delay: Duration::ZERO, calls: Arc::default(), heard: Arc::default() }
    }

    pub(crate) fn answering(id: &str, allele_count: u64, allele_number: u64) -> Self {
        Self::new(Behaviour::Answer(answer(id, allele_count, allele_number)))
    }

    pub(crate) fn failing(code: Code) -> Self {
        Self::new(Behaviour::Fail(code))
    }

    pub(crate) fn panicking() -> Self {
        Self::new(Behaviour::Panic)
    }

    pub(crate) fn sending_bad_details() -> Self {
        Self::new(Behaviour::BadDetails)
    }

    pub(crate) fn changed(mut self, change: impl FnOnce(&mut v1::Answer)) -> Self {
        if let Behaviour::Answer(answer) = &mut self.behaviour {
            change(answer);
        }
        self
    }

    pub(crate) fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    async fn respond<T: Asked>(&self, request: Request<T>) -> Result<Response<v1::Answer>, Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let (metadata, _, message) = request.into_parts();
        let (question, metadata) = (format!("{message:?}"), metadata.into_headers());
        *self.heard.lock().unwrap() = Some(Heard { metadata, question, query: message.query() });
        tokio::time::sleep(self.delay).await;
        match &self.behaviour {
            Behaviour::Answer(answer) => Ok(Response::new(answer.clone())),
            Behaviour::Fail(code) => {
                let status = Status::new(*code, "words of the node");
                Err(fyr_proto::with_remedy(status, Some(Remedy::NeedsGenes)))
            }
            // Without a message: a backtrace may take longer than the deadline.
            Behaviour::Panic => std::panic::resume_unwind(Box::new("a bug of the node")),
            Behaviour::BadDetails => Err(Status::internal("see the details")),
        }
    }
}

fn answer(id: &str, allele_count: u64, allele_number: u64) -> v1::Answer {
    let frequency = v1::Frequency {
        group: "Total".into(),
        allele_count,
        allele_number,
        heterozygous: Some(allele_count),
        homozygous: Some(0),
        hemizygous: Some(0),
    };
    let variant = v1::Variant {
        reference_name: "7".into(),
        start: 99,
        end: 100,
        reference_bases: "A".into(),
        alternate_bases: "G".into(),
        variant_type: "SNP".into(),
        sv_length: None,
    };
    let row = v1::VariantAnswer {
        variant: Some(variant),
        carriers: Some(allele_count),
        assayed: None,
        people: None,
        observed: None,
        assumed: false,
        frequencies: vec![frequency],
        coverage: v1::Coverage::Complete.into(),
        cases: Vec::new(),
        effects: Vec::new(),
        alternative_ids: Vec::new(),
    };
    let exists = allele_count > 0;
    let dataset = v1::DatasetAnswer {
        id: "D".into(),
        beacon_id: id.into(),
        assembly_id: "GRCh38".into(),
        release: v1::Release::Frequency.into(),
        exists,
        result_count: Some(u64::from(exists)),
        variants: vec![row],
        attributable: true,
        coverage: v1::Coverage::Complete.into(),
        ..v1::DatasetAnswer::default()
    };
    v1::Answer { beacon_id: id.into(), exists, datasets: vec![dataset], ..v1::Answer::default() }
}

#[tonic::async_trait]
impl VariantService for FakeNode {
    type AskManyStream = tokio_stream::Empty<Result<v1::AskManyResponse, Status>>;

    async fn ask(&self, request: Request<v1::Question>) -> Result<Response<v1::Answer>, Status> {
        self.respond(request).await
    }

    async fn ask_many(
        &self,
        _: Request<Streaming<v1::AskManyRequest>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    async fn list_filtering_terms(
        &self,
        request: Request<v1::ListFilteringTermsRequest>,
    ) -> Result<Response<v1::ListFilteringTermsResponse>, Status> {
        let answer = self.respond(request).await?.into_inner();
        let term = v1::FilteringTerm {
            kind: "ontology".into(),
            id: "HP:0001250".into(),
            label: Some("Seizure".into()),
            scopes: vec!["individual".into()],
            values: Vec::new(),
        };
        Ok(Response::new(v1::ListFilteringTermsResponse {
            beacon_id: answer.beacon_id,
            terms: vec![term],
            ..v1::ListFilteringTermsResponse::default()
        }))
    }

    async fn list_entry_types(
        &self,
        request: Request<v1::ListEntryTypesRequest>,
    ) -> Result<Response<v1::ListEntryTypesResponse>, Status> {
        let answer = self.respond(request).await?.into_inner();
        let entry_types = vec!["individual".into(), "genomicVariant".into()];
        Ok(Response::new(v1::ListEntryTypesResponse { beacon_id: answer.beacon_id, entry_types }))
    }

    async fn list_datasets(
        &self,
        request: Request<v1::ListDatasetsRequest>,
    ) -> Result<Response<v1::ListDatasetsResponse>, Status> {
        let answer = self.respond(request).await?.into_inner();
        let dataset = |dataset: v1::DatasetAnswer| v1::Dataset {
            name: dataset.id.clone(),
            id: dataset.id,
            beacon_id: dataset.beacon_id,
            assembly_id: dataset.assembly_id,
            description: String::new(),
            release: dataset.release,
            document: None,
        };
        let datasets = answer.datasets.into_iter().map(dataset).collect();
        Ok(Response::new(v1::ListDatasetsResponse {
            beacon_id: answer.beacon_id,
            datasets,
            nodes: Vec::new(),
        }))
    }
}

/// A server that goes away, with its connections, when it is dropped.
pub(crate) struct FakeServer(Option<Runtime>);

impl Drop for FakeServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves a node on a port of its own.
pub(crate) fn serve(node: FakeNode) -> (SocketAddr, FakeServer) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap(), serve_on(listener, node))
}

/// Serves a node where somebody listens already.
pub(crate) fn serve_on(listener: TcpListener, node: FakeNode) -> FakeServer {
    serve_with(listener, node, Server::builder())
}

/// Serves a node over TLS.
pub(crate) fn serve_tls(node: FakeNode, tls: ServerTlsConfig) -> (SocketAddr, FakeServer) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, serve_with(listener, node, Server::builder().tls_config(tls).unwrap()))
}

fn serve_with(listener: TcpListener, node: FakeNode, server: Server) -> FakeServer {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let bad_details = matches!(node.behaviour, Behaviour::BadDetails);
    let spoil = move |mut response: http::Response<_>| {
        if bad_details {
            let details = http::HeaderValue::from_static("%%%");
            response.headers_mut().insert("grpc-status-details-bin", details);
        }
        response
    };
    let mut server = server.layer(MapResponseLayer::new(spoil));
    let server = server.add_service(VariantServiceServer::new(node));
    runtime.spawn(async move {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    FakeServer(Some(runtime))
}
