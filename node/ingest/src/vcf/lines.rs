//! Cuts a file into pieces of whole lines, so that several cores can work on them.

use std::{
    io::{self, BufRead},
    path::Path,
};

use super::{
    IngestError,
    bounds::too_long,
    error::{Fault, unreadable},
};

/// Bytes of a piece, apart from the rest of its last line.
const PIECE: usize = 1 << 21;

/// Some consecutive lines of a file.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// 1-based number of the first line.
    pub(crate) first_line: u64,
    /// The lines with their breaks.
    pub(crate) text: Vec<u8>,
}

/// Reads the next piece; none at the end of the file. `line` is the number of its first line, and no line may have more
/// than `longest` bytes. A last line without its break was cut: `1|1` may have been `1|10`.
pub(crate) fn next_piece(
    bytes: &mut dyn BufRead,
    line: &mut u64,
    longest: u64,
    path: &Path,
) -> Result<Option<Piece>, IngestError> {
    let mut text = Vec::with_capacity(PIECE + PIECE / 8);
    let has_ended = fill(bytes, &mut text, longest).map_err(|e| unreadable(path, e))?;
    let first_line = *line;
    *line += memchr::memchr_iter(b'\n', &text).count() as u64;
    if !has_ended {
        return Err(too_long(longest).at(path, *line, false));
    }
    if text.last().is_some_and(|last| *last != b'\n') {
        return Err(cut_short().at(path, *line, false));
    }
    Ok((!text.is_empty()).then_some(Piece { first_line, text }))
}

/// Says that a line has no break, though it is the last.
pub(crate) fn cut_short() -> Fault {
    let message = "there is no line break at the end, so the file was cut short: copy it again; where it is whole, \
                   end its last line";
    Fault::new("the last line", message)
}

/// Takes a piece's worth of bytes and then the rest of the last line; returns whether it ended in time.
fn fill(mut bytes: &mut dyn BufRead, text: &mut Vec<u8>, longest: u64) -> io::Result<bool> {
    use io::Read;
    Read::take(&mut bytes, PIECE as u64).read_to_end(text)?;
    if text.last() == Some(&b'\n') || text.is_empty() {
        return Ok(true);
    }
    let begun = text.len() - memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let room = (longest + 1).saturating_sub(begun as u64);
    let rest = Read::take(&mut bytes, room).read_until(b'\n', text)?;
    Ok(text.last() == Some(&b'\n') || (rest as u64) < room)
}

/// Returns the lines without their breaks (LF or CRLF), each with its number.
pub(crate) fn lines(piece: &Piece) -> impl Iterator<Item = (u64, &[u8])> {
    let text = piece.text.strip_suffix(b"\n").unwrap_or(&piece.text);
    let lines = text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    (piece.first_line..).zip(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcf::bounds::longest_line;

    #[test]
    fn pieces_together_are_the_file() {
        let file: String = (0..400_000).map(|n| format!("line {n}\r\n")).collect();
        let (mut bytes, mut line, mut seen) = (file.as_bytes(), 3, 0u64);
        while let Some(piece) = next_piece(&mut bytes, &mut line, longest_line(0), Path::new("x")).unwrap() {
            for (number, text) in lines(&piece) {
                assert_eq!(text, format!("line {seen}").as_bytes());
                assert_eq!(number, seen + 3);
                seen += 1;
            }
        }
        assert_eq!(seen, 400_000);
    }

    #[test]
    fn a_last_line_without_its_break_is_refused() {
        let mut line = 5;
        let error =
            next_piece(&mut &b"a\nb"[..], &mut line, 1 << 20, Path::new("x")).unwrap_err().to_string();
        assert!(error.starts_with("x, line 6") && error.contains("cut short"), "{error}");
    }

    #[test]
    fn a_line_without_an_end_is_refused_where_it_is() {
        use io::Read;
        // What was read of it is counted: it is not all.
        let mut endless = io::BufReader::new(io::Cursor::new("a\nb\n").chain(io::repeat(b'A')).take(1 << 40));
        let mut line = 7;
        let error = next_piece(&mut endless, &mut line, longest_line(3), Path::new("x.vcf")).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("x.vcf, line 9") && error.contains("bcftools"), "{error}");
        let left = endless.into_inner().limit();
        assert!((1 << 40) - left < longest_line(3) + (4 << 20));
    }

    #[test]
    fn a_line_of_half_a_million_samples_is_no_bomb() {
        let genotype = "0|1:30,28:58:99:0|1:117559590_ATCT_A:1020,0,1170:117559590\t".repeat(3);
        let record = format!("{}\n", genotype.repeat(500_000));
        let (mut bytes, mut line) = (record.as_bytes(), 1);
        let mut read = |samples| next_piece(&mut bytes, &mut line, longest_line(samples), Path::new("x"));
        assert_eq!(read(500_000).unwrap().unwrap().text.len(), record.len());
        bytes = record.as_bytes();
        let mut read = |samples| next_piece(&mut bytes, &mut line, longest_line(samples), Path::new("x"));
        assert!(record.len() as u64 > longest_line(3) && read(3).is_err());
    }
}
