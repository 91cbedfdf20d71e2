//! Questions about variants of every kind, and what an annotation says of the answers.

use fyr_schemas as s;

use crate::v1::{self, query_entries_request::Variant};

impl From<&s::Narrowing> for v1::Narrowing {
    fn from(narrowing: &s::Narrowing) -> Self {
        let bases = |pattern: &Option<s::BasePattern>| pattern.as_ref().map(|p| p.as_str().to_owned());
        Self {
            variant_type: narrowing.variant_type.as_ref().map(ToString::to_string),
            reference_bases: bases(&narrowing.reference_bases),
            alternate_bases: bases(&narrowing.alternate_bases),
            minimum_length: narrowing.minimum_length,
            maximum_length: narrowing.maximum_length,
            mate: narrowing.mate.as_ref().map(|mate| v1::Mate {
                reference_name: mate.contig.name().to_owned(),
                start: mate.interval.map(|interval| interval.start().into()),
                end: mate.interval.map(|interval| interval.end().into()),
            }),
            parts_of: narrowing.parts_of.as_ref().map(|whole| v1::Substitution {
                start: whole.start,
                reference_bases: whole.reference_bases.clone(),
                alternate_bases: whole.alternate_bases.clone(),
            }),
            protein_change: narrowing.protein_change.as_ref().map(|change| match &change.of {
                Some(of) => format!("{of}:p.{}", change.change),
                None => change.change.clone(),
            }),
            effect: narrowing.effect.clone(),
        }
    }
}

/// Reads what narrows a place; contigs are those of the assembly.
fn narrowing(
    narrowing: Option<v1::Narrowing>,
    assembly: s::Assembly,
) -> Result<s::Narrowing, s::InvalidQuery> {
    let narrowing = narrowing.unwrap_or_default();
    let bases = |bases: Option<String>| bases.map(|bases| s::BasePattern::parse(&bases)).transpose();
    let effect = narrowing.effect;
    if let Some(effect) = effect.as_deref().filter(|effect| !s::is_consequence(effect)) {
        let reason = format!("`{effect}` is no consequence of the Sequence Ontology");
        return Err(s::InvalidQuery::Parameter { name: "effect", reason });
    }
    Ok(s::Narrowing {
        variant_type: narrowing.variant_type.as_deref().map(str::parse).transpose()?,
        reference_bases: bases(narrowing.reference_bases)?,
        alternate_bases: bases(narrowing.alternate_bases)?,
        minimum_length: narrowing.minimum_length,
        maximum_length: narrowing.maximum_length,
        mate: narrowing.mate.map(|mate| read_mate(&mate, assembly)).transpose()?,
        parts_of: narrowing.parts_of.map(substitution).transpose()?,
        protein_change: narrowing.protein_change.as_deref().map(s::ProteinChange::parse).transpose()?,
        effect,
    })
}

fn read_mate(mate: &v1::Mate, assembly: s::Assembly) -> Result<s::Mate, s::InvalidQuery> {
    let interval = match (mate.start, mate.end) {
        (Some(start), Some(end)) => Some(interval("mate", start, end)?),
        _ => None,
    };
    Ok(s::Mate { contig: s::Contig::asked(&mate.reference_name, assembly)?, interval })
}

fn substitution(whole: v1::Substitution) -> Result<s::Substitution, s::InvalidQuery> {
    let (r, a) = (whole.reference_bases, whole.alternate_bases);
    if r.len() != a.len() || !s::is_sequence(&r) || !s::is_sequence(&a) {
        let reason = "is no substitution: both alleles must be sequences of one length".to_owned();
        return Err(s::InvalidQuery::Parameter { name: "parts_of", reason });
    }
    s::Interbase::new(whole.start.into(), u64::from(whole.start) + r.len() as u64)?;
    Ok(s::Substitution {
        start: whole.start,
        reference_bases: r.to_ascii_uppercase(),
        alternate_bases: a.to_ascii_uppercase(),
    })
}

fn interval(name: &'static str, start: u64, end: u64) -> Result<s::Interbase, s::InvalidQuery> {
    let interval = s::Interbase::new(start, end)?;
    if interval.is_empty() {
        let reason = "holds no base: its end must be larger than its start".to_owned();
        return Err(s::InvalidQuery::Parameter { name, reason });
    }
    Ok(interval)
}

impl From<&s::RangeQuery> for v1::Range {
    fn from(range: &s::RangeQuery) -> Self {
        Self {
            assembly_id: range.assembly.name().to_owned(),
            reference_name: range.contig.name().to_owned(),
            start: range.interval.start().into(),
            end: range.interval.end().into(),
            narrowing: Some((&range.narrowing).into()),
            reciprocal_overlap: range.reciprocal_overlap.map(Into::into),
        }
    }
}

impl TryFrom<v1::Range> for s::RangeQuery {
    type Error = s::InvalidQuery;

    fn try_from(range: v1::Range) -> Result<Self, Self::Error> {
        let assembly = range.assembly_id.parse()?;
        let percent = range.reciprocal_overlap.map(|percent| match u8::try_from(percent) {
            Ok(percent @ 1..=100) => Ok(percent),
            _ => {
                let reason = format!("{percent} is no share in percent: use 1 to 100");
                Err(s::InvalidQuery::Parameter { name: "reciprocal_overlap", reason })
            }
        });
        Ok(Self {
            assembly,
            contig: s::Contig::asked(&range.reference_name, assembly)?,
            interval: interval("end", range.start, range.end)?,
            reciprocal_overlap: percent.transpose()?,
            narrowing: narrowing(range.narrowing, assembly)?,
        })
    }
}

impl From<&s::VariantQuery> for Variant {
    fn from(query: &s::VariantQuery) -> Self {
        match query {
            s::VariantQuery::Allele(allele) => Self::Allele(allele.into()),
            s::VariantQuery::Range(range) => Self::Range(range.into()),
            s::VariantQuery::Bracket(bracket) => Self::Bracket(v1::Bracket {
                assembly_id: bracket.assembly.name().to_owned(),
                reference_name: bracket.contig.name().to_owned(),
                start_from: bracket.start.start().into(),
                start_to: bracket.start.end().into(),
                end_from: bracket.end.start().into(),
                end_to: bracket.end.end().into(),
                narrowing: Some((&bracket.narrowing).into()),
            }),
            s::VariantQuery::Gene(gene) => Self::Gene(v1::Gene {
                gene: gene.gene().unwrap_or_default().to_owned(),
                narrowing: Some((&gene.narrowing).into()),
            }),
            s::VariantQuery::Name(name) => Self::Name(v1::Name {
                text: name.text(),
                assembly_id: name.assembly().map(|assembly| assembly.name().to_owned()),
            }),
        }
    }
}

impl TryFrom<Variant> for s::VariantQuery {
    type Error = s::InvalidQuery;

    fn try_from(variant: Variant) -> Result<Self, Self::Error> {
        Ok(match variant {
            Variant::Allele(allele) => Self::Allele(allele.try_into()?),
            Variant::Range(range) => Self::Range(range.try_into()?),
            Variant::Bracket(bracket) => {
                let assembly = bracket.assembly_id.parse()?;
                Self::Bracket(s::BracketQuery {
                    assembly,
                    contig: s::Contig::asked(&bracket.reference_name, assembly)?,
                    start: interval("start_to", bracket.start_from, bracket.start_to)?,
                    end: interval("end_to", bracket.end_from, bracket.end_to)?,
                    narrowing: narrowing(bracket.narrowing, assembly)?,
                })
            }
            Variant::Gene(gene) => {
                let name = Some(gene.gene.as_str()).filter(|name| !name.is_empty());
                // A gene has no place, so nothing that narrows it can name one.
                let narrowing = narrowing(gene.narrowing, s::Assembly::GRCH38)?;
                Self::Gene(s::GeneQuery::new(name, narrowing)?)
            }
            Variant::Name(name) => {
                let assembly = name.assembly_id.as_deref().map(str::parse).transpose()?;
                Self::Name(match name.text.starts_with("ga4gh:") {
                    true => s::NameQuery::vrs(&name.text, assembly)?,
                    false => s::NameQuery::hgvs(&name.text, assembly)?,
                })
            }
        })
    }
}

impl From<s::Effect> for v1::Effect {
    fn from(effect: s::Effect) -> Self {
        Self {
            gene: effect.gene,
            transcript: effect.transcript,
            consequences: effect.consequences,
            coding_change: effect.coding_change,
            protein: effect.protein,
            protein_change: effect.protein_change,
        }
    }
}

impl From<v1::Effect> for s::Effect {
    fn from(effect: v1::Effect) -> Self {
        Self {
            gene: effect.gene,
            transcript: effect.transcript,
            consequences: effect.consequences,
            coding_change: effect.coding_change,
            protein: effect.protein,
            protein_change: effect.protein_change,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_question_survives_the_wire() {
        let contig = |name| s::Contig::resolve(name, s::Assembly::GRCH37).unwrap();
        let at = |start, end| s::Interbase::new(start, end).unwrap();
        let narrowing = s::Narrowing {
            variant_type: Some("EFO:0030070".parse().unwrap()),
            reference_bases: Some(s::BasePattern::parse("RN").unwrap()),
            alternate_bases: Some(s::BasePattern::parse("<DUP>").unwrap()),
            minimum_length: Some(3),
            maximum_length: Some(9),
            mate: Some(s::Mate { contig: contig("17"), interval: Some(at(5, 9)) }),
            parts_of: Some(s::Substitution {
                start: 7,
                reference_bases: "AC".into(),
                alternate_bases: "GT".into(),
            }),
            protein_change: Some(s::ProteinChange::parse("BRAF:p.V600E").unwrap()),
            effect: Some("SO:0001583".into()),
        };
        let parse = |text| s::VariantQuery::parse(text, Some(s::Assembly::GRCH37)).unwrap();
        let mut range = s::RangeQuery::of(s::Assembly::GRCH37, contig("X"), at(10, 20));
        range.reciprocal_overlap = Some(80);
        range.narrowing = narrowing.clone();
        let bracket = s::BracketQuery {
            assembly: s::Assembly::GRCH37,
            contig: contig("X"),
            start: at(1, 5),
            end: at(7, 9),
            narrowing: narrowing.clone(),
        };
        for query in [
            parse("7-100-A-G"),
            parse("NM_004333.6:c.1799T>A"),
            parse("chr7:g.100_102del"),
            parse("ga4gh:VA.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT"),
            s::VariantQuery::Range(range),
            s::VariantQuery::Bracket(bracket),
            s::VariantQuery::Gene(s::GeneQuery::new(Some("BRAF"), s::Narrowing::default()).unwrap()),
            s::VariantQuery::Gene(s::GeneQuery::new(None, narrowing).unwrap()),
        ] {
            assert_eq!(s::VariantQuery::try_from(Variant::from(&query)), Ok(query));
        }
    }

    #[test]
    fn what_is_no_question_is_refused() {
        let range = |change: fn(&mut v1::Range)| {
            let contig = s::Contig::resolve("1", s::Assembly::GRCH38).unwrap();
            let interval = s::Interbase::new(5, 9).unwrap();
            let mut range = v1::Range::from(&s::RangeQuery::of(s::Assembly::GRCH38, contig, interval));
            change(&mut range);
            s::RangeQuery::try_from(range)
        };
        assert!(range(|_| {}).is_ok());
        assert!(range(|range| range.end = 5).is_err());
        assert!(range(|range| range.assembly_id = "x".into()).is_err());
        assert!(range(|range| range.reciprocal_overlap = Some(101)).is_err());
        let with = |narrowing| v1::Narrowing { ..narrowing };
        let none = v1::Narrowing::default;
        for narrowing in [
            with(v1::Narrowing { variant_type: Some("x".into()), ..none() }),
            with(v1::Narrowing { alternate_bases: Some("x".into()), ..none() }),
            with(v1::Narrowing { protein_change: Some("x".into()), ..none() }),
            with(v1::Narrowing { effect: Some("x".into()), ..none() }),
            with(v1::Narrowing {
                parts_of: Some(v1::Substitution {
                    start: 1,
                    reference_bases: "A".into(),
                    alternate_bases: "AC".into(),
                }),
                ..none()
            }),
        ] {
            let gene = Variant::Gene(v1::Gene { gene: "BRAF".into(), narrowing: Some(narrowing) });
            assert!(s::VariantQuery::try_from(gene).is_err());
        }
    }
}
