//! Breakends, also where the record has the mate in INFO: both ends of an adjacency are known, or it is refused.

use fyr_schemas::{Contig, Variant, VariantType, canonical_breakend};

use super::{Site, interval};
use crate::vcf::{
    error::{Fault, quote},
    info::Info,
};

/// Takes a breakend that is written as one.
pub(super) fn read(site: Site<'_>, notation: &str) -> Result<Variant, Fault> {
    let name = |name: &str| Contig::resolve(name, site.frame.assembly);
    let notation = canonical_breakend(notation, name).map_err(|e| Fault::new("ALT", e.to_string()))?;
    breakend(site, notation)
}

/// Reads `<BND>`, `<TRA>` and `<CTX>` as the breakend that they mean: two mates are two alleles.
pub(super) fn read_symbol(site: Site<'_>, symbol: &str) -> Result<Variant, Fault> {
    let Some((contig, position)) = mate(&site)? else {
        return breakend(site, format!("<{symbol}>"));
    };
    let (bases, place) = (&site.reference_bases, format!("{contig}:{position}"));
    let notation = match orientation(&site) {
        Some(Orientation::ForwardForward) => format!("{bases}]{place}]"),
        Some(Orientation::ForwardReverse) => format!("{bases}[{place}["),
        Some(Orientation::ReverseForward) => format!("]{place}]{bases}"),
        Some(Orientation::ReverseReverse) => format!("[{place}[{bases}"),
        None => format!("<BND:{place}>"),
    };
    breakend(site, notation)
}

fn breakend(site: Site<'_>, notation: String) -> Result<Variant, Fault> {
    Ok(Variant {
        contig: site.frame.contig.clone(),
        interval: interval(site.start, u64::from(site.start) + site.reference_bases.len() as u64)?,
        reference_bases: site.reference_bases,
        alternate_bases: notation,
        variant_type: VariantType::Bnd,
        sv_length: None,
    })
}

/// Returns sequence and 1-based position of the mate; none where the record says nothing of one.
///
/// GATK-SV and gnomAD-SV write CHR2 and END2 or POS2, and their END says nothing of the mate. Delly, Sniffles and SURVIVOR
/// write CHR2 and END.
fn mate(site: &Site<'_>) -> Result<Option<(Contig, u32)>, Fault> {
    let value = |key| Info(site.record.info).value_of_allele(key, site.index);
    let places = ["END2", "POS2", "END"].into_iter().filter_map(|key| Some((key, value(key)?)));
    let Some(name) = value("CHR2") else {
        let own = site.start..=site.start + site.reference_bases.len() as u32;
        let other = places.clone().find(|(_, text)| text.parse().ok().is_none_or(|at| !own.contains(&at)));
        let missing = |(key, _)| {
            Fault::new("INFO/CHR2", format!("is missing: {key} alone does not say where the mate is"))
        };
        return other.map_or(Ok(None), |other| Err(missing(other)));
    };
    let contig =
        Contig::resolve(name, site.frame.assembly).map_err(|e| Fault::new("INFO/CHR2", e.to_string()))?;
    let Some((key, text)) = places.clone().next() else {
        let message = format!(
            "names the sequence of the mate, {}, but neither END2, POS2 nor END its position",
            quote(name.as_bytes())
        );
        return Err(Fault::new("INFO/CHR2", message));
    };
    match text.parse().ok().filter(|position| *position > 0) {
        Some(position) => Ok(Some((contig, position))),
        None => {
            Err(Fault::new(format!("INFO/{key}"), format!("{} is not a position", quote(text.as_bytes()))))
        }
    }
}

/// From which side of each end the joined sequences come: forward is what lies before an end.
#[derive(Clone, Copy)]
enum Orientation {
    ForwardForward,
    ForwardReverse,
    ReverseForward,
    ReverseReverse,
}

/// Reads STRANDS, with or without the reads that support it (`+-:7`), or Delly's CT; none where neither tells.
fn orientation(site: &Site<'_>) -> Option<Orientation> {
    let value = |key| Info(site.record.info).value_of_allele(key, site.index);
    let strands = value("STRANDS").and_then(|text| text.split(':').next());
    match strands.or_else(|| value("CT"))? {
        "++" | "3to3" => Some(Orientation::ForwardForward),
        "+-" | "3to5" => Some(Orientation::ForwardReverse),
        "-+" | "5to3" => Some(Orientation::ReverseForward),
        "--" | "5to5" => Some(Orientation::ReverseReverse),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fault, variants};
    use super::*;
    use fyr_schemas::{Assembly, mate as mate_of};
    use proptest::prelude::*;

    /// A record of a caller that writes the mate in INFO: its fields, the mate, and what is expected to stand before and
    /// behind the mate, where both sides are known.
    fn record() -> impl Strategy<Value = (String, String, u32, Option<(&'static str, &'static str)>)> {
        let sides = prop::sample::select(vec![
            ("STRANDS=++", Some(("N]", "]"))),
            ("STRANDS=+-", Some(("N[", "["))),
            ("STRANDS=-+:12", Some(("]", "]N"))),
            ("STRANDS=--", Some(("[", "[N"))),
            ("CT=3to3", Some(("N]", "]"))),
            ("CT=3to5", Some(("N[", "["))),
            ("CT=5to3", Some(("]", "]N"))),
            ("CT=5to5", Some(("[", "[N"))),
            ("CT=NtoN", None),
            ("STRANDS=.", None),
            ("PRECISE", None),
        ]);
        let name = prop::sample::select(vec!["2", "chr9", "22", "X", "CM000663.2", "GL000220.1"]);
        let key = prop::sample::select(vec!["END", "END=150;END2", "POS2"]);
        (name, 1..100_000_000u32, key, sides).prop_map(|(name, position, key, (sides, expected))| {
            (format!("SVLEN=0;CHR2={name};{key}={position};{sides}"), name.to_owned(), position, expected)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_mate_in_info_is_the_mate_of_the_allele(
            symbol in prop::sample::select(vec!["BND", "TRA", "CTX"]),
            (info, name, position, sides) in record(),
        ) {
            let [variant] = &variants(&format!("<{symbol}>"), &info)[..] else { panic!("one allele") };
            let (before, after) = sides.unwrap_or(("<BND:", ">"));
            let contig = Contig::resolve(&name, Assembly::GRCH38).unwrap();
            prop_assert_eq!(&variant.alternate_bases, &format!("{before}{contig}:{position}{after}"));
            let mate = mate_of(&variant.alternate_bases).unwrap();
            prop_assert_eq!((mate.contig, mate.start), (contig, position - 1));
            prop_assert_eq!((variant.variant_type, variant.sv_length), (VariantType::Bnd, None));
            prop_assert_eq!((variant.interval.start(), variant.interval.end()), (100, 101));
        }

        #[test]
        fn two_mates_are_two_alleles(
            (first, first_name, first_position, _) in record(),
            (second, second_name, second_position, _) in record(),
        ) {
            let same = (first_name, first_position) == (second_name, second_position);
            let [first, second] = [first, second].map(|info| variants("<TRA>", &info).remove(0));
            prop_assert!(same || first != second);
        }
    }

    #[test]
    fn each_allele_of_a_record_has_its_mate() {
        let read = variants("<TRA>,<TRA>", "CHR2=9,22;END=341,500;STRANDS=+-,--");
        assert_eq!(
            read.iter().map(|v| v.alternate_bases.as_str()).collect::<Vec<_>>(),
            ["N[9:341[", "[22:500[N"]
        );
    }

    #[test]
    fn half_a_mate_is_refused() {
        for (info, fragment) in [
            ("SVTYPE=TRA;END=23290413", "INFO/CHR2: is missing: END alone"),
            ("POS2=7", "INFO/CHR2: is missing: POS2 alone"),
            ("CHR2=22", "neither END2, POS2 nor END"),
            ("CHR2=22;END2=x", "INFO/END2: `x` is not a position"),
            ("CHR2=22;END2=0", "INFO/END2: `0` is not a position"),
            ("CHR2=NC_000022.10;END2=5", "belongs to GRCh37"),
        ] {
            let message = fault("<TRA>", info);
            assert!(message.contains(fragment), "{info}: {message}");
        }
        assert!(fault("N[NC_000022.10:5[", ".").contains("belongs to GRCh37"));
        for info in [".", "SVTYPE=BND", "END=101"] {
            assert_eq!(variants("<BND>", info)[0].alternate_bases, "<BND>", "{info}");
        }
        assert_eq!(variants("N[<assembled>:5[", ".")[0].alternate_bases, "N[<assembled>:5[");
    }
}
