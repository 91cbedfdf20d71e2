//! From the REF and ALT columns to variants in normal form.
//!
//! Multi-allelic records are split here, sequences trimmed and left-aligned, and what is no variant
//! (`*`, `<NON_REF>`, `<*:DEL>`) is told apart. Symbolic alleles and breakends keep
//! their notation, with one name for each sequence.

mod mates;
mod symbolic;

use fyr_schemas::{
    Alternate, Assembly, Contig, Interbase, ReferenceSequence, Variant, VariantType, left_align, trim,
};

use super::{
    error::{Fault, quote},
    record::Record,
};

/// What one ALT value stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Allele {
    /// A variant.
    Variant(Variant),
    /// An upstream deletion, or all alleles not seen: nothing that a person can carry here.
    Unspecific,
}

/// What the alleles of a file are read by.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) assembly: Assembly,
    pub(crate) contig: &'a Contig,
    /// Whether `<CN2>` counts copies on one chromosome.
    pub(crate) copies_on_one: bool,
    pub(crate) reference: Option<&'a dyn ReferenceSequence>,
}

/// Where an allele stands.
struct Site<'a> {
    record: &'a Record<'a>,
    frame: Frame<'a>,
    /// Interbase.
    start: u32,
    reference_bases: String,
    /// 0-based position among the ALT alleles.
    index: usize,
    /// Number of ALT alleles.
    count: usize,
}

/// Reads the allele at a 0-based position of ALT.
pub(crate) fn normalise(
    record: &Record<'_>,
    frame: Frame<'_>,
    (index, text): (usize, &str),
) -> Result<Allele, Fault> {
    let Frame { contig, reference, .. } = frame;
    if is_unspecific(text) {
        return Ok(Allele::Unspecific);
    }
    let alternate = Alternate::parse(text).map_err(|e| Fault::new("ALT", e.to_string()))?;
    let start = record.position.checked_sub(1).ok_or_else(telomere)?;
    let reference_bases = record.reference_bases.to_ascii_uppercase();
    let site = || {
        check_reference(contig, start, &reference_bases, reference)?;
        let (reference_bases, count) = (reference_bases.clone(), record.alternates().count());
        Ok(Site { record, frame, start, reference_bases, index, count })
    };
    let variant = match alternate {
        Alternate::Bases(bases) => of_bases(contig, start, &reference_bases, &bases, reference),
        Alternate::Symbolic(symbol) => symbolic::read(site()?, &symbol),
        Alternate::Breakend(notation) => mates::read(site()?, &notation),
    };
    variant.map(Allele::Variant)
}

/// Returns whether an ALT value stands for an upstream deletion (`*`, GATK's `<*:DEL>`), or for all alleles that were
/// not seen (`<*>`, `<NON_REF>`, samtools' `<X>`).
fn is_unspecific(text: &str) -> bool {
    let symbol = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let of_symbol =
        |symbol: &str| matches!(symbol, "NON_REF" | "X") || symbol.split(':').any(|part| part == "*");
    text == "*" || symbol.is_some_and(of_symbol)
}

fn of_bases(
    contig: &Contig,
    start: u32,
    reference_bases: &str,
    bases: &str,
    reference: Option<&dyn ReferenceSequence>,
) -> Result<Variant, Fault> {
    if reference_bases == bases {
        let message = format!("ALT {} is the same as REF: use `.` for no variant", quote(bases.as_bytes()));
        return Err(Fault::new("ALT", message));
    }
    let (start, reference_bases, alternate_bases) = match reference {
        Some(reference) => left_align(contig, start, reference_bases, bases, reference)
            .map_err(|e| Fault::new("REF", e.to_string()))?,
        None => {
            let (start, r, a) = trim(start, reference_bases, bases);
            (start, r.to_owned(), a.to_owned())
        }
    };
    Ok(Variant {
        contig: contig.clone(),
        interval: interval(start, u64::from(start) + reference_bases.len() as u64)?,
        variant_type: VariantType::of_bases(&reference_bases, &alternate_bases),
        reference_bases,
        alternate_bases,
        sv_length: None,
    })
}

/// Checks the anchor of an allele that cannot be aligned: trimming nothing leaves only the check.
fn check_reference(
    contig: &Contig,
    start: u32,
    reference_bases: &str,
    reference: Option<&dyn ReferenceSequence>,
) -> Result<(), Fault> {
    let Some(reference) = reference else {
        return Ok(());
    };
    left_align(contig, start, reference_bases, reference_bases, reference)
        .map(|_| ())
        .map_err(|e| Fault::new("REF", e.to_string()))
}

fn interval(start: u32, end: u64) -> Result<Interbase, Fault> {
    Interbase::new(start.into(), end).map_err(|e| Fault::new("POS", e.to_string()))
}

fn telomere() -> Fault {
    Fault::new("POS", "position 0 is the telomere, which holds no bases")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads all ALT alleles of a record at 2:101 of GRCh38, of a file that counts copies on one chromosome if INFO has
    /// `ONE`.
    pub(super) fn read(alternates: &str, info: &str) -> Result<Vec<Allele>, Fault> {
        let line = format!("2\t101\t.\tN\t{alternates}\t.\t.\t{info}");
        let record = Record::parse(line.as_bytes())?;
        let contig = Contig::resolve("2", Assembly::GRCH38).unwrap();
        let copies_on_one = info.contains("ONE");
        let frame = Frame { assembly: Assembly::GRCH38, contig: &contig, copies_on_one, reference: None };
        record.alternates().enumerate().map(|allele| normalise(&record, frame, allele)).collect()
    }

    pub(super) fn variants(alternates: &str, info: &str) -> Vec<Variant> {
        let variant = |allele| match allele {
            Allele::Variant(variant) => variant,
            Allele::Unspecific => panic!("{alternates} are variants"),
        };
        read(alternates, info).unwrap().into_iter().map(variant).collect()
    }

    pub(super) fn fault(alternates: &str, info: &str) -> String {
        let fault = read(alternates, info).unwrap_err();
        format!("{}: {}", fault.field, fault.message)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_stands_for_no_allele_is_none(
            before in prop::collection::vec("[A-Z]{1,4}", 0..3),
            after in prop::collection::vec("[A-Z]{1,4}", 0..3),
            length in 1..99,
        ) {
            let parts = before.iter().map(String::as_str);
            let all = parts.clone().chain(["*"]).chain(after.iter().map(String::as_str));
            let symbol = all.collect::<Vec<_>>().join(":");
            let info = format!("SVLEN={length}");
            prop_assert_eq!(read(&format!("<{symbol}>"), &info), Ok(vec![Allele::Unspecific]));
            let named = format!("<DEL:{}>", symbol.replace('*', "X"));
            prop_assert_eq!(variants(&named, &info)[0].alternate_bases.clone(), named);
        }
    }

    #[test]
    fn a_missing_allele_beside_others_is_none() {
        for text in ["*", "<*>", "<NON_REF>", "<X>", "<*:DEL>", "<DEL:*>"] {
            let alleles = read(&format!("G,{text}"), ".").unwrap();
            assert!(matches!(alleles[..], [Allele::Variant(_), Allele::Unspecific]), "{text}");
        }
        assert!(fault("X", ".").contains("not an allele"));
    }
}
