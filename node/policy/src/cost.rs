//! What it costs people that somebody is told of them, and who bears it.
//!
//! Three steps, of which policy does the first and the last: it says what a count would cost whom
//! ([`crate::Disclosure::cost`]); the gate asks whoever keeps the accounts who can bear it; it tells of those who
//! can ([`crate::Disclosure::tell`]). Neither step has a clock, or input and output.

mod carriers;
mod thresholds;

use roaring::RoaringBitmap;
use thresholds::UNBEARABLE;

pub use thresholds::{Steps, Thresholds};

/// What being told of costs each of some people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    people: RoaringBitmap,
    /// All who could have been among them.
    among: RoaringBitmap,
    amount: Amount,
}

/// What each of the people is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    /// So many billionths of a nat.
    Fixed(u64),
    /// So many billionths of a nat, for a number that is drawn around the number of the people.
    Drawn(u64),
    /// What depends on how many can bear it.
    Thresholds(Thresholds),
}

impl Default for Amount {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

impl Cost {
    /// Asks an amount of each of some people, in billionths of a nat.
    pub fn new(people: RoaringBitmap, amount: u64) -> Self {
        Self { among: people.clone(), people, amount: Amount::Fixed(amount) }
    }

    /// Asks an amount of each of some people for a number that is drawn around how many they are, in billionths of a
    /// nat. A draw belongs to its charge, so there is one also where nobody is there to be asked.
    pub fn drawn(people: RoaringBitmap, amount: u64) -> Self {
        Self { among: people.clone(), people, amount: Amount::Drawn(amount) }
    }

    /// Asks of each of some people what it costs to compare their number with thresholds, of all `among` whom they are.
    pub fn of_thresholds(people: RoaringBitmap, among: RoaringBitmap, thresholds: Thresholds) -> Self {
        Self { people, among, amount: Amount::Thresholds(thresholds) }
    }

    /// Returns whether nobody is asked for anything. Then nobody needs to be asked who can bear it.
    pub fn is_nothing(&self) -> bool {
        !self.is_drawn() && (self.people.is_empty() || self.amount(self.among.len()) == 0)
    }

    /// Returns whether what is told for it is drawn.
    pub fn is_drawn(&self) -> bool {
        matches!(self.amount, Amount::Drawn(_))
    }

    /// Returns who is asked, by numbers within the dataset.
    pub fn people(&self) -> &RoaringBitmap {
        &self.people
    }

    /// Returns all who could have been asked: the amount depends on how many of these can bear it.
    pub fn among(&self) -> &RoaringBitmap {
        &self.among
    }

    /// Returns what each of them is asked for where so many can bear it, in billionths of a nat. It does not grow with
    /// those who can.
    pub fn amount(&self, able: u64) -> u64 {
        match &self.amount {
            Amount::Fixed(amount) | Amount::Drawn(amount) => *amount,
            Amount::Thresholds(thresholds) => thresholds.price(able),
        }
    }

    /// Names what is told for it, as far as it matters to whether somebody was told the same before.
    pub fn form(&self) -> String {
        match &self.amount {
            Amount::Fixed(amount) => amount.to_string(),
            Amount::Drawn(amount) => format!("drawn for {amount}"),
            Amount::Thresholds(thresholds) => thresholds.form(),
        }
    }

    /// Returns the cost of both: everybody who is asked by one of them bears the sum. Comparisons with thresholds are
    /// each priced by itself; what two of them tell together nobody can bear.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.is_nothing() || other.is_nothing() {
            return if self.is_nothing() { other } else { self };
        }
        let amount = match (self.amount, other.amount) {
            (Amount::Fixed(one), Amount::Fixed(two)) => one.saturating_add(two),
            _ => UNBEARABLE,
        };
        let among = self.among | other.among;
        Self { people: self.people | other.people, among, amount: Amount::Fixed(amount) }
    }
}

/// What came of asking people to bear a cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Charged {
    /// Who can bear it.
    pub bearers: Bearers,
    /// The name of the charge, where something was charged for a draw, now or before. No other charge has it: noise that
    /// is drawn for the name is never drawn for anything else.
    pub draw: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_charged_even_where_nobody_is_there() {
        let nobody = Cost::drawn(RoaringBitmap::new(), 3);
        assert!(nobody.is_drawn() && !nobody.is_nothing());
        assert!(Cost::new(RoaringBitmap::new(), 3).is_nothing());
        assert_eq!(Cost::default().and(nobody.clone()), nobody);
        assert_ne!(nobody.form(), Cost::new(RoaringBitmap::new(), 3).form());
    }

    #[test]
    fn whoever_could_be_asked_by_either_could_be_asked_by_both() {
        let cost = |people: &[u32]| Cost::new(people.iter().copied().collect(), 3);
        let both = cost(&[1, 2]).and(cost(&[2, 3]));
        assert_eq!((both.people().len(), both.among()), (3, &RoaringBitmap::from_iter([1, 2, 3])));
        assert_eq!(both.amount(0), 6);
    }
}
