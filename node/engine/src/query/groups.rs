//! Calls counted in many groups of people.
//!
//! A group's people are bits in a row, so that to ask whether somebody is one of them is to look at one
//! bit. A set of a few carriers is counted one by one; one of many is laid beside the group.

use fixedbitset::FixedBitSet;
use fyr_schemas::{Group, Tally};
use fyr_store::Carriers;
use roaring::RoaringBitmap;

/// Bits of which the machine counts those that are set at once.
const WORD: usize = 64;
/// Words that are counted in the time in which one person is looked up.
const WORDS_A_PERSON: usize = 4;

/// A group with its people.
#[derive(Debug)]
pub(crate) struct GroupPeople {
    group: Group,
    people: RoaringBitmap,
    size: u64,
    bits: FixedBitSet,
}

impl GroupPeople {
    /// Takes the people of a group.
    pub(crate) fn new(group: Group, people: RoaringBitmap) -> Self {
        let bits = people.iter().map(|person| person as usize).collect();
        Self { group, size: people.len(), people, bits }
    }
}

/// Returns the people of a group.
pub(crate) fn people_of<'a>(groups: &'a [GroupPeople], group: &Group) -> Option<&'a RoaringBitmap> {
    groups.iter().find(|known| known.group == *group).map(|known| &known.people)
}

/// Counts calls in every group of which somebody was asked. The calls are those of people who were asked;
/// `asked` is none where everybody was.
pub(crate) fn tallies(
    groups: &[GroupPeople],
    calls: &Carriers,
    asked: Option<&RoaringBitmap>,
) -> Vec<(Group, Tally)> {
    let words = groups.iter().map(|group| group.bits.len().div_ceil(WORD)).max().unwrap_or_default();
    let sets = calls.sets().map(|set| Counted::new(set, words));
    let tally = |group: &GroupPeople| {
        let size = asked.map_or(group.size, |asked| group.people.intersection_len(asked));
        let counts = sets.each_ref().map(|set| set.among(&group.bits));
        (size > 0).then(|| (group.group.clone(), Carriers::tally_of(size, counts)))
    };
    groups.iter().filter_map(tally).collect()
}

/// A set on its way to be counted.
enum Counted {
    Few(Vec<usize>),
    Many(FixedBitSet),
}

impl Counted {
    /// `words` is the length of the groups: whoever comes after is in none of them.
    fn new(set: &RoaringBitmap, words: usize) -> Self {
        let people = set.iter().map(|person| person as usize).take_while(|person| *person < words * WORD);
        let is_small = set.len() as usize <= words / WORDS_A_PERSON;
        if is_small { Self::Few(people.collect()) } else { Self::Many(people.collect()) }
    }

    fn among(&self, group: &FixedBitSet) -> u64 {
        let count = match self {
            Self::Few(people) => people.iter().filter(|person| group.contains(**person)).count(),
            Self::Many(people) => people.intersection_count(group),
        };
        count as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(people: &[u32]) -> RoaringBitmap {
        people.iter().copied().collect()
    }

    proptest! {
        #[test]
        fn counts_equal_those_of_intersections(
            het in prop::collection::vec(0u32..3000, 0..40),
            many in prop::collection::vec(0u32..3000, 0..1500),
            members in prop::collection::vec(prop::collection::vec(0u32..3000, 0..900), 1..5),
            asked in prop::option::of(prop::collection::vec(0u32..3000, 0..2000)),
        ) {
            let everyone: RoaringBitmap = (0..3000).collect();
            let asked = asked.map(|people| set(&people));
            let calls = Carriers { het: set(&het), missing: set(&many) - set(&het), ..Carriers::default() };
            let calls = calls.within(asked.as_ref().unwrap_or(&everyone));
            let groups: Vec<_> = (0..).zip(&members).map(|(label, people): (u8, _)| {
                GroupPeople::new(Group::Population(label.to_string()), set(people))
            }).collect();
            let expected = groups.iter().filter_map(|group| {
                let people = asked.as_ref().map_or(group.people.clone(), |asked| &group.people & asked);
                (!people.is_empty()).then(|| (group.group.clone(), calls.tally(&people)))
            });
            prop_assert_eq!(tallies(&groups, &calls, asked.as_ref()), expected.collect::<Vec<_>>());
        }
    }
}
