//! What it costs people that somebody is told of them, and who bears it.
//!
//! Three steps, of which policy does the first and the last: it says what a count would cost whom
//! ([`crate::Disclosure::cost`]); the gate asks whoever keeps the accounts who can bear it; it tells of those who
//! can ([`crate::Disclosure::tell`]). Neither step has a clock, or input and output.

use roaring::RoaringBitmap;

/// What being told of costs each of some people. No control asks for anything so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    people: RoaringBitmap,
    /// For each of them, in billionths of a nat.
    amount: u64,
}

impl Cost {
    /// Asks an amount of each of some people, in billionths of a nat.
    pub fn new(people: RoaringBitmap, amount: u64) -> Self {
        Self { people, amount }
    }

    /// Returns whether nobody is asked for anything. Then nobody needs to be asked who can bear it.
    pub fn is_nothing(&self) -> bool {
        self.amount == 0 || self.people.is_empty()
    }

    /// Returns who is asked, by numbers within the dataset.
    pub fn people(&self) -> &RoaringBitmap {
        &self.people
    }

    /// Returns what each of them is asked for, in billionths of a nat.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Returns the cost of both: everybody who is asked by one of them bears the sum.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.is_nothing(), other.is_nothing()) {
            (true, _) => other,
            (_, true) => self,
            _ => {
                Self { people: self.people | other.people, amount: self.amount.saturating_add(other.amount) }
            }
        }
    }
}

/// Who can bear to be told of.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Bearers {
    /// Everybody.
    #[default]
    Everybody,
    /// All but these, by numbers within the dataset: they are left out of this answer.
    AllBut(RoaringBitmap),
}
