//! The edges that are easily got wrong by one, each as a fact.

use std::sync::Arc;

use fyr_schemas::{
    AlleleQuery, Assembly, Coverage, Group, Operator, Precision, Query, Release, Sex, Tally, VariantQuery,
};

use super::{
    super::parts,
    world::{self, Cell, Found, Numbers, Record, Said, Site, cell},
};
use crate::{Bearers, Count, Disclosure, People, ReleasePlan, Rounding, Undisclosed, VariantCount};

fn told(plan: ReleasePlan, site: &Site) -> Said {
    world::variant(plan, site, None).into()
}

fn carriers(plan: ReleasePlan, cell: Cell) -> Option<u64> {
    told(plan, &Site::of(cell)).record.and_then(|record| record.carriers)
}

fn rows(plan: ReleasePlan, site: &Site) -> usize {
    told(plan, site).record.map_or(0, |record| record.rows.len())
}

#[test]
fn of_a_thousand_the_last_four_who_do_not_carry_it_are_not_told() {
    let plan = ReleasePlan::open(Release::Count, 5);
    for (carriers_there, told) in [(995, 995), (996, 995), (999, 995), (1000, 995), (994, 994)] {
        let answer = cell(carriers_there, 0, 1000 - carriers_there);
        assert_eq!(carriers(plan, answer), Some(told), "{carriers_there}");
    }
    let (exact, bucket) = (cell(995, 0, 5), cell(996, 0, 4));
    assert_eq!(self::told(plan, &Site::of(exact)).precision, Precision::Imprecise);
    assert_eq!(self::told(plan, &Site::of(bucket)).precision, Precision::Rounded);
}

#[test]
fn four_carriers_or_four_who_were_assayed_are_nobody_and_five_are_told() {
    let plan = ReleasePlan::open(Release::Count, 5);
    assert_eq!(carriers(plan, cell(5, 0, 5)), Some(5));
    assert_eq!(carriers(plan, cell(4, 0, 6)), None);
    let few_assayed = Site { only_alleles: true, ..Site::of(cell(0, 4, 0)) };
    assert!(!self::told(plan, &few_assayed).exists, "eight alleles are those of four people at least");
    let enough = Site { only_alleles: true, ..Site::of(cell(0, 5, 5)) };
    assert!(self::told(plan, &enough).exists);
}

#[test]
fn who_is_left_without_a_group_is_not_few_either_way() {
    let plan = ReleasePlan::open(Release::Frequency, 5);
    let one_group = |group: Cell, rest: Cell| {
        let groups = vec![(Group::Population("N".into()), group)];
        rows(plan, &Site { groups, ..Site::of(group.plus(rest)) })
    };
    let group = cell(10, 0, 100);
    assert_eq!(one_group(group, cell(5, 0, 5)), 2);
    assert_eq!(one_group(group, cell(5, 0, 4)), 1, "four others have no population");
    assert_eq!(one_group(group, cell(4, 0, 5)), 1, "four carriers have no population");
    assert_eq!(one_group(group, cell(0, 0, 0)), 2, "everybody has one");
    assert_eq!(one_group(cell(10, 0, 4), cell(10, 0, 50)), 1, "four of the group do not carry it");
}

#[test]
fn two_men_with_the_only_copy_are_not_told_apart() {
    let plan = ReleasePlan::open(Release::Frequency, 5);
    let on_x = |hemi| {
        let there = Cell { het: 8, hom: 6, hemi, others: 100 };
        let told = told(plan, &Site { contig: "X", ..Site::of(there) });
        let Record { carriers, rows } = told.record.unwrap();
        (carriers, rows[0].3)
    };
    assert_eq!(on_x(2), (None, None));
    assert_eq!(on_x(4), (None, None));
    assert_eq!(on_x(5), (Some(19), Some([8, 6, 5])));
    assert_eq!(on_x(0), (None, None), "nobody reads like a few");
    let autosome = Cell { het: 8, hom: 6, hemi: 0, others: 100 };
    assert_eq!(told(plan, &Site::of(autosome)).record.unwrap().rows[0].3, Some([8, 6, 0]));
}

#[test]
fn a_filter_that_takes_few_away_reads_as_nobody() {
    let plan = ReleasePlan::open(Release::Count, 5);
    let kept = cell(20, 0, 50);
    let without =
        |taken: Cell| told(plan, &Site { margins: vec![kept.plus(taken)], ..Site::of(kept) }).exists;
    assert!(without(cell(5, 0, 5)));
    assert!(!without(cell(4, 0, 50)), "four carriers were taken away");
    assert!(!without(cell(50, 0, 4)), "four others were taken away");
    assert!(without(cell(0, 0, 0)), "nobody was taken away");
}

#[test]
fn rounding_lifts_nobody_over_the_floor() {
    let plan = ReleasePlan { rounding: Rounding::Nearest(5), ..ReleasePlan::open(Release::Count, 5) };
    for few in [3, 4] {
        assert!(!told(plan, &Site::of(cell(few, 0, 100))).exists, "{few} would be 5");
    }
    assert_eq!(carriers(plan, cell(5, 0, 100)), Some(5));
    assert_eq!(carriers(plan, cell(8, 0, 100)), Some(10));
}

#[test]
fn a_bound_between_the_true_and_the_told_frequency_compares_the_told_one() {
    let plan = ReleasePlan { rounding: Rounding::Nearest(10), ..ReleasePlan::open(Release::Frequency, 5) };
    // 16 of 200 are told as 20 of 200: 0.08 as 0.1.
    let site = Site::of(cell(16, 0, 84));
    let holds = |operator, value| world::variant(plan, &site, Some(world::bound(operator, value))).exists;
    assert!(holds(Operator::GreaterOrEqual, "0.09"));
    assert!(!holds(Operator::Less, "0.09"));
    assert!(holds(Operator::Equal, "0.1"));
    assert!(!holds(Operator::Equal, "0.08"));
    let nearly_all = Site::of(cell(0, 97, 3));
    let bound = world::bound(Operator::Greater, "0.5");
    assert!(!world::variant(plan, &nearly_all, Some(bound)).exists, "no frequency of them is told");
}

#[test]
fn who_was_assayed_is_told_only_where_nothing_is_hidden() {
    let site = Site { not_assayed: 40, ..Site::of(cell(20, 0, 40)) };
    let coverage = |plan| {
        let answer = world::variant(plan, &site, None);
        assert_eq!(answer.variants[0].coverage, answer.coverage);
        answer.coverage
    };
    let open = ReleasePlan::open(Release::Count, 0);
    assert_eq!(coverage(open), Coverage::Partial);
    assert_eq!(coverage(ReleasePlan::open(Release::Count, 5)), Coverage::Unknown);
    assert_eq!(coverage(ReleasePlan { minimum_cohort: 5, ..open }), Coverage::Unknown);
}

#[test]
fn where_nothing_is_known_of_somebody_no_frequency_is_told() {
    let tally = cell(8, 1, 0).tally();
    let answer = |plan, known: u32| {
        let asked = People::Known(Arc::new((0..61).collect()));
        let groups = vec![(Group::Population("N".into()), tally)];
        let count = Count::of(Arc::new(Numbers { tally, entries: 1, groups }));
        world::counted(plan, count.among(asked.clone(), asked).knowing((0..known).collect()))
    };
    let numbers = |plan, known| {
        let answer = answer(plan, known);
        let variant = &answer.variants[0];
        assert_eq!(variant.coverage, answer.coverage);
        let people = (variant.carriers, variant.assayed, variant.people);
        (people, variant.frequencies.len(), answer.coverage)
    };
    let open = ReleasePlan::open(Release::Frequency, 0);
    for known in [9, 60] {
        assert_eq!(numbers(open, known), ((Some(9), Some(9), Some(61)), 0, Coverage::Unknown), "{known}");
    }
    assert_eq!(numbers(open, 61), ((Some(9), Some(9), None), 2, Coverage::Partial));
    let count = ReleasePlan { release: Release::Count, ..open };
    assert_eq!(numbers(count, 9), ((Some(9), None, None), 0, Coverage::Unknown));
    let rounded = ReleasePlan { rounding: Rounding::Nearest(10), ..open };
    assert_eq!(numbers(rounded, 9), ((Some(10), Some(10), Some(60)), 0, Coverage::Unknown));
    let floor = ReleasePlan { minimum_carriers: 5, ..open };
    let ((_, assayed, people), rows, coverage) = numbers(floor, 9);
    assert_eq!((assayed, people, rows, coverage), (None, None, 0, Coverage::Unknown));
}

#[test]
fn what_has_no_frequency_is_neither_as_frequent_as_asked_for_nor_not() {
    let is_undecided = |plan, known: u32| {
        let asked = People::Known(Arc::new((0..60).collect()));
        let count = Count::of(Numbers::of(cell(8, 1, 0).tally())).among(asked.clone(), asked);
        let (variant, count) = (world::any_variant(), count.knowing((0..known).collect()));
        let allele = AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap();
        let bounds = vec![world::bound(Operator::Less, "0.9")];
        let query = Query { frequencies: bounds, ..Query::variants(VariantQuery::Allele(allele)) };
        let permit = world::permit(plan);
        let mut disclosure = Disclosure::new(&permit, &query, 100, None);
        let found = VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() };
        disclosure.tell(Undisclosed::new(found), &Bearers::Everybody);
        disclosure.is_undecided()
    };
    let open = ReleasePlan::open(Release::Frequency, 0);
    assert!(is_undecided(open, 9) && is_undecided(open, 59));
    assert!(!is_undecided(open, 60), "something is known of everybody");
    let floor = ReleasePlan { minimum_carriers: 10, ..open };
    assert!(!is_undecided(floor, 9), "a refusal would tell of nine carriers");
}

#[test]
fn carriers_and_documents_are_shown_only_where_nothing_is_hidden() {
    let open = ReleasePlan::open(Release::Record, 0);
    let found = Found { entries: 30, people: 30, cohort: 100, margins: Vec::new(), narrowed: false };
    let shows = |plan| {
        let people = told(plan, &Site::of(cell(20, 0, 40))).shows_people;
        assert_eq!(Said::from(world::entries(plan, &found)).shows_people, people);
        people
    };
    assert!(shows(open));
    assert!(!shows(ReleasePlan { minimum_carriers: 1, ..open }));
    assert!(!shows(ReleasePlan { minimum_cohort: 1, ..open }));
    assert!(!shows(ReleasePlan { release: Release::Frequency, ..open }));
}

#[test]
fn a_filter_on_entries_that_takes_nine_away_reads_as_nobody_and_ten_are_told() {
    let plan = ReleasePlan::open(Release::Count, 10);
    let exists = |margin| {
        let found =
            Found { entries: 40, people: 40, cohort: 100, margins: vec![100, margin], narrowed: true };
        world::entries(plan, &found).exists
    };
    assert!(!exists(49));
    assert!(exists(50));
    assert!(!exists(40), "nobody reads like a few");
    assert!(exists(100), "what all others leave is everybody");
}

#[test]
fn all_but_nine_people_are_a_bucket_and_all_but_ten_are_told() {
    let plan = ReleasePlan::open(Release::Count, 10);
    let count = |people| {
        let found = Found { entries: people, people, cohort: 100, margins: vec![100], narrowed: true };
        let answer = world::entries(plan, &found);
        (answer.result_count, answer.precision)
    };
    assert_eq!(count(90), (Some(90), Precision::Imprecise));
    assert_eq!(count(91), (Some(90), Precision::Rounded));
    assert_eq!(count(89), (Some(89), Precision::Imprecise));
    assert_eq!(count(9).0, Some(0));
    assert_eq!(count(10).0, Some(10));
}

#[test]
fn terms_of_too_small_a_cohort_are_not_listed() {
    let plan = ReleasePlan { minimum_cohort: 200, ..ReleasePlan::open(Release::Count, 10) };
    assert_eq!(world::term(plan, 50, 199, &[("a", 50)]), []);
    assert_eq!(world::term(plan, 50, 200, &[("a", 50)]).len(), 1);
}

#[test]
fn the_smallest_cohort_counts_those_who_consented_and_not_those_who_were_assayed() {
    let plan = ReleasePlan { minimum_cohort: 100, ..ReleasePlan::open(Release::Count, 5) };
    let exists = |consented| told(plan, &Site { consented, ..Site::of(cell(20, 0, 60)) }).exists;
    assert!(!exists(99));
    assert!(exists(100));
}

#[test]
fn both_sexes_leave_few_without_one_and_are_not_told() {
    let plan = ReleasePlan::open(Release::Frequency, 5);
    let (male, female) = (cell(10, 0, 60), cell(12, 0, 60));
    let with = |rest: Cell| {
        let groups = vec![(Group::Sex(Sex::Male), male), (Group::Sex(Sex::Female), female)];
        rows(plan, &Site { groups, ..Site::of(male.plus(female).plus(rest)) })
    };
    assert_eq!(with(cell(0, 0, 0)), 3);
    assert_eq!(with(cell(5, 0, 5)), 3);
    assert_eq!(with(cell(0, 0, 3)), 1);
}

#[test]
fn who_has_half_a_call_is_a_part_that_may_be_small() {
    let enough = |half: u64| {
        let parts =
            Tally { heterozygous: Some(10), homozygous: Some(10), hemizygous: Some(0), ..Tally::default() };
        parts::are_enough(5, &Tally { carriers: Some(20 + half), ..parts }, true)
    };
    assert!(enough(0) && enough(5));
    assert!(!enough(4) && !enough(1));
    let alleles = Tally { allele_count: 3, carriers: Some(3), ..Tally::default() };
    assert!(parts::are_enough(5, &alleles, true), "there are no parts");
}
