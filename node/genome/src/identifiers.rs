//! Which alleles an identifier of dbSNP stands for: a table of one assembly, kept in a store and mapped into memory.
//!
//! The table is read from a VCF file whose ID column has the identifiers, as dbSNP and others publish them. It must be
//! a public one: whether an identifier is known is told to anybody.
//!
//! The file in the store is a set of keys in order: number (four bytes, big-endian), sequence, a zero, position (four
//! bytes, big-endian), REF, a zero, ALT. What does not fit into memory is put in order in pieces, which are then merged.

mod reading;

use std::{
    fmt,
    io::{BufRead, BufWriter, Write},
    path::Path,
};

use fst::{IntoStreamer, Set, SetBuilder, Streamer, set::OpBuilder};
use fyr_schemas::{Assembly, Contig, Position};
use memmap2::Mmap;
use tempfile::NamedTempFile;

use self::reading::Reading;
use crate::{
    GenomeError, Sequences,
    sequences::{map, open_text},
};

const FILE: &str = "identifiers.fst";

/// Keys that are put in order in memory at a time: about 100 MB.
const PIECE: usize = 1 << 20;

/// The alleles of identifiers.
#[derive(Default)]
pub struct Identifiers(Option<Set<Mmap>>);

/// What a table of identifiers was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstalledIdentifiers {
    /// Identifiers that name at least one allele.
    pub identifiers: u64,
    /// Their alleles.
    pub alleles: u64,
    /// Records that were left out: on sequences that the assembly does not list, without such an identifier, or without
    /// a sequence as their alternate allele.
    pub left_out: u64,
}

impl fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identifiers").field(&self.0.as_ref().map(Set::len)).finish()
    }
}

impl Identifiers {
    /// Opens the table that a directory keeps; an empty one where it keeps none.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub fn open(directory: &Path) -> Result<Self, GenomeError> {
        let path = directory.join(FILE);
        if path.exists() { set(&path).map(|set| Self(Some(set))) } else { Ok(Self::default()) }
    }

    /// Reads a table and keeps it in a directory. Another one that was there is replaced where that is allowed. `done`
    /// is told of bytes that were read.
    ///
    /// # Errors
    ///
    /// A file that is no VCF, or is of another assembly, with the line; one without identifiers; another table that may
    /// not be replaced; and a directory that cannot be written. What was there stays then.
    pub fn install(
        directory: &Path,
        assembly: Assembly,
        vcf: &Path,
        may_replace: bool,
        done: impl FnMut(u64),
    ) -> Result<InstalledIdentifiers, GenomeError> {
        if !may_replace && directory.join(FILE).exists() {
            let message = format!(
                "the store has a table of identifiers of {assembly} already: to put this one in its place, use --replace"
            );
            return Err(GenomeError::file(vcf, message));
        }
        std::fs::create_dir_all(directory).map_err(GenomeError::io("creating the genome directory"))?;
        let sequences = Sequences::open(directory)?;
        let (pieces, left_out) = pieces(directory, Reading::of(assembly, &sequences), vcf, done)?;
        let mut table = NamedTempFile::new_in(directory).map_err(GenomeError::io(writing(directory)))?;
        let installed = merge(&pieces, &mut table).map_err(|error| damaged(directory, error))?;
        if installed.alleles == 0 {
            let message = "no identifiers: the ID column must have some of dbSNP, such as rs334";
            return Err(GenomeError::file(vcf, message));
        }
        let synced = table.as_file().sync_all();
        synced.map_err(GenomeError::io(writing(directory)))?;
        let persisted = table.persist(directory.join(FILE));
        persisted.map_err(|error| GenomeError::io(writing(directory))(error.error))?;
        Ok(InstalledIdentifiers { left_out, ..installed })
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns how many alleles have an identifier.
    pub fn alleles(&self) -> u64 {
        self.0.as_ref().map_or(0, |set| set.len() as u64)
    }

    /// Returns the alleles of an identifier, by its number, as VCF writes them: `11-5227002-T-A`.
    pub fn find(&self, number: u32) -> Vec<String> {
        let Some(set) = &self.0 else { return Vec::new() };
        let mut keys = set.range().ge(number.to_be_bytes());
        if let Some(next) = number.checked_add(1) {
            keys = keys.lt(next.to_be_bytes());
        }
        let (mut keys, mut alleles) = (keys.into_stream(), Vec::new());
        while let Some(key) = keys.next() {
            alleles.extend(notation(key));
        }
        alleles
    }
}

/// Writes one allele of an identifier so that keys are ordered by number and place.
fn key(number: u32, contig: &Contig, position: Position, reference: &str, alternate: &str) -> Vec<u8> {
    let mut key = number.to_be_bytes().to_vec();
    key.extend(contig.name().bytes());
    key.push(0);
    key.extend(position.get().to_be_bytes());
    key.extend(reference.bytes());
    key.push(0);
    key.extend(alternate.bytes());
    key
}

fn notation(key: &[u8]) -> Option<String> {
    let (contig, rest) = split(key.get(4..)?)?;
    let (position, rest) = rest.split_first_chunk::<4>()?;
    let (reference, alternate) = split(rest)?;
    let text = String::from_utf8_lossy;
    let position = u32::from_be_bytes(*position);
    Some(format!("{}-{position}-{}-{}", text(contig), text(reference), text(alternate)))
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let zero = bytes.iter().position(|byte| *byte == 0)?;
    Some((bytes.get(..zero)?, bytes.get(zero + 1..)?))
}

/// Reads the file into pieces that are each in order; returns them with the number of records that were left out.
fn pieces(
    directory: &Path,
    mut reading: Reading<'_>,
    vcf: &Path,
    mut done: impl FnMut(u64),
) -> Result<(Vec<NamedTempFile>, u64), GenomeError> {
    let (mut pieces, mut keys, mut left_out) = (Vec::new(), Vec::new(), 0);
    for (number, line) in (1u64..).zip(open_text(vcf)?.lines()) {
        let line = line.map_err(GenomeError::io(format!("reading `{}`", vcf.display())))?;
        done(line.len() as u64 + 1);
        let named = reading.take(line.trim_end_matches('\r'));
        let named = named.map_err(|message| GenomeError::file(vcf, format!("line {number}: {message}")))?;
        left_out += u64::from(named.as_ref().is_some_and(Vec::is_empty));
        keys.extend(named.into_iter().flatten());
        if keys.len() >= PIECE {
            pieces.push(piece(directory, &mut keys)?);
        }
    }
    pieces.push(piece(directory, &mut keys)?);
    Ok((pieces, left_out))
}

/// Writes keys in order.
fn piece(directory: &Path, keys: &mut Vec<Vec<u8>>) -> Result<NamedTempFile, GenomeError> {
    let mut file = NamedTempFile::new_in(directory).map_err(GenomeError::io(writing(directory)))?;
    keys.sort_unstable();
    keys.dedup();
    write(&mut file, keys).map_err(|error| damaged(directory, error))?;
    Ok(file)
}

fn write(file: &mut NamedTempFile, keys: &mut Vec<Vec<u8>>) -> Result<(), fst::Error> {
    let mut builder = SetBuilder::new(BufWriter::new(file))?;
    builder.extend_iter(keys.drain(..))?;
    Ok(builder.into_inner()?.flush()?)
}

/// Merges pieces into one table; counts what is in it.
fn merge(pieces: &[NamedTempFile], table: &mut NamedTempFile) -> Result<InstalledIdentifiers, fst::Error> {
    let sets: Vec<Set<Mmap>> =
        pieces.iter().map(|piece| Set::new(map(piece.path())?)).collect::<Result<_, _>>()?;
    let mut keys = sets.iter().collect::<OpBuilder<'_>>().union();
    let mut builder = SetBuilder::new(BufWriter::new(table))?;
    let (mut installed, mut last) = (InstalledIdentifiers::default(), None);
    while let Some(key) = keys.next() {
        builder.insert(key)?;
        let number = key.first_chunk::<4>().copied();
        installed.identifiers += u64::from(number != last);
        installed.alleles += 1;
        last = number;
    }
    builder.into_inner()?.flush()?;
    Ok(installed)
}

fn set(path: &Path) -> Result<Set<Mmap>, GenomeError> {
    let opened = map(path).map_err(fst::Error::from).and_then(Set::new);
    opened.map_err(|error| match error {
        fst::Error::Io(error) => GenomeError::io(format!("opening `{}`", path.display()))(error),
        fst::Error::Fst(error) => GenomeError::file(path, format!("is damaged: {error}")),
    })
}

fn damaged(directory: &Path, error: fst::Error) -> GenomeError {
    match error {
        fst::Error::Io(error) => GenomeError::io(writing(directory))(error),
        fst::Error::Fst(error) => GenomeError::file(directory, error.to_string()),
    }
}

fn writing(directory: &Path) -> String {
    format!("writing the table of identifiers in `{}`", directory.display())
}
