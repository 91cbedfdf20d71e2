//! The question for an allele by a name whose meaning depends on sequences, transcripts, an index or a table.

mod hgvs;

use gtars_vrs::hgvs::{HgvsVariant, ReferenceType};

use crate::{Assembly, Contig, InvalidQuery, Role};

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
    /// The number of a cluster of dbSNP, without its prefix `rs`.
    DbSnp(u32),
}

impl NameQuery {
    /// Reads a name of any of these kinds, told apart by its form.
    ///
    /// # Errors
    ///
    /// What is none of them.
    pub fn parse(text: &str, assembly: Option<Assembly>) -> Result<Self, InvalidQuery> {
        let text = text.trim();
        match Self::dbsnp(text, assembly) {
            Some(name) => Ok(name),
            None if text.starts_with("ga4gh:") => Self::vrs(text, assembly),
            None => Self::hgvs(text, assembly),
        }
    }

    /// Reads an identifier of dbSNP, such as `rs334`, in any letter case; none where it is none.
    pub fn dbsnp(text: &str, assembly: Option<Assembly>) -> Option<Self> {
        let (prefix, number) = text.trim().split_at_checked(2)?;
        let legal = prefix.eq_ignore_ascii_case("rs") && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|number| legal && *number > 0)?;
        Some(Self { assembly, name: AlleleName::DbSnp(number) })
    }

    /// Reads a description in HGVS.
    ///
    /// # Errors
    ///
    /// What is no HGVS, and what HGVS can say but no stored allele can mean: uncertain positions, `=`,
    /// copy numbers without sequence, proteins and RNA.
    pub fn hgvs(text: &str, assembly: Option<Assembly>) -> Result<Self, InvalidQuery> {
        let text = hgvs::without_protein(text.trim());
        hgvs::check_text(text).map_err(|reason| fault(text, reason))?;
        let parsed = gtars_vrs::hgvs::parse(text).map_err(|error| fault(text, &error.to_string()))?;
        hgvs::check(text, &parsed).map_err(|reason| fault(text, reason))?;
        let assembly = sequence_of(text, &parsed, assembly)?;
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
            AlleleName::DbSnp(number) => format!("rs{number}"),
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

/// Checks the sequence that a description is on; returns the assembly that it is of, as far as that shows.
fn sequence_of(
    text: &str,
    parsed: &HgvsVariant<'_>,
    assembly: Option<Assembly>,
) -> Result<Option<Assembly>, InvalidQuery> {
    let accession = parsed.accession;
    hgvs::check_accession(parsed).map_err(|reason| fault(text, reason))?;
    let on_genome = matches!(parsed.reference_type, ReferenceType::G | ReferenceType::M);
    let is_genomic =
        hgvs::is_genomic(accession) || Assembly::all().any(|known| known.sequence(accession).is_some());
    match (on_genome, is_genomic, parsed.gene) {
        (false, false, _) => return Ok(assembly),
        (false, true, None) => {
            return Err(fault(
                text,
                "c. and n. count along a transcript: write NC_000001.11(NM_…):c.…, or g.",
            ));
        }
        (false, true, Some(_)) if assembly.or(assembly_of(accession)).is_none() => return Ok(None),
        _ => {}
    }
    let assembly = assembly.or_else(|| assembly_of(accession)).ok_or(InvalidQuery::Missing("assemblyId"))?;
    let contig = Contig::asked(accession, assembly)?;
    let facts = contig.facts(assembly);
    if parsed.reference_type == ReferenceType::M
        && facts.is_some_and(|facts| facts.role != Role::Mitochondrion)
    {
        return Err(fault(text, "m. is for the mitochondrial genome: use g. on other sequences"));
    }
    let length = facts.filter(|_| on_genome).map_or(u32::MAX, |facts| facts.length);
    if hgvs::positions(&parsed.posedit.pos).any(|position| position.base > i64::from(length)) {
        let reason = format!("a position lies outside the sequence, which has {length} bases in {assembly}");
        return Err(fault(text, &reason));
    }
    Ok(Some(assembly))
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

    #[test]
    fn identifiers_of_dbsnp_are_names() {
        for text in ["rs334", "RS334", " Rs334 ", "rs0334"] {
            let name = NameQuery::parse(text, None).unwrap();
            assert_eq!((name.name(), name.text()), (&AlleleName::DbSnp(334), "rs334".to_owned()), "{text}");
            assert_eq!(name.assembly(), None);
        }
        for text in
            ["rs", "rs0", "rs-1", "rs+1", "rs1a", "rs99999999999", "ss334", "r", "r\u{e9}1", "rs334-T"]
        {
            assert_eq!(NameQuery::dbsnp(text, None), None, "{text}");
            assert!(NameQuery::parse(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn what_means_another_allele_than_it_seems_is_refused_with_the_reason() {
        for (text, hint) in [
            ("NC_000001.11:g.(280_283)del", "uncertain"),
            ("NC_000001.11:g.280_(283_290)del", "uncertain"),
            ("NC_000001.11:g.(?_280)_(283_?)del", "uncertain"),
            ("NC_000001.11:g.?_283del", "uncertain"),
            ("NM_1.2:c.(50+1_50+5)C>T", "uncertain"),
            ("NM_1.2:c.(50C>T)", "uncertain"),
            ("NM_1.2:c.50 5C>T", "%2B"),
            ("NM_1.2:c.-10 5C>T", "%2B"),
            ("NM_1.2:c.50_50 5del", "%2B"),
            ("NM_1.2:c.50C >T", "blank"),
            ("NM_1.2:c.13+0C>T", "base 0"),
            ("NM_1.2:c.13-00C>T", "base 0"),
            ("NM_1.2:c.13_14+0del", "base 0"),
            ("NM_1.2:c.+13C>T", "begins with `+`"),
            ("NM_1.2:c.*+13C>T", "begins with `+`"),
            ("NM_1.2:c.*-3C>T", "not on the sequence"),
            ("NM_1.2:c.*0C>T", "not on the sequence"),
            ("NM_1.2:n.-3C>T", "not on the sequence"),
            ("NM_1.2:g.3C>T", "c. or n. positions"),
            ("ENST00000999001.4:g.3C>T", "c. or n. positions"),
            ("NP_1.2:c.3C>T", "p. positions"),
            ("NG_007400.1:g.3C>T", "NG_ and LRG_"),
            ("NG_007400.1(NM_000088.3):c.3C>T", "NG_ and LRG_"),
            ("LRG_1t1:c.3C>T", "NG_ and LRG_"),
            ("NC_000001.11:c.3C>T", "along a transcript"),
            ("NC_000001.11:m.3A>G", "mitochondrial"),
            ("NC_000001.11:g.248956423A>G", "248956422 bases"),
        ] {
            let error = NameQuery::hgvs(text, None).unwrap_err().to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
        let other = NameQuery::hgvs("NC_000001.10(NM_1.2):c.3C>T", Some(Assembly::GRCH38));
        assert!(other.unwrap_err().to_string().contains("belongs to GRCh37"));
    }

    #[test]
    fn what_stands_around_a_change_is_left_aside() {
        for (text, expected, assembly) in [
            ("NM_1.2:c.50+5C>T(p.Val600Glu)", "NM_1.2:c.50+5C>T", None),
            ("NM_1.2(BRAF):c.50C>T (p.(Val600Glu))", "NM_1.2(BRAF):c.50C>T", None),
            ("NC_000001.11(NM_1.2):c.-5-3C>T", "NC_000001.11(NM_1.2):c.-5-3C>T", Some(Assembly::GRCH38)),
            ("BRAF:c.1799T>A (p.?)", "BRAF:c.1799T>A", None),
        ] {
            let name = NameQuery::hgvs(text, None).unwrap();
            assert_eq!((name.text(), name.assembly()), (expected.to_owned(), assembly), "{text}");
        }
    }
}
