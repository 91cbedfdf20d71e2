//! Whether somebody is in the data, where each person has an account with the attacker: by the alleles that tell most of a
//! target, at once or after everybody else's account was emptied with alleles that the target does not carry.
//!
//! Everybody is attacked by a requester of their own, since whoever was told of one target has been told of others too. That
//! is a state of its own for each: where the disk is slow, `TMPDIR` in memory helps. What the same questions tell without
//! accounts is the way `membership-threshold` as a researcher without accounts.

use futures::future::LocalBoxFuture;
use fyr_policy::Profile;
use fyr_schemas::Granularity;
use fyr_tests::inference::{Evidence, Scores};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::membership::Order;
use crate::{
    client::only_members,
    finding::Finding,
    population::{Population, Somebody},
    posture::Posture,
    reading::reading,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

/// Members, and as many others, who are attacked.
const TARGETS: usize = 250;
/// Alleles of a target that are asked about.
const ASKED: usize = 50;
/// After how many of them the attacker is judged.
const STEPS: [usize; 5] = [1, 5, 10, 20, ASKED];
/// Alleles of others that are asked about before: with the target's within a day's quota.
const OF_OTHERS: usize = 900;
/// The first number of a requester who has asked nothing in any other way.
const FRESH: usize = 10_000;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    /// Whether the accounts of others are emptied first.
    pub(crate) after_others: bool,
}

impl Strategy for Account {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            // Without accounts everybody is told the same, whoever else they ask about; nobody in particular is one, and
            // holders of tokens are few.
            if !matches!(posture, Posture::Shipped(profile) if has_many(profile)) {
                return Ok(Finding::NotApplicable);
            }
            let population = &stand.population;
            let walk = Order::Threshold.walk(population, posture.bounds().minimum_carriers, chance);
            let mut scores = vec![Scores::default(); STEPS.len()];
            let mut number = FRESH + if self.after_others { 10 * TARGETS } else { 0 };
            for (people, is_member) in [(&population.members, true), (&population.outsiders, false)] {
                let mut targets: Vec<&Somebody> = people.iter().collect();
                targets.shuffle(chance);
                for target in targets.into_iter().take(TARGETS) {
                    number += 1;
                    let reached =
                        self.attack_one(stand, Requester { posture, number }, target, &walk).await?;
                    for (score, step) in reached.into_iter().zip(&mut scores) {
                        let scores = if is_member { &mut step.members } else { &mut step.outsiders };
                        scores.push(score);
                    }
                }
            }
            Ok(Finding::Membership(STEPS.into_iter().zip(scores).collect()))
        })
    }
}

impl Account {
    /// Asks about one target, and says how likely they are a member at each step.
    async fn attack_one(
        &self,
        stand: &Stand,
        requester: Requester,
        target: &Somebody,
        walk: &[usize],
    ) -> anyhow::Result<Vec<f64>> {
        let (population, bounds) = (&stand.population, requester.posture.bounds());
        let client = stand.client(requester).await?;
        if self.after_others {
            let of_others: Vec<usize> =
                walk.iter().copied().filter(|locus| !target.carries(*locus)).take(OF_OTHERS).collect();
            client.stream(population, &of_others, Granularity::Boolean, only_members()).await?;
        }
        let theirs: Vec<usize> =
            walk.iter().copied().filter(|locus| target.carries(*locus)).take(ASKED).collect();
        let answers = client.stream(population, &theirs, Granularity::Boolean, only_members()).await?;
        let people = population.members.len() as u64;
        let evidence = Evidence::of(people);
        let ratios = theirs.iter().zip(&answers).map(|(locus, answer)| {
            let reading = reading(answer.as_ref(), bounds, people);
            evidence.ratio(reading, frequency(population, *locus), target.copies(*locus))
        });
        let sums: Vec<f64> = ratios
            .scan(0.0, |sum, ratio| {
                *sum += ratio;
                Some(*sum)
            })
            .collect();
        let at = |step: usize| sums.get(step.min(sums.len()).saturating_sub(1)).copied().unwrap_or_default();
        Ok(STEPS.into_iter().map(at).collect())
    }
}

/// Returns whether each target can be attacked by a requester of their own, who is not bound to a key.
fn has_many(profile: Profile) -> bool {
    profile == Profile::Research
}

fn frequency(population: &Population, locus: usize) -> f64 {
    population.loci.get(locus).map_or(0.0, |locus| locus.frequency)
}
