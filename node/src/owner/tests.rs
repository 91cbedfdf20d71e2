use std::{fs, path::PathBuf, time::Duration};

use fyr_audit::{
    AuditError, DecisionRecord, Event, Outcome, Record, RequesterRecord, Verdict, verify_against,
};
use fyr_policy::Profile;
use fyr_schemas::{AlleleQuery, Assembly, ErrorCode, Granularity, Release, VariantQuery};

use super::*;
use crate::{
    config::{Secret, TokenConfig},
    known_end,
    service::tests::{Fixture, nobody, query},
};

const ACTOR: &str = "anna@clinic";

/// The log of the owner's questions.
fn log(fixture: &Fixture) -> PathBuf {
    fixture.config.of_owner().unwrap().audit_path().unwrap()
}

/// What was decided for the owner, in its order.
fn decided(fixture: &Fixture) -> Vec<DecisionRecord> {
    let text = fs::read_to_string(log(fixture)).unwrap();
    let records = text.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let record: Record = serde_json::from_value(line["record"].clone()).unwrap();
        let Event::Decision(decision) = record.event else { return None };
        Some(*decision)
    });
    records.collect()
}

async fn ask(fixture: &Fixture, query: &Query) -> Result<Answer, ServiceError> {
    OwnersView::open(&fixture.config, ACTOR).await.unwrap().ask(query).await
}

/// Carriers, of how many, AC, AN, heterozygotes, homozygotes of the one variant of a dataset.
fn numbers(answer: &Answer, dataset: &str) -> [Option<u64>; 6] {
    let dataset = answer.datasets.iter().find(|answered| answered.id == dataset).unwrap();
    let [variant] = dataset.variants.as_slice() else { panic!("{:?}", dataset.variants) };
    let total = variant.frequencies.first();
    [
        variant.carriers,
        variant.assayed,
        total.map(|total| total.allele_count),
        total.map(|total| total.allele_number),
        total.and_then(|total| total.heterozygous),
        total.and_then(|total| total.homozygous),
    ]
}

const ALL: [Option<u64>; 6] = [Some(2), Some(3), Some(3), Some(6), Some(1), Some(1)];

#[tokio::test]
async fn the_owner_is_told_true_numbers_of_what_nobody_else_may_ask() {
    // The node serves meanwhile.
    let fixture = Fixture::new().await;
    let before = fixture.log();
    let answer = ask(&fixture, &query(&[])).await.unwrap();
    let datasets: Vec<_> = answer.datasets.iter().map(|dataset| dataset.id.as_str()).collect();
    assert_eq!(datasets, ["clinic", "hidden", "open"], "those of the assembly");
    for dataset in datasets {
        assert_eq!(numbers(&answer, dataset), ALL, "{dataset}");
    }
    let named = answer.datasets.iter().flat_map(|dataset| &dataset.variants).any(|of| !of.cases.is_empty());
    assert!(!named, "nobody by name");
    assert_eq!(fixture.log(), before, "the other log is that of clients");
}

#[tokio::test]
async fn each_question_of_the_owner_is_recorded_and_failed_ones_too() {
    let fixture = Fixture::new().await;
    ask(&fixture, &query(&["hidden"])).await.unwrap();
    let unknown = ask(&fixture, &query(&["hidden", "hiden"])).await.unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::NotFound);
    let words = "there is no dataset `hiden`: the store has clinic, hidden, old, open";
    assert_eq!(unknown.to_string(), words);
    let other = VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH37, "7-1-A-C").unwrap());
    let elsewhere = Query { variant: Some(other), ..query(&["hidden"]) };
    assert_eq!(ask(&fixture, &elsewhere).await.unwrap_err().code(), ErrorCode::Unsupported);
    let records = decided(&fixture);
    let ends: Vec<_> = records.iter().map(|record| (record.verdict, record.outcome, record.code)).collect();
    assert_eq!(
        ends,
        [
            (Verdict::Allowed, Outcome::Answered, None),
            (Verdict::Denied, Outcome::Failed, Some(ErrorCode::NotFound)),
            (Verdict::Allowed, Outcome::Failed, Some(ErrorCode::Unsupported)),
        ]
    );
    for record in &records {
        assert_eq!(record.requester, RequesterRecord::Owner { name: ACTOR.into() });
        assert!(record.query.is_some() && record.granularity == Some(Granularity::Record));
    }
    let [permitted] = records[0].permitted.as_slice() else { panic!("{:?}", records[0]) };
    assert_eq!(
        (permitted.profile, permitted.release, permitted.minimum_carriers),
        (Profile::Owner, Release::Frequency, 0)
    );
    assert_eq!(records[0].decided_by["hidden"], ["owner"]);
}

#[tokio::test]
async fn the_end_of_the_owners_log_is_known_to_the_state() {
    let fixture = Fixture::new().await;
    ask(&fixture, &query(&["hidden"])).await.unwrap();
    let of_owner = fixture.config.of_owner().unwrap();
    let known = known_end(&of_owner, &fixture.node.state).await.unwrap().unwrap();
    let verified = verify_against(&log(&fixture), &known).unwrap();
    assert_eq!((verified.decisions, known.sequence), (1, verified.records), "the last record too");
    fs::write(log(&fixture), "").unwrap();
    let cut = OwnersView::open(&fixture.config, ACTOR).await.unwrap_err();
    assert!(matches!(cut, StartError::Audit(AuditError::Cut { .. })), "{cut}");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_told() {
    let fixture = Fixture::new().await;
    let view = OwnersView::open(&fixture.config, ACTOR).await.unwrap();
    fs::remove_file(log(&fixture)).unwrap();
    let unrecorded = view.ask(&query(&["hidden"])).await.unwrap_err();
    assert!(matches!(unrecorded, ServiceError::Unrecorded(_)), "{unrecorded}");
    drop(view);
    fs::create_dir(log(&fixture)).unwrap();
    assert!(matches!(OwnersView::open(&fixture.config, ACTOR).await, Err(StartError::Audit(_))));
}

#[tokio::test]
async fn who_withdrew_is_in_no_count_of_the_owner() {
    let fixture = Fixture::new().await;
    let view = OwnersView::open(&fixture.config, ACTOR).await.unwrap();
    assert_eq!(numbers(&view.ask(&query(&["hidden"])).await.unwrap(), "hidden"), ALL);
    fixture.node.state.withdraw("officer", "b", &["b".to_owned()]).await.unwrap();
    let without = [Some(1), Some(2), Some(1), Some(4), Some(1), Some(0)];
    assert_eq!(numbers(&view.ask(&query(&["hidden"])).await.unwrap(), "hidden"), without);
    fixture.node.state.withdraw("officer", "a", &["a".to_owned()]).await.unwrap();
    fixture.node.state.withdraw("officer", "c", &["c".to_owned()]).await.unwrap();
    let gone = view.ask(&query(&["hidden"])).await.unwrap_err();
    assert!(matches!(gone, ServiceError::NoDataset), "{gone}");
}

#[tokio::test]
async fn questions_of_the_owner_wait_for_each_other() {
    let fixture = Fixture::new().await;
    let first = OwnersView::open(&fixture.config, ACTOR).await.unwrap();
    let (config, (started, waits)) = (fixture.config.clone(), tokio::sync::oneshot::channel());
    let second = tokio::spawn(async move {
        let _ = started.send(());
        OwnersView::open(&config, "bo@clinic").await.unwrap().ask(&query(&["hidden"])).await.unwrap()
    });
    waits.await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!second.is_finished(), "the log is held");
    first.ask(&query(&["hidden"])).await.unwrap();
    drop(first);
    assert_eq!(numbers(&second.await.unwrap(), "hidden"), ALL);
    let names: Vec<_> = decided(&fixture).into_iter().map(|record| record.requester).collect();
    assert_eq!(names, [ACTOR, "bo@clinic"].map(|name| RequesterRecord::Owner { name: name.into() }));
}

#[tokio::test]
async fn nothing_that_a_client_shows_makes_it_the_owner() {
    let fixture = Fixture::with(|config| {
        config.tokens = vec![TokenConfig {
            name: "owner".into(),
            token: Some(Secret::new("correct-horse-battery-staple")),
            token_sha256: None,
        }];
    })
    .await;
    let named = Credentials::bearer("correct-horse-battery-staple");
    for credentials in [nobody(), named.clone(), named.by_certificate(Some("owner".into()))] {
        let refused = fixture.node.ask(&credentials, &query(&["hidden"])).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotFound);
        let told = fixture.node.ask(&credentials, &query(&["clinic"])).await;
        let frequencies =
            |answer: Answer| answer.datasets[0].variants.iter().any(|of| !of.frequencies.is_empty());
        assert!(!told.is_ok_and(|told| frequencies(told.into_inner())), "as the rules say");
    }
    let is_owner = |record: &DecisionRecord| {
        matches!(record.requester, RequesterRecord::Owner { .. })
            || record.permitted.iter().any(|permitted| permitted.profile == Profile::Owner)
    };
    assert!(fixture.decisions().len() == 6 && !fixture.decisions().iter().any(is_owner));
}
