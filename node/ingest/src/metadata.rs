//! Metadata in: documents of the Beacon model, Phenopackets, and tables, as entries of a dataset; and pedigree files, which
//! say who is of which family.
//!
//! Everything is checked against the model before anything is visible; a fault names file, record and field.

mod bff;
mod error;
mod phenopacket;
mod protobuf;
mod table;
mod withdrawn;

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read, Take},
    path::{Path, PathBuf},
};

use fyr_schemas::{Assembly, EntryType, Individual, model::Entry};
use fyr_store::{MetadataSpec, MetadataSummary, Store};
use serde::Serialize;

use crate::{
    Withdrawn,
    vcf::{Phase, Progress, check_dataset_id, individuals, input::open_bytes, sources},
};

pub use error::MetadataError;

/// One load of metadata: where to, from what, and how to read it.
#[derive(Clone, Debug)]
pub struct MetadataOptions {
    /// Directory of the store.
    pub store: PathBuf,
    /// What else may be in that directory before there is a store.
    pub beside: &'static [&'static str],
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the dataset's coordinates; needed only where the dataset is new.
    pub assembly: Option<Assembly>,
    /// What the files hold, where their names do not tell.
    pub entry_type: Option<EntryType>,
    /// TOML file that says what the columns of tables mean.
    pub columns: Option<PathBuf>,
    /// Replaces the metadata that the dataset has; its variants stay.
    pub replace: bool,
    /// The files.
    pub inputs: Vec<PathBuf>,
    /// Whose entries are left out as if they were not there.
    pub withdrawn: Withdrawn,
}

/// What was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MetadataReport {
    /// Dataset id.
    pub dataset: String,
    /// Version of the store in which it is visible.
    pub version: u64,
    /// Entries by type.
    pub entries: BTreeMap<EntryType, u64>,
    /// People of whom a pedigree file, or a family of Phenopackets, says who they are.
    pub related: u64,
    /// People with genotypes and metadata.
    pub joined: u64,
    /// Individuals with metadata that no sample of the dataset has.
    pub without_genotypes: Vec<String>,
    /// Samples of the dataset without metadata.
    pub without_metadata: Vec<String>,
    /// Entries left out because their people withdrew. Who they are is not said.
    pub withdrawn: u64,
}

/// How many times its size a compressed file may expand to: gzip gets 1,000 out of what says nothing.
const MOST_EXPANSION: u64 = 200;

/// Bytes that a file may expand to in any case.
const ALWAYS_READ: u64 = 64 << 20;

/// Reads all files and commits what they hold at once.
///
/// # Errors
///
/// A file that cannot be read or is not of the model, with its first faulty record; a store that cannot
/// take it.
pub async fn load(options: MetadataOptions, progress: Progress) -> Result<MetadataReport, MetadataError> {
    check_dataset_id(&options.dataset)?;
    let files = sources::identify(&options.inputs, &progress).await?;
    progress.start(Phase::Reading, 0);
    let reading = options.clone();
    let read = tokio::task::spawn_blocking(move || read_all(&reading));
    let (entries, related) = read.await.map_err(|_| MetadataError::Interrupted)??;
    let (entries, gone) = withdrawn::leave_out(entries, &options.withdrawn);
    let before = related.len();
    let related: Vec<_> =
        related.into_iter().filter(|person| !options.withdrawn.contains(&person.id)).collect();
    let left_out = gone.entries + (before - related.len()) as u64;
    // Before anything is visible: what their documents tell holds for their samples, too.
    options.withdrawn.learn(&gone.people).await?;
    progress.start(Phase::Writing, 0);
    let store = Store::open_beside(&options.store, options.beside).await?;
    let mut writer = store
        .begin_metadata(MetadataSpec {
            dataset: options.dataset.clone(),
            assembly: options.assembly,
            sources: files,
            replace: options.replace,
        })
        .await?;
    entries.into_iter().try_for_each(|entry| writer.push(entry))?;
    related.into_iter().try_for_each(|person| writer.relate(person))?;
    Ok(report(options, writer.finish().await?, left_out))
}

fn report(options: MetadataOptions, summary: MetadataSummary, withdrawn: u64) -> MetadataReport {
    let others = |mut ids: Vec<String>| {
        ids.retain(|id| !options.withdrawn.contains(id));
        ids
    };
    MetadataReport {
        dataset: options.dataset.clone(),
        version: summary.version,
        entries: summary.entries,
        related: summary.related,
        joined: summary.joined,
        without_genotypes: others(summary.without_genotypes),
        without_metadata: others(summary.without_metadata),
        withdrawn,
    }
}

/// Documents, and who is said to be of a family.
type Said = (Vec<Entry>, Vec<Individual>);

fn read_all(options: &MetadataOptions) -> Result<Said, MetadataError> {
    let (mut entries, mut related) = Said::default();
    for path in &options.inputs {
        if ends_with(path, &[".ped", ".fam"]) {
            related.extend(individuals::read(path)?.into_people());
        } else if ends_with(path, &[".tsv", ".txt", ".tab"]) {
            let columns = options.columns.as_deref().ok_or_else(|| MetadataError::NoColumns(path.clone()))?;
            entries.extend(table::read(path, columns)?);
        } else {
            let entry_type = options.entry_type.or_else(|| type_of(path));
            let (documents, of_families) = bff::read(path, entry_type)?;
            entries.extend(documents);
            related.extend(of_families);
        }
    }
    Ok((entries, related))
}

/// Returns what the name of a file says that it holds: `individuals.json.gz`.
fn type_of(path: &Path) -> Option<EntryType> {
    stem(path)?.parse().ok()
}

/// Returns whether the name of a file, plain or gzip, has one of these endings.
fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    endings.iter().any(|end| name.ends_with(end))
}

fn stem(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.split('.').next()
}

/// Opens a file, plain or gzip, that is held in memory as a whole.
fn open(path: &Path) -> Result<Bounded, MetadataError> {
    let fault = |source| MetadataError::Read { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(fault)?.len();
    let most = size.saturating_mul(MOST_EXPANSION).max(ALWAYS_READ);
    Ok(Bounded(open_bytes(path, &Progress::default())?.take(most)))
}

/// Bytes that end with an error where there are too many.
struct Bounded(Take<Box<dyn BufRead + Send>>);

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        if n == 0 && !buffer.is_empty() && self.0.limit() == 0 && !self.0.get_mut().fill_buf()?.is_empty() {
            let message = format!(
                "it expands to more than {MOST_EXPANSION} times its size, as no metadata do: unpack it to see what it is"
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests;
