//! Whether anybody carries an allele that fewer than a floor carry, asked in other words: as a wildcard, a bracket, a
//! place, a notation with bases that say nothing.

use futures::future::LocalBoxFuture;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::chosen::balanced;
use crate::{
    finding::{Finding, Guess},
    population::{Locus, MEMBERS, Population},
    posture::Posture,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

/// Loci of each kind.
const EACH: usize = 200;
/// Carriers of a rare allele, fewer than any floor of those that ship.
const RARE: usize = 4;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rephrased;

impl Strategy for Rephrased {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 8 }).await?;
            let population = &stand.population;
            let is_carried = |locus: &usize| population.carriers(*locus) > 0;
            let mut guesses = Vec::new();
            for locus in balanced(population.carried_by(0..=RARE), is_carried, EACH, chance) {
                let mut is_told = false;
                for words in
                    population.loci.get(locus).map(|locus| words(population, locus)).into_iter().flatten()
                {
                    let query = json!({ "requestParameters": words, "requestedGranularity": "boolean" });
                    is_told |= client.exists("/g_variants", query).await?.unwrap_or_default();
                }
                let is_carried = is_carried(&locus);
                guesses.push(Guess { is_right: is_told == is_carried, is_guessed: !is_carried });
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}

/// The same allele, or a place that holds no other.
fn words(population: &Population, locus: &Locus) -> [Value; 5] {
    let with = |more: Value| {
        let mut parameters = json!({
            "assemblyId": population.assembly.to_string(),
            "referenceName": population.contig,
            "datasets": [MEMBERS],
        });
        if let (Some(all), Value::Object(more)) = (parameters.as_object_mut(), more) {
            all.extend(more);
        }
        parameters
    };
    let (start, reference, alternate) = (locus.position - 1, locus.reference, locus.alternate);
    [
        with(json!({ "start": [start], "referenceBases": reference, "alternateBases": "N" })),
        with(json!({ "start": [start, start + 1], "end": [start + 1, start + 2], "variantType": "SNP" })),
        with(json!({ "start": [start], "end": [start + 1] })),
        with(json!({
            "start": [start], "referenceBases": reference, "alternateBases": alternate, "matchParts": true,
        })),
        json!({
            "assemblyId": population.assembly.to_string(),
            "allele": format!("{}-{}-{reference}-{alternate}", population.contig, locus.position),
            "datasets": [MEMBERS],
        }),
    ]
}
