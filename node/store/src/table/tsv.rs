//! Text with tabs.

use std::fmt::Write;

use super::{COLUMNS, TableRow};

/// Writes rows, with the names of the columns before them. What is not told is empty.
pub(super) fn lines(header: bool, rows: &[TableRow]) -> String {
    let mut text = if header { format!("{}\n", COLUMNS.join("\t")) } else { String::new() };
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    for row in rows {
        let TableRow { dataset, sequence, position, end, reference, alternate, counts } = row;
        let (ac, an) = (counts.allele_count, counts.allele_number);
        let parts = [counts.heterozygous, counts.homozygous, counts.hemizygous].map(number).join("\t");
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{dataset}\t{sequence}\t{position}\t{end}\t{reference}\t{alternate}\t{}\t{ac}\t{an}\t{parts}",
            counts.group
        );
    }
    text
}
