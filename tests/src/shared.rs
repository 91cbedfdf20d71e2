//! Real data that tests may use where they are present: the directory that `FYR_SHARED` names.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use anyhow::{Context, bail};

use crate::{AlleleCounts, AlleleKey, naive::read_text};

/// The directory of real data, if the environment names one.
#[derive(Clone, Debug)]
pub struct Shared(PathBuf);

/// One row of a truth table: an allele in normal form, and its counts per group.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthRow {
    /// The allele in normal form.
    pub key: AlleleKey,
    /// Counts per group label (`Total`, `FIN`, `F`, `FIN_F`).
    pub groups: BTreeMap<String, AlleleCounts>,
}

impl Shared {
    /// Finds the directory, or says that the test which needs it is not run.
    pub fn find(test: &str) -> Option<Self> {
        let directory = std::env::var_os("FYR_SHARED");
        if directory.is_none() {
            not_run(test, "FYR_SHARED");
        }
        Some(Self(PathBuf::from(directory?)))
    }

    /// Returns the path of a file or directory in it.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }

    /// Reads the truth table of a file of `data/vcf/1000g`, named without its extensions.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub fn truth(&self, name: &str) -> anyhow::Result<Vec<TruthRow>> {
        let text = read_text(&self.path(&format!("data/truth/{name}.truth.tsv.gz")))?;
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let header: Vec<&str> = lines.next().context("the table is empty")?.split('\t').collect();
        let labels: Vec<Option<String>> = header.iter().map(|column| label(column)).collect();
        lines.map(|line| row(line, &labels).with_context(|| format!("{name}: {line:.60}"))).collect()
    }
}

/// Says that a test is not run for want of data: to the terminal itself, past what catches the output of
/// tests that pass.
pub fn not_run(test: &str, variable: &str) {
    // If the terminal is gone, nobody is there to be told.
    let _ = writeln!(std::io::stderr().lock(), "NOT RUN: {test}, since {variable} is not set");
}

/// From the column names of the truth tables to the labels of answers.
fn label(column: &str) -> Option<String> {
    if column == "ALL" {
        return Some("Total".to_owned());
    }
    // People of unknown sex or population are in no such group.
    if column.ends_with(":U") || column.ends_with(":UNK") {
        return None;
    }
    match column.split_once('/') {
        Some((population, sex)) => {
            Some(format!("{}_{}", population.strip_prefix("pop:")?, sex.strip_prefix("sex:")?))
        }
        None => {
            let (kind, label) = column.split_once(':')?;
            ["sex", "super", "pop"].contains(&kind).then(|| label.to_owned())
        }
    }
}

fn row(line: &str, labels: &[Option<String>]) -> anyhow::Result<TruthRow> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [contig, _, _, _, _, _, _, position, reference, alternate, ..] = cells.as_slice() else {
        bail!("too few columns");
    };
    let contig = contig.trim_start_matches("chr");
    let mut groups = BTreeMap::new();
    for (label, cell) in labels.iter().zip(&cells) {
        if let Some(label) = label {
            groups.insert(label.clone(), counts(cell)?);
        }
    }
    Ok(TruthRow { key: AlleleKey::new(contig, position.parse()?, reference, alternate), groups })
}

/// Reads `AC,AN,n_het,n_hom,n_hemi,n_half` with trailing zeros left out.
fn counts(cell: &str) -> anyhow::Result<AlleleCounts> {
    let mut numbers = cell.split(',').map(str::parse::<u64>);
    let mut next = || numbers.next().unwrap_or(Ok(0));
    Ok(AlleleCounts {
        allele_count: next()?,
        allele_number: next()?,
        heterozygous: next()?,
        homozygous: next()?,
        hemizygous: next()?,
        half: next()?,
    })
}
