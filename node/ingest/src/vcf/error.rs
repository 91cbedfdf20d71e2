//! Why an input was refused: always with the place and, where there is one, the remedy.

use std::{fmt, io, path::Path};

use fyr_genome::GenomeError;
use fyr_store::StoreError;

/// A reason to end an ingest. The store is as it was when one is returned.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A file breaks a rule of its format.
    #[error("{place}: {message}")]
    Malformed {
        /// Where the fault is.
        place: FilePlace,
        /// What is wrong and what to do about it.
        message: String,
    },
    /// The options or the set of inputs do not fit together.
    #[error("{0}")]
    Options(String),
    /// A file could not be read.
    #[error("cannot read `{file}`: {source}")]
    Read {
        /// The file.
        file: String,
        /// The reason.
        source: io::Error,
    },
    /// The store refused the segment.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The reference sequences or genes cannot be read, or contradict those of the store.
    #[error(transparent)]
    Genome(#[from] GenomeError),
    /// Someone stopped it, or a worker ended without a result.
    #[error("ingest was interrupted: `fyr-node datasets` shows what the store holds")]
    Interrupted,
}

impl IngestError {
    /// Makes an error about a whole file.
    pub(crate) fn file(path: &Path, message: impl Into<String>) -> Self {
        Self::Malformed { place: FilePlace::file(path), message: message.into() }
    }

    /// Makes an error about reading a file.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { file: path.display().to_string(), source }
    }
}

/// A place in an input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The file.
    pub file: String,
    /// 1-based line in text, 1-based record in BCF.
    pub line: Option<u64>,
    /// Whether `line` counts the records of a binary file.
    pub binary: bool,
    /// Column, header field or sample.
    pub field: Option<String>,
}

impl FilePlace {
    /// Returns a whole file as a place.
    pub(crate) fn file(path: &Path) -> Self {
        Self { file: path.display().to_string(), line: None, binary: false, field: None }
    }
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            let unit = if self.binary { "record" } else { "line" };
            write!(f, ", {unit} {line}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        Ok(())
    }
}

/// What is wrong with a line, before anyone knows which line of which file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Column, header field or sample.
    pub(crate) field: String,
    /// What is wrong and what to do about it.
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// Says where the fault is.
    pub(crate) fn at(self, path: &Path, line: u64, binary: bool) -> IngestError {
        let file = path.display().to_string();
        let place = FilePlace { file, line: Some(line), binary, field: Some(self.field) };
        IngestError::Malformed { place, message: self.message }
    }
}

/// Most characters of the input that a message repeats.
const LONGEST_QUOTE: usize = 40;

/// Quotes a piece of input for a message: shortened, and printable whatever its bytes are.
pub(crate) fn quote(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut quoted: String = text.chars().take(LONGEST_QUOTE).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quoted.push('…');
    }
    format!("`{quoted}`")
}

/// Words a read error so that it says what is wrong with the file.
pub(crate) fn unreadable(path: &Path, error: io::Error) -> IngestError {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match error.kind() {
        UnexpectedEof => IngestError::file(path, "the data end too early: copy the file again"),
        InvalidData | InvalidInput => {
            let message = format!("the data are damaged ({error}): copy the file again");
            IngestError::file(path, message)
        }
        _ => IngestError::read(path, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_short_and_printable() {
        assert_eq!(quote(b"a\tb\xff"), "`a\\tb\u{fffd}`");
        assert!(quote(&[b'A'; 99]).chars().count() < 50);
    }

    #[test]
    fn messages_name_the_place() {
        let error = Fault::new("POS", "`x` is not a position").at(Path::new("a.vcf"), 7, false);
        assert_eq!(error.to_string(), "a.vcf, line 7, POS: `x` is not a position");
    }
}
