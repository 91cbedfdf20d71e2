//! One allele over gRPC through a broker that asks three nodes.

use super::alternate::{Latencies, alternate};
use crate::{
    data::lookups::Lookups,
    door::{Door, Expected},
    placement::Placement,
    questions,
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Most that the median may be, as a multiple of the echo's.
const P50: f64 = 3.5;
const WHAT: &str = "broker to three nodes";
const NODES: [&str; 3] = ["north", "middle", "south"];

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Lookups::get(session).await?;
    let questions = questions::draw(&data, 0..data.genome.rows(), session.size.questions / 2, 4)?;
    // The store of all three is the same one: the question costs what it would in stores of their own.
    let options = NODES.map(|name| NodeOptions::new(name, &data.store));
    let nodes: Vec<_> = options.iter().map(|node| session.start_node(node)).collect::<Result<_, _>>()?;
    let members: Vec<_> = options.iter().map(NodeOptions::id).zip(&nodes).collect();
    let broker = session.start_broker(&members)?;
    let (fan_out, _behind) = session.start_fan_out(NODES.len())?;
    // Four services need all processors; the echo is where it costs what it does in the other works.
    session.placement = Placement::apart();
    let echo = session.start_echo(None)?;
    let sum = Expected::Sum(NODES.len() as u64);
    let mut doors = [
        Door::open(&echo, Expected::Anything).await?,
        Door::open(&fan_out, Expected::Anything).await?,
        Door::open(&broker, sum).await?,
    ];
    let latencies = alternate(&mut doors, &questions).await?;
    let [echo, fan_out, broker] = latencies.as_slice() else { return Ok(()) };
    broker.beside(echo, WHAT, P50, None).into_iter().for_each(|row| session.add(row));
    let median = |latencies: &Latencies| Quantity::Seconds(latencies.hits.quantile(0.5));
    let peer = ("bare fan-out to three gRPC echoes", median(fan_out));
    session.add(Row::new(format!("{WHAT}, p50"), median(broker), peer, Target::None));
    Ok(())
}
