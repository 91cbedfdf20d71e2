//! How fast an exact question is answered and data are loaded, beside a bare gRPC echo of this machine.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::{hint::black_box, path::Path, sync::Arc, time::Duration};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use fyr_doors::{Credentials, Service};
use fyr_node::{
    Node, NodeConfig,
    ingest::{IngestOptions, Progress, ingest},
};
use fyr_proto::v1::{self, variant_service_client::VariantServiceClient};
use fyr_schemas::{AlleleQuery, Assembly, DatasetSelection, Granularity, Query, Release, VariantQuery};
use fyr_tests::{AlleleKey, Cohort, CohortSpec, compare::question};
use tokio::runtime::Runtime;
use tonic::{Request, Response, Status, transport::Channel};

/// A thousand people and two thousand sites.
fn spec() -> CohortSpec {
    let mut spec = CohortSpec { individuals: 1000, ..CohortSpec::small("BENCH", 1) };
    spec.windows.iter_mut().for_each(|window| window.sites *= 8);
    spec
}

fn options(cohort: &Cohort, store: &Path) -> IngestOptions {
    let mut options = IngestOptions::new(store, "BENCH", Assembly::Grch38, vec![cohort.vcf.clone()]);
    options.individuals = Some(cohort.panel.clone());
    options
}

/// A node that tells everything, on ports of its own, in plain text.
fn config(store: &Path) -> NodeConfig {
    let mut config = NodeConfig::new("se.bench.af-beacon.test", store.to_string_lossy());
    config.policy.default.public = Some(Release::Frequency);
    config.policy.default.minimum_carriers = Some(0);
    config.policy.default.open = Some(true);
    config
}

fn queries(cohort: &Cohort) -> Vec<AlleleQuery> {
    let key = |key: &AlleleKey| question(Assembly::Grch38, key).unwrap();
    cohort.truth.alleles.keys().map(key).collect()
}

/// Answers at once, with nothing: what the transport alone costs.
struct Echo;

type Responses = futures::stream::Empty<Result<v1::LookupAllelesResponse, Status>>;

#[tonic::async_trait]
impl v1::variant_service_server::VariantService for Echo {
    async fn query_entries(
        &self,
        _: Request<v1::QueryEntriesRequest>,
    ) -> Result<Response<v1::Answer>, Status> {
        Err(Status::unimplemented("only lookups are echoed"))
    }

    async fn list_filtering_terms(
        &self,
        _: Request<v1::ListFilteringTermsRequest>,
    ) -> Result<Response<v1::ListFilteringTermsResponse>, Status> {
        Err(Status::unimplemented("only lookups are echoed"))
    }

    async fn list_entry_types(
        &self,
        _: Request<v1::ListEntryTypesRequest>,
    ) -> Result<Response<v1::ListEntryTypesResponse>, Status> {
        Err(Status::unimplemented("only lookups are echoed"))
    }

    type LookupAllelesStream = Responses;

    async fn lookup_allele(
        &self,
        _: Request<v1::LookupAlleleRequest>,
    ) -> Result<Response<v1::Answer>, Status> {
        Ok(Response::new(v1::Answer::default()))
    }

    async fn query_range(&self, _: Request<v1::QueryRangeRequest>) -> Result<Response<v1::Answer>, Status> {
        Ok(Response::new(v1::Answer::default()))
    }

    async fn lookup_alleles(
        &self,
        _: Request<tonic::Streaming<v1::LookupAllelesRequest>>,
    ) -> Result<Response<Self::LookupAllelesStream>, Status> {
        Ok(Response::new(futures::stream::empty()))
    }

    async fn list_datasets(
        &self,
        _: Request<v1::ListDatasetsRequest>,
    ) -> Result<Response<v1::ListDatasetsResponse>, Status> {
        Ok(Response::new(v1::ListDatasetsResponse::default()))
    }
}

async fn echo() -> VariantServiceClient<Channel> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = v1::variant_service_server::VariantServiceServer::new(Echo);
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
    VariantServiceClient::connect(url).await.unwrap()
}

fn request(query: &AlleleQuery) -> v1::LookupAlleleRequest {
    v1::LookupAlleleRequest::new(query, Granularity::Record, DatasetSelection::default())
}

fn lookups(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let cohort = Cohort::generate(&spec(), directory.path()).unwrap();
    let store = directory.path().join("store");
    runtime.block_on(ingest(options(&cohort, &store), Progress::default())).unwrap();
    let queries = queries(&cohort);
    let mut next = queries.iter().cycle();
    let mut group = criterion.benchmark_group("exact lookup");
    group.throughput(Throughput::Elements(1));

    let mut in_process = config(&store);
    in_process.audit.path = Some(directory.path().join("in-process.jsonl"));
    let node = Arc::new(runtime.block_on(Node::open(&in_process)).unwrap());
    group.bench_function("in-process", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let query = Query {
                granularity: Granularity::Record,
                ..Query::variants(VariantQuery::Allele(next.next().unwrap().clone()))
            };
            let node = node.clone();
            async move { black_box(node.answer(&Credentials::default(), query).await.unwrap()) }
        });
    });

    let running = runtime.block_on(fyr_node::start(config(&store))).unwrap();
    let url = format!("http://{}", running.addresses().grpc);
    let client = runtime.block_on(VariantServiceClient::connect(url)).unwrap();
    group.bench_function("gRPC", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let (mut client, request) = (client.clone(), request(next.next().unwrap()));
            async move { black_box(client.lookup_allele(request).await.unwrap()) }
        });
    });

    let client = runtime.block_on(echo());
    group.bench_function("bare gRPC echo", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let (mut client, request) = (client.clone(), request(next.next().unwrap()));
            async move { black_box(client.lookup_allele(request).await.unwrap()) }
        });
    });
    group.finish();
    runtime.block_on(running.stop());
}

fn loading(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let cohort = Cohort::generate(&spec(), directory.path()).unwrap();
    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Elements(cohort.records * cohort.people.len() as u64));
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("genotypes", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            || tempfile::tempdir_in(directory.path()).unwrap(),
            |target| {
                let options = options(&cohort, &target.path().join("store"));
                async move {
                    ingest(options, Progress::default()).await.unwrap();
                    target
                }
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, lookups, loading);
criterion_main!(benches);
