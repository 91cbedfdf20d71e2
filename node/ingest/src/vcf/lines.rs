//! Cuts a file into pieces of whole lines, so that several cores can work on them.

use std::{
    io::{self, BufRead},
    path::Path,
};

use super::{IngestError, input::unreadable};

/// Bytes of a piece, apart from the rest of its last line.
const PIECE: usize = 1 << 21;

/// Most bytes of one line.
const LONGEST_LINE: usize = 1 << 30;

/// Some consecutive lines of a file.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// 1-based number of the first line.
    pub(crate) first_line: u64,
    /// The lines with their breaks.
    pub(crate) text: Vec<u8>,
}

/// Reads the next piece; none at the end of the file. `line` is the number of its first line.
pub(crate) fn next_piece(
    bytes: &mut dyn BufRead,
    line: &mut u64,
    path: &Path,
) -> Result<Option<Piece>, IngestError> {
    let mut text = Vec::with_capacity(PIECE + PIECE / 8);
    fill(bytes, &mut text).map_err(|e| unreadable(path, e))?;
    if text.len() > LONGEST_LINE {
        return Err(IngestError::file(path, format!("a line from {line} on is longer than 1 GB")));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let first_line = *line;
    *line += memchr::memchr_iter(b'\n', &text).count() as u64;
    Ok(Some(Piece { first_line, text }))
}

/// Takes a piece's worth of bytes and then the rest of the last line.
fn fill(mut bytes: &mut dyn BufRead, text: &mut Vec<u8>) -> io::Result<()> {
    use io::Read;
    Read::take(&mut bytes, PIECE as u64).read_to_end(text)?;
    if text.last() != Some(&b'\n') && !text.is_empty() {
        let room = (LONGEST_LINE + 1).saturating_sub(text.len()) as u64;
        Read::take(&mut bytes, room).read_until(b'\n', text)?;
    }
    Ok(())
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

    #[test]
    fn pieces_together_are_the_file() {
        let file: String = (0..400_000).map(|n| format!("line {n}\r\n")).collect();
        let (mut bytes, mut line, mut seen) = (file.as_bytes(), 3, 0u64);
        while let Some(piece) = next_piece(&mut bytes, &mut line, Path::new("x")).unwrap() {
            for (number, text) in lines(&piece) {
                assert_eq!(text, format!("line {seen}").as_bytes());
                assert_eq!(number, seen + 3);
                seen += 1;
            }
        }
        assert_eq!(seen, 400_000);
    }

    #[test]
    fn a_last_line_needs_no_break() {
        let mut line = 1;
        let piece = next_piece(&mut &b"a\nb"[..], &mut line, Path::new("x")).unwrap().unwrap();
        assert_eq!(lines(&piece).map(|l| l.1).collect::<Vec<_>>(), [b"a", b"b"]);
    }
}
