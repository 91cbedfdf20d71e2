//! Answers that people pay for.

use std::sync::Arc;

use fyr_schemas::{
    AlleleQuery, Assembly, EntryType, Group, Query, Release, Sex, Tally, VariantQuery, Withheld,
};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::{
    super::{
        account::{ByThresholds, haploid},
        control::{Question, Told},
    },
    plans::known,
    world,
};
use crate::{
    Accounting, Bearers, Besides, Cost, Count, Disclosure, Families, ReleasePlan, Rounding, Undisclosed,
    VariantCount,
};

const PRICED: Accounting = Accounting::Thresholds { besides: Besides::Floors };
const STRICT: Accounting = Accounting::Thresholds { besides: Besides::Nothing };

/// Numbers in buckets, of ten people or more.
fn plan(release: Release) -> ReleasePlan {
    ReleasePlan { rounding: Rounding::Buckets, accounting: PRICED, ..ReleasePlan::open(release, 10) }
}

/// Tells of so many carriers of an allele that is so frequent elsewhere, among 2,504 people.
fn told(carriers: u32, frequency: f64) -> Option<u64> {
    let count = known(0..carriers, 0..2_504).diploid(true).expected(frequency);
    world::known_variant(plan(Release::Count), count, &Bearers::Everybody)
}

fn allele(text: &str) -> AlleleQuery {
    AlleleQuery::parse(Assembly::GRCH38, text).unwrap()
}

/// The cost of an allele, and the name of what is told.
fn cost_of(plan: ReleasePlan, text: &str, count: Count) -> (Cost, String) {
    let permit = world::permit(plan);
    let query = Query::variants(VariantQuery::Allele(allele(text)));
    let variant = allele(text).as_variant().unwrap();
    let found = Undisclosed::new(VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() });
    let disclosure = Disclosure::new(&permit, &query, 10, None);
    let cost = disclosure.cost(&found);
    let item = disclosure.item(Assembly::GRCH38, &found, &cost);
    (cost, item)
}

fn cost(release: Release, count: Count) -> Cost {
    cost_of(plan(release), "7-100-A-G", count).0
}

#[test]
fn numbers_are_told_up_to_what_the_reference_lets_expect() {
    for (carriers, frequency, expected) in [
        (9, 0.0011, None),
        (10, 0.0011, Some(10)),
        (30, 0.0011, Some(20)),
        (500, 0.0011, Some(20)),
        (500, 0.15, Some(500)),
        (500, 0.00001, None),
        (500, 0.0, None),
    ] {
        assert_eq!(told(carriers, frequency), expected, "{carriers} of {frequency}");
    }
}

#[test]
fn where_no_reference_was_asked_nothing_is_told_and_nobody_is_charged() {
    let count = || known(0..500, 0..2_504).diploid(true);
    assert_eq!(world::known_variant(plan(Release::Count), count(), &Bearers::Everybody), None);
    assert!(cost(Release::Count, count()).is_nothing());
}

#[test]
fn numbers_of_a_source_have_nobody_to_charge_and_are_not_told() {
    let numbers = Count::of(world::Numbers::of(world::Numbers::people(500, 2_504))).expected(0.1);
    assert_eq!(world::known_variant(plan(Release::Count), numbers, &Bearers::Everybody), None);
}

#[test]
fn carriers_pay_among_all_who_were_looked_at() {
    let count = || known(3..15, 0..2_504).diploid(true).expected(0.0011);
    let asked = cost(Release::Count, count());
    assert_eq!((asked.people().len(), asked.among().len()), (12, 2_504));
    assert!(asked.amount(2_504) > 0 && asked.amount(1_000) > asked.amount(2_504));
    assert!(cost(Release::Count, known(0..0, 0..2_504).diploid(true).expected(0.0011)).is_nothing());
    let small = ReleasePlan { minimum_cohort: 2_505, ..plan(Release::Count) };
    assert!(cost_of(small, "7-100-A-G", count()).0.is_nothing(), "nothing is told of so few");
}

#[test]
fn what_is_told_has_one_name_in_every_notation_and_another_by_other_steps() {
    let item = |plan, text: &str, frequency| {
        cost_of(plan, text, known(3..15, 0..2_504).diploid(true).expected(frequency)).1
    };
    let counts = plan(Release::Count);
    let first = item(counts, "7-100-A-G", 0.0011);
    assert_eq!(item(counts, "chr7-100-A-G", 0.0011), first);
    assert_eq!(item(counts, "7-99-CA-CG", 0.0011), first);
    assert_eq!(item(counts, "7-100-A-G", 0.00111), first, "up to the same step");
    for other in [
        item(plan(Release::Boolean), "7-100-A-G", 0.0011),
        item(counts, "7-100-A-T", 0.0011),
        item(counts, "7-100-A-G", 0.3),
        item(ReleasePlan { minimum_carriers: 11, ..counts }, "7-100-A-G", 0.0011),
    ] {
        assert_ne!(other, first);
    }
}

#[test]
fn whoever_has_one_copy_is_expected_to_carry_more_rarely() {
    let amount = |diploid| {
        let count = known(0..12, 0..2_504).diploid(diploid).expected(0.003);
        cost(Release::Boolean, count).amount(2_504)
    };
    assert!(amount(false) > amount(true), "nothing is called twice here");
}

#[test]
fn relatives_are_told_and_priced_as_one() {
    // Two by two.
    let families = Arc::new(Families::new((0..2_504).map(|person| (person, person / 2))));
    let count = |carriers| known(0..carriers, 0..2_504).diploid(true).expected(0.01).related(&families);
    let carriers = |number| world::known_variant(plan(Release::Count), count(number), &Bearers::Everybody);
    assert_eq!([18, 20, 38, 40].map(carriers), [None, Some(10), Some(10), Some(20)]);
    let of_strangers = known(0..20, 0..1_252).diploid(true).expected(0.01);
    let (related, strangers) = (cost(Release::Count, count(20)), cost(Release::Count, of_strangers));
    assert_eq!(related.amount(2_504), strangers.amount(1_252));
}

#[test]
fn who_was_told_of_enough_is_left_out_and_does_not_show_otherwise() {
    let cohort = ReleasePlan { minimum_cohort: 2_504, ..plan(Release::Count) };
    let carriers = |others: std::ops::Range<u32>| {
        let count = known(0..60, 0..2_504).diploid(true).expected(0.01);
        world::known_variant(cohort, count, &Bearers::AllBut(others.collect()))
    };
    assert_eq!(carriers(0..0), Some(50));
    assert_eq!(carriers(0..11), Some(20));
    assert_eq!(carriers(0..51), None);
    assert_eq!(carriers(2_000..2_504), Some(50), "who does not carry it changes nothing");
}

/// Questions: for alleles, for alleles of some people, for people, for people with an allele, for everybody.
fn questions() -> [Query; 5] {
    let allele = VariantQuery::Allele(allele("7-100-A-G"));
    let variants = Query::variants(allele.clone());
    let people = Query::entries(EntryType::Individual);
    let filters = world::filters;
    [
        variants.clone(),
        Query { filters: filters(), ..variants },
        Query { filters: filters(), ..people.clone() },
        Query { variant: Some(allele), ..people.clone() },
        people,
    ]
}

#[test]
fn what_would_go_around_the_account_is_not_told_nor_on_demand_what_has_no_price() {
    let refused = |accounting| {
        let plan = ReleasePlan { accounting, ..ReleasePlan::open(Release::Count, 5) };
        questions().map(|query| plan.leaves_unpriced(&query))
    };
    assert_eq!(refused(Accounting::None), [false; 5]);
    assert_eq!(refused(PRICED), [false, true, false, true, false]);
    assert_eq!(refused(STRICT), [false, true, true, true, false]);
    assert_eq!(refused(Accounting::Unpriced), [true, true, true, true, false]);
}

#[test]
fn whatever_is_refused_would_not_be_told_either() {
    for accounting in [PRICED, STRICT, Accounting::Unpriced] {
        let plan = ReleasePlan { accounting, ..ReleasePlan::open(Release::Count, 0) };
        let permit = world::permit(plan);
        for query in questions().into_iter().filter(|query| query.entry_type == EntryType::GenomicVariant) {
            let count = known(0..50, 0..100).diploid(true).expected(0.3);
            let variant = world::any_variant();
            let found = VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() };
            let mut disclosure = Disclosure::new(&permit, &query, 10, None);
            disclosure.tell(Undisclosed::new(found), &Bearers::Everybody);
            let told = disclosure.finish(world::speaker(), |_| Vec::new()).into_inner();
            assert_eq!(told.exists, !plan.leaves_unpriced(&query), "{accounting:?} {query:?}");
        }
    }
}

#[test]
fn answers_say_that_people_are_left_out_and_hide_whatever_the_floor() {
    let variants = &questions()[0];
    for floor in [0, 10] {
        let plan = ReleasePlan { minimum_carriers: floor, ..plan(Release::Count) };
        assert!(plan.withholds(variants).contains(&Withheld::ToldEnough));
        assert!(plan.needs().hides && plan.needs().singly);
    }
}

proptest! {
    #[test]
    fn a_number_is_a_step_that_was_reached_and_falls_with_those_who_are_left_out(
        carriers in 0u32..400,
        frequency in 0.0f64..0.5,
        floor in 1u64..30,
        rounds in 0usize..3,
        left_out in proptest::collection::vec(0u32..600, 0..40),
        kin in 1u32..5,
    ) {
        let rounding = [Rounding::Exact, Rounding::Nearest(5), Rounding::Buckets][rounds];
        let plan = ReleasePlan { rounding, minimum_carriers: floor, ..plan(Release::Count) };
        let families = Arc::new(Families::new((0..600).map(|person| (person, person / kin))));
        let count = || known(0..carriers, 0..600).diploid(true).expected(frequency).related(&families);
        let all = world::known_variant(plan, count(), &Bearers::Everybody);
        let carrying = u64::from(carriers.div_ceil(kin));
        if let Some(told) = all {
            prop_assert!(carrying >= floor);
            prop_assert_eq!(rounding.of(told), told);
            prop_assert!(told < carrying + 3, "rounded up by two at most");
        }
        let others: RoaringBitmap = left_out.into_iter().collect();
        let fewer = world::known_variant(plan, count(), &Bearers::AllBut(others.clone()));
        prop_assert!(fewer <= all);
        if others.range_cardinality(0..carriers) == 0 {
            prop_assert_eq!(fewer, all);
        }
    }
}

#[test]
fn a_number_of_carriers_comes_by_itself() {
    let plan = plan(Release::Count);
    let query = Query::variants(VariantQuery::Allele(allele("7-100-A-G")));
    let by_thresholds = ByThresholds::of(plan, Question::of(&query)).unwrap();
    let count = known(0..500, 0..2_504).diploid(true).expected(0.15);
    let groups = vec![(Group::Sex(Sex::Male), *count.tally())];
    let before = Told { groups, at_least: Some(3), ..Told::all(&count, false) };
    let told = by_thresholds.keep(&count, before).unwrap();
    assert_eq!((told.total.carriers, told.total.allele_number, told.at_least), (Some(500), 0, None));
    assert!(told.groups.is_empty());
}

#[test]
fn whose_second_copy_was_not_called_may_have_one() {
    let of = |allele_number, diploid| {
        let tally = Tally { allele_number, ..world::Numbers::people(20, 100) };
        haploid(&Count::of(world::Numbers::of(tally)).diploid(diploid))
    };
    assert_eq!([200, 150, 100, 90].map(|alleles| of(alleles, false)), [0, 50, 100, 100]);
    assert_eq!(of(150, true), 0);
}

#[test]
fn what_nobody_can_price_is_said_to_be_withheld() {
    let query = Query::variants(VariantQuery::Allele(allele("7-100-A-G")));
    let withholds = |accounting| {
        let plan = ReleasePlan { accounting, ..plan(Release::Count) };
        plan.withholds(&query).contains(&Withheld::NotPermitted)
    };
    assert!(withholds(Accounting::Unpriced) && !withholds(PRICED));
}
