//! What is told against what may be told, for all small numbers on both sides of each threshold.

use fyr_schemas::{Group, Operator, Release, Sex};

use super::{
    reference,
    world::{self, Cell, Found, Said, Site},
};
use crate::{ReleasePlan, Rounding};

const ROUNDINGS: [Rounding; 3] = [Rounding::Exact, Rounding::Nearest(4), Rounding::Buckets];
const RELEASES: [Release; 4] = [Release::Boolean, Release::Count, Release::Frequency, Release::Record];

/// All plans with these floors.
fn plans(floors: std::ops::RangeInclusive<u64>, cohorts: &[u64]) -> Vec<ReleasePlan> {
    let mut plans = Vec::new();
    for minimum_carriers in floors {
        for minimum_cohort in cohorts.iter().copied() {
            for rounding in ROUNDINGS {
                let plan = |release| ReleasePlan {
                    minimum_cohort,
                    rounding,
                    ..ReleasePlan::open(release, minimum_carriers)
                };
                plans.extend(RELEASES.map(plan));
                // What who is told frequencies is told, where counts are asked for.
                plans.push(ReleasePlan { release: Release::Count, ..plan(Release::Frequency) });
            }
        }
    }
    plans
}

/// All cells with up to so many of each.
fn cells(most: u64) -> impl Iterator<Item = Cell> {
    let up_to = move || 0..=most;
    up_to().flat_map(move |het| {
        up_to().flat_map(move |hom| {
            up_to().flat_map(move |hemi| up_to().map(move |others| Cell { het, hom, hemi, others }))
        })
    })
}

fn compare(plan: ReleasePlan, site: &Site) {
    let told = Said::from(world::variant(plan, site, None));
    assert_eq!(told, reference::variant(plan, site, None), "{plan:?} {site:?}");
}

#[test]
fn every_cell_of_a_variant_is_told_as_it_may_be() {
    for plan in plans(0..=3, &[0, 4]) {
        for cell in cells(4) {
            for contig in ["7", "X"] {
                compare(plan, &Site { contig, ..Site::of(cell) });
            }
            compare(plan, &Site { only_alleles: true, ..Site::of(cell) });
        }
    }
}

#[test]
fn too_few_who_consent_and_people_who_were_not_assayed_are_told_as_they_may_be() {
    for plan in plans(0..=2, &[0, 9, 10, 11]) {
        for cell in cells(2) {
            for (not_assayed, consented) in [(0, 9), (1, 10), (3, 11)] {
                compare(plan, &Site { not_assayed, consented, ..Site::of(cell) });
            }
        }
    }
}

#[test]
fn what_a_filter_takes_away_is_never_few() {
    for plan in plans(0..=3, &[0, 4]) {
        for kept in [world::cell(3, 3, 3), world::cell(0, 4, 2), world::cell(4, 4, 4)] {
            for taken in cells(4).filter(|taken| taken.hemi == 0) {
                let one = vec![kept.plus(taken)];
                let two = vec![kept.plus(world::cell(9, 9, 9)), kept.plus(taken)];
                for margins in [one, two] {
                    compare(plan, &Site { margins, ..Site::of(kept) });
                }
            }
        }
    }
}

#[test]
fn groups_stand_beside_their_total_only_if_nothing_between_them_is_few() {
    let (male, female) = (Group::Sex(Sex::Male), Group::Sex(Sex::Female));
    let (north, south) = (Group::Population("N".into()), Group::Population("S".into()));
    for plan in plans(0..=3, &[0]) {
        for part in cells(4).filter(|cell| cell.hemi == 0) {
            for sibling in [world::cell(3, 3, 6), world::cell(4, 0, 3)] {
                for unlabelled in [world::cell(0, 0, 0), world::cell(2, 0, 3), world::cell(3, 3, 3)] {
                    let total = part.plus(sibling).plus(unlabelled);
                    for (a, b) in [(&male, &female), (&north, &south)] {
                        let groups = vec![(a.clone(), part), (b.clone(), sibling)];
                        compare(plan, &Site { groups, ..Site::of(total) });
                    }
                    let groups = vec![(north.clone(), part)];
                    compare(plan, &Site { groups, ..Site::of(total) });
                }
            }
        }
    }
}

#[test]
fn two_answers_of_a_profile_tell_no_few_either() {
    for most in [Release::Count, Release::Frequency] {
        for floor in 1..=3 {
            let of = |release| ReleasePlan { release, ..ReleasePlan::open(most, floor) };
            for cell in cells(4) {
                let told = [Release::Count, most].map(|release| {
                    Said::from(world::variant(of(release), &Site { contig: "X", ..Site::of(cell) }, None))
                        .record
                });
                let carriers = told.iter().flatten().filter_map(|record| record.carriers).max();
                let alleles = told.iter().flatten().flat_map(|record| &record.rows).map(|row| row.1).max();
                if let (Some(_), Some(_)) = (carriers, alleles) {
                    let parts = [cell.het, cell.hom, cell.hemi];
                    assert!(parts.iter().all(|part| *part >= floor), "{cell:?} {most:?} {floor}");
                }
            }
        }
    }
}

#[test]
fn a_bound_is_compared_with_what_would_be_told() {
    let bounds = [
        (Operator::GreaterOrEqual, 50, "0.5"),
        (Operator::Less, 50, "0.5"),
        (Operator::Equal, 25, "0.25"),
        (Operator::NotEqual, 75, "0.75"),
        (Operator::LessOrEqual, 33, "0.33"),
        (Operator::Greater, 10, "0.1"),
    ];
    for plan in plans(0..=3, &[0]) {
        for cell in cells(4) {
            for (operator, percent, value) in bounds {
                let site = Site::of(cell);
                let told = Said::from(world::variant(plan, &site, Some(world::bound(operator, value))));
                let may = reference::variant(plan, &site, Some((operator, percent)));
                assert_eq!(told, may, "{plan:?} {site:?} {operator:?} {value}");
            }
        }
    }
}

#[test]
fn entries_are_told_as_they_may_be() {
    for plan in plans(0..=3, &[0, 8, 9, 10]) {
        for (cohort, narrowed) in [(9, true), (9, false), (3, true), (0, true)] {
            for people in 0..=cohort {
                for entries in [people, 2 * people] {
                    let none = std::iter::once(Vec::new());
                    let one = (people..=cohort).map(|margin| vec![margin]);
                    let two = (people..=cohort).map(|margin| vec![cohort, margin]);
                    for margins in none.chain(one).chain(two) {
                        let found = Found { entries, people, cohort, margins, narrowed };
                        let told = Said::from(world::entries(plan, &found));
                        assert_eq!(told, reference::entries(plan, &found), "{plan:?} {found:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn terms_and_their_values_are_listed_as_they_may_be() {
    for plan in plans(0..=3, &[0, 8, 9, 10]) {
        for people in 0..=9 {
            for value in 0..=people {
                let told = world::term(plan, people, 9, &[("a", value)]);
                let lists = reference::lists(plan, people, 9);
                assert_eq!(!told.is_empty(), lists, "{plan:?} {people}");
                let listed = told.iter().any(|term| !term.values.is_empty());
                assert_eq!(listed, lists && reference::lists(plan, value, 9), "{plan:?} {people} {value}");
            }
        }
    }
}
