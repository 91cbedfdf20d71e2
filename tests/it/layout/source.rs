//! The code of the workspace, read as far as the tests of its layout need: words, modules, `use` lines.
//!
//! No compiler: comments, strings and what is compiled for tests alone are left out, macros are not unfolded.

use std::path::{Path, PathBuf};

/// Returns the directory of the workspace.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns all files of Rust below a directory, in order.
pub(super) fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let below = paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    let mut files: Vec<_> =
        below.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect();
    files.sort();
    files
}

/// Returns whether a file is compiled for tests alone, by its name.
pub(super) fn is_of_tests(file: &Path) -> bool {
    file.components().any(|part| {
        let name = part.as_os_str().to_str().unwrap_or_default();
        let name = name.strip_suffix(".rs").unwrap_or(name);
        name == "tests" || (name.starts_with("test_") && name != "test_mode")
    })
}

/// Returns the words and signs of a file: names, `::`, and single characters.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest) {
            words.push("\"\"".to_owned());
            length
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            words.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            words.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                words.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    words
}

/// Returns the length of a string, a raw string or a character that the text begins with.
fn literal(text: &str) -> Option<usize> {
    let raw = text.trim_start_matches('b').strip_prefix('r').map(|rest| (rest, rest.trim_start_matches('#')));
    if let Some((hashed, body)) = raw.filter(|(_, body)| body.starts_with('"')) {
        let end = format!("\"{}", "#".repeat(hashed.len() - body.len()));
        let start = text.len() - body.len() + 1;
        return Some(text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()));
    }
    let start = usize::from(text.starts_with("b\"") || text.starts_with("b'"));
    let quote = text[start..].chars().next().filter(|c| ['"', '\''].contains(c))?;
    let mut characters = text[start + 1..].char_indices();
    let mut read = 0;
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            _ if character == quote => return Some(start + 1 + at + 1),
            // A lifetime has no second quote.
            _ if quote == '\'' && read > 0 => return None,
            _ => {}
        }
        read += usize::from(character != '\\' || quote == '"');
    }
    None
}

/// Leaves out what is compiled for tests alone.
pub(super) fn without_tests(words: &[String]) -> Vec<String> {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < words.len() {
        if words[at..].iter().map(String::as_str).take(marker.len()).eq(marker) {
            at = end_of_item(words, at + marker.len());
        } else {
            kept.push(words[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns where the item ends that begins at a word: behind its `;`, `,` or block.
fn end_of_item(words: &[String], from: usize) -> usize {
    let mut depth = 0usize;
    for (at, word) in words.iter().enumerate().skip(from) {
        match word.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" if depth == 0 => return at,
            "}" if depth == 1 => {
                // A group of a `use` line goes on to its `;`.
                return at + 1 + usize::from(words.get(at + 1).is_some_and(|next| next == ";"));
            }
            "}" | ")" | "]" => depth -= 1,
            ";" | "," if depth == 0 => return at + 1,
            _ => {}
        }
    }
    words.len()
}

#[test]
fn files_of_tests_alone_are_named_so() {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    for file in super::packages().values().flat_map(|directory| files(&directory.join("src"))) {
        let words = words(&std::fs::read_to_string(&file).unwrap());
        let declared = words.windows(marker.len()).enumerate().filter(|(_, seven)| *seven == marker);
        for (at, _) in declared {
            let rest = words[at + marker.len()..]
                .iter()
                .skip_while(|word| ["pub", "(", "crate", "super", ")"].contains(&word.as_str()));
            if let [module, name, end] = rest.take(3).map(String::as_str).collect::<Vec<_>>()[..] {
                let is_file = module == "mod" && end == ";";
                assert!(
                    !is_file || name == "tests" || name.starts_with("test_"),
                    "{}: mod {name}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn only_tests_that_say_so_are_left_out_without_shared_data() {
    let tests = root().join("tests/it");
    let asks = |path: &PathBuf| std::fs::read_to_string(path).unwrap().contains("= Shared::find(");
    let askers: Vec<_> = files(&tests).into_iter().filter(asks).collect();
    assert!(askers.len() > 5, "{askers:?}");
    let others: Vec<_> =
        askers.iter().filter(|path| !path.starts_with(tests.join("if_shared_data"))).collect();
    assert!(others.iter().all(|path| path.ends_with("layout/source.rs")), "{others:?}");
}
