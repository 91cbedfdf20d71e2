//! The header of a VCF file: version, definitions, samples (VCF specification, sections 1.2 to 1.5).
//!
//! What is read of a file is checked strictly, what is not read is counted. The version and the line of column names
//! are read; of a line of meta-information only what records are understood by, so that a line that breaks its rules
//! stops no file: every tool has habits there, and every other tool reads them.

mod build;
mod definition;
mod structured;
#[cfg(test)]
mod test_habits;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io::{BufRead, Read},
    path::Path,
};

pub(crate) use definition::{Definition, Number, Type};

use self::{build::Build, structured::Structured};
use super::{
    IngestError,
    annotation::Layouts,
    error::unreadable,
    error::{Fault, quote},
    lines::cut_short,
};

/// What the records of a file are read by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Header {
    /// Sample names, in order of their columns.
    pub(crate) samples: Vec<String>,
    /// Definitions of INFO fields.
    pub(crate) info: HashMap<String, Definition>,
    /// Keys of FORMAT that are defined.
    pub(crate) formats: HashSet<String>,
    /// Where annotations of alleles are.
    pub(crate) annotations: Layouts,
    /// Of which genome it is.
    pub(crate) build: Build,
    /// Whether `<CN2>` counts copies on one chromosome, as the 1000 Genomes say of their "copy number alleles".
    pub(crate) copies_on_one: bool,
    /// Number of lines.
    pub(crate) lines: u64,
    /// Lines of meta-information that could not be read.
    pub(crate) unread: u64,
}

/// Most bytes that a header may have.
const LARGEST: usize = 1 << 28;

const COLUMNS: [&str; 8] = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];

/// Reads the header lines and leaves the reader at the first record.
pub(crate) fn read(bytes: &mut dyn BufRead, path: &Path) -> Result<Header, IngestError> {
    let mut text = Vec::new();
    while bytes.fill_buf().map_err(|e| unreadable(path, e))?.first() == Some(&b'#') {
        let room = (LARGEST + 1).saturating_sub(text.len()) as u64;
        Read::take(&mut *bytes, room).read_until(b'\n', &mut text).map_err(|e| unreadable(path, e))?;
        if text.len() > LARGEST {
            let fault = Fault::new("header", "larger than 256 MB: is this a VCF file?");
            return Err(fault.at(path, memchr::memchr_iter(b'\n', &text).count() as u64 + 1, false));
        }
    }
    if text.last().is_some_and(|last| *last != b'\n') {
        return Err(cut_short().at(path, memchr::memchr_iter(b'\n', &text).count() as u64 + 1, false));
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
        let number = header.lines;
        let at = |fault| (number, fault);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if header.lines == 1 {
            check_version(&meta_text(line)).map_err(at)?;
        } else if named {
            return Err(at(Fault::new("header", "a header line follows the line of column names")));
        } else if let Some(line) = line.strip_prefix(b"##") {
            header.unread += u64::from(read_meta(&meta_text(line), &mut header).is_err());
        } else {
            header.samples = parse_columns(column_text(line).map_err(at)?).map_err(at)?;
            named = true;
        }
    }
    if named {
        return Ok(header);
    }
    let message = "the line of column names is missing: expected `#CHROM`, `POS`, … separated by tabs";
    Err((header.lines + 1, Fault::new("header", message)))
}

/// Returns the text of a line of meta-information: UTF-8, or Latin-1 as older tools write it.
fn meta_text(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => text.into(),
        Err(_) => line.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
    }
}

/// Returns the text of the line of column names, which says who people are.
fn column_text(line: &[u8]) -> Result<&str, Fault> {
    let fault = |_| Fault::new("header", format!("{} is not UTF-8 text", quote(line)));
    std::str::from_utf8(line).map_err(fault)
}

fn check_version(line: &str) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::new("##fileformat", message));
    let Some((_, version)) = line.split_once('=').filter(|(key, _)| key.trim_end() == "##fileformat") else {
        let message =
            format!("{} is not `##fileformat=VCFv4.x`, which must come first", quote(line.as_bytes()));
        return fault(message);
    };
    match version.trim() {
        "VCFv4.0" | "VCFv4.1" | "VCFv4.2" | "VCFv4.3" | "VCFv4.4" => Ok(()),
        _ => fault(format!(
            "{} is not a version that is read: use VCFv4.1 to VCFv4.4",
            quote(version.as_bytes())
        )),
    }
}

/// Reads a line of meta-information, without its `##`. An error says that it could not be read.
fn read_meta(line: &str, header: &mut Header) -> Result<(), Fault> {
    let Some((kind, value)) =
        line.split_once('=').filter(|(kind, value)| !kind.is_empty() && !value.is_empty())
    else {
        let message = format!("{} is not a pair of key and value", quote(line.as_bytes()));
        return Err(Fault::new("header", message));
    };
    match kind {
        "INFO" => {
            let line = Structured::parse(kind, value)?;
            let (id, definition) = definition::parse(&line)?;
            header.annotations.add(&id, line.get("Description").unwrap_or_default());
            header.info.insert(id, definition);
        }
        "FORMAT" => {
            let line = Structured::parse(kind, value)?;
            header.formats.insert(line.id()?.to_owned());
            definition::parse(&line)?;
        }
        "FILTER" => {
            Structured::parse(kind, value)?.id()?;
        }
        "ALT" => {
            let line = Structured::parse(kind, value)?;
            let text = line.get("Description").unwrap_or_default().to_ascii_lowercase();
            header.copies_on_one |= line.id()?.starts_with("CN") && text.starts_with("copy number allele");
        }
        "contig" => header.build.add_sequence(header.lines, &Structured::parse(kind, value)?)?,
        "reference" => header.build.add_reference(header.lines, value),
        _ => {}
    }
    Ok(())
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
        Some(&"FORMAT") if names.len() == COLUMNS.len() + 1 => Err(Fault::new(
            "header",
            "the column FORMAT needs samples after it: leave it out if there are none",
        )),
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

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

    fn fault(lines: &str, columns: &str) -> (u64, String) {
        let (line, fault) = parse(format!("{lines}{columns}\n").as_bytes()).unwrap_err();
        (line, format!("{}: {}", fault.field, fault.message))
    }

    #[test]
    fn a_header_is_read() {
        let text = format!(
            "##fileformat=VCFv4.3\r\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"a, b\">\r\n\
             ##SAMPLE=<ID=x>\r\n{COLUMNS}\tFORMAT\tHG 1\tHG2\r\n"
        );
        let header = parse(text.as_bytes()).unwrap();
        assert_eq!(header.samples, ["HG 1", "HG2"]);
        assert_eq!(header.lines, 4);
        let expected = Definition { number: Number::Exactly(1), kind: Type::Integer };
        assert_eq!(header.info.get("DP"), Some(&expected));
    }

    #[test]
    fn faults_name_line_and_remedy() {
        for (lines, columns, line, fragment) in [
            ("##fileformat=VCFv3.3\n", COLUMNS, 1, "`VCFv3.3` is not a version"),
            ("", COLUMNS, 1, "must come first"),
            ("##fileformat=VCFv4.2\n", "#CHROM\tPOSITION", 2, "expected `POS`, found `POSITION`"),
            ("##fileformat=VCFv4.2\n", "#CHROM POS", 2, "separated by tabs"),
            ("##fileformat=VCFv4.2\n", &format!("{COLUMNS}\tFORMAT"), 2, "needs samples"),
            ("##fileformat=VCFv4.2\n", &format!("{COLUMNS}\tFORMAT\tA\tA"), 2, "counted twice"),
            ("##fileformat=VCFv4.2\n", &format!("{COLUMNS}\tFORMAT\tA\t"), 2, "has no name"),
        ] {
            let (at, text) = fault(lines, columns);
            assert_eq!(at, line, "{lines}{columns}");
            assert!(text.contains(fragment), "{lines}{columns}: {text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        for (line, unread) in [
            ("##text", 1),
            ("##reference=", 1),
            ("##INFO=<ID=A,Number=1,Description=\"no type\">", 1),
            ("##contig=<length=5>", 1),
            ("##INFO=<ID=A,Number=?,Type=Int,Description=\"a\">", 0),
            ("##FORMAT=<ID=GT,Number=1,Type=Integer,Description=\"g\">", 0),
            ("##INFO=<ID=AC, Number=1, Type=Integer, Description=all of them, and more>", 0),
            ("##INFO=<ID=A,Number=1,Type=String,Description=\"the \"best\" one\",Source=x>", 0),
        ] {
            for version in ["##fileformat=VCFv4.2 ", "##fileformat= VCFv4.2", "##fileformat = VCFv4.2"] {
                let text = format!("{version}\n{line}\n{COLUMNS}\n");
                assert_eq!(parse(text.as_bytes()).unwrap().unread, unread, "{version} {line}");
            }
        }
        let mut latin = b"##fileformat=VCFv4.2\n##source=G\xf6teborg\n".to_vec();
        latin.extend_from_slice(COLUMNS.as_bytes());
        assert_eq!(parse(&latin).unwrap().unread, 0);
        latin.extend_from_slice(b"\tFORMAT\tG\xf6ran\n");
        assert!(parse(&latin).is_err(), "who people are must be readable");
    }

    #[test]
    fn copies_of_one_chromosome_are_told_by_their_description() {
        for (line, expected) in [
            ("##ALT=<ID=CN2,Description=\"Copy number allele: 2 copies\">", true),
            ("##ALT=<ID=CN2,Description=\"Two copies\">", false),
            ("##ALT=<ID=CNV,Description=\"Copy Number Polymorphism\">", false),
            ("##ALT=<ID=DEL,Description=\"Copy number allele\">", false),
        ] {
            let text = format!("##fileformat=VCFv4.1\n{line}\n{COLUMNS}\n");
            assert_eq!(parse(text.as_bytes()).unwrap().copies_on_one, expected, "{line}");
        }
    }

    #[test]
    fn the_column_names_must_be_there() {
        let (line, fault) = parse(b"##fileformat=VCFv4.2\n").unwrap_err();
        assert_eq!((line, fault.field.as_str()), (2, "header"));
    }
}
