//! Whether anybody carries an allele that fewer than a floor carry, from how long the same answer takes.

use std::time::Instant;

use futures::future::LocalBoxFuture;
use fyr_tests::inference::Scores;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::chosen::balanced;
use crate::{
    client::parameters, finding::Finding, posture::Posture, requester::Requester, stand::Stand,
    strategy::Strategy,
};

/// Questions of each kind.
const EACH: usize = 400;
/// Carriers of a rare allele, fewer than any floor of those that ship.
const RARE: usize = 4;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing;

impl Strategy for Timing {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 12 }).await?;
            let population = &stand.population;
            let is_carried = |locus: &usize| population.carriers(*locus) > 0;
            let mut asked = balanced(population.carried_by(0..=RARE), is_carried, EACH, chance);
            // What else the machine does falls on both kinds alike.
            asked.shuffle(chance);
            let mut scores = Scores::default();
            for locus in asked {
                let query = json!({
                    "requestParameters": parameters(population, locus), "requestedGranularity": "boolean",
                });
                let begun = Instant::now();
                client.post("/g_variants", query).await?;
                let times = if is_carried(&locus) { &mut scores.members } else { &mut scores.outsiders };
                times.push(begun.elapsed().as_secs_f64());
            }
            Ok(Finding::Membership(vec![(1, scores)]))
        })
    }
}
