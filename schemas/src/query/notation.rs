//! Any notation of one allele, told apart by its form.
//!
//! | form | example |
//! |---|---|
//! | VCF and gnomAD, 1-based | `7-117559590-ATCT-A`, `chr7:117559590:ATCT:A` |
//! | SPDI, interbase | `NC_000007.14:117559590:TCT:` |
//! | HGVS | `NC_000007.14:g.117559591_117559593del`, `NM_000492.4:c.1521_1523del`, `BRAF:p.V600E` |
//! | HGVS on a transcript there, or by its gene | `NC_000007.14(NM_000492.4):c.53+5G>A`, `BRAF:c.1799T>A (p.Val600Glu)` |
//! | VRS | `ga4gh:VA.…` |
//! | dbSNP | `rs334` |

use super::{
    AlleleQuery, BasePattern, BracketQuery, GeneQuery, NameQuery, Narrowing, ProteinChange, VariantQuery,
    name::assembly_of,
};
use crate::{Assembly, Contig, Interbase, InvalidQuery, Position, is_iupac, is_sequence, trim};

impl VariantQuery {
    /// Reads a question for one allele, or for a change of a protein, in any notation.
    ///
    /// # Errors
    ///
    /// A text that is none of them, or names something impossible; and a notation that needs an assembly
    /// where none is given.
    pub fn parse(text: &str, assembly: Option<Assembly>) -> Result<Self, InvalidQuery> {
        let text = text.trim();
        if text.len() > MOST_CHARACTERS {
            return Err(wrong("is too long to be one allele"));
        }
        if text.starts_with("ga4gh:") {
            return Ok(Self::Name(NameQuery::vrs(text, assembly)?));
        }
        if let Some(name) = NameQuery::dbsnp(text, assembly) {
            return Ok(Self::Name(name));
        }
        if text.contains(":p.") {
            let change = ProteinChange::parse(text)?;
            let narrowing = Narrowing { protein_change: Some(change), ..Narrowing::default() };
            return Ok(Self::Gene(GeneQuery::new(None, narrowing)?));
        }
        if [":g.", ":m.", ":c.", ":n.", ":r."].iter().any(|kind| text.contains(kind)) {
            return Ok(Self::Name(NameQuery::hgvs(text, assembly)?));
        }
        if let Some((accession, rest)) = text.split_once(':').filter(|(accession, _)| is_accession(accession))
        {
            return spdi(accession, rest, assembly);
        }
        if let Some((named, rest)) = Assembly::all().find_map(|known| Some((known, behind(text, known)?))) {
            // The id of a symbolic allele has its end behind it, which the question leaves open.
            let rest = rest.find('>').and_then(|close| rest.get(..=close)).unwrap_or(rest);
            return vcf(named, rest);
        }
        let accession = text.split(['-', ':', ' ']).next().unwrap_or_default();
        let assembly = assembly.or_else(|| is_accession(accession).then(|| assembly_of(accession)).flatten());
        vcf(assembly.ok_or(InvalidQuery::Missing("assemblyId"))?, text)
    }

    /// Creates the question for the sequences at a place: one allele, or, where bases are left open by
    /// IUPAC codes, all that fit.
    ///
    /// # Errors
    ///
    /// What [`AlleleQuery::new`] refuses, and wildcards beside a missing or shared base.
    pub fn sequence(
        assembly: Assembly,
        contig: Contig,
        start: u64,
        reference_bases: &str,
        alternate_bases: &str,
    ) -> Result<Self, InvalidQuery> {
        let open = |bases: &str| is_iupac(bases) && !is_literal(bases);
        let symbolic = !is_iupac(alternate_bases) && !alternate_bases.is_empty();
        if symbolic || !(open(reference_bases) || open(alternate_bases)) {
            let allele = AlleleQuery::new(assembly, contig, start, reference_bases, alternate_bases)?;
            return Ok(Self::Allele(allele));
        }
        if !is_iupac(reference_bases) || !is_iupac(alternate_bases) {
            return Err(wrong(
                "has wildcards beside a missing base: give the base before the insertion or deletion",
            ));
        }
        let upper = |bases: &str| bases.to_ascii_uppercase().replace('U', "T");
        let (reference, alternate) = (upper(reference_bases), upper(alternate_bases));
        let first = Interbase::new(start, start.saturating_add(1))?.start();
        let (start, r, a) = trim(first, &reference, &alternate);
        let removed = reference.len() - r.len();
        let shared = reference.bytes().take(removed).chain(reference.bytes().rev().take(removed));
        if removed > 0 && !shared.clone().all(|base| b"ACGT".contains(&base)) {
            return Err(wrong("has wildcards in bases that both alleles share: leave those bases out"));
        }
        let end = u64::from(start) + r.len() as u64;
        Ok(Self::Bracket(BracketQuery {
            assembly,
            contig,
            start: Interbase::new(start.into(), u64::from(start) + 1)?,
            end: Interbase::new(end, end + 1)?,
            narrowing: Narrowing {
                reference_bases: Some(BasePattern::parse(r)?),
                alternate_bases: Some(BasePattern::parse(a)?),
                ..Narrowing::default()
            },
        }))
    }
}

/// Longest text that is looked at.
const MOST_CHARACTERS: usize = 20_000;

fn is_literal(bases: &str) -> bool {
    bases.bytes().all(|base| b"ACGT".contains(&base.to_ascii_uppercase()))
}

/// Returns what stands behind the name of an assembly. Where its sequence has the same name, that of the sequence must
/// follow.
fn behind(text: &str, assembly: Assembly) -> Option<&str> {
    let rest = text.strip_prefix(assembly.name())?.strip_prefix('-')?;
    let is_sequence_too = assembly.sequence(assembly.name()).is_some();
    (!is_sequence_too || rest.starts_with(assembly.name())).then_some(rest)
}

/// RefSeq and GenBank accessions with their version.
fn is_accession(text: &str) -> bool {
    let prefix = ["NC_", "NT_", "NW_", "NG_", "NM_", "NR_", "GL", "KI"];
    (prefix.iter().any(|prefix| text.starts_with(prefix)) && text.contains('.'))
        || Assembly::with_accession(text).is_some()
}

/// Reads the rest of an SPDI: position, deleted bases or their number, inserted bases.
fn spdi(accession: &str, rest: &str, assembly: Option<Assembly>) -> Result<VariantQuery, InvalidQuery> {
    let &[position, deleted, inserted] = rest.split(':').collect::<Vec<_>>().as_slice() else {
        return Err(wrong("is no SPDI: use accession:position:deletion:insertion"));
    };
    let assembly = match (assembly, assembly_of(accession)) {
        (Some(assembly), _) | (None, Some(assembly)) => assembly,
        (None, None) => return Err(InvalidQuery::Missing("assemblyId")),
    };
    let contig = Contig::asked(accession, assembly)?;
    let start: u64 = position.parse().map_err(|_| wrong("has a position that is no number from 0"))?;
    if deleted.parse::<u64>().is_ok() {
        let end = deleted.parse::<u64>().ok().and_then(|n| start.checked_add(n));
        let end = end.ok_or_else(|| wrong("deletes too much"))?;
        Interbase::new(start, end)?;
        // The number of bases leaves their names to the reference sequence, as HGVS does.
        let change = match (end - start, inserted.is_empty()) {
            (0, true) => return Err(wrong("changes nothing")),
            (0, false) => format!("{start}_{}ins{inserted}", start + 1),
            (_, true) => format!("{}_{end}del", start + 1),
            (_, false) => format!("{}_{end}delins{inserted}", start + 1),
        };
        return Ok(VariantQuery::Name(NameQuery::hgvs(&format!("{accession}:g.{change}"), Some(assembly))?));
    }
    VariantQuery::sequence(assembly, contig, start, deleted, inserted)
}

/// Reads the notation of VCF and gnomAD, wildcards included.
fn vcf(assembly: Assembly, text: &str) -> Result<VariantQuery, InvalidQuery> {
    match AlleleQuery::parse(assembly, text) {
        Ok(allele) => Ok(VariantQuery::Allele(allele)),
        Err(error) => {
            let parts = AlleleQuery::parts(text);
            let &[contig, position, reference, alternate] = parts.as_slice() else { return Err(error) };
            if !is_iupac(reference) || !is_iupac(alternate) || is_sequence(reference) && is_literal(alternate)
            {
                return Err(error);
            }
            let contig = Contig::asked(contig, assembly)?;
            let position = position.parse().map_err(|_| error)?;
            let start = Position::new(position)?.interbase_start();
            VariantQuery::sequence(assembly, contig, start.into(), reference, alternate)
        }
    }
}

fn wrong(reason: &str) -> InvalidQuery {
    InvalidQuery::Parameter { name: "genomicAlleleShortForm", reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<VariantQuery, InvalidQuery> {
        VariantQuery::parse(text, Some(Assembly::GRCH38))
    }

    #[test]
    fn notations_with_all_bases_are_one_question() {
        let expected = parse("7-117559590-ATCT-A").unwrap();
        for text in [
            "chr7:117559590:ATCT:A",
            "GRCh38-7-117559590-ATCT-A",
            "NC_000007.14:117559589:ATCT:A",
            "NC_000007.14-117559590-ATCT-A",
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
        let unanchored = parse("NC_000007.14:117559590:TCT:").unwrap();
        assert!(matches!(unanchored, VariantQuery::Allele(allele) if allele.start() == 117_559_590));
    }

    #[test]
    fn forms_are_told_apart() {
        for (text, kind) in [
            ("NC_000007.14:g.117559591_117559593del", "name"),
            ("NC_000007.14:117559590:3:", "name"),
            ("NM_000492.4:c.1521_1523del", "name"),
            ("ga4gh:VA.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT", "name"),
            ("BRAF:p.V600E", "gene"),
            ("1-1000-A-N", "bracket"),
            ("1-1000-R-T", "bracket"),
            ("1-1000-N-<DEL>", "allele"),
            ("GRCh37-1-1000-A-<DEL>-2000", "allele"),
        ] {
            assert_eq!(parse(text).map(|query| query.kind()), Ok(kind), "{text}");
        }
    }

    #[test]
    fn wildcards_in_shared_bases_are_refused() {
        let sequence = |r, a| {
            let contig = Contig::resolve("1", Assembly::GRCH38).unwrap();
            VariantQuery::sequence(Assembly::GRCH38, contig, 99, r, a)
        };
        assert!(sequence("A", "N").is_ok() && sequence("AC", "AN").is_ok() && sequence("A", "AN").is_ok());
        assert!(sequence("NC", "NT").is_err() && sequence("", "N").is_err() && sequence("N", "").is_err());
    }
}
