//! All rare alleles of a frequency dataset, beside DuckDB over the same Parquet files.

use anyhow::ensure;
use serde_json::json;

use crate::{
    data::frequencies::Frequencies,
    measure::Durations,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Alleles rarer than one in so many are counted: AF < 0.001.
const ONE_IN: u64 = 1000;

const DUCKDB: &str = include_str!("../peers/duckdb_scan.py");

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Frequencies::get(session).await?;
    let what = format!("alleles with AF < 0.001 of {:.2} M", session.size.frequency_rows as f64 / 1e6);
    let Some(python) = session.python.clone() else {
        session.add(Row::not_available(what, "DuckDB"));
        return Ok(());
    };
    let truth = data.rarer_than_one_in(ONE_IN);
    let mut peer = python.start(DUCKDB, &[&data.store.join("frequencies")])?;
    let mut its = Durations::default();
    for _ in 0..=session.size.rounds {
        let reply = peer.ask(&json!({ "one_in": ONE_IN }))?;
        ensure!(reply.answer == json!(truth), "DuckDB counts {} instead of {truth}", reply.answer);
        its.push(reply.elapsed());
    }
    let other = Some(Quantity::Seconds(its.median()));
    let target = Target::AtMost(1.0);
    session.add(Row { what, fyr: None, peer: "DuckDB, 2 threads".to_owned(), other, target });
    Ok(())
}
