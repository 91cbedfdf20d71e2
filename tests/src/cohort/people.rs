//! Who is in a cohort.

use rand::Rng;

use super::CohortSpec;

/// One synthetic person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticPerson {
    /// Sample id.
    pub id: String,
    /// Whether the person has one X chromosome.
    pub male: bool,
    /// Population label.
    pub population: String,
}

impl SyntheticPerson {
    /// Returns the letter of population labels.
    pub fn sex_letter(&self) -> char {
        if self.male { 'M' } else { 'F' }
    }
}

/// Draws the people of a cohort.
pub(super) fn people(spec: &CohortSpec, rng: &mut impl Rng) -> Vec<SyntheticPerson> {
    let populations = spec.populations.iter().cycle();
    let person = |(number, population): (usize, &String)| SyntheticPerson {
        id: format!("{}{number:05}", spec.name),
        male: rng.random_bool(0.5),
        population: population.clone(),
    };
    (1..=spec.individuals).zip(populations).map(person).collect()
}

/// Writes a panel as the 1000 Genomes project does: sample, population, super-population, sex.
pub(super) fn panel(people: &[SyntheticPerson]) -> String {
    let mut text = "sample\tpop\tsuper_pop\tgender\n".to_owned();
    for person in people {
        let sex = if person.male { "male" } else { "female" };
        text.push_str(&format!("{}\t{}\tSYN\t{sex}\n", person.id, person.population));
    }
    text
}
