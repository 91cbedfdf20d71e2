//! What one told number says about one person.

use super::Binomial;

/// Share of cases in which the attacker holds the target's genotype for wrong: keeps one odd answer from deciding.
const DOUBT: f64 = 1e-6;

/// The least probability that is told from none.
const LEAST: f64 = 1e-300;

/// What an answer says of an allele: the true number lies between two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// Of people who carry it.
    People(u64, u64),
    /// Of copies of it.
    Copies(u64, u64),
}

/// What answers say about people, of a dataset of a known size.
#[derive(Clone, Debug)]
pub struct Evidence {
    people: u64,
    binomial: Binomial,
}

impl Evidence {
    /// Prepares for a dataset of so many people.
    pub fn of(people: u64) -> Self {
        Self { people, binomial: Binomial::up_to(2 * people) }
    }

    /// Returns ln(P(told | the person is in it) / P(told | is not)), for a person with so many copies (0, 1 or 2) of
    /// an allele of this frequency.
    pub fn ratio(&self, reading: Observation, frequency: f64, copies: u8) -> f64 {
        let (without, with) = match reading {
            Observation::People(low, high) => {
                let chance = 1.0 - (1.0 - frequency).powi(2);
                self.both(self.people, 1, chance, (low, high), u64::from(copies > 0))
            }
            Observation::Copies(low, high) => {
                self.both(2 * self.people, 2, frequency, (low, high), u64::from(copies))
            }
        };
        let with = (1.0 - DOUBT) * with + DOUBT * without;
        (with.max(LEAST) / without.max(LEAST)).ln()
    }

    /// The probabilities that a number of `draws` lies in the interval, without the person, and with one who takes
    /// the place of `own` draws and adds `adds` for certain.
    fn both(&self, draws: u64, own: u64, chance: f64, (low, high): (u64, u64), adds: u64) -> (f64, f64) {
        let without = self.binomial.between(draws, chance, low, high);
        let with = match high.checked_sub(adds) {
            Some(high) => {
                self.binomial.between(draws.saturating_sub(own), chance, low.saturating_sub(adds), high)
            }
            None => 0.0,
        };
        (without, with)
    }
}
