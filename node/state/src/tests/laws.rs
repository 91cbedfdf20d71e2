//! What holds for all series of changes: who follows step by step knows the same as who loads all anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fyr_policy::{ConsentItem, ConsentItems, Statement, Subject};
use proptest::prelude::*;

use super::{ACTOR, place::Place};
use crate::{Answers, ItemAnswer, Remembered, Revocation, Said, State, follower::reader::Reader};

/// One change; numbers stand for datasets, people and requesters.
#[derive(Clone, Debug)]
enum Step {
    Set(Vec<(u8, u8, Answers)>),
    Withdraw(u8),
    Reinstate(u8),
    Forget(u8),
    Revoke(u8, bool),
    Unrevoke(u8, bool),
    Read,
}

fn answers() -> impl Strategy<Value = Answers> {
    let item = (prop::sample::select(&ConsentItem::ALL), prop::sample::select(&ItemAnswer::ALL));
    (prop::collection::vec(item, 0..4), prop::option::of(any::<bool>())).prop_map(|(items, opt_out)| {
        let answers =
            items.into_iter().fold(Answers::default(), |all, (item, answer)| all.with(item, answer));
        opt_out.into_iter().fold(answers, Answers::with_opt_out)
    })
}

fn step() -> impl Strategy<Value = Step> {
    let (dataset, person) = (0..2_u8, 0..4_u8);
    prop_oneof![
        4 => prop::collection::vec((dataset, person.clone(), answers()), 1..4).prop_map(Step::Set),
        2 => person.clone().prop_map(Step::Withdraw),
        1 => person.clone().prop_map(Step::Reinstate),
        1 => person.prop_map(Step::Forget),
        1 => (0..3_u8, any::<bool>()).prop_map(|(id, token)| Step::Revoke(id, token)),
        1 => (0..3_u8, any::<bool>()).prop_map(|(id, token)| Step::Unrevoke(id, token)),
        3 => Just(Step::Read),
    ]
}

/// What should be known, kept without a database.
#[derive(Default)]
struct Model {
    /// What was said, of a dataset.
    people: BTreeMap<(String, String), Statement>,
    /// Who withdrew and is named.
    named: BTreeSet<String>,
    withdrawn: BTreeMap<String, bool>,
    revoked: BTreeMap<Revocation, bool>,
}

impl Model {
    fn has_withdrawn(&self, id: &str) -> bool {
        self.withdrawn.get(id).copied().unwrap_or_default()
    }

    /// What counts for a dataset.
    fn of_dataset(&self, dataset: &str) -> BTreeMap<String, Statement> {
        let said = self.people.iter().filter(|((of, _), _)| of == dataset);
        let mut all: BTreeMap<_, _> = said.map(|((_, id), said)| (id.clone(), *said)).collect();
        self.named.iter().for_each(|id| all.entry(id.clone()).or_default().withdrawn = true);
        all
    }

    /// Checks what is known against what should be.
    fn check(&self, remembered: &Remembered) {
        for dataset in ["d0", "d1", "another"] {
            let known = remembered.consents.of_dataset(dataset);
            let known: BTreeMap<String, Statement> = known.map(|(id, said)| (id.into(), said)).collect();
            assert_eq!(known, self.of_dataset(dataset), "{dataset}");
            for (id, withdrawn) in &self.withdrawn {
                let said = remembered.consents.of(dataset, id);
                assert_eq!(said.is_some_and(|said| said.withdrawn), *withdrawn, "{dataset} {id}");
            }
        }
        for (id, withdrawn) in &self.withdrawn {
            assert_eq!(remembered.withdrawn.contains(id), *withdrawn, "{id}");
        }
        for (revocation, revoked) in &self.revoked {
            let known = match revocation {
                Revocation::Subject(subject) => remembered.revoked.has_subject(subject),
                Revocation::Token(id) => remembered.revoked.has_token(id),
            };
            assert_eq!(known, *revoked, "{revocation:?}");
        }
    }

    fn said_by(&mut self, id: &str) -> impl Iterator<Item = &mut Statement> {
        self.people.iter_mut().filter(move |((_, person), _)| person == id).map(|(_, said)| said)
    }

    /// Makes a change here and in the state.
    async fn take(&mut self, state: &State, step: &Step) {
        let who = |dataset: &u8, person: &u8| (format!("d{dataset}"), format!("p{person}"));
        match step {
            Step::Set(list) => {
                let list: Vec<_> = list.iter().map(|(d, p, answers)| (who(d, p), answers.clone())).collect();
                let refused = list.iter().any(|(who, _)| self.has_withdrawn(&who.1));
                let said: Vec<_> = list
                    .iter()
                    .map(|((dataset, person), answers)| {
                        let (dataset, person) = (dataset.clone(), person.clone());
                        Said { dataset, person, answers: answers.clone() }
                    })
                    .collect();
                assert_eq!(state.commit_set(ACTOR, &said, || ()).await.is_err(), refused);
                for (who, answers) in list.into_iter().filter(|(_, answers)| !refused && !answers.is_empty())
                {
                    let statement = self.people.entry(who).or_default();
                    *statement = answers.after(*statement);
                }
            }
            Step::Withdraw(person) => {
                let id = format!("p{person}");
                state.commit_withdraw(ACTOR, &id, &[sample(&id)]).await.unwrap();
                for id in [sample(&id), id] {
                    if self.withdrawn.insert(id.clone(), true) != Some(true) {
                        self.named.insert(id.clone());
                    }
                    self.said_by(&id).for_each(|said| said.withdrawn = true);
                }
            }
            Step::Reinstate(person) => {
                let id = format!("p{person}");
                let done = state.commit_reinstate(ACTOR, &id, &[]).await.is_ok();
                assert_eq!(done, self.has_withdrawn(&id));
                for id in [sample(&id), id].into_iter().filter(|_| done) {
                    self.said_by(&id)
                        .for_each(|said| (said.withdrawn, said.granted) = (false, ConsentItems::NONE));
                    self.named.remove(&id);
                    self.withdrawn.insert(id, false);
                }
            }
            Step::Forget(person) => {
                let id = format!("p{person}");
                let done = state.commit_forget(ACTOR, std::slice::from_ref(&id)).await.is_ok();
                assert_eq!(done, self.has_withdrawn(&id));
                for id in [sample(&id), id].iter().filter(|_| done) {
                    self.people.retain(|(_, person), _| person != id);
                    self.named.remove(id);
                }
            }
            Step::Revoke(id, token) => {
                state.commit_revoke(ACTOR, &revocation(*id, *token)).await.unwrap();
                self.revoked.insert(revocation(*id, *token), true);
            }
            Step::Unrevoke(id, token) => {
                state.commit_unrevoke(ACTOR, &revocation(*id, *token)).await.unwrap();
                self.revoked.insert(revocation(*id, *token), false);
            }
            Step::Read => {}
        }
    }
}

/// Every person has one sample.
fn sample(person: &str) -> String {
    format!("sample of {person}")
}

fn revocation(id: u8, token: bool) -> Revocation {
    match token {
        true => Revocation::Token([id; 32]),
        false => Revocation::Subject(Subject { issuer: "iss".into(), id: id.to_string() }),
    }
}

async fn following_equals_loading(place: Place, steps: Vec<Step>) {
    let state = place.open().await;
    let mut following = Reader::new(state.database.clone(), state.key.clone());
    let mut model = Model::default();
    for step in steps.iter().chain([&Step::Read]) {
        model.take(&state, step).await;
        if let Step::Read = step {
            let (_, known) = following.read().await.unwrap();
            let (_, anew) = Reader::new(state.database.clone(), state.key.clone()).read().await.unwrap();
            assert_eq!((known.version(), known.consents.version()), (anew.version(), anew.version()));
            assert!(known.withdrawn == anew.withdrawn && known.revoked == anew.revoked);
            model.check(&known);
            model.check(&anew);
        }
    }
    assert_eq!(Arc::new(state.changes_since(0).await.unwrap()).last().map_or(0, |c| c.version), {
        let (_, known) = following.read().await.unwrap();
        known.version()
    });
    state.close().await;
}

fn run(cases: u32, place: impl Fn() -> Option<Place>, runtime: &tokio::runtime::Runtime) {
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let series = prop::collection::vec(step(), 1..25);
    runner
        .run(&series, |steps| {
            if let Some(place) = place() {
                runtime.block_on(following_equals_loading(place, steps));
            }
            Ok(())
        })
        .unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn who_follows_a_file_knows_what_is_in_it() {
    run(24, || Some(Place::sqlite()), &runtime());
}

#[test]
fn who_follows_a_server_knows_what_is_in_it() {
    let runtime = runtime();
    run(8, || runtime.block_on(Place::postgres("who_follows_a_server_knows_what_is_in_it")), &runtime);
}
