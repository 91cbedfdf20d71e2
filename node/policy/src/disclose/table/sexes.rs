//! The sexes of populations that are told: both of one, or neither.
//!
//! Whatever they tell apart is a union of what is left of a population without those told within it whose sexes are told:
//! people of some sexes, except where nobody of the other sexes is (there a whole population tells them).

use fyr_schemas::{Group, Sex};

use super::{super::cell::Cell, Choice, Node, Row, Share, hiding::Siblings};

/// People of each sex, and those of neither.
type Sexes = [Cell; 3];

/// Returns whose sexes are told; none stands for everybody.
pub(super) fn told<'a>(tree: &[Node<'a>], rows: &[Row], choice: &Choice<'_>) -> Vec<Option<&'a str>> {
    let mut table = Table { nodes: Vec::new(), choice };
    for node in tree {
        let label = node.label();
        let sexes = find(rows, &node.whole, label);
        // Where somebody's sex is not known to be that of a population within it or of the rest, nothing is known.
        if let Some(parent) = node.within.and_then(|within| table.nodes.get_mut(within)) {
            parent.rest = parent.rest.take().zip(sexes.as_ref()).and_then(|(all, less)| without(&all, less));
        }
        table.nodes.push(OfNode { label, within: node.within, rest: sexes.clone(), sexes });
    }
    let mut told = Vec::new();
    table.choose(0, &mut told);
    told.into_iter().filter_map(|at: usize| Some(table.nodes.get(at)?.label)).collect()
}

/// Finds the sexes of a population, or of everybody; none where it is not known who they are. Who are all of one sex have
/// no row of the other.
fn find(rows: &[Row], whole: &Cell, label: Option<&str>) -> Option<Sexes> {
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

/// The sexes of everybody, or of a population that is told.
struct OfNode<'a> {
    label: Option<&'a str>,
    within: Option<usize>,
    sexes: Option<Sexes>,
    /// The same without the populations told within it.
    rest: Option<Sexes>,
}

struct Table<'a, 'b> {
    /// Those within others come later.
    nodes: Vec<OfNode<'a>>,
    choice: &'b Choice<'b>,
}

impl Table<'_, '_> {
    /// Chooses whose sexes are told, of a node and what lies within it, while nothing that it lies within tells any.
    fn choose(&self, at: usize, told: &mut Vec<usize>) {
        if self.may_be_told(at) && self.tells(&self.below(at)) {
            told.push(at);
            self.choose_within(at, told);
            return;
        }
        self.directly_within(at).into_iter().for_each(|child| self.choose(child, told));
    }

    /// Chooses whose sexes are told within a node whose sexes are.
    fn choose_within(&self, at: usize, told: &mut Vec<usize>) {
        let children = self.directly_within(at);
        let is_small = |number: usize| {
            children.get(number).is_none_or(|at| !self.may_be_told(*at) || !self.tells(&self.below(*at)))
        };
        let is_enough = |numbers: &[usize]| {
            let inside = numbers.iter().filter_map(|number| children.get(*number));
            let inside: Vec<usize> = inside.flat_map(|child| self.below(*child)).collect();
            let left: Vec<usize> = self.below(at).into_iter().filter(|at| !inside.contains(at)).collect();
            self.tells(&left)
        };
        let shares = children.iter().map(|child| self.share(self.nodes.get(*child)?.sexes.as_ref()?));
        let rest = self.nodes.get(at).and_then(|node| self.share(node.rest.as_ref()?));
        let siblings = Siblings { floor: self.choice.floor, shares: shares.collect(), rest };
        for child in siblings.told(is_small, is_enough).into_iter().filter_map(|number| children.get(number))
        {
            told.push(*child);
            self.choose_within(*child, told);
        }
    }

    /// How much of what people have the women among them have: at least what is too much for the men.
    fn share(&self, [female, male, _]: &Sexes) -> Option<Share> {
        let [female, male] = [(self.choice.share)(female)?, (self.choice.share)(male)?];
        let all = female.value + male.value;
        let (least, most) = (all.saturating_sub(male.most), all.min(female.most));
        let is_free = least == 0 && most == all;
        Some(Share { value: female.value.checked_sub(least)?, most: most - least, is_free })
    }

    fn may_be_told(&self, at: usize) -> bool {
        let group = |sex: Sex| match self.nodes.get(at).and_then(|node| node.label) {
            Some(label) => Group::PopulationSex(label.to_owned(), sex),
            None => Group::Sex(sex),
        };
        [Sex::Female, Sex::Male].into_iter().any(|sex| (self.choice.may_be_told)(&group(sex)))
    }

    fn directly_within(&self, at: usize) -> Vec<usize> {
        let within = |(_, node): &(usize, &OfNode<'_>)| node.within == Some(at);
        self.nodes.iter().enumerate().filter(within).map(|(child, _)| child).collect()
    }

    /// Returns a node and all that lie within it.
    fn below(&self, at: usize) -> Vec<usize> {
        let above = |at: &usize| self.nodes.get(*at).and_then(|node| node.within);
        let is_below = |node: &usize| std::iter::successors(Some(*node), above).any(|above| above == at);
        (0..self.nodes.len()).filter(is_below).collect()
    }

    /// Returns whether sexes tell no few apart among some nodes, each without those told within it. Numbers that leave the
    /// sexes of a population out do not say whom both leave: beside that population, no sexes are told.
    fn tells(&self, nodes: &[usize]) -> bool {
        let parts: Option<Vec<&Sexes>> =
            nodes.iter().map(|at| self.nodes.get(*at).and_then(|node| node.rest.as_ref())).collect();
        let Some(parts) = parts else { return false };
        // Each way to take one or two of the three sexes away.
        (1..7).all(|away: u8| {
            let is_away = |sex: usize| away & (1 << sex) != 0;
            let has_others =
                |part: &&&Sexes| part.iter().enumerate().any(|(sex, cell)| is_away(sex) && !cell.is_nobody());
            let left = parts.iter().filter(has_others).flat_map(|part| part.iter().enumerate());
            let left = left.filter(|(sex, _)| !is_away(*sex)).map(|(_, cell)| cell);
            let left = left.fold(None, |sum: Option<Cell>, cell| {
                Some(sum.map_or_else(|| cell.clone(), |sum| sum.plus(cell)))
            });
            left.is_none_or(|left| left.is_nobody() || (self.choice.enough)(&left))
        })
    }
}

fn without(all: &Sexes, less: &Sexes) -> Option<Sexes> {
    let [female, male, neither] = all;
    let [less_female, less_male, less_neither] = less;
    Some([female.minus(less_female)?, male.minus(less_male)?, neither.minus(less_neither)?])
}
