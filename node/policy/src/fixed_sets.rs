//! The sets of people that may be asked about, fixed before anybody asks.
//!
//! A floor looks at one answer. Whoever may choose any set can ask for two that differ in one person, each of them
//! large. So a filter is not evaluated as it stands but *read* as one of some sets: any two of them are of the same people or
//! differ in at least as many as the floor, and what holds for fewer people than the floor reads like what
//! holds for nobody, from both sides.

mod bands;

use roaring::RoaringBitmap;

pub use bands::Bands;

/// What a set of people is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Nobody: it holds for fewer people than the floor.
    Nobody,
    /// Everybody: it does not hold for fewer people than the floor.
    Everybody,
    /// A set that may be asked about.
    Side(Side),
}

/// A set that may be asked about, or everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// Which set, in the order in which they were admitted.
    pub set: usize,
    /// Whether everybody else is meant.
    pub excluded: bool,
}

impl Reading {
    /// Returns what everybody else is read as.
    #[must_use]
    pub fn rest(self) -> Self {
        match self {
            Self::Nobody => Self::Everybody,
            Self::Everybody => Self::Nobody,
            Self::Side(side) => Self::Side(Side { excluded: !side.excluded, ..side }),
        }
    }
}

/// Sets of some people, any two of which can be told apart by at least as many people as the floor.
#[derive(Clone, Debug)]
pub struct FixedSets {
    floor: u64,
    people: RoaringBitmap,
    sets: Vec<RoaringBitmap>,
}

impl FixedSets {
    /// Begins with no sets of some people.
    pub fn new(floor: u64, people: RoaringBitmap) -> Self {
        Self { floor, people, sets: Vec::new() }
    }

    /// Admits a set, unless it is read as one that was admitted before. What comes first stays as it is, so the order
    /// must not depend on the data.
    pub fn admit(&mut self, people: &RoaringBitmap) -> Reading {
        let people = people & &self.people;
        self.known(&people).unwrap_or_else(|| {
            self.sets.push(people);
            Reading::Side(Side { set: self.sets.len() - 1, excluded: false })
        })
    }

    /// Reads a set that was not admitted; nobody where it is like none that was.
    pub fn read(&self, people: &RoaringBitmap) -> Reading {
        self.known(&(people & &self.people)).unwrap_or(Reading::Nobody)
    }

    /// Returns what a set of these people is read as; none where it is like none that was admitted.
    fn known(&self, people: &RoaringBitmap) -> Option<Reading> {
        let (size, all) = (people.len(), self.people.len());
        if size < self.floor {
            return Some(Reading::Nobody);
        }
        if all - size < self.floor {
            return Some(Reading::Everybody);
        }
        self.sets.iter().enumerate().find_map(|(set, known)| {
            let can_be_like = size.abs_diff(known.len()) < self.floor;
            let can_be_the_rest = all.abs_diff(size + known.len()) < self.floor;
            if !can_be_like && !can_be_the_rest {
                return None;
            }
            let apart = people.symmetric_difference_len(known);
            let side = |excluded| Some(Reading::Side(Side { set, excluded }));
            match apart {
                _ if apart < self.floor => side(false),
                _ if all - apart < self.floor => side(true),
                _ => None,
            }
        })
    }

    /// Returns the people of a side.
    pub fn people(&self, side: Side) -> RoaringBitmap {
        let set = self.sets.get(side.set).cloned().unwrap_or_default();
        if side.excluded { &self.people - set } else { set }
    }

    /// Returns whether those may be asked about who are in all of several sides.
    ///
    /// Each cell of their table must have as many people as the floor: whoever knows the sides knows all cells from
    /// one. And they must differ from every side, and from everyone who can be asked about by two sides that come
    /// before, by as many.
    pub fn tells(&self, sides: &[Side]) -> bool {
        let mut sides = sides.to_vec();
        sides.sort_unstable();
        sides.dedup();
        match sides.as_slice() {
            [] | [_] => true,
            _ => self.has_full_cells(&self.people, &sides) && self.is_apart(&sides),
        }
    }

    /// Returns whether each way to be in some sides and not in the others holds for enough of some people.
    fn has_full_cells(&self, people: &RoaringBitmap, sides: &[Side]) -> bool {
        if people.len() < self.floor {
            return false;
        }
        let Some((first, others)) = sides.split_first() else { return true };
        let inside = people & self.people(*first);
        let outside = people - &inside;
        self.has_full_cells(&inside, others) && self.has_full_cells(&outside, others)
    }

    fn is_apart(&self, sides: &[Side]) -> bool {
        let people = sides.iter().fold(self.people.clone(), |people, side| people & self.people(*side));
        let mut around = Vec::new();
        for (set, known) in self.sets.iter().enumerate() {
            let both = people.intersection_len(known);
            for excluded in [false, true] {
                let side = Side { set, excluded };
                let (inside, size) = if excluded {
                    (people.len() - both, self.people.len() - known.len())
                } else {
                    (both, known.len())
                };
                if people.len() + size - 2 * inside < self.floor {
                    return false;
                }
                if people.len() - inside < self.floor {
                    around.push((side, size));
                }
            }
        }
        self.is_apart_from_pairs(sides, &people, &around)
    }

    /// A pair that is nearly these people is of two sides that have nearly all of them.
    fn is_apart_from_pairs(&self, sides: &[Side], people: &RoaringBitmap, around: &[(Side, u64)]) -> bool {
        let own: Vec<usize> = sides.iter().map(|side| side.set).collect();
        let all = self.people.len();
        around.iter().enumerate().all(|(at, (first, size))| {
            around.iter().skip(at + 1).all(|(second, other)| {
                let comes_before =
                    first.set < second.set && [first.set, second.set].as_slice() < own.as_slice();
                let is_larger = (size + other).saturating_sub(all) >= people.len() + self.floor;
                if !comes_before && own.len() == 2 || first.set == second.set || is_larger {
                    return true;
                }
                let both = self.people(*first) & self.people(*second);
                both.symmetric_difference_len(people) >= self.floor
                    || !self.has_full_cells(&self.people, &[*first, *second])
            })
        })
    }
}

#[cfg(test)]
mod tests;
