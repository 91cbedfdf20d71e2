//! A node that is backed up while it serves, loses its disk, and is restored: it says what it said, and nobody who withdrew
//! since is in it. Killed on the way, it says nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use fyr_node::backup::verify_backups;
use fyr_node_cli::{self as cli, Cli};
use fyr_tests::{
    NetworkSpec, TestNetwork,
    network::{StoppedNode, TestNode},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    NODE, OPEN, change,
    files::People,
    killed::spawn,
    questions::{self, Doors, Question},
    run, text, withdraw,
};

/// A node with documents of people, and all that is asked of it.
struct Site {
    directory: tempfile::TempDir,
    network: TestNetwork,
    questions: Vec<Question>,
    named: Vec<String>,
}

impl Site {
    async fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let people = People::generate(directory.path(), seed, 14);
        let named: Vec<String> = (0..4).map(|place| people.id(place).to_owned()).collect();
        let spec = fyr_tests::NodeSpec { id: NODE.into(), ..people.node("everyone", &[]).with_policy(OPEN) };
        let network = NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), network).await.unwrap();
        let names: Vec<&str> = named.iter().map(String::as_str).collect();
        let questions = questions::all(&people, &names, &mut ChaCha8Rng::seed_from_u64(seed));
        Self { directory, network, questions, named }
    }

    fn node(&self) -> &TestNode {
        self.network.node(NODE).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// All that the node says to anybody.
    async fn said(&self, node: &TestNode) -> Vec<(String, String)> {
        let names: Vec<&str> = self.named.iter().map(String::as_str).collect();
        Doors::of(node).await.answers(&self.questions, &names).await
    }

    async fn back_up(&self) {
        let to = text(&self.path("vault"));
        change(self.node(), &["backup"], &["--to", &to, "--json"]).await.unwrap();
    }

    /// Stops the node and moves its store away, with all that lies in it.
    async fn lose(&mut self) -> (StoppedNode, PathBuf) {
        let config = self.node().config();
        let (store, old) = (self.node().store(), self.path("old"));
        let stopped = self.network.stop_node(NODE).await.unwrap();
        fs::rename(store, old).unwrap();
        (stopped, config)
    }
}

fn restore<'a>(config: &'a str, vault: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["restore", "--config", config, "--from", vault, "--quiet"], options].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_node_says_what_it_said_and_nobody_who_withdrew_since_is_in_it() {
    let mut site = Site::new(41).await;
    withdraw(site.node(), "REGION", &site.named[0]).await;
    site.back_up().await;
    // What is asked meanwhile is answered, and a second backup has what a merge has written.
    let ((), before) = tokio::join!(
        async {
            run(&["compact", "--quiet", "--store", &text(&site.node().store())]).await.unwrap();
            site.back_up().await;
        },
        site.said(site.node())
    );
    let vault = text(&site.path("vault"));
    assert!(is_sound(&["verify", "--from", &vault, "--quiet"]).await);
    withdraw(site.node(), "REGION", &site.named[1]).await;
    let expected = site.said(site.node()).await;
    assert_ne!(before, expected, "it shows that somebody withdrew");

    let (stopped, config) = site.lose().await;
    let (config, survived) = (text(&config), text(&site.path("old/state/state.db")));
    let refused = run(&restore(&config, &vault, &[])).await.unwrap_err();
    assert!(refused.contains("--withdrawn") && refused.contains("--state"), "{refused}");
    // The log survived too, and the state knows of its records.
    fs::create_dir(Path::new(&config).with_file_name("store")).unwrap_or_default();
    fs::rename(site.path("old/audit"), Path::new(&config).with_file_name("store").join("audit")).unwrap();
    run(&restore(&config, &vault, &["--state", &survived])).await.unwrap();
    assert!(is_sound(&["verify", "--config", &config, "--from", &vault, "--quiet", "--json"]).await);
    let node = stopped.start().await.unwrap();
    assert_eq!(site.said(&node).await, expected);
    let stopped = node.stop().await;

    // Nothing but the backups is left, and a letter.
    fs::remove_dir_all(site.path("old")).unwrap();
    fs::remove_dir_all(Path::new(&config).with_file_name("store")).unwrap();
    let letter = site.path("since.txt");
    fs::write(&letter, format!("{}\r\n\n", site.named[1])).unwrap();
    let since = ["--withdrawn", &text(&letter), "--reason", "disk lost", "--actor", "officer"];
    run(&restore(&config, &vault, &since)).await.unwrap();
    let node = stopped.start().await.unwrap();
    assert_eq!(site.said(&node).await, expected);
    let history = node.state().await.unwrap().changes_since(0).await.unwrap();
    assert!(history.iter().any(|change| change.actor == "officer" && change.items.contains("disk lost")));
    node.stop().await;

    let object = first_file(&site.path("vault/objects"));
    let mut bytes = fs::read(&object).unwrap();
    bytes[0] ^= 1;
    fs::write(&object, bytes).unwrap();
    assert!(!is_sound(&["verify", "--from", &vault, "--quiet", "--json"]).await);
    site.network.stop().await;
}

/// Runs `fyr-node verify`, and returns whether its exit status says that nothing is wrong.
async fn is_sound(arguments: &[&str]) -> bool {
    let cli = Cli::try_parse_from(["fyr-node"].iter().chain(arguments)).unwrap();
    let code = cli::run(cli).await.unwrap();
    format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS)
}

fn first_file(directory: &Path) -> PathBuf {
    let path = fs::read_dir(directory).unwrap().next().unwrap().unwrap().path();
    if path.is_dir() { first_file(&path) } else { path }
}

/// The processes are killed at random moments of a backup and of a restore.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_or_none_and_a_restore_goes_on_when_they_are_killed() {
    let mut site = Site::new(43).await;
    let expected = site.said(site.node()).await;
    let (config, vault) = (text(&site.node().config()), text(&site.path("vault")));
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let backup = ["backup", "--config", &config, "--to", &vault, "--quiet"];
    let whole = took(&["backup", "--config", &config, "--to", &text(&site.path("rehearsal")), "--quiet"]);
    for round in 0..12u32 {
        kill_after(whole.mul_f64(f64::from(round) / 11.0 * rng.random::<f64>() * 1.2), &backup);
        if site.path("vault/backups").is_dir() {
            let verified = verify_backups(&site.path("vault"), None, |_, _| {}).await.unwrap();
            assert!(verified.iter().all(|backup| backup.faults.is_empty()), "{round}: {verified:?}");
        }
    }
    run(&backup).await.unwrap();
    let (stopped, _) = site.lose().await;
    let reason = ["--no-withdrawals-since", "--reason", "disk lost"];
    let restoring = restore(&config, &vault, &reason);
    let store = Path::new(&config).with_file_name("store");
    for round in 0..12u32 {
        kill_after(whole.mul_f64(f64::from(round) / 11.0 * rng.random::<f64>() * 1.5), &restoring);
        if store.join("restoring.json").exists() {
            let refused = run(&["serve", "--config", &config, "--check"]).await.unwrap_err();
            assert!(refused.contains("half restored"), "{round}: {refused}");
        } else if store.join("segments").exists() {
            // It had ended: begin anew.
            fs::remove_dir_all(&store).unwrap();
        }
    }
    run(&restoring).await.unwrap();
    let node = stopped.start().await.unwrap();
    assert_eq!(site.said(&node).await, expected);
    node.stop().await;
    site.network.stop().await;
}

/// Returns how long a command takes.
fn took(arguments: &[&str]) -> Duration {
    let started = Instant::now();
    assert!(spawn(arguments).wait().unwrap().success());
    started.elapsed()
}

fn kill_after(time: Duration, arguments: &[&str]) {
    let mut child = spawn(arguments);
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}
