//! The sum of what several say about one variant.

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{Coverage, Frequency, Group, Observations, VariantAnswer};

/// Adds up answers that are all about one variant: absent is not zero, so a part that one does not state is absent in
/// the sum. Returns none where nobody states a number.
pub(super) fn add(answers: &[&VariantAnswer]) -> Option<VariantAnswer> {
    let stating: Vec<_> = answers.iter().copied().filter(|answer| states(answer)).collect();
    let first = answers.first()?;
    let carriers = add_stated(stating.iter().map(|answer| answer.carriers));
    let frequencies = frequencies(answers);
    (carriers.is_some() || !frequencies.is_empty()).then(|| VariantAnswer {
        variant: first.variant.clone(),
        carriers,
        assayed: add_stated(stating.iter().map(|answer| answer.assayed)),
        assumed: answers.iter().any(|answer| answer.assumed),
        people: add_stated(stating.iter().map(|answer| answer.people)),
        observed: observed(&stating),
        frequencies,
        coverage: coverage(answers),
        cases: Vec::new(),
        effects: first.effects.clone(),
        alternative_ids: first.alternative_ids.clone(),
    })
}

/// Adds up cases: each node's are its own.
fn observed(answers: &[&VariantAnswer]) -> Option<Observations> {
    let part =
        |part: fn(Observations) -> u64| add_stated(answers.iter().map(|answer| answer.observed.map(part)));
    Some(Observations { cases: part(|observed| observed.cases)?, of: part(|observed| observed.of)? })
}

fn states(answer: &VariantAnswer) -> bool {
    answer.carriers.is_some() || !answer.frequencies.is_empty()
}

/// Sums per group, total first.
fn frequencies(answers: &[&VariantAnswer]) -> Vec<Frequency> {
    let mut groups: BTreeMap<&Group, Vec<&Frequency>> = BTreeMap::new();
    for frequency in answers.iter().flat_map(|answer| &answer.frequencies) {
        groups.entry(&frequency.group).or_default().push(frequency);
    }
    groups.into_iter().map(|(group, rows)| row(group, &rows)).collect()
}

fn row(group: &Group, rows: &[&Frequency]) -> Frequency {
    let part = |part: fn(&Frequency) -> Option<u64>| add_stated(rows.iter().map(|row| part(row)));
    let number =
        |number: fn(&Frequency) -> u64| rows.iter().map(|row| number(row)).fold(0, u64::saturating_add);
    Frequency {
        group: group.clone(),
        allele_count: number(|f| f.allele_count),
        allele_number: number(|f| f.allele_number),
        heterozygous: part(|f| f.heterozygous),
        homozygous: part(|f| f.homozygous),
        hemizygous: part(|f| f.hemizygous),
    }
}

/// Adds numbers of which none may be missing; nothing at all has no sum.
fn add_stated(numbers: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    let mut numbers = numbers.peekable();
    numbers.peek()?;
    numbers.try_fold(0u64, |sum, number| Some(sum.saturating_add(number?)))
}

/// Everyone was assayed where all who gave numbers say so, nobody where all say that; nothing is known
/// where one does not tell.
fn coverage(answers: &[&VariantAnswer]) -> Coverage {
    let states: BTreeSet<Coverage> = answers.iter().map(|answer| answer.coverage).collect();
    match (states.contains(&Coverage::Unknown), states.first(), states.len()) {
        (true, _, _) | (_, None, _) => Coverage::Unknown,
        (false, Some(&one), 1) => one,
        (false, Some(_), _) => Coverage::Partial,
    }
}
