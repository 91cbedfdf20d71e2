//! From the REF and ALT columns to variants in normal form.
//!
//! Multi-allelic records are split here, sequences trimmed and left-aligned, and what is no variant
//! (`*`, `<NON_REF>`, `<*>`) is told apart. Symbolic alleles and breakends keep their notation.

use fyr_schemas::{Alternate, Contig, Interbase, ReferenceSequence, Variant, VariantType, left_align, trim};

use super::{
    error::{Fault, quote},
    info::Info,
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

/// Reads the allele at a 0-based position of ALT.
pub(crate) fn normalise(
    record: &Record<'_>,
    contig: &Contig,
    (index, text): (usize, &str),
    reference: Option<&dyn ReferenceSequence>,
) -> Result<Allele, Fault> {
    if matches!(text, "*" | "<*>" | "<NON_REF>") {
        return Ok(Allele::Unspecific);
    }
    let alternate = Alternate::parse(text).map_err(|e| Fault::new("ALT", e.to_string()))?;
    let start = record.position.checked_sub(1).ok_or_else(telomere)?;
    let reference_bases = record.reference_bases.to_ascii_uppercase();
    match alternate {
        Alternate::Bases(bases) => of_bases(contig, start, &reference_bases, &bases, reference),
        Alternate::Symbolic(symbol) => {
            check_reference(contig, start, &reference_bases, reference)?;
            of_symbol(contig, start, reference_bases, &symbol, Info(record.info), index)
        }
        Alternate::Breakend(notation) => {
            check_reference(contig, start, &reference_bases, reference)?;
            of_breakend(contig, start, reference_bases, notation, Info(record.info), index)
        }
    }
    .map(Allele::Variant)
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

fn of_symbol(
    contig: &Contig,
    start: u32,
    reference_bases: String,
    symbol: &str,
    info: Info<'_>,
    index: usize,
) -> Result<Variant, Fault> {
    let sv_length = sv_length(info, index)?;
    let written = VariantType::of_symbol(symbol);
    let variant_type = match info.value_of_allele("SVTYPE", index) {
        Some(kind) if written == VariantType::Complex => VariantType::of_symbol(kind),
        _ => written,
    };
    let reach = u64::from(start) + reference_bases.len() as u64;
    let end = symbolic_end(start, variant_type, sv_length, info)?.unwrap_or(reach);
    Ok(Variant {
        contig: contig.clone(),
        interval: interval(start, end.max(reach))?,
        reference_bases,
        alternate_bases: format!("<{symbol}>"),
        variant_type,
        sv_length,
    })
}

/// END where the record has it, else what SVLEN says of the types that span reference bases.
///
/// Translocations write the other sequence's coordinate into END, so it says nothing about theirs.
fn symbolic_end(
    start: u32,
    variant_type: VariantType,
    sv_length: Option<i64>,
    info: Info<'_>,
) -> Result<Option<u64>, Fault> {
    use VariantType::{Bnd, Cnv, Del, Dup, Inv};
    if variant_type == Bnd {
        return Ok(None);
    }
    if let Some(end) = number(info, "END", 0)? {
        return match u64::try_from(end) {
            Ok(end) if end >= u64::from(start) => Ok(Some(end)),
            _ => Err(Fault::new("INFO/END", format!("END {end} lies before POS {}", start + 1))),
        };
    }
    let spans = matches!(variant_type, Del | Dup | Inv | Cnv);
    Ok(sv_length.filter(|_| spans).map(|length| u64::from(start) + 1 + length.unsigned_abs()))
}

fn of_breakend(
    contig: &Contig,
    start: u32,
    reference_bases: String,
    notation: String,
    info: Info<'_>,
    index: usize,
) -> Result<Variant, Fault> {
    Ok(Variant {
        contig: contig.clone(),
        interval: interval(start, u64::from(start) + reference_bases.len() as u64)?,
        reference_bases,
        alternate_bases: notation,
        variant_type: VariantType::Bnd,
        sv_length: sv_length(info, index)?,
    })
}

fn sv_length(info: Info<'_>, index: usize) -> Result<Option<i64>, Fault> {
    number(info, "SVLEN", index)
}

fn number(info: Info<'_>, key: &str, index: usize) -> Result<Option<i64>, Fault> {
    let Some(value) = info.value_of_allele(key, index) else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|_| {
        Fault::new(format!("INFO/{key}"), format!("{} is not a whole number", quote(value.as_bytes())))
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
