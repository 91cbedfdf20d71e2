//! From the parameters of a request to a question for variants.

use super::{RequestError, RequestParts, value};
use crate::{
    AlleleQuery, Assembly, BasePattern, BracketQuery, Contig, GeneQuery, Interbase, InvalidQuery, Mate,
    Narrowing, ProteinChange, RangeQuery, Substitution, VariantQuery, is_consequence, query::assembly_of,
};

/// Parameters that say where to look.
const PLACE: [&str; 9] = [
    "referenceName",
    "start",
    "end",
    "referenceBases",
    "alternateBases",
    "mateName",
    "adjacencyRange",
    "geneId",
    "reciprocalOverlap",
];
/// Parameters that narrow a place.
const NARROWING: [&str; 5] =
    ["variantType", "variantMinLength", "variantMaxLength", "aminoacidChange", "molecularEffect"];

/// Reads which variants are asked for.
pub(super) fn read(parts: &RequestParts) -> Result<VariantQuery, RequestError> {
    check_profile(parts)?;
    for name in ["variantId", "genomicAlleleShortForm"] {
        if let Some(notation) = text(parts, name)? {
            return named(parts, name, &notation);
        }
    }
    let has_place = ["referenceName", "start", "end"].into_iter().any(|name| parts.get(name).is_some());
    match text(parts, "geneId")? {
        Some(gene) => of_gene(parts, Some(&gene)),
        None if !has_place && NARROWING.iter().any(|name| parts.get(name).is_some()) => of_gene(parts, None),
        None => at_site(parts),
    }
}

/// Reads a text that says something.
fn text(parts: &RequestParts, name: &'static str) -> Result<Option<String>, RequestError> {
    parts.get(name).map(|v| value::text(name, v)).transpose()
}

/// Query types of the variant query scheme: those that are evaluated, by any way of asking.
const PROFILES: [&str; 14] = [
    "BV2alleleRequest",
    "BV2bracketRequest",
    "BV2rangeRequest",
    "geneIdRequest",
    "aminoacidChangeRequest",
    "genomicAlleleShortFormRequest",
    "variantIdRequest",
    "VQSalleleRequest",
    "VQScopyChangeRequest",
    "VQSadjacencyRequest",
    "VQSrangeRequest",
    "VQSgeneIdRequest",
    "VQSgeneMolecularEffectRequest",
    "VQSlocationMolecularEffectRequest",
];

fn check_profile(parts: &RequestParts) -> Result<(), RequestError> {
    match text(parts, "requestProfile")? {
        Some(profile) if !PROFILES.contains(&profile.as_str()) => {
            let reason = format!("`{profile}` is not evaluated here: use one of {}", PROFILES.join(", "));
            Err(RequestError::parameter("requestProfile", reason))
        }
        _ => Ok(()),
    }
}

fn assembly(parts: &RequestParts) -> Result<Option<Assembly>, RequestError> {
    let id = text(parts, "assemblyId")?;
    Ok(id.map(|id| id.parse().map_err(InvalidQuery::from)).transpose()?)
}

/// Reads a name that says it all. What stands beside it could only contradict it.
fn named(parts: &RequestParts, name: &'static str, notation: &str) -> Result<VariantQuery, RequestError> {
    let others = PLACE.iter().chain(&NARROWING).chain(["variantId", "genomicAlleleShortForm"].iter());
    if let Some(other) = others.filter(|other| **other != name).find(|other| parts.get(other).is_some()) {
        let reason = format!("stands beside `{name}`, which says it all: leave one of them out");
        return Err(RequestError::parameter(other, reason));
    }
    let query = VariantQuery::parse(notation, assembly(parts)?);
    Ok(query.map_err(|error| match error {
        InvalidQuery::Parameter { reason, .. } => InvalidQuery::Parameter { name, reason },
        other => other,
    })?)
}

fn of_gene(parts: &RequestParts, gene: Option<&str>) -> Result<VariantQuery, RequestError> {
    let place = ["referenceName", "start", "end", "mateName", "adjacencyRange", "reciprocalOverlap"];
    if let Some(other) = place.into_iter().find(|other| parts.get(other).is_some()) {
        let reason = "stands beside `geneId`, which says where: leave one of them out";
        return Err(RequestError::parameter(other, reason));
    }
    let mut narrowing = narrowing(parts, None)?;
    narrowing.reference_bases = pattern(parts, "referenceBases")?;
    narrowing.alternate_bases = pattern(parts, "alternateBases")?;
    Ok(VariantQuery::Gene(GeneQuery::new(gene, narrowing)?))
}

/// Reads what narrows a place, apart from bases.
fn narrowing(parts: &RequestParts, assembly: Option<Assembly>) -> Result<Narrowing, RequestError> {
    let number = |name: &'static str| parts.get(name).map(|n| value::integer(name, n)).transpose();
    let (mut minimum_length, mut maximum_length) = (number("variantMinLength")?, number("variantMaxLength")?);
    if let Some(length) = parts.get("sequenceLength") {
        (minimum_length, maximum_length) = match value::integers("sequenceLength", length)?.as_slice() {
            [one] => (Some(*one), Some(*one)),
            [from, to] => (Some(*from), Some(*to)),
            _ => return Err(RequestError::parameter("sequenceLength", "takes one or two numbers")),
        };
    }
    if let (Some(from), Some(to)) = (minimum_length, maximum_length)
        && from > to
    {
        return Err(RequestError::parameter("variantMaxLength", "is smaller than `variantMinLength`"));
    }
    let effect = text(parts, "molecularEffect")?;
    if let Some(effect) = effect.as_deref().filter(|effect| !is_consequence(effect)) {
        let reason =
            format!("`{effect}` is no consequence: use a term of SO such as SO:0001583 or missense_variant");
        return Err(RequestError::parameter("molecularEffect", reason));
    }
    let change = text(parts, "aminoacidChange")?;
    Ok(Narrowing {
        variant_type: text(parts, "variantType")?.map(|word| word.parse()).transpose()?,
        minimum_length,
        maximum_length,
        mate: mate(parts, assembly)?,
        protein_change: change.map(|change| ProteinChange::parse(&change)).transpose()?,
        effect,
        ..Narrowing::default()
    })
}

fn mate(parts: &RequestParts, assembly: Option<Assembly>) -> Result<Option<Mate>, RequestError> {
    let (Some(name), Some(assembly)) = (text(parts, "mateName")?, assembly) else {
        return match parts.get("mateName").or(parts.get("adjacencyRange")) {
            Some(_) => Err(RequestError::parameter("mateName", "needs `referenceName`, `start` and `end`")),
            None => Ok(None),
        };
    };
    let contig = Contig::asked(&name, assembly);
    let contig = contig.map_err(|e| RequestError::parameter("mateName", e.to_string()))?;
    let interval = match parts.get("adjacencyRange") {
        None => None,
        Some(range) => match value::integers("adjacencyRange", range)?.as_slice() {
            [from, to] if from < to => Some(Interbase::new(*from, *to).map_err(InvalidQuery::from)?),
            _ => return Err(RequestError::parameter("adjacencyRange", "takes a start and a larger end")),
        },
    };
    Ok(Some(Mate { contig, interval }))
}

fn pattern(parts: &RequestParts, name: &'static str) -> Result<Option<BasePattern>, RequestError> {
    let Some(bases) = text(parts, name)?.filter(|bases| bases != "-") else { return Ok(None) };
    let wrong =
        |_| RequestError::parameter(name, format!("`{bases}` is not an allele: use bases or <SYMBOL>"));
    BasePattern::parse(&bases).map(Some).map_err(wrong)
}

/// Where a question looks.
struct Site {
    assembly: Assembly,
    contig: Contig,
    start: Vec<u64>,
    end: Vec<u64>,
}

impl Site {
    fn read(parts: &RequestParts) -> Result<Self, RequestError> {
        let name = text(parts, "referenceName")?.ok_or(InvalidQuery::Missing("referenceName"))?;
        let assembly = assembly(parts)?.or_else(|| assembly_of(&name));
        let assembly = assembly.ok_or(InvalidQuery::Missing("assemblyId"))?;
        let contig = Contig::asked(&name, assembly).map_err(InvalidQuery::from)?;
        let list = |name: &'static str| {
            let values = parts.get(name).map_or(Ok(Vec::new()), |list| value::integers(name, list))?;
            if values.len() > 2 {
                return Err(RequestError::parameter(name, "takes one or two numbers"));
            }
            for value in &values {
                Interbase::new(*value, *value).map_err(|e| RequestError::parameter(name, e.to_string()))?;
            }
            Ok(values)
        };
        let (start, end) = (list("start")?, list("end")?);
        if start.is_empty() {
            return Err(InvalidQuery::Missing("start").into());
        }
        Ok(Self { assembly, contig, start, end })
    }
}

fn at_site(parts: &RequestParts) -> Result<VariantQuery, RequestError> {
    let site = Site::read(parts)?;
    let mut narrowing = narrowing(parts, Some(site.assembly))?;
    if site.start.len() == 2 || site.end.len() == 2 {
        narrowing.reference_bases = pattern(parts, "referenceBases")?;
        narrowing.alternate_bases = pattern(parts, "alternateBases")?;
        return bracket(parts, site, narrowing);
    }
    let (Some(&start), end) = (site.start.first(), site.end.first().copied()) else {
        return Err(InvalidQuery::Missing("start").into());
    };
    let bases = |name: &'static str| parts.get_even_empty(name).map(|v| value::text(name, v)).transpose();
    let (reference, alternate) = (bases("referenceBases")?, bases("alternateBases")?);
    if let (Some(reference), Some(alternate)) = (&reference, &alternate)
        && !(reference.is_empty() && alternate.is_empty())
        && end.is_none_or(|end| start.checked_add(reference.len() as u64) == Some(end))
    {
        let blank = |bases: &str| if bases == "-" { String::new() } else { bases.to_owned() };
        let (reference, alternate) = (blank(reference), blank(alternate));
        let query = VariantQuery::sequence(site.assembly, site.contig, start, &reference, &alternate)?;
        return narrowed(parts, query, narrowing);
    }
    narrowing.reference_bases = pattern(parts, "referenceBases")?;
    narrowing.alternate_bases = pattern(parts, "alternateBases")?;
    match end {
        Some(end) => range(parts, site, (start, end), narrowing),
        None if narrowing.mate.is_some() => range(parts, site, (start, start + 1), narrowing),
        None if narrowing.alternate_bases.is_some() => {
            let (from, to) =
                (Interbase::new(start, start + 1), Interbase::new(start, Interbase::EVERYTHING.end().into()));
            let (from, to) = (from.map_err(InvalidQuery::from)?, to.map_err(InvalidQuery::from)?);
            let (assembly, contig) = (site.assembly, site.contig);
            Ok(VariantQuery::Bracket(BracketQuery { assembly, contig, start: from, end: to, narrowing }))
        }
        None if narrowing.reference_bases.is_some() => Err(InvalidQuery::Missing("alternateBases").into()),
        None => {
            Err(RequestError::parameter("start", "needs `end`, or `referenceBases` and `alternateBases`"))
        }
    }
}

/// Puts what narrows beside a sequence: it may repeat what the bases say, and narrows wildcards.
fn narrowed(
    parts: &RequestParts,
    query: VariantQuery,
    narrowing: Narrowing,
) -> Result<VariantQuery, RequestError> {
    let takes_parts = parts.get("matchParts").map_or(Ok(false), |yes| value::boolean("matchParts", yes))?;
    match query {
        VariantQuery::Bracket(bracket) => {
            let bases = bracket.narrowing;
            let (reference_bases, alternate_bases) = (bases.reference_bases, bases.alternate_bases);
            let narrowing = Narrowing { reference_bases, alternate_bases, ..narrowing };
            Ok(VariantQuery::Bracket(BracketQuery { narrowing, ..bracket }))
        }
        VariantQuery::Allele(allele) => {
            check_repeats(&allele, &narrowing)?;
            if takes_parts { with_parts(&allele) } else { Ok(VariantQuery::Allele(allele)) }
        }
        other => Ok(other),
    }
}

/// What stands beside the bases of an allele may only say the same.
fn check_repeats(allele: &AlleleQuery, narrowing: &Narrowing) -> Result<(), RequestError> {
    if narrowing.needs_annotation() {
        let reason = "stands beside bases, which say it all: leave one of them out";
        return Err(RequestError::parameter("aminoacidChange", reason));
    }
    let Some(variant) = allele.as_variant() else { return Ok(()) };
    let none = Narrowing::default;
    for (name, said) in [
        ("variantType", Narrowing { variant_type: narrowing.variant_type.clone(), ..none() }),
        ("variantMinLength", Narrowing { minimum_length: narrowing.minimum_length, ..none() }),
        ("variantMaxLength", Narrowing { maximum_length: narrowing.maximum_length, ..none() }),
        ("mateName", Narrowing { mate: narrowing.mate.clone(), ..none() }),
    ] {
        if !said.matches(&variant) {
            return Err(RequestError::parameter(name, "contradicts the bases"));
        }
    }
    Ok(())
}

/// Asks for the parts of a substitution, and for those that it is a part of.
fn with_parts(allele: &AlleleQuery) -> Result<VariantQuery, RequestError> {
    let (r, a) = (allele.reference_bases(), allele.alternate_bases());
    if r.len() != a.len() || !crate::is_sequence(a) {
        return Err(RequestError::parameter("matchParts", "needs a substitution: only those have parts"));
    }
    let end = u64::from(allele.start()) + r.len() as u64;
    let interval = Interbase::new(allele.start().into(), end).map_err(InvalidQuery::from)?;
    let (reference_bases, alternate_bases) = (r.to_owned(), a.to_owned());
    let whole = Substitution { start: allele.start(), reference_bases, alternate_bases };
    let mut range = RangeQuery::of(allele.assembly(), allele.contig().clone(), interval);
    range.narrowing.parts_of = Some(whole);
    Ok(VariantQuery::Range(range))
}

fn range(
    parts: &RequestParts,
    site: Site,
    (start, end): (u64, u64),
    narrowing: Narrowing,
) -> Result<VariantQuery, RequestError> {
    let interval = Interbase::new(start, end).map_err(InvalidQuery::from)?;
    if interval.is_empty() {
        return Err(RequestError::parameter("end", "must be larger than `start`"));
    }
    let reciprocal_overlap = reciprocal_overlap(parts)?;
    let (assembly, contig) = (site.assembly, site.contig);
    Ok(VariantQuery::Range(RangeQuery { assembly, contig, interval, reciprocal_overlap, narrowing }))
}

/// Reads a share, as a fraction (`0.8`) or in percent (`80`).
fn reciprocal_overlap(parts: &RequestParts) -> Result<Option<u8>, RequestError> {
    let Some(share) = text(parts, "reciprocalOverlap")? else { return Ok(None) };
    let wrong =
        || RequestError::parameter("reciprocalOverlap", format!("`{share}` is no share: use 0.8 or 80"));
    let number: f64 = share.parse().map_err(|_| wrong())?;
    let percent = if number <= 1.0 { number * 100.0 } else { number };
    if !(1.0..=100.0).contains(&percent) {
        return Err(wrong());
    }
    Ok(Some(percent.round() as u8))
}

/// A side with one number is precise.
fn bracket(parts: &RequestParts, site: Site, narrowing: Narrowing) -> Result<VariantQuery, RequestError> {
    if parts.get("reciprocalOverlap").is_some() {
        return Err(RequestError::parameter("reciprocalOverlap", "needs a range: one `start` and one `end`"));
    }
    let side = |name: &'static str, values: &[u64]| {
        let (from, to) = match values {
            [one] => (*one, one.saturating_add(1)),
            [from, to] => (*from, *to),
            _ => return Err(RequestError::from(InvalidQuery::Missing(name))),
        };
        let interval = Interbase::new(from, to).map_err(|e| RequestError::parameter(name, e.to_string()))?;
        if interval.is_empty() {
            return Err(RequestError::parameter(name, "has two equal numbers: the second must be larger"));
        }
        Ok(interval)
    };
    let (start, end) = (side("start", &site.start)?, side("end", &site.end)?);
    if end.end() <= start.start() {
        return Err(RequestError::parameter("end", "lies before `start`"));
    }
    let (assembly, contig) = (site.assembly, site.contig);
    Ok(VariantQuery::Bracket(BracketQuery { assembly, contig, start, end, narrowing }))
}
