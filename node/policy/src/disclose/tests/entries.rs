//! Entries and terms: what is told of people who are counted.

use fyr_schemas::{DatasetAnswer, Precision, Release};

use super::world::{self, Found};
use crate::ReleasePlan;

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
fn what_few_state_is_not_listed() {
    let plan = ReleasePlan::open(Release::Count, 10);
    let values = [("a", 10), ("b", 9)];
    assert_eq!(world::term(plan, 9, 100, &[]), []);
    assert_eq!(world::term(plan, 10, 100, &values)[0].values, ["a"]);
    assert_eq!(world::term(plan, 0, 100, &[]), []);
}
