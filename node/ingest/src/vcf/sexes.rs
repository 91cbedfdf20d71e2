//! Whether X and Y contradict the sex that is stated of somebody, as they do where samples were swapped.
//!
//! Whoever has two X has two different bases at some 60 of 100 sites of X where they have another base than the reference,
//! and whoever has one X at none but by mistake. Single bases that were called count, outside the pseudo-autosomal regions.

use std::collections::BTreeMap;

use fyr_schemas::{Assembly, Contig, Individual, Sex, Variant, expected_ploidy, is_sequence};

use super::{IngestError, IngestOptions, cohort::Person, error::quote, genotypes::Genotype};

/// Fewer sites tell nothing clear, of X or of Y.
const ENOUGH: u64 = 100;

/// Of 100 sites of X, how many are heterozygous at least in somebody who has two.
const OF_TWO: u64 = 40;

/// Of 100 sites of X, how many are heterozygous at most in somebody who has one.
const OF_ONE: u64 = 10;

/// People whose contradictions are named.
const NAMED: usize = 10;

/// What X and Y of one person have, at sites with another base than the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Sites of X with two different bases.
    x_het: u64,
    /// Sites of X with one.
    x_same: u64,
    /// Sites of Y with one. Two are a mistake, and not counted.
    y_same: u64,
}

/// What is seen of people, by their bitmap indices.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<u32, Evidence>);

impl Seen {
    /// Adds a record with the genotypes that are not `0/0`, by column.
    pub(crate) fn add(
        &mut self,
        (assembly, contig, variants): (Assembly, &Contig, &[(u16, Variant)]),
        people: &[Option<Person>],
        found: &[(usize, Genotype)],
    ) {
        let bases: Vec<u16> =
            variants.iter().filter(|(_, variant)| is_base(variant)).map(|(number, _)| *number).collect();
        let Some((_, first)) = variants.first().filter(|_| !bases.is_empty()) else { return };
        let copies = |sex| expected_ploidy(assembly, contig, first.interval.start(), sex);
        let is_x = match (copies(Sex::Female), copies(Sex::Male)) {
            (Some(2), Some(1)) => true,
            (Some(0), Some(1)) => false,
            _ => return,
        };
        for (column, genotype) in found {
            let Some(Some(person)) = people.get(*column) else { continue };
            let Some(is_het) = is_het(*genotype, &bases) else { continue };
            let evidence = self.0.entry(person.index).or_default();
            match (is_x, is_het) {
                (true, true) => evidence.x_het += 1,
                (true, false) => evidence.x_same += 1,
                (false, false) => evidence.y_same += 1,
                (false, true) => {}
            }
        }
    }

    /// Adds what was seen elsewhere of the same people.
    pub(crate) fn join(&mut self, other: &Self) {
        for (person, evidence) in &other.0 {
            let sum = self.0.entry(*person).or_default();
            sum.x_het += evidence.x_het;
            sum.x_same += evidence.x_same;
            sum.y_same += evidence.y_same;
        }
    }

    /// Refuses people whose sex is contradicted, but for those whose sex is taken as stated, and returns these.
    ///
    /// # Errors
    ///
    /// Somebody's sex is contradicted.
    pub(crate) fn check(
        &self,
        options: &IngestOptions,
        individuals: &[Individual],
        indices: &[u32],
    ) -> Result<Vec<String>, IngestError> {
        let contradicted = individuals.iter().zip(indices).filter_map(|(individual, index)| {
            let evidence = self.0.get(index)?;
            evidence.contradicts(individual.sex).then_some((individual, evidence))
        });
        let (accepted, refused): (Vec<_>, Vec<_>) =
            contradicted.partition(|(individual, _)| options.accept_sex.contains(&individual.id));
        match refused.split_first() {
            None => Ok(accepted.into_iter().map(|(individual, _)| individual.id.clone()).collect()),
            Some(((first, evidence), others)) => {
                let others: Vec<&str> = others.iter().map(|(individual, _)| individual.id.as_str()).collect();
                Err(IngestError::Options(message(first, evidence, &others)))
            }
        }
    }
}

impl Evidence {
    fn contradicts(self, stated: Sex) -> bool {
        let sites = self.x_het + self.x_same;
        let (at_least, at_most) =
            (|of: u64| 100 * self.x_het >= of * sites, |of: u64| 100 * self.x_het <= of * sites);
        let has_y = self.y_same >= ENOUGH;
        sites >= ENOUGH
            && match stated {
                Sex::Male => at_least(OF_TWO) && !has_y,
                Sex::Female => at_most(OF_ONE) || at_most(OF_TWO) && has_y,
                Sex::Unknown => false,
            }
    }
}

fn is_base(variant: &Variant) -> bool {
    let is_one = |bases: &str| bases.len() == 1 && is_sequence(bases);
    is_one(&variant.reference_bases) && is_one(&variant.alternate_bases)
}

/// Returns whether a genotype with one of these alleles has two different ones; none where it has none of them, or half of
/// it is not known.
fn is_het(genotype: Genotype, alleles: &[u16]) -> Option<bool> {
    match genotype {
        Genotype::Haploid(Some(only)) => alleles.contains(&only).then_some(false),
        Genotype::Diploid(Some(first), Some(second)) => {
            (alleles.contains(&first) || alleles.contains(&second)).then_some(first != second)
        }
        _ => None,
    }
}

fn message(first: &Individual, evidence: &Evidence, others: &[&str]) -> String {
    let Evidence { x_het, x_same, y_same } = evidence;
    let sites = x_het + x_same;
    let mut message = format!(
        "sample {} is stated to be {}, but of {sites} sites of X where it has another base than the reference {x_het} are \
         heterozygous, and {y_same} sites of Y have one: correct --individuals, look for a swapped sample, or take the sex \
         as stated with --accept-sex {}",
        quote(first.id.as_bytes()),
        if first.sex == Sex::Male { "male" } else { "female" },
        first.id,
    );
    if !others.is_empty() {
        let named: Vec<String> = others.iter().take(NAMED).map(|id| quote(id.as_bytes())).collect();
        message += &format!("; so are {} more samples contradicted: {}", others.len(), named.join(", "));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sex_is_contradicted_where_it_is_clear() {
        for (x_het, x_same, y_same, male, female) in [
            (60, 40, 0, true, false),
            (40, 60, 0, true, false),
            (39, 61, 0, false, false),
            (60, 39, 0, false, false),
            (11, 89, 0, false, false),
            (10, 90, 0, false, true),
            (0, 100, 0, false, true),
            (0, 99, 500, false, false),
            // Noise of one X, told by Y; and two X beside Y.
            (30, 70, 100, false, true),
            (30, 70, 99, false, false),
            (60, 40, 100, false, false),
            (60, 40, 99, true, false),
            (0, 0, 1000, false, false),
        ] {
            let evidence = Evidence { x_het, x_same, y_same };
            assert_eq!(evidence.contradicts(Sex::Male), male, "{evidence:?}");
            assert_eq!(evidence.contradicts(Sex::Female), female, "{evidence:?}");
            assert!(!evidence.contradicts(Sex::Unknown));
        }
    }
}
