//! What an answer says to somebody who knows the rules by which it was made.

use fyr_policy::{Bounds, Rounding};
use fyr_schemas::{Answer, VariantAnswer};
use fyr_tests::inference::Observation;

/// Reads an answer about one allele of a dataset of so many people; of a refused question nothing is known.
pub(crate) fn reading(answer: Option<&Answer>, bounds: Bounds, people: u64) -> Observation {
    let Some(answer) = answer else { return Observation::People(0, people) };
    if !answer.exists {
        return unseen(bounds);
    }
    seen(answer.datasets.first().and_then(|dataset| dataset.variants.first()), bounds, people)
}

/// Reads a no: nobody, or fewer than the floor.
pub(crate) fn unseen(bounds: Bounds) -> Observation {
    Observation::People(0, bounds.minimum_carriers.max(1) - 1)
}

/// Reads a yes with what is told beside it.
pub(crate) fn seen(told: Option<&VariantAnswer>, bounds: Bounds, people: u64) -> Observation {
    let least = bounds.minimum_carriers.max(1);
    if let Some(copies) = told.and_then(allele_count).filter(|copies| *copies > 0) {
        let (low, high) = bucket(copies, bounds.rounding);
        return Observation::Copies(low.max(least), high.min(2 * people));
    }
    match told.and_then(|variant| variant.carriers).filter(|carriers| *carriers > 0) {
        Some(carriers) => numbers(carriers, bounds, people),
        None => Observation::People(least, people),
    }
}

/// Reads a number of people, of so many.
pub(crate) fn numbers(told: u64, bounds: Bounds, people: u64) -> Observation {
    let floor = bounds.minimum_carriers;
    let (low, high) = bucket(told, bounds.rounding);
    // Of all but a few, only so much is told.
    let is_top = floor > 0 && high.saturating_add(floor) >= people;
    Observation::People(low.max(floor), if is_top { people } else { high })
}

/// Returns AC of everybody.
pub(crate) fn allele_count(variant: &VariantAnswer) -> Option<u64> {
    let total = variant.frequencies.iter().find(|frequency| frequency.group.to_string() == "Total");
    total.map(|frequency| frequency.allele_count)
}

/// Returns the numbers that are told as this one.
fn bucket(told: u64, rounding: Rounding) -> (u64, u64) {
    match rounding {
        Rounding::Exact => (told, told),
        Rounding::Nearest(step) => {
            let same = |number: &u64| rounding.of(*number) == told;
            let near = told.saturating_sub(step)..=told.saturating_add(step);
            let (low, high) = (near.clone().find(same), near.rev().find(same));
            (low.unwrap_or(told), high.unwrap_or(told))
        }
        Rounding::Buckets => {
            let lasts = [2 * told - 1, told + told.div_ceil(2), 5 * told / 2];
            let same = |number: &u64| rounding.of(*number) == told;
            (told, (told..=lasts.into_iter().max().unwrap_or(told)).take_while(same).last().unwrap_or(told))
        }
    }
}
