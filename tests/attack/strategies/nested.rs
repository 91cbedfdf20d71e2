//! One person's genotype from two counts: everybody up to the person, and everybody before.

use futures::future::LocalBoxFuture;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::chosen::{balanced, by_height, loci};
use crate::{
    client::parameters,
    finding::{Finding, Guess},
    posture::Posture,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

const LOCI: usize = 10;
/// Targets of each kind at a locus.
const EACH: usize = 25;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nested;

impl Strategy for Nested {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 2 }).await?;
            let people = by_height(&stand.population);
            let fourth = people.len() / 4;
            let mut guesses = Vec::new();
            for locus in loci(&stand.population, 0.2..=0.8, LOCI, chance) {
                let middle = people.iter().skip(fourth).take(2 * fourth);
                for target in balanced(middle, |target| target.carries(locus), EACH, chance) {
                    let mut counts = Vec::new();
                    for operator in ["<=", "<"] {
                        let query = json!({
                            "requestParameters": parameters(&stand.population, locus),
                            "filters": [{ "id": "LOINC:8308-9", "operator": operator, "value": target.height }],
                            "requestedGranularity": "count",
                        });
                        counts.push(client.count("/individuals", query).await?);
                    }
                    let is_told = matches!(counts.as_slice(), [Some(with), Some(without)] if with > without);
                    let carries = target.carries(locus);
                    guesses.push(Guess { is_right: is_told == carries, is_guessed: !carries });
                }
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}
