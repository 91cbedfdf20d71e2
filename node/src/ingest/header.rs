//! The header of a VCF file: version, definitions, samples (VCF specification, sections 1.2 to 1.5).

use std::{collections::HashMap, io::BufRead, path::Path};

use super::{
    IngestError,
    error::{Fault, quote},
    input::unreadable,
};

/// What the records of a file are read by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Header {
    /// Sample names, in order of their columns.
    pub(crate) samples: Vec<String>,
    /// Number of lines.
    pub(crate) lines: u64,
}

/// Most bytes that a header may have.
const LARGEST: usize = 1 << 28;

const COLUMNS: [&str; 8] = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];

/// Reads the header lines and leaves the reader at the first record.
pub(crate) fn read(bytes: &mut dyn BufRead, path: &Path) -> Result<Header, IngestError> {
    let mut text = Vec::new();
    while bytes.fill_buf().map_err(|e| unreadable(path, e))?.first() == Some(&b'#') {
        bytes.read_until(b'\n', &mut text).map_err(|e| unreadable(path, e))?;
        if text.len() > LARGEST {
            return Err(IngestError::file(path, "the header is larger than 256 MB: is this a VCF file?"));
        }
    }
    parse(&text).map_err(|(line, fault)| fault.at(path, line, false))
}

/// Parses all header lines.
///
/// # Errors
///
/// The first broken rule, with its line.
pub(crate) fn parse(text: &[u8]) -> Result<Header, (u64, Fault)> {
    let mut header = Header::default();
    let mut named = false;
    for line in text.split_inclusive(|b| *b == b'\n') {
        header.lines += 1;
        let at = |fault| (header.lines, fault);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = std::str::from_utf8(line)
            .map_err(|_| at(Fault::new("header", format!("{} is not UTF-8 text", quote(line)))))?;
        if header.lines == 1 {
            check_version(line).map_err(at)?;
        } else if named {
            return Err(at(Fault::new("header", "a header line follows the line of column names")));
        } else if line.starts_with("##") {
        } else {
            header.samples = parse_columns(line).map_err(at)?;
            named = true;
        }
    }
    if named {
        return Ok(header);
    }
    let message = "the line of column names is missing: expected `#CHROM`, `POS`, … separated by tabs";
    Err((header.lines + 1, Fault::new("header", message)))
}

fn check_version(line: &str) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::new("##fileformat", message));
    let Some(version) = line.strip_prefix("##fileformat=") else {
        let message =
            format!("{} is not `##fileformat=VCFv4.x`, which must come first", quote(line.as_bytes()));
        return fault(message);
    };
    match version {
        "VCFv4.0" | "VCFv4.1" | "VCFv4.2" | "VCFv4.3" | "VCFv4.4" => Ok(()),
        _ => fault(format!(
            "{} is not a version that is read: use VCFv4.1 to VCFv4.4",
            quote(version.as_bytes())
        )),
    }
}

/// Checks the line of column names and returns the samples.
fn parse_columns(line: &str) -> Result<Vec<String>, Fault> {
    let names: Vec<&str> = line.split('\t').collect();
    for (expected, found) in COLUMNS.iter().zip(names.iter().copied().chain(std::iter::repeat(""))) {
        if found != *expected {
            let message = format!(
                "expected `{expected}`, found {}: columns are separated by tabs",
                quote(found.as_bytes())
            );
            return Err(Fault::new("header", message));
        }
    }
    match names.get(COLUMNS.len()) {
        None => Ok(Vec::new()),
        Some(&"FORMAT") => parse_samples(names.get(COLUMNS.len() + 1..).unwrap_or_default()),
        Some(found) => {
            Err(Fault::new("header", format!("expected `FORMAT`, found {}", quote(found.as_bytes()))))
        }
    }
}

fn parse_samples(names: &[&str]) -> Result<Vec<String>, Fault> {
    let mut seen = HashMap::new();
    for (column, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            let message =
                format!("sample {} has no name: is there a tab at the end of the line?", column + 1);
            return Err(Fault::new("samples", message));
        }
        if let Some(first) = seen.insert(*name, column) {
            let message = format!(
                "sample {} stands in columns {} and {}: people would be counted twice",
                quote(name.as_bytes()),
                first + 10,
                column + 10
            );
            return Err(Fault::new("samples", message));
        }
    }
    Ok(names.iter().map(|name| (*name).to_owned()).collect())
}
