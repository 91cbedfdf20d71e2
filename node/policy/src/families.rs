//! Who is related to whom, as far as a dataset states it: relatives share what they carry, so that floors count families.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

/// The families of people, by numbers within a dataset. Whoever is in none is a family of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Families(BTreeMap<u32, u32>);

impl Families {
    /// Takes people with the number of their family.
    pub fn new(families: impl IntoIterator<Item = (u32, u32)>) -> Self {
        Self(families.into_iter().collect())
    }

    /// Returns whether nobody is known to be related to anybody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts the families that some people are of.
    pub fn among(&self, people: &RoaringBitmap) -> u64 {
        let families: Vec<_> = people.iter().filter_map(|person| self.0.get(&person)).collect();
        let alone = people.len() - families.len() as u64;
        alone + families.into_iter().collect::<BTreeSet<_>>().len() as u64
    }

    /// Returns how many people so many families can be at most, among some people.
    pub(crate) fn largest(&self, families: u64, people: &RoaringBitmap) -> u64 {
        let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
        let (mut largest, mut related) = (Vec::new(), 0);
        for family in people.iter().filter_map(|person| self.0.get(&person)) {
            *sizes.entry(*family).or_default() += 1;
            related += 1;
        }
        largest.extend(sizes.into_values());
        largest.sort_unstable_by(|a, b| b.cmp(a));
        let alone = people.len() - related;
        let most = usize::try_from(families).unwrap_or(usize::MAX);
        let rest = families.saturating_sub(largest.len() as u64).min(alone);
        largest.into_iter().take(most).sum::<u64>() + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_are_one_and_strangers_each_one() {
        let families = Families::new([(1, 7), (2, 7), (3, 7), (4, 8), (5, 8)]);
        let among = |people: &[u32]| families.among(&people.iter().copied().collect());
        assert_eq!((among(&[]), among(&[1, 2, 3]), among(&[1, 4, 9, 10])), (0, 1, 4));
        assert!(Families::default().is_empty() && !families.is_empty());
    }

    #[test]
    fn few_families_are_at_most_the_largest() {
        let families = Families::new([(1, 7), (2, 7), (3, 7), (4, 8), (5, 8)]);
        let people: RoaringBitmap = (1..=7).collect();
        let largest: Vec<_> = (0..=5).map(|most| families.largest(most, &people)).collect();
        assert_eq!(largest, [0, 3, 5, 6, 7, 7]);
        assert_eq!(families.largest(1, &[4, 5, 6].into_iter().collect()), 2);
    }
}
