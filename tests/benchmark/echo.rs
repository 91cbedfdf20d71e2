//! The least that a gRPC service can do: take a question and answer nothing, or always the same, or hand it on to
//! others and wait for them. What transport alone costs.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use futures::future::try_join_all;
use fyr_doors::write_ready;
use fyr_proto::v1::{self, variant_service_client, variant_service_server};
use prost::Message;
use serde::Serialize;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint, Identity, Server, ServerTlsConfig, server::TcpIncoming},
};
use variant_service_client::VariantServiceClient;

/// How the echo is served.
#[derive(Args, Clone, Debug)]
pub(crate) struct EchoArguments {
    /// Where to say that it is ready
    #[arg(long)]
    ready_file: PathBuf,
    /// Certificate, in PEM
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    /// Its private key
    #[arg(long)]
    key: Option<PathBuf>,
    /// Another echo to hand each question on to; may be given several times
    #[arg(long)]
    behind: Vec<SocketAddr>,
    /// What to answer to each question, in Protocol Buffers; nothing where it is left out
    #[arg(long)]
    answer: Option<PathBuf>,
}

#[derive(Serialize)]
struct Ready {
    grpc: SocketAddr,
}

/// Serves until the process is killed.
///
/// # Errors
///
/// No port is free, or the certificate or the answer cannot be used.
pub(crate) async fn serve(arguments: &EchoArguments) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let ready = Ready { grpc: listener.local_addr()? };
    let mut server = Server::builder();
    if let (Some(certificate), Some(key)) = (&arguments.certificate, &arguments.key) {
        let identity = Identity::from_pem(std::fs::read(certificate)?, std::fs::read(key)?);
        server = server.tls_config(ServerTlsConfig::new().identity(identity))?;
    }
    let behind = arguments.behind.iter().map(connect).collect::<Result<_, _>>()?;
    let answer = arguments.answer.as_deref().map(read).transpose()?.unwrap_or_default();
    let service = variant_service_server::VariantServiceServer::new(Echo { behind, answer });
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    write_ready(&arguments.ready_file, &ready)?;
    Ok(server.add_service(service).serve_with_incoming(incoming).await?)
}

fn read(answer: &Path) -> anyhow::Result<v1::Answer> {
    Ok(v1::Answer::decode(std::fs::read(answer)?.as_slice())?)
}

fn connect(address: &SocketAddr) -> Result<VariantServiceClient<Channel>, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    Ok(VariantServiceClient::new(endpoint.connect_lazy()))
}

struct Echo {
    behind: Vec<VariantServiceClient<Channel>>,
    answer: v1::Answer,
}

type Responses = futures::stream::Empty<Result<v1::AskManyResponse, Status>>;

fn nothing<T: Default>() -> Result<Response<T>, Status> {
    Ok(Response::new(T::default()))
}

#[tonic::async_trait]
impl variant_service_server::VariantService for Echo {
    type AskManyStream = Responses;

    async fn ask(&self, question: Request<v1::Question>) -> Result<Response<v1::Answer>, Status> {
        let question = question.into_inner();
        let ask = |mut echo: VariantServiceClient<Channel>, question| async move {
            echo.ask(Request::new(question)).await
        };
        try_join_all(self.behind.iter().map(|echo| ask(echo.clone(), question.clone()))).await?;
        Ok(Response::new(self.answer.clone()))
    }

    async fn ask_many(
        &self,
        _: Request<tonic::Streaming<v1::AskManyRequest>>,
    ) -> Result<Response<Responses>, Status> {
        Ok(Response::new(futures::stream::empty()))
    }

    async fn list_datasets(
        &self,
        _: Request<v1::ListDatasetsRequest>,
    ) -> Result<Response<v1::ListDatasetsResponse>, Status> {
        nothing()
    }

    async fn list_filtering_terms(
        &self,
        _: Request<v1::ListFilteringTermsRequest>,
    ) -> Result<Response<v1::ListFilteringTermsResponse>, Status> {
        nothing()
    }

    async fn list_entry_types(
        &self,
        _: Request<v1::ListEntryTypesRequest>,
    ) -> Result<Response<v1::ListEntryTypesResponse>, Status> {
        nothing()
    }
}
