//! One data line of a VCF file, split into its columns and checked (VCF specification, section 1.6).
//!
//! Everything here is about a line as it stands; what its alleles are called in normal form and who
//! carries them is decided elsewhere.

use std::collections::HashSet;

use fyr_schemas::is_sequence;

use super::error::{Fault, quote};

/// The fixed columns of a record, and the sample columns as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) contig: &'a str,
    /// 1-based; 0 is the telomere.
    pub(crate) position: u32,
    pub(crate) ids: &'a str,
    pub(crate) reference_bases: &'a str,
    /// The ALT column; `.` where there is none.
    pub(crate) alternates: &'a str,
    pub(crate) filters: &'a str,
    pub(crate) info: &'a str,
    /// The FORMAT column, if there is one.
    pub(crate) format: Option<&'a str>,
    /// All sample columns with the tabs between them.
    pub(crate) samples: Option<&'a [u8]>,
}

/// Largest position of a sequence (VCF specification, section 1.3: 32-bit integers).
const LARGEST_POSITION: u32 = i32::MAX as u32;

/// Most ALT alleles of a record. Joint calls of hypervariable repeats have some hundreds.
const MOST_ALTERNATES: usize = 10_000;

impl<'a> Record<'a> {
    /// Splits a line, without its line break, and checks its fixed columns.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, Fault> {
        let mut rest = Some(line);
        let mut next = |name: &'static str| -> Result<&'a str, Fault> {
            let missing =
                || Fault::new(name, "the column is missing: a record has at least 8, tab-separated");
            text(name, take_column(&mut rest).ok_or_else(missing)?)
        };
        let contig = next("CHROM")?;
        let position = parse_position(next("POS")?)?;
        let ids = next("ID")?;
        let reference_bases = next("REF")?;
        let alternates = next("ALT")?;
        let quality = next("QUAL")?;
        let filters = next("FILTER")?;
        let info = next("INFO")?;
        let format = take_column(&mut rest).map(|column| text("FORMAT", column)).transpose()?;
        let record =
            Self { contig, position, ids, reference_bases, alternates, filters, info, format, samples: rest };
        record.check(quality)?;
        Ok(record)
    }

    /// Returns the ALT alleles; none for `.`.
    pub(crate) fn alternates(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let is_empty = self.alternates == ".";
        self.alternates.split(',').filter(move |_| !is_empty)
    }

    /// Returns the FILTER values; none when filters were not applied.
    pub(crate) fn filters(&self) -> Vec<String> {
        list(self.filters)
    }

    /// Returns the ID values.
    pub(crate) fn ids(&self) -> Vec<String> {
        list(self.ids)
    }

    fn check(&self, quality: &str) -> Result<(), Fault> {
        if self.contig.is_empty() || self.contig == "." {
            return Err(Fault::new("CHROM", "the sequence name is missing"));
        }
        check_reference(self.reference_bases)?;
        check_alternates(self.alternates)?;
        check_quality(quality)?;
        check_list("ID", self.ids)?;
        check_filters(self.filters)?;
        self.format.map_or(Ok(()), check_format)
    }
}

/// Writes a line anew whose INFO is not UTF-8: older tools write texts in Latin-1 there. None where there is no need.
pub(crate) fn with_readable_info(line: &[u8]) -> Option<Vec<u8>> {
    let start = memchr::memchr_iter(b'\t', line).nth(6)? + 1;
    let info = line.get(start..)?;
    let info = info.get(..memchr::memchr(b'\t', info).unwrap_or(info.len()))?;
    std::str::from_utf8(info).err()?;
    let text: String = info.iter().map(|byte| char::from(*byte)).collect();
    Some([line.get(..start)?, text.as_bytes(), line.get(start + info.len()..)?].concat())
}

/// Takes the bytes up to the next tab; none when the line has ended.
fn take_column<'a>(rest: &mut Option<&'a [u8]>) -> Option<&'a [u8]> {
    let bytes = (*rest)?;
    let (column, after) = match memchr::memchr(b'\t', bytes) {
        Some(tab) => (bytes.get(..tab)?, bytes.get(tab + 1..)),
        None => (bytes, None),
    };
    *rest = after;
    Some(column)
}

fn text<'a>(name: &str, column: &'a [u8]) -> Result<&'a str, Fault> {
    std::str::from_utf8(column).map_err(|_| Fault::new(name, format!("{} is not UTF-8 text", quote(column))))
}

fn parse_position(text: &str) -> Result<u32, Fault> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|position| digits && *position <= LARGEST_POSITION).ok_or_else(|| {
        let message = format!("{} is not a position: use 0 to {LARGEST_POSITION}", quote(text.as_bytes()));
        Fault::new("POS", message)
    })
}

fn check_reference(reference_bases: &str) -> Result<(), Fault> {
    if is_sequence(reference_bases) {
        return Ok(());
    }
    let message = format!("{} is not a sequence of A, C, G, T and N", quote(reference_bases.as_bytes()));
    Err(Fault::new("REF", message))
}

/// Checks that there are not more alleles than any site has, and none twice: a genotype could name either. Symbols may be
/// there twice since VCF 4.4, with lengths of their own.
fn check_alternates(alternates: &str) -> Result<(), Fault> {
    let count = memchr::memchr_iter(b',', alternates.as_bytes()).count() + 1;
    if count > MOST_ALTERNATES {
        let message = format!(
            "{count} alleles, more than the {MOST_ALTERNATES} that are read: split the record, with `bcftools norm -m -any`"
        );
        return Err(Fault::new("ALT", message));
    }
    let mut seen = HashSet::with_capacity(count);
    let mut written = alternates.split(',').filter(|allele| !allele.starts_with('<'));
    match written.all(|allele| seen.insert(allele.to_ascii_uppercase())) {
        true => Ok(()),
        false => Err(Fault::new("ALT", format!("{} has an allele twice", quote(alternates.as_bytes())))),
    }
}

fn check_quality(quality: &str) -> Result<(), Fault> {
    let number = quality.parse::<f64>().is_ok_and(|q| q >= 0.0 || q.is_nan());
    if quality == "." || number {
        return Ok(());
    }
    let message = format!("{} is not a quality: use a number from 0 up, or `.`", quote(quality.as_bytes()));
    Err(Fault::new("QUAL", message))
}

fn check_filters(filters: &str) -> Result<(), Fault> {
    check_list("FILTER", filters)?;
    let mut values = filters.split(';');
    if filters != "PASS" && filters != "0" && values.any(|value| value == "PASS" || value == "0") {
        let message = format!("{} mixes PASS or 0 with other filters", quote(filters.as_bytes()));
        return Err(Fault::new("FILTER", message));
    }
    match filters {
        _ if filters != "." && filters.split(';').any(|value| value == ".") => {
            Err(Fault::new("FILTER", format!("{} mixes `.` with filters", quote(filters.as_bytes()))))
        }
        "0" => Err(Fault::new("FILTER", "`0` is reserved: use PASS, `.` or filter names")),
        _ => Ok(()),
    }
}

/// Checks the keys of FORMAT. GT comes first where it is there at all.
fn check_format(format: &str) -> Result<(), Fault> {
    let fault = |message: &str| Err(Fault::new("FORMAT", format!("{} {message}", quote(format.as_bytes()))));
    if format.split(':').any(|key| key.is_empty() || key.contains(char::is_whitespace)) {
        return fault("has an empty key or white space");
    }
    if format.split(':').skip(1).any(|key| key == "GT") {
        return fault("has GT, which must come first");
    }
    Ok(())
}

/// Checks a list separated by `;`: no empty values, no spaces. A value that is there twice says no more
/// than once; the 1000 Genomes files have such IDs.
fn check_list(name: &str, list: &str) -> Result<(), Fault> {
    let quoted = || quote(list.as_bytes());
    if list.split(';').any(str::is_empty) {
        return Err(Fault::new(name, format!("{} has an empty value: use `.` for none", quoted())));
    }
    if list.contains(char::is_whitespace) {
        return Err(Fault::new(name, format!("{} has white space", quoted())));
    }
    Ok(())
}

fn list(column: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in column.split(';').filter(|value| *value != ".") {
        if !values.iter().any(|other| other == value) {
            values.push(value.to_owned());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_split() {
        let record = Record::parse(b"7\t5\trs1;rs2;rs1\tA\tC,G\t.\tPASS\tAC=1\tGT\t0|1\t1|1").unwrap();
        assert_eq!((record.contig, record.position), ("7", 5));
        assert_eq!(record.ids(), ["rs1", "rs2"]);
        assert_eq!(record.alternates().collect::<Vec<_>>(), ["C", "G"]);
        assert_eq!(record.samples, Some(&b"0|1\t1|1"[..]));
        let sites = Record::parse(b"7\t5\t.\tA\t.\t1e3\t.\t.").unwrap();
        assert_eq!((sites.ids(), sites.filters(), sites.alternates().count()), (vec![], vec![], 0));
    }

    #[test]
    fn more_alleles_than_a_site_has_are_refused_at_once() {
        let line = |count: usize| {
            let alternates: Vec<String> = (0..count).map(|n| format!("<A{n}>")).collect();
            format!("7\t5\t.\tA\t{}\t.\tPASS\t.", alternates.join(","))
        };
        assert!(Record::parse(line(MOST_ALTERNATES).as_bytes()).is_ok());
        let fault = Record::parse(line(3_000_000).as_bytes()).unwrap_err();
        assert!(fault.field == "ALT" && fault.message.contains("bcftools norm"), "{}", fault.message);
        let twice = Record::parse(b"7\t5\t.\tA\tC,G,c\t.\tPASS\t.").unwrap_err();
        assert!(twice.message.contains("twice"), "{}", twice.message);
    }

    #[test]
    fn latin_letters_of_info_are_read() {
        let line = b"7\t5\t.\tA\tC\t.\tPASS\tDP=3;BY=G\xf6ran\tGT\t0|1";
        let readable = with_readable_info(line).unwrap();
        let record = Record::parse(&readable).unwrap();
        assert_eq!((record.info, record.samples), ("DP=3;BY=G\u{f6}ran", Some(&b"0|1"[..])));
        assert_eq!(with_readable_info(&readable), None);
        assert_eq!(with_readable_info(b"7\t5\t.\t\xf6"), None);
        assert!(with_readable_info(b"7\t5\t.\tA\tC\t.\tPASS\t\xf6").is_some());
    }

    #[test]
    fn broken_columns_are_refused() {
        for (line, field, fragment) in [
            ("7\t5\t.\tA\tC\t.\tPASS", "INFO", "missing"),
            ("7 5 . A C . PASS .", "POS", "missing"),
            ("\t5\t.\tA\tC\t.\tPASS\t.", "CHROM", "missing"),
            ("7\tx\t.\tA\tC\t.\tPASS\t.", "POS", "not a position"),
            ("7\t-5\t.\tA\tC\t.\tPASS\t.", "POS", "not a position"),
            ("7\t4294967296\t.\tA\tC\t.\tPASS\t.", "POS", "not a position"),
            ("7\t5\t.\t.\tC\t.\tPASS\t.", "REF", "not a sequence"),
            ("7\t5\ta b\tA\tC\t.\tPASS\t.", "ID", "white space"),
            ("7\t5\t.\tA\tC\tx\tPASS\t.", "QUAL", "not a quality"),
            ("7\t5\t.\tA\tC\t-1\tPASS\t.", "QUAL", "not a quality"),
            ("7\t5\t.\tA\tC\t.\tPASS;q10\t.", "FILTER", "mixes"),
            ("7\t5\t.\tA\tC\t.\t\t.", "FILTER", "empty"),
            ("7\t5\t.\tA\tC\t.\t0\t.", "FILTER", "reserved"),
            ("7\t5\t.\tA\tC\t.\tq10;.\t.", "FILTER", "mixes"),
            ("7\t5\t.\tA\tC\t.\t.\t.\tGT::GL\t0|0", "FORMAT", "empty key"),
            ("7\t5\t.\tA\tC\t.\t.\t.\tGS:GT\t1:0|0", "FORMAT", "must come first"),
        ] {
            let fault = Record::parse(line.as_bytes()).unwrap_err();
            assert_eq!(fault.field, field, "{line}");
            assert!(fault.message.contains(fragment), "{line}: {}", fault.message);
        }
    }
}
