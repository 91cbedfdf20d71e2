//! Whole files into a store, one by one.

use std::time::Duration;

use clap::Parser;
use fyr_store::Store;

use super::*;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: IngestArgs,
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Writes a file of one sample that carries an allele at a position.
    fn write(&self, name: &str, sample: &str, position: u32) -> String {
        let text = format!(
            "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}\n\
             1\t{position}\t.\tA\tC\t.\tPASS\t.\tGT\t0/1\n"
        );
        std::fs::write(self.0.path().join(name), text).unwrap();
        self.path(name)
    }

    fn args(&self, others: &[&str]) -> IngestArgs {
        let store = self.path("store");
        let all = ["x", "--store", &store, "--dataset", "d", "--assembly", "GRCh38", "--quiet"];
        Command::try_parse_from(all.into_iter().chain(others.iter().copied())).unwrap().args
    }

    /// Loads until there are no more files.
    async fn run(&self, others: &[&str]) -> ExitCode {
        let args = self.args(others);
        let files = Files::of(&args).unwrap().unwrap();
        run(&args, files, std::future::pending()).await.unwrap()
    }

    async fn segments(&self) -> u64 {
        let datasets = Store::open(&self.0.path().join("store")).await.unwrap().datasets().await.unwrap();
        datasets.iter().map(|dataset| dataset.segments).sum()
    }
}

#[tokio::test]
async fn one_bad_file_holds_nobody_up_and_a_known_one_is_left_out() {
    let place = Place::new();
    let (a, b) = (place.write("a.vcf", "S1", 10), place.write("b.vcf", "S2", 10));
    let bad = place.write("bad.vcf", "S3", 999_999_999);
    let copy = place.write("copy.vcf", "S1", 10);
    let corrected = place.write("corrected.vcf", "S1", 20);
    assert_eq!(place.run(&["--each", &a, &bad, &copy, &b]).await, ExitCode::FAILURE);
    assert_eq!(place.segments().await, 2);
    assert_eq!(place.run(&["--each", &a, &b, &copy]).await, ExitCode::SUCCESS, "nothing is new");
    assert_eq!(place.segments().await, 2);
    assert_eq!(place.run(&["--each", &corrected]).await, ExitCode::FAILURE, "a sample is loaded once");
    assert_eq!(place.segments().await, 2);
}

#[tokio::test]
async fn the_files_of_a_list_are_loaded() {
    let place = Place::new();
    let (a, b) = (place.write("a.vcf", "S1", 10), place.write("b.vcf", "S2", 10));
    std::fs::write(place.path("list"), format!("{a}\n{}\n\n{b}\n", place.path("none.vcf"))).unwrap();
    assert_eq!(place.run(&["--list", &place.path("list")]).await, ExitCode::FAILURE);
    assert_eq!(place.segments().await, 2);
    std::fs::write(place.path("list"), format!("{b}\n{a}\n")).unwrap();
    assert_eq!(place.run(&["--list", &place.path("list"), "--json"]).await, ExitCode::SUCCESS);
    assert_eq!(place.segments().await, 2);
}

#[tokio::test]
async fn a_directory_is_watched_until_somebody_stops_it() {
    let place = Place::new();
    std::fs::create_dir(place.path("in")).unwrap();
    let first = place.write("first.vcf", "S0", 10);
    assert_eq!(place.run(&["--each", &first]).await, ExitCode::SUCCESS);
    place.write("in/a.vcf", "S1", 10);
    std::fs::write(place.path("in/bad.vcf"), "no file of variants").unwrap();
    let directory = place.path("in");
    let args = place.args(&["--watch", &directory, "--settle", "0"]);
    let files = Files::of(&args).unwrap().unwrap();
    let dropping = async {
        wait_for(&place, 2).await;
        place.write("in/bad.vcf", "S2", 10);
        wait_for(&place, 3).await;
        // The last is whole when it comes: whoever is stopped between a commit and its report has not loaded it.
        std::fs::rename(place.write("c.tmp", "S3", 10), place.path("in/c.vcf")).unwrap();
        wait_for(&place, 4).await;
    };
    let (sender, stop) = tokio::sync::oneshot::channel::<()>();
    let stop = async { drop(stop.await) };
    let (ended, ()) = tokio::join!(run(&args, files, stop), async {
        dropping.await;
        drop(sender);
    });
    assert_eq!(ended.unwrap(), ExitCode::SUCCESS, "what was refused was loaded since");
    assert_eq!(place.segments().await, 4);
}

async fn wait_for(place: &Place, segments: u64) {
    for _ in 0..600 {
        if place.segments().await == segments {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{segments} files were not loaded");
}

#[tokio::test]
async fn a_file_waits_for_a_store_that_is_written_to() {
    let place = Place::new();
    std::fs::create_dir(place.path("in")).unwrap();
    let first = place.write("first.vcf", "S0", 10);
    assert_eq!(place.run(&["--each", &first]).await, ExitCode::SUCCESS);
    let a = place.write("in/a.vcf", "S1", 10);
    let store = Store::open(&place.0.path().join("store")).await.unwrap();
    let purge = store.begin_purge().await.unwrap();
    assert_eq!(place.run(&["--each", &a, "--wait", "0"]).await, ExitCode::FAILURE, "without a wait");
    let releasing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(purge);
    };
    let waiting = ["--each", a.as_str(), "--wait", "60"];
    let (ended, ()) = tokio::join!(place.run(&waiting), releasing);
    assert_eq!(ended, ExitCode::SUCCESS);
    assert_eq!(place.segments().await, 2);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for others in [
        &["--each", "--replace-sample", "a.vcf"][..],
        &["--each", "--replace", "a.vcf"],
        &["--list", "-", "a.vcf"],
        &["--watch", "in", "a.vcf"],
        &["--watch", "in", "--list", "-"],
        &["--watch", "in", "--replace-sample"],
        &["--watch", "in", "--check"],
        &["--settle", "3", "a.vcf"],
        &["--filter", "pass", "--pass-only", "a.vcf"],
        &[],
    ] {
        let all = ["x", "--store", "s", "--dataset", "d", "--assembly", "GRCh38"];
        assert!(
            Command::try_parse_from(all.into_iter().chain(others.iter().copied())).is_err(),
            "{others:?}"
        );
    }
}
