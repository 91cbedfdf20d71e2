//! What was acknowledged survives the death of the process that did it.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::{ACTOR, DATASET, place::Place, said};
use crate::State;

/// Names the place to a process that is to die.
const VICTIM: &str = "FYR_STATE_VICTIM";

/// How many proofs are acknowledged before the process is killed.
const PROOFS: usize = 40;

/// Starts a test of this program again, as a process that writes until it is killed.
fn start(test: &str, place: &Place) -> Child {
    let place = format!("{}\n{}", place.url, place.key().display());
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(VICTIM, place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Reads what the process acknowledges, and kills it in the middle of its work.
fn acknowledged(mut victim: Child) -> Vec<String> {
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
    let words = lines.filter_map(|line| Some(line.split_once("acknowledged ")?.1.to_owned()));
    let words = words.take(PROOFS + 1).collect();
    victim.kill().unwrap();
    victim.wait().unwrap();
    words
}

fn proof(number: u8) -> [u8; 32] {
    [number; 32]
}

/// Withdraws a person, then uses proofs until it is killed.
async fn write_until_killed(place: &str) {
    let (url, key) = place.split_once('\n').unwrap();
    let state = State::open(url, Path::new(key)).await.unwrap();
    state.withdraw(ACTOR, "P", &["sample-P".into()]).await.unwrap();
    say("withdrawal");
    for number in (0..u8::MAX).cycle() {
        state.use_proof(&proof(number), None, i64::MAX).await.unwrap();
        super::accounts::charge_one(&state, &number.to_string(), u64::MAX).await;
        say(&number.to_string());
    }
}

fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "acknowledged {word}").and_then(|()| out.flush()).unwrap();
}

async fn what_was_acknowledged_survives(place: Place, test: &str) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P", &[]), said("Q", &[])], || ()).await.unwrap();
    state.close().await;
    let acknowledged = acknowledged(start(test, &place));
    assert_eq!(acknowledged.len(), PROOFS + 1, "{acknowledged:?}");

    let state = place.open().await;
    let withdrawn = |person: &str, people: &[crate::Stated]| {
        people.iter().find(|stated| stated.person == person).unwrap().statement.withdrawn
    };
    let people = state.statements(Some(DATASET)).await.unwrap();
    assert!(withdrawn("P", &people) && !withdrawn("Q", &people));
    assert!(state.is_withdrawn("sample-P").await.unwrap());
    assert_eq!(state.changes_since(0).await.unwrap().len(), 3);
    for number in &acknowledged[1..] {
        let id = proof(number.parse().unwrap());
        let used = state.use_proof(&id, None, i64::MAX).await.unwrap();
        assert_eq!(used, fyr_policy::ProofUse::Spent, "proof {number} was used");
    }
    let charged = acknowledged.len() as u64 - 1;
    assert!(!super::accounts::charge_one(&state, "new", charged).await, "{charged} answers were charged");
}

#[tokio::test]
async fn a_file_survives_kill_9() {
    match env::var(VICTIM) {
        Ok(place) => write_until_killed(&place).await,
        Err(_) => {
            what_was_acknowledged_survives(Place::sqlite(), "tests::crash::a_file_survives_kill_9").await
        }
    }
}

#[tokio::test]
async fn a_client_of_a_server_survives_kill_9() {
    let test = "tests::crash::a_client_of_a_server_survives_kill_9";
    match env::var(VICTIM) {
        Ok(place) => write_until_killed(&place).await,
        Err(_) => {
            if let Some(place) = Place::postgres(test).await {
                what_was_acknowledged_survives(place, test).await;
            }
        }
    }
}
