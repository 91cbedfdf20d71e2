mod account;
mod edges;
mod entries;
mod exhaustive;
mod families;
mod hidden;
mod noise;
mod noise_exhaustive;
mod plans;
mod ranges;
mod reference;
mod table;
mod world;

use std::sync::Arc;

use crate::{Count, People, ReleasePlan, Rounding};
use fyr_schemas::{Coverage, DatasetAnswer, Group, Precision, Release, Sex};
use world::{Cell, Site};

/// Heterozygotes, homozygotes, and how many were assayed.
fn tally(het: u64, hom: u64, assayed: u64) -> Cell {
    world::cell(het, hom, assayed - het - hom)
}

/// Tells of a thousand people who are asked about.
fn disclose_under(plan: ReleasePlan, total: Cell, groups: Vec<(Group, Cell)>) -> DatasetAnswer {
    let not_assayed = 1000u64.saturating_sub(total.assayed());
    world::variant(plan, &Site { not_assayed, consented: 1000, groups, ..Site::of(total) }, None)
}

fn disclose(release: Release, k: u64, total: Cell, groups: Vec<(Group, Cell)>) -> DatasetAnswer {
    disclose_under(ReleasePlan::open(release, k), total, groups)
}

#[test]
fn without_a_floor_everything_permitted_is_told() {
    let answer =
        disclose(Release::Frequency, 0, tally(1, 1, 900), vec![(Group::Sex(Sex::Male), tally(1, 0, 450))]);
    assert!(answer.exists);
    assert_eq!(answer.coverage, Coverage::Partial);
    assert_eq!(answer.precision, Precision::Exact);
    let variant = &answer.variants[0];
    assert_eq!(variant.carriers, Some(2));
    assert_eq!(variant.frequencies.len(), 2);
    assert_eq!((variant.frequencies[0].allele_count, variant.frequencies[0].allele_number), (3, 1800));
    assert_eq!(variant.frequencies[0].homozygous, Some(1));
}

#[test]
fn an_allele_that_nobody_carries_is_an_answer_with_its_denominator() {
    let answer = disclose(Release::Frequency, 0, tally(0, 0, 1000), Vec::new());
    assert!(!answer.exists);
    assert_eq!((answer.coverage, answer.result_count), (Coverage::Complete, Some(0)));
    assert_eq!(answer.variants[0].frequencies[0].allele_number, 2000);
}

#[test]
fn below_the_floor_all_reasons_read_the_same() {
    let nobody = disclose(Release::Frequency, 5, tally(0, 0, 1000), Vec::new());
    let few = disclose(Release::Frequency, 5, tally(4, 0, 1000), Vec::new());
    let not_assayed = disclose(Release::Frequency, 5, tally(4, 0, 4), Vec::new());
    assert!(!nobody.exists && nobody.variants.is_empty());
    assert_eq!(nobody.precision, Precision::Imprecise);
    assert_eq!(nobody, few);
    assert_eq!(nobody, not_assayed);
}

#[test]
fn nearly_everyone_is_a_top_bucket() {
    let answer = disclose(Release::Frequency, 5, tally(500, 497, 1000), Vec::new());
    assert!(answer.exists);
    assert_eq!(answer.variants[0].carriers, Some(995));
    assert!(answer.variants[0].frequencies.is_empty());
    assert_eq!(answer.precision, Precision::Rounded);
    assert_eq!(answer.adjusted_to, [5, 995]);
}

#[test]
fn one_small_group_takes_its_siblings_with_it() {
    let groups = vec![
        (Group::Population("A".into()), tally(10, 10, 500)),
        (Group::Population("B".into()), tally(2, 0, 500)),
    ];
    let answer = disclose(Release::Frequency, 5, tally(12, 10, 1000), groups);
    assert_eq!(answer.variants[0].frequencies.len(), 1);
    assert_eq!(answer.variants[0].frequencies[0].group, Group::Total);
}

#[test]
fn people_without_a_label_are_not_told_by_the_difference() {
    let of = |sex, het| (Group::Sex(sex), tally(het, 0, 480));
    let rows = |people, groups| {
        let answer = disclose(Release::Frequency, 5, tally(22, 0, people), groups);
        answer.variants[0].frequencies.len()
    };
    let unknown_sex = vec![of(Sex::Male, 10), of(Sex::Female, 11)];
    assert_eq!(rows(1000, unknown_sex), 1, "one carrier has no stated sex");
    let one_population = vec![(Group::Population("A".into()), tally(20, 0, 960))];
    assert_eq!(rows(1000, one_population), 1, "two carriers have no population");
    assert_eq!(rows(960, vec![of(Sex::Male, 10), of(Sex::Female, 12)]), 3);
}

#[test]
fn small_parts_are_not_told_and_cannot_be_computed() {
    let answer = disclose(Release::Frequency, 5, tally(20, 2, 1000), Vec::new());
    let variant = &answer.variants[0];
    let total = &variant.frequencies[0];
    assert_eq!((total.heterozygous, total.homozygous, total.hemizygous), (None, None, None));
    assert_eq!(variant.carriers, None, "carriers beside AC would tell the homozygotes");
}

#[test]
fn lower_releases_tell_less() {
    let boolean = disclose(Release::Boolean, 0, tally(3, 0, 1000), Vec::new());
    assert!(boolean.exists && boolean.variants.is_empty() && boolean.result_count.is_none());
    let count = disclose(Release::Count, 0, tally(3, 0, 1000), Vec::new());
    assert_eq!(count.variants[0].carriers, Some(3));
    assert!(count.variants[0].frequencies.is_empty());
}

proptest::proptest! {
    #[test]
    fn no_number_of_people_below_the_floor_is_ever_told(
        k in 1u64..20,
        parts in proptest::collection::vec((0u64..30, 0u64..30, 0u64..30), 1..5),
    ) {
        let groups: Vec<_> = parts.iter().enumerate().map(|(i, &(het, hom, others))| {
            (Group::Population(format!("P{i}")), tally(het, hom, het + hom + others))
        }).collect();
        let total = groups.iter().fold(Cell::default(), |total, (_, group)| total.plus(*group));
        let answer = disclose(Release::Frequency, k, total, groups);
        for variant in &answer.variants {
            proptest::prop_assert!(variant.carriers.is_none_or(|n| n >= k || answer.precision == Precision::Rounded));
            for row in &variant.frequencies {
                proptest::prop_assert!(row.heterozygous.is_none_or(|n| n >= k));
                proptest::prop_assert!(row.homozygous.is_none_or(|n| n >= k));
                proptest::prop_assert!(row.allele_count >= k);
                proptest::prop_assert!(row.allele_number - row.allele_count >= k);
            }
        }
        if answer.exists {
            proptest::prop_assert!(total.carriers() >= k);
        }
    }
}

#[test]
fn too_small_a_cohort_reads_as_nobody() {
    let wide = ReleasePlan { minimum_cohort: 1001, ..ReleasePlan::open(Release::Frequency, 5) };
    let groups = vec![(Group::Sex(Sex::Male), tally(100, 0, 450))];
    assert_eq!(
        disclose_under(wide, tally(300, 10, 900), groups.clone()),
        disclose_under(wide, tally(0, 0, 900), Vec::new()),
    );
    let enough = ReleasePlan { minimum_cohort: 1000, ..wide };
    assert!(disclose_under(enough, tally(300, 10, 900), groups).exists);
}

#[test]
fn suppression_comes_before_rounding() {
    let research = ReleasePlan {
        rounding: Rounding::Buckets,
        minimum_cohort: 200,
        ..ReleasePlan::open(Release::Count, 10)
    };
    let nobody = disclose_under(research, tally(0, 0, 900), Vec::new());
    assert!(!nobody.exists);
    assert_eq!(disclose_under(research, tally(9, 0, 900), Vec::new()), nobody);
    for (carriers, told) in [(10, 10), (19, 10), (20, 20), (49, 20), (99, 50), (890, 500)] {
        let answer = disclose_under(research, tally(carriers, 0, 900), Vec::new());
        assert_eq!(answer.variants[0].carriers, Some(told), "{carriers}");
        assert_eq!(answer.precision, Precision::Rounded);
        assert!(answer.variants[0].frequencies.is_empty());
    }
    let nearly_all = disclose_under(research, tally(895, 0, 900), Vec::new());
    assert_eq!(nearly_all.variants[0].carriers, Some(500), "N - 10 = 890, in its bucket");
}

#[test]
fn rounded_frequencies_have_no_parts() {
    let consortium = ReleasePlan {
        rounding: Rounding::Nearest(5),
        minimum_cohort: 100,
        ..ReleasePlan::open(Release::Frequency, 5)
    };
    let answer = disclose_under(consortium, tally(12, 6, 502), Vec::new());
    let variant = &answer.variants[0];
    assert_eq!((variant.frequencies[0].allele_count, variant.frequencies[0].allele_number), (25, 1005));
    assert_eq!((variant.frequencies[0].homozygous, variant.frequencies[0].heterozygous), (None, None));
    assert_eq!(variant.carriers, Some(20));
    assert!(variant.frequencies[0].is_plausible());
}

#[test]
fn a_denominator_that_somebody_stated_is_said_to_be_assumed() {
    let count = |assumed: &[u32], known: u32| {
        let people = || People::Known(Arc::new((0..100).collect()));
        let count = plans::known(0..20, 0..100).among(people(), people());
        count.knowing((0..known).collect()).assuming(assumed.iter().copied().collect())
    };
    let assumed = |plan: ReleasePlan, count: Count| world::counted(plan, count).variants[0].assumed;
    let open = |release| ReleasePlan::open(release, 0);
    assert!(assumed(open(Release::Frequency), count(&[7], 100)));
    assert!(!assumed(open(Release::Frequency), count(&[], 100)), "somebody called everybody");
    assert!(!assumed(open(Release::Frequency), count(&[7], 99)), "there is no denominator");
    assert!(!assumed(open(Release::Count), count(&[7], 100)), "no denominator is told");
    assert!(
        !assumed(ReleasePlan::open(Release::Frequency, 5), count(&[7], 100)),
        "under a floor nobody learns of it"
    );
}
