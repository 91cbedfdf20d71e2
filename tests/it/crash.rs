//! An ingest that dies at any moment, or runs out of room, leaves the store as it was.
//!
//! The process that is killed is this test binary itself, which runs the command line of `fyr-node` when
//! [`COMMAND`] tells it to: another binary would have to be linked, and might not be the one under test.

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Instant,
};

use clap::Parser;
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::{Answer, Assembly};
use fyr_store::{DatasetSummary, Store};
use fyr_tests::{
    AlleleKey, NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork,
    ask::Ask,
    compare::{difference, of_node, question},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::{generate, spec};

/// The environment variable with the arguments for the child, one a line.
pub(crate) const COMMAND: &str = "FYR_TEST_NODE_COMMAND";

/// Not a test of its own: the child of the tests below. Without the variable it does nothing.
#[test]
fn the_child_runs_the_command_line() {
    let Ok(arguments) = std::env::var(COMMAND) else { return };
    let cli = Cli::try_parse_from(arguments.lines()).unwrap();
    let result = tokio::runtime::Runtime::new().unwrap().block_on(cli::run(cli));
    std::process::exit(i32::from(result.is_err()));
}

/// A store with one cohort in it, and a second one that is to be added.
struct Scene {
    directory: tempfile::TempDir,
    first: SyntheticCohort,
    second: SyntheticCohort,
}

impl Scene {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (first, mut options) = generate(directory.path(), &spec("FIRST", 1));
        options.store = directory.path().join("home/store");
        fyr_ingest::ingest(options, fyr_ingest::Progress::default()).await.unwrap();
        let mut large = spec("SECOND", 2);
        large.individuals = 400;
        large.windows.iter_mut().for_each(|window| window.sites *= 4);
        let (second, _) = generate(directory.path(), &large);
        Self { directory, first, second }
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn store(&self) -> PathBuf {
        self.home().join("store")
    }

    fn command(&self, store: &Path) -> String {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        [
            "fyr-node",
            "ingest",
            "--quiet",
            "--store",
            &path(store),
            "--dataset",
            "SECOND",
            "--assembly",
            "GRCh38",
            "--individuals",
            &path(&self.second.panel),
            &path(&self.second.vcf),
        ]
        .join("\n")
    }

    /// Runs this binary as `fyr-node`, below a shell command such as a limit.
    fn spawn(&self, store: &Path, before: &str) -> Child {
        let this = std::env::current_exe().unwrap();
        let script = format!("{before} exec \"$0\" \"$@\"");
        Command::new("sh")
            .args(["-c", &script, this.to_str().unwrap()])
            .args(["--exact", "crash::the_child_runs_the_command_line", "--nocapture"])
            .env(COMMAND, self.command(store))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn run(&self, store: &Path, before: &str) -> ExitStatus {
        self.spawn(store, before).wait().unwrap()
    }

    /// Reads the store as a new process would; what was left behind must not disturb it.
    async fn datasets(&self) -> Vec<DatasetSummary> {
        Store::open(&self.store()).await.unwrap().datasets().await.unwrap()
    }

    /// Asks a node on the store for every allele of a cohort.
    async fn tells(&self, cohort: &SyntheticCohort, dataset: &str) {
        let node = NodeSpec::open("se.crash.af-beacon.test", Vec::new());
        let home = self.directory.path().join("se.crash.af-beacon.test");
        if !home.exists() {
            std::os::unix::fs::symlink(self.home(), &home).unwrap();
        }
        let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
        let network = TestNetwork::start(self.directory.path(), network).await.unwrap();
        let client = network.nodes[0].grpc().await.unwrap();
        let keys: Vec<&AlleleKey> = cohort.truth.alleles.keys().collect();
        let questions: Vec<_> = keys.iter().map(|key| question(Assembly::GRCH38, key).unwrap()).collect();
        let answers = client.alleles(&questions, &Ask::default().only(dataset)).await.unwrap();
        for (key, answer) in keys.iter().zip(&answers) {
            let answer: &Answer = answer;
            assert_eq!(difference(&cohort.truth.alleles[*key], of_node(answer).as_ref()), None, "{key}");
        }
        network.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_killed_at_any_moment_leaves_the_store_as_before_or_after() {
    let scene = Scene::new().await;
    let before = scene.datasets().await;
    assert_eq!(before.len(), 1);
    let started = Instant::now();
    assert!(scene.run(&scene.directory.path().join("rehearsal"), "").success());
    let whole = started.elapsed();
    let mut rng = ChaCha8Rng::seed_from_u64(2026);
    let (mut killed, mut through) = (0, 0);
    for round in 0..25u32 {
        // Evenly over the whole run, a little past its end, so that the commit is hit as well.
        let share = (f64::from(round) + rng.random::<f64>()) / 25.0;
        let mut child = scene.spawn(&scene.store(), "");
        tokio::time::sleep(whole.mul_f64(share * 1.1)).await;
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let datasets = scene.datasets().await;
        let first = datasets.iter().find(|d| d.id == "FIRST");
        assert_eq!(first, before.first(), "round {round}: the other dataset is untouched");
        if datasets.len() == 2 {
            // Committed, whether or not the process lived to say so. Back to where it was.
            through += 1;
            Store::open(&scene.store()).await.unwrap().remove("SECOND").await.unwrap();
        } else {
            assert_eq!(status.signal(), Some(9), "round {round}: it did not end by itself");
            killed += 1;
        }
    }
    assert!(killed >= 5, "{killed} were killed and {through} got through in {whole:?}");
    scene.tells(&scene.first, "FIRST").await;
    assert!(scene.run(&scene.store(), "").success(), "what was left behind is in nobody's way");
    scene.tells(&scene.first, "FIRST").await;
    scene.tells(&scene.second, "SECOND").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_without_room_fails_and_leaves_the_store_as_it_was() {
    let scene = Scene::new().await;
    let before = scene.datasets().await;
    for blocks in [1u32, 8, 64] {
        // Writing beyond the limit fails like a full disk, once the signal that comes with it is ignored.
        let limit = format!("trap '' XFSZ; ulimit -f {blocks};");
        let status = scene.run(&scene.store(), &limit);
        assert!(!status.success(), "{blocks} blocks are not enough");
        assert_eq!(scene.datasets().await, before);
    }
    scene.tells(&scene.first, "FIRST").await;
    assert!(scene.run(&scene.store(), "").success());
    scene.tells(&scene.second, "SECOND").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_is_refused() {
    let scene = Scene::new().await;
    assert!(scene.run(&scene.store(), "").success());
    let once = scene.datasets().await;
    assert!(!scene.run(&scene.store(), "").success());
    assert_eq!(scene.datasets().await, once);
}
