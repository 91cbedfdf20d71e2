//! The command line of bcftools, a Debian package.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Result;

use crate::{
    machine::first_line,
    process::{self, Cost},
};

/// Returns its version; none where it is not installed.
pub(crate) fn version() -> Option<String> {
    Some(first_line("bcftools", &["--version"])).filter(|version| !version.is_empty())
}

/// Counts AC, AN and the like of all records into a BCF, with two threads.
///
/// # Errors
///
/// It fails.
pub(crate) fn fill_tags(input: &Path, output: &Path) -> Result<Cost> {
    let mut command = Command::new("bcftools");
    command.args(["+fill-tags", "-Ob", "--threads", "2", "-o"]).arg(output).arg(input);
    process::run(command)
}

/// Converts to BCF.
///
/// # Errors
///
/// It fails.
pub(crate) fn to_bcf(input: &Path, output: &Path) -> Result<Cost> {
    let mut command = Command::new("bcftools");
    command.args(["view", "-Ob", "--threads", "2", "-o"]).arg(output).arg(input);
    process::run(command)
}

/// Makes the index of a BCF.
///
/// # Errors
///
/// It fails.
pub(crate) fn index(file: &Path) -> Result<()> {
    let mut command = Command::new("bcftools");
    command.args(["index", "--force"]).arg(file);
    process::run(command).map(drop)
}

/// Prints fields of the records of a region (`chr1:1-100`).
///
/// # Errors
///
/// It fails.
pub(crate) fn query(file: &Path, region: &str, format: &str) -> Result<(String, Duration)> {
    let mut command = Command::new("bcftools");
    command.args(["query", "-r", region, "-f", format]).arg(file);
    process::output(command)
}
