//! Reads a table of consents, and names every line that has a fault.

use std::{
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
};

use csv::{ReaderBuilder, StringRecord, Trim};
use fyr_ingest::check_dataset_id;
use fyr_policy::ConsentItem;
use fyr_state::{Answers, Said};

use crate::consent::answer;

/// Faults that are listed.
const LISTED: usize = 5;

/// The column of the opt-out.
const OPT_OUT: &str = "opt-out";

/// Why a table cannot be imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Lines cannot be taken.
    #[error("`{}`: nothing was imported: {}", .path.display(), listed(.faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        faults: Vec<Fault>,
    },
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Line, from 1.
    pub(super) line: u64,
    /// What is wrong.
    pub(super) reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

fn listed(faults: &[Fault]) -> String {
    let mut texts: Vec<String> = faults.iter().take(LISTED).map(ToString::to_string).collect();
    if faults.len() > LISTED {
        texts.push(format!("and {} more", faults.len() - LISTED));
    }
    texts.join("; ")
}

/// What one line says.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Line, from 1.
    pub(super) line: u64,
    /// What it says.
    pub(super) said: Said,
}

/// Reads all lines. `dataset` is that of everybody, where the table has no column for it.
pub(super) fn parse(path: &Path, text: &str, dataset: Option<&str>) -> Result<Vec<Row>, ImportError> {
    // One end of line, so that lines are counted as an editor counts them.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut faults = Vec::new();
    let rows = match Columns::of(&text, dataset) {
        Ok(columns) => rows(&text, &columns, &mut faults),
        Err(reason) => {
            faults.push(Fault { line: 1, reason });
            Vec::new()
        }
    };
    if faults.is_empty() { Ok(rows) } else { Err(ImportError::Faults { path: path.to_owned(), faults }) }
}

fn rows(text: &str, columns: &Columns, faults: &mut Vec<Fault>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut lines: HashMap<(String, String), u64> = HashMap::new();
    for record in reader(text, columns.separator).records() {
        let line = match &record {
            Ok(record) => record.position().map_or(0, csv::Position::line),
            Err(error) => error.position().map_or(0, csv::Position::line),
        };
        match record.map_err(|error| fault_of(&error)).and_then(|record| columns.said(&record)) {
            Ok(said) => {
                let who = (said.dataset.clone(), said.person.clone());
                match lines.insert(who, line) {
                    Some(first) => {
                        faults.push(Fault { line, reason: format!("the person of line {first} again") })
                    }
                    None => rows.push(Row { line, said }),
                }
            }
            Err(reason) => faults.push(Fault { line, reason }),
        }
    }
    rows
}

fn fault_of(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells, and the header has {expected_len}")
        }
        _ => "cannot be read".to_owned(),
    }
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().delimiter(separator).trim(Trim::All).from_reader(text.as_bytes())
}

/// What the columns mean.
struct Columns {
    separator: u8,
    meanings: Vec<Meaning>,
    dataset: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Dataset,
    Person,
    Item(ConsentItem),
    OptOut,
}

impl Meaning {
    fn of(name: &str) -> Result<Self, String> {
        let item = ConsentItem::ALL.into_iter().find(|item| item.name() == name);
        match (name, item) {
            ("dataset", _) => Ok(Self::Dataset),
            ("person", _) => Ok(Self::Person),
            (OPT_OUT, _) => Ok(Self::OptOut),
            (_, Some(item)) => Ok(Self::Item(item)),
            _ => {
                let items = ConsentItem::ALL.map(ConsentItem::name).join(", ");
                Err(format!("`{name}` is no column: use dataset, person, {items}, {OPT_OUT}"))
            }
        }
    }
}

impl Columns {
    /// Reads the header. A spreadsheet may have written semicolons or tabs.
    fn of(text: &str, dataset: Option<&str>) -> Result<Self, String> {
        let header = text.lines().next().unwrap_or_default();
        let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
        let separator = [b',', b';', b'\t'].into_iter().rev().max_by_key(count).unwrap_or(b',');
        let names = reader(text, separator).headers().map_err(|error| fault_of(&error))?.clone();
        let meanings: Vec<_> = names.iter().map(Meaning::of).collect::<Result<_, _>>()?;
        let has = |meaning| meanings.iter().filter(|other| **other == meaning).count();
        if let Some(twice) = meanings.iter().zip(&names).find(|(meaning, _)| has(**meaning) > 1) {
            return Err(format!("the column `{}` is there twice", twice.1));
        }
        match (has(Meaning::Person), has(Meaning::Dataset), dataset) {
            (0, _, _) => Err("the column `person` is missing".to_owned()),
            (_, 0, None) => {
                Err("the column `dataset` is missing: add it, or name the dataset with --dataset".to_owned())
            }
            (_, 1, Some(_)) => Err("has a column `dataset`: leave --dataset out".to_owned()),
            _ if meanings.iter().all(|meaning| matches!(meaning, Meaning::Person | Meaning::Dataset)) => {
                Err("no column has answers: add one, such as secondary-use".to_owned())
            }
            _ => Ok(Self { separator, meanings, dataset: dataset.map(str::to_owned) }),
        }
    }

    fn said(&self, record: &StringRecord) -> Result<Said, String> {
        let mut said = Said {
            dataset: self.dataset.clone().unwrap_or_default(),
            person: String::new(),
            answers: Answers::default(),
        };
        for (meaning, cell) in self.meanings.iter().zip(record) {
            match meaning {
                Meaning::Dataset => said.dataset = cell.to_owned(),
                Meaning::Person => said.person = cell.to_owned(),
                _ if cell.is_empty() => {}
                Meaning::Item(item) => {
                    let answer = answer::read(cell)
                        .ok_or_else(|| format!("{}: `{cell}` is not yes, no or unstated", item.name()))?;
                    said.answers = said.answers.with(*item, answer);
                }
                Meaning::OptOut => {
                    let opted_out = answer::yes_or_no(cell)
                        .map_err(|_| format!("{OPT_OUT}: `{cell}` is not yes or no"))?;
                    said.answers = said.answers.with_opt_out(opted_out);
                }
            }
        }
        check_dataset_id(&said.dataset).map_err(|error| error.to_string())?;
        if said.person.is_empty() { Err("person is empty".to_owned()) } else { Ok(said) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, dataset: Option<&str>) -> Result<Vec<String>, String> {
        let rows = parse(Path::new("a.csv"), text, dataset).map_err(|error| error.to_string())?;
        let shown =
            |row: Row| format!("{} {} {} {}", row.line, row.said.dataset, row.said.person, row.said.answers);
        Ok(rows.into_iter().map(shown).collect())
    }

    #[test]
    fn tables_of_any_program_are_read() {
        let expected = ["2 A P1 allele-frequency=yes opt-out=no", "3 A P 2 care=unstated"];
        let comma = "dataset,person,care,opt-out,allele-frequency\nA,P1,,No,YES\n A , P 2 ,unstated,,\n";
        for text in [
            comma.to_owned(),
            comma.replace(',', ";").replace('\n', "\r\n"),
            comma.replace(',', "\t"),
            format!("\u{feff}{comma}"),
            comma.replace("P1", "\"P1\""),
        ] {
            assert_eq!(shown(&text, None).unwrap(), expected, "{text}");
        }
        assert_eq!(shown("person,care\nP1,no\n", Some("B")).unwrap(), ["2 B P1 care=no"]);
        let quoted = "person,care\n\"P\n1\",no\nP2,no\n";
        assert_eq!(shown(quoted, Some("B")).unwrap()[1], "4 B P2 care=no", "lines, not records");
    }

    #[test]
    fn every_fault_names_its_line() {
        let many = format!("person,care\n{}", "P,maybe\n".repeat(9));
        for (text, dataset, fragment) in [
            (
                "person,care\nP1,yes\nP2,maybe\nP3,perhaps\n",
                Some("A"),
                "line 3: care: `maybe` is not yes, no or unstated; line 4",
            ),
            ("person,opt-out\nP1,unstated\n", Some("A"), "line 2: opt-out: `unstated` is not yes or no"),
            ("person,care\nP1,yes\nP2,yes\nP1,no\n", Some("A"), "line 4: the person of line 2 again"),
            ("person,care\nP1\n", Some("A"), "line 2: has 1 cells, and the header has 2"),
            ("person,care\n,yes\n", Some("A"), "line 2: person is empty"),
            ("dataset,person,care\na b,P1,yes\n", None, "line 2: `a b` is not a dataset id"),
            ("person,care\nP1,yes\n", None, "name the dataset with --dataset"),
            ("dataset,person,care\nA,P1,yes\n", Some("A"), "leave --dataset out"),
            ("dataset,care\nA,yes\n", None, "`person` is missing"),
            (
                "dataset,person,consent\nA,P1,yes\n",
                None,
                "`consent` is no column: use dataset, person, allele-frequency",
            ),
            ("dataset,person,care,care\nA,P1,yes,no\n", None, "`care` is there twice"),
            ("dataset,person\nA,P1\n", None, "no column has answers"),
            ("", None, "line 1"),
            (&many, Some("A"), "and 4 more"),
        ] {
            let error = shown(text, dataset).unwrap_err();
            assert!(error.contains(fragment) && error.starts_with("`a.csv`: nothing"), "{text}: {error}");
        }
    }
}
