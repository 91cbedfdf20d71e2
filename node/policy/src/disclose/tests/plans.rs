//! What a plan asks of whoever counts, what it says may be missing, and who is left out of an answer.

use std::sync::Arc;

use fyr_schemas::{
    AlleleQuery, Assembly, DatasetAnswer, DatasetState, EntryType, Granularity, Handover, Lift, Query,
    Release, Tally, VariantQuery, Versions, Withheld,
};
use roaring::RoaringBitmap;

use super::{
    super::answers::{Speaker, answered},
    world::{self, Found, Said, Site, cell},
};
use crate::{
    Accounting, Bearers, Cost, Count, Fixed, Measure, Needs, People, Questions, ReleasePlan, Rounding, Sets,
};

/// Plans that a control restrains, each by one.
fn restrained() -> [ReleasePlan; 3] {
    let open = ReleasePlan::open(Release::Record, 0);
    [
        ReleasePlan { minimum_carriers: 1, ..open },
        ReleasePlan { minimum_cohort: 1, ..open },
        ReleasePlan { silent: true, ..open },
    ]
}

#[test]
fn an_open_plan_needs_nothing_but_what_it_shows() {
    let open = ReleasePlan::open(Release::Frequency, 0);
    assert_eq!(open.needs(), Needs::default());
    let records = ReleasePlan::open(Release::Record, 0).needs();
    assert_eq!(records, Needs { records: true, ..Needs::default() });
}

#[test]
fn whatever_hides_people_shows_no_records_and_no_sums_and_takes_its_time() {
    for plan in restrained() {
        let needs = plan.needs();
        assert_eq!((needs.hides, needs.singly, needs.records), (true, true, false), "{plan:?}");
        assert_eq!(needs.margins, plan.minimum_carriers > 0, "{plan:?}");
    }
    let accounted = ReleasePlan { accounting: Accounting::Unpriced, ..ReleasePlan::open(Release::Count, 0) };
    assert!(
        accounted.needs().singly && accounted.needs().hides,
        "whoever pays must be known, and shows nowhere else"
    );
    let fixed = Questions::Fixed { descendants: false, sets: crate::ValueSets::default() };
    let fixed = ReleasePlan { questions: fixed, ..ReleasePlan::open(Release::Count, 5) };
    assert_eq!(
        fixed.needs().fixed,
        Some(Fixed { floor: 5, cohort: 0, descendants: false, sets: crate::ValueSets::default() })
    );
    let rounds = ReleasePlan { rounding: Rounding::Buckets, ..ReleasePlan::open(Release::Record, 0) };
    assert_eq!(rounds.needs(), Needs { singly: true, records: true, ..Needs::default() });
}

#[test]
fn a_silent_plan_tells_nothing_of_variants_entries_and_terms() {
    let silent = ReleasePlan { silent: true, ..ReleasePlan::open(Release::Record, 0) };
    let there: Said = world::variant(silent, &Site::of(cell(500, 100, 400)), None).into();
    let nothing: Said = world::variant(silent, &Site::of(cell(0, 0, 0)), None).into();
    assert_eq!(there, nothing);
    assert_eq!((there.exists, there.count, &there.record), (false, Some(0), &None));
    let found = |people| Found { entries: people, people, cohort: 100, margins: Vec::new(), narrowed: false };
    let entries: Said = world::entries(silent, &found(60)).into();
    assert_eq!(entries, world::entries(silent, &found(0)).into());
    assert!(!entries.exists && !entries.shows_people);
    assert_eq!(world::term(silent, 90, 100, &[("a", 90)]), []);
}

#[test]
fn reasons_follow_from_plan_and_question() {
    let allele = VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap());
    let ask = |granularity| Query { granularity, ..Query::variants(allele.clone()) };
    let open = ReleasePlan::open(Release::Record, 0);
    assert_eq!(open.withholds(&ask(Granularity::Record)), []);
    let silent = ReleasePlan { silent: true, ..open };
    assert_eq!(silent.withholds(&ask(Granularity::Record)), [Withheld::NotPermitted]);
    let boolean = ReleasePlan::open(Release::Boolean, 0);
    assert_eq!(boolean.withholds(&ask(Granularity::Boolean)), []);
    assert_eq!(boolean.withholds(&ask(Granularity::Count)), [Withheld::LessPermitted]);
    let consortium = ReleasePlan {
        minimum_cohort: 100,
        rounding: Rounding::Nearest(5),
        ..ReleasePlan::open(Release::Frequency, 5)
    };
    let all = [
        Withheld::CohortBelowMinimum,
        Withheld::CountBelowFloor,
        Withheld::FilterBelowFloor,
        Withheld::RestBelowFloor,
        Withheld::PartBelowFloor,
        Withheld::PopulationBelowFloor,
        Withheld::SexBelowFloor,
        Withheld::Rounded,
    ];
    assert_eq!(consortium.withholds(&ask(Granularity::Record)), all);
    let counts = ReleasePlan { release: Release::Count, ..consortium };
    let of_counts = counts.withholds(&ask(Granularity::Count));
    assert!(of_counts.contains(&Withheld::PartBelowFloor), "carriers are a part of who is told frequencies");
    let alone = ReleasePlan { measure: Measure::Carriers, ..counts }.withholds(&ask(Granularity::Count));
    assert!(!alone.contains(&Withheld::PartBelowFloor), "a plan that tells no parts misses none");
    let boolean = ReleasePlan { release: Release::Boolean, ..consortium };
    let of_boolean = boolean.withholds(&ask(Granularity::Boolean));
    assert!(!of_boolean.contains(&Withheld::PartBelowFloor), "a yes has no parts");
    assert!(!of_counts.contains(&Withheld::PopulationBelowFloor), "a count has no groups");
    let everybody = Query { granularity: Granularity::Record, ..Query::entries(EntryType::Individual) };
    let of_everybody = consortium.withholds(&everybody);
    assert!(!of_everybody.contains(&Withheld::FilterBelowFloor), "how many there are is about nobody");
    assert!(!of_everybody.contains(&Withheld::RestBelowFloor));
}

/// People who are known.
#[derive(Clone)]
struct Known {
    carriers: RoaringBitmap,
    looked_at: RoaringBitmap,
}

impl Sets for Known {
    fn tally(&self) -> Tally {
        let carriers = self.carriers.len();
        Tally { allele_count: carriers, ..world::Numbers::people(carriers, self.looked_at.len()) }
    }

    fn people(&self) -> People {
        People::Known(Arc::new(self.carriers.clone()))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::new(self.looked_at.clone()))
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        let [carriers, looked_at] = [&self.carriers, &self.looked_at].map(|set| set - people);
        Some(Arc::new(Self { carriers, looked_at }))
    }
}

pub(super) fn known(carriers: std::ops::Range<u32>, looked_at: std::ops::Range<u32>) -> Count {
    let cohort = People::Known(Arc::new(looked_at.clone().collect()));
    let sets = Known { carriers: carriers.collect(), looked_at: looked_at.collect() };
    Count::of(Arc::new(sets)).among(cohort.clone(), cohort)
}

#[test]
fn who_cannot_bear_it_is_left_out_before_the_floor() {
    let plan = ReleasePlan { minimum_cohort: 90, ..ReleasePlan::open(Release::Count, 5) };
    let carriers = |bearers| world::known_variant(plan, known(0..7, 0..100), &bearers);
    let all_but = |people: std::ops::Range<u32>| Bearers::AllBut(people.collect());
    assert_eq!(carriers(Bearers::Everybody), Some(7));
    assert_eq!(carriers(all_but(0..2)), Some(5));
    assert_eq!(carriers(all_but(0..3)), None, "four are left");
    assert_eq!(carriers(all_but(90..100)), Some(7), "ninety may be counted");
    assert_eq!(carriers(all_but(89..100)), Some(7), "a hundred consent, whoever is left out of this answer");
    assert_eq!(
        world::known_variant(plan, Count::of(world::Numbers::of(cell(7, 0, 93).tally())), &all_but(0..1)),
        None
    );
}

#[test]
fn what_two_controls_ask_for_is_borne_by_everybody_whom_one_of_them_asks() {
    let nothing = Cost::default();
    assert!(nothing.is_nothing() && Cost::new(RoaringBitmap::new(), 5).is_nothing());
    let cost = |people: &[u32], amount| Cost::new(people.iter().copied().collect(), amount);
    assert!(cost(&[1], 0).is_nothing() && !cost(&[1], 1).is_nothing());
    assert_eq!(cost(&[1], 3).and(nothing.clone()), cost(&[1], 3));
    assert_eq!(nothing.and(cost(&[1], 3)), cost(&[1], 3));
    assert_eq!(cost(&[1], 3).and(cost(&[2], 4)), cost(&[1, 2], 7));
    assert_eq!(cost(&[9], 0).and(cost(&[1], 3)), cost(&[1], 3), "whoever is asked for nothing is not asked");
    assert_eq!(cost(&[1], 3).and(cost(&[9], 0)), cost(&[1], 3));
    assert_eq!(cost(&[1], u64::MAX).and(cost(&[1], 4)).amount(1), u64::MAX);
    let both = cost(&[1, 2], 3).and(cost(&[2, 5], 4));
    assert_eq!((both.amount(1), both.people().iter().collect::<Vec<_>>()), (7, vec![1, 2, 5]));
}

#[test]
fn an_answer_carries_all_that_its_plan_and_its_node_say() {
    let plan = ReleasePlan { attributable: false, ..ReleasePlan::open(Release::Count, 5) };
    let lift = Some(Lift { from: Assembly::GRCH37, verified: true });
    let handover = Handover {
        id: "CUSTOM:REMS".into(),
        label: "Access".into(),
        url: "https://a.test".into(),
        note: None,
    };
    let versions = Some(Versions::new(("node", "D"), "p1".into(), (None, None), None));
    let speaker = Speaker {
        lift,
        handovers: vec![handover.clone()],
        versions: versions.clone(),
        read_as: vec!["age:>P30Y".into()],
        ..world::speaker()
    };
    let told = answered(&world::permit(plan), vec![Withheld::Rounded], speaker, Some(20));
    let silent = DatasetAnswer::silent("D", "node", Assembly::GRCH38, DatasetState::Answered);
    let expected = DatasetAnswer {
        lift,
        release: Release::Count,
        adjusted_to: vec![5, 20],
        handovers: vec![handover],
        attributable: false,
        versions,
        read_as: vec!["age:>P30Y".into()],
        withheld: vec![Withheld::Rounded],
        ..silent
    };
    assert_eq!(told, expected);
    let open = ReleasePlan::open(Release::Count, 0);
    let told = answered(&world::permit(open), Vec::new(), world::speaker(), None);
    assert!(told.attributable && told.adjusted_to.is_empty());
}
