//! What is looked at of a record beyond its columns.

use std::collections::HashSet;

use fyr_schemas::{Assembly, Contig, Variant, is_sequence};

use crate::vcf::{
    error::{Fault, quote},
    record::Record,
};

/// Returns whether a file calls a sequence as it is called, but for what stands before it: `chr7`, `chrM`.
pub(super) fn is_plain(name: &str, contig: &Contig) -> bool {
    let name = name.to_ascii_uppercase();
    let bare = name.strip_prefix("CHR").unwrap_or(&name);
    bare.eq_ignore_ascii_case(contig.name()) || name.eq_ignore_ascii_case(contig.name()) || bare == "M"
}

/// Refuses a position that the sequence does not have; one base behind its end is the telomere.
pub(super) fn check_position(record: &Record<'_>, contig: &Contig, assembly: Assembly) -> Result<(), Fault> {
    match contig.facts(assembly) {
        Some(facts) if record.position > facts.length + 1 => {
            let message = format!(
                "{} lies behind the end of {contig}, which has {} bases in {assembly}: is the file of another assembly?",
                record.position, facts.length
            );
            Err(Fault::new("POS", message))
        }
        _ => Ok(()),
    }
}

/// Returns whether nothing tells how far a copy number reaches.
pub(super) fn is_endless(variant: &Variant) -> bool {
    variant.alternate_bases.starts_with("<CN")
        && variant.interval.len() as usize == variant.reference_bases.len()
}

/// Checks that no symbolic allele is there twice: a genotype could name either. What they are called does not tell.
pub(super) fn check_distinct(variants: &[(u16, Variant)]) -> Result<(), Fault> {
    let symbolic = |(_, variant): &&(u16, Variant)| !is_sequence(&variant.alternate_bases);
    let mut seen = HashSet::new();
    match variants.iter().filter(symbolic).find(|(_, variant)| !seen.insert(variant)) {
        None => Ok(()),
        Some((_, variant)) => {
            let message = format!(
                "{} is there twice, with nothing that this reads to tell one from the other, such as SVLEN",
                quote(variant.alternate_bases.as_bytes())
            );
            Err(Fault::new("ALT", message))
        }
    }
}
