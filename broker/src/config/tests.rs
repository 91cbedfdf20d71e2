use std::fs;

use super::*;

fn load(text: &str) -> Result<BrokerConfig, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("broker.toml");
    fs::write(&path, text).unwrap();
    BrokerConfig::load(Some(&path)).map_err(|error| error.to_string())
}

fn nodes(text: &str) -> Result<BrokerConfig, String> {
    load(&format!("[broker]\nid = \"b\"\n{text}"))
}

#[test]
fn the_printed_defaults_are_the_defaults() {
    let printed: BrokerConfig = toml::from_str(DEFAULT_TOML).unwrap();
    assert_eq!(printed, BrokerConfig { broker: printed.broker.clone(), ..BrokerConfig::default() });
    let section = BrokerSection { organisation: "".into(), ..BrokerSection::default() };
    assert_eq!(printed.broker, section);
}

#[test]
fn a_small_configuration_is_enough() {
    let config = nodes("[[nodes]]\nid = \"a\"\ngrpc = \"http://127.0.0.1:9081\"\ntls = \"off\"").unwrap();
    assert_eq!(config.limits.node_deadline_ms, 10_000);
    assert_eq!(config.identity().name, "b");
    assert!(config.identity().aggregator);
}

#[test]
fn paths_start_at_the_file() {
    let config =
        nodes("[[nodes]]\nid = \"a\"\ngrpc = \"https://a.test:1\"\ntls = { ca = \"ca.pem\" }").unwrap();
    assert!(config.nodes[0].tls.files().unwrap().ca.is_absolute());
}

#[test]
fn what_makes_no_sense_is_refused_with_a_remedy() {
    for (name, text, expected) in [
        ("no nodes", "", "[[nodes]]"),
        ("unknown key", "[limits]\nnode_deadline = 1", "`limits.node_deadline`"),
        (
            "zero",
            "[limits]\nmax_answer_bytes = 0\n[[nodes]]\nid=\"a\"\ngrpc=\"http://[::1]:1\"",
            "at least 1",
        ),
        (
            "a view",
            "[[http.mounts]]\nprefix = \"/a\"\npolicy_view = { name = \"b\", at_most = \"count\" }\n\
             [[nodes]]\nid=\"a\"\ngrpc=\"http://[::1]:1\"",
            "set it at their mounts",
        ),
        (
            "a late node",
            "[grpc]\ntimeout_seconds = 5\n[[nodes]]\nid=\"a\"\ngrpc=\"http://[::1]:1\"",
            "grpc.timeout",
        ),
        ("no address", "[[nodes]]\nid = \"a\"\ngrpc = \"node:9081\"", "https://host:port"),
        ("a path", "[[nodes]]\nid = \"a\"\ngrpc = \"http://127.0.0.1:1/api\"", "without a path"),
        ("its own id", "[[nodes]]\nid = \"b\"\ngrpc = \"http://127.0.0.1:1\"", "`b`"),
        ("unwritten plain text", "[[nodes]]\nid = \"a\"\ngrpc = \"http://10.0.0.1:1\"", "tls = \"off\""),
        ("https without files", "[[nodes]]\nid = \"a\"\ngrpc = \"https://a.test:1\"", "https needs tls"),
        (
            "https switched off",
            "[[nodes]]\nid=\"a\"\ngrpc=\"https://a.test:1\"\ntls=\"off\"",
            "https needs tls",
        ),
        (
            "files without https",
            "[[nodes]]\nid=\"a\"\ngrpc=\"http://a.test:1\"\ntls={ca=\"c\"}",
            "https address",
        ),
    ] {
        let error = nodes(text).unwrap_err();
        assert!(error.contains(expected), "{name}: {error}");
    }
    let twice = "[[nodes]]\nid = \"a\"\ngrpc = \"http://127.0.0.1:1\"\n".repeat(2);
    assert!(nodes(&twice).unwrap_err().contains("taken"));
}

#[tokio::test]
async fn certificates_that_are_not_there_are_named_with_their_node() {
    let files = fyr_doors::ClientTlsFiles {
        ca: "/nonexistent/ca.pem".into(),
        certificate: None,
        key: None,
        server_crl: None,
        domain: None,
    };
    let tls = fyr_doors::Tls::On(files);
    let member = MemberConfig { tls, ..MemberConfig::plain("a", "https://a.test:1") };
    let error = member.link().unwrap_err().to_string();
    assert!(error.contains("node `a`") && error.contains("/nonexistent/ca.pem"), "{error}");
}
