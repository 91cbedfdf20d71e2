//! From the start of a node to its first right answer, and the memory that it takes.

use std::time::Instant;

use fyr_store::Store;

use super::alternate::{alternate, ask};
use crate::{
    data::lookups::Lookups,
    door::{Door, Expected},
    measure::median,
    process::Memory,
    questions,
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Most seconds to the first answer.
const SECONDS: f64 = 1.0;
/// Most memory of a node with all rows, in MB.
const MEGABYTES: f64 = 300.0;
/// Most memory of a node without data, in MB.
const IDLE_MEGABYTES: f64 = 64.0;

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Lookups::get(session).await?;
    let questions = questions::draw(&data, 0..data.genome.rows(), session.size.questions, 5)?;
    let (mut ready, mut answered) = (Vec::new(), Vec::new());
    for (_, question) in (0..session.size.rounds).zip(&questions) {
        let started = Instant::now();
        let node = session.start_node(&NodeOptions::new("start", &data.store))?;
        ask(&mut Door::open(&node, Expected::Truth).await?, question).await?;
        answered.push(started.elapsed().as_secs_f64());
        ready.push(node.ready_after.as_secs_f64());
    }
    let below = Target::Below(SECONDS);
    session.add(Row::alone("start to ready, s", Quantity::Seconds(median(ready)), below));
    session.add(Row::alone("start to first answer, s", Quantity::Seconds(median(answered)), below));
    let node = session.start_node(&NodeOptions::new("start", &data.store))?;
    memory(session, "after the start", node.memory(), MEGABYTES);
    alternate(&mut [Door::open(&node, Expected::Truth).await?], &questions).await?;
    memory(session, "after lookups", node.memory(), MEGABYTES);
    idle(session).await
}

async fn idle(session: &mut Session) -> anyhow::Result<()> {
    let store = session.fresh("empty-store")?;
    Store::open(&store).await?;
    let node = session.start_node(&NodeOptions::new("idle", &store))?;
    memory(session, "of an idle node", node.memory(), IDLE_MEGABYTES);
    Ok(())
}

/// The target is about what cannot be dropped. What is mapped from files is shown without one.
fn memory(session: &mut Session, when: &str, memory: Memory, limit: f64) {
    let (anonymous, resident) = (Quantity::Bytes(memory.anonymous), Quantity::Bytes(memory.resident));
    session.add(Row::alone(format!("memory {when}, RssAnon"), anonymous, Target::Below(limit)));
    session.add(Row::alone(format!("memory {when}, with mapped files"), resident, Target::None));
}
