//! The terms of one ontology, numbered, and which stand below which.

use std::collections::{BTreeSet, HashMap};

use fyr_schemas::model::canonical_curie;

/// Terms and their narrower ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hierarchy {
    /// Release, where the file says.
    pub(crate) version: Option<String>,
    numbers: HashMap<String, u32>,
    ids: Vec<String>,
    labels: HashMap<u32, String>,
    narrower: Vec<Vec<u32>>,
    /// Former ids, by number of the term that stands for them; it may be a former one itself.
    former: HashMap<u32, Vec<u32>>,
    /// What stands for former ids.
    current: HashMap<u32, Vec<u32>>,
}

impl Hierarchy {
    /// Returns the number of a term, which is known from then on.
    fn number(&mut self, id: &str) -> u32 {
        let canonical = canonical_curie(id);
        let id = canonical.as_deref().unwrap_or(id);
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
        let currents = self.current.entry(former).or_default();
        if former != now && !currents.contains(&now) {
            currents.push(now);
            self.former.entry(now).or_default().push(former);
        }
    }

    /// Returns a term's label.
    pub(crate) fn label(&self, id: &str) -> Option<&str> {
        self.labels.get(self.numbers.get(id)?).map(String::as_str)
    }

    /// Returns whether there is such a term.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.numbers.contains_key(id)
    }

    /// Returns a term's ids, and those of all narrower ones where they are asked for; none where the term
    /// is not known.
    pub(crate) fn matching(&self, id: &str, descendants: bool) -> Option<Vec<String>> {
        let number = *self.numbers.get(id)?;
        let found = reached(self.now(number), |number| {
            let narrower = self.narrower.get(number as usize).filter(|_| descendants);
            narrower.into_iter().chain(self.former.get(&number)).flatten().copied()
        });
        let mut ids = self.ids_of(&found);
        ids.sort();
        Some(ids)
    }

    /// Returns the ids of all terms that match some terms, with all narrower ones: their own, what they are called now
    /// and were called, and the wider ones; of terms that are not known, none.
    pub(crate) fn wider<'t>(&self, ids: impl Iterator<Item = &'t str>) -> Vec<String> {
        let numbers: Vec<u32> = ids.filter_map(|id| self.numbers.get(id).copied()).collect();
        let parents = if numbers.is_empty() { HashMap::new() } else { self.parents() };
        let above = reached(numbers.into_iter(), |number| {
            parents.get(&number).into_iter().chain(self.current.get(&number)).flatten().copied()
        });
        let mut named =
            reached(above.iter().copied(), |number| self.former.get(&number).into_iter().flatten().copied());
        named.retain(|number| self.now(*number).any(|now| above.contains(&now)));
        self.ids_of(&named)
    }

    /// Returns what stands for a term now: the ends of all ways from former ids to what replaced them. Where they lead
    /// round in a circle, nobody can tell which is the last, and all are.
    fn now(&self, number: u32) -> impl Iterator<Item = u32> {
        let next = |number: &u32| self.current.get(number).into_iter().flatten().copied();
        let all = reached(std::iter::once(number), |number| next(&number));
        let is_last = |number: &u32| next(number).next().is_none();
        let has_last = all.iter().any(is_last);
        let ends: Vec<u32> = all.iter().copied().filter(|number| !has_last || is_last(number)).collect();
        ends.into_iter()
    }

    fn ids_of(&self, numbers: &BTreeSet<u32>) -> Vec<String> {
        numbers.iter().filter_map(|at| self.ids.get(*at as usize).cloned()).collect()
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

/// Returns all that is reached from some terms, themselves among them.
fn reached<I: Iterator<Item = u32>>(
    from: impl Iterator<Item = u32>,
    next: impl Fn(u32) -> I,
) -> BTreeSet<u32> {
    let (mut found, mut open) = (BTreeSet::new(), from.collect::<Vec<_>>());
    while let Some(number) = open.pop() {
        if found.insert(number) {
            open.extend(next(number));
        }
    }
    found
}
