//! The rows of one count as one table: everybody, populations that lie within each other, and the sexes of each.
//!
//! What can be computed from rows are sums and differences of them. Which people those tell apart is known exactly,
//! because rows are chosen in an order: populations first, the largest first, each within one that is told or apart from
//! it; then the sexes of populations that are told, both or neither. Whatever such rows tell apart is a union of
//!
//! - what is left of a population without those told within it;
//! - where the sexes of a population are told, and without the populations within it whose sexes are told: people of
//!   some sexes, except where nobody of the other sexes is (there a whole population tells them).
//!
//! So a row is told if each of these is enough, or nobody, and a small cell hides only what would tell it. The order
//! looks at sizes, and what is hidden looks like what is not there.

use std::cmp::Reverse;

use fyr_schemas::{Group, Sex};
use roaring::RoaringBitmap;

use super::cell::Cell;

/// A group beside everybody.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) group: Group,
    pub(super) cell: Cell,
    /// Who of those looked at is in it; none where only numbers are known.
    pub(super) people: Option<RoaringBitmap>,
}

/// Which rows may be told, of which only those that are enough may be told apart.
pub(super) struct Choice<'a> {
    pub(super) may_be_told: &'a dyn Fn(&Group) -> bool,
    pub(super) enough: &'a dyn Fn(&Cell) -> bool,
}

/// Returns which groups are told beside everybody. The others must be among the rows too: they say who is there.
pub(super) fn told<'a>(everybody: &Cell, rows: &'a [Row], choice: &Choice<'_>) -> Vec<&'a Group> {
    let mut tree = Tree { nodes: vec![Node::new(everybody, None, sexes(rows, everybody, None))], choice };
    let mut populations: Vec<_> = rows.iter().filter_map(Population::of).collect();
    populations.sort_by_key(Population::order);
    let apart = || populations.iter().map(|population| &population.row.cell);
    let are_apart = apart().try_fold(everybody.clone(), |left, cell| left.minus(cell)).is_some();
    for population in populations.iter().filter(|population| (choice.may_be_told)(&population.row.group)) {
        tree.add(population, rows, are_apart);
    }
    let labels = tree.nodes.iter().filter_map(|node| node.population).map(|population| &population.row.group);
    let sexes = tree.sexes();
    let of_told = |row: &&Row| match &row.group {
        Group::Sex(_) => sexes.contains(&None),
        Group::PopulationSex(label, _) => sexes.contains(&Some(label.as_str())),
        Group::Total | Group::Population(_) => false,
    };
    labels.chain(rows.iter().filter(of_told).map(|row| &row.group)).collect()
}

/// People of each sex, and those of neither; none where it is not known who they are.
type Sexes = Option<[Cell; 3]>;

/// Finds the sexes of a population, or of everybody. Who are all of one sex have no row of the other.
fn sexes(rows: &[Row], whole: &Cell, label: Option<&str>) -> Sexes {
    let of = |sex: Sex| {
        rows.iter().find(|row| match &row.group {
            Group::Sex(known) => label.is_none() && *known == sex,
            Group::PopulationSex(population, known) => label == Some(population) && *known == sex,
            _ => false,
        })
    };
    let found = [of(Sex::Female), of(Sex::Male)];
    // Numbers may leave the sexes of populations out; who are known have a row of each sex that is there.
    let are_known = |row: &Row| row.people.is_some() || matches!(row.group, Group::PopulationSex(..));
    if found.iter().all(Option::is_none) && !rows.iter().any(are_known) {
        return None;
    }
    let [female, male] = found.map(|row| row.map_or_else(|| whole.nobody(), |row| row.cell.clone()));
    let neither = whole.minus(&female)?.minus(&male)?;
    Some([female, male, neither])
}

/// A row of a population.
#[derive(Clone, Copy)]
struct Population<'a> {
    label: &'a str,
    row: &'a Row,
}

/// How two populations lie to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lies {
    Within,
    Apart,
    Across,
}

impl<'a> Population<'a> {
    fn of(row: &'a Row) -> Option<Self> {
        match &row.group {
            Group::Population(label) => Some(Self { label, row }),
            _ => None,
        }
    }

    /// The largest first.
    fn order(&self) -> (Reverse<u64>, &'a str) {
        (Reverse(self.row.cell.tally().assayed_at_least()), self.label)
    }

    /// Numbers do not say who is in both: then all are apart, or nothing is known.
    fn lies_to(&self, other: &Self, are_apart: bool) -> Lies {
        match (&self.row.people, &other.row.people) {
            (Some(people), Some(others)) if people.is_subset(others) => Lies::Within,
            (Some(people), Some(others)) if people.is_disjoint(others) => Lies::Apart,
            (None, None) if are_apart => Lies::Apart,
            _ => Lies::Across,
        }
    }
}

/// Everybody, or a population that is told.
struct Node<'a> {
    population: Option<Population<'a>>,
    /// The node within which it lies.
    within: Option<usize>,
    /// Its people without the populations told within it.
    rest: Cell,
    /// The same by sex; none where somebody's sex is not known to be that of a population within it or of the rest.
    sexes: Sexes,
}

impl<'a> Node<'a> {
    fn new(cell: &Cell, population: Option<(Population<'a>, usize)>, sexes: Sexes) -> Self {
        let (population, within) = population.unzip();
        Self { population, within, rest: cell.clone(), sexes }
    }

    fn of_sex(&self, sex: Sex) -> Group {
        match &self.population {
            Some(population) => Group::PopulationSex(population.label.to_owned(), sex),
            None => Group::Sex(sex),
        }
    }
}

/// The populations that are told so far.
struct Tree<'a, 'b> {
    nodes: Vec<Node<'a>>,
    choice: &'b Choice<'b>,
}

impl<'a> Tree<'a, '_> {
    /// Tells a population if that tells no few apart.
    fn add(&mut self, population: &Population<'a>, rows: &[Row], are_apart: bool) -> Option<()> {
        let within = self.place(population, are_apart)?;
        let cell = &population.row.cell;
        let parent = self.nodes.get_mut(within)?;
        let rest = parent.rest.minus(cell)?;
        if !(self.choice.enough)(cell) || !(rest.is_nobody() || (self.choice.enough)(&rest)) {
            return None;
        }
        let sexes = sexes(rows, cell, Some(population.label));
        parent.rest = rest;
        parent.sexes = parent.sexes.take().zip(sexes.as_ref()).and_then(|(all, less)| without(&all, less));
        self.nodes.push(Node::new(cell, Some((*population, within)), sexes));
        Some(())
    }

    /// Finds the smallest of what is told that a population lies within; none where it lies across one.
    fn place(&self, population: &Population<'a>, are_apart: bool) -> Option<usize> {
        let mut within = 0;
        for (at, node) in self.nodes.iter().enumerate() {
            let Some(told) = &node.population else { continue };
            match population.lies_to(told, are_apart) {
                // The larger come first, so a later one is the smaller.
                Lies::Within => within = at,
                Lies::Apart => {}
                Lies::Across => return None,
            }
        }
        Some(within)
    }

    /// Returns those whose sexes may be told; none stands for everybody.
    fn sexes(&self) -> Vec<Option<&'a str>> {
        let mut blocks = vec![Block { nodes: (0..self.nodes.len()).collect(), is_told: false }];
        let mut told = Vec::new();
        let may_be_told = |(_, node): &(usize, &Node<'a>)| {
            [Sex::Female, Sex::Male].iter().any(|sex| (self.choice.may_be_told)(&node.of_sex(*sex)))
        };
        for (at, node) in self.nodes.iter().enumerate().filter(may_be_told) {
            if let Some((block, inside, outside)) = self.split(&blocks, at)
                && self.tells(&inside)
                && (!outside.is_told || self.tells(&outside))
            {
                blocks.remove(block);
                blocks.extend([inside, outside]);
                told.push(node.population.map(|population| population.label));
            }
        }
        told
    }

    /// Splits the block that a node is in.
    fn split(&self, blocks: &[Block], at: usize) -> Option<(usize, Block, Block)> {
        let (number, block) = blocks.iter().enumerate().find(|(_, block)| block.nodes.contains(&at))?;
        let (inside, outside) = block.nodes.iter().partition(|other| self.is_in(**other, at));
        let inside = Block { nodes: inside, is_told: true };
        Some((number, inside, Block { nodes: outside, is_told: block.is_told }))
    }

    fn is_in(&self, node: usize, other: usize) -> bool {
        let above = |at: &usize| self.nodes.get(*at).and_then(|node| node.within);
        std::iter::successors(Some(node), above).any(|at| at == other)
    }

    /// Returns whether sexes tell no few apart among the populations of a block. Numbers that leave the sexes of a
    /// population out do not say whom both leave: beside that population, no sexes are told.
    fn tells(&self, block: &Block) -> bool {
        let nodes = || block.nodes.iter().filter_map(|at| self.nodes.get(*at));
        let known: Option<Vec<&[Cell; 3]>> = nodes().map(|node| node.sexes.as_ref()).collect();
        let Some(parts) = known else { return false };
        // Each way to take one or two of the three sexes away.
        (1..7).all(|away: u8| {
            let is_away = |sex: usize| away & (1 << sex) != 0;
            let has_others = |part: &&&[Cell; 3]| {
                part.iter().enumerate().any(|(sex, cell)| is_away(sex) && !cell.is_nobody())
            };
            let left = parts.iter().filter(has_others).flat_map(|part| part.iter().enumerate());
            let left = left.filter(|(sex, _)| !is_away(*sex)).map(|(_, cell)| cell);
            let left = left.fold(None, |sum: Option<Cell>, cell| {
                Some(sum.map_or_else(|| cell.clone(), |sum| sum.plus(cell)))
            });
            left.is_none_or(|left| left.is_nobody() || (self.choice.enough)(&left))
        })
    }
}

/// What is left of a population whose sexes are told, or could be, without those within it whose sexes are told.
struct Block {
    nodes: Vec<usize>,
    is_told: bool,
}

fn without(all: &[Cell; 3], less: &[Cell; 3]) -> Sexes {
    let [female, male, neither] = all;
    let [less_female, less_male, less_neither] = less;
    Some([female.minus(less_female)?, male.minus(less_male)?, neither.minus(less_neither)?])
}
