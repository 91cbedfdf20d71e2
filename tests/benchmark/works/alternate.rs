//! Services that take turns, question by question, so that all meet the same machine. None answers what
//! another has just looked up.

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::{
    door::Door,
    measure::Durations,
    questions::Question,
    table::{Quantity, Row, Target},
};

/// The first of so many questions are not measured.
const WARM_UP: usize = 10;

/// How long a service took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    /// For alleles that are there.
    pub(crate) hits: Durations,
    /// For alleles that nobody has.
    pub(crate) misses: Durations,
}

impl Latencies {
    fn push(&mut self, question: &Question, elapsed: Duration) {
        let durations = if question.truth.is_some() { &mut self.hits } else { &mut self.misses };
        durations.push(elapsed);
    }

    /// Compares the median, and the 99th percentile where it has a target, with those of an echo.
    pub(crate) fn beside(&self, echo: &Self, what: &str, p50: f64, p99: Option<f64>) -> Vec<Row> {
        let row = |share: f64, name: &str, limit: f64| {
            let (ours, its) = (self.hits.quantile(share), echo.hits.quantile(share));
            let peer = ("gRPC echo", Quantity::Seconds(its));
            Row::new(format!("{what}, {name}"), Quantity::Seconds(ours), peer, Target::AtMost(limit))
        };
        let mut rows = vec![row(0.5, "p50", p50)];
        rows.extend(p99.map(|limit| row(0.99, "p99", limit)));
        rows
    }
}

/// Puts each question to each service and holds every answer against the truth.
///
/// # Errors
///
/// A service refuses, or answers wrongly.
pub(crate) async fn alternate(doors: &mut [Door], questions: &[Question]) -> anyhow::Result<Vec<Latencies>> {
    let mut latencies = vec![Latencies::default(); doors.len()];
    let apart = questions.len() / doors.len().max(1);
    let warm_up = (0..questions.len() / WARM_UP).map(|turn| (turn, false));
    for (turn, counts) in warm_up.chain((0..questions.len()).map(|turn| (turn, true))) {
        for (place, (door, latencies)) in doors.iter_mut().zip(&mut latencies).enumerate() {
            let question = questions.get((turn + place * apart) % questions.len());
            let question = question.context("no question")?;
            let elapsed = ask(door, question).await?;
            if counts {
                latencies.push(question, elapsed);
            }
        }
    }
    Ok(latencies)
}

/// Puts one question and checks the answer; returns the time without the check.
///
/// # Errors
///
/// The service refuses, or answers wrongly.
pub(crate) async fn ask(door: &mut Door, question: &Question) -> anyhow::Result<Duration> {
    let request = question.request.clone();
    let started = Instant::now();
    let answer = door.ask(request).await?;
    let elapsed = started.elapsed();
    door.check(question, &answer)?;
    Ok(elapsed)
}
