//! Homozygotes below the floor: copies of an allele, as records tell them, without carriers, as counts tell them.

use futures::future::LocalBoxFuture;
use fyr_schemas::Granularity;
use rand_chacha::ChaCha8Rng;

use super::chosen::loci;
use crate::{
    client::only_members,
    finding::{Finding, Guess},
    posture::Posture,
    reading::allele_count,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

const TRIES: usize = 1_000;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Homozygotes;

impl Strategy for Homozygotes {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 5 }).await?;
            let population = &stand.population;
            let homozygous =
                |locus: usize| population.members.iter().filter(|member| member.copies(locus) == 2).count();
            let floor = posture.bounds().minimum_carriers as usize;
            let mut asked = loci(population, 0.03..=0.12, TRIES, chance);
            asked.retain(|locus| (1..floor).contains(&homozygous(*locus)));
            let records = client.stream(population, &asked, Granularity::Record, only_members()).await?;
            let counts = client.stream(population, &asked, Granularity::Count, only_members()).await?;
            let mut guesses = Vec::new();
            for ((locus, record), count) in asked.into_iter().zip(records).zip(counts) {
                let variant = |answer: Option<fyr_schemas::Answer>| {
                    answer?.datasets.into_iter().next()?.variants.into_iter().next()
                };
                let copies = variant(record).as_ref().and_then(allele_count);
                let carriers = variant(count).and_then(|variant| variant.carriers);
                let told = copies.zip(carriers).and_then(|(copies, carriers)| copies.checked_sub(carriers));
                let truth = homozygous(locus);
                let frequency = population.loci.get(locus).map_or(0.0, |locus| locus.frequency);
                let likeliest = (population.members.len() as f64 * frequency * frequency) as u64;
                guesses.push(Guess {
                    is_right: told.unwrap_or(likeliest) == truth as u64,
                    is_guessed: likeliest == truth as u64,
                });
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}
