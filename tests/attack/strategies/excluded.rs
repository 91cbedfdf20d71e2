//! Whether somebody with an attribute that nobody else has is in the data: to exclude nobody reads like no filter, to
//! exclude a few like nothing.

use futures::future::LocalBoxFuture;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::chosen::{balanced, loci};
use crate::{
    client::parameters,
    finding::{Finding, Guess},
    posture::Posture,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

/// Targets of each kind.
const EACH: usize = 250;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Excluded;

impl Strategy for Excluded {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 3 }).await?;
            let population = &stand.population;
            let Some(common) = loci(population, 0.3..=0.9, 1, chance).first().copied() else {
                return Ok(Finding::NotApplicable);
            };
            let members = population.members.iter().map(|member| (member, true));
            let everybody = members.chain(population.outsiders.iter().map(|other| (other, false)));
            let mut guesses = Vec::new();
            for (target, is_member) in balanced(everybody, |(_, is_member)| *is_member, EACH, chance) {
                let query = json!({
                    "requestParameters": parameters(population, common),
                    "filters": [{ "id": target.code, "excluded": true }],
                    "requestedGranularity": "boolean",
                });
                let is_told = client.exists("/g_variants", query).await? == Some(false);
                guesses.push(Guess { is_right: is_told == is_member, is_guessed: !is_member });
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}
