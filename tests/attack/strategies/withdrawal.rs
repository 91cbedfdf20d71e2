//! What somebody has who withdrew: the numbers before, without the numbers after.

use anyhow::Context as _;
use clap::Parser as _;
use futures::future::LocalBoxFuture;
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::Granularity;
use rand_chacha::ChaCha8Rng;

use super::chosen::{balanced, loci};
use crate::{
    client::only_members,
    finding::{Finding, Guess},
    population::MEMBERS,
    posture::Posture,
    reading::allele_count,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

/// Loci of each kind.
const EACH: usize = 200;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Withdrawal;

impl Strategy for Withdrawal {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let (Posture::Shipped(_) | Posture::Uncharged(_)) = posture else {
                return Ok(Finding::NotApplicable);
            };
            let population = &stand.population;
            let leaving = population.members.last().context("nobody is there")?;
            let common = loci(population, 0.1..=0.9, usize::MAX, chance);
            let asked = balanced(common, |locus| leaving.carries(*locus), EACH, chance);
            let before = told(stand, posture, &asked).await?;
            consent(stand, posture, "withdraw", &leaving.id).await?;
            let after = told(stand, posture, &asked).await;
            consent(stand, posture, "reinstate", &leaving.id).await?;
            let guess = |((locus, before), after): ((&usize, Option<u64>), Option<u64>)| {
                let is_told = before.zip(after).is_some_and(|(before, after)| before > after);
                let carries = leaving.carries(*locus);
                Guess { is_right: is_told == carries, is_guessed: !carries }
            };
            Ok(Finding::Reconstruction(asked.iter().zip(before).zip(after?).map(guess).collect()))
        })
    }
}

/// The copies, or carriers, that are told.
async fn told(stand: &Stand, posture: Posture, loci: &[usize]) -> anyhow::Result<Vec<Option<u64>>> {
    let client = stand.client(Requester { posture, number: 7 }).await?;
    let answers = client.stream(&stand.population, loci, Granularity::Record, only_members()).await?;
    let number = |answer: Option<fyr_schemas::Answer>| {
        let variant = answer?.datasets.into_iter().next()?.variants.into_iter().next()?;
        allele_count(&variant).or(variant.carriers)
    };
    Ok(answers.into_iter().map(number).collect())
}

/// Runs the operator's command.
async fn consent(stand: &Stand, posture: Posture, verb: &str, person: &str) -> anyhow::Result<()> {
    let config = stand.node(posture)?.config().display().to_string();
    let arguments =
        ["fyr-node", "consent", verb, "--config", &config, "--dataset", MEMBERS, "--person", person];
    let done = cli::run(Cli::try_parse_from(arguments)?).await;
    done.map(drop).map_err(|error| anyhow::anyhow!("{error}"))
}
