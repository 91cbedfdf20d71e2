//! Many variants of one dataset: which are listed, which are counted, and when enough is known.

use std::sync::Arc;

use fyr_schemas::{
    Answer, Assembly, Contig, Coverage, DatasetAnswer, DatasetState, EntryRef, EntryType, Granularity,
    Interbase, Pagination, Query, RangeQuery, Release, Tally, VariantQuery, Withheld,
};

use super::world::{self, Found, cell};
use crate::{
    Bearers, Count, DatasetPermit, Disclosure, EntryCount, Needs, Permit, ReleasePlan, Rounding, Undisclosed,
    VariantCount, assemble, disclose_entries,
};

fn query(skip: u32, limit: u32) -> Query {
    let place = Interbase::new(0, 1000).unwrap();
    let range = RangeQuery::of(Assembly::GRCH38, Contig::resolve("7", Assembly::GRCH38).unwrap(), place);
    let pagination = Pagination { skip, limit };
    Query { granularity: Granularity::Record, pagination, ..Query::variants(VariantQuery::Range(range)) }
}

/// Tells of variants with so many carriers each, of a hundred people; returns how many were looked at, too.
fn range(plan: ReleasePlan, query: &Query, whole: Option<u64>, carriers: &[u64]) -> (DatasetAnswer, usize) {
    let permit = world::permit(plan);
    let mut disclosure = Disclosure::new(&permit, query, 100, None).whole(whole.map(Undisclosed::new));
    let mut looked_at = 0;
    for carriers in carriers {
        if disclosure.is_complete() {
            break;
        }
        looked_at += 1;
        let count = Count::of(world::Numbers::of(cell(*carriers, 0, 100 - carriers).tally()));
        let variant = world::any_variant();
        let found = VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() };
        disclosure.tell(Undisclosed::new(found), &Bearers::Everybody);
    }
    (disclosure.finish(world::speaker(), |_| vec!["ga4gh:VA.x".into()]).into_inner(), looked_at)
}

fn listed(answer: &DatasetAnswer) -> Vec<u64> {
    answer.variants.iter().filter_map(|variant| variant.carriers).collect()
}

#[test]
fn a_page_lists_what_is_told_and_all_of_it_is_counted() {
    let plan = ReleasePlan::open(Release::Count, 5);
    let (answer, _) = range(plan, &query(1, 2), None, &[10, 4, 11, 12, 0, 13, 14]);
    assert_eq!((answer.result_count, listed(&answer)), (Some(5), vec![12, 13]));
    assert_eq!(answer.coverage, Coverage::Unknown, "of several variants there is none");
    assert!(answer.variants.iter().all(|variant| variant.alternative_ids == ["ga4gh:VA.x"]));
}

#[test]
fn what_nobody_carries_is_not_listed_in_a_range() {
    let (answer, _) = range(ReleasePlan::open(Release::Frequency, 0), &query(0, 10), None, &[0, 1, 0]);
    assert_eq!((answer.result_count, listed(&answer)), (Some(1), vec![1]));
    let nobody = range(ReleasePlan::open(Release::Frequency, 0), &query(0, 10), None, &[0, 0]).0;
    assert_eq!((nobody.exists, nobody.variants.len(), nobody.coverage), (false, 0, Coverage::Unknown));
}

#[test]
fn a_sum_over_all_ends_the_looking_once_the_page_is_full() {
    let open = |release| ReleasePlan::open(release, 0);
    let there = [1, 2, 3, 4];
    let (answer, looked_at) = range(open(Release::Count), &query(0, 2), Some(4), &there);
    assert_eq!((answer.result_count, listed(&answer), looked_at), (Some(4), vec![1, 2], 2));
    let (answer, looked_at) = range(open(Release::Boolean), &query(0, 2), Some(4), &there);
    assert_eq!((answer.exists, answer.result_count, looked_at), (true, None, 0));
    let (_, looked_at) = range(open(Release::Count), &query(0, 2), None, &there);
    assert_eq!(looked_at, 4);
}

#[test]
fn a_sum_over_all_counts_nothing_where_each_must_be_looked_at() {
    let rounds = ReleasePlan { rounding: Rounding::Nearest(5), ..ReleasePlan::open(Release::Count, 0) };
    for plan in [ReleasePlan::open(Release::Count, 5), rounds] {
        let (answer, looked_at) = range(plan, &query(0, 1), Some(9), &[10, 20]);
        assert_eq!((answer.result_count, looked_at), (Some(2), 2), "{plan:?}");
    }
}

#[test]
fn answers_of_datasets_become_one_and_withheld_ones_are_named() {
    let answer = |carriers: &[u64]| {
        let found = range(ReleasePlan::open(Release::Count, 0), &query(0, 10), None, carriers).0;
        crate::Disclosed::new(found)
    };
    let permit = Permit::new(vec![world::permit(ReleasePlan::open(Release::Count, 0))], vec!["W".into()]);
    let place = |_: &str| Ok::<_, ()>(Assembly::GRCH37);
    let of =
        |permit: &Permit, told| assemble("node", permit, place, told, vec!["w".into()]).unwrap().into_inner();
    let all = of(&permit, vec![answer(&[1, 2]), answer(&[3])]);
    assert_eq!((all.exists, all.lower_bound, all.result_count), (true, true, Some(3)));
    assert_eq!(all.warnings, ["w"]);
    let withheld = all.datasets.last().unwrap();
    assert_eq!((withheld.id.as_str(), withheld.state), ("W", DatasetState::Withheld));
    assert_eq!((withheld.assembly, &withheld.withheld), (Assembly::GRCH37, &vec![Withheld::NotPermitted]));
    let open = of(&Permit::new(Vec::new(), Vec::new()), vec![answer(&[1])]);
    assert!(!open.lower_bound, "all of it was told");
    let none = of(&Permit::new(Vec::new(), Vec::new()), Vec::new());
    assert_eq!((none.exists, none.lower_bound, none.result_count), (false, false, None));
    assert_eq!(crate::left_out("node").into_inner(), Answer::of("node"));
}

#[test]
fn whatever_narrows_entries_is_about_people() {
    let plan = ReleasePlan::open(Release::Count, 10);
    let ask = |query: &Query| {
        let numbers =
            world::Numbers { tally: world::Numbers::people(95, 100), entries: 95, groups: Vec::new() };
        let found = EntryCount { count: Count::of(Arc::new(numbers)), documents: Vec::new() };
        let permit: DatasetPermit = world::permit(plan);
        let told = disclose_entries(
            &permit,
            query,
            Undisclosed::new(found),
            &Bearers::Everybody,
            None,
            world::speaker(),
        );
        told.into_inner().result_count
    };
    let all = Query::entries(EntryType::Individual);
    let within = Some(EntryRef { entry_type: EntryType::Cohort, id: "C".into() });
    assert_eq!(ask(&all), Some(95));
    assert_eq!(ask(&Query { within, ..all.clone() }), Some(90));
    assert_eq!(ask(&Query { filters: world::filters(), ..all.clone() }), Some(90));
    assert_eq!(ask(&Query { variant: query(0, 1).variant, ..all }), Some(90));
}

#[test]
fn nobody_among_nobody_is_nothing_with_and_without_a_floor() {
    for plan in [ReleasePlan::open(Release::Count, 0), ReleasePlan::open(Release::Count, 5)] {
        let found = EntryCount { count: Count::of_nobody(), documents: Vec::new() };
        assert_eq!(found.count.tally(), &Tally { carriers: Some(0), assayed: Some(0), ..Tally::default() });
        assert!(found.count.without(&[1].into_iter().collect()).is_some());
        let query = Query::entries(EntryType::Individual);
        let found = Undisclosed::new(found);
        let told = disclose_entries(
            &world::permit(plan),
            &query,
            found,
            &Bearers::Everybody,
            None,
            world::speaker(),
        );
        assert_eq!((told.get().exists, told.get().result_count), (false, Some(0)));
    }
    let stated = world::Numbers::of(cell(1, 0, 1).tally());
    assert!(stated.as_ref().groups().is_empty());
}

#[test]
fn how_many_were_looked_at_is_told_beside_frequencies_where_nothing_is_hidden() {
    let looked_at = |plan| range(plan, &query(0, 10), None, &[20]).0.variants[0].assayed;
    assert_eq!(looked_at(ReleasePlan::open(Release::Frequency, 0)), Some(100));
    assert_eq!(looked_at(ReleasePlan::open(Release::Count, 0)), None);
    assert_eq!(looked_at(ReleasePlan::open(Release::Frequency, 5)), None);
    let rounds = ReleasePlan { rounding: Rounding::Nearest(30), ..ReleasePlan::open(Release::Frequency, 0) };
    assert_eq!(looked_at(rounds), Some(90), "a hundred, rounded");
}

#[test]
fn either_need_is_a_need() {
    let all = Needs { margins: true, records: true, singly: true, hides: true, nobody: true, fixed: None };
    let none = Needs::default();
    assert_eq!((all.or(none), none.or(all), none.or(none)), (all, all, none));
}

#[test]
fn a_rounded_number_of_entries_says_so() {
    let plan = ReleasePlan { rounding: Rounding::Nearest(10), ..ReleasePlan::open(Release::Count, 0) };
    let found = Found { entries: 44, people: 44, cohort: 100, margins: Vec::new(), narrowed: true };
    let answer = world::entries(plan, &found);
    assert_eq!((answer.result_count, answer.precision), (Some(40), fyr_schemas::Precision::Rounded));
    assert!(answer.adjusted_to.is_empty(), "there is no floor");
}
