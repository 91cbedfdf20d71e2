//! Probabilities of numbers of successes.

/// Binomial distributions up to a number of draws.
#[derive(Clone, Debug)]
pub struct Binomial {
    /// ln n! by n.
    ln_factorials: Vec<f64>,
}

impl Binomial {
    /// Prepares for up to this many draws.
    pub fn up_to(draws: u64) -> Self {
        let mut sum = 0.0;
        let next = |n: u64| {
            sum += if n > 0 { (n as f64).ln() } else { 0.0 };
            sum
        };
        Self { ln_factorials: (0..=draws).map(next).collect() }
    }

    /// Returns the probability of so many successes; 0 of more than there are draws.
    pub fn mass(&self, draws: u64, chance: f64, successes: u64) -> f64 {
        if successes > draws {
            return 0.0;
        }
        if chance <= 0.0 || chance >= 1.0 {
            let certain = if chance <= 0.0 { 0 } else { draws };
            return if successes == certain { 1.0 } else { 0.0 };
        }
        let failures = draws - successes;
        let ways = self.ln_factorial(draws) - self.ln_factorial(successes) - self.ln_factorial(failures);
        (ways + successes as f64 * chance.ln() + failures as f64 * (-chance).ln_1p()).exp()
    }

    /// Returns the probability of a number of successes from `low` to `high`, both included.
    ///
    /// A tail far from the mean is summed itself, never taken as 1 minus the rest: it would vanish.
    pub fn between(&self, draws: u64, chance: f64, low: u64, high: u64) -> f64 {
        let high = high.min(draws);
        let mean = draws as f64 * chance;
        if low > high {
            0.0
        } else if high == draws && low > 0 && low as f64 <= mean {
            1.0 - self.sum(draws, chance, 0, low - 1)
        } else {
            self.sum(draws, chance, low, high)
        }
    }

    /// Adds up; past the mean it ends where nothing more can be seen.
    fn sum(&self, draws: u64, chance: f64, low: u64, high: u64) -> f64 {
        let mean = draws as f64 * chance;
        let mut sum = 0.0;
        for successes in low..=high {
            let mass = self.mass(draws, chance, successes);
            sum += mass;
            if successes as f64 > mean && mass < sum * 1e-17 {
                break;
            }
        }
        sum
    }

    fn ln_factorial(&self, n: u64) -> f64 {
        let at = usize::try_from(n).unwrap_or(usize::MAX);
        self.ln_factorials.get(at).copied().unwrap_or(f64::INFINITY)
    }
}
