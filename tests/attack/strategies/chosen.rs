//! Whom and what the attacker chooses.

use rand::{Rng, seq::SliceRandom};

use crate::population::{Population, Somebody};

/// Chooses as many of each kind, at most `each`, so that guessing without asking is right half of the time.
pub(super) fn balanced<T>(
    candidates: impl IntoIterator<Item = T>,
    is_so: impl Fn(&T) -> bool,
    each: usize,
    chance: &mut impl Rng,
) -> Vec<T> {
    let (mut yes, mut no): (Vec<T>, Vec<T>) = candidates.into_iter().partition(is_so);
    yes.shuffle(chance);
    no.shuffle(chance);
    let each = each.min(yes.len()).min(no.len());
    yes.truncate(each);
    no.truncate(each);
    yes.into_iter().chain(no).collect()
}

/// Chooses loci that so many members carry, as shares of all.
pub(super) fn loci(
    population: &Population,
    shares: std::ops::RangeInclusive<f64>,
    most: usize,
    chance: &mut impl Rng,
) -> Vec<usize> {
    let count = |share: f64| (share * population.members.len() as f64) as usize;
    let mut loci = population.carried_by(count(*shares.start())..=count(*shares.end()));
    loci.shuffle(chance);
    loci.truncate(most);
    loci
}

/// The members by height, shortest first.
pub(super) fn by_height(population: &Population) -> Vec<&Somebody> {
    let mut members: Vec<&Somebody> = population.members.iter().collect();
    let height = |somebody: &&Somebody| somebody.height.parse::<f64>().unwrap_or_default();
    members.sort_by(|a, b| height(a).total_cmp(&height(b)));
    members
}
