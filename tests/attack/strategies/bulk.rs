//! Whether somebody is in the data, from the pages of one range over everything: thousands of alleles for the price of
//! one question, where a question is what is paid for.

use std::collections::BTreeMap;

use futures::future::LocalBoxFuture;
use fyr_schemas::{
    Contig, Granularity, Interbase, Pagination, Purpose, Query, RangeQuery, Use, VariantAnswer, VariantQuery,
};
use fyr_tests::inference::Observation;
use rand_chacha::ChaCha8Rng;

use super::membership::{Order, curve};
use crate::{
    client::{Client, only_members},
    finding::Finding,
    population::Population,
    posture::Posture,
    reading::{seen, unseen},
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

/// Variants of a page.
const PAGE: u32 = 1000;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bulk;

impl Strategy for Bulk {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let (population, bounds) = (&stand.population, posture.bounds());
            let client = stand.client(Requester { posture, number: 10 }).await?;
            let people = population.members.len() as u64;
            let readings: Vec<Observation> = match listed(&client, population).await? {
                None => vec![Observation::People(0, people); population.loci.len()],
                Some(told) => population
                    .loci
                    .iter()
                    .map(|locus| match told.get(&(locus.position, locus.alternate.to_string())) {
                        Some(variant) => seen(Some(variant), bounds, people),
                        None => unseen(bounds),
                    })
                    .collect(),
            };
            let floor = bounds.minimum_carriers.max(1);
            Ok(Finding::Membership(curve(population, &readings, Order::Everything, floor, chance)))
        })
    }
}

/// Everything that is listed, by position and bases; none where nothing is.
async fn listed(
    client: &Client<'_>,
    population: &Population,
) -> anyhow::Result<Option<BTreeMap<(u32, String), VariantAnswer>>> {
    let (Some(first), Some(last)) = (population.loci.first(), population.loci.last()) else {
        return Ok(None);
    };
    let contig = Contig::resolve(population.contig, population.assembly)?;
    let place = Interbase::new(u64::from(first.position) - 1, u64::from(last.position))?;
    let range = RangeQuery::of(population.assembly, contig, place);
    let mut told = BTreeMap::new();
    for skip in 0.. {
        let query = Query {
            granularity: Granularity::Record,
            datasets: only_members(),
            purpose: Some(Purpose::new(Use::Gru)),
            pagination: Pagination { skip, limit: PAGE },
            ..Query::variants(VariantQuery::Range(range.clone()))
        };
        let page = client.ask(&query).await?.and_then(|answer| answer.datasets.into_iter().next());
        let variants = page.map(|dataset| dataset.variants).unwrap_or_default();
        if variants.is_empty() {
            break;
        }
        told.extend(variants.into_iter().map(|variant| (place_of(&variant), variant)));
    }
    Ok((!told.is_empty()).then_some(told))
}

/// The 1-based position and the alternate base.
fn place_of(variant: &VariantAnswer) -> (u32, String) {
    (variant.variant.interval.start() + 1, variant.variant.alternate_bases.clone())
}
