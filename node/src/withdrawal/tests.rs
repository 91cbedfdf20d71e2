use std::cell::{Cell, RefCell};

use time::OffsetDateTime;

use super::*;
use crate::purge::tests::Site;

fn of(person: &str) -> Withdrawal {
    Withdrawal {
        dataset: Some("D".to_owned()),
        person: person.to_owned(),
        aliases: Vec::new(),
        may_be_unknown: false,
    }
}

#[tokio::test]
async fn who_withdraws_does_so_by_every_id() {
    let site = Site::new().await;
    let withdrawal = Withdrawal { aliases: vec!["later".to_owned()], ..of("B1") };
    let withdrew = withdrawal.record(&site.state, Some(&site.store), "test").await.unwrap();
    assert_eq!(withdrew.ids, ["B1", "P1", "a", "later"]);
    assert!(withdrew.is_new);
    for id in &withdrew.ids {
        assert!(site.state.is_withdrawn(id).await.unwrap(), "{id}");
    }
    assert!(!site.state.is_withdrawn("b").await.unwrap());
    let found = FoundIn {
        dataset: "D".into(),
        ids: ["B1", "P1", "a"].map(String::from).to_vec(),
        samples: vec!["a".into()],
    };
    assert_eq!(withdrew.found, [found]);
    let again = withdrawal.record(&site.state, Some(&site.store), "test").await.unwrap();
    assert!(!again.is_new);
    reinstate((&site.state, Some(&site.store)), "test", "a").await.unwrap();
    for id in &withdrew.ids {
        assert!(!site.state.is_withdrawn(id).await.unwrap(), "{id}");
    }
}

#[tokio::test]
async fn a_mistyped_id_withdraws_nobody() {
    let site = Site::new().await;
    for store in [Some(&site.store), None] {
        let refused = of("P-1").record(&site.state, store, "test").await;
        assert!(matches!(refused, Err(WithdrawalError::Unknown { person, .. }) if person == "P-1"));
        assert!(!site.state.is_withdrawn("P-1").await.unwrap());
    }
    let allowed = Withdrawal { may_be_unknown: true, ..of("P-1") };
    let withdrew = allowed.record(&site.state, None, "test").await.unwrap();
    assert_eq!((withdrew.ids, withdrew.is_new), (vec!["P-1".to_owned()], true));
    assert!(
        !of("P-1").record(&site.state, None, "test").await.unwrap().is_new,
        "known as somebody who withdrew"
    );
}

/// Metadata are loaded between the looks: first one more id is told, then another.
#[tokio::test]
async fn what_becomes_known_meanwhile_is_recorded_too() {
    let told = [vec!["P1"], vec!["P1", "S1"], vec!["P1", "S1", "S2"], vec!["P1", "S1", "S2"]];
    for changes in [[1, 0, 0], [0, 0, 1], [0, 0, 0]] {
        let (looks, recorded) = (Cell::new(0), RefCell::new(Vec::new()));
        let ids = async || {
            let now = &told[looks.replace(looks.get() + 1)];
            let ids = now.iter().map(|id| (*id).to_owned()).collect();
            Ok::<_, WithdrawalError>((ids, Vec::new()))
        };
        let record = async |(ids, _): &Seen| {
            recorded.borrow_mut().push(ids.len());
            let changed = changes[recorded.borrow().len() - 1];
            Ok(Effective { changed, since: OffsetDateTime::UNIX_EPOCH })
        };
        let withdrew = until_nothing_is_new(ids, record).await.unwrap();
        assert_eq!(withdrew.ids, ["P1", "S1", "S2"]);
        assert_eq!((looks.get(), recorded.take()), (4, vec![1, 2, 3]));
        assert_eq!(withdrew.is_new, changes.contains(&1));
    }
}
