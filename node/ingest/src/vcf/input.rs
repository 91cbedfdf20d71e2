//! From a path to decompressed bytes: what a file is, told by its first bytes and not by its name.
//!
//! A file that was cut short is an error here, never a shorter file.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use noodles::bgzf;

use super::{IngestError, Progress, bcf::BcfText, error::unreadable, table::TableText};

/// The empty block that ends a BGZF file (SAM specification, section 4.1.2).
const BGZF_EOF: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0,
    0, 0, 0, 0,
];

const BUFFER: usize = 1 << 18;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Bgzf,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Vcf,
    Bcf,
    /// A table of alleles and frequencies, read as a VCF file.
    Table,
}

/// The decompressed bytes of an input.
pub(crate) struct Input {
    pub(crate) format: Format,
    pub(crate) bytes: Box<dyn BufRead + Send>,
}

/// Opens a VCF or BCF file, or a table where there may be one; of a BCF file, the values of `keys` are read beside
/// genotypes. Bytes read from the disk are added to the progress.
pub(crate) fn open(
    path: &Path,
    keys: &[&str],
    may_be_table: bool,
    progress: &Progress,
) -> Result<Input, IngestError> {
    let mut bytes = open_bytes(path, progress)?;
    let start = bytes.fill_buf().map_err(|e| unreadable(path, e))?;
    match start {
        [] => Err(IngestError::file(path, "the file is empty: expected a VCF or BCF file")),
        [b'B', b'C', b'F', 2, ..] => {
            let bytes = Box::new(BcfText::new(bytes, keys).map_err(|e| unreadable(path, e))?);
            Ok(Input { format: Format::Bcf, bytes })
        }
        [b'#', b'#', ..] => Ok(Input { format: Format::Vcf, bytes }),
        _ if may_be_table => {
            Ok(Input { format: Format::Table, bytes: Box::new(TableText::new(bytes, path)?) })
        }
        [b'#', ..] => Ok(Input { format: Format::Vcf, bytes }),
        _ => Err(IngestError::file(
            path,
            "not a VCF or BCF file: the first line must be `##fileformat=VCFv4.x`",
        )),
    }
}

/// Opens any text that may be gzipped: individuals, sequences.
pub(crate) fn open_bytes(path: &Path, progress: &Progress) -> Result<Box<dyn BufRead + Send>, IngestError> {
    let read = |e| IngestError::read(path, e);
    let mut file = File::open(path).map_err(read)?;
    let packing = packing(&mut file).map_err(read)?;
    if packing == Packing::Bgzf && !ends_with_marker(&mut file).map_err(read)? {
        let message = "the BGZF end marker is missing, so the file was cut short: copy it again";
        return Err(IngestError::file(path, message));
    }
    let counted = BufReader::with_capacity(BUFFER, Counted { file, progress: progress.clone() });
    Ok(match packing {
        Packing::Plain => Box::new(counted),
        Packing::Gzip => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(counted))),
        Packing::Bgzf => Box::new(BufReader::with_capacity(BUFFER, bgzf::io::Reader::new(counted))),
    })
}

/// Reads the first bytes: gzip by its magic number, BGZF by its `BC` extra field.
fn packing(file: &mut File) -> io::Result<Packing> {
    let mut head = Vec::with_capacity(18);
    file.take(18).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(match head.as_slice() {
        [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, 6, 0, b'B', b'C', 2, 0, ..] if flags & 4 != 0 => {
            Packing::Bgzf
        }
        [0x1f, 0x8b, ..] => Packing::Gzip,
        _ => Packing::Plain,
    })
}

fn ends_with_marker(file: &mut File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut tail = Vec::with_capacity(BGZF_EOF.len());
    file.seek(SeekFrom::Start(length.saturating_sub(BGZF_EOF.len() as u64)))?;
    file.read_to_end(&mut tail)?;
    file.rewind()?;
    Ok(tail == BGZF_EOF)
}

/// A file that reports how much of it was read.
struct Counted {
    file: File,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.progress.add_bytes(n as u64);
        Ok(n)
    }
}
