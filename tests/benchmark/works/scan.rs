//! All rare alleles of a frequency dataset, beside DuckDB over the same Parquet files.

use std::time::{Duration, Instant};

use anyhow::ensure;
use fyr_proto::v1;
use fyr_schemas::{
    Clause, Condition, EntryType, Filter, Filters, FrequencyBound, Granularity, Operator, Query,
};
use serde_json::json;

use crate::{
    data::frequencies::Frequencies,
    door::{Door, Expected},
    measure::Durations,
    python::Peer,
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Alleles rarer than one in so many are counted: AF < 0.001.
const ONE_IN: u64 = 1000;
const FREQUENCY: &str = "0.001";
/// Rounds for each of the session's: a scan is short.
const TURNS: usize = 4;

const DUCKDB: &str = include_str!("../peers/duckdb_scan.py");

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Frequencies::get(session).await?;
    let truth = data.rarer_than_one_in(ONE_IN);
    let node = session.start_node(&NodeOptions::new("scan", &data.store))?;
    let mut door = Door::open(&node, Expected::Truth).await?;
    let directory = data.store.join("frequencies");
    let peer = session.python.as_ref().map(|python| python.start(DUCKDB, &[&directory]));
    let mut peer = peer.transpose()?;
    let (mut ours, mut its) = (Durations::default(), Durations::default());
    for _ in 0..TURNS * session.size.rounds {
        ours.push(count(&mut door, truth).await?);
        if let Some(peer) = &mut peer {
            its.push(count_in(peer, truth)?);
        }
    }
    let millions = session.size.frequency_rows as f64 / 1e6;
    let what = format!("alleles with AF < {FREQUENCY} of {millions:.1} M");
    let (ours, other) = (Quantity::Seconds(ours.median()), Quantity::Seconds(its.median()));
    session.add(match peer {
        Some(_) => Row::new(what, ours, ("DuckDB, 2 threads", other), Target::AtMost(1.0)),
        None => Row::not_available(what, "DuckDB"),
    });
    Ok(())
}

/// Asks a node.
async fn count(door: &mut Door, truth: u64) -> anyhow::Result<Duration> {
    let request = v1::Question::from(&question()?);
    let started = Instant::now();
    let answer = door.ask(request).await?;
    let elapsed = started.elapsed();
    let count = answer.datasets.first().and_then(|dataset| dataset.result_count);
    ensure!(count == Some(truth), "scan: {count:?} instead of {truth}");
    Ok(elapsed)
}

/// How many alleles of all datasets are rare?
fn question() -> anyhow::Result<Query> {
    let condition = Condition::Value {
        field: "alleleFrequency".to_owned(),
        operator: Operator::Less,
        value: FREQUENCY.to_owned(),
    };
    let filter = Filter { scope: None, excluded: false, any_of: vec![condition] };
    let filters = Filters::new(vec![Clause(vec![filter])])?;
    let (_, frequencies) = FrequencyBound::split(filters, EntryType::GenomicVariant)?;
    let granularity = Granularity::Count;
    Ok(Query { frequencies, granularity, ..Query::entries(EntryType::GenomicVariant) })
}

/// Asks DuckDB.
fn count_in(peer: &mut Peer, truth: u64) -> anyhow::Result<Duration> {
    let reply = peer.ask(&json!({ "one_in": ONE_IN }))?;
    ensure!(reply.answer == json!(truth), "DuckDB counts {} instead of {truth}", reply.answer);
    Ok(reply.elapsed())
}
