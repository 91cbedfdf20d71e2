//! What all works share: where things are, how large the run is, what was measured so far.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use fyr_tests::network::Certificates;

use crate::{arguments::Arguments, placement::Placement, python::Python, table::Row};

/// Alleles of the large dataset.
const ROWS: u64 = 95_000_000;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Alleles of the large dataset.
    pub(crate) rows: u64,
    /// Alleles of the frequency dataset.
    pub(crate) frequency_rows: u64,
    /// People.
    pub(crate) people: usize,
    /// Alleles of the cohort that is loaded from VCF.
    pub(crate) cohort_rows: u64,
    /// Questions for which latency is measured.
    pub(crate) questions: usize,
    /// Questions that are put to peers which need milliseconds for each.
    pub(crate) slow_questions: usize,
    /// Rounds of what is measured in turns.
    pub(crate) rounds: usize,
    /// Seconds of a round of requests.
    pub(crate) round_seconds: f64,
}

impl Size {
    const FULL: Self = Self {
        rows: ROWS,
        frequency_rows: 10_000_000,
        people: 2504,
        cohort_rows: 35_000,
        questions: 20_000,
        slow_questions: 200,
        rounds: 5,
        round_seconds: 3.0,
    };
    const QUICK: Self = Self {
        rows: 200_000,
        frequency_rows: 100_000,
        people: 2504,
        cohort_rows: 2_000,
        questions: 1_000,
        slow_questions: 10,
        rounds: 2,
        round_seconds: 0.5,
    };
}

/// One run of the benchmark.
#[derive(Debug)]
pub(crate) struct Session {
    /// How much is measured.
    pub(crate) size: Size,
    /// `fyr-node`.
    pub(crate) node: PathBuf,
    /// `fyr-broker`.
    pub(crate) broker: PathBuf,
    /// Peers that are Python packages; none where they cannot be installed.
    pub(crate) python: Option<Python>,
    /// Where services run that are started from now on.
    pub(crate) placement: Placement,
    /// What was measured so far.
    pub(crate) rows: Vec<Row>,
    directory: PathBuf,
}

impl Session {
    /// Prepares a run: directory, programs, peers.
    ///
    /// # Errors
    ///
    /// The directory cannot be made, or the programs are not built.
    pub(crate) fn start(arguments: &Arguments) -> anyhow::Result<Self> {
        let size = if arguments.quick { Size::QUICK } else { Size::FULL };
        std::fs::create_dir_all(&arguments.directory)?;
        let directory = std::fs::canonicalize(&arguments.directory)?;
        let python = Python::install(&directory.join("python"));
        Ok(Self {
            size: Size { rows: arguments.rows.unwrap_or(size.rows), ..size },
            node: program("fyr-node")?,
            broker: program("fyr-broker")?,
            python: python.inspect_err(|error| crate::say(&format!("no Python peers: {error:#}"))).ok(),
            placement: Placement::default(),
            rows: Vec::new(),
            directory,
        })
    }

    /// Adds a row to the table.
    pub(crate) fn add(&mut self, row: Row) {
        crate::say(&row.to_string());
        self.rows.push(row);
    }

    /// Makes a directory of a run's own, empty.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(crate) fn fresh(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.directory.join("run").join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Makes certificates for services on loopback.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub(crate) fn certificates(&self) -> anyhow::Result<PathBuf> {
        let path = self.directory.join("certificates");
        Certificates::create(&path)?;
        Ok(path)
    }

    /// Returns a directory with generated data. What was made with the same parameters is used again.
    ///
    /// # Errors
    ///
    /// The data cannot be made.
    pub(crate) async fn data(
        &self,
        name: &str,
        parameters: &str,
        make: impl AsyncFnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<PathBuf> {
        let path = self.directory.join("data").join(name);
        let complete = path.join("parameters");
        if std::fs::read_to_string(&complete).is_ok_and(|made_with| made_with == parameters) {
            return Ok(path);
        }
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        make(&path).await.with_context(|| format!("generating `{name}`"))?;
        std::fs::write(complete, parameters)?;
        Ok(path)
    }
}

/// Finds a program beside the benchmark, and refuses one that is older than its sources.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    let hint = "run `cargo build --release --bin fyr-node --bin fyr-broker`";
    ensure!(path.exists(), "`{}` is missing: {hint}", path.display());
    let built = path.metadata()?.modified()?;
    // Cargo lists the sources of a program beside it.
    let sources = std::fs::read_to_string(path.with_extension("d")).unwrap_or_default();
    for source in sources.split_whitespace().skip(1) {
        let changed = std::fs::metadata(source).and_then(|source| source.modified());
        ensure!(changed.is_ok_and(|changed| changed <= built), "`{name}` is older than `{source}`: {hint}");
    }
    Ok(path)
}
