//! Which INFO field counts what, in whom: the built-in names and those of a configuration file.

use std::{collections::HashMap, path::Path};

use fyr_schemas::{Group, Sex};
use serde::Deserialize;

use crate::vcf::IngestError;

const BUILTIN: &str = include_str!("builtin.toml");

/// What a field counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Measure {
    AlleleCount,
    AlleleNumber,
    Heterozygous,
    Homozygous,
    Hemizygous,
    /// Reference, heterozygous and homozygous genotypes.
    Genotypes,
    /// Carriers all of whose mitochondria have the allele.
    Homoplasmic,
    /// Carriers some of whose mitochondria have the allele.
    Heteroplasmic,
}

/// What an INFO field means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) measure: Measure,
    pub(crate) group: Group,
    /// Among several fields for one number, the lowest counts.
    pub(crate) rank: usize,
}

/// The names of frequency fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldNames {
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(default)]
    sexes: Sexes,
    total: Names,
    #[serde(default)]
    groups: Names,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sexes {
    male: Vec<String>,
    female: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Names {
    allele_count: Vec<String>,
    allele_number: Vec<String>,
    heterozygous: Vec<String>,
    homozygous: Vec<String>,
    hemizygous: Vec<String>,
    genotypes: Vec<String>,
    homoplasmic: Vec<String>,
    heteroplasmic: Vec<String>,
}

impl FieldNames {
    /// Reads a configuration file, or takes the built-in names.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, IngestError> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path).map_err(|e| IngestError::read(path, e))?,
            None => BUILTIN.to_owned(),
        };
        toml::from_str(&text).map_err(|e| {
            IngestError::file(path.unwrap_or(Path::new("builtin.toml")), format!("frequency fields: {e}"))
        })
    }

    /// Says what a field means; none when it counts nothing that is stored.
    pub(crate) fn field(&self, key: &str) -> Option<Field> {
        for (measure, names) in self.total.by_measure() {
            if let Some(rank) = names.iter().position(|name| name == key) {
                return Some(Field { measure, group: Group::Total, rank });
            }
        }
        for (measure, patterns) in self.groups.by_measure() {
            for (rank, pattern) in patterns.iter().enumerate() {
                if let Some(label) = label(pattern, key) {
                    return self.group(label).map(|group| Field { measure, group, rank });
                }
            }
        }
        None
    }

    /// Reads a label such as `FIN`, `F` or `FIN_F`.
    fn group(&self, label: &str) -> Option<Group> {
        if self.is_ignored(label) {
            return None;
        }
        if let Some(sex) = self.sexes.read(label) {
            return Some(Group::Sex(sex));
        }
        match label.rsplit_once('_').map(|(population, word)| (population, self.sexes.read(word))) {
            Some((population, Some(_))) if self.is_ignored(population) => None,
            Some((population, Some(sex))) => Some(Group::PopulationSex(population.to_owned(), sex)),
            _ => Some(Group::Population(label.to_owned())),
        }
    }

    fn is_ignored(&self, label: &str) -> bool {
        self.ignore.iter().any(|ignored| ignored == label)
    }
}

impl Sexes {
    fn read(&self, word: &str) -> Option<Sex> {
        let has = |words: &[String]| words.iter().any(|w| w == word);
        if has(&self.male) { Some(Sex::Male) } else { has(&self.female).then_some(Sex::Female) }
    }
}

impl Names {
    /// The order matters where patterns overlap: `AC_Het_FIN` also looks like an `AC_{group}`.
    fn by_measure(&self) -> [(Measure, &[String]); 8] {
        [
            (Measure::Heterozygous, &self.heterozygous),
            (Measure::Homozygous, &self.homozygous),
            (Measure::Hemizygous, &self.hemizygous),
            (Measure::Genotypes, &self.genotypes),
            (Measure::Homoplasmic, &self.homoplasmic),
            (Measure::Heteroplasmic, &self.heteroplasmic),
            (Measure::AlleleCount, &self.allele_count),
            (Measure::AlleleNumber, &self.allele_number),
        ]
    }
}

/// Returns what stands in the place of `{group}`.
fn label<'a>(pattern: &str, key: &'a str) -> Option<&'a str> {
    let (before, after) = pattern.split_once("{group}")?;
    let label = key.strip_prefix(before)?.strip_suffix(after)?;
    (!label.is_empty()).then_some(label)
}

/// Remembers what the fields of a file mean.
#[derive(Debug)]
pub(crate) struct FieldCache<'a> {
    names: &'a FieldNames,
    known: HashMap<String, Option<Field>>,
}

impl<'a> FieldCache<'a> {
    pub(crate) fn new(names: &'a FieldNames) -> Self {
        Self { names, known: HashMap::new() }
    }

    pub(crate) fn field(&mut self, key: &str) -> Option<&Field> {
        if !self.known.contains_key(key) {
            self.known.insert(key.to_owned(), self.names.field(key));
        }
        self.known.get(key)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population(label: &str) -> Group {
        Group::Population(label.into())
    }

    #[test]
    fn names_of_the_field_are_known() {
        let names = FieldNames::load(None).unwrap();
        let both = |label: &str, sex| Group::PopulationSex(label.into(), sex);
        for (key, measure, group) in [
            ("AC", Measure::AlleleCount, Group::Total),
            ("AN", Measure::AlleleNumber, Group::Total),
            ("nhomalt", Measure::Homozygous, Group::Total),
            ("AC_FI", Measure::AlleleCount, population("FI")),
            ("AN_FI_M", Measure::AlleleNumber, both("FI", Sex::Male)),
            ("AC_Het_FI_F", Measure::Heterozygous, both("FI", Sex::Female)),
            ("AC_nfe_female", Measure::AlleleCount, both("nfe", Sex::Female)),
            ("AC_female", Measure::AlleleCount, Group::Sex(Sex::Female)),
            ("AC_XY", Measure::AlleleCount, Group::Sex(Sex::Male)),
            ("nhomalt_non_ukb_afr_XX", Measure::Homozygous, both("non_ukb_afr", Sex::Female)),
            ("afr_MALE_N_HET", Measure::Heterozygous, both("afr", Sex::Male)),
            ("AFR_AC", Measure::AlleleCount, population("AFR")),
            ("Hemi_NFE", Measure::Hemizygous, population("NFE")),
        ] {
            let field = names.field(key).unwrap();
            assert_eq!((field.measure, field.group), (measure, group), "{key}");
        }
        for key in ["AF", "AF_nfe", "AC_raw", "AN_raw_XX", "AC_popmax", "DP", "ACE", "AC_"] {
            assert_eq!(names.field(key), None, "{key}");
        }
    }

    #[test]
    fn the_documented_example_is_valid() {
        let document = include_str!("../../../docs/frequency-fields.md");
        let example = document.split("```toml").nth(1).unwrap().split("```").next().unwrap();
        let names: FieldNames = toml::from_str(example).unwrap();
        assert_eq!(names.field("AC_FIN_F").unwrap().group, Group::PopulationSex("FIN".into(), Sex::Female));
        assert_eq!(names.field("AC_all"), None);
    }

    #[test]
    fn other_names_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "[sexes]\nmale = [\"1\"]\n[total]\nallele_count = [\"X\"]\nallele_number = [\"Y\"]\n\
             [groups]\nallele_count = [\"X:{group}\"]\n",
        )
        .unwrap();
        let names = FieldNames::load(Some(file.path())).unwrap();
        assert_eq!(names.field("X:FIN_1").unwrap().group, Group::PopulationSex("FIN".into(), Sex::Male));
        assert_eq!(names.field("AC"), None);
        std::fs::write(file.path(), "[totals]\n").unwrap();
        assert!(FieldNames::load(Some(file.path())).is_err());
    }
}
