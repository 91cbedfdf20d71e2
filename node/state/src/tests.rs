//! One suite for both databases. SQLite always; PostgreSQL where `FYR_POSTGRES_URL` names a server.

mod accounts;
mod audit_ends;
mod budgets;
mod care;
mod crash;
mod everywhere;
mod forfeits;
mod keys;
mod laws;
mod people;
mod place;
mod proofs;
mod purge;
mod releases;
mod replicas;
mod stores;

use fyr_policy::ConsentItem;

use crate::{Answers, ItemAnswer, Said};

/// Writes a test for each database out of a case, `async fn(Place)`.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(crate::tests::place::Place::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                if let Some(place) = crate::tests::place::Place::postgres(stringify!($case)).await {
                    super::$case(place).await;
                }
            })+
        }
    };
}
use on_both;

/// Who makes the changes of tests.
const ACTOR: &str = "officer@clinic";

/// The dataset of most tests.
const DATASET: &str = "norrland-2026";

/// A person who agreed to everything but what is named.
fn said(person: &str, refused: &[ConsentItem]) -> Said {
    let answer = |item| if refused.contains(&item) { ItemAnswer::No } else { ItemAnswer::Yes };
    let answers =
        ConsentItem::ALL.into_iter().fold(Answers::default(), |all, item| all.with(item, answer(item)));
    Said { dataset: DATASET.into(), person: person.into(), answers }
}
