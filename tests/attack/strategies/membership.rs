//! Whether somebody is in the data, from what is told of many alleles: the test of the likelihood ratio.

use futures::future::LocalBoxFuture;
use fyr_tests::inference::{Evidence, Observation, Scores};
use rand::{Rng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    finding::Finding,
    population::{Population, Somebody},
    posture::Posture,
    stand::Stand,
    strategy::Strategy,
};

/// After how many alleles the attacker is judged.
const STEPS: [usize; 9] = [1, 5, 20, 50, 100, 250, 1000, 5000, usize::MAX];

/// In which order alleles are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Random,
    Rarest,
    Threshold,
    Everything,
}

/// The test, in one order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Membership(pub(crate) Order);

impl Strategy for Membership {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let readings = stand.readings(posture).await?;
            let floor = posture.bounds().minimum_carriers.max(1);
            Ok(Finding::Membership(curve(&stand.population, &readings, self.0, floor, chance)))
        })
    }
}

/// Scores everybody after each step.
pub(super) fn curve(
    population: &Population,
    readings: &[Observation],
    order: Order,
    floor: u64,
    chance: &mut impl Rng,
) -> Vec<(usize, Scores)> {
    let evidence = Evidence::of(population.members.len() as u64);
    let ratios: Vec<[f64; 3]> = population
        .loci
        .iter()
        .zip(readings)
        .map(|(locus, reading)| [0, 1, 2].map(|copies| evidence.ratio(*reading, locus.frequency, copies)))
        .collect();
    let walk = order.walk(population, floor, chance);
    let mut steps: Vec<usize> = STEPS.into_iter().map(|step| step.min(walk.len())).collect();
    steps.dedup();
    let mut scores = vec![Scores::default(); steps.len()];
    let members = population.members.iter().map(|member| (member, true));
    for (somebody, is_member) in members.chain(population.outsiders.iter().map(|other| (other, false))) {
        let reached = walked(somebody, &walk, &ratios, &steps, order);
        for (score, step) in reached.into_iter().zip(&mut scores) {
            let scores = if is_member { &mut step.members } else { &mut step.outsiders };
            scores.push(score);
        }
    }
    steps.into_iter().zip(scores).collect()
}

/// Adds up what is told of one person's alleles, and says how much it is at each step.
fn walked(
    somebody: &Somebody,
    walk: &[usize],
    ratios: &[[f64; 3]],
    steps: &[usize],
    order: Order,
) -> Vec<f64> {
    let is_asked = |locus: &&usize| order == Order::Everything || somebody.carries(**locus);
    let ratio = |locus: &usize| {
        let of_copies = ratios.get(*locus).and_then(|of| of.get(usize::from(somebody.copies(*locus))));
        of_copies.copied().unwrap_or_default()
    };
    let mut asked = walk.iter().filter(is_asked).map(ratio);
    let (mut sum, mut at) = (0.0, 0);
    let to = |step: &usize| {
        sum += asked.by_ref().take(step - at).sum::<f64>();
        at = *step;
        sum
    };
    steps.iter().map(to).collect()
}

impl Order {
    /// Returns the loci in the order in which they are asked, of those that the target carries.
    pub(super) fn walk(self, population: &Population, floor: u64, chance: &mut impl Rng) -> Vec<usize> {
        let expected = |locus: &usize| population.expected(*locus);
        let mut loci: Vec<usize> = (0..population.loci.len()).collect();
        loci.shuffle(chance);
        match self {
            Self::Random | Self::Everything => {}
            Self::Rarest => {
                // Of rarer ones nothing would be told, in whatever case.
                loci.retain(|locus| expected(locus) >= floor as f64 / 3.0);
                loci.sort_by(|a, b| expected(a).total_cmp(&expected(b)));
            }
            Self::Threshold => return population.by_threshold(floor),
        }
        loci
    }
}
