//! The answer for a program: a line a row, columns separated by tabs. An empty cell is not zero.

use fyr_schemas::{Answer, Frequency};

use crate::{
    error::printable,
    rows::{Row, rows},
};

/// The names of the columns.
pub(crate) const HEADER: [&str; 21] = [
    "asked",
    "region",
    "dataset",
    "answer",
    "found",
    "assembly",
    "variant",
    "group",
    "carriers",
    "assayed",
    "people",
    "cases",
    "cases_assayed",
    "ac",
    "an",
    "af",
    "het",
    "hom",
    "hemi",
    "at_least",
    "note",
];

/// Returns the lines of an answer, without the header.
pub(crate) fn lines(asked: &str, answer: &Answer, populations: bool) -> Vec<String> {
    rows(answer, populations).iter().map(|row| cells(asked, row).join("\t")).collect()
}

fn cells(asked: &str, row: &Row<'_>) -> [String; HEADER.len()] {
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let count = |count: fn(&Frequency) -> Option<u64>| number(row.counts.and_then(count));
    [
        printable(asked),
        row.region.clone(),
        row.dataset.clone(),
        row.word.clone(),
        number(row.found),
        row.assembly.map(|assembly| assembly.name().to_owned()).unwrap_or_default(),
        row.variant.map(|variant| printable(&variant.short_form())).unwrap_or_default(),
        row.group.map(|group| printable(&group.to_string())).unwrap_or_default(),
        number(row.carriers),
        number(row.assayed),
        number(row.people),
        number(row.observed.map(|observed| observed.cases)),
        number(row.observed.map(|observed| observed.of)),
        count(|counts| Some(counts.allele_count)),
        count(|counts| Some(counts.allele_number)),
        row.counts.and_then(Frequency::allele_frequency).map(|af| af.to_string()).unwrap_or_default(),
        count(|counts| counts.heterozygous),
        count(|counts| counts.homozygous),
        count(|counts| counts.hemizygous),
        row.at_least.to_string(),
        row.note.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::test_answers::{answer, dataset};

    #[test]
    fn a_line_has_a_cell_for_each_name() {
        let mut hostile = dataset("fi", 3, 200);
        hostile.id = "a\tb\nc".into();
        let lines = lines("7-1-A-C", &answer(vec![hostile, dataset("se", 0, 100)], Vec::new()), true);
        let cells: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').collect()).collect();
        assert!(cells.iter().all(|cells| cells.len() == HEADER.len()), "{lines:?}");
        let of = |line: usize, name: &str| cells[line][HEADER.iter().position(|n| *n == name).unwrap()];
        let first = ["asked", "dataset", "answer", "ac", "an", "af"].map(|name| of(0, name));
        assert_eq!(first, ["7-1-A-C", "abc", "seen", "3", "200", "0.015"]);
        assert_eq!((of(1, "group"), of(1, "ac"), of(1, "carriers")), ("FIN", "3", ""));
        assert_eq!((of(2, "region"), of(2, "answer"), of(2, "hom")), ("se", "not seen", "0"));
    }
}
