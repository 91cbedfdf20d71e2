//! One allele in DuckDB, over the same Parquet files, and in SQLite, over the same rows.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::ensure;
use serde_json::{Value, json};

use super::alternate::ask;
use crate::{
    data::lookups::Lookups,
    door::{Door, Expected},
    in_process::InProcess,
    measure::{Durations, TURN},
    python::{Peer, Python},
    questions::{self, Question},
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Least that Fyr must be faster than DuckDB.
const FASTER: f64 = 100.0;
/// Rows that are loaded into SQLite: all would take it too long.
const SQLITE_ROWS: u64 = 10_000_000;
/// Version of the tables in SQLite.
const VERSION: u32 = 3;

const DUCKDB: &str =
    concat!(include_str!("../peers/packed_carriers.py"), include_str!("../peers/duckdb_lookup.py"));
const SQLITE: &str =
    concat!(include_str!("../peers/packed_carriers.py"), include_str!("../peers/sqlite_lookup.py"));
const SQLITE_BUILD: &str = include_str!("../peers/sqlite_build.py");

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let Some(python) = session.python.clone() else {
        session.add(Row::not_available("lookup", "DuckDB, SQLite"));
        return Ok(());
    };
    let data = Lookups::get(session).await?;
    // Before anybody is connected: while it loads, nobody would tell the node that the connection still stands.
    let (rows, contigs) = last_rows(&data);
    let database = load(session, &data, &python, &contigs).await?;
    let node = session.start_node(&NodeOptions::new("peers", &data.store))?;
    let served = Fyr::Served(Box::new(Door::open(&node, Expected::Truth).await?));
    let options = NodeOptions::new("peers-in-process", &data.store);
    let in_process = Fyr::InProcess(InProcess::open(session, &options).await?);
    let variants = data.store.join("variants");
    let mut bench = Bench { session, data: &data };
    for (how, name) in [("file", "DuckDB, file of the contig"), ("table", "DuckDB, whole table")] {
        for fyr in [&served, &in_process] {
            let peer = python.start(DUCKDB, &[&variants, Path::new(how)])?;
            let rows = 0..data.genome.rows();
            bench.measure(fyr, name, peer, rows, Target::TimesFaster(FASTER)).await?;
        }
    }
    let name = format!("SQLite, {:.2} M rows", (rows.end - rows.start) as f64 / 1e6);
    for fyr in [&served, &in_process] {
        let peer = python.start(SQLITE, &[&database])?;
        bench.measure(fyr, &name, peer, rows.clone(), Target::None).await?;
    }
    Ok(())
}

/// How Fyr is asked: as it is used, and as the peers are, without a network.
enum Fyr {
    Served(Box<Door>),
    InProcess(InProcess),
}

impl Fyr {
    fn work(&self) -> &'static str {
        match self {
            Self::Served(_) => "lookup over gRPC",
            Self::InProcess(_) => "lookup in process",
        }
    }

    async fn ask(&self, question: &Question) -> anyhow::Result<Duration> {
        match self {
            Self::Served(door) => ask(&mut door.as_ref().clone(), question).await,
            Self::InProcess(node) => node.ask(question).await,
        }
    }
}

struct Bench<'a> {
    session: &'a mut Session,
    data: &'a Lookups,
}

impl Bench<'_> {
    /// Fyr and a peer take turns.
    async fn measure(
        &mut self,
        fyr: &Fyr,
        name: &str,
        mut peer: Peer,
        rows: Range<u64>,
        target: Target,
    ) -> anyhow::Result<()> {
        let questions = questions::draw(self.data, rows, self.session.size.slow_questions, 6)?;
        let (mut ours, mut its) = (Durations::default(), Durations::default());
        for questions in questions.chunks(TURN) {
            for question in questions {
                ours.push(fyr.ask(question).await?);
            }
            for question in questions {
                let reply = peer.ask(&written(question))?;
                check(question, &reply.answer, self.data.drawer.people().len() as u64)?;
                its.push(reply.elapsed());
            }
        }
        let other = (name, Quantity::Seconds(its.median()));
        self.session.add(Row::new(
            format!("{}, p50", fyr.work()),
            Quantity::Seconds(ours.median()),
            other,
            target,
        ));
        Ok(())
    }
}

fn written(question: &Question) -> Value {
    let variant = &question.variant;
    json!({
        "contig": variant.contig.name(), "start": variant.interval.start(),
        "reference": variant.reference_bases, "alternate": variant.alternate_bases,
    })
}

/// The peers tell the sizes of the sets, of which the counts are made.
fn check(question: &Question, answer: &Value, people: u64) -> anyhow::Result<()> {
    let Some(truth) = question.total() else {
        ensure!(answer.is_null(), "{question}: a peer found {answer}");
        return Ok(());
    };
    let size = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
    let count = size("het") + 2 * size("hom") + size("hemi") + size("half");
    let number = 2 * (people - size("missing")) - size("haploid") - size("half") - size("partial");
    let told = (!answer.is_null(), count, number, size("hom"));
    let expected = (true, truth.allele_count, truth.allele_number, truth.homozygous);
    ensure!(told == expected, "{question}: a peer found {told:?} instead of {expected:?}");
    Ok(())
}

/// Returns the rows of the last contigs, as many as SQLite gets, and the contigs.
fn last_rows(data: &Lookups) -> (Range<u64>, Vec<String>) {
    let (all, mut first, mut contigs) = (data.genome.rows(), data.genome.rows(), Vec::new());
    for stretch in data.genome.stretches().iter().rev() {
        if all - first >= SQLITE_ROWS.min(all / 8) {
            break;
        }
        first = stretch.numbers().start;
        contigs.push(stretch.contig.name().to_owned());
    }
    (first..all, contigs)
}

async fn load(
    session: &Session,
    data: &Lookups,
    python: &Python,
    contigs: &[String],
) -> anyhow::Result<PathBuf> {
    let (contigs, rows) = (contigs.join(","), data.genome.rows());
    let parameters = format!("sqlite {VERSION}: contigs {contigs} of {rows} rows");
    let make = async |path: &Path| {
        let database = path.join("variants.db");
        let arguments = [&data.store.join("variants"), &database, Path::new(&contigs)];
        python.start(SQLITE_BUILD, &arguments)?.ask(&Value::Null)?;
        Ok(())
    };
    Ok(session.data(&format!("sqlite-{rows}"), &parameters, make).await?.join("variants.db"))
}
