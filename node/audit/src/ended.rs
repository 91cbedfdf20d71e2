//! Files of a log that are full: numbered in their order, beside the one that is written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Digits of a number; more come when there are more files.
const DIGITS: usize = 6;

/// Returns the full files of a log, oldest first. Whoever keeps the log may have moved the oldest away.
pub(super) fn files(log: &Path) -> io::Result<Vec<PathBuf>> {
    let mut numbered = Vec::new();
    for entry in fs::read_dir(directory(log))? {
        let path = entry?.path();
        numbered.extend(number_of(log, &path).map(|number| (number, path)));
    }
    numbered.sort_unstable();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}

/// Returns the name of the next full file.
pub(super) fn next(log: &Path) -> io::Result<PathBuf> {
    let last = files(log)?.pop().and_then(|path| number_of(log, &path));
    Ok(named(log, last.unwrap_or(0) + 1))
}

fn named(log: &Path, number: u64) -> PathBuf {
    let extension = log.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    log.with_extension(format!("{number:0DIGITS$}{}", extension.unwrap_or_default()))
}

fn number_of(log: &Path, path: &Path) -> Option<u64> {
    let parts = path.file_name()?.to_str()?.split('.');
    parts.filter_map(|part| part.parse().ok()).find(|number| named(log, *number) == *path)
}

fn directory(log: &Path) -> &Path {
    log.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_files_are_found_in_their_order() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("decisions.jsonl");
        assert_eq!(next(&log).unwrap(), directory.path().join("decisions.000001.jsonl"));
        for number in [2, 1_000_000, 10] {
            fs::write(named(&log, number), "").unwrap();
        }
        for other in ["decisions.jsonl", "decisions.torn-3", "decisions.key", "other.000001.jsonl"] {
            fs::write(directory.path().join(other), "").unwrap();
        }
        assert_eq!(files(&log).unwrap(), [2, 10, 1_000_000].map(|number| named(&log, number)));
        assert_eq!(next(&log).unwrap(), named(&log, 1_000_001));
    }
}
