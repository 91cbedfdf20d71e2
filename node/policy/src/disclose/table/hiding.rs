//! Which of several siblings stay hidden: people who are apart from each other, of a total that is told.
//!
//! A small one is hidden, and what is left without those that are told must be enough. The smallest come last, so that as
//! many as it takes are hidden from the end on. Whoever knows this rule learns of one that is hidden before the last that
//! is told that it is small, and what all that are hidden have together: were two of them to have as much together as two
//! small ones can, each would be told. So what they have together must be open to be had in other ways, of which the rule
//! tells nothing:
//!
//! - each of them is small; then anything between none and as much as fewer than the floor is open, if the others can have
//!   the rest of it ("few", or the same of those who have it not);
//! - one that comes after all that are told has nearly everything, and all others together have fewer than the floor.
//!
//! Both look at what is told and at numbers of people alone, so that all these ways end with the same rows.

/// What somebody has of a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Share {
    /// How much more than the least that it could be.
    pub(in super::super) value: u64,
    /// The most that this could be.
    pub(in super::super) most: u64,
    /// Whether the least is nothing, and the most is as much as there is.
    pub(in super::super) is_free: bool,
}

impl Share {
    /// Returns the highest number up to which it is small, and so is what is missing from the most.
    fn small(self, floor: u64) -> u64 {
        if self.most < floor.saturating_mul(2) { self.most } else { floor.saturating_sub(1) }
    }
}

/// Siblings, in the order in which they are told, the widest first.
pub(super) struct Siblings {
    pub(super) floor: u64,
    /// What each has; none where nobody knows.
    pub(super) shares: Vec<Option<Share>>,
    /// What whoever is in none of them has.
    pub(super) rest: Option<Share>,
}

impl Siblings {
    /// Returns the numbers of those that are told. `is_small` is of each by itself; `is_enough` is of what is left without
    /// those that are told.
    pub(super) fn told(
        &self,
        is_small: impl Fn(usize) -> bool,
        is_enough: impl Fn(&[usize]) -> bool,
    ) -> Vec<usize> {
        let mut told: Vec<usize> = (0..self.shares.len()).filter(|number| !is_small(*number)).collect();
        while let Some(last) = told.last() {
            if self.is_open(&told, *last) && is_enough(&told) {
                break;
            }
            told.pop();
        }
        told
    }

    /// Returns whether what the hidden ones have can be had in other ways.
    fn is_open(&self, told: &[usize], last: usize) -> bool {
        let hidden = || (0..).zip(&self.shares).filter(|(number, _)| !told.contains(number));
        if hidden().next().is_none() {
            return true;
        }
        let known: Option<Vec<(usize, Share)>> =
            hidden().map(|(number, share)| Some((number, (*share)?))).collect();
        let Some((shares, rest)) = known.zip(self.rest) else { return false };
        let is_free = rest.is_free && shares.iter().all(|(_, share)| share.is_free);
        let sum = |of: fn(&Share) -> u64| shares.iter().map(|(_, share)| of(share)).sum::<u64>() + of(&rest);
        let has = sum(|share| share.value);
        let has_or_lacks = has.min(sum(|share| share.most).saturating_sub(has));
        let small = || shares.iter().map(|(_, share)| share.small(self.floor));
        let room = small().sum::<u64>() + rest.most - small().max().unwrap_or_default();
        let has_all = |(number, share): &(usize, Share)| *number > last && share.most >= has_or_lacks;
        room >= has_or_lacks || is_free && shares.iter().any(has_all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(floor: u64, shares: &[(u64, u64)], rest: (u64, u64)) -> Vec<usize> {
        let share = |(value, most): (u64, u64)| Share { value, most, is_free: true };
        let siblings = Siblings {
            floor,
            shares: shares.iter().map(|of| Some(share(*of))).collect(),
            rest: Some(share(rest)),
        };
        let few = |of: Share| of.value < floor || of.most - of.value < floor;
        let left = |told: &[usize]| {
            let hidden = shares.iter().enumerate().filter(|(number, _)| !told.contains(number));
            hidden.fold(rest, |(value, most), (_, of)| (value + of.0, most + of.1))
        };
        let is_enough = |told: &[usize]| left(told).1 == 0 || !few(share(left(told)));
        siblings.told(|number| few(share(shares[number])), is_enough)
    }

    #[test]
    fn two_small_ones_that_have_all_that_two_small_ones_can_are_not_told_apart() {
        assert_eq!(
            told(5, &[(4, 50), (4, 40), (20, 40)], (0, 0)),
            Vec::<usize>::new(),
            "each would be known to have four"
        );
        assert_eq!(told(5, &[(4, 50), (4, 40), (20, 40)], (0, 9)), [2], "or others have some");
        assert_eq!(told(5, &[(4, 50), (3, 40), (1, 40), (20, 40)], (0, 0)), [3], "or a third");
        assert_eq!(told(5, &[(20, 50), (4, 40), (4, 40)], (0, 0)), [0], "or the last has nearly all");
        assert_eq!(
            told(5, &[(46, 50), (36, 40), (20, 40)], (0, 0)),
            Vec::<usize>::new(),
            "of whom all but four carry it"
        );
    }

    #[test]
    fn a_small_one_hides_itself_and_the_last_that_is_not() {
        assert_eq!(told(5, &[(20, 50), (0, 45), (9, 40), (8, 30)], (0, 0)), [0, 2]);
        assert_eq!(told(5, &[(20, 50), (9, 40), (8, 30)], (0, 0)), [0, 1, 2]);
        assert_eq!(
            told(5, &[(20, 50), (9, 40), (8, 30)], (1, 9)),
            [0, 1],
            "and a few who are in none of them"
        );
    }
}
