//! An exact number where it is told rounded: bounds of the allele frequency, one after another.

use futures::future::LocalBoxFuture;
use fyr_policy::Rounding;
use fyr_schemas::Granularity;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::chosen::loci;
use crate::{
    client::{Client, only_members, parameters},
    finding::{Finding, Guess},
    population::Population,
    posture::Posture,
    reading::allele_count,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

const TRIES: usize = 400;
/// How far from the told number the exact one may lie.
const AWAY: u64 = 3;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrequencyBounds;

impl Strategy for FrequencyBounds {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            // Exact numbers need no bounds.
            if !matches!(posture.bounds().rounding, Rounding::Nearest(_)) {
                return Ok(Finding::NotApplicable);
            }
            let client = stand.client(Requester { posture, number: 9 }).await?;
            let population = &stand.population;
            let asked = loci(population, 0.05..=0.3, TRIES, chance);
            let answers = client.stream(population, &asked, Granularity::Record, only_members()).await?;
            let mut guesses = Vec::new();
            for (locus, answer) in asked.into_iter().zip(answers) {
                let dataset = answer.and_then(|answer| answer.datasets.into_iter().next());
                let variant = dataset.and_then(|dataset| dataset.variants.into_iter().next());
                let told = variant.as_ref().and_then(allele_count);
                let read = match told {
                    Some(told) => search(&client, population, locus, told).await?,
                    None => None,
                };
                let truth: u64 =
                    population.members.iter().map(|member| u64::from(member.copies(locus))).sum();
                guesses
                    .push(Guess { is_right: read.or(told) == Some(truth), is_guessed: told == Some(truth) });
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}

/// Finds the number of copies; none where bounds tell nothing.
async fn search(
    client: &Client<'_>,
    population: &Population,
    locus: usize,
    told: u64,
) -> anyhow::Result<Option<u64>> {
    let copies = 2.0 * population.members.len() as f64;
    for number in told.saturating_sub(AWAY)..=told + AWAY {
        // Between this number and the next.
        let bound = (number as f64 + 0.5) / copies;
        let query = json!({
            "requestParameters": parameters(population, locus),
            "filters": [{ "id": "alleleFrequency", "operator": "<", "value": bound.to_string() }],
            "requestedGranularity": "boolean",
        });
        match client.exists("/g_variants", query).await? {
            Some(true) => return Ok(Some(number)),
            Some(false) => {}
            None => return Ok(None),
        }
    }
    Ok(None)
}
