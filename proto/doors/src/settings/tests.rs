//! Order of the sources, and what is refused.

use std::{collections::BTreeMap, fs};

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Sample {
    name: String,
    http: HttpSettings,
    grpc: GrpcSettings,
    datasets: BTreeMap<String, u64>,
}

fn load_sample(text: &str, variables: &[(&str, &str)]) -> Result<Loaded<Sample>, SettingsError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sample.toml");
    fs::write(&path, text).unwrap();
    let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    load_from("FYR_SAMPLE", Some(&path), Some(variables))
}

#[test]
fn mounts_are_read() {
    let text = "name = \"a\"\n[[http.mounts]]\nprefix = \"/research\"\ndefault_purpose = \"GRU\"\n\
                policy_view = { name = \"counts\", at_most = \"count\" }\n";
    let http = load_sample(text, &[]).unwrap().settings.http;
    let [first, second] = &http.all_mounts()[..] else { panic!("{http:?}") };
    assert_eq!((first.prefix.as_str(), &first.default_purpose, &first.policy_view), ("/api", &None, &None));
    assert_eq!(second.default_purpose, "GRU".parse().ok());
    assert_eq!(second.policy_view.as_ref().unwrap().at_most, fyr_schemas::Release::Count);
    let misspelt = text.replace("at_most", "atmost");
    assert!(load_sample(&misspelt, &[]).is_err());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let text = "name = \"a\"\n[http]\nlisten = \"127.0.0.1:1\"\nbase_path = \"/beacon\"";
    let loaded = load_sample(text, &[("FYR_SAMPLE__HTTP__LISTEN", "127.0.0.1:2")]).unwrap().settings;
    assert_eq!(loaded.name, "a");
    assert_eq!(loaded.http.listen.port(), 2);
    assert_eq!(loaded.http.base_path, "/beacon");
    assert_eq!(loaded.grpc, GrpcSettings::default());
}

#[test]
fn unknown_keys_are_named_with_their_place() {
    let error = load_sample("[http]\nlisen = \"x\"", &[]).unwrap_err().to_string();
    assert!(error.contains("sample.toml") && error.contains("`http.lisen`"), "{error}");
    let error = load_sample("", &[("FYR_SAMPLE__HTTP__LISEN", "x")]).unwrap_err().to_string();
    assert!(error.contains("environment") && error.contains("`FYR_SAMPLE__HTTP__LISEN`"), "{error}");
}

#[test]
fn assemblies_of_the_file_are_known_before_the_rest_is_read() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Lifting {
        from: Option<Assembly>,
        assemblies: Vec<AssemblyRow>,
    }
    let load = |text: &str| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node.toml");
        fs::write(&path, text).unwrap();
        load_from::<Lifting>("FYR_SAMPLE", Some(&path), Some(config::Map::new())).map(|l| l.settings)
    };
    let table = "[[assemblies]]\nname = \"settings-A\"\nsequences = \
        [{ name = \"a\", role = \"other\", length = 9, ploidy = 1 }]\n";
    let text = format!("from = \"settings-a\"\n{table}");
    // Two programs of one process may load the same file.
    for loaded in [load(&text).unwrap(), load(&text).unwrap()] {
        assert_eq!(loaded.from.unwrap().name(), "settings-A");
        assert_eq!(loaded.assemblies.len(), 1);
    }
    for (wrong, reason) in [
        (table.replace("9", "8"), "known already"),
        (table.replace("length", "lenght"), "lenght"),
        (table.replace("settings-A", "hg38"), "known already"),
    ] {
        let error = load(&wrong).unwrap_err().to_string();
        assert!(error.contains("node.toml") && error.contains(reason), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let missing = Path::new("/nonexistent/node.toml");
    let error = load_from::<Sample>("FYR_SAMPLE", Some(missing), None).unwrap_err().to_string();
    assert!(error.contains("`/nonexistent/node.toml`"), "{error}");
}

#[test]
fn names_in_tables_keep_their_letters_and_dots() {
    let loaded = load_sample("[datasets]\n\"DS-1.b\" = 3", &[]).unwrap().settings;
    assert_eq!(loaded.datasets.get("DS-1.b"), Some(&3));
}

#[test]
fn tls_is_off_or_a_table() {
    let tls = |text: &str| load_sample(&format!("[grpc]\n{text}"), &[]).map(|l| l.settings.grpc.tls);
    assert_eq!(tls("").unwrap(), Tls::Unset);
    assert_eq!(tls("tls = \"off\"").unwrap(), Tls::Off);
    assert!(tls("tls = \"on\"").is_err());
    let on = tls("tls = { certificate = \"c.pem\", key = \"k.pem\", clients = [\"a.test\"] }").unwrap();
    let files = on.relative_to(Path::new("/etc/fyr")).files().cloned().unwrap();
    assert_eq!(files.certificate, Path::new("/etc/fyr/c.pem"));
    assert_eq!(files.clients, ["a.test"]);
    assert!(tls("tls = { certificate = \"c.pem\", key = \"k.pem\", ca = \"x\" }").is_err());
    let listed =
        tls("tls = { certificate = \"c\", key = \"k\", client_ca = \"a\", client_crl = \"l\" }").unwrap();
    let listed = listed.relative_to(Path::new("/etc")).files().cloned().unwrap();
    assert_eq!(listed.client_crl.as_deref(), Some(Path::new("/etc/l")));
}

#[test]
fn a_door_can_have_a_purpose_that_is_one() {
    let http = |text: &str| load_sample(&format!("[http]\n{text}"), &[]).map(|l| l.settings.http.purpose);
    assert_eq!(http("").unwrap(), None);
    assert_eq!(http("purpose = \"research\"").unwrap(), "GRU".parse().ok());
    assert!(http("purpose = \"profit\"").unwrap_err().to_string().contains("`profit`"));
}

#[test]
fn the_default_text_is_commented_and_loads_to_the_defaults() {
    let text = default_text::<Sample>(&[("http", "Beacon REST"), ("http.listen", "where")]).unwrap();
    assert!(text.contains("# Beacon REST\n[http]\n# where\nlisten = "), "{text}");
    assert_eq!(load_sample(&text, &[]).unwrap().settings, Sample::default());
}
