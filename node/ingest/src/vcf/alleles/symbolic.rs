//! Symbolic alleles: what kind they are, and where they end.

use fyr_schemas::{Variant, VariantType};

use super::{Site, interval, mates};
use crate::vcf::{
    error::{Fault, quote},
    info::Info,
};

/// Reads a symbolic allele, given without its brackets.
pub(super) fn read(site: Site<'_>, symbol: &str) -> Result<Variant, Fault> {
    let variant_type = kind(&site, symbol);
    if variant_type == VariantType::Bnd {
        return mates::read_symbol(site, symbol);
    }
    let reach = u64::from(site.start) + site.reference_bases.len() as u64;
    let (end, sv_length) = match spans(variant_type) {
        true => (end_of_span(&site, symbol)?, None),
        false => (stated_end(&site)?, length(&site)?.map(i64::saturating_abs)),
    };
    Ok(Variant {
        contig: site.frame.contig.clone(),
        interval: interval(site.start, end.unwrap_or(reach).max(reach))?,
        reference_bases: site.reference_bases,
        alternate_bases: format!("<{symbol}>"),
        variant_type,
        sv_length,
    })
}

/// Returns the kind that the symbol names; SVTYPE tells it where the symbol does not. Of `<CN2>` it tells, as the header
/// may, whether copies are counted on one chromosome or on both.
fn kind(site: &Site<'_>, symbol: &str) -> VariantType {
    let written = VariantType::of_symbol(symbol);
    let stated = Info(site.record.info).value_of_allele("SVTYPE", site.index).map(VariantType::of_symbol);
    let copies = symbol.strip_prefix("CN").and_then(|copies| copies.parse::<u32>().ok());
    match (written, stated, copies) {
        (VariantType::Complex, Some(stated), _) => stated,
        (VariantType::Cnv, _, Some(2..)) if site.frame.copies_on_one => VariantType::Dup,
        (VariantType::Cnv, Some(VariantType::Dup), None | Some(2..)) => VariantType::Dup,
        (VariantType::Cnv, Some(VariantType::Del), None | Some(0..2)) => VariantType::Del,
        _ => written,
    }
}

/// Returns whether the interval of a symbolic allele tells its length, so that SVLEN, whose sign changed between VCF
/// versions, is no part of what it is.
fn spans(variant_type: VariantType) -> bool {
    use VariantType::{Cnv, Del, Dup, Inv};
    matches!(variant_type, Del | Dup | Inv | Cnv)
}

/// Returns where an allele ends that spans reference bases; none where REF has them all, or nothing tells of a copy
/// number: files of the 1000 Genomes go round without their INFO, and such an allele can be asked for by its name.
///
/// END is that of the longest allele where there are several, so that each one's own SVLEN counts before it.
fn end_of_span(site: &Site<'_>, symbol: &str) -> Result<Option<u64>, Fault> {
    let is_listed =
        site.count > 1 && values(site, "SVLEN").is_some_and(|lengths| lengths.len() == site.count);
    let own = if is_listed { end_by_length(site)? } else { None };
    let end = if own.is_some() { own } else { stated_end(site)? };
    let end = if end.is_some() { end } else { end_by_length(site)? };
    if end.is_none() && site.reference_bases.len() == 1 && !symbol.starts_with("CN") {
        let message = format!("<{symbol}> has neither END nor SVLEN, so nothing says how far it reaches");
        return Err(Fault::new("INFO", message));
    }
    Ok(end)
}

/// Returns where SVLEN says that an allele ends. A length of nothing says nothing.
fn end_by_length(site: &Site<'_>) -> Result<Option<u64>, Fault> {
    let length = length(site)?.filter(|length| *length != 0);
    Ok(length.map(|length| u64::from(site.start) + 1 + length.unsigned_abs()))
}

/// Reads END.
fn stated_end(site: &Site<'_>) -> Result<Option<u64>, Fault> {
    let Some(text) = Info(site.record.info).value("END") else { return Ok(None) };
    let end = number("END", text)?;
    match u64::try_from(end) {
        Ok(end) if end >= u64::from(site.start) => Ok(Some(end)),
        _ => Err(Fault::new("INFO/END", format!("END {end} lies before POS {}", site.start + 1))),
    }
}

/// Reads the SVLEN of the allele, or that of all of them where there is one.
fn length(site: &Site<'_>) -> Result<Option<i64>, Fault> {
    let Some(lengths) = values(site, "SVLEN") else { return Ok(None) };
    let own = match lengths.as_slice() {
        [only] => Some(only),
        many if many.len() == site.count => many.get(site.index),
        many => {
            let message = format!("{} values for {} ALT alleles: which is whose?", many.len(), site.count);
            return Err(Fault::new("INFO/SVLEN", message));
        }
    };
    own.filter(|text| **text != ".").map(|text| number("SVLEN", text)).transpose()
}

fn values<'a>(site: &Site<'a>, key: &str) -> Option<Vec<&'a str>> {
    Info(site.record.info).value(key).map(|values| values.split(',').collect())
}

fn number(key: &str, text: &str) -> Result<i64, Fault> {
    let fault =
        |_| Fault::new(format!("INFO/{key}"), format!("{} is not a whole number", quote(text.as_bytes())));
    text.parse().map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fault, variants};
    use super::*;
    use proptest::prelude::*;

    fn ends(alternates: &str, info: &str) -> Vec<u32> {
        variants(alternates, info).iter().map(|variant| variant.interval.end()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn each_allele_ends_where_its_own_length_says(
            alleles in prop::collection::vec(
                (prop::sample::select(vec!["DEL", "DUP", "INV", "CNV", "DUP:TANDEM", "CN0"]), 1..5_000i64, any::<bool>()),
                1..6,
            ),
            has_end in any::<bool>(),
        ) {
            let texts: Vec<String> = alleles.iter().map(|(symbol, ..)| format!("<{symbol}>")).collect();
            let signed = |(_, length, negative): &(_, i64, bool)| (if *negative { -length } else { *length }).to_string();
            let lengths: Vec<String> = alleles.iter().map(signed).collect();
            let longest = 101 + alleles.iter().map(|(_, length, _)| *length).max().unwrap_or_default();
            let end = if has_end { format!("END={longest};") } else { String::new() };
            let read = ends(&texts.join(","), &format!("{end}SVLEN={}", lengths.join(",")));
            let expected: Vec<u32> = alleles.iter().map(|(_, length, _)| 101 + *length as u32).collect();
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn what_the_record_has_once_holds_for_all() {
        assert_eq!(ends("<DEL>,<DUP>", "END=10999"), [10_999, 10_999]);
        assert_eq!(ends("<DEL>,<DUP>", "SVLEN=50"), [151, 151]);
        assert_eq!(ends("<DEL>,<DUP>", "END=900;SVLEN=.,50"), [900, 151]);
        assert_eq!(ends("G,<DEL>", "SVLEN=.,50"), [101, 151]);
        // A record that was split, and keeps the list of the whole.
        assert_eq!(ends("<DEL>", "END=900;SVLEN=50,799"), [900]);
    }

    #[test]
    fn an_end_that_nothing_tells_is_refused() {
        for (alternates, info, fragment) in [
            ("<DEL>", ".", "<DEL> has neither END nor SVLEN"),
            ("<DUP>", "SVLEN=.", "neither END nor SVLEN"),
            ("<INV>", "SVLEN=0", "neither END nor SVLEN"),
            ("<DEL>,<DUP>", "SVLEN=.,50", "<DEL> has neither"),
            ("<DEL>", "SVLEN=50,799", "INFO/SVLEN: 2 values for 1 ALT"),
            ("<INS>", "SVLEN=50,799", "INFO/SVLEN: 2 values for 1 ALT"),
            ("<DEL>", "END=3", "END 3 lies before POS 101"),
            ("<DEL>", "SVLEN=x", "INFO/SVLEN: `x` is not a whole number"),
        ] {
            let message = fault(alternates, info);
            assert!(message.contains(fragment), "{alternates} {info}: {message}");
        }
    }

    #[test]
    fn a_copy_number_without_an_end_is_at_its_first_base() {
        assert_eq!(ends("<CN0>,<CN2>,<CNV>", "."), [101; 3]);
    }

    #[test]
    fn a_length_counts_only_where_the_interval_does_not_tell_it() {
        let one = |alternate, info| variants(alternate, info).remove(0);
        assert_eq!(one("<INS>", "SVLEN=300").sv_length, Some(300));
        let deletion = one("<DEL>", "END=200;SVLEN=-99");
        assert_eq!(deletion, one("<DEL>", "END=200;SVLEN=99"));
        assert_eq!((deletion.sv_length, deletion.length()), (None, 99));
    }

    #[test]
    fn svtype_tells_the_kind_where_the_symbol_does_not() {
        use VariantType::{Cnv, Complex, Del, Dup, Inv};
        for (alternate, svtype, expected) in [
            ("<CN2>", "DUP", Dup),
            ("<CN0>", "DEL", Del),
            ("<CN1>", "DEL", Del),
            ("<CN2>", "CNV", Cnv),
            ("<CN2>", "CNV;ONE", Dup),
            ("<CN0>", "CNV;ONE", Cnv),
            ("<CNV>", "CNV;ONE", Cnv),
            ("<CN0>", "DUP", Cnv),
            ("<CN3>", "DEL", Cnv),
            ("<CNV>", "DUP", Dup),
            ("<CNV>", "CNV", Cnv),
            ("<X1>", "INV", Inv),
            ("<X1>", "X1", Complex),
            ("<DEL>", "DUP", Del),
        ] {
            let found = variants(alternate, &format!("END=200;SVTYPE={svtype}"))[0].variant_type;
            assert_eq!(found, expected, "{alternate} {svtype}");
        }
    }
}
