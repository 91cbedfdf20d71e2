//! An attack in numbers, and whether a gate held.

use fyr_tests::inference::upper_bound;
use serde::Serialize;

use crate::{
    finding::{Finding, Guess},
    posture::Posture,
    strategies::StrategyName,
};

/// The share of outsiders that the attacker may take for members.
pub(crate) const FALSE_POSITIVES: f64 = 0.05;
/// What a gate leaves for chance.
const SLACK: f64 = 0.05;
/// The least power over undefended data.
const STRONG: f64 = 0.95;
/// The least accuracy where one defence is switched off.
const BROKEN: f64 = 0.75;

/// What is known of an attack, in numbers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) population: String,
    pub(crate) strategy: &'static str,
    pub(crate) posture: &'static str,
    /// What was measured: `power` at 5 % false positives, or `accuracy`.
    pub(crate) measure: &'static str,
    /// Its value.
    pub(crate) reached: f64,
    /// The upper end of its 95 % interval.
    pub(crate) upper: f64,
    /// The most that a gate lets it be; none where nothing is promised.
    pub(crate) gate: Option<f64>,
    /// Power after so many alleles.
    pub(crate) curve: Vec<(usize, f64)>,
    /// Area under the curve of true and false positives, of memberships.
    pub(crate) area: Option<f64>,
    /// On how many people or tries it rests.
    pub(crate) tries: usize,
}

impl Outcome {
    /// Judges a finding; none where the way led nowhere.
    pub(crate) fn of(
        finding: &Finding,
        population: &str,
        name: StrategyName,
        posture: Posture,
    ) -> Option<Self> {
        let (population, strategy) = (population.to_owned(), name.name());
        let factor = posture.factor().filter(|_| name.is_promised());
        let keeps_secrets = posture.keeps_secrets() && name.is_promised();
        let posture = posture.name();
        match finding {
            Finding::NotApplicable => None,
            Finding::Membership(curve) => {
                let powers: Vec<_> =
                    curve.iter().map(|(m, scores)| (*m, scores.power(FALSE_POSITIVES))).collect();
                let best = curve.iter().zip(&powers).max_by(|a, b| a.1.1.total_cmp(&b.1.1));
                let ((_, scores), (_, reached)) = best?;
                let tries = scores.members.len();
                Some(Self {
                    population,
                    strategy,
                    posture,
                    measure: "power",
                    reached: *reached,
                    upper: upper_bound(*reached, tries),
                    gate: factor.map(|factor| factor * FALSE_POSITIVES + SLACK),
                    area: Some(scores.area()),
                    curve: powers,
                    tries,
                })
            }
            Finding::Reconstruction(guesses) => {
                let share = |is: fn(&Guess) -> bool| {
                    guesses.iter().filter(|guess| is(guess)).count() as f64 / guesses.len().max(1) as f64
                };
                let reached = share(|guess| guess.is_right);
                let guessed = share(|guess| guess.is_guessed);
                Some(Self {
                    population,
                    strategy,
                    posture,
                    measure: "accuracy",
                    reached,
                    upper: upper_bound(reached, guesses.len()),
                    gate: keeps_secrets.then_some(guessed + SLACK),
                    curve: Vec::new(),
                    area: None,
                    tries: guesses.len(),
                })
            }
        }
    }

    /// Returns whether what is promised held.
    pub(crate) fn holds(&self) -> bool {
        self.gate.is_none_or(|gate| self.upper <= gate)
    }
}

/// Returns whether the attacker recognises who is in data without any defence: one who cannot proves nothing.
pub(crate) fn recognises(outcomes: &[Outcome]) -> bool {
    let undefended = outcomes.iter().filter(|outcome| outcome.posture == Posture::Undefended.name());
    undefended.filter(|outcome| outcome.area.is_some()).any(|outcome| outcome.reached >= STRONG)
}

/// Names the profiles that hold although their accounts are switched off: the attacker is too weak to show what they are
/// for.
pub(crate) fn unbroken(outcomes: &[Outcome]) -> Vec<&'static str> {
    let uncharged = Posture::ALL.into_iter().filter(|posture| matches!(posture, Posture::Uncharged(_)));
    let is_broken = |name: &str| {
        outcomes
            .iter()
            .any(|outcome| outcome.posture == name && outcome.area.is_some() && outcome.reached >= BROKEN)
    };
    uncharged.map(Posture::name).filter(|name| !is_broken(name)).collect()
}

/// Returns whether the attacker finds somebody's genotype out where sets of people are free; true where that was not tried.
pub(crate) fn finds_out(outcomes: &[Outcome]) -> bool {
    let mut free = outcomes.iter().filter(|outcome| outcome.posture == Posture::Free.name()).peekable();
    free.peek().is_none() || free.any(|outcome| outcome.reached >= BROKEN)
}
