use super::*;
use fyr_schemas::Release;
use std::{fs, net::SocketAddr};

const MINIMAL: &str = r#"
[node]
id = "se.fin"
name = "Region FIN"
organisation = "FIN"
[store]
url = "data"
"#;

fn load(text: &str) -> Result<NodeConfig, String> {
    let directory = tempfile::tempdir().unwrap();
    // The directory that the examples of the manual name.
    fs::create_dir(directory.path().join("policies")).unwrap();
    let file = directory.path().join("node.toml");
    fs::write(&file, text).unwrap();
    NodeConfig::load(Some(&file)).map_err(|error| error.to_string())
}

#[test]
fn the_printed_defaults_are_the_defaults() {
    let printed: NodeConfig = toml::from_str(DEFAULT_TOML).unwrap();
    let mut defaults = NodeConfig::default();
    defaults.node.organisation = "".into();
    assert_eq!(printed, defaults);
}

#[test]
fn every_commented_default_is_a_key() {
    let uncommented: String = DEFAULT_TOML
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.starts_with('[') || key.contains(" = ") => key,
            Some(_) => "",
            None => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let named = uncommented.replacen("id = \"\"", "id = \"a\"", 1).replacen("url = \"\"", "url = \"d\"", 1);
    let config = load(&named).unwrap();
    assert_eq!(config.policy.datasets["DS-1"].public, Some(Release::Frequency));
    assert_eq!(config.tokens.len(), 1);
    assert!(config.grpc.tls.files().is_some());
}

#[test]
fn the_keys_of_the_manual_are_read() {
    let text = r#"
[node]
id = "se.fin"
name = "Region FIN"
organisation = { id = "FIN", name = "Finland", logo_url = "https://fin.test/logo.svg" }
environment = "prod"
[store]
url = "/data/fin"
[http]
listen = "127.0.0.1:8081"
base_path = "/beacon"
[grpc]
listen = "127.0.0.1:9081"
tls = "off"
[policy.default]
open = true
public = "frequency"
minimum_carriers = 0
[policy.datasets."DS-1"]
public = "boolean"
[datasets."DS-1"]
name = "First"
[[tokens]]
name = "clinic"
token = "correct-horse-battery-staple"
[limits]
deadline_ms = 500
[audit]
path = "log/decisions.jsonl"
sync = "strict"
"#;
    let config = load(text).unwrap();
    assert_eq!(config.node.organisation.0.logo_url.as_deref(), Some("https://fin.test/logo.svg"));
    assert_eq!(config.http.listen, SocketAddr::from(([127, 0, 0, 1], 8081)));
    assert_eq!(config.http.base_path, "/beacon");
    assert_eq!(config.policy.default.public, Some(Release::Frequency));
    assert_eq!(config.policy.datasets["DS-1"].public, Some(Release::Boolean));
    assert_eq!(config.limits.deadline_ms, 500);
    assert_eq!(config.limits.concurrency, Limits::default().concurrency);
    assert_eq!(config.audit.sync, Durability::Strict);
    assert!(config.audit_path().unwrap().ends_with("log/decisions.jsonl"));
}

#[test]
fn relative_paths_start_at_the_file() {
    let config = load(MINIMAL).unwrap();
    assert!(Path::new(&config.store.url).is_absolute());
    assert!(config.audit_path().unwrap().ends_with("data/audit/decisions.jsonl"));
}

#[test]
fn unknown_keys_are_refused_by_name() {
    for (text, key) in [
        ("[node]\nidd = \"x\"", "idd"),
        ("[nodes]\nid = \"x\"", "nodes"),
        ("[node.organisation]\nname = \"x\"\nlogo = \"x\"", "logo"),
        ("[http]\nlisten_on = \"x\"", "listen_on"),
        ("[policy.default]\npublik = \"count\"", "publik"),
        ("[policy.datasets.A]\nminimum = 3", "minimum"),
        ("[datasets.A]\ntitle = \"x\"", "title"),
        ("[[tokens]]\nname = \"x\"\ntoken_sha1 = \"x\"", "token_sha1"),
        ("[limits]\ndeadline = 3", "deadline"),
        ("[audit]\nfile = \"x\"", "file"),
    ] {
        let error = load(text).unwrap_err();
        let named = [format!("`{key}`"), format!(".{key}`"), format!("`{key}.")];
        assert!(named.iter().any(|name| error.contains(name)), "{key}: {error}");
    }
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for (change, place) in [
        ("", "node.id"),
        ("[node]\nid = \"a b\"\n[store]\nurl = \"d\"", "node.id"),
        ("[node]\nid = \"a\"", "store.url"),
        ("[node]\nid = \"a\"\nenvironment = \"production\"\n[store]\nurl = \"d\"", "node.environment"),
        ("[node]\nid = \"a\"\n[store]\nurl = \"s3://bucket\"", "audit.path"),
        ("[node]\nid = \"a\"\n[store]\nurl = \"d\"\n[limits]\npage_rows = 0", "limits.page_rows"),
        ("[node]\nid = \"a\"\n[store]\nurl = \"d\"\n[[tokens]]\nname = \"c\"\ntoken = \"short\"", "tokens"),
        ("[node]\nid = \"a\"\n[store]\nurl = \"d\"\n[policy.default]\npublic = \"record\"", "open = true"),
    ] {
        let error = load(change).unwrap_err();
        assert!(error.contains(place), "{place}: {error}");
        assert!(!error.contains("short"), "{error}");
    }
}

#[test]
fn the_state_is_in_the_store_unless_the_file_says_so() {
    let place = |text: &str| {
        let (url, key) = load(&format!("{MINIMAL}{text}")).unwrap().state_place().unwrap();
        (url.expose().to_owned(), key)
    };
    let (url, key) = place("");
    assert!(url.starts_with("sqlite:/") && url.ends_with("/data/state/state.db"), "{url}");
    assert!(key.is_absolute() && key.ends_with("data/state/state.key"));
    let (url, key) = place("[state]\nurl = \"sqlite:kept/state.db\"\nkey = \"kept/state.key\"\n");
    assert!(url.starts_with("sqlite:/") && url.ends_with("/kept/state.db"), "{url}");
    assert!(key.is_absolute() && key.ends_with("kept/state.key"));
    for absolute in ["sqlite:/var/state.db", "sqlite:///var/state.db", "postgres://fyr@db/fyr"] {
        assert_eq!(place(&format!("[state]\nurl = \"{absolute}\"\n")).0, absolute);
    }
}

#[test]
fn a_password_of_the_state_is_not_printed() {
    let config = load(&format!("{MINIMAL}[state]\nurl = \"postgres://fyr:hunter2@db/fyr\"\n")).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}
