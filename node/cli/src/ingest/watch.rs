//! A directory into which somebody drops files: which of them are complete.
//!
//! It is looked at again and again, since nothing tells of files that another machine writes to a shared directory.

use std::{
    collections::{BTreeMap, VecDeque},
    ffi::OsString,
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

/// How a file of variants ends its name.
const ENDINGS: [&str; 7] = [".vcf", ".vcf.gz", ".vcf.bgz", ".gvcf", ".gvcf.gz", ".gvcf.bgz", ".bcf"];

/// What stands beside a file that is complete, behind its name.
const MARKS: [&str; 3] = [".done", ".tbi", ".csi"];

/// The longest time from one look to the next.
const PAUSE: Duration = Duration::from_secs(5);

/// A directory that is watched.
pub(super) struct Watch {
    directory: PathBuf,
    /// For how long a complete file has not changed.
    settle: Duration,
    seen: BTreeMap<PathBuf, Seen>,
    complete: VecDeque<PathBuf>,
    last_look: Instant,
}

/// A file as it was when it was last looked at.
struct Seen {
    bytes: u64,
    modified: SystemTime,
    /// Since when it is so.
    since: Instant,
    is_named: bool,
}

impl Watch {
    /// Looks at a directory for the first time. A file has settled after so many seconds.
    ///
    /// # Errors
    ///
    /// It cannot be listed.
    pub(super) fn start(directory: &Path, settle: u64) -> io::Result<Self> {
        let mut watch = Self {
            directory: directory.to_owned(),
            settle: Duration::from_secs(settle),
            seen: BTreeMap::new(),
            complete: VecDeque::new(),
            last_look: Instant::now(),
        };
        watch.look(Instant::now())?;
        Ok(watch)
    }

    /// Returns the next file that is complete, by name; waits for one where there is none. A file that changes is named
    /// again.
    pub(super) async fn next(&mut self) -> PathBuf {
        let pause = PAUSE.min(self.settle.max(Duration::from_millis(200)));
        loop {
            if let Some(file) = self.complete.pop_front() {
                return file;
            }
            tokio::time::sleep_until((self.last_look + pause).into()).await;
            if let Err(error) = self.look(Instant::now()) {
                complain(&self.directory, &error);
            }
        }
    }

    /// Names a file again as soon as it has settled once more.
    pub(super) fn again(&mut self, file: &Path) {
        if let Some(seen) = self.seen.get_mut(file) {
            (seen.since, seen.is_named) = (Instant::now(), false);
        }
    }

    fn look(&mut self, now: Instant) -> io::Result<()> {
        self.last_look = now;
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            // Whatever went meanwhile, or is a link to nothing, is not there.
            if is_of_variants(&path)
                && let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                let seen = self.seen.remove(&path);
                found.insert(path, as_it_is(seen, &metadata, now)?);
            }
        }
        for (path, seen) in found.iter_mut().filter(|(_, seen)| !seen.is_named) {
            if now.duration_since(seen.since) >= self.settle || is_marked(path, seen.modified) {
                seen.is_named = true;
                self.complete.push_back(path.clone());
            }
        }
        self.seen = found;
        Ok(())
    }
}

/// Returns what is known of a file: what was known before, if it has not changed.
fn as_it_is(seen: Option<Seen>, metadata: &Metadata, now: Instant) -> io::Result<Seen> {
    let (bytes, modified) = (metadata.len(), metadata.modified()?);
    let before = seen.filter(|seen| (seen.bytes, seen.modified) == (bytes, modified));
    Ok(before.unwrap_or(Seen { bytes, modified, since: now, is_named: false }))
}

fn is_of_variants(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Returns whether a mark is beside a file that is not older than the file.
fn is_marked(path: &Path, modified: SystemTime) -> bool {
    MARKS.iter().any(|mark| {
        let mut beside = OsString::from(path);
        beside.push(mark);
        fs::metadata(beside).and_then(|mark| mark.modified()).is_ok_and(|marked| marked >= modified)
    })
}

#[expect(clippy::print_stderr, reason = "the directory may be there again at the next look")]
fn complain(directory: &Path, error: &io::Error) {
    eprintln!("cannot look into `{}`, and try again: {error}", directory.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Drop(tempfile::TempDir, Watch, Instant);

    impl Drop {
        fn new(settle: u64) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let watch = Watch::start(directory.path(), settle).unwrap();
            Self(directory, watch, Instant::now())
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.0.path().join(name), text).unwrap();
        }

        /// Looks after so many seconds from the last look, and names what is complete.
        fn after(&mut self, seconds: u64) -> Vec<String> {
            self.2 += Duration::from_secs(seconds);
            self.1.look(self.2).unwrap();
            self.1
                .complete
                .drain(..)
                .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
                .collect()
        }
    }

    #[test]
    fn a_file_is_complete_when_it_has_settled_and_is_named_once() {
        let mut drop = Drop::new(60);
        drop.write("b.vcf", "x");
        drop.write("a.vcf.gz", "x");
        for name in ["notes.txt", ".c.vcf", "a.vcf.gz.tmp", "vcf", "d.vcf.gz.md5"] {
            drop.write(name, "x");
        }
        fs::create_dir(drop.0.path().join("e.vcf")).unwrap();
        assert_eq!(drop.after(1), Vec::<String>::new());
        assert_eq!(drop.after(59), Vec::<String>::new());
        drop.write("b.vcf", "longer");
        assert_eq!(drop.after(1), ["a.vcf.gz"]);
        assert_eq!(drop.after(59), Vec::<String>::new());
        assert_eq!(drop.after(1), ["b.vcf"]);
        assert_eq!(drop.after(1000), Vec::<String>::new());
    }

    #[test]
    fn a_mark_beside_a_file_says_that_it_is_complete() {
        for mark in ["done", "tbi", "csi"] {
            let mut drop = Drop::new(3600);
            drop.write("a.bcf", "x");
            assert_eq!(drop.after(1), Vec::<String>::new());
            drop.write(&format!("a.bcf.{mark}"), "");
            assert_eq!(drop.after(1), ["a.bcf"], "{mark}");
        }
        let mut drop = Drop::new(3600);
        drop.write("a.bcf.tbi", "");
        let old = SystemTime::now() - Duration::from_secs(60);
        fs::File::open(drop.0.path().join("a.bcf.tbi")).unwrap().set_modified(old).unwrap();
        drop.write("a.bcf", "x");
        assert_eq!(drop.after(1), Vec::<String>::new(), "the mark is of what was there before");
    }

    #[test]
    fn a_file_that_changes_goes_or_has_to_wait_is_named_again() {
        let mut drop = Drop::new(1);
        drop.write("a.vcf", "x");
        assert_eq!(drop.after(0), Vec::<String>::new());
        assert_eq!(drop.after(1), ["a.vcf"]);
        drop.write("a.vcf", "other");
        assert_eq!(drop.after(0), Vec::<String>::new());
        assert_eq!(drop.after(1), ["a.vcf"]);
        let path = drop.0.path().join("a.vcf");
        drop.1.again(&path);
        assert_eq!(drop.after(60), ["a.vcf"]);
        fs::remove_file(&path).unwrap();
        assert_eq!(drop.after(1), Vec::<String>::new());
        drop.write("a.vcf", "other");
        drop.after(0);
        assert_eq!(drop.after(1), ["a.vcf"]);
    }

    #[tokio::test]
    async fn what_is_dropped_while_somebody_waits_is_named() {
        let mut drop = Drop::new(0);
        let path = drop.0.path().join("a.vcf");
        let (named, ()) = tokio::join!(drop.1.next(), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            fs::write(&path, "x").unwrap();
        });
        assert_eq!(named, path);
        assert!(Watch::start(Path::new("/nowhere"), 1).is_err());
    }
}
