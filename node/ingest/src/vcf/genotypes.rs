//! Genotypes: from the bytes of the sample columns to what each person's call says of an allele.
//!
//! This scanner is why a cohort loads in minutes: most genotypes are `0|0`, and it passes over those
//! four bytes at a time. It reads GT only, or LGT and LAA where there is no GT; what else a sample column holds is only
//! counted, or read by the rule for calls.
//! See the VCF specification, section 1.6.2.

mod local;

use fyr_schemas::Sex;
use fyr_store::Call;

pub(crate) use local::globalise;

use super::error::{Fault, quote};

/// An allele of a genotype: 0 is the reference; none was not called.
pub(crate) type Called = Option<u16>;

/// One person's genotype as the file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Genotype {
    /// One copy, as on MT.
    Haploid(Called),
    /// Two copies.
    Diploid(Called, Called),
}

impl Genotype {
    const REFERENCE: Self = Self::Diploid(Some(0), Some(0));

    /// Nothing was called, of however many copies.
    pub(crate) const UNCALLED: Self = Self::Haploid(None);

    /// Returns whether any of its alleles was called.
    pub(crate) fn is_call(self) -> bool {
        !matches!(self, Self::Haploid(None) | Self::Diploid(None, None))
    }

    /// Says what this genotype means for one allele, read with the copies that the person has there;
    /// none means as many as are written.
    pub(crate) fn call(self, allele: u16, copies: Option<u8>) -> Call {
        match (self, copies) {
            (_, Some(0)) => Call::Missing,
            (Self::Haploid(called), _) => haploid_call(called, None, allele),
            (Self::Diploid(first, second), Some(1)) => haploid_call(first, second, allele),
            (Self::Diploid(first, second), _) => diploid_call(first, second, allele),
        }
    }
}

/// One copy, though the file may write it twice (`1/1`, `1/.`): carried when either says so.
fn haploid_call(first: Called, second: Called, allele: u16) -> Call {
    if first == Some(allele) || second == Some(allele) {
        Call::Hemizygous
    } else if first.or(second).is_some() {
        Call::HaploidReference
    } else {
        Call::Missing
    }
}

fn diploid_call(first: Called, second: Called, allele: u16) -> Call {
    let (Some(a), Some(b)) = (first, second) else {
        return match first.or(second) {
            Some(only) if only == allele => Call::Half,
            Some(_) => Call::Partial,
            None => Call::Missing,
        };
    };
    match (a == allele, b == allele) {
        (true, true) => Call::Homozygous,
        (false, false) => Call::Reference,
        _ => Call::Heterozygous,
    }
}

/// Where the copies that a person has do not follow from the genotype: X, Y and MT read by sex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copies {
    pub(crate) female: Option<u8>,
    pub(crate) male: Option<u8>,
    pub(crate) unknown: Option<u8>,
}

impl Copies {
    /// Whether `0/0` may mean anything but two called reference alleles.
    pub(crate) fn matter(self) -> bool {
        [self.female, self.male, self.unknown].iter().any(|copies| copies.is_some_and(|n| n != 2))
    }

    pub(crate) fn of(self, sex: Sex) -> Option<u8> {
        match sex {
            Sex::Female => self.female,
            Sex::Male => self.male,
            Sex::Unknown => self.unknown,
        }
    }
}

/// What the sample columns of one record must look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Number of sample columns.
    pub(crate) samples: usize,
    /// Number of ALT alleles.
    pub(crate) alternates: u16,
    /// Number of FORMAT keys.
    pub(crate) keys: usize,
    /// Reports every genotype, also `0/0`.
    pub(crate) everyone: bool,
}

/// Reads the GT of all sample columns; `found` gets the genotypes that are not `0/0`, by column.
///
/// # Errors
///
/// A malformed genotype, an allele index out of range, and a wrong number of columns.
pub(crate) fn scan(
    mut columns: &[u8],
    layout: Layout,
    found: &mut Vec<(usize, Genotype)>,
) -> Result<(), (usize, Fault)> {
    found.clear();
    let mut column = 0;
    loop {
        if !layout.everyone {
            (columns, column) = skip_reference(columns, column);
        }
        let (length, genotype) = read_genotype(columns, layout.alternates).map_err(|f| (column, f))?;
        let rest = columns.get(length..).unwrap_or_default();
        let (after, keys) = next_column(rest);
        if keys > layout.keys {
            return Err((column, too_many_keys(keys, layout.keys)));
        }
        if layout.everyone || genotype != Genotype::REFERENCE {
            found.push((column, genotype));
        }
        column += 1;
        match after {
            Some(after) if column < layout.samples => columns = after,
            None if column == layout.samples => return Ok(()),
            _ => return Err((column, wrong_count(column + after.map_or(0, count_columns), layout.samples))),
        }
    }
}

/// Passes over columns that are `0|0` or `0/0` and nothing else, except the last of the line.
fn skip_reference(mut columns: &[u8], mut column: usize) -> (&[u8], usize) {
    while let [b'0', b'|' | b'/', b'0', b'\t', rest @ ..] = columns {
        columns = rest;
        column += 1;
    }
    (columns, column)
}

/// Returns what follows the next tab, and how many FORMAT keys this column has values for.
fn next_column(rest: &[u8]) -> (Option<&[u8]>, usize) {
    let mut keys = 1;
    for at in memchr::memchr2_iter(b'\t', b':', rest) {
        if rest.get(at) == Some(&b'\t') {
            return (rest.get(at + 1..), keys);
        }
        keys += 1;
    }
    (None, keys)
}

fn count_columns(rest: &[u8]) -> usize {
    memchr::memchr_iter(b'\t', rest).count() + 1
}

/// Reads one genotype up to the next `:`, tab or end; returns its length.
fn read_genotype(column: &[u8], alternates: u16) -> Result<(usize, Genotype), Fault> {
    if let [a @ b'0'..=b'9', b'|' | b'/', b @ b'0'..=b'9', b'\t' | b':', ..] = column {
        let (a, b) = (u16::from(a - b'0'), u16::from(b - b'0'));
        if a <= alternates && b <= alternates {
            return Ok((3, Genotype::Diploid(Some(a), Some(b))));
        }
    }
    let end = memchr::memchr2(b'\t', b':', column).unwrap_or(column.len());
    let text = column.get(..end).unwrap_or_default();
    parse_genotype(text, alternates).map(|genotype| (end, genotype))
}

/// Parses a whole genotype. VCF 4.4 allows a phase in front of the first allele.
fn parse_genotype(text: &[u8], alternates: u16) -> Result<Genotype, Fault> {
    let alleles = match text {
        [b'/' | b'|', rest @ ..] => rest,
        all => all,
    };
    let mut parts =
        alleles.split(|b| matches!(b, b'/' | b'|')).map(|part| parse_allele(part, text, alternates));
    match (parts.next().transpose()?, parts.next().transpose()?, parts.next()) {
        (Some(only), None, _) => Ok(Genotype::Haploid(only)),
        (Some(first), Some(second), None) => Ok(Genotype::Diploid(first, second)),
        // Nothing called is nothing called, of however many copies.
        _ if alleles.split(|b| matches!(b, b'/' | b'|')).all(|part| part == b".") => {
            Ok(Genotype::Haploid(None))
        }
        _ => Err(Fault::new(
            "GT",
            format!(
                "genotype {} has more than two alleles: Fyr counts one or two copies, leave this sample \
                 out with --samples",
                quote(text)
            ),
        )),
    }
}

fn parse_allele(part: &[u8], genotype: &[u8], alternates: u16) -> Result<Called, Fault> {
    if part == b"." {
        return Ok(None);
    }
    let digits = !part.is_empty() && part.len() <= 5 && part.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(part).ok().filter(|_| digits).and_then(|part| part.parse::<u16>().ok());
    match number {
        Some(number) if number <= alternates => Ok(Some(number)),
        Some(number) => Err(Fault::new(
            "GT",
            format!(
                "genotype {} names allele {number}, but the record has {alternates} ALT",
                quote(genotype)
            ),
        )),
        None => {
            let message = format!("{} is not a genotype: use allele numbers such as 0|1", quote(genotype));
            Err(Fault::new("GT", message))
        }
    }
}

fn too_many_keys(found: usize, expected: usize) -> Fault {
    Fault::new("sample", format!("{found} values separated by `:`, but FORMAT names {expected}"))
}

fn wrong_count(found: usize, expected: usize) -> Fault {
    let message = format!("{found} sample columns, but the header names {expected} samples");
    Fault::new("samples", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(samples: usize, alternates: u16) -> Layout {
        Layout { samples, alternates, keys: 9, everyone: true }
    }

    /// Splits and parses the slow and obvious way.
    fn naive(line: &str) -> Vec<(usize, Genotype)> {
        let called = |text: &str| text.parse::<u16>().ok();
        let genotype = |column: &str| {
            let text = column.split(':').next().unwrap().trim_start_matches(['/', '|']);
            let alleles: Vec<_> = text.split(['/', '|']).map(called).collect();
            match alleles[..] {
                [only] => Genotype::Haploid(only),
                [first, second] => Genotype::Diploid(first, second),
                _ => panic!("{text}"),
            }
        };
        line.split('\t').map(genotype).enumerate().collect()
    }

    fn column() -> impl Strategy<Value = String> {
        let allele =
            || prop_oneof![5 => Just(0u16), 2 => 0u16..12, 1 => 100u16..130].prop_map(|n| n.to_string());
        let called = move || prop_oneof![8 => allele(), 1 => Just(".".to_owned())];
        let phase = || prop_oneof![Just("/"), Just("|")];
        let diploid = (called(), phase(), called()).prop_map(|(a, p, b)| format!("{a}{p}{b}"));
        let genotype = prop_oneof![
            6 => Just("0|0".to_owned()),
            4 => diploid,
            1 => called(),
            1 => (phase(), called()).prop_map(|(p, a)| format!("{p}{a}")),
        ];
        (genotype, prop_oneof![3 => Just(""), 1 => Just(":12:3,4"), 1 => Just(":.")])
            .prop_map(|(genotype, rest)| format!("{genotype}{rest}"))
    }

    proptest! {
        #[test]
        fn the_scanner_agrees_with_a_naive_parser(columns in prop::collection::vec(column(), 1..40)) {
            let line = columns.join("\t");
            let expected = naive(&line);
            let mut found = Vec::new();
            scan(line.as_bytes(), layout(columns.len(), 200), &mut found).unwrap();
            prop_assert_eq!(&found, &expected);
            let carriers: Vec<_> =
                expected.into_iter().filter(|(_, g)| *g != Genotype::REFERENCE).collect();
            scan(line.as_bytes(), Layout { everyone: false, ..layout(columns.len(), 200) }, &mut found).unwrap();
            prop_assert_eq!(found, carriers);
        }

        #[test]
        fn no_bytes_make_the_scanner_panic(line in prop::collection::vec(any::<u8>(), 0..40), n in 1usize..4) {
            let _ = scan(&line, layout(n, 3), &mut Vec::new());
        }
    }

    #[test]
    fn malformed_columns_are_refused() {
        for (line, samples, column, fragment) in [
            ("0|0\t0|2", 2, 1, "names allele 2, but the record has 1 ALT"),
            ("0|0", 2, 1, "1 sample columns, but the header names 2"),
            ("0|0\t0|1\t1|1", 2, 2, "3 sample columns"),
            ("0|0\t", 2, 1, "is not a genotype"),
            ("0|0\t0|x", 2, 1, "`0|x` is not a genotype"),
            ("0/0/1\t0|0", 2, 0, "more than two alleles"),
            ("0|1:1:2:3:4:5:6:7:8:9\t0|0", 2, 0, "10 values"),
            ("0||1\t0|0", 2, 0, "is not a genotype"),
            ("./.|\t0|0", 2, 0, "more than two alleles"),
        ] {
            let (at, fault) = scan(line.as_bytes(), layout(samples, 1), &mut Vec::new()).unwrap_err();
            assert_eq!(at, column, "{line}");
            assert!(fault.message.contains(fragment), "{line}: {}", fault.message);
        }
    }

    #[test]
    fn a_genotype_says_something_of_each_allele() {
        use Genotype::{Diploid, Haploid};
        for (genotype, allele, expected) in [
            (Diploid(Some(0), Some(0)), 1, Call::Reference),
            (Diploid(Some(0), Some(1)), 1, Call::Heterozygous),
            (Diploid(Some(1), Some(2)), 1, Call::Heterozygous),
            (Diploid(Some(1), Some(2)), 2, Call::Heterozygous),
            (Diploid(Some(2), Some(2)), 1, Call::Reference),
            (Diploid(Some(1), Some(1)), 1, Call::Homozygous),
            (Diploid(Some(1), None), 1, Call::Half),
            (Diploid(None, Some(2)), 1, Call::Partial),
            (Diploid(None, None), 1, Call::Missing),
            (Haploid(Some(1)), 1, Call::Hemizygous),
            (Haploid(Some(0)), 1, Call::HaploidReference),
            (Haploid(None), 1, Call::Missing),
        ] {
            assert_eq!(genotype.call(allele, None), expected, "{genotype:?} {allele}");
        }
    }

    #[test]
    fn one_copy_is_counted_once_however_it_is_written() {
        use Genotype::{Diploid, Haploid};
        for (genotype, expected) in [
            (Diploid(Some(1), Some(1)), Call::Hemizygous),
            (Diploid(Some(0), Some(1)), Call::Hemizygous),
            (Diploid(Some(1), None), Call::Hemizygous),
            (Diploid(Some(0), None), Call::HaploidReference),
            (Diploid(Some(0), Some(0)), Call::HaploidReference),
            (Diploid(None, None), Call::Missing),
            (Haploid(Some(1)), Call::Hemizygous),
        ] {
            assert_eq!(genotype.call(1, Some(1)), expected, "{genotype:?}");
        }
        assert_eq!(Diploid(Some(1), Some(1)).call(1, Some(0)), Call::Missing);
        assert_eq!(Haploid(Some(1)).call(1, Some(2)), Call::Hemizygous);
    }
}
