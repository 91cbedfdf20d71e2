//! What the numbers were measured on.

use std::{collections::BTreeMap, process::Command};

/// Describes machine and versions, by name.
pub(crate) fn describe(programs: &[(&str, String)]) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([
        ("processor".to_owned(), processor()),
        ("memory".to_owned(), field("/proc/meminfo", "MemTotal").unwrap_or_default()),
        ("kernel".to_owned(), first_line("uname", &["-sr"])),
        ("rustc".to_owned(), first_line("rustc", &["--version"])),
        ("fyr".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("commit".to_owned(), first_line("git", &["describe", "--always", "--dirty"])),
    ]);
    facts.extend(programs.iter().map(|(name, version)| ((*name).to_owned(), version.clone())));
    facts
}

fn processor() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_default();
    format!("{cores} cores of {model}")
}

/// Returns the first value of a name in a file of `name: value` lines.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    value.map(|(_, value)| value.trim().to_owned())
}

/// Returns the first line that a program prints; nothing where there is no such program.
pub(crate) fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
