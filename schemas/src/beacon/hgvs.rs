//! HGVS descriptions of genomic variants, as far as they can be written without the reference sequence.

use crate::{Assembly, Contig, Role, Variant, VariantType, is_sequence};

/// Returns the identifier that clients parse the chromosome from: `HGVSid:7:g.117559591_117559593del`.
///
/// It tells the place. Variants that are no sequences get their interval instead of a change.
pub(super) fn sequence_id(variant: &Variant, assembly: Assembly) -> String {
    let change = change(variant).unwrap_or_else(|| place(variant));
    format!("HGVSid:{}:{}.{change}", variant.contig, coordinate_type(&variant.contig, assembly))
}

/// Returns the HGVS name with its accession: `NC_000003.11:g.45864732T>C`.
///
/// None where it cannot be known here: HGVS moves insertions and deletions as far to the right as they
/// go (and calls some of them duplications), for which the reference sequence is needed.
pub(super) fn genomic_id(variant: &Variant, assembly: Assembly) -> Option<String> {
    if !matches!(variant.variant_type, VariantType::Snp | VariantType::Mnp | VariantType::Delins) {
        return None;
    }
    let accession = variant.contig.facts(assembly)?.accessions().next()?;
    Some(format!("{accession}:{}.{}", coordinate_type(&variant.contig, assembly), change(variant)?))
}

fn coordinate_type(contig: &Contig, assembly: Assembly) -> char {
    if contig.role(assembly) == Some(Role::Mitochondrion) { 'm' } else { 'g' }
}

fn place(variant: &Variant) -> String {
    span(variant.interval.first_base(), variant.interval.len().max(1))
}

/// Describes a change of bases; none for symbolic alleles and breakends.
fn change(variant: &Variant) -> Option<String> {
    let (r, a) = (variant.reference_bases.as_str(), variant.alternate_bases.as_str());
    if !is_sequence(r) || !is_sequence(a) {
        return None;
    }
    let first = variant.interval.first_base();
    let anchored = r.as_bytes().first() == a.as_bytes().first();
    let bases = u32::try_from(r.len()).ok()?;
    Some(match variant.variant_type {
        VariantType::Snp => format!("{first}{r}>{a}"),
        VariantType::Del if anchored => format!("{}del", span(first + 1, bases - 1)),
        VariantType::Ins if anchored => format!("{first}_{}ins{}", first + 1, a.get(1..)?),
        _ => format!("{}delins{a}", span(first, bases)),
    })
}

fn span(first: u32, bases: u32) -> String {
    match bases {
        0 | 1 => first.to_string(),
        more => format!("{first}_{}", first + more - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alternate, Interbase};

    #[test]
    fn accessions_are_those_of_the_assembly() {
        let named = |assembly: Assembly, contig: &str| {
            let contig = Contig::resolve(contig, assembly).unwrap();
            genomic_id(&Variant { contig, ..variant("1", 72, "A", "G") }, assembly)
        };
        for (assembly, contig, expected) in [
            (Assembly::GRCH38, "MT", "NC_012920.1:m.73A>G"),
            (Assembly::T2T_CHM13, "1", "NC_060925.1:g.73A>G"),
            (Assembly::T2T_CHM13, "MT", "CP068254.1:m.73A>G"),
            (Assembly::SARS_COV_2, "NC_045512.2", "NC_045512.2:g.73A>G"),
        ] {
            assert_eq!(named(assembly, contig).as_deref(), Some(expected));
        }
        assert_eq!(named(Assembly::GRCH38, "GL000220.1"), None);
    }

    fn variant(contig: &str, start: u64, r: &str, a: &str) -> Variant {
        let alternate = Alternate::parse(a).unwrap();
        Variant {
            contig: Contig::resolve(contig, Assembly::GRCH37).unwrap(),
            interval: Interbase::new(start, start + r.len() as u64).unwrap(),
            reference_bases: r.into(),
            alternate_bases: a.into(),
            variant_type: alternate.variant_type(r),
            sv_length: None,
        }
    }

    #[test]
    fn places_and_changes_are_written() {
        for (contig, start, r, a, expected) in [
            ("3", 45_864_731, "T", "C", "HGVSid:3:g.45864732T>C"),
            ("7", 117_559_589, "ATCT", "A", "HGVSid:7:g.117559591_117559593del"),
            ("1", 99, "AC", "A", "HGVSid:1:g.101del"),
            ("1", 99, "A", "ATT", "HGVSid:1:g.100_101insTT"),
            ("1", 99, "AC", "GT", "HGVSid:1:g.100_101delinsGT"),
            ("1", 99, "ACT", "GG", "HGVSid:1:g.100_102delinsGG"),
            ("MT", 72, "A", "G", "HGVSid:MT:m.73A>G"),
            ("1", 99, "N", "<DEL>", "HGVSid:1:g.100"),
        ] {
            assert_eq!(sequence_id(&variant(contig, start, r, a), Assembly::GRCH37), expected);
        }
    }

    #[test]
    fn names_are_given_only_where_the_bases_suffice() {
        let id = |r, a| genomic_id(&variant("3", 45_864_731, r, a), Assembly::GRCH37);
        assert_eq!(id("T", "C").as_deref(), Some("NC_000003.11:g.45864732T>C"));
        assert_eq!(id("TA", "C").as_deref(), Some("NC_000003.11:g.45864732_45864733delinsC"));
        assert_eq!(id("TA", "T"), None);
        assert_eq!(id("T", "TA"), None);
        assert_eq!(id("T", "<DEL>"), None);
    }
}
