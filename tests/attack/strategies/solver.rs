//! Counts below the floor from all counts that are told of a table: what every number may be, given that rows and
//! columns add up.

use futures::future::LocalBoxFuture;
use fyr_policy::Bounds;
use fyr_tests::inference::{Binomial, Observation};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::chosen::loci;
use crate::{
    client::{Client, parameters},
    finding::{Finding, Guess},
    population::{Population, Somebody},
    posture::Posture,
    reading::numbers,
    requester::Requester,
    stand::Stand,
    strategy::Strategy,
};

const LOCI: usize = 100;
const SEXES: [(&str, bool); 2] = [("NCIT:C20197", true), ("NCIT:C16576", false)];

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Solver;

/// What a number may be, both ends included.
type Range = (u64, u64);

/// People of a population and of a sex; of everybody where neither is said.
#[derive(Clone, Debug, PartialEq)]
struct Cell {
    label: Option<String>,
    sex: Option<(&'static str, bool)>,
}

/// Two cells or more, by place, that add up to another.
type Sum = (usize, Vec<usize>);

impl Strategy for Solver {
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>> {
        Box::pin(async move {
            let client = stand.client(Requester { posture, number: 13 }).await?;
            let population = &stand.population;
            let (cells, floor) = (cells(population), posture.bounds().minimum_carriers as usize);
            let sums = sums(&cells);
            let mut guesses = Vec::new();
            for locus in loci(population, 0.1..=0.25, LOCI, chance) {
                let mut ranges = Vec::new();
                for cell in &cells {
                    ranges.push(told(&client, population, locus, cell, posture.bounds()).await?);
                }
                solve(&mut ranges, &sums);
                for (cell, range) in cells.iter().zip(ranges) {
                    let truth = cell.people(population).filter(|member| member.carries(locus)).count();
                    if (1..floor).contains(&truth) {
                        guesses.push(guess(population, locus, cell, range, truth as u64));
                    }
                }
            }
            Ok(Finding::Reconstruction(guesses))
        })
    }
}

impl Cell {
    fn people<'p>(&'p self, population: &'p Population) -> impl Iterator<Item = &'p Somebody> {
        let is_in = move |member: &&Somebody| {
            self.label.as_ref().is_none_or(|label| member.label == *label)
                && self.sex.is_none_or(|(_, male)| member.male == male)
        };
        population.members.iter().filter(is_in)
    }

    /// Returns whether this is all of a cell with more said of it: another label, or another sex.
    fn contains(&self, part: &Cell) -> bool {
        let by_label = self.sex == part.sex && self.label.is_none() && part.label.is_some();
        let by_sex = self.label == part.label && self.sex.is_none() && part.sex.is_some();
        by_label || by_sex
    }

    fn filters(&self) -> Value {
        let label = self.label.as_ref();
        let label = label.map(|label| json!({ "id": "population", "operator": "=", "value": label }));
        let sex = self.sex.map(|(term, _)| json!({ "id": term }));
        label.into_iter().chain(sex).collect()
    }
}

/// Everybody, each population, each sex, and each sex of each population.
fn cells(population: &Population) -> Vec<Cell> {
    let labels: std::collections::BTreeSet<&String> =
        population.members.iter().map(|member| &member.label).collect();
    let labels = std::iter::once(None).chain(labels.into_iter().cloned().map(Some));
    let of_label = |label: Option<String>| {
        let sexes = std::iter::once(None).chain(SEXES.map(Some));
        sexes.map(move |sex| Cell { label: label.clone(), sex }).collect::<Vec<_>>()
    };
    labels.flat_map(of_label).collect()
}

fn sums(cells: &[Cell]) -> Vec<Sum> {
    let parts = |whole: &Cell, by_sex: bool| -> Vec<usize> {
        let is_part = |part: &Cell| whole.contains(part) && (part.sex == whole.sex) != by_sex;
        cells.iter().enumerate().filter(|(_, cell)| is_part(cell)).map(|(at, _)| at).collect()
    };
    let of_whole = |(at, whole): (usize, &Cell)| [false, true].map(|by_sex| (at, parts(whole, by_sex)));
    let sums = cells.iter().enumerate().flat_map(of_whole);
    sums.filter(|(_, parts)| !parts.is_empty()).collect()
}

/// What is told of a cell, before anything is concluded.
async fn told(
    client: &Client<'_>,
    population: &Population,
    locus: usize,
    cell: &Cell,
    bounds: Bounds,
) -> anyhow::Result<Range> {
    let query = json!({
        "requestParameters": parameters(population, locus),
        "filters": cell.filters(),
        "requestedGranularity": "count",
    });
    let people = cell.people(population).count() as u64;
    Ok(match client.count("/individuals", query).await? {
        Some(count) if count > 0 => match numbers(count, bounds, people) {
            Observation::People(low, high) | Observation::Copies(low, high) => (low, high),
        },
        _ => (0, people),
    })
}

/// Narrows every range by what adds up, until nothing changes.
fn solve(ranges: &mut [Range], sums: &[Sum]) {
    let mut before = Vec::new();
    while before != ranges {
        before = ranges.to_vec();
        for (whole, parts) in sums {
            let at = |ranges: &[Range], cell: usize| ranges.get(cell).copied().unwrap_or_default();
            let low: u64 = parts.iter().map(|part| at(ranges, *part).0).sum();
            let high: u64 = parts.iter().map(|part| at(ranges, *part).1).sum();
            narrow(ranges, *whole, (low, high));
            let total = at(ranges, *whole);
            for part in parts {
                let own = at(ranges, *part);
                let least = total.0.saturating_sub(high.saturating_sub(own.1));
                let most = total.1.saturating_sub(low.saturating_sub(own.0));
                narrow(ranges, *part, (least, most));
            }
        }
    }
}

/// Keeps what two ranges share; where rounding lets them share nothing, the former stays.
fn narrow(ranges: &mut [Range], cell: usize, to: Range) {
    if let Some(range) = ranges.get_mut(cell) {
        let shared = (range.0.max(to.0), range.1.min(to.1));
        if shared.0 <= shared.1 {
            *range = shared;
        }
    }
}

/// The likeliest of what is possible, beside the likeliest of all.
fn guess(population: &Population, locus: usize, cell: &Cell, range: Range, truth: u64) -> Guess {
    let people = cell.people(population).count() as u64;
    let frequency = population.loci.get(locus).map_or(0.0, |locus| locus.frequency);
    let (binomial, chance) = (Binomial::up_to(people), 1.0 - (1.0 - frequency).powi(2));
    let mass = |number: &u64| binomial.mass(people, chance, *number);
    let likeliest = |(low, high): Range| (low..=high).max_by(|a, b| mass(a).total_cmp(&mass(b)));
    Guess { is_right: likeliest(range) == Some(truth), is_guessed: likeliest((0, people)) == Some(truth) }
}
