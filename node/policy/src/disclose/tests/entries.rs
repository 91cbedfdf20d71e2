//! Entries and terms: what is told of people who are counted.

use std::sync::Arc;

use fyr_schemas::{DatasetAnswer, EntryType, Granularity, Precision, Query, Release, Tally, Withheld};

use super::world::{self, Found};
use crate::{
    Bearers, Count, EntryCount, ReleasePlan, Speaker, Undisclosed, disclose_entries, disclose_terms,
    not_counted,
};

fn disclose(release: Release, floor: u64, narrowed: bool, found: Found) -> DatasetAnswer {
    world::entries(ReleasePlan::open(release, floor), &Found { narrowed, ..found })
}

/// Of a hundred people, with two entries each.
fn tally(people: u64, margins: &[u64]) -> Found {
    Found { entries: 2 * people, people, cohort: 100, margins: margins.to_vec(), narrowed: true }
}

#[test]
fn without_a_floor_the_count_is_the_true_one() {
    let answer = disclose(Release::Count, 0, true, tally(1, &[]));
    assert_eq!((answer.exists, answer.result_count, answer.precision), (true, Some(2), Precision::Exact));
    assert!(answer.entries.is_empty(), "counts are no records");
    assert_eq!(disclose(Release::Record, 0, true, tally(1, &[])).entries.len(), 1);
}

#[test]
fn nobody_and_a_few_read_the_same() {
    let nobody = disclose(Release::Record, 10, true, tally(0, &[100]));
    assert_eq!((nobody.exists, nobody.result_count), (false, Some(0)));
    for few in [tally(1, &[100]), tally(9, &[100]), tally(30, &[100, 35]), tally(30, &[100, 30])] {
        assert_eq!(disclose(Release::Record, 10, true, few), nobody);
    }
}

#[test]
fn all_but_a_few_is_a_bucket() {
    for people in [91, 95, 100] {
        let answer = disclose(Release::Count, 10, true, tally(people, &[]));
        assert_eq!((answer.exists, answer.result_count), (true, Some(90)), "{people}");
        assert_eq!((answer.precision, answer.adjusted_to), (Precision::Rounded, vec![10, 90]));
    }
    assert_eq!(disclose(Release::Count, 10, true, tally(90, &[100])).result_count, Some(180));
}

#[test]
fn a_yes_tells_not_that_all_but_a_few_are_there() {
    let most = disclose(Release::Boolean, 10, true, tally(95, &[]));
    let many = disclose(Release::Boolean, 10, true, tally(50, &[]));
    assert!(most.exists);
    assert_eq!(most, many);
}

#[test]
fn how_many_there_are_is_about_nobody() {
    assert_eq!(disclose(Release::Count, 10, false, tally(100, &[])).result_count, Some(200));
    let small = Found { cohort: 5, ..tally(5, &[]) };
    assert!(!disclose(Release::Count, 10, false, small).exists);
}

#[test]
fn a_number_needs_the_release_of_counts() {
    let answer = disclose(Release::Boolean, 0, true, tally(3, &[]));
    assert_eq!((answer.exists, answer.result_count), (true, None));
}

#[test]
fn a_few_who_state_a_term_elsewhere_or_otherwise_do_not_show() {
    let permit = world::permit(ReleasePlan::open(Release::Count, 10));
    for (few, shows) in [(0, false), (9, false), (10, true)] {
        let mut found = world::term_count(Some("Seizure"), 40, 100, &[]).open();
        let of_few = world::term_count(Some("A fit"), few, 100, &[]).open();
        found.labels.splice(0..0, of_few.labels);
        found.scopes.extend(of_few.scopes.into_iter().map(|(_, count)| (EntryType::Biosample, count)));
        let found = [(&permit, vec![Undisclosed::new(found)], Bearers::Everybody)];
        let told = disclose_terms(found, |_| None).into_inner().remove(0);
        assert_eq!(told.label.as_deref(), Some(if shows { "A fit" } else { "Seizure" }), "{few}");
        assert_eq!(told.scopes.contains(&EntryType::Biosample), shows, "{few}");
    }
}

#[test]
fn what_few_state_is_not_listed() {
    let plan = ReleasePlan::open(Release::Count, 10);
    let values = [("a", 10), ("b", 9)];
    assert_eq!(world::term(plan, 9, 100, &[]), []);
    assert_eq!(world::term(plan, 10, 100, &values)[0].values, ["a"]);
    assert_eq!(world::term(plan, 0, 100, &[]), []);
}

#[test]
fn terms_of_datasets_become_one_list_as_far_as_each_may_be_told() {
    let permits = [10, 20].map(|floor| world::permit(ReleasePlan::open(Release::Count, floor)));
    let list = |label, people, values| vec![world::term_count(Some(label), people, 100, values)];
    let found = [list("fever", 12, &[("a", 12)]), list("fièvre", 19, &[("b", 19)])];
    let found = permits.iter().zip(found).map(|(permit, terms)| (permit, terms, Bearers::Everybody));
    let told = disclose_terms(found.collect::<Vec<_>>(), |_| None).into_inner();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].label.as_deref(), &told[0].values), (Some("fever"), &vec!["a".to_owned()]));
    let known = [(&permits[0], list("fever", 12, &[]), Bearers::Everybody)];
    let told = disclose_terms(known, |id| (id == "HP:1").then(|| "Fever".into())).into_inner();
    assert_eq!(told[0].label.as_deref(), Some("Fever"), "a vocabulary names its terms");
}

#[test]
fn a_dry_run_says_what_would_be_missing_as_the_answer_does() {
    let permit = world::permit(ReleasePlan::open(Release::Count, 5));
    let query = Query { granularity: Granularity::Record, ..Query::entries(EntryType::Individual) };
    let rehearsed = not_counted(&permit, &query, Speaker { beacon_id: "n", ..world::speaker() }).into_inner();
    assert_eq!(rehearsed.withheld, permit.plan().withholds(&query));
    assert_eq!(rehearsed.withheld, [Withheld::LessPermitted, Withheld::CountBelowFloor]);
}

#[test]
fn who_carries_it_is_counted_beside_frequencies_only_if_no_part_is_small() {
    let told = |most, several: u64| {
        let tally = Tally {
            heterozygous: Some(40 - several),
            homozygous: Some(several),
            ..world::Numbers::people(40, 100)
        };
        let count = Count::of(Arc::new(world::Numbers { tally, entries: 40, groups: Vec::new() }));
        let found = Undisclosed::new(EntryCount { count, documents: Vec::new() });
        let plan = ReleasePlan { release: Release::Count, ..ReleasePlan::open(most, 10) };
        let query = Query { filters: world::filters(), ..Query::entries(EntryType::Individual) };
        let answer = disclose_entries(
            &world::permit(plan),
            &query,
            found,
            &Bearers::Everybody,
            None,
            world::speaker(),
        );
        let answer = answer.into_inner();
        (answer.exists, answer.result_count)
    };
    assert_eq!(told(Release::Frequency, 9), (true, None), "AC minus carriers would tell nine");
    assert_eq!(told(Release::Frequency, 31), (true, None));
    assert_eq!(told(Release::Frequency, 10), (true, Some(40)));
    assert_eq!(told(Release::Count, 9), (true, Some(40)), "no frequency is told");
}
