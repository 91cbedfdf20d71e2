//! One allele over gRPC with credentials, and with an audit log that is synced before each answer.

use std::{
    fs::File,
    io::Write,
    time::{Duration, Instant},
};

use super::alternate::{alternate, ask};
use crate::{
    data::lookups::Lookups,
    door::{Door, Expected},
    measure::Durations,
    placement::Placement,
    questions::{self, Question},
    services::{NodeOptions, TOKEN},
    session::Session,
    table::{Quantity, Row, Target},
};

/// Most that policy and audit may cost, as a multiple of the echo.
const AS_SHIPPED: f64 = 2.0;
/// Most that a strict audit may cost, as a multiple of an echo and one fdatasync.
const STRICT: f64 = 1.5;
/// What is written before an fdatasync: about as much as a record of the audit log.
const RECORD: [u8; 300] = [b'.'; 300];

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Lookups::get(session).await?;
    let questions = questions::draw(&data, 0..data.genome.rows(), session.size.questions, 3)?;
    session.placement = Placement::apart();
    as_shipped(session, &data, &questions).await?;
    let few = questions.len() / 10;
    strict(session, &data, questions.get(..few).unwrap_or_default()).await
}

async fn as_shipped(session: &mut Session, data: &Lookups, questions: &[Question]) -> anyhow::Result<()> {
    let (echo, node) =
        (session.start_echo(None)?, session.start_node(&NodeOptions::new("audit", &data.store))?);
    let open = Door::open(&node, Expected::Truth).await?;
    let known = open.clone().with_token(TOKEN)?;
    let mut doors = [Door::open(&echo, Expected::Anything).await?, open, known];
    let latencies = alternate(&mut doors, questions).await?;
    let [echo, open, known] = latencies.as_slice() else { return Ok(()) };
    let mut rows = open.beside(echo, "policy and audit as shipped, public", AS_SHIPPED, None);
    rows.extend(known.beside(echo, "policy and audit as shipped, token", AS_SHIPPED, None));
    rows.into_iter().for_each(|row| session.add(row));
    Ok(())
}

/// Echo, fdatasync and node take turns on one disk.
async fn strict(session: &mut Session, data: &Lookups, questions: &[Question]) -> anyhow::Result<()> {
    let options = NodeOptions { audit: "strict", ..NodeOptions::new("strict", &data.store) };
    let (echo, node) = (session.start_echo(None)?, session.start_node(&options)?);
    let mut echo_door = Door::open(&echo, Expected::Anything).await?;
    let mut node_door = Door::open(&node, Expected::Truth).await?;
    let mut file = File::create(session.fresh("fdatasync")?.join("log"))?;
    let (mut echoed, mut synced, mut answered) =
        (Durations::default(), Durations::default(), Durations::default());
    for question in questions {
        echoed.push(ask(&mut echo_door, question).await?);
        synced.push(sync(&mut file)?);
        answered.push(ask(&mut node_door, question).await?);
    }
    session.add(Row::new(
        "strict audit, p50",
        Quantity::Seconds(answered.median()),
        ("gRPC echo + fdatasync", Quantity::Seconds(echoed.plus(&synced).median())),
        Target::AtMost(STRICT),
    ));
    Ok(())
}

fn sync(file: &mut File) -> anyhow::Result<Duration> {
    let started = Instant::now();
    file.write_all(&RECORD)?;
    file.sync_data()?;
    Ok(started.elapsed())
}
