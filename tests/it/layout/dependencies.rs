//! No crate declares what it does not use.

use std::{collections::BTreeSet, path::Path};

use super::{described, source, text};

/// What is used by code that is generated, or under another name. Crate and dependency.
const UNSEEN: [(&str, &str); 3] =
    [("fyr-proto", "prost"), ("fyr-proto", "tonic-prost"), ("fyr-doors", "rustls-webpki")];

/// The names that the code below some places has in front of `::`, in `use` lines and in attributes.
fn named(directory: &Path, places: &[&str], with_tests: bool) -> BTreeSet<String> {
    let files = places.iter().flat_map(|place| match directory.join(place) {
        file if file.is_file() => vec![file],
        directory => source::files(&directory),
    });
    let texts = files
        .filter(|file| with_tests || !source::is_of_tests(file))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect::<Vec<_>>();
    // Some tests take the tests' tokens in by their path.
    let tokens = with_tests && texts.iter().any(|text| text.contains("tests/src/tokens/mod.rs"));
    let tokens = if tokens { source::files(&source::root().join("tests/src/tokens")) } else { Vec::new() };
    let tokens = tokens.into_iter().map(|file| std::fs::read_to_string(file).unwrap());
    let words = texts.into_iter().chain(tokens).map(|text| source::words(&text));
    words.flat_map(|words| if with_tests { words } else { source::without_tests(&words) }).collect()
}

/// Returns what code calls a crate: a library of the workspace may have a name of its own.
fn library(packages: &[serde_json::Value], name: &str) -> String {
    let targets = packages.iter().find(|package| package["name"] == name);
    let mut targets = targets.into_iter().flat_map(|package| package["targets"].as_array().unwrap());
    let is_library =
        |target: &&serde_json::Value| target["kind"].as_array().unwrap().iter().any(|kind| kind == "lib");
    targets.find(is_library).map_or_else(|| name.to_owned(), |target| text(&target["name"]))
}

#[test]
fn what_is_declared_is_used() {
    let mut unused = Vec::new();
    let packages = described();
    for package in &packages {
        let (name, manifest) = (text(&package["name"]), text(&package["manifest_path"]));
        let directory = Path::new(&manifest).parent().unwrap();
        // The tests and benchmarks of a crate without other code are its code.
        let is_of_tests = name == "fyr-tests";
        let code = named(directory, &["src", "it", "benchmark", "attack"], is_of_tests);
        let tests = named(directory, &["src", "tests", "it", "benches"], true);
        let build = named(directory, &["build.rs"], true);
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency_name = text(&dependency["name"]);
            let word = dependency["rename"]
                .as_str()
                .map_or_else(|| library(&packages, &dependency_name), str::to_owned);
            let word = word.replace('-', "_");
            let words = match dependency["kind"].as_str() {
                None => &code,
                Some("dev") => &tests,
                Some(_) => &build,
            };
            let is_seen =
                words.contains(&word) || UNSEEN.contains(&(name.as_str(), dependency_name.as_str()));
            if !is_seen {
                unused.push(format!(
                    "{name}: {dependency_name} ({})",
                    dependency["kind"].as_str().unwrap_or("code")
                ));
            }
        }
    }
    assert!(unused.is_empty(), "declared, but not used where they are declared for: {unused:#?}");
}

#[test]
fn what_the_workspace_declares_is_used() {
    let manifest: toml::Table =
        std::fs::read_to_string(source::root().join("Cargo.toml")).unwrap().parse().unwrap();
    let declared = manifest["workspace"]["dependencies"].as_table().unwrap().keys();
    let packages = described();
    let dependencies = packages.iter().flat_map(|package| package["dependencies"].as_array().unwrap());
    let used: BTreeSet<String> = dependencies.map(|dependency| text(&dependency["name"])).collect();
    let unused: Vec<_> = declared.filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "in the table of the workspace, but in no crate: {unused:?}");
}
