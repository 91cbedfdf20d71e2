//! Which populations lie within which, whoever carries what.

use std::cmp::Reverse;

use fyr_schemas::Group;

use super::{super::cell::Cell, Choice, Row, hiding::Siblings};

/// A row of a population.
#[derive(Debug)]
pub(super) struct Population<'a> {
    pub(super) label: &'a str,
    pub(super) row: &'a Row,
    /// The label of the smallest that it lies within; none where that is everybody.
    within: Option<&'a str>,
}

/// Populations that lie within each other or apart, the widest first. Those that lie across one before them are not there.
#[derive(Debug, Default)]
pub(super) struct Forest<'a> {
    populations: Vec<Population<'a>>,
}

/// How two populations lie to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lies {
    Within,
    Apart,
    Across,
}

impl<'a> Forest<'a> {
    pub(super) fn of(everybody: &Cell, rows: &'a [Row], choice: &Choice<'_>) -> Self {
        let label = |row: &'a Row| match &row.group {
            Group::Population(label) if (choice.may_be_told)(&row.group) => Some((label.as_str(), row)),
            _ => None,
        };
        let mut labelled: Vec<_> = rows.iter().filter_map(label).collect();
        // Who is in the data decides, or what the rules say; never who carries something.
        let size = |row: &Row| row.size.unwrap_or_else(|| row.cell.tally().assayed_at_least());
        labelled.sort_by_key(|(label, row)| (choice.populations.depth(label), Reverse(size(row)), *label));
        let mut forest = Self::default();
        for (label, row) in labelled {
            if let Some(within) = forest.place(label, row, choice) {
                forest.populations.push(Population { label, row, within });
            }
        }
        forest.keep_apart(None, everybody);
        forest
    }

    /// Returns those that lie directly within one, or within everybody, the widest first.
    pub(super) fn within(
        &self,
        population: Option<&Population<'a>>,
    ) -> impl Iterator<Item = &Population<'a>> {
        let label = population.map(|population| population.label);
        self.populations.iter().filter(move |population| population.within == label)
    }

    /// Finds the smallest population before it that it lies within; nothing where it lies across one.
    fn place(&self, label: &str, row: &Row, choice: &Choice<'_>) -> Option<Option<&'a str>> {
        let mut within = None;
        for known in &self.populations {
            let lies = match (&row.people, &known.row.people) {
                (Some(people), Some(others)) if people.is_subset(others) => Lies::Within,
                (Some(people), Some(others)) if people.is_disjoint(others) => Lies::Apart,
                (None, None) if choice.populations.lies_within(label, known.label) => Lies::Within,
                (None, None) => Lies::Apart,
                _ => Lies::Across,
            };
            match lies {
                Lies::Within => within = Some(known.label),
                Lies::Apart => {}
                Lies::Across => return None,
            }
        }
        Some(within)
    }

    /// Numbers do not say who is in two populations. Those that are more than what they lie within lie across each other:
    /// only the first of them is kept.
    fn keep_apart(&mut self, label: Option<&'a str>, whole: &Cell) {
        let siblings = self.populations.iter().filter(|population| population.within == label);
        let siblings: Vec<_> = siblings.map(|population| (population.label, &population.row.cell)).collect();
        let all = siblings.iter().try_fold(whole.clone(), |left, (_, cell)| left.minus(cell));
        let kept = if all.is_some() { siblings.len() } else { 1 };
        let (kept, left_out) = siblings.split_at(kept.min(siblings.len()));
        let left_out: Vec<&str> = left_out.iter().map(|(label, _)| *label).collect();
        let kept: Vec<_> = kept.iter().filter(|(_, cell)| whole.minus(cell).is_some()).copied().collect();
        // What lies within those that are left out is found from no root.
        self.populations.retain(|population| !left_out.contains(&population.label));
        kept.into_iter().for_each(|(label, cell)| self.keep_apart(Some(label), cell));
    }
}

/// Chooses, among populations that lie directly within some people, those that are told.
pub(super) fn told_of(whole: &Cell, siblings: &[&Population<'_>], choice: &Choice<'_>) -> Vec<usize> {
    let cell = |number: &usize| siblings.get(*number).map(|population| &population.row.cell);
    let without = |numbers: &[usize]| {
        numbers.iter().filter_map(cell).try_fold(whole.clone(), |left, cell| left.minus(cell))
    };
    let every: Vec<usize> = (0..siblings.len()).collect();
    let shares = every.iter().map(|number| cell(number).and_then(|cell| (choice.share)(cell)));
    let rest = without(&every).and_then(|rest| (choice.share)(&rest));
    let table = Siblings { floor: choice.floor, shares: shares.collect(), rest };
    let is_small = |number: usize| !cell(&number).is_some_and(|cell| (choice.enough)(cell));
    let is_enough =
        |told: &[usize]| without(told).is_some_and(|left| left.is_nobody() || (choice.enough)(&left));
    table.told(is_small, is_enough)
}
