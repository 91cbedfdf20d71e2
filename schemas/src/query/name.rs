//! The question for an allele by a name whose meaning depends on sequences, transcripts or an index.

use gtars_vrs::hgvs::{Datum, Edit, HgvsVariant, LocationRange, ReferenceType};

use crate::{Assembly, Contig, InvalidQuery};

/// An allele by its name in HGVS or VRS.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameQuery {
    assembly: Option<Assembly>,
    name: AlleleName,
}

/// The name of an allele.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AlleleName {
    /// A description in HGVS on a genomic sequence or a transcript, checked to be one that can be
    /// evaluated.
    Hgvs(String),
    /// The digest of a VRS allele, 1.3 or 2: 32 characters of base64url.
    Vrs(String),
}

impl NameQuery {
    /// Reads a description in HGVS.
    ///
    /// # Errors
    ///
    /// What is no HGVS, and what HGVS can say but no stored allele can mean: uncertain positions, `=`,
    /// copy numbers without sequence, proteins and RNA.
    pub fn hgvs(text: &str, assembly: Option<Assembly>) -> Result<Self, InvalidQuery> {
        let text = text.trim();
        let parsed = gtars_vrs::hgvs::parse(text).map_err(|error| fault(text, &error.to_string()))?;
        check(text, &parsed)?;
        let mut assembly = assembly;
        if matches!(parsed.reference_type, ReferenceType::G | ReferenceType::M) {
            let named = assembly_of(parsed.accession);
            assembly = Some(assembly.or(named).ok_or(InvalidQuery::Missing("assemblyId"))?);
            let Some(known) = assembly else { return Err(InvalidQuery::Missing("assemblyId")) };
            Contig::asked(parsed.accession, known)?;
        }
        Ok(Self { assembly, name: AlleleName::Hgvs(text.to_owned()) })
    }

    /// Reads an identifier of VRS: `ga4gh:VA.…`.
    ///
    /// # Errors
    ///
    /// What is no identifier of an allele.
    pub fn vrs(text: &str, assembly: Option<Assembly>) -> Result<Self, InvalidQuery> {
        let digest = text.trim().strip_prefix("ga4gh:VA.");
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match digest.filter(|digest| digest.len() == 32 && digest.chars().all(legal)) {
            Some(digest) => Ok(Self { assembly, name: AlleleName::Vrs(digest.to_owned()) }),
            None => {
                let reason = format!("`{text}` is no VRS allele: use ga4gh:VA. and 32 characters");
                Err(InvalidQuery::Parameter { name: "variantId", reason })
            }
        }
    }

    /// Returns the assembly that the name is of; none where it is of none, or of one that only a node
    /// can tell.
    pub fn assembly(&self) -> Option<Assembly> {
        self.assembly
    }

    /// Returns the name.
    pub fn name(&self) -> &AlleleName {
        &self.name
    }

    /// Returns all that it is made of.
    pub(crate) fn members(&self) -> (Option<Assembly>, &AlleleName) {
        let Self { assembly, name } = self;
        (*assembly, name)
    }

    /// Returns the name as it is written.
    pub fn text(&self) -> String {
        match &self.name {
            AlleleName::Hgvs(text) => text.clone(),
            AlleleName::Vrs(digest) => format!("ga4gh:VA.{digest}"),
        }
    }
}

fn fault(text: &str, reason: &str) -> InvalidQuery {
    InvalidQuery::Parameter { name: "genomicAlleleShortForm", reason: format!("`{text}`: {reason}") }
}

/// The assembly that a name of a sequence tells: the first that has the accession, as one sequence may be in several,
/// else the only one that has the name.
pub(crate) fn assembly_of(name: &str) -> Option<Assembly> {
    let only = || {
        let mut with = Assembly::all().filter(|assembly| assembly.sequence(name).is_some());
        with.next().filter(|_| with.next().is_none())
    };
    Assembly::with_accession(name).or_else(only)
}

fn check(text: &str, parsed: &HgvsVariant<'_>) -> Result<(), InvalidQuery> {
    if matches!(parsed.reference_type, ReferenceType::R | ReferenceType::P) {
        return Err(fault(text, "only g., m., c., n. and p. descriptions can be asked for"));
    }
    if parsed.posedit.uncertain {
        return Err(fault(text, "an uncertain change names no allele"));
    }
    let positions = match &parsed.posedit.pos {
        LocationRange::Single(one) => vec![*one],
        LocationRange::Range { start, end } => vec![*start, *end],
        _ => return Err(fault(text, "an uncertain position names no allele")),
    };
    let genomic = matches!(parsed.reference_type, ReferenceType::G | ReferenceType::M);
    for position in positions {
        let far =
            position.base.unsigned_abs() > i32::MAX as u64 || position.offset.unsigned_abs() > 10_000_000;
        let zero = position.base == 0;
        let outside =
            genomic && (position.base < 1 || position.offset != 0 || position.datum != Datum::SeqStart);
        if far || zero || outside {
            return Err(fault(text, "a position is not on the sequence"));
        }
    }
    let literal = |bases: &str| bases.bytes().all(|base| b"ACGTU".contains(&base.to_ascii_uppercase()));
    let stated = |bases: &Option<&str>| bases.is_none_or(literal);
    let fits = match &parsed.posedit.edit {
        Edit::Sub { reference, alternate } => {
            literal(reference) && literal(alternate) && reference != alternate
        }
        // Old descriptions say how many bases (`del3`), which the positions say already.
        Edit::Del { reference } | Edit::Dup { reference } | Edit::Inv { reference } => {
            stated(reference) && !text.ends_with(|c: char| c.is_ascii_digit())
        }
        Edit::Ins { alternate } => !alternate.is_empty() && literal(alternate),
        Edit::DelIns { reference, alternate } => {
            stated(reference) && !alternate.is_empty() && literal(alternate)
        }
        Edit::Repeat { sequence, count } => literal(sequence) && *count <= 10_000,
        Edit::Identity | Edit::Unknown | Edit::Copy { .. } => false,
    };
    if !fits {
        return Err(fault(
            text,
            "this change names no allele: use bases A, C, G and T with >, del, dup, ins, inv",
        ));
    }
    if matches!(parsed.posedit.edit, Edit::Ins { .. })
        && matches!(parsed.posedit.pos, LocationRange::Single(_))
    {
        return Err(fault(text, "an insertion lies between two positions: 100_101insA"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_checked() {
        for text in [
            "NC_000007.14:g.117559591_117559593del",
            "NC_000007.13:g.140453136A>T",
            "NM_004333.6:c.1799T>A",
            "NM_004333.6(BRAF):c.100+5_100+7delinsTT",
            "NC_012920.1:m.73A>G",
        ] {
            assert!(NameQuery::hgvs(text, None).is_ok(), "{text}");
        }
        let assembly = |text| NameQuery::hgvs(text, None).unwrap().assembly();
        assert_eq!(assembly("NC_000007.13:g.140453136A>T"), Some(Assembly::GRCH37));
        assert_eq!(assembly("NM_004333.6:c.1799T>A"), None);
        assert!(NameQuery::hgvs("chr7:g.140453136A>T", None).is_err());
        assert!(NameQuery::hgvs("chr7:g.140453136A>T", Some(Assembly::GRCH37)).is_ok());
        assert!(NameQuery::hgvs("NC_000007.13:g.140453136A>T", Some(Assembly::GRCH38)).is_err());
    }

    #[test]
    fn what_names_no_allele_is_refused() {
        for text in [
            "",
            "g.",
            "NC_000007.14",
            "NC_000007.14:",
            "NC_000007.14:g.",
            "NC_000007.14:g.0A>T",
            "NC_000007.14:g.5A>",
            "NC_000007.14:g.5>T",
            "NC_000007.14:g.5A>A",
            "NC_000007.14:g.5=",
            "NC_000007.14:g.(5_6)_8del",
            "NC_000007.14:g.5insA",
            "NC_000007.14:g.5_6insN",
            "NC_000007.14:g.99999999999999A>T",
            "NC_000007.14:g.5+1A>T",
            "NM_1.1:r.5a>u",
            "NC_000007.14:g.5_6ins",
            "NC_000007.14:x.5A>T",
            "NC_000007.14:g.?",
        ] {
            assert!(NameQuery::hgvs(text, None).is_err(), "{text}");
        }
        for text in ["", "ga4gh:VA.", "ga4gh:VA.short", "ga4gh:SL.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT", "VA.x"] {
            assert!(NameQuery::vrs(text, None).is_err(), "{text}");
        }
        assert!(NameQuery::vrs("ga4gh:VA.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT", None).is_ok());
    }
}
