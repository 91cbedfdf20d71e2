//! A table of alleles with how frequent they are, one allele a line, read as the VCF file of sites that says the same.
//!
//! Columns are found by their names in the first line, whatever else stands beside them. What a line says wrong is for
//! the reader of records to refuse: nothing is corrected here.

use std::{
    io::{self, BufRead, Read},
    path::Path,
};

use super::{IngestError, error::unreadable};

/// Most bytes of a line.
const LONGEST: u64 = 1 << 20;

/// The header of the file of sites.
const HEADER: &str = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

/// How many more lines the file of sites has than the table.
pub(crate) const MORE_LINES: u64 = 1;

/// Names of columns, in lower case and without `#`.
const CHROMOSOME: [&str; 5] = ["chrom", "chr", "chromosome", "contig", "seqnames"];
const POSITION: [&str; 3] = ["pos", "position", "start_1based"];
const REFERENCE: [&str; 3] = ["ref", "reference", "reference_bases"];
const ALTERNATE: [&str; 3] = ["alt", "alternate", "alternate_bases"];
const ALLELE: [&str; 4] = ["allele", "variant", "variant_id", "id"];
const FREQUENCY: [&str; 3] = ["af", "frequency", "allele_frequency"];
const COUNT: [&str; 2] = ["ac", "allele_count"];
const NUMBER: [&str; 2] = ["an", "allele_number"];

/// Where the columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    allele: AlleleColumns,
    frequency: Option<usize>,
    counts: Option<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AlleleColumns {
    /// Chromosome, position, reference and alternate bases.
    Each([usize; 4]),
    /// All of them in one, between `-` or `:`.
    One(usize),
}

impl Columns {
    /// Finds the columns; says which are missing.
    fn of(line: &str) -> Result<Self, &'static str> {
        let names: Vec<String> =
            fields(line).map(|name| name.trim_start_matches('#').to_lowercase()).collect();
        let column = |known: &[&str]| known.iter().find_map(|name| names.iter().position(|own| own == name));
        let each = [&CHROMOSOME[..], &POSITION, &REFERENCE, &ALTERNATE].map(column);
        let allele = match (each, column(&ALLELE)) {
            ([Some(chromosome), Some(position), Some(reference), Some(alternate)], _) => {
                AlleleColumns::Each([chromosome, position, reference, alternate])
            }
            (_, Some(allele)) => AlleleColumns::One(allele),
            _ => return Err("columns CHROM, POS, REF and ALT, or `allele`, such as 7-117559590-ATCT-A"),
        };
        let (frequency, counts) = (column(&FREQUENCY), column(&COUNT).zip(column(&NUMBER)));
        if frequency.is_none() && counts.is_none() {
            return Err("a column AF, or AC and AN");
        }
        Ok(Self { allele, frequency, counts })
    }

    /// Writes a line of the table as a record. What is missing is left empty, which no record may be.
    fn record(self, line: &str) -> String {
        let fields: Vec<&str> = fields(line).collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let [chromosome, position, reference, alternate] = match self.allele {
            AlleleColumns::Each(each) => each.map(field),
            AlleleColumns::One(allele) => {
                let mut parts = field(allele).splitn(4, ['-', ':']);
                [(); 4].map(|()| parts.next().unwrap_or_default())
            }
        };
        let counts = self.counts.map(|(count, number)| [("AC", count), ("AN", number)]);
        let stated = counts.into_iter().flatten().chain(self.frequency.map(|at| ("AF", at)));
        let stated = stated.map(|(key, at)| (key, field(at))).filter(|(_, value)| !is_missing(value));
        // What ends a field of a record must not begin another one.
        let stated = stated.map(|(key, value)| format!("{key}={}", value.replace([';', '='], "?")));
        let info: Vec<String> = stated.collect();
        let info = if info.is_empty() { ".".to_owned() } else { info.join(";") };
        format!("{chromosome}\t{position}\t.\t{reference}\t{alternate}\t.\t.\t{info}")
    }
}

fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.trim_end_matches(['\n', '\r']).split('\t').map(str::trim)
}

fn is_missing(value: &str) -> bool {
    ["", ".", "NA", "NaN", "nan"].contains(&value)
}

/// The file of sites that says what a table says.
pub(crate) struct TableText {
    table: Box<dyn BufRead + Send>,
    columns: Columns,
    ready: Vec<u8>,
    read: usize,
}

impl TableText {
    /// Reads the names of the columns.
    ///
    /// # Errors
    ///
    /// A column is missing, or the first line cannot be read.
    pub(crate) fn new(mut table: Box<dyn BufRead + Send>, path: &Path) -> Result<Self, IngestError> {
        let line = line(&mut table).map_err(|error| unreadable(path, error))?;
        let columns = Columns::of(&line).map_err(|missing| {
            let message = format!(
                "neither a VCF or BCF file nor a table: the first line of a table names its columns, parted by tabs, and \
                 this one lacks {missing}"
            );
            IngestError::file(path, message)
        })?;
        Ok(Self { table, columns, ready: HEADER.as_bytes().to_vec(), read: 0 })
    }
}

fn line(table: &mut dyn BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    table.take(LONGEST).read_until(b'\n', &mut bytes)?;
    if bytes.len() as u64 == LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line of a table is longer than 1 MB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a line is not UTF-8"))
}

impl BufRead for TableText {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.ready.len() {
            let line = line(&mut self.table)?;
            let is_blank = line.trim_end_matches(['\n', '\r']).is_empty();
            let record = if is_blank { String::new() } else { self.columns.record(&line) };
            // A line that was cut short stays one.
            let end = if line.ends_with('\n') { "\n" } else { "" };
            (self.ready, self.read) = (format!("{record}{end}").into_bytes(), 0);
        }
        Ok(self.ready.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.read = (self.read + bytes).min(self.ready.len());
    }
}

impl Read for TableText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), ready.get(..length)) {
            to.copy_from_slice(from);
        }
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(table: &str) -> Result<String, String> {
        let bytes = Box::new(io::Cursor::new(table.as_bytes().to_vec()));
        let mut text = String::new();
        let mut read = TableText::new(bytes, Path::new("t.tsv")).map_err(|error| error.to_string())?;
        read.read_to_string(&mut text).map_err(|error| error.to_string())?;
        Ok(text.strip_prefix(HEADER).unwrap().to_owned())
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let record = "7\t100\t.\tA\tG\t.\t.\tAF=0.25\n";
        for table in [
            "CHROM\tPOS\tREF\tALT\tAF\n7\t100\tA\tG\t0.25\n",
            "#chrom\tpos\tid\tref\talt\tdepth\taf\n7\t100\trs1\tA\tG\t9\t0.25\n",
            "frequency\tallele\r\n0.25\t7-100-A-G\r\n",
            "allele\tAF\n7:100:A:G\t 0.25\n",
        ] {
            assert_eq!(text(table).as_deref(), Ok(record), "{table}");
        }
        let counted = text("variant\tac\tan\n7-1-A-G\t3\t10\n\n7-2-A-G\tNA\t.\n").unwrap();
        assert_eq!(counted, "7\t1\t.\tA\tG\t.\t.\tAC=3;AN=10\n\n7\t2\t.\tA\tG\t.\t.\t.\n");
    }

    #[test]
    fn a_table_without_its_columns_is_refused() {
        for (table, missing) in [
            ("chrom\tpos\tref\tAF\n", "columns CHROM, POS, REF and ALT, or `allele`"),
            ("allele\tac\n", "a column AF, or AC and AN"),
            ("allele,AF\n", "columns CHROM"),
        ] {
            assert!(text(table).unwrap_err().contains(missing), "{table}");
        }
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        assert_eq!(text("allele\tAF\n7-1\t0.1;AC=5\n").unwrap(), "7\t1\t.\t\t\t.\t.\tAF=0.1?AC?5\n");
        assert_eq!(text("allele\tAF\n7-1-A-G\t0.1").unwrap(), "7\t1\t.\tA\tG\t.\t.\tAF=0.1", "cut short");
        let long = format!("allele\tAF\n{}\n", "A".repeat(1 << 20));
        assert!(text(&long).unwrap_err().contains("longer than 1 MB"));
    }

    proptest! {
        #[test]
        fn each_line_is_one_record(lines in prop::collection::vec("[^\n]{0,30}", 0..20)) {
            let table = format!("allele\tAF\n{}", lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            let records = text(&table).unwrap();
            prop_assert_eq!(records.lines().count(), lines.len());
            for (record, line) in records.lines().zip(&lines) {
                let is_blank = line.trim_end_matches('\r').is_empty();
                prop_assert_eq!(record.split('\t').count(), if is_blank { 1 } else { 8 });
            }
        }
    }
}
