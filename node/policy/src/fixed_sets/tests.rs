//! Small populations, and every question about fixed sets.

use super::*;

/// Numbers that look random, the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn set(people: impl IntoIterator<Item = u32>) -> RoaringBitmap {
    people.into_iter().collect()
}

/// Sets as terms are: some within others, some nearly the same, some of few.
fn candidates(dice: &mut Dice, people: u32) -> Vec<RoaringBitmap> {
    let mut sets: Vec<RoaringBitmap> = Vec::new();
    for _ in 0..4 + dice.roll(4) {
        let mut next = match dice.roll(3) {
            0 if !sets.is_empty() => sets[dice.roll(sets.len() as u64) as usize].clone(),
            1 => set((0..people).filter(|person| person % 2 == 0)),
            _ => RoaringBitmap::new(),
        };
        let changes = [1, 3, u64::from(people)][dice.roll(3) as usize];
        for _ in 0..dice.roll(changes + 1) {
            let person = dice.roll(people.into()) as u32;
            if !next.remove(person) {
                next.insert(person);
            }
        }
        sets.push(next);
    }
    sets
}

/// The people of every question with at most two filters that is answered.
fn answered(fixed: &FixedSets, sets: &[RoaringBitmap]) -> Vec<RoaringBitmap> {
    let everybody = fixed.people.clone();
    let literals = sets.iter().map(|set| fixed.read(set)).flat_map(|reading| [reading, reading.rest()]);
    let literals: Vec<Reading> = literals.collect();
    let mut answered = vec![everybody.clone()];
    for (at, first) in literals.iter().enumerate() {
        for second in &literals[..=at] {
            if [first, second].contains(&&Reading::Nobody) {
                continue;
            }
            let sides = [first, second].into_iter().filter_map(|reading| match reading {
                Reading::Side(side) => Some(*side),
                _ => None,
            });
            let sides: Vec<Side> = sides.collect();
            if fixed.tells(&sides) {
                answered.push(sides.iter().fold(everybody.clone(), |all, side| all & fixed.people(*side)));
            }
        }
    }
    answered.retain(|people| !people.is_empty());
    answered
}

/// Whether numbers of a combination of sets are about a few people.
fn is_about_a_few(sum: &[i32], floor: u64) -> bool {
    let few = sum.iter().filter(|number| **number != 0).count() as u64;
    few > 0 && few < floor
}

fn vector(people: &RoaringBitmap, all: u32) -> Vec<i32> {
    (0..all).map(|person| i32::from(people.contains(person))).collect()
}

#[test]
fn no_two_answers_differ_in_a_few_people() {
    let mut answers = 0;
    for seed in 0..1000 {
        let mut dice = Dice(seed);
        let (people, floor) = (12 + dice.roll(16) as u32, 2 + dice.roll(3));
        let sets = candidates(&mut dice, people);
        let mut fixed = FixedSets::new(floor, set(0..people));
        for set in &sets {
            fixed.admit(set);
        }
        let answered = answered(&fixed, &sets);
        answers += answered.len();
        let vectors: Vec<_> = answered.iter().map(|set| vector(set, people)).collect();
        for (at, one) in vectors.iter().enumerate() {
            assert!(!is_about_a_few(one, floor), "seed {seed}");
            for other in &vectors[..at] {
                for sign in [1, -1] {
                    let both: Vec<_> = one.iter().zip(other).map(|(a, b)| a + sign * b).collect();
                    assert!(!is_about_a_few(&both, floor), "seed {seed}: {one:?} {other:?}");
                }
            }
        }
    }
    assert!(answers > 5_000, "{answers}");
}

#[test]
fn the_rest_of_two_cells_is_not_about_a_few() {
    // Three of one table: all, those in the one and those in the other of two that cover nearly everybody.
    let mut fixed = FixedSets::new(5, set(0..60));
    let women = fixed.admit(&set(0..29));
    let men = fixed.admit(&set(30..60));
    assert_eq!(
        men,
        women.rest(),
        "whose sex is unknown, of whom there are few, is with those who come later"
    );
}

#[test]
fn nobody_and_a_few_read_the_same_from_both_sides() {
    for few in [0, 1, 4] {
        let mut fixed = FixedSets::new(5, set(0..60));
        let term = fixed.admit(&set(0..few));
        assert_eq!((term, term.rest()), (Reading::Nobody, Reading::Everybody));
        let most = fixed.admit(&set(few..60));
        assert_eq!((most, most.rest()), (Reading::Everybody, Reading::Nobody));
    }
    let mut fixed = FixedSets::new(5, set(0..60));
    assert!(matches!(fixed.admit(&set(0..5)), Reading::Side(_)));
}

#[test]
fn a_pair_is_told_only_if_each_of_its_cells_has_enough_people() {
    for few in 0..5 {
        let mut fixed = FixedSets::new(5, set(0..100));
        let (Reading::Side(a), Reading::Side(b)) =
            (fixed.admit(&set(0..20)), fixed.admit(&set(20 - few..50)))
        else {
            panic!("sets of enough people");
        };
        assert!(!fixed.tells(&[a, b]), "{few} in both");
        assert!(!fixed.tells(&[a, Side { excluded: true, ..b }]), "{few} in both");
    }
    let mut fixed = FixedSets::new(5, set(0..100));
    let (Reading::Side(a), Reading::Side(b)) = (fixed.admit(&set(0..20)), fixed.admit(&set(15..50))) else {
        panic!("sets of enough people");
    };
    assert!(fixed.tells(&[a, b]) && fixed.tells(&[a]) && fixed.tells(&[]));
    assert!(!fixed.tells(&[a, Side { excluded: true, ..a }]), "nobody is both");
}

#[test]
fn neighbours_within_a_pair_are_not_both_told() {
    // Of those with A, all but one person with C have B, whichever is asked first.
    for few in [0, 1, 4] {
        let mut fixed = FixedSets::new(5, set(0..200));
        let wide = fixed.admit(&set((0..30 + few).chain(100..140)));
        let narrow = fixed.admit(&set((0..30).chain(100..120)));
        let within = fixed.admit(&set((0..60).chain(150..160)));
        let [Reading::Side(wide), Reading::Side(narrow), Reading::Side(within)] = [wide, narrow, within]
        else {
            panic!("sets of enough people");
        };
        assert!(fixed.tells(&[wide, within]) && !fixed.tells(&[within, narrow]), "{few}");
    }
}

#[test]
fn what_was_not_admitted_selects_nobody() {
    let mut fixed = FixedSets::new(5, set(0..60));
    let known = fixed.admit(&set(0..20));
    assert_eq!(fixed.read(&set(0..18)), known);
    assert_eq!(fixed.read(&set(0..12)), Reading::Nobody);
}

/// Admits sets that are like no others.
fn sides<const N: usize>(fixed: &mut FixedSets, sets: [RoaringBitmap; N]) -> [Side; N] {
    sets.map(|set| match fixed.admit(&set) {
        Reading::Side(side) => side,
        other => panic!("{set:?} is read as {other:?}"),
    })
}

#[test]
fn as_many_as_the_floor_are_enough_from_both_sides() {
    let mut fixed = FixedSets::new(5, set(0..60));
    let [few, most] = sides(&mut fixed, [set(0..5), set((10..60).chain(0..5))]);
    assert!(few.set != most.set && !most.excluded);
    for other in [set(10..35), set(13..42)] {
        let mut fixed = FixedSets::new(5, set(0..60));
        let [one, other] = sides(&mut fixed, [set(10..40), other]);
        assert_ne!(one.set, other.set, "five people tell them apart");
    }
    for other in [set((0..5).chain(30..60)), set((0..2).chain(33..60))] {
        let mut fixed = FixedSets::new(5, set(0..60));
        let [one, other] = sides(&mut fixed, [set(0..30), other]);
        assert_ne!(one.set, other.set, "five people are in both or in neither");
    }
    let mut fixed = FixedSets::new(5, set(0..60));
    let [one] = sides(&mut fixed, [set(0..30)]);
    assert_eq!(fixed.admit(&set(12..42)), Reading::Side(Side { set: 1, excluded: false }));
    assert_eq!(fixed.admit(&set(2..31)), Reading::Side(one), "three people tell them apart");
    assert_eq!(fixed.admit(&set((0..4).chain(30..60))), Reading::Side(Side { excluded: true, ..one }));
}

#[test]
fn a_pair_whose_complements_share_a_few_is_not_told() {
    for (few, is_told) in [(2, false), (4, false), (5, true)] {
        let mut fixed = FixedSets::new(5, set(0..100));
        let pair = sides(&mut fixed, [set(0..60), set(40..100 - few)]);
        assert_eq!(fixed.tells(&pair), is_told, "{few} are in neither");
    }
}

#[test]
fn a_pair_that_the_floor_tells_from_a_side_is_told() {
    for (apart, is_told) in [(4, false), (5, true)] {
        let mut fixed = FixedSets::new(5, set(0..200));
        // The third has all of the pair and a few others.
        let [one, other, _] = sides(&mut fixed, [set(0..60), set(30..120), set(30..60 + apart)]);
        assert_eq!(fixed.tells(&[one, other]), is_told, "{apart}");
    }
}

#[test]
fn a_pair_within_another_that_is_much_larger_is_told() {
    let mut fixed = FixedSets::new(5, set(0..1000));
    let [_, _, one, other] = sides(
        &mut fixed,
        [
            set(0..200),
            set(100..300),
            set((100..160).chain(400..500)),
            set((100..150).chain(160..170).chain(600..700)),
        ],
    );
    assert!(fixed.tells(&[one, other]), "the pair of the first two has fifty people more");
}
