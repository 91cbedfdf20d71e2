//! What a store keeps in mind of its state: a file of the store, to which lines are added and that nobody rewrites.
//!
//! Several processes add lines at once, and any may be killed while it does: a line is whole, or it was never
//! acknowledged. Each is one JSON document and ends with a line feed.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// The id of the store. The first such line counts: of several who begin at once, one is first.
    Store(String),
    /// The store's state, and the version that it had when it was bound: several may bind it at once.
    State { id: String, version: u64 },
    /// What is the store's state from here on, whatever was seen before: an operator says so.
    Adopted { id: String, version: u64 },
    /// A version of a state that was in force.
    Seen { id: String, version: u64 },
}

/// The state of a store, and how far it is known to have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownState {
    /// Its id.
    pub(super) id: String,
    /// The highest version that was acknowledged.
    pub(super) version: u64,
}

/// What a store keeps in mind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its own id; none before a state was ever opened with it.
    pub(super) store: Option<String>,
    /// The state that belongs to it; none before one was.
    pub(super) state: Option<KnownState>,
}

impl Mark {
    /// Reads what a store keeps in mind; nothing where there is no such file.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::of_text(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn of_text(text: &str) -> io::Result<Self> {
        let mut mark = Self::default();
        for line in text.lines().filter(|line| !is_torn(line)) {
            mark.take(serde_json::from_str(line)?);
        }
        Ok(mark)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Store(id) => {
                self.store.get_or_insert(id);
            }
            Line::State { id, version } if self.state.is_none() => {
                self.state = Some(KnownState { id, version });
            }
            Line::Adopted { id, version } => self.state = Some(KnownState { id, version }),
            Line::State { id, version } | Line::Seen { id, version } => self.saw(&id, version),
        }
    }

    /// Of a state that was given up, a process may still speak that has it open.
    fn saw(&mut self, id: &str, version: u64) {
        let known = self.state.as_mut().filter(|known| known.id == id);
        known.into_iter().for_each(|known| known.version = known.version.max(version));
    }
}

/// Whether whoever wrote a line died on the way: a whole document ends with its brace.
fn is_torn(line: &str) -> bool {
    !line.ends_with('}') || serde_json::from_str::<serde_json::Value>(line).is_err_and(|error| error.is_eof())
}

/// The file, to be added to.
#[derive(Clone, Debug)]
pub(super) struct MarkFile(pub(super) PathBuf);

impl MarkFile {
    /// Gives the store an id if it has none; returns the one that it has.
    pub(super) fn store_id(&self, new: &str) -> io::Result<String> {
        if let Some(id) = Mark::read(&self.0)?.store {
            return Ok(id);
        }
        self.add(&Line::Store(new.to_owned()))?;
        Mark::read(&self.0)?.store.ok_or_else(|| ErrorKind::InvalidData.into())
    }

    /// Keeps in mind which state belongs to the store, which has none yet.
    pub(super) fn bind(&self, state: &KnownState) -> io::Result<()> {
        self.add(&Line::State { id: state.id.clone(), version: state.version })
    }

    /// Keeps in mind which state belongs to the store from here on, whatever was before.
    pub(super) fn adopt(&self, state: &KnownState) -> io::Result<()> {
        self.add(&Line::Adopted { id: state.id.clone(), version: state.version })
    }

    /// Keeps in mind a version of a state that was in force.
    pub(super) fn saw(&self, state: &KnownState) -> io::Result<()> {
        let known = Mark::read(&self.0)?.state;
        if known.is_some_and(|known| known.id == state.id && known.version >= state.version) {
            return Ok(());
        }
        self.add(&Line::Seen { id: state.id.clone(), version: state.version })
    }

    /// Adds a line, durably. It begins with a line feed where the last one is torn.
    fn add(&self, line: &Line) -> io::Result<()> {
        let directory = self.0.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory)?;
        let is_whole = match std::fs::read(&self.0) {
            Ok(bytes) => bytes.last().is_none_or(|last| *last == b'\n'),
            Err(error) if error.kind() == ErrorKind::NotFound => true,
            Err(error) => return Err(error),
        };
        let text = format!("{}{}\n", if is_whole { "" } else { "\n" }, serde_json::to_string(line)?);
        let mut file = OpenOptions::new().append(true).create(true).open(&self.0)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        File::open(directory)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: &str, version: u64) -> KnownState {
        KnownState { id: id.into(), version }
    }

    fn file() -> (tempfile::TempDir, MarkFile) {
        let directory = tempfile::tempdir().unwrap();
        let file = MarkFile(directory.path().join("store/mark.jsonl"));
        (directory, file)
    }

    #[test]
    fn the_first_store_its_state_and_the_highest_version_count() {
        let (_directory, file) = file();
        assert_eq!(Mark::read(&file.0).unwrap(), Mark::default());
        assert_eq!(file.store_id("s1").unwrap(), "s1");
        assert_eq!(file.store_id("s2").unwrap(), "s1");
        file.bind(&known("a", 3)).unwrap();
        for version in [5, 9, 7] {
            file.saw(&known("a", version)).unwrap();
        }
        file.saw(&known("b", 99)).unwrap();
        // Others who bound them at the same time, and were slower.
        file.bind(&known("a", 3)).unwrap();
        file.bind(&known("b", 3)).unwrap();
        let mark = Mark::read(&file.0).unwrap();
        assert_eq!(mark, Mark { store: Some("s1".into()), state: Some(known("a", 9)) });
        file.adopt(&known("a", 4)).unwrap();
        assert_eq!(
            Mark::read(&file.0).unwrap().state,
            Some(known("a", 4)),
            "an older copy, and somebody says so"
        );
        file.adopt(&known("b", 2)).unwrap();
        file.saw(&known("a", 50)).unwrap();
        assert_eq!(Mark::read(&file.0).unwrap().state, Some(known("b", 2)), "it was given up");
        let before = std::fs::read(&file.0).unwrap();
        file.saw(&known("b", 1)).unwrap();
        assert_eq!(std::fs::read(&file.0).unwrap(), before, "what is known is not written again");
    }

    /// Cut anywhere, it says what it said before the line that is torn, and goes on.
    #[test]
    fn a_line_that_is_torn_was_never_written() {
        let (_directory, file) = file();
        let mut said = vec![(0, Mark::default())];
        let mut note = |result: io::Result<()>| {
            result.unwrap();
            let length = std::fs::metadata(&file.0).unwrap().len() as usize;
            said.push((length, Mark::read(&file.0).unwrap()));
        };
        note(file.store_id("s1").map(drop));
        note(file.bind(&known("a}", 10)));
        note(file.saw(&known("a}", 12)));
        note(file.adopt(&known("b", 1)));
        let whole = std::fs::read(&file.0).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&file.0, &whole[..length]).unwrap();
            // A line without its line feed is whole as well.
            let expected = &said.iter().rev().find(|(end, _)| end.saturating_sub(1) <= length).unwrap().1;
            let mark = Mark::read(&file.0).unwrap();
            assert_eq!(mark, *expected, "{length} bytes");
            file.adopt(&known("c", 4)).unwrap();
            file.saw(&known("c", 6)).unwrap();
            let after = Mark::read(&file.0).unwrap();
            assert_eq!(after, Mark { store: expected.store.clone(), state: Some(known("c", 6)) });
        }
    }

    #[test]
    fn what_is_no_line_is_not_passed_over() {
        let (_directory, file) = file();
        file.store_id("s1").unwrap();
        for line in ["{\"store\":7}", "{\"other\":\"x\"}", "[1,}"] {
            let text = format!("{line}\n");
            assert!(Mark::of_text(&text).is_err(), "{line}");
        }
    }
}
