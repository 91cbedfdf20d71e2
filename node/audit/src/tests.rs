use super::*;
use fyr_policy::Requester;
use fyr_schemas::ErrorCode;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit/decisions.jsonl");
    (directory, path)
}

async fn record(audit: &Audit, name: &str, code: Option<ErrorCode>) -> Result<(), Unrecorded> {
    let mut entry = audit.entry(Action::Datasets);
    entry.requester(&Requester::Known { name: name.into() });
    audit.record(vec![entry.end(code)]).await
}

async fn log_of(records: usize) -> (TempDir, PathBuf) {
    let (directory, path) = directory();
    let audit = Audit::open(&path, Durability::Strict).unwrap();
    for _ in 0..records {
        record(&audit, "clinic", None).await.unwrap();
    }
    (directory, path)
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_record_is_in_the_file_before_the_answer() {
    for durability in [Durability::Grouped, Durability::Strict] {
        let (_directory, path) = directory();
        let audit = Audit::open(&path, durability).unwrap();
        record(&audit, "clinic", Some(ErrorCode::PermissionDenied)).await.unwrap();
        let last = lines(&path).pop().unwrap();
        for part in ["\"clinic\"", "PERMISSION_DENIED", "\"datasets\"", "\"failed\"", "\"sequence\":2"] {
            assert!(last.contains(part), "{part} in {last}");
        }
    }
}

#[tokio::test]
async fn a_restart_continues_the_chain() {
    let (_directory, path) = log_of(3).await;
    let audit = Audit::open(&path, Durability::Grouped).unwrap();
    record(&audit, "clinic", None).await.unwrap();
    drop(audit);
    let verified = verify(&path).unwrap();
    assert_eq!((verified.records, verified.decisions, verified.torn_bytes), (6, 4, 0));
}

#[tokio::test]
async fn concurrent_decisions_form_one_chain() {
    let (_directory, path) = directory();
    let audit = Audit::open(&path, Durability::Grouped).unwrap();
    let all = futures::future::join_all((0..500).map(|_| record(&audit, "clinic", None))).await;
    assert!(all.iter().all(Result::is_ok));
    drop(audit);
    assert_eq!(verify(&path).unwrap().decisions, 500);
}

#[tokio::test]
async fn changes_are_found() {
    let (_directory, path) = log_of(4).await;
    let sound = lines(&path);
    let find = |changed: Vec<String>| {
        fs::write(&path, changed.join("\n") + "\n").unwrap();
        match verify(&path) {
            Err(AuditError::Damaged { line, .. }) => line,
            other => panic!("{other:?}"),
        }
    };
    let mut edited = sound.clone();
    edited[2] = edited[2].replace("clinic", "nobody");
    assert_eq!(find(edited), 3);
    let mut removed = sound.clone();
    removed.remove(1);
    assert_eq!(find(removed), 2);
    let mut swapped = sound.clone();
    swapped.swap(2, 3);
    assert_eq!(find(swapped), 3);
    let mut doubled = sound.clone();
    doubled.insert(3, sound[2].clone());
    assert_eq!(find(doubled), 4);
}

/// Two logs of one node under one key, as a backup and what was written after it was restored.
async fn two_logs_under_one_key() -> (TempDir, PathBuf, [Vec<String>; 2]) {
    let (directory, path) = log_of(4).await;
    let first = lines(&path);
    fs::remove_file(&path).unwrap();
    let audit = Audit::open(&path, Durability::Strict).unwrap();
    for _ in 0..4 {
        record(&audit, "hospital", None).await.unwrap();
    }
    drop(audit);
    let second = lines(&path);
    (directory, path, [first, second])
}

#[tokio::test]
async fn a_record_of_another_log_under_the_same_key_is_found() {
    let (_directory, path, [first, second]) = two_logs_under_one_key().await;
    let damaged = |content: &[String]| {
        fs::write(&path, content.join("\n") + "\n").unwrap();
        match verify(&path) {
            Err(AuditError::Damaged { line, .. }) => Some(line),
            Ok(_) => None,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!((damaged(&first), damaged(&second)), (None, None), "each is sound by itself");
    for at in 0..first.len() {
        let mut replaced = first.clone();
        replaced[at] = second[at].clone();
        // The first record follows nothing: that it is another one shows in the record behind it.
        assert_eq!(damaged(&replaced), Some(at.max(1) as u64 + 1), "record {} of the other log", at + 1);
        let spliced = [&first[..at], &second[at..]].concat();
        assert_eq!(damaged(&spliced), (at > 0).then_some(at as u64 + 1), "the other log from {}", at + 1);
    }
}

#[tokio::test]
async fn the_head_tells_a_log_that_was_cut_or_exchanged() {
    let (_directory, path, [first, second]) = two_logs_under_one_key().await;
    let head = |content: &[String]| {
        fs::write(&path, content.join("\n") + "\n").unwrap();
        verify(&path).unwrap().head
    };
    let heads = [head(&first), head(&second), head(&first[..4]), head(&second[..4])];
    for (at, one) in heads.iter().enumerate() {
        assert!(heads[at + 1..].iter().all(|other| other != one), "{heads:?}");
    }
}

#[tokio::test]
async fn a_torn_record_is_set_aside_and_reported() {
    let (directory, path) = log_of(2).await;
    let mut content = fs::read(&path).unwrap();
    content.extend_from_slice(b"{\"hash\":\"0123");
    fs::write(&path, &content).unwrap();
    assert_eq!(verify(&path).unwrap().torn_bytes, 13);

    drop(Audit::open(&path, Durability::Grouped).unwrap());
    let verified = verify(&path).unwrap();
    assert_eq!((verified.records, verified.torn_bytes), (4, 0));
    let last: serde_json::Value = serde_json::from_str(&lines(&path)[3]).unwrap();
    assert_eq!(last["record"]["torn"]["bytes"], 13);
    let aside = directory.path().join("audit").join(last["record"]["torn"]["file"].as_str().unwrap());
    assert_eq!(fs::read(aside).unwrap(), b"{\"hash\":\"0123");
}

#[tokio::test]
async fn a_damaged_last_record_is_not_continued() {
    let (_directory, path) = log_of(2).await;
    let content = fs::read_to_string(&path).unwrap().replace("clinic", "nobody");
    fs::write(&path, content).unwrap();
    assert!(matches!(Audit::open(&path, Durability::Grouped), Err(AuditError::LastRecord { .. })));
}

#[tokio::test]
async fn a_log_has_one_writer() {
    let (_directory, path) = directory();
    let _audit = Audit::open(&path, Durability::Grouped).unwrap();
    assert!(matches!(Audit::open(&path, Durability::Grouped), Err(AuditError::Locked(_))));
}

#[tokio::test]
async fn a_log_is_not_continued_without_its_key() {
    let (_directory, path) = log_of(1).await;
    fs::remove_file(path.with_extension("key")).unwrap();
    assert!(matches!(Audit::open(&path, Durability::Grouped), Err(AuditError::KeyMissing(_))));
    fs::write(path.with_extension("key"), "no key").unwrap();
    assert!(Audit::open(&path, Durability::Grouped).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = log_of(1).await;
    let key = path.with_extension("key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Audit::open(&path, Durability::Grouped), Err(AuditError::KeyExposed { .. })));
}

#[tokio::test]
async fn a_directory_is_no_log() {
    let (_directory, path) = directory();
    fs::create_dir_all(&path).unwrap();
    assert!(Audit::open(&path, Durability::Grouped).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_removed_log_records_nothing() {
    let (_directory, path) = log_of(1).await;
    let audit = Audit::open(&path, Durability::Grouped).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(record(&audit, "clinic", None).await, Err(Unrecorded));
    assert!(!audit.is_healthy());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_an_error_at_the_start() {
    let (_directory, path) = directory();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    assert!(matches!(Audit::open(&path, Durability::Grouped), Err(AuditError::Io { .. })));
}

#[tokio::test]
async fn a_request_without_an_outcome_is_recorded_as_cancelled() {
    let (_directory, path) = directory();
    let audit = Audit::open(&path, Durability::Grouped).unwrap();
    drop(audit.entry(Action::Range));
    drop(audit);
    assert!(lines(&path)[1].contains("\"cancelled\""));
}

/// Records until the log has some full files, and returns them with it, oldest first.
async fn full_files(path: &Path, count: usize) -> Vec<PathBuf> {
    let options = AuditOptions { full_at: Some(1500), ..AuditOptions::default() };
    let audit = Audit::open(path, options).unwrap();
    while ended::files(path).unwrap().len() < count {
        record(&audit, "clinic", None).await.unwrap();
    }
    let mut files = ended::files(path).unwrap();
    files.push(path.to_owned());
    files
}

#[tokio::test]
async fn a_full_file_is_numbered_and_the_chain_goes_on() {
    let (_directory, path) = directory();
    let files = full_files(&path, 3).await;
    let records = |files: &[PathBuf]| files.iter().map(|file| lines(file).len() as u64).sum::<u64>();
    assert!(files.iter().rev().skip(1).all(|file| fs::metadata(file).unwrap().len() < 3000));
    let sound = verify(&path).unwrap();
    assert_eq!((sound.first, sound.records), (1, records(&files)));
    // The next process goes on, also where it died between two files.
    fs::rename(&path, ended::next(&path).unwrap()).unwrap();
    drop(Audit::open(&path, Durability::Grouped).unwrap());
    let verified = verify(&path).unwrap();
    assert_eq!(verified.records, sound.records + 1);
    // Whoever keeps the log moves full files away, the oldest first.
    let moved = records(&files[..2]);
    files[..2].iter().for_each(|file| fs::remove_file(file).unwrap());
    let rest = verify(&path).unwrap();
    assert_eq!((rest.first, rest.records), (moved + 1, verified.records - moved));
    assert_eq!(rest.head, verified.head);
}

#[tokio::test]
async fn a_hole_between_files_or_before_a_record_is_found() {
    let (_directory, path) = directory();
    let files = full_files(&path, 3).await;
    let kept = fs::read(&files[1]).unwrap();
    fs::remove_file(&files[1]).unwrap();
    assert!(matches!(verify(&path), Err(AuditError::Damaged { line: 1, .. })));
    fs::write(&files[1], kept).unwrap();
    assert!(verify(&path).is_ok());
    let first = lines(&files[0]);
    fs::write(&files[0], first[1..].join("\n") + "\n").unwrap();
    assert!(matches!(verify(&path), Err(AuditError::Damaged { line: 1, .. })), "its first record");
    fs::write(&files[0], first.join("\n") + "\nhalf").unwrap();
    assert!(matches!(verify(&path), Err(AuditError::Damaged { .. })), "half a record in a full file");
}

#[tokio::test]
async fn what_is_known_of_the_end_is_on_the_disk() {
    for durability in [Durability::Grouped, Durability::Strict] {
        let (_directory, path) = directory();
        let audit = Audit::open(&path, durability).unwrap();
        assert_eq!(audit.end().sequence, 1);
        record(&audit, "clinic", None).await.unwrap();
        while audit.end().sequence < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let end = audit.end();
        drop(audit);
        assert_eq!(verify(&path).unwrap().head, end.hash);
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_missed() {
    let (_directory, path) = log_of(4).await;
    let whole = lines(&path);
    let hash = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].as_str().unwrap().to_owned()
    };
    let known = LogEnd { sequence: 5, hash: hash(&whole[4]) };
    let open = |known: &LogEnd| {
        let options = AuditOptions { known: Some(known.clone()), ..AuditOptions::default() };
        Audit::open(&path, options).map(drop)
    };
    for left in [0, 1, 4] {
        fs::write(&path, whole[..left].iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        assert!(
            verify(&path).is_ok() && matches!(open(&known), Err(AuditError::Cut { known: 5, .. })),
            "{left}"
        );
        assert!(matches!(verify_against(&path, &known), Err(AuditError::Cut { known: 5, .. })), "{left}");
        // Refused, it wrote nothing.
        assert_eq!(lines(&path), whole[..left]);
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(open(&known), Err(AuditError::Cut { found: 0, .. })));
    fs::write(&path, whole.join("\n") + "\n").unwrap();
    let other = LogEnd { hash: hash(&whole[3]), ..known.clone() };
    assert!(matches!(open(&other), Err(AuditError::Exchanged { sequence: 5, .. })));
    open(&known).unwrap();
    assert_eq!(verify_against(&path, &known).unwrap().records, 6);
    assert!(matches!(verify_against(&path, &other), Err(AuditError::Exchanged { sequence: 5, .. })));
}

#[tokio::test]
async fn changes_of_the_state_are_told_in_their_order_if_the_chain_holds() {
    let (_directory, path) = log_of(1).await;
    let audit = Audit::open(&path, Durability::Strict).unwrap();
    let change = |version: u64| StateChange {
        version,
        changed: "2026-11-30T12:00:00Z".into(),
        action: "withdraw".into(),
        dataset: None,
        person: Some(format!("hash {version}")),
        items: String::new(),
        actor: "officer".into(),
    };
    for version in [1, 2, 3, 3, 4] {
        audit.state(change(version)).await.unwrap();
    }
    drop(audit);
    assert_eq!(state_changes(&path, 2).unwrap(), [3, 3, 4].map(change));
    assert_eq!(state_changes(&path, 4).unwrap(), []);
    let text = fs::read_to_string(&path).unwrap().replace("hash 4", "hash 5");
    fs::write(&path, text).unwrap();
    assert!(matches!(state_changes(&path, 2), Err(AuditError::Damaged { .. })));
    set_copied(&path, 2).unwrap();
    assert_eq!(Copied::beside(&path).get(), 2);
}

/// A copy that is taken at any moment, while files become full, is a sound log that ends with a whole record.
#[tokio::test]
async fn what_is_copied_while_it_is_written_is_a_log() {
    let (_directory, path) = directory();
    assert!(log_files(&path).unwrap().is_empty() && !is_being_written(&path).unwrap(), "there is none");
    let options = AuditOptions { full_at: Some(900), ..AuditOptions::default() };
    let audit = Audit::open(&path, options).unwrap();
    audit.note_copied(3).unwrap();
    let mut copies = Vec::new();
    for round in 0..30 {
        record(&audit, "clinic", None).await.unwrap();
        // A record that is being written.
        let torn = if round == 29 { "{\"hash\":" } else { "" };
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, torn.as_bytes()).unwrap();
        let (copied, to) = directory();
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        for LogFile { extension, mut file, length } in log_files(&path).unwrap() {
            let mut bytes = Vec::new();
            std::io::Seek::rewind(&mut file).unwrap();
            std::io::Read::read_to_end(&mut std::io::Read::take(file, length), &mut bytes).unwrap();
            fs::write(to.with_extension(&extension), bytes).unwrap();
            std::process::Command::new("chmod")
                .arg("600")
                .arg(to.with_extension(extension))
                .status()
                .unwrap();
        }
        let verified = verify(&to).unwrap();
        assert_eq!((verified.decisions, verified.torn_bytes), (round + 1, 0));
        assert_eq!(Audit::open(&to, Durability::Grouped).unwrap().copied(), 3);
        copies.push(copied);
    }
    assert!(ended::files(&path).unwrap().len() > 3 && is_being_written(&path).unwrap());
    drop(audit);
    assert!(!is_being_written(&path).unwrap());
}
