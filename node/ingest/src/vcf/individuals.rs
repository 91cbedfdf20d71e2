//! Who the samples are: sex, populations and family, from the files that cohorts come with.

mod bff;
mod panel;
mod pedigree;

use std::{collections::HashMap, io::Read, path::Path};

use fyr_schemas::{Individual, Sex};

use super::{
    IngestError, Progress,
    error::{Fault, quote},
    input,
};

/// People by sample id.
#[derive(Debug, Default)]
pub(crate) struct Individuals(HashMap<String, Individual>);

impl Individuals {
    pub(crate) fn get(&self, sample: &str) -> Option<&Individual> {
        self.0.get(sample)
    }

    /// Returns all of them.
    pub(crate) fn into_people(self) -> impl Iterator<Item = Individual> {
        self.0.into_values()
    }
}

/// Reads a panel TSV, a PED file or Beacon's `individuals.json`, told apart by their first characters.
pub(crate) fn read(path: &Path) -> Result<Individuals, IngestError> {
    let mut text = String::new();
    input::open_bytes(path, &Progress::default())?
        .read_to_string(&mut text)
        .map_err(|e| super::error::unreadable(path, e))?;
    let people = parse(&text).map_err(|(line, fault)| fault.at(path, line, false))?;
    let mut individuals = Individuals::default();
    for (line, individual) in people {
        let id = individual.id.clone();
        if individuals.0.insert(id.clone(), individual).is_some() {
            let message = format!("individual {} is listed twice", quote(id.as_bytes()));
            return Err(Fault::new("id", message).at(path, line, false));
        }
    }
    Ok(individuals)
}

type Numbered = Vec<(u64, Individual)>;

fn parse(text: &str) -> Result<Numbered, (u64, Fault)> {
    let first = text.trim_start().lines().next().unwrap_or_default();
    if first.starts_with(['[', '{']) {
        bff::parse(text)
    } else if panel::is_header(first) {
        panel::parse(text)
    } else {
        pedigree::parse(text)
    }
}

/// Returns the lines that hold something, each with its number.
fn rows(text: &str) -> impl Iterator<Item = (u64, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

fn parse_sex(text: &str) -> Option<Sex> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "male" | "m" | "xy" => Some(Sex::Male),
        "2" | "female" | "f" | "xx" => Some(Sex::Female),
        "0" | "-9" | "." | "" | "unknown" | "other" | "na" | "u" => Some(Sex::Unknown),
        _ => None,
    }
}

fn sex_or_fault(text: &str) -> Result<Sex, Fault> {
    parse_sex(text).ok_or_else(|| {
        let message = format!("{} is not a sex: use male, female, 1, 2 or 0", quote(text.as_bytes()));
        Fault::new("sex", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(text: &str) -> Vec<(String, Sex, Vec<String>, Option<String>)> {
        let people = parse(text).unwrap().into_iter();
        people.map(|(_, i)| (i.id, i.sex, i.populations, i.family)).collect()
    }

    fn texts(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn a_panel_is_read() {
        let text = "sample\tpop\tsuper_pop\tgender\t\t\nHG1\tGBR\tEUR\tmale\nHG2\tFIN\tEUR\tfemale\n";
        assert_eq!(
            people(text),
            [
                ("HG1".into(), Sex::Male, texts(&["GBR", "EUR"]), None),
                ("HG2".into(), Sex::Female, texts(&["FIN", "EUR"]), None),
            ]
        );
    }

    #[test]
    fn a_pedigree_is_read_with_and_without_column_names() {
        let named = "Family ID\tIndividual ID\tPaternal ID\tMaternal ID\tGender\tPhenotype\tPopulation\n\
                     BB01\tHG1\t0\t0\t1\t0\tACB\n";
        assert_eq!(people(named), [("HG1".into(), Sex::Male, texts(&["ACB"]), Some("BB01".into()))]);
        assert_eq!(
            people("#fam id pat mat sex ph\nF1 S1 0 0 2 1\n"),
            [("S1".into(), Sex::Female, vec![], Some("F1".into()))]
        );
    }

    #[test]
    fn beacon_individuals_are_read() {
        let text = r#"[{"id": "HG1", "sex": {"id": "NCIT:C16576", "label": "female"}},
                       {"id": "HG2", "karyotypicSex": "XY", "sex": {"id": "NCIT:C20197"},
                        "geographicOrigin": {"id": "GAZ:1", "label": "Finland"}}]"#;
        assert_eq!(
            people(text),
            [("HG1".into(), Sex::Female, vec![], None), ("HG2".into(), Sex::Male, texts(&["Finland"]), None)]
        );
    }

    #[test]
    fn faults_name_their_line() {
        for (text, line, fragment) in [
            ("sample\tpop\tsuper_pop\tgender\nHG1\tGBR\tEUR\tboth\n", 2, "`both` is not a sex"),
            ("F1 S1 0 0\n", 1, "at least 5 columns"),
            ("[{\"sex\": 1}]", 1, "id"),
            ("", 1, "no individuals"),
        ] {
            let (at, fault) = parse(text).unwrap_err();
            assert_eq!(at, line, "{text}");
            assert!(fault.message.contains(fragment), "{text}: {}", fault.message);
        }
    }
}
