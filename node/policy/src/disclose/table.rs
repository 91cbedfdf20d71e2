//! The rows of one count as one table: everybody, populations that lie within each other, and the sexes of each.
//!
//! Rows are chosen level by level: the populations of everybody, those within each that is told, and so on; then the
//! sexes of everybody, and those of the populations that are told, from the widest down. What is chosen at a level are
//! some of several *siblings*, which share their parent out ([`hiding`]). So what rows tell apart, by sums and
//! differences, is known exactly, and a row is told only if each of these is enough, or nobody.
//!
//! Which rows are told tells something too: one that is hidden before others is small by itself. So siblings stay hidden
//! together with so many others that each of them can still have as many carriers as fewer than the floor are.

mod forest;
mod hiding;
mod sexes;

use fyr_schemas::Group;
use roaring::RoaringBitmap;

use super::cell::Cell;
use crate::Populations;
use forest::{Forest, Population, told_of};

pub(super) use hiding::Share;

/// A group beside everybody.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) group: Group,
    pub(super) cell: Cell,
    /// Who of those looked at is in it; none where only numbers are known.
    pub(super) people: Option<RoaringBitmap>,
    /// How many people of the dataset are in it, looked at or not; none where only numbers are known.
    pub(super) size: Option<u64>,
}

/// Which rows may be told, of which only those that are enough may be told apart.
pub(super) struct Choice<'a> {
    pub(super) may_be_told: &'a dyn Fn(&Group) -> bool,
    pub(super) enough: &'a dyn Fn(&Cell) -> bool,
    /// What is counted of a cell, and how much it could be; none where nobody knows.
    pub(super) share: &'a dyn Fn(&Cell) -> Option<Share>,
    pub(super) floor: u64,
    /// Which populations lie within which, where only numbers are known.
    pub(super) populations: &'a Populations,
}

/// Returns which groups are told beside everybody. The others must be among the rows too: they say who is there.
pub(super) fn told<'a>(everybody: &Cell, rows: &'a [Row], choice: &Choice<'_>) -> Vec<&'a Group> {
    let forest = Forest::of(everybody, rows, choice);
    let mut tree = vec![Node { population: None, within: None, whole: everybody.clone() }];
    tell_within(0, &forest, &mut tree, choice);
    let is_told = |label: &str| tree.iter().any(|node| node.label() == Some(label));
    let sexes = sexes::told(&tree, rows, choice);
    let of_told = |row: &&Row| match &row.group {
        Group::Population(label) => is_told(label),
        Group::Sex(_) => sexes.contains(&None),
        Group::PopulationSex(label, _) => sexes.contains(&Some(label.as_str())),
        Group::Total => false,
    };
    rows.iter().filter(of_told).map(|row| &row.group).collect()
}

/// Everybody, or a population that is told.
struct Node<'a> {
    population: Option<&'a Population<'a>>,
    /// The node within which it lies.
    within: Option<usize>,
    whole: Cell,
}

impl<'a> Node<'a> {
    /// Returns the label of the population; none of everybody.
    fn label(&self) -> Option<&'a str> {
        self.population.map(|population| population.label)
    }
}

/// Tells populations that lie directly within what is told, and those within them.
fn tell_within<'f>(at: usize, forest: &'f Forest<'_>, tree: &mut Vec<Node<'f>>, choice: &Choice<'_>) {
    let Some(node) = tree.get(at) else { return };
    let siblings: Vec<_> = forest.within(node.population).collect();
    let told = told_of(&node.whole, &siblings, choice);
    for population in told.into_iter().filter_map(|number| siblings.get(number).copied()) {
        tree.push(Node {
            population: Some(population),
            within: Some(at),
            whole: population.row.cell.clone(),
        });
        tell_within(tree.len() - 1, forest, tree, choice);
    }
}
