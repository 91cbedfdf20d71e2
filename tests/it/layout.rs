//! Which crate may depend on which: an arrow that is missing here is forbidden. And within crates: no circles.

mod circles;
mod dependencies;
mod map;
mod modules;
mod names;
mod owner;
mod source;

use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Per crate, the crates of the workspace that it may use in its code.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("fyr-schemas", &[]),
    ("fyr-proto", &["fyr-schemas"]),
    ("fyr-doors", &["fyr-schemas", "fyr-proto"]),
    ("fyr-policy", &["fyr-schemas"]),
    ("fyr-identity", &["fyr-schemas", "fyr-policy"]),
    ("fyr-state", &["fyr-schemas", "fyr-policy"]),
    ("fyr-audit", &["fyr-schemas", "fyr-policy"]),
    ("fyr-genome", &["fyr-schemas"]),
    ("fyr-ontology", &["fyr-schemas"]),
    ("fyr-store", &["fyr-schemas"]),
    ("fyr-ingest", &["fyr-schemas", "fyr-genome", "fyr-store"]),
    ("fyr-engine", &["fyr-schemas", "fyr-policy", "fyr-ontology", "fyr-store"]),
    (
        "fyr-node",
        &[
            "fyr-schemas",
            "fyr-proto",
            "fyr-doors",
            "fyr-policy",
            "fyr-identity",
            "fyr-state",
            "fyr-audit",
            "fyr-genome",
            "fyr-ontology",
            "fyr-store",
            "fyr-engine",
        ],
    ),
    (
        "fyr-node-cli",
        &[
            "fyr-schemas",
            "fyr-doors",
            "fyr-policy",
            "fyr-identity",
            "fyr-state",
            "fyr-audit",
            "fyr-store",
            "fyr-ingest",
            "fyr-node",
            "fyr",
        ],
    ),
    ("fyr-broker", &["fyr-schemas", "fyr-proto", "fyr-doors"]),
    ("fyr", &["fyr-schemas", "fyr-proto"]),
    (
        "fyr-tests",
        &[
            "fyr-schemas",
            "fyr-proto",
            "fyr-doors",
            "fyr-genome",
            "fyr-ontology",
            "fyr-store",
            "fyr-ingest",
            "fyr-policy",
            "fyr-identity",
            "fyr-state",
            "fyr-audit",
            "fyr-node",
            "fyr-node-cli",
            "fyr-broker",
        ],
    ),
    (
        "fyr-examples",
        &["fyr-schemas", "fyr-proto", "fyr-doors", "fyr-node", "fyr-node-cli", "fyr-broker", "fyr-tests"],
    ),
];

/// Libraries of storage and queries, with the crates that may name them.
const STORAGE: [(&str, &[&str]); 5] = [
    ("arrow", &["fyr-store", "fyr-engine"]),
    ("datafusion", &["fyr-engine"]),
    ("deltalake-core", &["fyr-store"]),
    ("object_store", &["fyr-store"]),
    ("parquet", &["fyr-store", "fyr-engine"]),
];

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The crates of the workspace, as cargo describes them.
fn described() -> Vec<serde_json::Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The crates of the workspace, and where they are.
fn packages() -> BTreeMap<String, PathBuf> {
    let directory = |package: &serde_json::Value| {
        PathBuf::from(text(&package["manifest_path"])).parent().unwrap().to_owned()
    };
    described().iter().map(|package| (text(&package["name"]), directory(package))).collect()
}

/// The direct dependencies of each crate of the workspace, those of its tests aside.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let names = |package: &serde_json::Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        dependencies.filter(|d| d["kind"].is_null()).map(|d| text(&d["name"])).collect()
    };
    described().iter().map(|package| (text(&package["name"]), names(package))).collect()
}

#[test]
fn crates_depend_only_in_the_allowed_directions() {
    let dependencies = dependencies();
    let known: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    for name in dependencies.keys() {
        assert!(known.contains(&name.as_str()), "say here what {name} may use");
    }
    for (name, allowed) in ALLOWED {
        for used in dependencies[name].iter().filter(|used| known.contains(&used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{name} must not use {used}");
        }
    }
}

#[test]
fn storage_is_named_where_it_belongs() {
    for (name, used) in dependencies() {
        for (library, allowed) in STORAGE {
            let is_used = used.iter().any(|used| used == library);
            assert!(!is_used || allowed.contains(&name.as_str()), "{name} must not use {library}");
        }
    }
}
