//! A count below the floor: carriers of everybody, without those of every other population.

use futures::future::LocalBoxFuture;
use fyr_tests::inference::Binomial;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::chosen::loci;
use crate::{
    client::{Client, parameters},
    finding::{Finding, Guess},
    population::Population,
    posture::Posture,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

const TRIES: usize = 300;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Populations;

impl Strategy for Populations {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 4 }).await?;
            let population = &stand.population;
            let labels = labels(population);
            let Some(((smallest, people), others)) = labels.split_first() else {
                return Ok(Finding::NotApplicable);
            };
            let binomial = Binomial::up_to(*people as u64);
            let mut guesses = Vec::new();
            for locus in loci(population, 0.1..=0.25, TRIES, chance) {
                let mut rest = count(&client, population, locus, None).await?;
                for (label, _) in others {
                    let Some(sum) = rest else { break };
                    let part = count(&client, population, locus, Some(label)).await?;
                    rest = part.and_then(|part| sum.checked_sub(part));
                }
                let of_smallest = population.members.iter().filter(|member| member.label == *smallest);
                let truth = of_smallest.filter(|member| member.carries(locus)).count() as u64;
                let frequency = population.loci.get(locus).map_or(0.0, |locus| locus.frequency);
                let likeliest = likeliest(&binomial, *people as u64, 1.0 - (1.0 - frequency).powi(2));
                let guess = rest.unwrap_or(likeliest);
                guesses.push(Guess { is_right: guess == truth, is_guessed: likeliest == truth });
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}

/// The populations with the number of their members, smallest first.
fn labels(population: &Population) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for member in &population.members {
        *counts.entry(&member.label).or_default() += 1;
    }
    let mut labels: Vec<_> = counts.into_iter().map(|(label, count)| (label.to_owned(), count)).collect();
    labels.sort_by_key(|(_, count)| *count);
    labels
}

fn likeliest(binomial: &Binomial, people: u64, chance: f64) -> u64 {
    let mass = |number: &u64| binomial.mass(people, chance, *number);
    (0..=people).max_by(|a, b| mass(a).total_cmp(&mass(b))).unwrap_or_default()
}

/// Carriers, of one population or of everybody.
async fn count(
    client: &Client<'_>,
    population: &Population,
    locus: usize,
    label: Option<&str>,
) -> anyhow::Result<Option<u64>> {
    let filter = |label| json!({ "id": "population", "operator": "=", "value": label });
    let filters: Vec<Value> = label.map(filter).into_iter().collect();
    let query = json!({
        "requestParameters": parameters(population, locus),
        "filters": filters,
        "requestedGranularity": "count",
    });
    Ok(client.count("/individuals", query).await?.filter(|count| *count > 0))
}
