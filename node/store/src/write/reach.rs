//! Of which sequences something is said of somebody.

use std::collections::BTreeSet;

use fyr_schemas::Contig;

/// The sequences of which alleles, blocks, uncalled runs or statements say something of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    everywhere: bool,
    contigs: BTreeSet<Contig>,
}

impl Reach {
    pub(super) fn everywhere() -> Self {
        Self { everywhere: true, contigs: BTreeSet::new() }
    }

    pub(super) fn add(&mut self, contig: &Contig) {
        if !self.contigs.contains(contig) {
            self.contigs.insert(contig.clone());
        }
    }

    #[must_use]
    pub(super) fn joined(mut self, other: &Self) -> Self {
        self.everywhere |= other.everywhere;
        self.contigs.extend(other.contigs.iter().cloned());
        self
    }

    /// Returns whether it is held against what is there on a sequence.
    pub(super) fn concerns(&self, contig: &Contig) -> bool {
        self.everywhere || self.contigs.is_empty() || self.contigs.contains(contig)
    }

    fn is_empty(&self) -> bool {
        !self.everywhere && self.contigs.is_empty()
    }

    /// Returns it as it is held against what is there: files that say nothing of somebody may correct whatever is said.
    pub(super) fn or_everything(&self) -> Self {
        if self.is_empty() { Self::everywhere() } else { self.clone() }
    }

    /// Returns a sequence of which both say something, the first in the order of the genome; none of these where both are
    /// about every sequence. Nothing where there is none.
    pub(super) fn shared(&self, other: &Self) -> Option<Option<Contig>> {
        let first = |of: &Self| of.contigs.first().cloned();
        match (self.everywhere, other.everywhere) {
            (true, true) => Some(first(self).or_else(|| first(other))),
            (true, false) => first(other).map(Some),
            (false, true) => first(self).map(Some),
            (false, false) => self.contigs.intersection(&other.contigs).next().cloned().map(Some),
        }
    }

    /// Returns the sequences that another says nothing of, as far as they can be named.
    pub(super) fn beyond(&self, other: &Self) -> BTreeSet<Contig> {
        if other.everywhere { BTreeSet::new() } else { &self.contigs - &other.contigs }
    }
}

impl FromIterator<Contig> for Reach {
    fn from_iter<T: IntoIterator<Item = Contig>>(contigs: T) -> Self {
        Self { everywhere: false, contigs: contigs.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(names: &[&str]) -> Reach {
        names.iter().map(|name| Contig::canonical(name).unwrap()).collect()
    }

    #[test]
    fn what_both_say_something_of_is_named() {
        let everywhere = Reach::everywhere();
        let name =
            |of: Option<Option<Contig>>| of.map(|contig| contig.map(|contig| contig.name().to_owned()));
        let named = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(name(on(&["2", "X"]).shared(&on(&["1", "X"]))), named("X"));
        assert_eq!(name(on(&["2", "X"]).shared(&on(&["1"]))), None);
        assert_eq!(name(on(&["2", "X"]).shared(&everywhere)), named("2"));
        assert_eq!(name(everywhere.shared(&on(&["X"]))), named("X"));
        assert_eq!(name(everywhere.shared(&everywhere)), Some(None));
        assert_eq!(name(everywhere.shared(&Reach::default())), None);
        assert_eq!(name(Reach::default().or_everything().shared(&on(&["X"]))), named("X"));
        assert_eq!(on(&["1", "X"]).beyond(&on(&["X"])), on(&["1"]).contigs);
        assert!(on(&["1"]).beyond(&everywhere).is_empty());
    }
}
