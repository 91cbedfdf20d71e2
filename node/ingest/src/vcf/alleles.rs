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
            of_breakend(contig, start, reference_bases, notation)
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
    let sv_length = number(info, "SVLEN", index)?;
    let written = VariantType::of_symbol(symbol);
    let variant_type = match info.value_of_allele("SVTYPE", index) {
        Some(kind) if written == VariantType::Complex => VariantType::of_symbol(kind),
        _ => written,
    };
    if variant_type == VariantType::Bnd
        && let Some(notation) = breakend_of(&reference_bases, info)
    {
        return of_breakend(contig, start, reference_bases, notation);
    }
    let reach = u64::from(start) + reference_bases.len() as u64;
    let end = symbolic_end(start, variant_type, sv_length, info)?.unwrap_or(reach);
    Ok(Variant {
        contig: contig.clone(),
        interval: interval(start, end.max(reach))?,
        reference_bases,
        alternate_bases: format!("<{symbol}>"),
        variant_type,
        sv_length: sv_length.filter(|_| !spans(variant_type)).map(i64::saturating_abs),
    })
}

/// Returns whether the interval of a symbolic allele tells its length, so that SVLEN, whose sign changed
/// between VCF versions, is no part of what it is.
fn spans(variant_type: VariantType) -> bool {
    use VariantType::{Bnd, Cnv, Del, Dup, Inv};
    matches!(variant_type, Del | Dup | Inv | Cnv | Bnd)
}

/// Writes `<BND>` with its mate in INFO as the breakend that it means: two mates are two alleles.
///
/// CHR2, END2 or POS2, and STRANDS are the names of GATK-SV and gnomAD-SV; none where one is missing.
fn breakend_of(reference_bases: &str, info: Info<'_>) -> Option<String> {
    let value = |key| info.value_of_allele(key, 0);
    let (contig, position) = (value("CHR2")?, value("END2").or_else(|| value("POS2"))?);
    let notation = match value("STRANDS")? {
        "++" => format!("{reference_bases}]{contig}:{position}]"),
        "+-" => format!("{reference_bases}[{contig}:{position}["),
        "-+" => format!("]{contig}:{position}]{reference_bases}"),
        "--" => format!("[{contig}:{position}[{reference_bases}"),
        _ => return None,
    };
    Alternate::parse(&notation).ok().map(|_| notation)
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
    if variant_type == VariantType::Bnd {
        return Ok(None);
    }
    if let Some(end) = number(info, "END", 0)? {
        return match u64::try_from(end) {
            Ok(end) if end >= u64::from(start) => Ok(Some(end)),
            _ => Err(Fault::new("INFO/END", format!("END {end} lies before POS {}", start + 1))),
        };
    }
    Ok(sv_length.filter(|_| spans(variant_type)).map(|length| u64::from(start) + 1 + length.unsigned_abs()))
}

fn of_breakend(
    contig: &Contig,
    start: u32,
    reference_bases: String,
    notation: String,
) -> Result<Variant, Fault> {
    Ok(Variant {
        contig: contig.clone(),
        interval: interval(start, u64::from(start) + reference_bases.len() as u64)?,
        reference_bases,
        alternate_bases: notation,
        variant_type: VariantType::Bnd,
        sv_length: None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use fyr_schemas::Assembly;

    fn symbolic(alternate: &str, info: &str) -> Variant {
        let line = format!("2\t101\t.\tN\t{alternate}\t.\t.\t{info}");
        let record = Record::parse(line.as_bytes()).unwrap();
        let contig = Contig::resolve("2", Assembly::GRCH38).unwrap();
        match normalise(&record, &contig, (0, alternate), None).unwrap() {
            Allele::Variant(variant) => variant,
            Allele::Unspecific => unreachable!("{alternate} is a variant"),
        }
    }

    #[test]
    fn breakends_with_their_mate_in_info_are_told_apart() {
        for (strands, expected) in
            [("++", "N]chr9:341]"), ("+-", "N[chr9:341["), ("-+", "]chr9:341]N"), ("--", "[chr9:341[N")]
        {
            let variant =
                symbolic("<BND>", &format!("SVTYPE=BND;CHR2=chr9;END2=341;STRANDS={strands};SVLEN=-1"));
            assert_eq!(variant.alternate_bases, expected);
            assert_eq!((variant.variant_type, variant.sv_length), (VariantType::Bnd, None));
        }
        assert_eq!(symbolic("<BND>", "SVTYPE=BND").alternate_bases, "<BND>");
    }

    #[test]
    fn a_length_counts_only_where_the_interval_does_not_tell_it() {
        assert_eq!(symbolic("<INS>", "SVLEN=300").sv_length, Some(300));
        let deletion = symbolic("<DEL>", "END=200;SVLEN=-99");
        assert_eq!(deletion, symbolic("<DEL>", "END=200;SVLEN=99"));
        assert_eq!((deletion.sv_length, deletion.length()), (None, 99));
    }
}
