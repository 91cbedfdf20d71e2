//! One type name has one meaning within what a crate can import.

use std::collections::{BTreeMap, BTreeSet};

use super::{ALLOWED, packages, source};

/// Words in front of the name of a type.
const KINDS: [&str; 5] = ["struct", "enum", "trait", "type", "union"];

/// Where each public type is defined: crate and file, by name. Associated types are none.
fn definitions() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let mut definitions: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for (package, directory) in packages() {
        let directory = directory.join("src");
        for file in source::files(&directory) {
            let below = file.strip_prefix(&directory).unwrap();
            if source::is_of_tests(below) {
                continue;
            }
            let words = source::without_tests(&source::words(&std::fs::read_to_string(&file).unwrap()));
            let is_public = |three: &&[String]| three[0] == "pub" && KINDS.contains(&three[1].as_str());
            for three in words.windows(3).filter(is_public) {
                let place = (package.clone(), below.display().to_string());
                definitions.entry(three[2].clone()).or_default().insert(place);
            }
        }
    }
    definitions
}

#[test]
fn one_type_name_has_one_meaning() {
    let definitions = definitions();
    assert!(definitions.len() > 200, "{}", definitions.len());
    let mut found = BTreeMap::new();
    for (name, places) in &definitions {
        for (importer, imported) in ALLOWED {
            let can_import = |package: &str| package == importer || imported.contains(&package);
            let meanings: Vec<_> = places.iter().filter(|(package, _)| can_import(package)).collect();
            if meanings.len() > 1 {
                found.insert(name, meanings);
            }
        }
    }
    assert!(found.is_empty(), "names of several types: {found:#?}");
}
