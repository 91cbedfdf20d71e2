//! One allele over gRPC, asked by one client: latency beside a bare echo, in plain text and over TLS. One echo answers
//! nothing; another one always the same, of as many bytes as Fyr, so that what is left is Fyr's.

use anyhow::Context;
use fyr_proto::v1;

use super::alternate::alternate;
use crate::{
    data::lookups::Lookups,
    door::{Door, Expected},
    placement::Placement,
    questions::{self, Question},
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Most that the median may be, as a multiple of the echo's.
const P50: f64 = 1.5;
/// Most that the 99th percentile may be, as a multiple of the echo's.
const P99: f64 = 2.0;

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Lookups::get(session).await?;
    let questions = questions::draw(&data, 0..data.genome.rows(), session.size.questions, 1)?;
    session.placement = Placement::apart();
    plain(session, &data, &questions).await?;
    encrypted(session, &data, &questions).await
}

async fn plain(session: &mut Session, data: &Lookups, questions: &[Question]) -> anyhow::Result<()> {
    let (echo, node) =
        (session.start_echo(None)?, session.start_node(&NodeOptions::new("lookup", &data.store))?);
    let mut door = Door::open(&node, Expected::Truth).await?;
    let full = session.start_full_echo(&answer(&mut door, questions).await?, None)?;
    let mut doors =
        [Door::open(&echo, Expected::Anything).await?, Door::open(&full, Expected::Anything).await?, door];
    report(session, &mut doors, questions, "lookup").await
}

async fn encrypted(session: &mut Session, data: &Lookups, questions: &[Question]) -> anyhow::Result<()> {
    let certificates = session.certificates()?;
    let options = NodeOptions::new("lookup-tls", &data.store).with_tls(&certificates);
    let (echo, node) = (session.start_echo(Some(&certificates))?, session.start_node(&options)?);
    let mut door = Door::secure(&node, &certificates, Expected::Truth)?;
    let full = session.start_full_echo(&answer(&mut door, questions).await?, Some(&certificates))?;
    let mut doors = [
        Door::secure(&echo, &certificates, Expected::Anything)?,
        Door::secure(&full, &certificates, Expected::Anything)?,
        door,
    ];
    report(session, &mut doors, questions, "lookup over TLS").await
}

/// What Fyr answers to the first question for an allele that somebody has.
pub(super) async fn answer(door: &mut Door, questions: &[Question]) -> anyhow::Result<v1::Answer> {
    let hit = questions.iter().find(|question| question.truth.is_some()).context("nobody has any of them")?;
    door.ask(hit.request.clone()).await
}

async fn report(
    session: &mut Session,
    doors: &mut [Door],
    questions: &[Question],
    what: &str,
) -> anyhow::Result<()> {
    let latencies = alternate(doors, questions).await?;
    let [echo, full, node] = latencies.as_slice() else { return Ok(()) };
    node.beside(echo, what, P50, Some(P99)).into_iter().for_each(|row| session.add(row));
    let (ours, its) = (node.hits.median(), full.hits.median());
    let peer = ("gRPC echo of as many bytes", Quantity::Seconds(its));
    session.add(Row::new(format!("{what}, p50"), Quantity::Seconds(ours), peer, Target::None));
    let (ours, its) = (node.misses.median(), echo.misses.median());
    let peer = ("gRPC echo", Quantity::Seconds(its));
    session.add(Row::new(format!("{what}, misses, p50"), Quantity::Seconds(ours), peer, Target::None));
    Ok(())
}
