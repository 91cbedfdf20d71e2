//! One person's genotype from yes and no. The largest bound of a measure below which the answer is still no has exactly
//! one carrier fewer below it than the floor; with the person added, the answer is the person's genotype.

use futures::future::LocalBoxFuture;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::chosen::{balanced, by_height, loci};
use crate::{
    client::{Client, parameters},
    finding::{Finding, Guess},
    population::Somebody,
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
pub(crate) struct Bisection;

impl Strategy for Bisection {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 1 }).await?;
            let people = by_height(&stand.population);
            let mut guesses = Vec::new();
            for locus in loci(&stand.population, 0.1..=0.6, LOCI, chance) {
                let question = |filters: Value| {
                    json!({
                        "requestParameters": parameters(&stand.population, locus),
                        "filters": filters,
                        "requestedGranularity": "boolean",
                    })
                };
                let below = bisect(&client, &people, &question).await?;
                let beyond = people.iter().skip(below.unwrap_or_default() + 1);
                for target in balanced(beyond, |target| target.carries(locus), EACH, chance) {
                    let told = match below.and_then(|at| people.get(at)) {
                        Some(edge) => client.exists("/g_variants", question(added(edge, target))).await?,
                        None => None,
                    };
                    let carries = target.carries(locus);
                    guesses
                        .push(Guess { is_right: told.unwrap_or_default() == carries, is_guessed: !carries });
                }
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}

/// Everybody up to an edge, or the target.
fn added(edge: &Somebody, target: &Somebody) -> Value {
    json!([[at_most(edge), { "id": "LOINC:8308-9", "operator": "=", "value": target.height }]])
}

fn at_most(edge: &Somebody) -> Value {
    json!({ "id": "LOINC:8308-9", "operator": "<=", "value": edge.height })
}

/// Finds the last of the people up to whom the answer is no; none where nothing is answered, or always the same.
async fn bisect(
    client: &Client<'_>,
    people: &[&Somebody],
    question: &impl Fn(Value) -> Value,
) -> anyhow::Result<Option<usize>> {
    // Always no at `no`, always yes at `yes`, or nobody knows yet.
    let (mut no, mut yes) = (0, people.len() / 2);
    while yes - no > 1 {
        let middle = no.midpoint(yes);
        let Some(edge) = people.get(middle) else { return Ok(None) };
        match client.exists("/g_variants", question(json!([at_most(edge)]))).await? {
            Some(true) => yes = middle,
            Some(false) => no = middle,
            None => return Ok(None),
        }
    }
    Ok((yes < people.len() / 2).then_some(no))
}
