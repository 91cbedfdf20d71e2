//! Why a sample is refused that a dataset has already.

use std::fmt;

/// What a dataset has already of a sample that is in the files of an ingest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldAlready {
    /// Dataset id.
    pub dataset: String,
    /// Id of the sample in the new files.
    pub sample: String,
    /// Id of the sample of the same person under which it was loaded before.
    pub loaded_as: String,
    /// A sequence of which both say something; none where both are about every sequence.
    pub sequence: Option<String>,
    /// The first of the files that were loaded then.
    pub file: String,
    /// How many other files were loaded with it, any of which it may be from.
    pub other_files: usize,
    /// When that was, RFC 3339.
    pub since: String,
    /// How many more samples of the new files it has something of.
    pub others: usize,
    /// Whether the new files were to take the place of what was loaded under the same ids.
    pub replaces: bool,
}

impl fmt::Display for HeldAlready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, sample, loaded_as, sequence, file, other_files, since, others, replaces } = self;
        write!(f, "dataset `{dataset}` has genotypes of sample `{sample}` ")?;
        if sample != loaded_as {
            write!(f, "(the same person as sample `{loaded_as}`) ")?;
        }
        match sequence {
            Some(sequence) => write!(f, "on {sequence} already, from `{file}`")?,
            None => write!(f, "on every sequence already, from `{file}`")?,
        }
        if *other_files > 0 {
            write!(f, " or one of {other_files} files that were loaded with it")?;
        }
        write!(f, ", since {since}")?;
        if *others > 0 {
            write!(f, ", and of {others} more of these samples")?;
        }
        write!(f, ": what both say would be united, right and wrong. ")?;
        if *replaces {
            write!(
                f,
                "--replace-sample replaces what was loaded under the same id: take `{loaded_as}` out first, with \
                 `fyr-node remove --sample`, or say --add if both shall count"
            )
        } else {
            write!(
                f,
                "If these files correct all that was loaded of the samples, say --replace-sample; if they are of a second \
                 technology, say --add; parts of one file are loaded in one command; another person needs another id"
            )
        }
    }
}
