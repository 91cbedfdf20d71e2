//! What can go wrong in a store.

mod held;

use fyr_schemas::EntryType;

pub use held::HeldAlready;

/// A failure of a store. Messages are for operators.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store was written by another version of Fyr.
    #[error("the store has format {found}, this version reads format {expected}")]
    Format {
        /// Format of this version.
        expected: u32,
        /// Format on disk.
        found: u32,
    },
    /// Another process is writing to the store.
    #[error("another ingest, removal or compaction is running on `{0}`: wait for it to end")]
    Locked(String),
    /// Somebody wrote to the store while work for it was done that needs no claim.
    #[error("the store was written to meanwhile, so nothing was changed: run the command again")]
    Overtaken,
    /// Whoever asked for it does not want it any more.
    #[error("the work was given up, and nothing was changed")]
    GivenUp,
    /// The dataset is there already with another assembly or kind.
    #[error("dataset `{dataset}` holds {found}, not {asked}: use another dataset id, or --replace")]
    Conflict {
        /// Dataset id.
        dataset: String,
        /// What it holds.
        found: String,
        /// What was to be added.
        asked: String,
    },
    /// The dataset is a published table, or was to become one and is something else.
    #[error("dataset `{dataset}` {is}: use another id, or remove it with `{remedy}`")]
    Published {
        /// Dataset id.
        dataset: String,
        /// What it is.
        is: &'static str,
        /// The command that removes it.
        remedy: &'static str,
    },
    /// The same file was ingested before.
    #[error("`{file}` is in dataset `{dataset}` already, since {since}: use {again} to load it again")]
    AlreadyIngested {
        /// File name.
        file: String,
        /// Dataset id.
        dataset: String,
        /// When it was ingested.
        since: String,
        /// The option that loads it again.
        again: &'static str,
    },
    /// The dataset has something of a sample already.
    #[error("{0}")]
    Held(Box<HeldAlready>),
    /// No such sample.
    #[error(
        "dataset `{dataset}` has no genotypes of a sample `{sample}`, nor of a person of that id: nothing was removed"
    )]
    UnknownSample {
        /// Dataset id.
        dataset: String,
        /// The id.
        sample: String,
    },
    /// Two samples of one person were loaded together, and one of them is to go.
    #[error(
        "samples `{sample}` and `{other}` are of one person and were loaded together, so that their calls cannot be told \
         apart: take out or replace both"
    )]
    Inseparable {
        /// The sample that is to go.
        sample: String,
        /// The other.
        other: String,
    },
    /// No such dataset.
    #[error("there is no dataset `{0}`")]
    UnknownDataset(String),
    /// A dataset that is not there yet needs an assembly.
    #[error("dataset `{0}` is new: say which assembly its variants have, with --assembly")]
    NoAssembly(String),
    /// One load has an entry twice.
    #[error("{entry_type} `{id}` is there twice: leave one out")]
    DuplicateEntry {
        /// What it is.
        entry_type: EntryType,
        /// Its id.
        id: String,
    },
    /// Two files of one ingest say different things of one allele.
    #[error("`{first}` and `{second}` have different counts for {variant}: put them into two datasets")]
    Contradiction {
        /// The allele, in short form.
        variant: String,
        /// A file that has it.
        first: String,
        /// Another file that has it.
        second: String,
    },
    /// Two records of one file say different things of one allele.
    #[error("`{file}` has two records of {variant} with different counts: leave one out, or add them up")]
    TwoCounts {
        /// The allele, in short form.
        variant: String,
        /// The file.
        file: String,
    },
    /// Bytes cannot have such a name.
    #[error("`{0}` is no name for bytes of a store: parts must not be empty or begin with a dot")]
    BlobName(String),
    /// The directory holds something else.
    #[error("`{0}` is neither empty nor a store: name another directory")]
    NotAStore(String),
    /// A restore into the directory has not ended.
    #[error(
        "`{0}` is half restored: run the `fyr-node restore` that was interrupted once more, or empty the directory and \
         begin anew"
    )]
    Restoring(String),
    /// What a restore puts back lies in the way already, and is something else.
    #[error("`{0}` is there already, and is not what the backup has: restore into an empty directory")]
    InTheWay(String),
    /// A backup is not what it was.
    #[error(
        "the backup is damaged: {what}; use another backup (`fyr-node verify --from` says which are whole), or, if the \
         store is still there, delete this file and take a new one"
    )]
    DamagedBackup {
        /// What is wrong, by name.
        what: String,
    },
    /// There is no such backup.
    #[error("there is no backup {0}")]
    NoBackup(String),
    /// The store is not readable, or says nonsense.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// Rows of a segment were lost, so nothing can be made of the others.
    #[error("earlier rows could not be written: ingest the files again")]
    Incomplete,
    /// Work ended before it was done, which is a fault of Fyr and says nothing of the store.
    #[error("{what} ended before it was done: {source}; this is a fault of Fyr: please report it")]
    Task {
        /// What was being done.
        what: &'static str,
        /// How it ended.
        source: tokio::task::JoinError,
    },
    /// The time cannot be written down.
    #[error("the clock of this machine cannot be right: {0}; set it")]
    Clock(#[from] time::error::Format),
    /// Reading or writing failed.
    #[error("{context}: {source}")]
    Io {
        /// What was being done.
        context: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Delta failed.
    #[error("table log: {0}")]
    Delta(#[from] deltalake_core::DeltaTableError),
    /// Arrow failed.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet failed.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
}

impl StoreError {
    /// Wraps an I/O error with what was being done.
    pub fn io(context: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { context: context.into(), source }
    }
}
