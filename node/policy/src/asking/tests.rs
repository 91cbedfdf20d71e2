use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use fyr_schemas::{EntryRef, EntryType};
use time::macros::datetime;

use super::*;
use crate::RequesterFacts;

const NOW: OffsetDateTime = datetime!(2026-06-15 23:59:59 UTC);

fn asking() -> Asking {
    let purpose = "DS; disease=MONDO:0005105".parse().unwrap();
    let query = Query::entries(EntryType::GenomicVariant);
    Asking::of(&query, Some(&purpose), &Requester::Public, no_wider, NOW)
}

/// The request with one attribute changed, for each attribute. Who adds one is led here by the compiler.
fn others() -> Vec<(&'static str, Asking)> {
    let Asking { requester: _, purpose: _, wider: _, today: _, extent, alternatives: _, at_most: _ } =
        asking();
    let Extent { about_people, granularity: _, filters } = extent;
    let with = |extent| asking().with(extent);
    let known = Requester::Known { name: "clinic".into() };
    let purpose = "DS; disease=MONDO:0005105; commercial".parse().ok();
    let wider = Wider::of(["MONDO:0005105".to_owned()].iter(), |_| BTreeSet::from(["MONDO:0004992".into()]));
    vec![
        ("requester", Asking { requester: known, ..asking() }),
        ("purpose", Asking { purpose, ..asking() }),
        ("wider diseases", Asking { wider, ..asking() }),
        ("day", Asking { today: NOW.date().next_day().unwrap(), ..asking() }),
        ("a view", asking().at_most(Release::Boolean)),
        ("about people", with(Extent { about_people: !about_people, ..extent })),
        ("granularity", with(Extent { granularity: Granularity::Record, ..extent })),
        ("filters", with(Extent { filters: filters + 1, ..extent })),
        ("alternatives", Asking { alternatives: vec![BTreeSet::new()], ..asking() }),
    ]
}

#[test]
fn whatever_a_decision_depends_on_makes_another_key() {
    let hasher = RandomState::new();
    let mut keys = HashMap::from([(asking(), "the request")]);
    for (attribute, other) in others() {
        assert_ne!(other, asking(), "{attribute}");
        assert_ne!(hasher.hash_one(&other), hasher.hash_one(asking()), "{attribute}");
        assert_eq!(keys.insert(other, attribute), None, "{attribute}");
    }
    assert_eq!(keys.get(&asking()), Some(&"the request"), "the same request is found again");
}

#[test]
fn what_belongs_to_a_cohort_is_asked_of_a_part() {
    let filters = |entry_type| {
        let within = Some(EntryRef { entry_type, id: "C".into() });
        Extent::from(&Query { within, ..Query::entries(EntryType::Individual) }).filters
    };
    assert_eq!((filters(EntryType::Cohort), filters(EntryType::Dataset)), (1, 0));
}

#[test]
fn the_day_is_that_of_utc() {
    let query = Query::entries(EntryType::GenomicVariant);
    let on = |now| Asking::of(&query, None, &Requester::Public, no_wider, now).today;
    assert_eq!(on(datetime!(2026-06-16 01:30 +2)), on(NOW));
    assert_ne!(on(datetime!(2026-06-16 02:00 +2)), on(NOW));
}

#[test]
fn a_disease_is_among_those_that_it_is_narrower_than() {
    let wider = Wider::of(["MONDO:1".to_owned()].iter(), |_| BTreeSet::from(["MONDO:2".to_owned()]));
    assert_eq!(wider.than("MONDO:1").collect::<Vec<_>>(), ["MONDO:1", "MONDO:2"]);
    assert_eq!(wider.than("MONDO:2").count(), 0, "it was not looked up");
}

#[test]
fn without_an_ontology_a_disease_is_narrower_than_itself_alone() {
    let wider = Wider::of(["MONDO:1".to_owned()].iter(), no_wider);
    assert_eq!(wider.than("MONDO:1").collect::<Vec<_>>(), ["MONDO:1"]);
}

fn asserting(purposes: &[Use]) -> Requester {
    RequesterFacts { purposes: purposes.to_vec(), ..RequesterFacts::default() }.requester()
}

#[test]
fn what_a_question_states_it_is_for_counts_and_not_what_its_issuer_asserts() {
    let stated = Purpose::new(Use::Hmb);
    for asserted in [&[][..], &[Use::Gru], &[Use::Cc], &[Use::Gru, Use::Poa]] {
        let effective = effective_purpose(Some(&stated), &asserting(asserted));
        assert_eq!(effective.as_ref(), Some(&stated), "{asserted:?}");
    }
}

#[test]
fn the_only_asserted_purpose_is_the_default_unless_it_would_have_to_say_more() {
    for (asserted, default) in [
        (&[Use::Gru][..], Some(Use::Gru)),
        (&[Use::Hmb], Some(Use::Hmb)),
        (&[Use::Poa], Some(Use::Poa)),
        (&[Use::Ds], None),
        (&[Use::Cc], None),
        (&[Use::Gru, Use::Hmb], None),
        (&[], None),
    ] {
        let effective = effective_purpose(None, &asserting(asserted));
        assert_eq!(effective, default.map(Purpose::new), "{asserted:?}");
    }
    for requester in [Requester::Public, Requester::Known { name: "clinic".into() }] {
        assert_eq!(effective_purpose(None, &requester), None);
    }
}
