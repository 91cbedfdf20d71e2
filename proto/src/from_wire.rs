//! From messages to the words of `fyr-schemas`, with every check that a peer's word needs.

use fyr_schemas as s;

use crate::{entries, v1};

/// A message that means nothing: the peer is broken, or is no Fyr.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed answer: {0}")]
pub struct Malformed(pub String);

fn malformed(what: impl ToString) -> Malformed {
    Malformed(what.to_string())
}

/// Reads a granularity; an unset one is boolean, as in Beacon.
///
/// # Errors
///
/// A number that the contract does not have.
pub fn granularity(value: i32) -> Result<s::Granularity, s::InvalidQuery> {
    match v1::Granularity::try_from(value) {
        Ok(v1::Granularity::Unspecified | v1::Granularity::Boolean) => Ok(s::Granularity::Boolean),
        Ok(v1::Granularity::Count) => Ok(s::Granularity::Count),
        Ok(v1::Granularity::Record) => Ok(s::Granularity::Record),
        Err(_) => Err(s::UnknownGranularity(value.to_string()).into()),
    }
}

impl From<v1::DatasetSelection> for s::DatasetSelection {
    fn from(selection: v1::DatasetSelection) -> Self {
        Self { only: selection.only, exclude: selection.exclude, exclude_nodes: selection.exclude_nodes }
    }
}

impl TryFrom<v1::Allele> for s::AlleleQuery {
    type Error = s::InvalidQuery;

    fn try_from(allele: v1::Allele) -> Result<Self, Self::Error> {
        let assembly = allele.assembly_id.parse()?;
        let contig = s::Contig::asked(&allele.reference_name, assembly)?;
        Self::new(assembly, contig, allele.start, &allele.reference_bases, &allele.alternate_bases)
    }
}

impl TryFrom<v1::LookupAlleleRequest> for s::Query {
    type Error = s::InvalidQuery;

    fn try_from(request: v1::LookupAlleleRequest) -> Result<Self, Self::Error> {
        let allele = request.allele.ok_or(s::InvalidQuery::Missing("allele"))?;
        Ok(Self {
            granularity: granularity(request.granularity)?,
            datasets: request.datasets.unwrap_or_default().into(),
            purpose: crate::purpose(request.purpose)?,
            ..Self::variants(s::VariantQuery::Allele(allele.try_into()?))
        })
    }
}

impl TryFrom<v1::QueryRangeRequest> for s::Query {
    type Error = s::InvalidQuery;

    fn try_from(request: v1::QueryRangeRequest) -> Result<Self, Self::Error> {
        let range = request.range.ok_or(s::InvalidQuery::Missing("range"))?.try_into()?;
        Ok(Self {
            granularity: granularity(request.granularity)?,
            datasets: request.datasets.unwrap_or_default().into(),
            pagination: s::Pagination { skip: request.skip, limit: request.limit },
            purpose: crate::purpose(request.purpose)?,
            ..Self::variants(s::VariantQuery::Range(range))
        })
    }
}

/// Reads a release.
///
/// # Errors
///
/// A number that the contract does not have.
pub fn release(value: i32) -> Result<s::Release, Malformed> {
    Ok(match v1::Release::try_from(value).map_err(malformed)? {
        v1::Release::None => s::Release::None,
        v1::Release::Boolean => s::Release::Boolean,
        v1::Release::Count => s::Release::Count,
        v1::Release::Frequency => s::Release::Frequency,
        v1::Release::Record => s::Release::Record,
    })
}

fn precision(value: i32) -> Result<s::Precision, Malformed> {
    Ok(match v1::Precision::try_from(value).map_err(malformed)? {
        v1::Precision::Exact => s::Precision::Exact,
        v1::Precision::Rounded => s::Precision::Rounded,
        v1::Precision::Imprecise => s::Precision::Imprecise,
    })
}

fn coverage(value: i32) -> Result<s::Coverage, Malformed> {
    Ok(match v1::Coverage::try_from(value).map_err(malformed)? {
        v1::Coverage::Unknown => s::Coverage::Unknown,
        v1::Coverage::None => s::Coverage::None,
        v1::Coverage::Partial => s::Coverage::Partial,
        v1::Coverage::Complete => s::Coverage::Complete,
    })
}

fn dataset_state(value: i32) -> Result<s::DatasetState, Malformed> {
    Ok(match v1::DatasetState::try_from(value).map_err(malformed)? {
        v1::DatasetState::Answered => s::DatasetState::Answered,
        v1::DatasetState::Withheld => s::DatasetState::Withheld,
    })
}

fn node_state(value: i32) -> Result<s::NodeState, Malformed> {
    Ok(match v1::NodeState::try_from(value).map_err(malformed)? {
        v1::NodeState::Answered => s::NodeState::Answered,
        v1::NodeState::Excluded => s::NodeState::Excluded,
        v1::NodeState::Refused => s::NodeState::Refused,
        v1::NodeState::Unsupported => s::NodeState::Unsupported,
        v1::NodeState::TimedOut => s::NodeState::TimedOut,
        v1::NodeState::Unreachable => s::NodeState::Unreachable,
        v1::NodeState::Failed => s::NodeState::Failed,
    })
}

fn variant(variant: v1::Variant, assembly: s::Assembly) -> Result<s::Variant, Malformed> {
    Ok(s::Variant {
        contig: s::Contig::resolve(&variant.reference_name, assembly).map_err(malformed)?,
        interval: s::Interbase::new(variant.start.into(), variant.end.into()).map_err(malformed)?,
        reference_bases: variant.reference_bases,
        alternate_bases: variant.alternate_bases,
        variant_type: match variant.variant_type.as_str() {
            "COMPLEX" => s::VariantType::Complex,
            name => name.parse().map_err(malformed)?,
        },
        sv_length: variant.sv_length,
    })
}

impl TryFrom<v1::Frequency> for s::Frequency {
    type Error = Malformed;

    fn try_from(frequency: v1::Frequency) -> Result<Self, Self::Error> {
        let frequency = Self {
            group: s::Group::from_label(&frequency.group),
            allele_count: frequency.allele_count,
            allele_number: frequency.allele_number,
            heterozygous: frequency.heterozygous,
            homozygous: frequency.homozygous,
            hemizygous: frequency.hemizygous,
        };
        if frequency.is_plausible() {
            Ok(frequency)
        } else {
            Err(malformed("counts that cannot be true together"))
        }
    }
}

fn variant_answer(answer: v1::VariantAnswer, assembly: s::Assembly) -> Result<s::VariantAnswer, Malformed> {
    let frequencies = answer.frequencies.into_iter().map(TryInto::try_into);
    Ok(s::VariantAnswer {
        variant: variant(answer.variant.ok_or_else(|| malformed("no variant"))?, assembly)?,
        carriers: answer.carriers,
        frequencies: frequencies.collect::<Result<_, _>>()?,
        coverage: coverage(answer.coverage)?,
        cases: answer.cases.into_iter().map(entries::case).collect::<Result<_, _>>()?,
        effects: answer.effects.into_iter().map(Into::into).collect(),
        alternative_ids: answer.alternative_ids,
    })
}

fn variant_answers(
    answers: Vec<v1::VariantAnswer>,
    assembly: s::Assembly,
) -> Result<Vec<s::VariantAnswer>, Malformed> {
    answers.into_iter().map(|answer| variant_answer(answer, assembly)).collect()
}

impl TryFrom<v1::DatasetAnswer> for s::DatasetAnswer {
    type Error = Malformed;

    fn try_from(answer: v1::DatasetAnswer) -> Result<Self, Self::Error> {
        let assembly: s::Assembly = answer.assembly_id.parse().map_err(malformed)?;
        Ok(Self {
            id: answer.id,
            beacon_id: answer.beacon_id,
            assembly,
            lift: answer.lift.map(lift).transpose()?,
            state: dataset_state(answer.state)?,
            release: release(answer.release)?,
            exists: answer.exists,
            result_count: answer.result_count,
            precision: precision(answer.precision)?,
            adjusted_to: answer.adjusted_to,
            variants: variant_answers(answer.variants, assembly)?,
            entries: answer.entries.iter().map(|text| entries::document(text)).collect::<Result<_, _>>()?,
            handovers: answer.handovers.into_iter().map(Into::into).collect(),
            attributable: answer.attributable,
            coverage: coverage(answer.coverage)?,
        })
    }
}

fn lift(lift: v1::Lift) -> Result<s::Lift, Malformed> {
    Ok(s::Lift { from: lift.from_assembly_id.parse().map_err(malformed)?, verified: lift.verified })
}

impl TryFrom<v1::NodeReport> for s::NodeReport {
    type Error = Malformed;

    fn try_from(report: v1::NodeReport) -> Result<Self, Self::Error> {
        Ok(Self { id: report.id, state: node_state(report.state)?, reason: report.reason })
    }
}

/// Reads a whole answer to a question; `assembly` is that of its coordinates, if it has some. Names of
/// sequences are canonical, so that it matters for accessions only.
///
/// # Errors
///
/// Anything that the contract does not allow, and numbers that cannot be true.
pub fn answer(answer: v1::Answer, assembly: Option<s::Assembly>) -> Result<s::Answer, Malformed> {
    let datasets = answer.datasets.into_iter().map(TryInto::try_into);
    let nodes = answer.nodes.into_iter().map(TryInto::try_into);
    Ok(s::Answer {
        beacon_id: answer.beacon_id,
        exists: answer.exists,
        datasets: datasets.collect::<Result<_, _>>()?,
        totals: variant_answers(answer.totals, assembly.unwrap_or(s::Assembly::GRCH38))?,
        lower_bound: answer.lower_bound,
        nodes: nodes.collect::<Result<_, _>>()?,
        result_count: answer.result_count,
        warnings: answer.warnings,
    })
}
