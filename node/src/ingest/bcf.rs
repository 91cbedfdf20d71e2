//! BCF as VCF text, so that one set of rules reads both.

use std::io::{self, BufRead, Cursor, Read};

use noodles::{
    bcf,
    vcf::{self, variant::io::Write},
};

/// Text is made ahead up to this many bytes.
const AHEAD: usize = 1 << 18;

/// Largest header text.
const LARGEST_HEADER: u32 = 1 << 28;

/// Reads a decompressed BCF stream as VCF text.
pub(crate) struct BcfText<R> {
    records: bcf::io::Reader<R>,
    header: vcf::Header,
    record: bcf::Record,
    number: u64,
    text: Cursor<Vec<u8>>,
}

impl<R: Read> BcfText<R> {
    /// Reads the header; the stream stands at the magic number.
    pub(crate) fn new(mut inner: R) -> io::Result<Self> {
        let start = read_start(&mut inner)?;
        let header = bcf::io::Reader::from(start.as_slice()).read_header()?;
        let text = start.get(9..).unwrap_or_default().split(|b| *b == 0).next().unwrap_or_default();
        let records = bcf::io::Reader::from(inner);
        Ok(Self {
            records,
            header,
            record: bcf::Record::default(),
            number: 0,
            text: Cursor::new(text.to_vec()),
        })
    }

    /// Makes the text of the next records.
    fn refill(&mut self) -> io::Result<()> {
        let mut writer = vcf::io::Writer::new(std::mem::take(self.text.get_mut()));
        writer.get_mut().clear();
        self.text.set_position(0);
        while writer.get_ref().len() < AHEAD {
            self.number += 1;
            let number = self.number;
            let named = |e: io::Error| io::Error::new(e.kind(), format!("record {number}: {e}"));
            if self.records.read_record(&mut self.record).map_err(named)? == 0 {
                break;
            }
            writer.write_variant_record(&self.header, &self.record).map_err(named)?;
        }
        *self.text.get_mut() = writer.into_inner();
        Ok(())
    }
}

/// Reads the magic number, the version, the length of the header text and the text (BCF, section 6.2).
fn read_start(inner: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = vec![0; 9];
    inner.read_exact(&mut start)?;
    let length = match start.get(5..9) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    };
    if length > LARGEST_HEADER {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the header is larger than 256 MB"));
    }
    if inner.take(length.into()).read_to_end(&mut start)? < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(start)
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
