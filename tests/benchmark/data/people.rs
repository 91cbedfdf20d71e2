//! The people of a dataset: as many, of as many populations, as the 1000 Genomes project has.

use fyr_schemas::{Individual, Sex};
use fyr_tests::counts::Grouping;

/// Populations with the people that 2,504 have of each.
const POPULATIONS: [(&str, usize); 5] =
    [("AFR", 661), ("AMR", 347), ("EAS", 504), ("EUR", 503), ("SAS", 489)];

/// People, by number.
#[derive(Clone, Debug)]
pub(crate) struct People {
    /// Ids, sexes and populations.
    pub(crate) individuals: Vec<Individual>,
}

impl People {
    /// Makes a number of people; every second one is male.
    pub(crate) fn new(count: usize) -> Self {
        let population = |number: usize| {
            let mut rest = number % POPULATIONS.iter().map(|(_, size)| size).sum::<usize>();
            let mut at = POPULATIONS.iter();
            let found = at.find(|(_, size)| {
                let here = rest < *size;
                rest = rest.saturating_sub(*size);
                here
            });
            found.map_or("AFR", |(label, _)| label).to_owned()
        };
        let individual = |number: usize| Individual {
            id: format!("P{number:05}"),
            sex: if number.is_multiple_of(2) { Sex::Male } else { Sex::Female },
            populations: vec![population(number)],
            family: None,
        };
        Self { individuals: (0..count).map(individual).collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.individuals.len()
    }

    pub(crate) fn is_male(&self, number: usize) -> bool {
        self.individuals.get(number).is_some_and(|person| person.sex == Sex::Male)
    }

    /// Returns the groups of which answers tell, for counting one by one.
    pub(crate) fn grouping(&self) -> Grouping {
        let letter = |person: &Individual| person.sex.letter().and_then(|letter| letter.chars().next());
        Grouping::new(self.individuals.iter().map(|person| (letter(person), person.populations.as_slice())))
    }

    /// Writes a panel as the 1000 Genomes project does: sample, population, sex.
    pub(crate) fn panel(&self) -> String {
        let mut text = "sample\tpop\tgender\n".to_owned();
        for person in &self.individuals {
            let sex = if person.sex == Sex::Male { "male" } else { "female" };
            text.push_str(&format!("{}\t{}\t{sex}\n", person.id, person.populations.concat()));
        }
        text
    }
}
