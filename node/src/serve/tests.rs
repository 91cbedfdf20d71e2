use std::{io, net::SocketAddr};

use fyr_audit::AuditError;
use fyr_doors::{Credentials, ListenError};
use time::OffsetDateTime;

use super::*;
use crate::config::{Secret, TokenConfig};

async fn running() -> (tempfile::TempDir, RunningNode) {
    let directory = tempfile::tempdir().unwrap();
    let config = NodeConfig::new("se.fin", directory.path().join("store").to_str().unwrap());
    let node = start(config).await.unwrap();
    (directory, node)
}

async fn connect(address: SocketAddr) -> io::Result<tokio::net::TcpStream> {
    tokio::net::TcpStream::connect(address).await
}

#[tokio::test]
async fn a_node_listens_on_the_ports_that_it_names() {
    let (_directory, node) = running().await;
    let Addresses { http, grpc, monitoring } = node.addresses();
    assert!(http.port() != 0 && grpc.port() != 0 && monitoring.port() != 0);
    assert!(connect(http).await.is_ok() && connect(grpc).await.is_ok());
    assert!(connect(monitoring).await.is_ok());
}

#[tokio::test]
async fn a_stopped_node_is_closed_and_can_start_again() {
    let (directory, node) = running().await;
    let http = node.addresses().http;
    node.stop().await;
    assert!(connect(http).await.is_err());
    let config = NodeConfig::new("se.fin", directory.path().join("store").to_str().unwrap());
    start(config).await.unwrap().stop().await;
}

#[tokio::test]
async fn tokens_that_are_read_again_take_the_place_of_those_before() {
    let (directory, node) = running().await;
    let with = |tokens: &[&str]| {
        let mut config = NodeConfig::new("se.fin", directory.path().join("store").to_str().unwrap());
        let token = |token: &&str| TokenConfig {
            name: format!("holder of {token}"),
            token: Some(Secret::new(*token)),
            token_sha256: None,
        };
        config.tokens = tokens.iter().map(token).collect();
        config
    };
    let (old, new) = ("a-token-of-before-that-is-long", "a-token-of-today-that-is-long");
    let holds = async |token: &str| {
        let (shown, now) = (Credentials::bearer(token), OffsetDateTime::now_utc());
        node.node.authenticator.authenticate(&shown, None, now).await.is_ok()
    };
    node.take(&with(&[old])).unwrap();
    assert_eq!((holds(old).await, holds(new).await), (true, false));
    assert!(node.take(&with(&[new, "short"])).is_err());
    assert_eq!((holds(old).await, holds(new).await), (true, false), "what cannot be used changes nothing");
    node.take(&with(&[new])).unwrap();
    assert_eq!((holds(old).await, holds(new).await), (false, true));
}

#[tokio::test]
async fn plain_text_stays_on_the_machine_unless_somebody_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = NodeConfig::new("se.fin", directory.path().to_str().unwrap());
    config.grpc.listen = SocketAddr::from(([0, 0, 0, 0], 0));
    assert!(matches!(start(config).await, Err(StartError::Listen(ListenError::PlainText(_)))));
}

#[tokio::test]
async fn a_node_without_an_audit_log_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = NodeConfig::new("se.fin", directory.path().join("store").to_str().unwrap());
    config.audit.path = Some(directory.path().to_owned());
    assert!(matches!(start(config).await, Err(StartError::Audit(_))));
}

#[tokio::test]
async fn a_node_whose_log_was_cut_off_does_not_start_until_somebody_says_why() {
    let (directory, node) = running().await;
    node.stop().await;
    let store = directory.path().join("store");
    std::fs::write(store.join("audit/decisions.jsonl"), "").unwrap();
    let config = NodeConfig::new("se.fin", store.to_str().unwrap());
    let refused = start(config.clone()).await.map(drop);
    assert!(matches!(refused, Err(StartError::Audit(AuditError::Cut { known: 1, found: 0, .. }))));
    let state = config.open_state().await.unwrap();
    let known = crate::forget_end(&config, &state, ("officer", "disk lost")).await.unwrap().unwrap();
    assert_eq!(known.sequence, 1);
    state.close().await;
    start(config).await.unwrap().stop().await;
}
