//! Reference sequences: those of the store, or, where nothing is stored, of a FASTA file, one contig in
//! memory at a time.
//!
//! An indexed file (`.fai`, and `.gzi` where it is compressed with bgzip) is read at the place of the
//! contig; any other is searched from its start.

use std::{
    collections::HashMap,
    io::BufRead,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use fyr_genome::Sequences;
use fyr_schemas::{Assembly, Contig, Interbase, ReferenceSequence};
use noodles::{core::Region, fasta};

use super::{IngestError, Progress, input};

/// Where the reference bases of an ingest come from.
#[derive(Debug)]
pub(crate) enum Bases {
    /// The store. Where the file was named for this ingest, it must have all sequences that are met.
    Store { sequences: Sequences, must_cover: bool },
    /// A file, for a check that has no store.
    File(Reference),
}

impl Bases {
    /// Returns whether alleles of a sequence are aligned by it.
    pub(crate) fn covers(&self, contig: &Contig) -> bool {
        match self {
            Self::Store { sequences, must_cover } => *must_cover || sequences.get(contig).is_some(),
            Self::File(_) => true,
        }
    }

    /// Makes sure that [`ReferenceSequence::bases`] cannot fail for a contig.
    pub(crate) fn load(&self, contig: &Contig) -> Result<(), IngestError> {
        match self {
            Self::Store { .. } => Ok(()),
            Self::File(file) => file.load(contig),
        }
    }

    /// Returns the sequences with their digests, where those are known.
    pub(crate) fn sequences(&self) -> Option<&Sequences> {
        match self {
            Self::Store { sequences, .. } => Some(sequences),
            Self::File(_) => None,
        }
    }
}

impl ReferenceSequence for Bases {
    fn bases(&self, contig: &Contig, interval: Interbase) -> Option<Vec<u8>> {
        match self {
            Self::Store { sequences, .. } => sequences.bases(contig, interval),
            Self::File(file) => file.bases(contig, interval),
        }
    }
}

/// Contigs kept in memory: files go from one to the next, pieces of both may be under way.
const KEPT: usize = 2;

/// A FASTA file.
#[derive(Debug)]
pub(crate) struct Reference {
    path: PathBuf,
    indexed: bool,
    /// The name that the file has for each sequence.
    names: HashMap<Contig, String>,
    loaded: RwLock<Vec<(Contig, Arc<[u8]>)>>,
}

impl Reference {
    /// Opens a FASTA file and reads the names of its sequences.
    pub(crate) fn open(path: &Path, assembly: Assembly) -> Result<Self, IngestError> {
        let index = beside(path, "fai");
        let compressed = path.extension().is_some_and(|e| e == "gz" || e == "bgz");
        let indexed = index.exists() && (!compressed || beside(path, "gzi").exists());
        let names = if indexed { indexed_names(&index)? } else { scanned_names(path)? };
        let mut by_contig = HashMap::new();
        for name in names {
            let contig =
                Contig::resolve(&name, assembly).map_err(|e| IngestError::file(path, e.to_string()))?;
            if let Some(other) = by_contig.insert(contig.clone(), name.clone()) {
                let message = format!("`{other}` and `{name}` both are sequence {contig}: keep one of them");
                return Err(IngestError::file(path, message));
            }
        }
        if by_contig.is_empty() {
            return Err(IngestError::file(path, "no sequences: is this a FASTA file?"));
        }
        Ok(Self { path: path.to_owned(), indexed, names: by_contig, loaded: RwLock::default() })
    }

    /// Loads a contig, if the file has it, so that [`ReferenceSequence::bases`] cannot fail.
    pub(crate) fn load(&self, contig: &Contig) -> Result<(), IngestError> {
        self.sequence(contig).map(|_| ())
    }

    fn sequence(&self, contig: &Contig) -> Result<Option<Arc<[u8]>>, IngestError> {
        let Some(name) = self.names.get(contig) else {
            return Ok(None);
        };
        let find = |loaded: &[(Contig, Arc<[u8]>)]| {
            loaded.iter().find(|(c, _)| c == contig).map(|(_, bases)| Arc::clone(bases))
        };
        if let Some(bases) = find(&self.loaded.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(Some(bases));
        }
        // The lock is held while loading, so that a second worker waits instead of loading again.
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(bases) = find(&loaded) {
            return Ok(Some(bases));
        }
        let mut bases = if self.indexed { self.read_indexed(name)? } else { self.search(name)? };
        bases.make_ascii_uppercase();
        let bases: Arc<[u8]> = bases.into();
        if loaded.len() >= KEPT {
            loaded.remove(0);
        }
        loaded.push((contig.clone(), Arc::clone(&bases)));
        Ok(Some(bases))
    }

    fn read_indexed(&self, name: &str) -> Result<Vec<u8>, IngestError> {
        let unreadable = |e| super::error::unreadable(&self.path, e);
        let mut reader =
            fasta::io::indexed_reader::Builder::default().build_from_path(&self.path).map_err(unreadable)?;
        let record = reader.query(&Region::new(name, ..)).map_err(unreadable)?;
        Ok(record.sequence().as_ref().to_vec())
    }

    fn search(&self, name: &str) -> Result<Vec<u8>, IngestError> {
        let unreadable = |e| super::error::unreadable(&self.path, e);
        let mut reader = fasta::io::Reader::new(input::open_bytes(&self.path, &Progress::default())?);
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            if record.name() == name.as_bytes() {
                return Ok(record.sequence().as_ref().to_vec());
            }
        }
        Err(IngestError::file(&self.path, format!("sequence `{name}` is gone: did the file change?")))
    }
}

impl ReferenceSequence for Reference {
    fn bases(&self, contig: &Contig, interval: Interbase) -> Option<Vec<u8>> {
        let sequence = self.sequence(contig).ok()??;
        sequence.get(interval.start() as usize..interval.end() as usize).map(<[u8]>::to_vec)
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn indexed_names(index: &Path) -> Result<Vec<String>, IngestError> {
    let index = fasta::fai::fs::read(index).map_err(|e| super::error::unreadable(index, e))?;
    Ok(index.as_ref().iter().map(|record| record.name().to_string()).collect())
}

fn scanned_names(path: &Path) -> Result<Vec<String>, IngestError> {
    let mut bytes = input::open_bytes(path, &Progress::default())?;
    let (mut names, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if bytes.read_until(b'\n', &mut line).map_err(|e| super::error::unreadable(path, e))? == 0 {
            return Ok(names);
        }
        if let Some(definition) = line.strip_prefix(b">") {
            let definition = String::from_utf8_lossy(definition);
            names.extend(definition.split_whitespace().next().map(str::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        (directory, path)
    }

    fn bases(reference: &Reference, name: &str, start: u64, end: u64) -> Option<String> {
        let contig = Contig::resolve(name, Assembly::GRCH38).unwrap();
        let bases = reference.bases(&contig, Interbase::new(start, end).unwrap())?;
        Some(String::from_utf8(bases).unwrap())
    }

    #[test]
    fn sequences_are_found_by_any_of_their_names() {
        let (_directory, path) = write("a.fa", ">chr1 first\nACgt\nacGT\n>MT\nTTTT\n>chr2\nGG\n");
        let reference = Reference::open(&path, Assembly::GRCH38).unwrap();
        assert_eq!(bases(&reference, "1", 2, 6).as_deref(), Some("GTAC"));
        assert_eq!(bases(&reference, "chrM", 0, 2).as_deref(), Some("TT"));
        assert_eq!(bases(&reference, "2", 1, 2).as_deref(), Some("G"));
        assert_eq!(bases(&reference, "2", 1, 3), None);
        assert_eq!(bases(&reference, "3", 0, 1), None);
    }

    #[test]
    fn an_index_is_used_where_there_is_one() {
        let (directory, path) = write("a.fa", ">chr1\nACGT\nAC\n>chr2\nGGTT\n");
        let index = "chr1\t6\t6\t4\t5\nchr2\t4\t20\t4\t5\n";
        std::fs::write(directory.path().join("a.fa.fai"), index).unwrap();
        let reference = Reference::open(&path, Assembly::GRCH38).unwrap();
        assert!(reference.indexed);
        assert_eq!(bases(&reference, "1", 3, 6).as_deref(), Some("TAC"));
        assert_eq!(bases(&reference, "2", 0, 4).as_deref(), Some("GGTT"));
    }

    #[test]
    fn a_file_of_the_other_assembly_is_refused() {
        let (_directory, path) = write("a.fa", ">NC_000007.13\nACGT\n");
        let error = Reference::open(&path, Assembly::GRCH38).unwrap_err().to_string();
        assert!(error.contains("belongs to GRCh37"), "{error}");
    }
}
