//! Whether anybody carries a rare allele: who is added to the people of a range that ends before it, by one that
//! reaches it.

use futures::future::LocalBoxFuture;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::chosen::balanced;
use crate::{
    finding::{Finding, Guess},
    population::MEMBERS,
    posture::Posture,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

/// Targets of each kind.
const EACH: usize = 200;
/// Bases before the target: enough that more people than a floor carry something there, and not everybody.
const BEFORE: u32 = 600;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranges;

impl Strategy for Ranges {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 6 }).await?;
            let population = &stand.population;
            let rare: Vec<usize> = population.carried_by(0..=4);
            let is_carried = |locus: &usize| population.carriers(*locus) > 0;
            let mut guesses = Vec::new();
            for locus in balanced(rare, is_carried, EACH, chance) {
                let position = population.loci.get(locus).map_or(0, |locus| locus.position);
                let mut counts = Vec::new();
                for end in [position, position - 1] {
                    let query = json!({
                        "requestParameters": {
                            "assemblyId": population.assembly.to_string(),
                            "referenceName": population.contig,
                            "start": [position.saturating_sub(BEFORE)],
                            "end": [end],
                            "datasets": [MEMBERS],
                        },
                        "requestedGranularity": "count",
                    });
                    counts.push(client.count("/individuals", query).await?);
                }
                let is_told = matches!(counts.as_slice(), [Some(with), Some(without)] if with > without);
                let is_carried = is_carried(&locus);
                guesses.push(Guess { is_right: is_told == is_carried, is_guessed: !is_carried });
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}
