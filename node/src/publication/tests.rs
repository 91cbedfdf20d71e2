use std::fs;

use fyr_audit::{Action, DecisionRecord, Event, Outcome, Record, RequesterRecord};
use fyr_policy::{DatasetRules, Profile};
use fyr_schemas::{Answer, ErrorCode, Release};
use fyr_state::ChangeKind;

use super::*;
use crate::service::tests::{Fixture, TOKEN, nobody, query};

const ACTOR: &str = "anna@clinic";
const WHY: &str = "board 2026-17";

/// A table of the three people of `clinic`, of whom two carry the one allele.
fn spec() -> PublicationSpec {
    let groups = PublishedGroups { populations: true, sexes: true };
    PublicationSpec { dataset: "clinic".into(), id: "table".into(), groups, minimum_carriers: 1, step: 1 }
}

async fn fixture() -> Fixture {
    Fixture::with(|config| {
        for table in ["table", "other"] {
            let rules = DatasetRules { published_to: Some(vec![Profile::Known]), ..DatasetRules::default() };
            config.policy.datasets.insert(table.into(), rules);
        }
    })
    .await
}

async fn count(fixture: &Fixture, spec: PublicationSpec) -> Result<Draft, PublicationError> {
    Draft::count(&fixture.config, ACTOR, spec).await
}

async fn publish(fixture: &Fixture, spec: PublicationSpec) -> Publication {
    count(fixture, spec).await.unwrap().publish(WHY).await.unwrap()
}

/// What is read of the table, by the holder of the token or by anybody.
async fn read(fixture: &Fixture, credentials: &Credentials) -> Result<Answer, ErrorCode> {
    // A node that serves looks for new versions by itself.
    fixture.node.live.refresh().await.unwrap();
    let told = fixture.node.ask(credentials, &query(&["table"])).await;
    told.map(crate::gate::Attended::into_inner).map_err(|error| error.code())
}

/// AC, AN and heterozygotes of each row of the one allele, by its label.
fn rows(answer: &Answer) -> Vec<(String, u64, u64, Option<u64>)> {
    let [dataset] = answer.datasets.as_slice() else { panic!("{answer:?}") };
    let [variant] = dataset.variants.as_slice() else { panic!("{answer:?}") };
    let row = |row: &fyr_schemas::Frequency| {
        (row.group.to_string(), row.allele_count, row.allele_number, row.heterozygous)
    };
    variant.frequencies.iter().map(row).collect()
}

async fn listed(fixture: &Fixture) -> Vec<String> {
    published(&fixture.config).await.unwrap().into_iter().map(|dataset| dataset.id).collect()
}

fn decided(fixture: &Fixture) -> Vec<DecisionRecord> {
    let log = fixture.config.of_owner().unwrap().audit_path().unwrap();
    let text = fs::read_to_string(log).unwrap();
    let records = text.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let record: Record = serde_json::from_value(line["record"].clone()).unwrap();
        let Event::Decision(decision) = record.event else { return None };
        Some(*decision)
    });
    records.collect()
}

/// What the history says of tables.
async fn history(fixture: &Fixture) -> Vec<(ChangeKind, String, String, String)> {
    let changes = fixture.node.state.changes_since(0).await.unwrap().into_iter();
    let of_tables =
        changes.filter(|change| matches!(change.action, ChangeKind::Publish | ChangeKind::Unpublish));
    of_tables.map(|change| (change.action, change.dataset, change.actor, change.items)).collect()
}

#[tokio::test]
async fn a_table_is_read_by_whom_the_rules_name_once_it_is_published() {
    let fixture = fixture().await;
    let clinic = Credentials::bearer(TOKEN);
    assert_eq!(read(&fixture, &clinic).await.unwrap_err(), ErrorCode::NotFound);
    let draft = count(&fixture, spec()).await.unwrap();
    assert_eq!((draft.people(), draft.alleles(), draft.power().alleles), (3, (1, 0), 1));
    assert_eq!(read(&fixture, &clinic).await.unwrap_err(), ErrorCode::NotFound, "counted is not published");
    assert!(history(&fixture).await.is_empty() && listed(&fixture).await.is_empty());
    let noted = draft.publish(WHY).await.unwrap();
    assert_eq!((noted.of.as_str(), noted.people, noted.reason.as_str()), ("clinic", 3, WHY));
    let told = read(&fixture, &clinic).await.unwrap();
    assert_eq!(told.datasets[0].release, Release::Frequency, "{told:?}");
    // All are women of one population: each row is everybody.
    let row = |label: &str| (label.to_owned(), 3, 6, Some(1));
    assert_eq!(rows(&told), ["Total", "FIN", "F", "FIN_F"].map(row));
    assert_eq!(read(&fixture, &nobody()).await.unwrap_err(), ErrorCode::NotFound, "nobody else");
    assert_eq!(listed(&fixture).await, ["table"]);
    let words = "of clinic: 3 people, at least 1 carriers, multiples of 1, power ";
    let changes = history(&fixture).await;
    let [(ChangeKind::Publish, id, actor, items)] = changes.as_slice() else { panic!("{changes:?}") };
    assert!(id == "table" && actor == ACTOR && items.starts_with(words) && items.ends_with(WHY), "{items}");
}

#[tokio::test]
async fn that_it_was_counted_stands_in_the_owners_log() {
    let fixture = fixture().await;
    drop(count(&fixture, spec()).await.unwrap());
    let unknown = count(&fixture, PublicationSpec { dataset: "clinik".into(), ..spec() }).await.unwrap_err();
    assert!(unknown.to_string().starts_with("there is no dataset `clinik`"), "{unknown}");
    let records = decided(&fixture);
    let ends: Vec<_> = records.iter().map(|record| (record.action, record.outcome)).collect();
    let publication = Action::Publication;
    assert_eq!(ends, [(publication, Outcome::Answered), (publication, Outcome::Failed)]);
    assert_eq!(records[0].requester, RequesterRecord::Owner { name: ACTOR.into() });
    let [permitted] = records[0].permitted.as_slice() else { panic!("{:?}", records[0]) };
    assert_eq!((permitted.dataset.as_str(), permitted.minimum_carriers), ("clinic", 1));
}

#[tokio::test]
async fn who_withdrew_is_in_no_table_that_is_published_later() {
    let fixture = fixture().await;
    let clinic = Credentials::bearer(TOKEN);
    publish(&fixture, spec()).await;
    let before = rows(&read(&fixture, &clinic).await.unwrap());
    fixture.node.state.withdraw("officer", "b", &["b".to_owned()]).await.unwrap();
    assert_eq!(rows(&read(&fixture, &clinic).await.unwrap()), before, "what is published stays as it is");
    let noted = publish(&fixture, PublicationSpec { groups: PublishedGroups::default(), ..spec() }).await;
    assert_eq!((noted.people, noted.groups.as_str()), (2, ""));
    let after = rows(&read(&fixture, &clinic).await.unwrap());
    assert_eq!(
        after,
        [("Total".to_owned(), 1, 4, None)],
        "the homozygote is gone, so parts are few; and so is the former table"
    );
    assert_eq!(listed(&fixture).await, ["table"]);
}

#[tokio::test]
async fn nothing_is_published_if_somebody_withdraws_after_the_people_were_counted() {
    let fixture = fixture().await;
    let draft = count(&fixture, spec()).await.unwrap();
    fixture.node.state.withdraw("officer", "b", &["b".to_owned()]).await.unwrap();
    let refused = draft.publish(WHY).await.unwrap_err();
    assert!(matches!(refused, PublicationError::Changed), "{refused}");
    assert!(listed(&fixture).await.is_empty() && history(&fixture).await.is_empty());
    publish(&fixture, spec()).await;
}

#[tokio::test]
async fn killed_between_the_steps_nothing_half_is_there() {
    let fixture = fixture().await;
    let clinic = Credentials::bearer(TOKEN);
    let first = count(&fixture, spec()).await.unwrap();
    drop(first);
    assert_eq!(read(&fixture, &clinic).await.unwrap_err(), ErrorCode::NotFound);
    // After the decision is noted, and before the table is visible.
    let second = count(&fixture, spec()).await.unwrap();
    let version = second.counted.consents;
    assert!(second.state.publish(ACTOR, ("table", "words"), version).await.unwrap());
    drop(second);
    assert_eq!(read(&fixture, &clinic).await.unwrap_err(), ErrorCode::NotFound);
    assert!(listed(&fixture).await.is_empty());
    assert_eq!(history(&fixture).await.len(), 1, "the history says what was decided");
    publish(&fixture, spec()).await;
    assert_eq!(rows(&read(&fixture, &clinic).await.unwrap()).len(), 4);
}

#[tokio::test]
async fn a_table_is_taken_back() {
    let fixture = fixture().await;
    let clinic = Credentials::bearer(TOKEN);
    publish(&fixture, spec()).await;
    assert!(read(&fixture, &clinic).await.is_ok());
    for (id, reason) in [("table", " "), ("clinic", WHY), ("tabel", WHY)] {
        let refused = unpublish(&fixture.config, ACTOR, (id, reason)).await.unwrap_err();
        let is_named = matches!(refused, PublicationError::NoReason | PublicationError::Unknown(_));
        assert!(is_named, "{id}: {refused}");
    }
    unpublish(&fixture.config, ACTOR, ("table", "an error")).await.unwrap();
    assert_eq!(read(&fixture, &clinic).await.unwrap_err(), ErrorCode::NotFound);
    let last = history(&fixture).await.pop().unwrap();
    let expected = (ChangeKind::Unpublish, "table".to_owned(), ACTOR.to_owned(), "an error".to_owned());
    assert_eq!(last, expected);
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_by_name() {
    let fixture = fixture().await;
    let refused = async |change: fn(&mut PublicationSpec)| {
        let mut spec = spec();
        change(&mut spec);
        count(&fixture, spec).await.unwrap_err().to_string()
    };
    assert!(refused(|spec| spec.id = "clinic".into()).await.contains("another one with --as"));
    assert!(refused(|spec| spec.id = "open".into()).await.contains("is no published table"));
    let coarse = refused(|spec| spec.step = 3).await;
    assert!(coarse.contains("round to 2 at most"), "{coarse}");
    let few = refused(|spec| spec.minimum_carriers = 2).await;
    assert!(few.contains("no allele of `clinic`"), "one of three does not carry it: {few}");
    publish(&fixture, spec()).await;
    let of_table = refused(|spec| (spec.dataset, spec.id) = ("table".into(), "other".into())).await;
    assert!(of_table.contains("no people that could be counted"), "{of_table}");
    let draft = count(&fixture, spec()).await.unwrap();
    assert!(matches!(draft.publish("").await, Err(PublicationError::NoReason)));
}

#[tokio::test]
async fn whoever_names_no_dataset_is_told_of_the_same_people_once() {
    let fixture = fixture().await;
    let told = async |only: &[&str]| -> Vec<String> {
        fixture.node.live.refresh().await.unwrap();
        let told = fixture.node.ask(&Credentials::bearer(TOKEN), &query(only)).await.unwrap();
        told.into_inner().datasets.into_iter().map(|dataset| dataset.id).collect()
    };
    assert_eq!(told(&[]).await, ["clinic", "open"]);
    publish(&fixture, spec()).await;
    assert_eq!(told(&[]).await, ["open", "table"], "frequencies are more than a count");
    let of_open = PublicationSpec { dataset: "open".into(), id: "other".into(), ..spec() };
    publish(&fixture, of_open).await;
    assert_eq!(told(&[]).await, ["open", "table"], "of as much as it tells, the dataset itself");
    let of_clinic = |step| PublicationSpec { id: "other".into(), step, ..spec() };
    publish(&fixture, of_clinic(2)).await;
    assert_eq!(told(&[]).await, ["open", "table"], "the other one is rounded");
    publish(&fixture, of_clinic(1)).await;
    assert_eq!(told(&[]).await, ["open", "other"], "the newest");
    assert_eq!(told(&["clinic", "other", "table"]).await, ["clinic", "other", "table"], "as they are named");
}
