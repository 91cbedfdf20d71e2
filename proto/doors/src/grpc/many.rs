//! `AskMany`: the questions of a stream, answered in batches of those that have arrived.
//!
//! Decides what is a batch. None waits for more questions: one that comes alone is answered alone.

use std::{iter::zip, sync::Arc};

use futures::{Stream, StreamExt, channel::mpsc, stream, stream::BoxStream};
use fyr_proto::{status, v1};
use fyr_schemas::{ErrorCode, InvalidQuery, Query};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::Instant,
};
use tonic::{Status, Streaming};

use super::reading::{Reading, wait};
use crate::{Credentials, Failure, Service, credentials};

/// Questions of one stream that are evaluated at one time.
const IN_FLIGHT: usize = 64;
/// Most questions of a batch. Each batch is a task, so that the questions of one client use several processors.
const BATCH: usize = 16;

pub(super) type Answers = BoxStream<'static, Result<v1::AskManyResponse, Status>>;

/// Answers the questions of a stream, in any order.
pub(super) fn answers<S: Service>(
    door: Arc<Reading<S>>,
    credentials: Arc<Credentials>,
    questions: Streaming<v1::AskManyRequest>,
) -> Answers {
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let placed = move |batch: Result<Vec<v1::AskManyRequest>, Status>| {
        let places = Arc::clone(&places);
        async move {
            let batch = batch?;
            let most = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            let place = places.acquire_many_owned(most).await;
            Ok((batch, place.map_err(|_| Status::unavailable(ErrorCode::Unavailable.text()))?))
        }
    };
    let answered = move |batch| match batch {
        Ok((batch, place)) => answered(&door, &credentials, batch, place).map(Ok).boxed(),
        Err(status) => stream::iter([Err(status)]).boxed(),
    };
    let batches = questions.ready_chunks(BATCH).flat_map(|arrived| stream::iter(batches(arrived)));
    batches.then(placed).flat_map_unordered(None, answered).boxed()
}

/// Divides what has arrived, in its order, into batches of questions that wait equally long.
fn batches(arrived: Vec<Result<v1::AskManyRequest, Status>>) -> Vec<Result<Vec<v1::AskManyRequest>, Status>> {
    let patience = |asked: &v1::AskManyRequest| asked.question.as_ref().and_then(wait);
    let mut batches: Vec<Result<Vec<v1::AskManyRequest>, Status>> = Vec::new();
    for next in arrived {
        match (batches.last_mut(), next) {
            (Some(Ok(batch)), Ok(next)) if batch.first().map(patience) == Some(patience(&next)) => {
                batch.push(next)
            }
            (_, next) => batches.push(next.map(|next| vec![next])),
        }
    }
    batches
}

/// Answers a batch in a task of its own, which ends with the stream, as when the client goes.
fn answered<S: Service>(
    door: &Arc<Reading<S>>,
    credentials: &Arc<Credentials>,
    batch: Vec<v1::AskManyRequest>,
    mut place: OwnedSemaphorePermit,
) -> impl Stream<Item = v1::AskManyResponse> + Send + 'static {
    let mut waiting: Vec<_> = batch.iter().map(|asked| Some(asked.tag)).collect();
    let (tell, told) = mpsc::unbounded();
    let mut answering = JoinSet::new();
    answering.spawn(answer(Arc::clone(door), Arc::clone(credentials), batch, tell));
    let last = stream::iter(0..waiting.len()).map(|number| (number, None));
    told.map(|(number, outcome)| (number, Some(outcome))).chain(last).filter_map(move |(number, outcome)| {
        let _is_held = &answering;
        let tag = waiting.get_mut(number).and_then(Option::take);
        let response = tag.map(|tag| {
            drop(place.split(1));
            // What is not told when the task has ended was lost with it.
            response(tag, outcome.unwrap_or_else(|| Err(super::unanswered())))
        });
        std::future::ready(response)
    })
}

/// Answers a batch, and tells what becomes of each question by its number.
async fn answer<S: Service>(
    door: Arc<Reading<S>>,
    credentials: Arc<Credentials>,
    batch: Vec<v1::AskManyRequest>,
    tell: mpsc::UnboundedSender<(usize, Result<v1::Answer, Failure>)>,
) {
    let patience = batch.first().and_then(|first| first.question.as_ref().and_then(wait));
    let until = patience.and_then(|patience| Instant::now().checked_add(patience));
    let questions = batch.len();
    let work = stream::once(read(&door, &credentials, batch)).flat_map(|(asked, refused)| {
        let (numbers, batch): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        let answers = door.service.answer_all(batch, until);
        let answers = answers.filter_map(move |(at, outcome)| {
            let outcome = outcome.map(|answer| S::open(answer).into());
            std::future::ready(numbers.get(at).map(|number| (*number, outcome)))
        });
        stream::iter(refused).chain(answers)
    });
    let send = |number, outcome| drop(tell.unbounded_send((number, outcome)));
    door.gate.queue("AskMany", (questions, until), work, send).await;
}

/// Questions that can be asked, each with its number and what was shown for it.
type Read = Vec<(usize, (Credentials, Query))>;
/// Why others cannot.
type Refused = Vec<(usize, Result<v1::Answer, Failure>)>;

/// Reads the questions of a batch.
async fn read<S: Service>(
    door: &Reading<S>,
    credentials: &Credentials,
    batch: Vec<v1::AskManyRequest>,
) -> (Read, Refused) {
    let (mut asked, mut refused) = (Vec::new(), Vec::new());
    for (number, question) in zip(0.., batch) {
        match one(door, credentials, question).await {
            Ok(question) => asked.push((number, question)),
            Err(failure) => refused.push((number, Err(failure))),
        }
    }
    (asked, refused)
}

/// Reads one question. It has a proof of its own.
async fn one<S: Service>(
    door: &Reading<S>,
    credentials: &Credentials,
    request: v1::AskManyRequest,
) -> Result<(Credentials, Query), Failure> {
    let query = request.question.ok_or(InvalidQuery::Missing("question"));
    let shown = credentials::with_proof(credentials, request.proof).and_then(credentials::complete);
    let credentials = door.heard(shown).await?;
    let query = door.question(&credentials, query.and_then(TryInto::try_into)).await?;
    Ok((credentials, query))
}

fn response(tag: u64, outcome: Result<v1::Answer, Failure>) -> v1::AskManyResponse {
    let outcome = match outcome {
        Ok(answer) => v1::ask_many_response::Outcome::Answer(answer),
        Err(Failure { code, message, .. }) => {
            v1::ask_many_response::Outcome::Failure(v1::Failure { code: code.name().to_owned(), message })
        }
    };
    v1::AskManyResponse { tag, outcome: Some(outcome) }
}

/// Ends a stream with a status when the client's own deadline passes.
pub(super) fn until(deadline: Option<Instant>, answers: Answers) -> Answers {
    let Some(deadline) = deadline else { return answers };
    let late = Err(status(ErrorCode::Timeout, ErrorCode::Timeout.text()));
    let timer = stream::once(async move {
        tokio::time::sleep_until(deadline).await;
        late
    });
    let answers = answers.map(Some).chain(stream::iter([None]));
    stream::select(answers, timer.map(Some))
        .scan(false, |late, item| {
            let item = if *late { None } else { item };
            *late |= matches!(item, Some(Err(_)));
            std::future::ready(item)
        })
        .boxed()
}
