//! The terms of one ontology, numbered, and which stand below which.

use std::collections::{BTreeSet, HashMap};

/// Terms and their narrower ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hierarchy {
    /// Release, where the file says.
    pub(crate) version: Option<String>,
    numbers: HashMap<String, u32>,
    ids: Vec<String>,
    labels: HashMap<u32, String>,
    narrower: Vec<Vec<u32>>,
    /// Former ids, by number of the term that stands for them now.
    former: HashMap<u32, Vec<u32>>,
    current: HashMap<u32, u32>,
}

impl Hierarchy {
    /// Returns the number of a term, which is known from then on.
    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.to_owned(), number);
        self.ids.push(id.to_owned());
        self.narrower.push(Vec::new());
        number
    }

    /// Takes a term and its label.
    pub(crate) fn term(&mut self, id: &str, label: Option<&str>) {
        let number = self.number(id);
        if let Some(label) = label {
            self.labels.insert(number, label.to_owned());
        }
    }

    /// Says that one term is narrower than another.
    pub(crate) fn is_a(&mut self, narrower: &str, wider: &str) {
        let (narrower, wider) = (self.number(narrower), self.number(wider));
        if let Some(list) = self.narrower.get_mut(wider as usize) {
            list.push(narrower);
        }
    }

    /// Says that an id is a former one of a term.
    pub(crate) fn formerly(&mut self, former: &str, id: &str) {
        let (former, now) = (self.number(former), self.number(id));
        if former != now {
            self.current.insert(former, now);
            self.former.entry(now).or_default().push(former);
        }
    }

    /// Returns a term's label.
    pub(crate) fn label(&self, id: &str) -> Option<&str> {
        self.labels.get(self.numbers.get(id)?).map(String::as_str)
    }

    /// Returns a term's ids, and those of all narrower ones where they are asked for; none where the term
    /// is not known.
    pub(crate) fn matching(&self, id: &str, descendants: bool) -> Option<Vec<String>> {
        let number = *self.numbers.get(id)?;
        let number = self.current.get(&number).copied().unwrap_or(number);
        let mut found = BTreeSet::new();
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            if !found.insert(number) {
                continue;
            }
            found.extend(self.former.get(&number).into_iter().flatten());
            if descendants {
                open.extend(self.narrower.get(number as usize).into_iter().flatten());
            }
        }
        let mut ids: Vec<String> =
            found.iter().filter_map(|at| self.ids.get(*at as usize).cloned()).collect();
        ids.sort();
        Some(ids)
    }

    /// Returns the ids of all terms that some terms are narrower than; of those that are not known, none.
    pub(crate) fn wider<'t>(&self, ids: impl Iterator<Item = &'t str>) -> Vec<String> {
        let numbers = ids.filter_map(|id| self.numbers.get(id));
        let mut open: Vec<u32> =
            numbers.map(|number| self.current.get(number).copied().unwrap_or(*number)).collect();
        let parents = if open.is_empty() { HashMap::new() } else { self.parents() };
        let mut found = BTreeSet::new();
        while let Some(number) = open.pop() {
            let parents = parents.get(&number).into_iter().flatten().copied();
            open.extend(parents.filter(|parent| found.insert(*parent)));
        }
        found.iter().filter_map(|at| self.ids.get(*at as usize).cloned()).collect()
    }

    /// Returns for each term those that it is narrower than.
    fn parents(&self) -> HashMap<u32, Vec<u32>> {
        let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
        for (parent, narrower) in (0u32..).zip(&self.narrower) {
            narrower.iter().for_each(|number| parents.entry(*number).or_default().push(parent));
        }
        parents
    }
}
