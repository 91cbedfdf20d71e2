//! A question in the coordinates of one assembly: what an engine evaluates.

use super::{AlleleQuery, BracketQuery, Narrowing, RangeQuery, VariantQuery};
use crate::{Assembly, Effect, Variant};

/// A stored notation of an allele: interbase start, reference bases, alternate bases.
pub type AlleleForm = (u32, String, String);

/// A question of which everything is known that a reference sequence, a gene table or a chain file tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// One allele.
    Allele {
        /// The allele, in normal form where that is known.
        query: AlleleQuery,
        /// The notations that data may have it in which were never aligned; none where only the normal
        /// form can be there, or nothing more is known.
        forms: Vec<AlleleForm>,
    },
    /// All that overlaps one of several intervals, which do not overlap each other.
    Ranges {
        /// The intervals.
        ranges: Vec<RangeQuery>,
        /// Only what an annotation says is in this gene; asked where effects are.
        gene: Option<String>,
    },
    /// All that starts here and ends there.
    Bracket(BracketQuery),
    /// All of an assembly that an annotation tells something of.
    Everywhere(Assembly, Narrowing),
    /// The allele of a VRS digest; its first eight bytes, big-endian.
    Digest(Assembly, i64),
}

impl Located {
    /// Returns the one sequence that is asked for; none where there may be several, or its place is not known.
    pub fn as_sequence(&self) -> Option<Variant> {
        match self {
            Self::Allele { query, .. } if !query.is_symbolic() => query.as_variant(),
            _ => None,
        }
    }

    /// Takes a question as it stands; none where more must be known to evaluate it.
    pub fn plain(query: &VariantQuery) -> Option<Self> {
        match query {
            VariantQuery::Allele(query) => Some(Self::Allele { query: query.clone(), forms: Vec::new() }),
            VariantQuery::Range(range) => Some(Self::Ranges { ranges: vec![range.clone()], gene: None }),
            VariantQuery::Bracket(bracket) => Some(Self::Bracket(bracket.clone())),
            VariantQuery::Name(_) | VariantQuery::Gene(_) => None,
        }
    }

    /// Returns the assembly of the coordinates; none where nothing is asked for.
    pub fn assembly(&self) -> Option<Assembly> {
        match self {
            Self::Allele { query, .. } => Some(query.assembly()),
            Self::Ranges { ranges, .. } => ranges.first().map(|range| range.assembly),
            Self::Bracket(bracket) => Some(bracket.assembly),
            Self::Everywhere(assembly, _) | Self::Digest(assembly, _) => Some(*assembly),
        }
    }

    /// Returns how many bases a listing may have to go through; none where there is no bound.
    pub fn span(&self) -> Option<u64> {
        match self {
            Self::Allele { .. } | Self::Digest(..) => Some(0),
            Self::Ranges { ranges, .. } => {
                Some(ranges.iter().map(|range| u64::from(range.interval.len())).sum())
            }
            Self::Bracket(bracket) => Some(bracket.start.len().min(bracket.end.len()).into()),
            Self::Everywhere(..) => None,
        }
    }

    /// Returns whether only an annotation can tell what belongs to the answer.
    pub fn needs_annotation(&self) -> bool {
        self.effects().is_some()
    }

    /// Returns what must be true of an annotation; none where no annotation has to be looked at.
    fn effects(&self) -> Option<(&Narrowing, Option<&str>)> {
        let (narrowing, gene) = match self {
            Self::Ranges { ranges, gene } => (&ranges.first()?.narrowing, gene.as_deref()),
            Self::Bracket(bracket) => (&bracket.narrowing, None),
            Self::Everywhere(_, narrowing) => (narrowing, None),
            Self::Allele { .. } | Self::Digest(..) => return None,
        };
        narrowing.needs_annotation().then_some((narrowing, gene))
    }

    /// Returns whether a variant with its annotation belongs to the answer, where only the place of the
    /// variant was looked at before.
    pub fn matches_effects(&self, effects: &[Effect]) -> bool {
        let Some((narrowing, gene)) = self.effects() else { return true };
        effects.iter().any(|effect| narrowing.matches_effect(effect, gene))
    }

    /// Returns whether a variant belongs to the answer, annotations aside.
    pub fn matches(&self, variant: &Variant) -> bool {
        match self {
            Self::Ranges { ranges, .. } => ranges.iter().any(|range| range.matches(variant)),
            Self::Bracket(bracket) => bracket.matches(variant),
            Self::Everywhere(_, narrowing) => narrowing.matches(variant),
            Self::Allele { .. } | Self::Digest(..) => true,
        }
    }
}
