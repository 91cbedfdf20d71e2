//! The sum of what several datasets say about one variant.

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{Coverage, DatasetAnswer, Frequency, Group, VariantAnswer};

use super::{Contribution, variant};

/// A number or row with where it comes from.
struct Summand<'a, T> {
    node: &'a str,
    attributable: bool,
    value: T,
}

/// Adds up contributions that are all about one variant.
///
/// Returns none where nothing may be told, and whether everything that was stated went into the sum.
pub(super) fn sum(contributions: &[Contribution<'_>]) -> (Option<VariantAnswer>, bool) {
    let stated = contributions.iter().filter(|c| c.answer.carriers.is_some() || has_rows(c));
    let (told, carriers_complete) =
        tellable(stated.map(|c| summand(c, c.answer.carriers)).collect::<Vec<_>>());
    let carriers = add_stated(told.iter().map(|summand| summand.value));
    let (frequencies, rows_complete) = frequencies(contributions);
    let complete = carriers_complete && rows_complete;
    let answer = contributions.first().filter(|_| carriers.is_some() || !frequencies.is_empty());
    let total = answer.map(|first| VariantAnswer {
        variant: variant(first).clone(),
        carriers,
        // Not everybody says it.
        assayed: None,
        frequencies,
        coverage: coverage(contributions),
        cases: Vec::new(),
        effects: first.answer.effects.clone(),
        alternative_ids: first.answer.alternative_ids.clone(),
    });
    (total, complete)
}

/// Adds up how many entries datasets found, and says whether everything that was stated went into the sum.
pub(super) fn counts<'a>(datasets: impl Iterator<Item = &'a DatasetAnswer>) -> (Option<u64>, bool) {
    let stated = datasets.filter_map(|dataset| {
        let (node, attributable) = (dataset.beacon_id.as_str(), dataset.attributable);
        Some(Summand { node, attributable, value: dataset.result_count? })
    });
    let (told, complete) = tellable(stated.collect());
    let sum = told.iter().map(|summand| summand.value).fold(0, u64::saturating_add);
    ((!told.is_empty()).then_some(sum), complete)
}

fn has_rows(contribution: &Contribution<'_>) -> bool {
    !contribution.answer.frequencies.is_empty()
}

fn summand<'a, T>(contribution: &Contribution<'a>, value: T) -> Summand<'a, T> {
    Summand { node: contribution.node, attributable: contribution.attributable, value }
}

/// Sums per group, total first.
fn frequencies(contributions: &[Contribution<'_>]) -> (Vec<Frequency>, bool) {
    let mut groups: BTreeMap<&Group, Vec<Summand<'_, &Frequency>>> = BTreeMap::new();
    for contribution in contributions {
        for frequency in &contribution.answer.frequencies {
            groups.entry(&frequency.group).or_default().push(summand(contribution, frequency));
        }
    }
    let mut complete = true;
    let rows = groups.into_iter().filter_map(|(group, summands)| {
        let (told, all) = tellable(summands);
        complete &= all;
        (!told.is_empty()).then(|| row(group, &told))
    });
    (rows.collect(), complete)
}

fn row(group: &Group, summands: &[Summand<'_, &Frequency>]) -> Frequency {
    let part = |part: fn(&Frequency) -> Option<u64>| add_stated(summands.iter().map(|s| part(s.value)));
    let number = |number: fn(&Frequency) -> u64| {
        summands.iter().map(|summand| number(summand.value)).fold(0, u64::saturating_add)
    };
    Frequency {
        group: group.clone(),
        allele_count: number(|f| f.allele_count),
        allele_number: number(|f| f.allele_number),
        heterozygous: part(|f| f.heterozygous),
        homozygous: part(|f| f.homozygous),
        hemizygous: part(|f| f.hemizygous),
    }
}

/// Leaves out what may not be attributed where it would stand alone, and says whether all stayed.
fn tellable<T>(mut summands: Vec<Summand<'_, T>>) -> (Vec<Summand<'_, T>>, bool) {
    let hidden: BTreeSet<&str> = summands.iter().filter(|s| !s.attributable).map(|s| s.node).collect();
    let all = hidden.len() != 1;
    summands.retain(|summand| all || summand.attributable);
    (summands, all)
}

/// Adds numbers of which none may be missing; nothing at all has no sum.
fn add_stated(numbers: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    let mut numbers = numbers.peekable();
    numbers.peek()?;
    numbers.try_fold(0u64, |sum, number| Some(sum.saturating_add(number?)))
}

/// Everyone was assayed where all who gave numbers say so, nobody where all say that; nothing is known
/// where one does not tell.
fn coverage(contributions: &[Contribution<'_>]) -> Coverage {
    let (told, _) = tellable(contributions.iter().map(|c| summand(c, c.answer.coverage)).collect());
    let states: BTreeSet<Coverage> = told.into_iter().map(|summand| summand.value).collect();
    match (states.contains(&Coverage::Unknown), states.first(), states.len()) {
        (true, _, _) | (_, None, _) => Coverage::Unknown,
        (false, Some(&one), 1) => one,
        (false, Some(_), _) => Coverage::Partial,
    }
}
