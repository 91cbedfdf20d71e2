//! One allele over gRPC, asked by many clients at once: requests per second beside a bare echo; and a whole VCF's alleles
//! in one stream.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::future::try_join_all;

use super::lookup::answer;
use crate::{
    data::lookups::Lookups,
    door::{Door, Expected},
    measure::median,
    questions::{self, Question},
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};

/// Clients that ask at one time, over one connection.
const CLIENTS: usize = 32;
/// Least share of the echo's rate.
const SHARE: f64 = 0.5;

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let data = Lookups::get(session).await?;
    let questions = questions::draw(&data, 0..data.genome.rows(), session.size.questions, 2)?;
    let (echo, node) =
        (session.start_echo(None)?, session.start_node(&NodeOptions::new("throughput", &data.store))?);
    let mut door = Door::open(&node, Expected::Truth).await?;
    let full = session.start_full_echo(&answer(&mut door, &questions).await?, None)?;
    let doors =
        [Door::open(&echo, Expected::Anything).await?, Door::open(&full, Expected::Anything).await?, door];
    let length = Duration::from_secs_f64(session.size.round_seconds);
    let [mut echoed, mut filled, mut answered] = [const { Vec::new() }; 3];
    for _ in 0..session.size.rounds {
        for (door, rates) in doors.iter().zip([&mut echoed, &mut filled, &mut answered]) {
            rates.push(round(door, &questions, length).await?);
        }
    }
    let (what, rate) = (format!("lookup by {CLIENTS} clients"), Quantity::Rate(median(answered)));
    let empty = ("gRPC echo", Quantity::Rate(median(echoed)));
    session.add(Row::new(what.clone(), rate, empty, Target::AtLeast(SHARE)));
    let full = ("gRPC echo of as many bytes", Quantity::Rate(median(filled)));
    session.add(Row::new(what, rate, full, Target::None));
    let [.., node] = &doors;
    let mut streamed = Vec::new();
    for _ in 0..session.size.rounds {
        streamed.push(stream(node, &questions).await?);
    }
    let rate = Quantity::Rate(median(streamed));
    session.add(Row::alone("lookups in one stream", rate, Target::None));
    Ok(())
}

/// Puts all questions in one stream and returns the answers per second.
async fn stream(door: &Door, questions: &[Question]) -> anyhow::Result<f64> {
    let started = Instant::now();
    let requests = questions.iter().map(|question| question.request.clone());
    let answers = door.clone().ask_many(requests).await?;
    let elapsed = started.elapsed();
    ensure!(answers.len() == questions.len(), "{} answers to {} questions", answers.len(), questions.len());
    for (place, answer) in &answers {
        door.check(questions.get(*place).context("an answer to no question")?, answer)?;
    }
    Ok(answers.len() as f64 / elapsed.as_secs_f64())
}

/// Asks for a while and returns the requests per second. The answers are checked after that: the client has
/// one of the processors that are measured.
async fn round(door: &Door, questions: &[Question], length: Duration) -> anyhow::Result<f64> {
    let started = Instant::now();
    let share = questions.len().div_ceil(CLIENTS).max(1);
    let clients = questions.chunks(share).map(async |questions| {
        let mut door = door.clone();
        let mut answers = Vec::new();
        for question in questions.iter().cycle() {
            answers.push((question, door.ask(question.request.clone()).await?));
            if started.elapsed() >= length {
                break;
            }
        }
        anyhow::Ok(answers)
    });
    let answers = try_join_all(clients).await?;
    let elapsed = started.elapsed();
    let answers: Vec<_> = answers.into_iter().flatten().collect();
    answers.iter().try_for_each(|(question, answer)| door.check(question, answer))?;
    Ok(answers.len() as f64 / elapsed.as_secs_f64())
}
