//! BCF as VCF text, so that one set of rules reads both (VCF specification, section 6).
//!
//! noodles writes the site columns. Genotypes are by far the most bytes; they are turned into text here. Other sample
//! values are left out, but for those that somebody reads.

mod genotypes;
mod values;

use std::io::{self, BufRead, Cursor, ErrorKind, Read};

use noodles::{
    bcf,
    vcf::{self, variant::io::Write},
};

use self::genotypes::{Key, write_samples};
use super::bounds::{longest_line, too_long};

/// Text is made ahead up to this many bytes.
const AHEAD: usize = 1 << 18;

/// Largest header text.
const LARGEST_HEADER: u32 = 1 << 28;

/// Where a record says how many FORMAT keys and samples it has: after CHROM, POS, length, QUAL and the
/// numbers of INFO fields and alleles.
const COUNTS: std::ops::Range<usize> = 20..24;

/// Reads a decompressed BCF stream as VCF text.
pub(crate) struct BcfText<R> {
    inner: R,
    /// The header without its samples, so that noodles writes sites.
    header: vcf::Header,
    samples: usize,
    /// The keys of FORMAT that are read, GT first.
    keys: Vec<Key>,
    record: bcf::Record,
    number: u64,
    text: Cursor<Vec<u8>>,
}

impl<R: Read> BcfText<R> {
    /// Reads the header; the stream stands at the magic number. `keys` of FORMAT are read beside GT.
    pub(crate) fn new(mut inner: R, keys: &[&str]) -> io::Result<Self> {
        let start = read_start(&mut inner)?;
        let mut header = bcf::io::Reader::from(start.as_slice()).read_header()?;
        let text = start.get(9..).unwrap_or_default().split(|b| *b == 0).next().unwrap_or_default();
        let mut text = text.to_vec();
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        let samples = header.sample_names().len();
        header.sample_names_mut().clear();
        let number = |name: &str| header.string_maps().strings().get_index_of(name);
        let key = |name: &&str| Some(Key { name: (*name).to_owned(), number: number(name)? });
        Ok(Self {
            inner,
            keys: ["GT"].iter().chain(keys).filter_map(key).collect(),
            header,
            samples,
            record: bcf::Record::default(),
            number: 0,
            text: Cursor::new(text),
        })
    }

    /// Makes the text of the next records.
    fn refill(&mut self) -> io::Result<()> {
        let mut text = std::mem::take(self.text.get_mut());
        text.clear();
        self.text.set_position(0);
        while text.len() < AHEAD {
            self.number += 1;
            let number = self.number;
            let named = |e: io::Error| io::Error::new(e.kind(), format!("record {number}: {e}"));
            let Some((site, samples)) = self.read_frame().map_err(named)? else {
                break;
            };
            text = self.write_site(&site, text).map_err(named)?;
            if self.samples > 0 {
                text.push(b'\t');
                write_samples(&samples, self.samples, &self.keys, &mut text).map_err(named)?;
            }
            text.push(b'\n');
        }
        *self.text.get_mut() = text;
        Ok(())
    }

    /// Reads the two parts of a record, site and samples; none at the end of the file.
    fn read_frame(&mut self) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let mut lengths = Vec::with_capacity(8);
        match (&mut self.inner).take(8).read_to_end(&mut lengths)? {
            0 => return Ok(None),
            8 => {}
            _ => return Err(ErrorKind::UnexpectedEof.into()),
        }
        let site = self.read_part(little_endian(&lengths, 0))?;
        let samples = self.read_part(little_endian(&lengths, 4))?;
        let found = little_endian(&site, COUNTS.start) as usize & 0x00ff_ffff;
        if found != self.samples {
            let message = format!("{found} samples, but the header names {}", self.samples);
            return Err(invalid(message));
        }
        Ok(Some((site, samples)))
    }

    fn read_part(&mut self, length: u32) -> io::Result<Vec<u8>> {
        let length = u64::from(length);
        let longest = longest_line(self.samples);
        if length > longest {
            return Err(invalid(too_long(longest).message));
        }
        let mut part = Vec::new();
        if (&mut self.inner).take(length).read_to_end(&mut part)? as u64 == length {
            Ok(part)
        } else {
            Err(ErrorKind::UnexpectedEof.into())
        }
    }

    /// Writes the eight fixed columns: a record without FORMAT keys and samples is a site.
    fn write_site(&mut self, site: &[u8], text: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut frame = Vec::with_capacity(8 + site.len());
        frame.extend_from_slice(&(site.len() as u32).to_le_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(site);
        if let Some(counts) = frame.get_mut(8 + COUNTS.start..8 + COUNTS.end) {
            counts.fill(0);
        }
        bcf::io::Reader::from(frame.as_slice()).read_record(&mut self.record)?;
        let mut writer = vcf::io::Writer::new(text);
        writer.write_variant_record(&self.header, &self.record)?;
        let mut text = writer.into_inner();
        text.pop();
        Ok(text)
    }
}

/// Reads the magic number, the version, the length of the header text and the text.
fn read_start(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = vec![0; 9];
    inner.read_exact(&mut start)?;
    let length = little_endian(&start, 5);
    if length > LARGEST_HEADER {
        return Err(invalid("the header is larger than 256 MB"));
    }
    if inner.take(length.into()).read_to_end(&mut start)? < length as usize {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(start)
}

/// Reads four bytes as a number; 0 where they are missing.
fn little_endian(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, message.into())
}

impl<R: Read> BufRead for BcfText<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.text.position() >= self.text.get_ref().len() as u64 {
            self.refill()?;
        }
        self.text.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.text.consume(amount);
    }
}

impl<R: Read> Read for BcfText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buffer)?;
        self.consume(n);
        Ok(n)
    }
}
