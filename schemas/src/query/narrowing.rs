//! What narrows a question about a place: kinds, bases, lengths, mates, effects.

use std::{fmt, str::FromStr};

use crate::{
    Contig, Interbase, InvalidQuery, Variant, VariantType,
    bases::{includes, is_iupac},
    breakend, is_sequence,
};

/// What a variant at an asked place must be like. An empty one takes every variant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Narrowing {
    /// The kind of variant.
    pub variant_type: Option<TypeTerm>,
    /// The reference bases, in normal form.
    pub reference_bases: Option<BasePattern>,
    /// The alternate bases in normal form, or a symbolic allele or breakend as it is written.
    pub alternate_bases: Option<BasePattern>,
    /// At least this long.
    pub minimum_length: Option<u64>,
    /// At most this long.
    pub maximum_length: Option<u64>,
    /// The other end of a breakend.
    pub mate: Option<Mate>,
    /// The substitution that the variant must be a part of, or be made of.
    pub parts_of: Option<Substitution>,
    /// The change of a protein.
    pub protein_change: Option<ProteinChange>,
    /// A consequence, as a term or id of the Sequence Ontology.
    pub effect: Option<String>,
}

impl Narrowing {
    /// Returns whether a variant is as asked, apart from what an annotation tells.
    pub fn matches(&self, variant: &Variant) -> bool {
        let bases =
            |wanted: &Option<BasePattern>, have: &str| wanted.as_ref().is_none_or(|w| w.matches(have));
        self.variant_type.as_ref().is_none_or(|term| term.matches(variant))
            && bases(&self.reference_bases, &variant.reference_bases)
            && bases(&self.alternate_bases, &variant.alternate_bases)
            && self.minimum_length.is_none_or(|n| variant.length() >= n)
            && self.maximum_length.is_none_or(|n| variant.length() <= n)
            && self.mate.as_ref().is_none_or(|mate| mate.is_mate_of(variant))
            && self.parts_of.as_ref().is_none_or(|whole| whole.shares_parts_with(variant))
    }

    /// Returns whether an annotation has to be looked at.
    pub fn needs_annotation(&self) -> bool {
        self.protein_change.is_some() || self.effect.is_some()
    }
}

/// Bases with the wildcards of IUPAC, or an allele that is no sequence and matches itself only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BasePattern(String);

impl BasePattern {
    /// Reads a pattern in any letter case; `U` is `T`.
    ///
    /// # Errors
    ///
    /// What is neither a sequence of IUPAC codes, nor a symbolic allele, nor a breakend.
    pub fn parse(text: &str) -> Result<Self, InvalidQuery> {
        if is_iupac(text) {
            return Ok(Self(text.to_ascii_uppercase().replace('U', "T")));
        }
        crate::Alternate::parse(text)?;
        Ok(Self(breakend::canonical_breakend(text, Contig::of_any)?))
    }

    /// Returns whether it names one sequence only.
    pub fn is_exact(&self) -> bool {
        !is_iupac(&self.0) || self.0.bytes().all(|code| b"ACGT".contains(&code))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether an allele is among those that are meant.
    pub fn matches(&self, allele: &str) -> bool {
        if self.0 == allele {
            return true;
        }
        let pairs = || self.0.bytes().zip(allele.bytes());
        is_iupac(&self.0) && self.0.len() == allele.len() && pairs().all(|(code, base)| includes(code, base))
    }
}

/// A kind of variant as clients name it, with all kinds that it includes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeTerm(Kinds);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kinds {
    One(VariantType),
    /// `INDEL`.
    Indel,
    /// Any statement on the number of copies.
    CopyNumber,
    /// More copies than expected.
    Gain,
    /// Fewer copies than expected.
    Loss,
    /// No copy left.
    CompleteLoss,
}

impl TypeTerm {
    /// Returns the term for one kind.
    pub fn of(variant_type: VariantType) -> Self {
        match variant_type {
            VariantType::Cnv => Self(Kinds::CopyNumber),
            other => Self(Kinds::One(other)),
        }
    }

    /// Returns whether a variant is of the kind. `<CN0>` and `<CN1>` are losses and deletions, `<CN3>` and more are gains
    /// and duplications.
    pub fn matches(&self, variant: &Variant) -> bool {
        let kind = variant.variant_type;
        let symbolic = !is_sequence(&variant.alternate_bases);
        match self.0 {
            Kinds::One(VariantType::Dup) | Kinds::Gain => {
                kind == VariantType::Dup || copies(variant).is_some_and(|n| n > 2)
            }
            Kinds::One(VariantType::Del) | Kinds::Loss => {
                kind == VariantType::Del || copies(variant).is_some_and(|n| n < 2)
            }
            Kinds::One(one) => kind == one,
            Kinds::Indel => {
                let indel = matches!(kind, VariantType::Ins | VariantType::Del | VariantType::Delins);
                indel && !symbolic
            }
            Kinds::CopyNumber => {
                kind == VariantType::Cnv || symbolic && matches!(kind, VariantType::Del | VariantType::Dup)
            }
            Kinds::CompleteLoss => copies(variant) == Some(0),
        }
    }

    /// Returns a word that is read back as the same term.
    pub fn word(&self) -> &'static str {
        match &self.0 {
            Kinds::One(one) => one.name(),
            Kinds::Indel => "INDEL",
            Kinds::CopyNumber => "CNV",
            Kinds::Gain => "EFO:0030070",
            Kinds::Loss => "EFO:0030067",
            Kinds::CompleteLoss => "EFO:0030069",
        }
    }

    /// Returns the kinds of which a variant may be that it means; some of them it does not mean.
    pub fn kinds(&self) -> &'static [VariantType] {
        use VariantType::{Bnd, Cnv, Complex, Del, Delins, Dup, Ins, Inv, Mnp, Snp};
        match self.0 {
            Kinds::One(Dup) | Kinds::Gain => &[Dup, Cnv],
            Kinds::One(Del) | Kinds::Loss => &[Del, Cnv],
            Kinds::One(Snp) => &[Snp],
            Kinds::One(Mnp) => &[Mnp],
            Kinds::One(Ins) => &[Ins],
            Kinds::One(Delins) => &[Delins],
            Kinds::One(Inv) => &[Inv],
            Kinds::One(Bnd) => &[Bnd],
            Kinds::One(Complex) => &[Complex],
            Kinds::Indel => &[Ins, Del, Delins],
            Kinds::CopyNumber | Kinds::One(Cnv) => &[Cnv, Del, Dup],
            Kinds::CompleteLoss => &[Cnv, Del],
        }
    }
}

/// Reads the number of copies of `<CN0>`.
fn copies(variant: &Variant) -> Option<u32> {
    variant.alternate_bases.strip_prefix("<CN")?.strip_suffix('>')?.parse().ok()
}

impl FromStr for TypeTerm {
    type Err = InvalidQuery;

    /// Reads a word or a term of SO or EFO.
    fn from_str(text: &str) -> Result<Self, InvalidQuery> {
        let kinds = match text.trim().to_ascii_uppercase().as_str() {
            "INDEL" | "SO:1000032+" => Kinds::Indel,
            "EFO:0030063" | "EFO:0030066" => Kinds::CopyNumber,
            "GAIN" | "EFO:0030070" | "SO:0001742" => Kinds::Gain,
            "LOSS" | "EFO:0030067" | "SO:0001743" => Kinds::Loss,
            "EFO:0030069" => Kinds::CompleteLoss,
            level @ ("EFO:0030068" | "EFO:0020073" | "EFO:0030071" | "EFO:0030072" | "EFO:0030073") => {
                let reason = format!(
                    "`{level}` tells levels of gain or loss apart, which variant files do not state: use \
                     EFO:0030070 (gain) or EFO:0030067 (loss)"
                );
                return Err(InvalidQuery::Parameter { name: "variantType", reason });
            }
            other => return Ok(Self::of(other.parse().map_err(|_| crate::UnknownVariantType(text.into()))?)),
        };
        Ok(Self(kinds))
    }
}

impl fmt::Display for TypeTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where the other end of a breakend must lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mate {
    /// Its sequence.
    pub contig: Contig,
    /// Its place; anywhere on the sequence where it is left out.
    pub interval: Option<Interbase>,
}

impl Mate {
    /// Returns whether a variant is a breakend whose mate lies here.
    pub fn is_mate_of(&self, variant: &Variant) -> bool {
        let Some(end) = breakend::mate(&variant.alternate_bases) else { return false };
        let lies = |interval: Interbase| (interval.start()..interval.end()).contains(&end.start);
        end.contig == self.contig && self.interval.is_none_or(lies)
    }
}

/// Bases replaced by as many others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Substitution {
    /// Interbase start.
    pub start: u32,
    /// Upper-case reference bases.
    pub reference_bases: String,
    /// As many upper-case alternate bases.
    pub alternate_bases: String,
}

impl Substitution {
    /// Returns whether a variant is a part of this substitution, or this a part of the variant.
    pub fn shares_parts_with(&self, variant: &Variant) -> bool {
        let other = Self {
            start: variant.interval.start(),
            reference_bases: variant.reference_bases.clone(),
            alternate_bases: variant.alternate_bases.clone(),
        };
        let substitutes = matches!(variant.variant_type, VariantType::Snp | VariantType::Mnp);
        substitutes && (other.is_part_of(self) || self.is_part_of(&other))
    }

    /// Returns whether each base that this changes is changed in the same way by another substitution.
    fn is_part_of(&self, whole: &Self) -> bool {
        let mut mine = self.changes();
        mine.all(|change| whole.changes().any(|other| other == change))
    }

    fn changes(&self) -> impl Iterator<Item = (usize, u8, u8)> {
        let pairs = self.reference_bases.bytes().zip(self.alternate_bases.bytes());
        let placed = pairs.enumerate().map(|(at, (r, a))| (self.start as usize + at, r, a));
        placed.filter(|(_, r, a)| r != a)
    }
}

/// The change of one or more residues of a protein, in one-letter code without the parentheses of a
/// prediction: `V600E`, `R1443*`, `G12_G13del`, `K23fs`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProteinChange {
    /// Gene symbol, transcript or protein accession that the change is of; any where it is left out.
    pub of: Option<String>,
    /// The change.
    pub change: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alternate, Assembly};

    fn variant(start: u64, r: &str, a: &str) -> Variant {
        Variant {
            contig: Contig::resolve("1", Assembly::GRCH38).unwrap(),
            interval: Interbase::new(start, start + r.len() as u64).unwrap(),
            reference_bases: r.into(),
            alternate_bases: a.into(),
            variant_type: Alternate::parse(a).unwrap().variant_type(r),
            sv_length: None,
        }
    }

    #[test]
    fn wildcards_stand_for_their_bases() {
        for (pattern, allele, expected) in [
            ("N", "A", true),
            ("n", "T", true),
            ("R", "G", true),
            ("R", "C", false),
            ("ANY", "AGC", true),
            ("ANY", "AGA", false),
            ("AN", "A", false),
            ("U", "T", true),
            ("<DEL>", "<DEL>", true),
            ("g[chr17:5[", "G[17:5[", true),
            ("G[17:5[", "G[17:6[", false),
            ("<DEL>", "<DUP>", false),
            ("N", "<DEL>", false),
        ] {
            assert_eq!(BasePattern::parse(pattern).unwrap().matches(allele), expected, "{pattern} {allele}");
        }
        for text in ["", "A-", "X", "5", "A C", "<>"] {
            assert!(BasePattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn copy_number_terms_include_narrower_ones() {
        let matches =
            |term: &str, alt: &str| term.parse::<TypeTerm>().unwrap().matches(&variant(9, "A", alt));
        for (term, yes, no) in [
            ("CNV", &["<CN0>", "<CNV>", "<DEL>", "<DUP>"][..], &["<INS>", "C"][..]),
            ("EFO:0030070", &["<DUP>", "<CN4>"], &["<CN1>", "<DEL>", "<CNV>"]),
            ("EFO:0030067", &["<DEL>", "<CN0>", "<CN1>"], &["<CN2>", "<CN3>", "<DUP>"]),
            ("EFO:0030069", &["<CN0>"], &["<CN1>", "<DEL>"]),
            ("DUP", &["<DUP>", "<CN3>", "<CN12>", "<DUP:TANDEM>"], &["<CN0>", "<CN2>", "<CNV>", "<DEL>"]),
            ("DEL", &["<DEL>", "<CN0>", "<CN1>", "<DEL:ME:ALU>"], &["<CN2>", "<CN3>", "<CNV>", "<DUP>"]),
            ("INV", &["<INV>"], &["<CN0>", "<CN3>"]),
            ("INDEL", &["AT"], &["C", "<DEL>", "<INS>"]),
        ] {
            assert!(yes.iter().all(|alt| matches(term, alt)), "{term}");
            assert!(!no.iter().any(|alt| matches(term, alt)), "{term}");
            let term: TypeTerm = term.parse().unwrap();
            assert_eq!(term.to_string().parse::<TypeTerm>().unwrap(), term);
        }
        assert!("EFO:0030072".parse::<TypeTerm>().is_err());
        assert!("FUSION".parse::<TypeTerm>().is_err());
    }

    #[test]
    fn no_kind_is_passed_over_that_a_term_means() {
        let words = [
            "SNP",
            "MNP",
            "INS",
            "DEL",
            "DELINS",
            "DUP",
            "INV",
            "CNV",
            "BND",
            "INDEL",
            "EFO:0030070",
            "EFO:0030067",
            "EFO:0030069",
        ];
        let alleles = [
            "G", "AT", "<CN0>", "<CN1>", "<CN2>", "<CN3>", "<CNV>", "<DEL>", "<DUP>", "<INS>", "<INV>",
            "<TRA>", "<X1>", "A[2:5[",
        ];
        for word in words {
            let term: TypeTerm = word.parse().unwrap();
            let variants = alleles.map(|alternate| variant(9, "A", alternate));
            for variant in variants.iter().chain([&variant(9, "AC", "A"), &variant(9, "AC", "GT")]) {
                let kind = variant.variant_type;
                assert!(!term.matches(variant) || term.kinds().contains(&kind), "{word} {variant:?}");
            }
        }
    }

    #[test]
    fn parts_of_substitutions_are_found_both_ways() {
        let asked = |start, r: &str, a: &str| Substitution {
            start,
            reference_bases: r.into(),
            alternate_bases: a.into(),
        };
        assert!(asked(10, "AC", "GT").shares_parts_with(&variant(10, "A", "G")));
        assert!(asked(11, "C", "T").shares_parts_with(&variant(10, "AC", "GT")));
        assert!(!asked(11, "C", "T").shares_parts_with(&variant(10, "AC", "GA")));
        assert!(!asked(10, "AC", "GT").shares_parts_with(&variant(11, "CT", "TA")));
        assert!(!asked(10, "A", "G").shares_parts_with(&variant(10, "A", "AG")));
    }

    #[test]
    fn mates_are_matched_by_place() {
        let contig = |name| Contig::resolve(name, Assembly::GRCH38).unwrap();
        let breakend = variant(9, "G", "G]chr17:198982]");
        let mate = |name, interval: Option<(u64, u64)>| Mate {
            contig: contig(name),
            interval: interval.map(|(start, end)| Interbase::new(start, end).unwrap()),
        };
        assert!(mate("17", None).is_mate_of(&breakend));
        assert!(mate("17", Some((198_981, 198_982))).is_mate_of(&breakend));
        assert!(!mate("17", Some((198_982, 198_983))).is_mate_of(&breakend));
        assert!(!mate("1", None).is_mate_of(&breakend));
        assert!(!mate("17", None).is_mate_of(&variant(9, "G", "<DEL>")));
    }
}
