//! What is looked at again before an answer leaves: consents, and whether who asks is still accepted.
//!
//! A question is slow because all slots are taken until the change that it must notice is in force.

use std::pin::Pin;

use fyr_doors::TermSelection;
use fyr_identity::token_id;
use fyr_policy::Subject;
use fyr_schemas::VariantAnswer;
use fyr_state::Revocation;

use super::{
    tokens::{PERSON, Signer, World, iss},
    *,
};

const ACTOR: &str = "officer@clinic";

/// A node with one slot, which knows the issuers of the tests.
async fn slow() -> (Fixture, World) {
    let keys = tempfile::tempdir().unwrap();
    let world = World::create("se.fin", keys.path(), "https://nobody.example").unwrap();
    #[derive(serde::Deserialize)]
    struct File {
        identity: fyr_identity::IdentityConfig,
    }
    let fixture = Fixture::with(|config| {
        config.identity = toml::from_str::<File>(&world.identity_toml()).unwrap().identity;
        config.limits.concurrency = 1;
        config.limits.queue_ms = 600_000;
        config.limits.deadline_ms = 600_000;
        for rules in config.policy.datasets.values_mut() {
            rules.subjects = Some(Release::Record);
        }
    })
    .await;
    (fixture, world)
}

/// A request of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Question,
    Batch,
    Datasets,
    Types,
    Terms,
}

impl Request {
    const ALL: [Self; 5] = [Self::Question, Self::Batch, Self::Datasets, Self::Types, Self::Terms];

    /// Makes the request; returns what it tells, or the code of why not.
    fn put<'a>(
        self,
        node: &'a Node,
        credentials: &'a Credentials,
    ) -> Pin<Box<dyn Future<Output = Result<String, ErrorCode>> + Send + 'a>> {
        Box::pin(async move {
            let told = match self {
                Self::Question => {
                    node.answer(credentials, query(&["open"])).await.map(|answer| format!("{answer:?}"))
                }
                Self::Batch => {
                    let batch = vec![(credentials.clone(), query(&["open"]))];
                    let told = std::pin::pin!(node.answer_all(batch, None)).next().await;
                    told.unwrap().1.map(|answer| format!("{answer:?}"))
                }
                Self::Datasets => node.datasets(credentials, None).await.map(|listed| format!("{listed:?}")),
                Self::Types => node.entry_types(credentials, None).await.map(|types| format!("{types:?}")),
                Self::Terms => node
                    .filtering_terms(credentials, None, TermSelection::default())
                    .await
                    .map(|terms| format!("{terms:?}")),
            };
            told.map_err(|failure| failure.code)
        })
    }
}

fn anna(world: &World) -> Credentials {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    Credentials::bearer(world.access(now).sign(&Signer::aai_rsa()))
}

#[tokio::test]
async fn whoever_is_revoked_while_counting_is_told_nothing() {
    let (fixture, world) = slow().await;
    let subject = Subject { issuer: iss::AAI.to_owned(), id: PERSON.to_owned() };
    for revocation in [Revocation::Subject(subject), Revocation::Token(token_id(iss::AAI, "token-1"))] {
        for asked in Request::ALL {
            let shown = anna(&world);
            assert!(asked.put(&fixture.node, &shown).await.is_ok(), "{asked:?}");
            let busy = fixture.node.gate.busy().await;
            let mut waiting = asked.put(&fixture.node, &shown);
            assert!((&mut waiting).now_or_never().is_none(), "{asked:?} takes a slot");
            fixture.node.state.revoke(ACTOR, &revocation).await.unwrap();
            drop(busy);
            assert_eq!(waiting.await, Err(ErrorCode::Unauthenticated), "{asked:?}");
            assert_eq!(fixture.last_decision().code, Some(ErrorCode::Unauthenticated), "{asked:?}");
            fixture.node.state.unrevoke(ACTOR, &revocation).await.unwrap();
        }
    }
}

#[tokio::test]
async fn whoever_withdraws_while_a_question_waits_is_not_counted() {
    let (fixture, _) = slow().await;
    let counts = |answer: &Answer| {
        let told: &VariantAnswer = &answer.datasets[0].variants[0];
        (told.frequencies[0].allele_count, told.frequencies[0].allele_number)
    };
    let nobody = nobody();
    assert_eq!(counts(&fixture.ask(&nobody, query(&["open"])).await.unwrap()), (3, 6));
    let busy = fixture.node.gate.busy().await;
    let mut waiting = Box::pin(fixture.ask(&nobody, query(&["open"])));
    assert!((&mut waiting).now_or_never().is_none());
    fixture.node.state.withdraw(ACTOR, "a", &[]).await.unwrap();
    drop(busy);
    assert_eq!(counts(&waiting.await.unwrap()), (2, 4));
}

#[tokio::test]
async fn every_request_that_waits_sees_the_last_withdrawal() {
    for asked in Request::ALL {
        let (fixture, _) = slow().await;
        let nobody = nobody();
        let busy = fixture.node.gate.busy().await;
        let mut waiting = asked.put(&fixture.node, &nobody);
        assert!((&mut waiting).now_or_never().is_none(), "{asked:?} takes a slot");
        for person in ["a", "b", "c"] {
            fixture.node.state.withdraw(ACTOR, person, &[]).await.unwrap();
        }
        let newest = fixture.node.follower.current().await.unwrap().version();
        drop(busy);
        let told = waiting.await;
        assert_eq!(told, asked.put(&fixture.node, &nobody).await, "{asked:?}");
        let counted_by = fixture.decisions().into_iter().map(|decision| decision.consents.unwrap());
        assert_eq!(counted_by.collect::<Vec<_>>(), [newest, newest], "{asked:?}");
    }
}
