//! What is measured: one file a work.

pub(crate) mod alternate;
mod audit;
mod broker;
mod ingest;
mod lookup;
mod peers;
mod region;
mod scan;
mod start;
mod throughput;

use crate::{arguments::Work, placement::Placement, session::Session};

/// Runs a work and adds its rows to the table.
///
/// # Errors
///
/// Something does not run, or an answer is wrong.
pub(crate) async fn run(work: Work, session: &mut Session) -> anyhow::Result<()> {
    let outcome = match work {
        Work::Lookup => lookup::run(session).await,
        Work::Throughput => throughput::run(session).await,
        Work::Audit => audit::run(session).await,
        Work::Broker => broker::run(session).await,
        Work::Start => start::run(session).await,
        Work::Peers => peers::run(session).await,
        Work::Ingest => ingest::run(session).await,
        Work::Region => region::run(session).await,
        Work::Scan => scan::run(session).await,
    };
    session.placement = Placement::default();
    outcome
}
