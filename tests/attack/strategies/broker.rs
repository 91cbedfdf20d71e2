//! The number of a node that may not be shown by itself: the sum of all, without the sum of all others.

use futures::future::LocalBoxFuture;
use fyr_policy::Profile;
use fyr_schemas::{AlleleQuery, Answer, VariantQuery};
use fyr_tests::{
    NetworkSpec, TestNetwork,
    ask::{Ask, GrpcClient},
};
use rand_chacha::ChaCha8Rng;

use super::chosen::loci;
use crate::{
    client::{asked, only_members},
    finding::{Finding, Guess},
    population::{Population, Somebody},
    posture::Posture,
    reading::allele_count,
    requester::{Requester, tokens_toml},
    stand::{Stand, loaded, uncharged_policy},
    strategy::Strategy,
};

const TRIES: usize = 400;
/// Nodes, all of them hidden but the last.
const NODES: [&str; 4] =
    ["se.a.sl-beacon.test", "se.b.sl-beacon.test", "se.c.sl-beacon.test", "se.d.sl-beacon.test"];
/// The node that is read.
const TARGET: &str = "se.a.sl-beacon.test";

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broker;

impl Strategy for Broker {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            // Sums of other profiles are rounded, or no sums. Accounts tell no copies that could be added up.
            if posture != Posture::Uncharged(Profile::Known) {
                return Ok(Finding::NotApplicable);
            }
            let population = &stand.population;
            let network = federation(stand).await?;
            let broker = network.broker.grpc().await?;
            let asked = loci(population, 0.1..=0.5, TRIES, chance);
            let token = Requester { posture, number: 11 }.token(&stand.world)?;
            let mut ask = Ask { token, ..Ask::default() };
            let all = sums(&broker, population, &asked, &ask).await?;
            ask.datasets.exclude_nodes.push(TARGET.to_owned());
            let others = sums(&broker, population, &asked, &ask).await?;
            let guesses = asked
                .iter()
                .zip(all.into_iter().zip(others))
                .map(|(locus, told)| judge(population, *locus, told));
            let guesses = guesses.collect();
            network.stop().await;
            Ok(Finding::Reconstruction(guesses))
        })
    }
}

/// The members of the target.
fn part(population: &Population, node: usize) -> Vec<&Somebody> {
    population.members.iter().skip(node).step_by(NODES.len()).collect()
}

/// Four nodes with a fourth of the members each.
async fn federation(stand: &Stand) -> anyhow::Result<TestNetwork> {
    let directory = stand.directory.path().join("federation");
    let mut nodes = Vec::new();
    for (at, id) in NODES.into_iter().enumerate() {
        let people = part(&stand.population, at);
        let spec = loaded(id, &stand.population, &people, directory.join(format!("people-{at}")))?;
        let spec = spec.with_policy(&uncharged_policy()?).with_settings(&tokens_toml());
        nodes.push(if at + 1 == NODES.len() { spec } else { spec.hidden() });
    }
    TestNetwork::start(&directory, NetworkSpec { nodes, ..NetworkSpec::default() }).await
}

/// The copies that the broker adds up; none where it tells no sum.
async fn sums(
    broker: &GrpcClient,
    population: &Population,
    loci: &[usize],
    ask: &Ask,
) -> anyhow::Result<Vec<Option<u64>>> {
    let mut sums = Vec::new();
    for locus in loci {
        let query = asked(population, *locus, ask.granularity, only_members())?;
        let Some(VariantQuery::Allele(allele)) = query.variant else { continue };
        sums.push(sum(broker, &allele, ask).await?);
    }
    Ok(sums)
}

async fn sum(broker: &GrpcClient, allele: &AlleleQuery, ask: &Ask) -> anyhow::Result<Option<u64>> {
    let answer: Option<Answer> = broker.lookup(allele, ask).await?.ok();
    Ok(answer.and_then(|answer| answer.totals.first().and_then(allele_count)))
}

fn judge(population: &Population, locus: usize, told: (Option<u64>, Option<u64>)) -> Guess {
    let people = part(population, 0);
    let truth: u64 = people.iter().map(|somebody| u64::from(somebody.copies(locus))).sum();
    let frequency = population.loci.get(locus).map_or(0.0, |locus| locus.frequency);
    let likeliest = (2.0 * people.len() as f64 * frequency).round() as u64;
    let read =
        told.0.zip(told.1).and_then(|(all, others)| all.checked_sub(others)).filter(|copies| *copies > 0);
    Guess { is_right: read.unwrap_or(likeliest) == truth, is_guessed: likeliest == truth }
}
