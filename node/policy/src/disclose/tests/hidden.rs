//! Rows that are hidden, against everything that is told and the rule by which rows are hidden: for all small tables, by the
//! code that discloses.

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{Group, Sex};

use super::{
    table::{self, Kind},
    world,
};

/// Who somebody is: of which populations, the narrowest first, and of which sex.
type Who = (&'static [&'static str], Option<Sex>);

/// What is told: each row with its carriers.
type Told = BTreeMap<Group, u64>;

/// Whom there are, and how many.
struct Crowd<'a> {
    who: &'a [(Who, u64)],
    floor: u64,
    known: bool,
}

impl Crowd<'_> {
    fn kinds(&self, carriers: &[u64]) -> Vec<Kind> {
        let kind = |(((populations, sex), people), carriers): (&(Who, u64), &u64)| Kind {
            populations,
            sex: *sex,
            cell: world::cell(*carriers, 0, people - carriers),
        };
        self.who.iter().zip(carriers).map(kind).collect()
    }

    /// All ways in which people can carry something.
    fn tables(&self) -> Vec<Vec<u64>> {
        self.who.iter().fold(vec![Vec::new()], |tables, (_, people)| {
            let longer = |table: &Vec<u64>| {
                (0..=*people).map(|carriers| [table.as_slice(), &[carriers]].concat()).collect::<Vec<_>>()
            };
            tables.iter().flat_map(longer).collect()
        })
    }

    fn of(&self, group: &Group, numbers: impl Iterator<Item = u64>) -> u64 {
        let is_in = |(kind, _): &(Kind, u64)| kind.groups().contains(group);
        self.kinds(&vec![0; self.who.len()]).into_iter().zip(numbers).filter(is_in).map(|(_, n)| n).sum()
    }

    fn people(&self, group: &Group) -> u64 {
        self.of(group, self.who.iter().map(|(_, people)| *people))
    }

    fn carriers(&self, group: &Group, table: &[u64]) -> u64 {
        self.of(group, table.iter().copied())
    }

    fn groups(&self) -> BTreeSet<Group> {
        self.kinds(&vec![0; self.who.len()]).iter().flat_map(Kind::groups).collect()
    }

    /// Everything that can be told, each with the tables of which it is told.
    fn answers(&self) -> BTreeMap<Told, Vec<Vec<u64>>> {
        let mut answers: BTreeMap<Told, Vec<Vec<u64>>> = BTreeMap::new();
        for carriers in self.tables() {
            let (rows, _) = table::told_of(self.floor, table::count(&self.kinds(&carriers), self.known));
            let value = |group: Group| {
                let total = carriers.iter().sum();
                let value = if group == Group::Total { total } else { self.carriers(&group, &carriers) };
                (group, value)
            };
            answers.entry(rows.into_iter().map(value).collect()).or_default().push(carriers);
        }
        answers
    }

    /// Looks at each hidden row of each answer; returns at how many.
    fn check(
        &self,
        is_looked_at: impl Fn(&Told, &Group) -> bool,
        least: impl Fn(&Self, &Group, &Told) -> u64,
    ) -> usize {
        let mut looked_at = 0;
        let groups = self.groups();
        for (told, tables) in self.answers().iter().filter(|(told, _)| !told.is_empty()) {
            for group in groups.iter().filter(|group| !told.contains_key(group) && is_looked_at(told, group))
            {
                let values: BTreeSet<u64> = tables.iter().map(|table| self.carriers(group, table)).collect();
                let least = least(self, group, told);
                looked_at += 1;
                assert!(
                    values.len() as u64 >= least,
                    "{told:?} of {:?} with floor {} tell that {group:?} has {values:?}, not {least} different",
                    self.who,
                    self.floor
                );
            }
        }
        looked_at
    }
}

/// As many numbers as are below the floor; fewer where not so many people are in the row, or hidden beside it.
fn as_many_as_are_small(crowd: &Crowd<'_>, group: &Group, told: &Told) -> u64 {
    let Group::Population(own) = group else { return 0 };
    let is_told = |label: &&&str| told.contains_key(&Group::Population((**label).to_owned()));
    let of_own = crowd.who.iter().find(|((of, _), _)| of.contains(&own.as_str())).map(|((of, _), _)| *of);
    let above: Vec<&str> =
        of_own.unwrap_or_default().iter().copied().skip_while(|label| label != own).collect();
    let within = above.iter().find(is_told);
    let is_hidden = |((populations, _), _): &&(Who, u64)| {
        within.is_none_or(|label| populations.contains(label))
            && populations.iter().filter(is_told).all(|label| above.contains(label))
    };
    let hidden: u64 = crowd.who.iter().filter(is_hidden).map(|(_, people)| people).sum();
    let people = crowd.people(group);
    crowd.floor.min(people + 1).min(hidden - people + 1)
}

fn is_population(_: &Told, group: &Group) -> bool {
    matches!(group, Group::Population(_))
}

#[test]
fn of_populations_that_are_apart_no_hidden_number_is_known() {
    let mut looked_at = 0;
    for floor in 2..=3 {
        for a in 1..=7 {
            for b in 1..=a {
                for c in 0..=b {
                    for rest in [0, 1, 3] {
                        let who = [(&["A"][..], a), (&["B"], b), (&["C"], c), (&[], rest)];
                        let who = who.map(|(of, people)| ((of, None), people));
                        for known in [true, false] {
                            let crowd = Crowd { who: &who, floor, known };
                            looked_at += crowd.check(is_population, as_many_as_are_small);
                        }
                    }
                }
            }
        }
    }
    assert!(looked_at > 10_000, "{looked_at}");
}

#[test]
fn of_four_populations_no_hidden_number_is_known() {
    for sizes in [[5, 5, 5, 5], [6, 5, 4, 2], [5, 4, 4, 4], [7, 3, 3, 3]] {
        let [a, b, c, d] = sizes;
        let who = [(&["A"][..], a), (&["B"], b), (&["C"], c), (&["D"], d)];
        let who = who.map(|(of, people)| ((of, None), people));
        let crowd = Crowd { who: &who, floor: 2, known: true };
        assert!(crowd.check(is_population, as_many_as_are_small) > 0);
    }
}

#[test]
fn of_populations_within_each_other_no_hidden_number_is_known() {
    for [fin, gbr, eur, yri, luhya] in [[4, 4, 0, 4, 3], [5, 4, 1, 4, 4], [4, 3, 2, 5, 2]] {
        let who: [(&[&str], u64); 5] = [
            (&["FIN", "EUR"], fin),
            (&["GBR", "EUR"], gbr),
            (&["EUR"], eur),
            (&["YRI", "AFR"], yri),
            (&["LWK", "AFR"], luhya),
        ];
        let who = who.map(|(of, people)| ((of, None), people));
        let crowd = Crowd { who: &who, floor: 2, known: true };
        assert!(crowd.check(is_population, as_many_as_are_small) > 0);
    }
}

/// Where no more of each population carry it than there are women in it, or men: others bound the sexes by themselves.
#[test]
fn of_sexes_of_populations_that_are_told_no_hidden_number_is_known() {
    let mut looked_at = 0;
    let (women, men) = (Some(Sex::Female), Some(Sex::Male));
    for sizes in [[3, 3, 3, 3, 3, 3], [5, 4, 4, 3, 2, 2], [4, 4, 4, 4, 2, 2], [5, 5, 5, 5, 4, 4]] {
        let [a, b, c, d, e, f] = sizes;
        let who: [(Who, u64); 6] = [
            ((&["A"], women), a),
            ((&["A"], men), b),
            ((&["B"], women), c),
            ((&["B"], men), d),
            ((&["C"], women), e),
            ((&["C"], men), f),
        ];
        let of_sexes = |told: &Told, group: &Group| {
            let all = ["A", "B", "C"].map(|label| Group::Population(label.to_owned()));
            !is_population(told, group)
                && all.iter().all(|label| told.contains_key(label))
                && all.iter().zip([a.min(b), c.min(d), e.min(f)]).all(|(label, most)| told[label] <= most)
        };
        looked_at += Crowd { who: &who, floor: 2, known: true }.check(of_sexes, |_, _, _| 2);
    }
    assert!(looked_at > 100, "{looked_at}");
}
