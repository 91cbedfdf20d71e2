//! Who can ask as the owner: one place makes one, and one command.

use std::collections::BTreeSet;

use super::{packages, source};

/// The files that name something in code that is not for tests alone.
fn naming(name: &str) -> BTreeSet<String> {
    let root = source::root().canonicalize().unwrap();
    let files = packages().into_values().flat_map(|directory| source::files(&directory.join("src")));
    let names = |file: &std::path::PathBuf| {
        let words = source::words(&std::fs::read_to_string(file).unwrap());
        !source::is_of_tests(file.strip_prefix(&root).unwrap_or(file))
            && source::without_tests(&words).iter().any(|word| word == name)
    };
    let below = |file: std::path::PathBuf| {
        let file = file.canonicalize().unwrap();
        file.strip_prefix(&root).unwrap().display().to_string()
    };
    files.filter(names).map(below).collect()
}

#[test]
fn no_door_can_ask_as_the_owner() {
    let makes = naming("at_this_machine");
    let expected = ["node/policy/src/requester.rs", "node/src/owner.rs", "node/src/publication.rs"];
    assert_eq!(makes, expected.map(String::from).into());
    let asks = naming("OwnersView");
    let expected =
        ["node/cli/src/export.rs", "node/cli/src/query.rs", "node/src/lib.rs", "node/src/owner.rs"];
    assert_eq!(asks, expected.map(String::from).into());
}
