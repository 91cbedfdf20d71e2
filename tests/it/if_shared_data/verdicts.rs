//! Every file of the tricky suite is accepted or refused as the table in `node/ingest/docs` says.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use anyhow::Context;
use fyr_ingest::{IngestError, IngestOptions, Progress, check};
use fyr_schemas::Assembly;
use fyr_tests::shared::Shared;
use serde::Deserialize;

/// Rewrites the table instead of comparing it, when set.
const WRITE: &str = "FYR_WRITE_VERDICTS";

#[derive(Deserialize)]
struct Differences {
    difference: Vec<Difference>,
}

#[derive(Deserialize)]
struct Difference {
    fyr: String,
    why: String,
    files: Vec<String>,
}

/// What a suite expects of a file: `accepted`, `refused`, or `either`.
fn expectations(shared: &Shared) -> anyhow::Result<BTreeMap<String, &'static str>> {
    let mut expected = BTreeMap::new();
    for (table, column) in [("VERDICTS.tsv", 2), ("malformed/derived/EXPECTED.tsv", 1)] {
        let text = std::fs::read_to_string(shared.path(&format!("data/tricky/{table}")))?;
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let file = cells[0].strip_prefix("tricky/").context("a path in tricky/")?;
            let verdict = match cells[column] {
                "reject or clean" | "reject or sort" => "either",
                word if word.starts_with("valid")
                    || word.starts_with("passed")
                    || word.starts_with("accept") =>
                {
                    "accepted"
                }
                _ => "refused",
            };
            expected.insert(file.to_owned(), verdict);
        }
    }
    Ok(expected)
}

fn differences() -> anyhow::Result<BTreeMap<String, (String, String)>> {
    let Differences { difference } = toml::from_str(&std::fs::read_to_string(document("toml"))?)?;
    let files = difference.into_iter().flat_map(|Difference { fyr, why, files }| {
        files.into_iter().map(move |file| (file, (fyr.clone(), why.clone())))
    });
    Ok(files.collect())
}

fn document(extension: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../node/ingest/docs/vcf-verdicts.{extension}"))
}

/// The suites do not say of which assembly a file is: it is well-formed if it is so as of one of them.
async fn judge(path: PathBuf) -> Result<(), IngestError> {
    let of = |assembly| IngestOptions::new("unused", "tricky", assembly, vec![path.clone()]);
    let first = check(of(Assembly::GRCH37), Progress::default()).await.map(|_| ());
    match check(of(Assembly::GRCH38), Progress::default()).await {
        Ok(_) => Ok(()),
        Err(_) => first,
    }
}

#[tokio::test]
async fn tricky_files_are_judged_as_documented() -> anyhow::Result<()> {
    let Some(shared) = Shared::find("verdicts") else { return Ok(()) };
    let differences = differences()?;
    let mut rows = Vec::new();
    let mut surprises = Vec::new();
    for (file, expected) in expectations(&shared)? {
        let result = judge(shared.path(&format!("data/tricky/{file}"))).await;
        let fyr = if result.is_ok() { "accepted" } else { "refused" };
        let documented = differences.get(&file);
        let agrees = match documented {
            Some((verdict, _)) => verdict == fyr && expected != fyr,
            None => expected == fyr || expected == "either",
        };
        if !agrees {
            surprises.push(format!("{file}: expected {expected}, documented {documented:?}, got {result:?}"));
        }
        let why = documented.map(|(_, why)| why.as_str()).unwrap_or_default();
        rows.push(format!("| `{file}` | {expected} | {fyr} | {why} |"));
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    compare(&table(&rows)?)
}

fn table(rows: &[String]) -> anyhow::Result<String> {
    let mut table = String::from(
        "# Which VCF files are refused\n\n\
         Made by the test `verdicts` from `vcf-verdicts.toml`; set `FYR_WRITE_VERDICTS=1` to make it anew.\n\
         The files are those of the suites that the test data name. *Accepted* means well-formed: a file \
         without samples needs AC and AN besides, to be ingested.\n\n\
         | file | suite expects | Fyr | why Fyr differs |\n|---|---|---|---|\n",
    );
    for row in rows {
        writeln!(table, "{row}")?;
    }
    Ok(table)
}

fn compare(table: &str) -> anyhow::Result<()> {
    let path = document("md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, table)?;
    }
    let written = std::fs::read_to_string(&path).context("node/ingest/docs/vcf-verdicts.md")?;
    assert_eq!(written, table, "vcf-verdicts.md is out of date: run this test with {WRITE}=1");
    Ok(())
}
