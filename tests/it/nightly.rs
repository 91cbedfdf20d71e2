//! What a sequencing unit delivers: files through a pipe, and files that come into a directory.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use flate2::read::MultiGzDecoder;
use fyr_ingest::{IngestOptions, Progress, ingest};
use fyr_store::{DatasetSummary, Store};

use crate::{
    crash::COMMAND,
    denominators::apart,
    support::{generate, spec},
};

/// Starts this binary as `fyr-node ingest`, with a pipe for its standard input and a file for what it prints.
fn start(store: &Path, arguments: &[&str], printed: &Path) -> Child {
    let all = ["fyr-node", "ingest", "--quiet", "--dataset", "D", "--assembly", "GRCh38", "--store"];
    let command = [&all[..], &[store.to_str().unwrap()], arguments].concat().join("\n");
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_child_runs_the_command_line", "--nocapture"])
        .env(COMMAND, command)
        .stdin(Stdio::piped())
        .stdout(std::fs::File::create(printed).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Loads what is piped into it; the reader may end before the writer does.
fn pipe(store: &Path, arguments: &[&str], bytes: &[u8]) -> ExitStatus {
    let mut child = start(store, arguments, &store.with_extension("out"));
    let _ = child.stdin.take().unwrap().write_all(bytes);
    child.wait().unwrap()
}

async fn datasets(store: &Path) -> Vec<DatasetSummary> {
    Store::open(store).await.unwrap().datasets().await.unwrap()
}

/// What of a dataset does not depend on when it was loaded.
fn content(datasets: &[DatasetSummary]) -> Vec<(u64, Option<u64>, u64)> {
    let of = |d: &DatasetSummary| (d.variants, d.individuals, d.segments);
    datasets.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_through_a_pipe_is_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, options) = generate(directory.path(), &spec("PIPE", 3));
    let named = directory.path().join("named");
    let options = IngestOptions { store: named.clone(), dataset: "D".to_owned(), ..options };
    ingest(options, Progress::default()).await.unwrap();
    let expected = content(&datasets(&named).await);
    let packed = std::fs::read(&cohort.vcf).unwrap();
    let mut plain = Vec::new();
    MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut plain).unwrap();
    let panel = cohort.panel.to_str().unwrap();
    for (name, bytes) in [("packed", &packed), ("plain", &plain)] {
        let store = directory.path().join(name);
        assert!(pipe(&store, &["--individuals", panel, "-"], bytes).success());
        assert_eq!(content(&datasets(&store).await), expected, "{name}");
        // It is known by its content, whichever way it comes, and nothing of it is left beside the store.
        assert!(!pipe(&store, &["--individuals", panel, "-"], bytes).success());
        assert!(!pipe(&store, &["--individuals", panel, "-"], &bytes[..bytes.len() / 2]).success());
        assert_eq!(content(&datasets(&store).await), expected, "{name}");
        assert!(!store.join(".stdin").exists());
    }
    let again = ["--individuals", panel, "--each", cohort.vcf.to_str().unwrap()];
    assert!(pipe(&directory.path().join("packed"), &again, &[]).success());
    let printed = std::fs::read_to_string(directory.path().join("packed.out")).unwrap();
    assert!(printed.contains("in the dataset already, since"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_come_into_a_directory_are_loaded_until_a_signal_comes() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, _) = generate(directory.path(), &spec("NIGHT", 4));
    let prepared = directory.path().join("prepared");
    std::fs::create_dir(&prepared).unwrap();
    let files: Vec<PathBuf> = apart(&cohort.vcf, &prepared).into_iter().take(4).collect();
    let (incoming, store) = (directory.path().join("incoming"), directory.path().join("store"));
    std::fs::create_dir(&incoming).unwrap();
    std::fs::write(incoming.join("bad.vcf"), "no file of variants\n").unwrap();
    let printed = directory.path().join("printed");
    let incoming_text = incoming.to_str().unwrap();
    let mut watch = start(&store, &["--watch", incoming_text, "--settle", "1", "--json"], &printed);
    for file in &files {
        std::fs::copy(file, incoming.join(file.file_name().unwrap())).unwrap();
    }
    let lines = reports(&printed, files.len() + 1).await;
    let of = |outcome: &str| lines.iter().filter(|line| line["outcome"] == outcome).count();
    assert_eq!((of("loaded"), of("failed")), (files.len(), 1), "{lines:?}");
    assert!(Command::new("kill").arg(watch.id().to_string()).status().unwrap().success());
    assert!(watch.wait().unwrap().success(), "a signal ends it, and is no failure");
    assert_eq!(datasets(&store).await[0].segments, files.len() as u64);
    // After a start, nothing is new.
    let mut watch = start(&store, &["--watch", incoming_text, "--settle", "1", "--json"], &printed);
    let lines = reports(&printed, files.len() + 1).await;
    assert_eq!(lines.iter().filter(|line| line["outcome"] == "known").count(), files.len(), "{lines:?}");
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(datasets(&store).await[0].segments, files.len() as u64);
}

/// Waits until so many reports are printed.
async fn reports(printed: &Path, count: usize) -> Vec<serde_json::Value> {
    for _ in 0..1200 {
        let text = std::fs::read_to_string(printed).unwrap();
        let lines = text.lines().filter(|line| line.starts_with('{'));
        let lines: Vec<_> = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.len() == count {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("fewer than {count} reports: {}", std::fs::read_to_string(printed).unwrap());
}
