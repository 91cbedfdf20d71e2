//! A node does not start with data and without what is known of their people: its state missing, from an old backup, or
//! another store's. Nor does any command use such a state, until an operator says why.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use fyr_tests::network::{Certificates, TestNode};

use super::{OPEN, copy, files::People, run, text};
use crate::crash::COMMAND;

/// A node with data that is not running, and that keeps its state in its store.
struct Site {
    directory: tempfile::TempDir,
    people: People,
}

impl Site {
    async fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let people = People::generate(directory.path(), seed, 12);
        let certificates = Certificates::create(&directory.path().join("certificates")).unwrap();
        let spec = people.node("everyone", &[]).with_policy(OPEN);
        TestNode::start(&directory.path().join("home"), spec, &certificates).await.unwrap().stop().await;
        Self { directory, people }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("home").join(name)
    }

    async fn run(&self, command: &[&str], options: &[&str]) -> Result<(), String> {
        run(&[command, &["--config", &text(&self.path("node.toml"))], options].concat()).await
    }

    async fn withdraw(&self, place: usize) {
        let person = ["--dataset", super::REGION, "--person", self.people.id(place)];
        self.run(&["consent", "withdraw"], &person).await.unwrap();
    }

    /// Runs whatever uses the state, and returns what it says where that is refused by all of it, or by none.
    async fn refused(&self) -> Option<String> {
        let store = text(&self.path("store"));
        let person = ["--dataset", super::REGION, "--person", self.people.id(5)];
        let ingest =
            ["ingest", "--quiet", "--store", &store, "--dataset", "NEW", "--replace", "--assembly", "GRCh38"];
        let file = text(&self.directory.path().join("everyone/two.vcf"));
        let mut said = vec![
            self.run(&["serve"], &["--check"]).await.err(),
            self.run(&["consent", "show"], &[]).await.err(),
            self.run(&["consent", "withdraw"], &person).await.err(),
            self.run(&["purge"], &[]).await.err(),
            self.run(&["revoke", "list"], &[]).await.err(),
            self.run(&["account", "show"], &["--public"]).await.err(),
            self.run(&["audit", "verify"], &[]).await.err(),
            run(&[&ingest[..], &[&file]].concat()).await.err(),
        ];
        // What else the check may find is of no concern here.
        said[0] = said[0].take().filter(|said| said.contains("fyr-node state adopt"));
        let words = |said: &Option<String>| said.as_ref().map(|said| said.contains("fyr-node state adopt"));
        let is_refused = said[1].is_some();
        assert!(said.iter().all(|said| words(said) == is_refused.then_some(true)), "{said:#?}");
        assert_eq!(self.starts(), !is_refused);
        said.swap_remove(1)
    }

    /// Starts the node as a process, until it answers or ends.
    fn starts(&self) -> bool {
        let ready = self.path("ready.json");
        let _ = fs::remove_file(&ready);
        let arguments =
            ["fyr-node", "serve", "--config", &text(&self.path("node.toml")), "--ready-file", &text(&ready)]
                .join("\n");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::the_child_runs_the_command_line", "--nocapture"])
            .env(COMMAND, arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        loop {
            if ready.exists() {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            if let Some(status) = child.try_wait().unwrap() {
                assert!(!status.success());
                return false;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

async fn replace(from: &Path, to: &Path) {
    fs::remove_dir_all(to).unwrap();
    copy(from, to, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_not_the_stores_is_refused_by_everything_that_uses_it() {
    let (site, other) = (Site::new(29).await, Site::new(31).await);
    let (state, backup, newest) = (site.path("store/state"), site.path("backup"), site.path("newest"));
    site.withdraw(0).await;
    copy(&state, &backup, &[]).await;
    site.withdraw(1).await;
    assert_eq!(site.refused().await, None);
    copy(&state, &newest, &[]).await;

    replace(&backup, &state).await;
    assert!(site.refused().await.unwrap().contains("is older than what the store has seen"));
    other.withdraw(0).await;
    other.withdraw(1).await;
    other.withdraw(2).await;
    replace(&other.path("store/state"), &state).await;
    assert!(site.refused().await.unwrap().contains("belongs to another store"));
    fs::remove_dir_all(&state).unwrap();
    assert!(site.refused().await.unwrap().contains("is missing"));

    copy(&newest, &state, &[]).await;
    assert_eq!(site.refused().await, None);
    // A store from a backup has seen less than its state, and comes with the state of now.
    replace(&backup, &state).await;
    let adopt = site.run(&["state", "adopt"], &["--reason", " "]).await.unwrap_err();
    assert!(adopt.contains("--reason is empty"), "{adopt}");
    assert!(site.refused().await.is_some());
    site.run(&["state", "adopt"], &["--reason", "disk lost"]).await.unwrap();
    assert_eq!(site.refused().await, None);
}
