//! The pages that say where things are name files that are there.

use std::path::Path;

use super::source::root;

/// Pages in which a path stands for a file or directory of the repository.
const PAGES: [&str; 5] =
    ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/semantics.md", "docs/storage.md", "docs/threat-model.md"];

/// Rows that the table of new things must have.
const NEW: [&str; 9] = [
    "kind of question",
    "policy rule",
    "disclosure control",
    "entry type",
    "door",
    "façade",
    "object store",
    "rewrite job",
    "page",
];

/// Returns what a page says in backticks, code blocks aside.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.split("```").step_by(2).flat_map(|text| text.split('`').skip(1).step_by(2))
}

/// Returns whether a word is meant to be a path from the root: it has a directory in front, and ends like a file
/// or a directory.
fn is_path(word: &str) -> bool {
    let endings = [".rs", ".toml", ".proto", ".cedar", ".cedarschema", ".md", ".sql", ".html", "/"];
    word.contains('/')
        && !word.starts_with('/')
        && !word.contains([' ', '<'])
        && endings.iter().any(|end| word.ends_with(end))
}

/// Returns whether a file or directory is there; `*` stands for any beginning of a file's name.
fn exists(path: &str) -> bool {
    let Some((directory, ending)) = path.split_once('*') else { return root().join(path).exists() };
    let entries = std::fs::read_dir(root().join(directory)).into_iter().flatten();
    entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(ending)))
}

fn read(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap()
}

#[test]
fn files_that_are_named_are_there() {
    let mut named = 0;
    for page in PAGES {
        let text = read(page);
        for path in quoted(&text).filter(|word| is_path(word)) {
            assert!(exists(path), "{page} names `{path}`, which is not there");
            named += 1;
        }
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (target, _) in links.filter(|(target, _)| !target.contains("://") && !target.starts_with('#')) {
            let target = target.split('#').next().unwrap_or_default();
            let directory = Path::new(page).parent().unwrap();
            assert!(root().join(directory).join(target).exists(), "{page} links to {target}");
        }
    }
    assert!(named > 80, "{named} paths are named");
}

#[test]
fn the_map_says_where_new_things_go() {
    let map = read("ARCHITECTURE.md");
    let table = map.split("## Where new things go").nth(1).unwrap();
    let rows: Vec<_> = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")).collect();
    for new in NEW {
        let row = rows.iter().find(|(what, _)| what.contains(new)).unwrap_or_else(|| panic!("no row: {new}"));
        assert!(quoted(row.1).any(is_path), "{new} goes to no file: {}", row.1);
    }
    assert!(map.lines().count() <= 130, "a map is two screens");
}
