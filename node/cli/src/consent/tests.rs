//! The commands as an operator runs them, on a store of three people.

mod everywhere;

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Parser;
use fyr_identity::{token_digest, token_id};
use fyr_node::NodeConfig;
use fyr_state::{ChangeKind, Revocation, State};
use tempfile::TempDir;

use crate::{Cli, run};

const VCF: &str = "##fileformat=VCFv4.3\n##contig=<ID=1>\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\tS3\n\
    1\t10\t.\tA\tC\t.\tPASS\t.\tGT\t0/1\t0/0\t1/1\n";

const BIOSAMPLES: &str = r#"[{"id":"S1","individualId":"P1","biosampleStatus":{"id":"EFO:0009654"},
    "sampleOriginType":{"id":"UBERON:0000178"}}]"#;

/// A node's directory.
struct Site(TempDir);

impl Site {
    /// Three samples, the first of which is of the person P1.
    async fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.write("node.toml", "[node]\nid = \"se.fin\"\n[store]\nurl = \"store\"\n");
        site.write("a.vcf", VCF);
        site.write("biosamples.json", BIOSAMPLES);
        site.ingest("a.vcf").await.unwrap();
        let store = site.path("store");
        site.run(&[
            "metadata",
            "--quiet",
            "--store",
            &store,
            "--dataset",
            "D",
            &site.path("biosamples.json"),
        ])
        .await
        .unwrap();
        site
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    async fn ingest(&self, name: &str) -> Result<(), String> {
        let (store, input) = (self.path("store"), self.path(name));
        let fixed =
            ["ingest", "--quiet", "--store", &store, "--dataset", "D", "--assembly", "GRCh38", &input];
        self.run(&fixed).await
    }

    /// Runs a command; errors in the words that an operator reads.
    async fn run(&self, args: &[&str]) -> Result<(), String> {
        let cli = Cli::try_parse_from(["fyr-node"].iter().chain(args)).map_err(|error| error.to_string())?;
        let code = run(cli).await.map_err(|error| error.to_string())?;
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
        Ok(())
    }

    /// Runs a command about the state.
    async fn change(&self, command: &[&str], options: &[&str]) -> Result<(), String> {
        let config = self.path("node.toml");
        let args = [command, &["--config", &config], options].concat();
        self.run(&args).await
    }

    async fn state(&self) -> State {
        NodeConfig::load(Some(&self.0.path().join("node.toml"))).unwrap().open_state().await.unwrap()
    }
}

#[tokio::test]
async fn what_is_set_is_recorded_with_who_did_it() {
    let site = Site::new().await;
    let options =
        ["--dataset", "D", "--person", "P1", "--allele-frequency", "yes", "--care", "no", "--opt-out", "yes"];
    site.change(&["consent", "set"], &[&options[..], &["--actor", "officer"]].concat()).await.unwrap();
    let state = site.state().await;
    let said = state.statements(Some("D")).await.unwrap();
    assert_eq!((said.len(), said[0].person.as_str(), said[0].statement.opted_out), (1, "P1", true));
    let changes = state.changes_since(0).await.unwrap();
    assert_eq!(
        (changes[0].actor.as_str(), changes[0].items.as_str()),
        ("officer", "allele-frequency=yes care=no opt-out=yes")
    );
    let nothing = site.change(&["consent", "set"], &["--dataset", "D", "--person", "P1"]).await.unwrap_err();
    assert!(nothing.contains("nothing to record"), "{nothing}");
    let wrong =
        site.change(&["consent", "set"], &["--dataset", "D", "--person", "P1", "--care", "maybe"]).await;
    assert!(wrong.unwrap_err().contains("possible values: yes, no, unstated"));
    site.change(&["consent", "set"], &["--dataset", "D", "--person", "P1", "--care", "yes"]).await.unwrap();
    assert!(state.changes_since(1).await.unwrap()[0].actor.contains('@'));
    for command in ["show", "history"] {
        site.change(&["consent", command], &["--dataset", "D", "--person", "P1"]).await.unwrap();
        site.change(&["consent", command], &["--json"]).await.unwrap();
    }
}

#[tokio::test]
async fn who_withdraws_does_so_by_every_id_and_stays_away() {
    let site = Site::new().await;
    let person = ["--dataset", "D", "--person"];
    let unknown = site.change(&["consent", "withdraw"], &[&person[..], &["P-1"]].concat()).await.unwrap_err();
    assert!(unknown.contains("nobody in dataset `D` has the id `P-1`"), "{unknown}");
    site.change(&["consent", "withdraw"], &[&person[..], &["P1", "--alias", "S9"]].concat()).await.unwrap();
    let state = site.state().await;
    for id in ["P1", "S1", "S9"] {
        assert!(state.is_withdrawn(id).await.unwrap(), "{id}");
    }
    assert!(!state.is_withdrawn("P-1").await.unwrap());

    // Another file of the same people, and of one more whom only the memory knows.
    site.write("b.vcf", &VCF.replace("S3", "S9").replace("1\t10", "1\t20"));
    let (store, input) = (site.path("store"), site.path("b.vcf"));
    let twice = site.ingest("b.vcf").await.unwrap_err();
    assert!(twice.contains("genotypes of sample `S2` on 1 already, from `a.vcf`"), "{twice}");
    let ingest =
        ["ingest", "--quiet", "--add", "--assembly", "GRCh38", "--dataset", "D", "--store", &store, &input];
    site.run(&ingest).await.unwrap();
    let store = fyr_store::Store::open(&site.0.path().join("store")).await.unwrap();
    assert!(!store.ids("D").await.unwrap().contains("S9"));

    site.change(&["consent", "withdraw"], &[&person[..], &["P2", "--allow-unknown"]].concat()).await.unwrap();
    assert!(state.is_withdrawn("P2").await.unwrap());
    site.change(&["consent", "reinstate"], &[&person[..], &["S1"]].concat()).await.unwrap();
    assert!(!state.is_withdrawn("P1").await.unwrap());
    let again = site.change(&["consent", "reinstate"], &[&person[..], &["S1"]].concat()).await.unwrap_err();
    assert!(again.contains("has not withdrawn"), "{again}");
}

#[tokio::test]
async fn an_import_takes_all_lines_or_none() {
    let site = Site::new().await;
    let import = async |text: &str| {
        let file = site.write("consents.csv", text).display().to_string();
        site.change(&["consent", "import"], &["--quiet", &file]).await
    };
    let error = import("dataset,person,care\nD,P1,yes\nD,S2,perhaps\n").await.unwrap_err();
    assert!(error.contains("line 3") && error.contains("nothing was imported"), "{error}");
    let state = site.state().await;
    assert_eq!(state.statements(None).await.unwrap().len(), 0);
    import("dataset;person;care;opt-out\nD;P1;yes;\nD;S2;no;yes\nD;later;;no\n").await.unwrap();
    assert_eq!(state.statements(None).await.unwrap().len(), 3);

    site.change(&["consent", "withdraw"], &["--dataset", "D", "--person", "P1"]).await.unwrap();
    let error = import("dataset,person,care\nD,S2,yes\nD,P1,yes\n").await.unwrap_err();
    assert!(error.contains("line 3: the person has withdrawn"), "{error}");
    let refused = state.statements(None).await.unwrap();
    assert!(refused.iter().any(|stated| stated.person == "S2" && stated.statement.refused.bits() != 0));
}

#[tokio::test]
async fn requesters_and_tokens_are_revoked_and_accepted_again() {
    let site = Site::new().await;
    let (subject, token) = (
        ["--issuer", "https://idp.example/", "--id", "u1"],
        ["--issuer", "https://idp.example/", "--jti", "j1"],
    );
    site.change(&["revoke", "subject"], &subject).await.unwrap();
    site.change(&["revoke", "token"], &token).await.unwrap();
    site.change(&["revoke", "list"], &[]).await.unwrap();
    site.change(&["revoke", "list"], &["--json"]).await.unwrap();
    let state = site.state().await;
    assert_eq!(state.revocations().await.unwrap().len(), 2);
    site.change(&["revoke", "subject"], &[&subject[..], &["--undo"]].concat()).await.unwrap();
    let left = Revocation::Token(token_id("https://idp.example/", "j1"));
    assert_eq!(state.revocations().await.unwrap(), [left]);
    let actions: Vec<_> =
        state.changes_since(0).await.unwrap().into_iter().map(|change| change.action).collect();
    assert_eq!(actions, [ChangeKind::Revoke, ChangeKind::Revoke, ChangeKind::Unrevoke]);

    let file = site.write("token", "e30.e30.c2ln\n").display().to_string();
    site.change(&["revoke", "token"], &["--file", &file]).await.unwrap();
    let itself = Revocation::Token(token_digest("e30.e30.c2ln"));
    assert!(state.revocations().await.unwrap().contains(&itself));
    for wrong in [&["--jti", "j1"][..], &["--issuer", "https://idp.example/"], &[]] {
        assert!(site.change(&["revoke", "token"], wrong).await.is_err(), "{wrong:?}");
    }
}

#[tokio::test]
async fn an_ingest_finds_out_who_withdrew_or_does_not_begin() {
    let site = Site::new().await;
    let state = site.0.path().join("kept/state.db");
    let config = format!(
        "[node]\nid = \"se.fin\"\n[store]\nurl = \"store\"\n[state]\nurl = \"sqlite:{}\"\nkey = \"kept/state.key\"\n",
        state.display()
    );
    site.write("node.toml", &config);
    site.change(&["consent", "withdraw"], &["--dataset", "D", "--person", "S3"]).await.unwrap();
    site.write("b.vcf", &VCF.replace("1\t10", "1\t20"));
    let error = site.ingest("b.vcf").await.unwrap_err();
    assert!(error.contains("name the node's configuration with --config"), "{error}");

    let (store, config, input) = (site.path("store"), site.path("node.toml"), site.path("b.vcf"));
    let ingest = ["ingest", "--quiet", "--assembly", "GRCh38", "--config", &config, "--dataset"];
    site.run(&[&ingest[..], &["other", "--store", &store, &input]].concat()).await.unwrap();
    site.run(&[&ingest[..], &["D", "--replace", "--store", &store, &input]].concat()).await.unwrap();
    let store = fyr_store::Store::open(&site.0.path().join("store")).await.unwrap();
    assert!(store.ids("other").await.unwrap().contains("S2"));
    assert!(!store.ids("other").await.unwrap().contains("S3"), "a person withdraws, from every dataset");
    assert!(!store.ids("D").await.unwrap().contains("S3"));

    let elsewhere = site.path("another");
    let error = site.run(&[&ingest[..], &["D", "--store", &elsewhere, &input]].concat()).await.unwrap_err();
    assert!(error.contains("is of the store"), "{error}");
}
