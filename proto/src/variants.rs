//! Which variants are asked for.

use fyr_schemas as s;

use crate::v1::{self, question::Variant};

impl From<&s::Narrowing> for v1::Narrowing {
    fn from(narrowing: &s::Narrowing) -> Self {
        let s::Narrowing {
            variant_type,
            reference_bases,
            alternate_bases,
            minimum_length,
            maximum_length,
            mate,
            parts_of,
            protein_change,
            effect,
        } = narrowing;
        let bases = |pattern: &Option<s::BasePattern>| pattern.as_ref().map(|p| p.as_str().to_owned());
        Self {
            variant_type: variant_type.as_ref().map(|term| term.word().to_owned()),
            reference_bases: bases(reference_bases),
            alternate_bases: bases(alternate_bases),
            minimum_length: *minimum_length,
            maximum_length: *maximum_length,
            mate: mate.as_ref().map(Into::into),
            parts_of: parts_of.as_ref().map(Into::into),
            protein_change: protein_change.as_ref().map(written),
            effect: effect.clone(),
        }
    }
}

impl From<&s::Mate> for v1::Mate {
    fn from(s::Mate { contig, interval }: &s::Mate) -> Self {
        Self {
            reference_name: contig.name().to_owned(),
            start: interval.map(|interval| interval.start().into()),
            end: interval.map(|interval| interval.end().into()),
        }
    }
}

impl From<&s::Substitution> for v1::Substitution {
    fn from(whole: &s::Substitution) -> Self {
        let s::Substitution { start, reference_bases, alternate_bases } = whole;
        Self {
            start: *start,
            reference_bases: reference_bases.clone(),
            alternate_bases: alternate_bases.clone(),
        }
    }
}

fn written(s::ProteinChange { of, change }: &s::ProteinChange) -> String {
    match of {
        Some(of) => format!("{of}:p.{change}"),
        None => change.clone(),
    }
}

/// Reads what narrows a place; contigs are those of the assembly, or of any where the question has none.
fn narrowing(
    told: Option<v1::Narrowing>,
    assembly: Option<s::Assembly>,
) -> Result<s::Narrowing, s::InvalidQuery> {
    let v1::Narrowing {
        variant_type,
        reference_bases,
        alternate_bases,
        minimum_length,
        maximum_length,
        mate,
        parts_of,
        protein_change,
        effect,
    } = told.unwrap_or_default();
    let bases = |bases: Option<String>| bases.map(|bases| s::BasePattern::parse(&bases)).transpose();
    if let Some(effect) = effect.as_deref().filter(|effect| !s::is_consequence(effect)) {
        let reason = format!("`{effect}` is no consequence of the Sequence Ontology");
        return Err(s::InvalidQuery::Parameter { name: "effect", reason });
    }
    Ok(s::Narrowing {
        variant_type: variant_type.as_deref().map(str::parse).transpose()?,
        reference_bases: bases(reference_bases)?,
        alternate_bases: bases(alternate_bases)?,
        minimum_length,
        maximum_length,
        mate: mate.map(|mate| read_mate(mate, assembly)).transpose()?,
        parts_of: parts_of.map(substitution).transpose()?,
        protein_change: protein_change.as_deref().map(s::ProteinChange::parse).transpose()?,
        effect,
    })
}

fn read_mate(mate: v1::Mate, assembly: Option<s::Assembly>) -> Result<s::Mate, s::InvalidQuery> {
    let v1::Mate { reference_name, start, end } = mate;
    let interval = match (start, end) {
        (Some(start), Some(end)) => Some(interval("mate", start, end)?),
        (None, None) => None,
        (Some(_), None) => return Err(s::InvalidQuery::Missing("mate.end")),
        (None, Some(_)) => return Err(s::InvalidQuery::Missing("mate.start")),
    };
    Ok(s::Mate { contig: contig(&reference_name, assembly)?, interval })
}

fn contig(name: &str, assembly: Option<s::Assembly>) -> Result<s::Contig, s::InvalidContig> {
    assembly.map_or_else(|| s::Contig::of_any(name), |assembly| s::Contig::asked(name, assembly))
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

impl From<&s::AlleleQuery> for v1::Allele {
    fn from(query: &s::AlleleQuery) -> Self {
        Self {
            assembly_id: query.assembly().name().to_owned(),
            reference_name: query.contig().name().to_owned(),
            start: query.start().into(),
            reference_bases: query.reference_bases().to_owned(),
            alternate_bases: query.alternate_bases().to_owned(),
        }
    }
}

impl TryFrom<v1::Allele> for s::AlleleQuery {
    type Error = s::InvalidQuery;

    fn try_from(allele: v1::Allele) -> Result<Self, Self::Error> {
        let v1::Allele { assembly_id, reference_name, start, reference_bases, alternate_bases } = allele;
        let assembly = assembly_id.parse()?;
        let contig = s::Contig::asked(&reference_name, assembly)?;
        Self::new(assembly, contig, start, &reference_bases, &alternate_bases)
    }
}

impl From<&s::RangeQuery> for v1::Range {
    fn from(range: &s::RangeQuery) -> Self {
        let s::RangeQuery { assembly, contig, interval, reciprocal_overlap, narrowing } = range;
        Self {
            assembly_id: assembly.name().to_owned(),
            reference_name: contig.name().to_owned(),
            start: interval.start().into(),
            end: interval.end().into(),
            narrowing: Some(narrowing.into()),
            reciprocal_overlap: reciprocal_overlap.map(Into::into),
        }
    }
}

impl TryFrom<v1::Range> for s::RangeQuery {
    type Error = s::InvalidQuery;

    fn try_from(range: v1::Range) -> Result<Self, Self::Error> {
        let v1::Range { assembly_id, reference_name, start, end, narrowing: narrow, reciprocal_overlap } =
            range;
        let assembly = assembly_id.parse()?;
        Ok(Self {
            assembly,
            contig: s::Contig::asked(&reference_name, assembly)?,
            interval: interval("end", start, end)?,
            reciprocal_overlap: reciprocal_overlap.map(percent).transpose()?,
            narrowing: narrowing(narrow, Some(assembly))?,
        })
    }
}

fn percent(percent: u32) -> Result<u8, s::InvalidQuery> {
    match u8::try_from(percent) {
        Ok(percent @ 1..=100) => Ok(percent),
        _ => {
            let reason = format!("{percent} is no share in percent: use 1 to 100");
            Err(s::InvalidQuery::Parameter { name: "reciprocal_overlap", reason })
        }
    }
}

impl From<&s::BracketQuery> for v1::Bracket {
    fn from(bracket: &s::BracketQuery) -> Self {
        let s::BracketQuery { assembly, contig, start, end, narrowing } = bracket;
        Self {
            assembly_id: assembly.name().to_owned(),
            reference_name: contig.name().to_owned(),
            start_from: start.start().into(),
            start_to: start.end().into(),
            end_from: end.start().into(),
            end_to: end.end().into(),
            narrowing: Some(narrowing.into()),
        }
    }
}

impl TryFrom<v1::Bracket> for s::BracketQuery {
    type Error = s::InvalidQuery;

    fn try_from(bracket: v1::Bracket) -> Result<Self, Self::Error> {
        let v1::Bracket {
            assembly_id,
            reference_name,
            start_from,
            start_to,
            end_from,
            end_to,
            narrowing: narrow,
        } = bracket;
        let assembly = assembly_id.parse()?;
        Ok(Self {
            assembly,
            contig: s::Contig::asked(&reference_name, assembly)?,
            start: interval("start_to", start_from, start_to)?,
            end: interval("end_to", end_from, end_to)?,
            narrowing: narrowing(narrow, Some(assembly))?,
        })
    }
}

impl From<&s::GeneQuery> for v1::Gene {
    fn from(query: &s::GeneQuery) -> Self {
        let gene = query.gene().unwrap_or_default().to_owned();
        Self { gene, narrowing: Some((&query.narrowing).into()) }
    }
}

impl TryFrom<v1::Gene> for s::GeneQuery {
    type Error = s::InvalidQuery;

    fn try_from(v1::Gene { gene, narrowing: narrow }: v1::Gene) -> Result<Self, Self::Error> {
        let name = Some(gene.as_str()).filter(|name| !name.is_empty());
        Self::new(name, narrowing(narrow, None)?)
    }
}

impl From<&s::NameQuery> for v1::Name {
    fn from(query: &s::NameQuery) -> Self {
        let assembly_id = query.assembly().map(|assembly| assembly.name().to_owned());
        Self { text: query.text(), assembly_id }
    }
}

impl TryFrom<v1::Name> for s::NameQuery {
    type Error = s::InvalidQuery;

    fn try_from(v1::Name { text, assembly_id }: v1::Name) -> Result<Self, Self::Error> {
        let assembly = assembly_id.as_deref().map(str::parse).transpose()?;
        Self::parse(&text, assembly)
    }
}

impl From<&s::VariantQuery> for Variant {
    fn from(query: &s::VariantQuery) -> Self {
        match query {
            s::VariantQuery::Allele(allele) => Self::Allele(allele.into()),
            s::VariantQuery::Range(range) => Self::Range(range.into()),
            s::VariantQuery::Bracket(bracket) => Self::Bracket(bracket.into()),
            s::VariantQuery::Gene(gene) => Self::Gene(gene.into()),
            s::VariantQuery::Name(name) => Self::Name(name.into()),
        }
    }
}

impl TryFrom<Variant> for s::VariantQuery {
    type Error = s::InvalidQuery;

    fn try_from(variant: Variant) -> Result<Self, Self::Error> {
        Ok(match variant {
            Variant::Allele(allele) => Self::Allele(allele.try_into()?),
            Variant::Range(range) => Self::Range(range.try_into()?),
            Variant::Bracket(bracket) => Self::Bracket(bracket.try_into()?),
            Variant::Gene(gene) => Self::Gene(gene.try_into()?),
            Variant::Name(name) => Self::Name(name.try_into()?),
        })
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
            parse("rs113488022"),
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
