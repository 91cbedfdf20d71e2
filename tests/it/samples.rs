//! One patient at a time, on the command line: loaded, refused, corrected, looked at once more, taken out.
//!
//! The commands run in this binary, which is started again for each of them, as `fyr-node` would run: see
//! [`the_child_runs_a_command`].

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use clap::Parser;
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::Assembly;
use fyr_tests::{AlleleKey, NetworkSpec, NodeSpec, TestNetwork, ask::Ask, compare::question};
use serde_json::Value;

/// The environment variable with the arguments for the child, one a line.
const COMMAND: &str = "FYR_TEST_SAMPLES_COMMAND";
const NODE: &str = "se.samples.af-beacon.test";
const HEADER: &str = "##fileformat=VCFv4.3\n##contig=<ID=1>\n##contig=<ID=2>\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

/// Not a test of its own: the child of the test below. Without the variable it does nothing.
#[test]
fn the_child_runs_a_command() {
    let Ok(arguments) = std::env::var(COMMAND) else { return };
    let cli = Cli::try_parse_from(arguments.lines()).unwrap_or_else(|error| error.exit());
    let code = tokio::runtime::Runtime::new().unwrap().block_on(cli::run(cli));
    let is_success = |code: ExitCode| format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS);
    let code = code.map(is_success).map_err(|error| eprintln!("error: {error}"));
    std::process::exit(i32::from(code != Ok(true)));
}

/// A directory with files, and a node's store.
struct Site(tempfile::TempDir);

impl Site {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path(NODE).join("store")
    }

    /// Writes a file of samples; each record is its sequence, its position and the genotypes.
    fn write(&self, name: &str, samples: &[&str], records: &[(&str, u32, &[&str])]) {
        let mut text = format!("{HEADER}\t{}\n", samples.join("\t"));
        for (contig, position, genotypes) in records {
            text += &format!("{contig}\t{position}\t.\tA\tT\t.\tPASS\t.\tGT\t{}\n", genotypes.join("\t"));
        }
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs a command on the store; returns its exit status with what it printed, and what it complained of.
    fn run(&self, command: &str, options: &[&str], files: &[&str]) -> (i32, String, String) {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut arguments = vec!["fyr-node".to_owned(), command.to_owned()];
        arguments.extend(["--store".to_owned(), text(&self.store()), "--dataset".into(), "D".into()]);
        arguments.extend(options.iter().map(|option| (*option).to_owned()));
        arguments.extend(files.iter().map(|file| text(&self.path(file))));
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "samples::the_child_runs_a_command", "--nocapture"])
            .env(COMMAND, arguments.join("\n"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    fn ingest(&self, options: &[&str], files: &[&str]) -> (i32, String, String) {
        self.run("ingest", &[&["--quiet", "--assembly", "GRCh38"], options].concat(), files)
    }

    /// Loads files, and returns the report.
    fn load(&self, options: &[&str], files: &[&str]) -> Value {
        let (code, told, complaints) = self.ingest(&[&["--json"], options].concat(), files);
        assert_eq!(code, 0, "{complaints}");
        serde_json::from_str(&told[told.find('{').unwrap()..]).unwrap()
    }

    /// Asks a node for AC and AN of an allele.
    async fn counts(&self, allele: &str) -> (u64, u64) {
        let spec = NetworkSpec { nodes: vec![NodeSpec::open(NODE, Vec::new())], ..NetworkSpec::default() };
        let network = TestNetwork::start(self.0.path(), spec).await.unwrap();
        let key = AlleleKey::parse(allele).unwrap();
        let asked = question(Assembly::GRCH38, &key).unwrap();
        let client = network.nodes[0].grpc().await.unwrap();
        let answers = client.alleles(&[asked], &Ask::default().only("D")).await.unwrap();
        network.stop().await;
        let total = &answers[0].datasets[0].variants[0].frequencies[0];
        (total.allele_count, total.allele_number)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_loaded_corrected_and_taken_out() {
    let site = Site(tempfile::tempdir().unwrap());
    std::fs::create_dir(site.path(NODE)).unwrap();
    site.write("joint.vcf", &["S1", "S2"], &[("1", 10, &["1/1", "0/1"]), ("2", 10, &["0/1", "0/0"])]);
    site.write("S1.vcf", &["S1"], &[("1", 10, &["0/1"])]);
    site.load(&[], &["joint.vcf"]);
    assert_eq!(site.counts("1-10-A-T").await, (3, 4));

    let (code, _, complaints) = site.ingest(&[], &["S1.vcf"]);
    assert_eq!(code, 1);
    for part in ["dataset `D` has genotypes of sample `S1` on 1 already, from `joint.vcf`, since 20", "--add"]
    {
        assert!(complaints.contains(part), "{complaints}");
    }
    assert_eq!(site.counts("1-10-A-T").await, (3, 4), "nothing was changed");

    let report = site.load(&["--replace-sample"], &["S1.vcf"]);
    assert_eq!((&report["segment"]["replaced"], &report["segment"]["united"]), (&1.into(), &0.into()));
    assert_eq!(report["segment"]["lost"], serde_json::json!(["2"]));
    assert_eq!(site.counts("1-10-A-T").await, (2, 4));
    let (code, told, _) = site.ingest(&["--replace-sample"], &["S1.vcf"]);
    assert!(code == 0 && told.contains("samples replaced"), "{told}");
    assert_eq!(site.counts("1-10-A-T").await, (2, 4), "the same once more");

    site.write("panel.vcf", &["S1"], &[("1", 10, &["1/1"]), ("1", 20, &["0/1"])]);
    let (code, told, _) = site.ingest(&["--add"], &["panel.vcf"]);
    assert!(code == 0 && told.contains("samples united with what the dataset has of them"), "{told}");
    assert_eq!(site.counts("1-10-A-T").await, (3, 4), "what says most counts");

    let (code, _, complaints) = site.run("remove", &["--sample", "S1"], &[]);
    assert!(code == 1 && complaints.contains("say --yes"), "{complaints}");
    let (code, _, complaints) = site.run("remove", &["--sample", "S1", "--sample", "S9", "--yes"], &[]);
    assert!(code == 1 && complaints.contains("no genotypes of a sample `S9`"), "{complaints}");
    assert_eq!(site.counts("1-10-A-T").await, (3, 4), "nothing was removed");
    let (code, told, complaints) = site.run("remove", &["--sample", "S1", "--yes"], &[]);
    assert!(
        code == 0 && told.contains("removed the genotypes of S1; 0 segments written again, 2 dropped"),
        "{complaints}"
    );
    assert_eq!(site.counts("1-10-A-T").await, (1, 2));
    site.load(&[], &["S1.vcf"]);
    assert_eq!(site.counts("1-10-A-T").await, (2, 4), "files that went can come again");

    for wrong in
        [&["--replace-sample", "--add"][..], &["--replace", "--add"], &["--replace", "--replace-sample"]]
    {
        assert_eq!(site.ingest(wrong, &["S1.vcf"]).0, 2, "{wrong:?}");
    }
    assert_eq!(site.run("remove", &["--yes"], &[]).0, 2);
}
