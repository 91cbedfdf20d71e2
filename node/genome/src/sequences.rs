//! Reference sequences of one assembly, kept in a store and mapped into memory.
//!
//! A FASTA file comes in any line width and compression, which cannot be mapped; so it is flattened once:
//! one file of upper-case bases a sequence, and a list of them with their refget digests.

mod unknown;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use fyr_schemas::{Assembly, Contig, Interbase, ReferenceSequence};
use gtars_refget::digest::algorithms::sha512t24u;
use memmap2::Mmap;
use serde::{Deserialize, Serialize};

use crate::GenomeError;

const LIST: &str = "sequences.json";

/// One sequence of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledSequence {
    /// Number of bases.
    pub length: u64,
    /// Refget digest, without its prefix `SQ.`: sha512t24u of the upper-case bases.
    pub refget: String,
    file: String,
    /// Its runs of N; none in a list that was made before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unknown: Option<Vec<(u32, u32)>>,
}

impl InstalledSequence {
    fn of(bases: &[u8], refget: String, file: String) -> Self {
        Self { length: bases.len() as u64, refget, file, unknown: Some(unknown::runs(bases)) }
    }
}

/// Reference sequences, by their names.
#[derive(Debug, Default)]
pub struct Sequences(BTreeMap<Contig, (InstalledSequence, Bytes)>);

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl Sequences {
    /// Opens the sequences in a directory; none where there is no list.
    ///
    /// # Errors
    ///
    /// The list or a file that it names cannot be read.
    pub fn open(directory: &Path) -> Result<Self, GenomeError> {
        let mut sequences = BTreeMap::new();
        for (contig, sequence) in list(directory)? {
            let path = directory.join(&sequence.file);
            let context = || format!("opening `{}`", path.display());
            let map = map(&path).map_err(GenomeError::io(context()))?;
            if map.len() as u64 != sequence.length {
                return Err(GenomeError::file(&path, "is not as long as it was: install the sequence again"));
            }
            sequences.insert(contig, (sequence, Bytes::Mapped(map)));
        }
        Ok(Self(sequences))
    }

    /// Makes sequences of texts, as tests and short genomes do.
    pub fn of<'a>(sequences: impl IntoIterator<Item = (Contig, &'a str)>) -> Self {
        let owned = sequences.into_iter().map(|(contig, bases)| {
            let bases = bases.to_ascii_uppercase().into_bytes();
            let sequence = InstalledSequence::of(&bases, sha512t24u(&bases), String::new());
            (contig, (sequence, Bytes::Owned(bases)))
        });
        Self(owned.collect())
    }

    /// Adds the sequences of a FASTA file to those that a directory has, `done` being told of bytes of
    /// sequence. A sequence that is there already must be the same.
    ///
    /// # Errors
    ///
    /// A file that is no FASTA, names sequences of the other assembly, or contradicts what is there; and a
    /// directory that cannot be written. What was there stays then.
    pub fn install(
        directory: &Path,
        assembly: Assembly,
        fasta: &Path,
        mut done: impl FnMut(u64),
    ) -> Result<(), GenomeError> {
        let mut known = list(directory)?;
        std::fs::create_dir_all(directory).map_err(GenomeError::io("creating the genome directory"))?;
        let mut reader = open_text(fasta)?;
        let (mut line, mut current) = (Vec::new(), None::<(Contig, Vec<u8>)>);
        let mut seen = false;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line);
            let length = read.map_err(GenomeError::io(format!("reading `{}`", fasta.display())))?;
            if length == 0 || line.starts_with(b">") {
                if let Some((contig, bases)) = current.take() {
                    done(bases.len() as u64);
                    keep(directory, &mut known, contig, &bases, fasta)?;
                }
                if length == 0 {
                    break;
                }
                let name = String::from_utf8_lossy(line.get(1..).unwrap_or_default()).into_owned();
                let name = name.split_whitespace().next().unwrap_or_default();
                let contig =
                    Contig::resolve(name, assembly).map_err(|e| GenomeError::file(fasta, e.to_string()))?;
                current = Some((contig, Vec::new()));
                seen = true;
            } else if let Some((_, bases)) = &mut current {
                bases.extend(line.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_uppercase));
            }
        }
        if !seen {
            return Err(GenomeError::file(fasta, "no sequences: is this a FASTA file?"));
        }
        write_atomically(
            &directory.join(LIST),
            &serde_json::to_vec_pretty(&by_name(&known)).unwrap_or_default(),
        )
    }

    /// Returns a sequence with its description.
    pub fn get(&self, contig: &Contig) -> Option<(&InstalledSequence, &[u8])> {
        self.0.get(contig).map(|(sequence, bytes)| (sequence, bytes.as_ref()))
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of bases of all of them.
    pub fn bases_in_all(&self) -> u64 {
        self.0.values().map(|(sequence, _)| sequence.length).sum()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns where bases are not known (runs of N), for each sequence in order.
    pub fn unknown(&self) -> impl Iterator<Item = (&Contig, Vec<Interbase>)> {
        self.0.iter().map(|(contig, (sequence, bytes))| {
            let kept = sequence.unknown.as_deref().map(unknown::intervals);
            (contig, kept.unwrap_or_else(|| unknown::intervals(&unknown::runs(bytes.as_ref()))))
        })
    }

    /// Returns the upper-case bases of an interval; none where the sequence does not reach.
    pub fn slice(&self, contig: &Contig, start: u32, end: u32) -> Option<&[u8]> {
        self.get(contig)?.1.get(start as usize..end as usize)
    }
}

impl ReferenceSequence for Sequences {
    fn bases(&self, contig: &Contig, interval: Interbase) -> Option<Vec<u8>> {
        self.slice(contig, interval.start(), interval.end()).map(<[u8]>::to_vec)
    }
}

type List = BTreeMap<Contig, InstalledSequence>;

fn by_name(list: &List) -> BTreeMap<&str, &InstalledSequence> {
    list.iter().map(|(contig, sequence)| (contig.name(), sequence)).collect()
}

fn list(directory: &Path) -> Result<List, GenomeError> {
    let path = directory.join(LIST);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(List::new()),
        Err(error) => return Err(GenomeError::io(format!("reading `{}`", path.display()))(error)),
    };
    let damaged = |error: String| GenomeError::file(&path, format!("is damaged: {error}"));
    let named: BTreeMap<String, InstalledSequence> =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    let contig = |name: &str| Contig::canonical(name).map_err(|e| damaged(e.to_string()));
    named.into_iter().map(|(name, sequence)| Ok((contig(&name)?, sequence))).collect()
}

/// Writes one sequence, unless it is there already.
fn keep(
    directory: &Path,
    known: &mut List,
    contig: Contig,
    bases: &[u8],
    fasta: &Path,
) -> Result<(), GenomeError> {
    let refget = sha512t24u(bases);
    if let Some(there) = known.get_mut(&contig) {
        if there.refget == refget {
            there.unknown.get_or_insert_with(|| unknown::runs(bases));
            return Ok(());
        }
        let message = format!(
            "sequence {contig} is not the one that the store was given before, by which its data are aligned: \
             use that file, or another store"
        );
        return Err(GenomeError::file(fasta, message));
    }
    // The digest names the file: names of sequences may hold characters that file systems do not take.
    let file = format!("{refget}.bases");
    write_atomically(&directory.join(&file), bases)?;
    known.insert(contig, InstalledSequence::of(bases, refget, file));
    Ok(())
}

pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), GenomeError> {
    let context = || format!("writing `{}`", path.display());
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(GenomeError::io(context()))?;
    file.write_all(bytes).map_err(GenomeError::io(context()))?;
    file.as_file().sync_all().map_err(GenomeError::io(context()))?;
    file.persist(path).map_err(|error| GenomeError::io(context())(error.error))?;
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(GenomeError::io(context()))
}

/// Opens a text that may be compressed with gzip or bgzip.
pub(crate) fn open_text(path: &Path) -> Result<Box<dyn BufRead>, GenomeError> {
    let context = || format!("reading `{}`", path.display());
    let file = File::open(path).map_err(GenomeError::io(context()))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let is_compressed = reader.fill_buf().map_err(GenomeError::io(context()))?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_compressed { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) })
}

#[expect(unsafe_code, reason = "mapping a file is only sound while nobody truncates it")]
pub(crate) fn map(path: &Path) -> std::io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: files of a genome are written under another name, and never again once they have theirs.
    unsafe { Mmap::map(&file) }
}
