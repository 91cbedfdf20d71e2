//! The end of a log: its last whole line, and what a crash left behind it.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

/// How much is read at a time, from the end backwards. Most records have a few hundred bytes.
const BLOCK: u64 = 64 * 1024;

/// The end of a log.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The last whole line without its line feed; none in a log without records.
    pub(super) last_line: Option<Vec<u8>>,
    /// Length of the file up to the last line feed.
    pub(super) end: u64,
    /// What stands behind it.
    pub(super) torn: Vec<u8>,
}

/// Reads the end of a log, however long its last line is.
pub(super) fn read(file: &File) -> io::Result<Tail> {
    let length = file.metadata()?.len();
    let mut from = length;
    loop {
        from = from.saturating_sub(BLOCK.max(length - from));
        let bytes = read_range(file, from, length)?;
        if let Some(tail) = split(&bytes, from) {
            return Ok(tail);
        }
    }
}

fn read_range(mut file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(to - from).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Splits the end of a file; none where more of the file is needed.
fn split(bytes: &[u8], from: u64) -> Option<Tail> {
    let Some(last_feed) = bytes.iter().rposition(|&byte| byte == b'\n') else {
        return (from == 0).then(|| Tail { last_line: None, end: 0, torn: bytes.to_vec() });
    };
    let (whole, torn) = bytes.split_at(last_feed + 1);
    let lines = whole.strip_suffix(b"\n").unwrap_or(whole);
    let last_line = match lines.iter().rposition(|&byte| byte == b'\n') {
        Some(feed) => lines.get(feed + 1..)?,
        None if from == 0 => lines,
        None => return None,
    };
    Some(Tail { last_line: Some(last_line.to_vec()), end: from + whole.len() as u64, torn: torn.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tail(content: &[u8]) -> (Option<Vec<u8>>, u64, Vec<u8>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let tail = read(&file).unwrap();
        (tail.last_line, tail.end, tail.torn)
    }

    #[test]
    fn ends_are_found() {
        assert_eq!(tail(b""), (None, 0, vec![]));
        assert_eq!(tail(b"one\n"), (Some(b"one".to_vec()), 4, vec![]));
        assert_eq!(tail(b"one\ntwo\nthr"), (Some(b"two".to_vec()), 8, b"thr".to_vec()));
        assert_eq!(tail(b"thr"), (None, 0, b"thr".to_vec()));
    }

    #[test]
    fn lines_may_be_longer_than_a_block() {
        let long = vec![b'x'; 200_000];
        let mut content = b"one\n".to_vec();
        content.extend_from_slice(&long);
        content.push(b'\n');
        assert_eq!(tail(&content), (Some(long), 200_005, vec![]));
    }
}
