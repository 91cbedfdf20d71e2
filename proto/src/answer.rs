//! Answers, of which a peer's word needs every check.

use fyr_schemas as s;
use serde_json::Value;

use crate::{Malformed, enums::read, v1};

/// Converts each element of a list that may be malformed.
fn each<W, T: TryFrom<W, Error = Malformed>>(list: Vec<W>) -> Result<Vec<T>, Malformed> {
    list.into_iter().map(TryInto::try_into).collect()
}

fn all<W: Into<T>, T>(list: Vec<W>) -> Vec<T> {
    list.into_iter().map(Into::into).collect()
}

fn assembly(name: &str) -> Result<s::Assembly, Malformed> {
    name.parse().map_err(Malformed::of)
}

impl From<s::Answer> for v1::Answer {
    fn from(answer: s::Answer) -> Self {
        let s::Answer {
            beacon_id,
            exists,
            datasets,
            totals,
            totals_assembly,
            lower_bound,
            result_count,
            nodes,
            warnings,
            allowances,
        } = answer;
        Self {
            beacon_id,
            exists,
            datasets: all(datasets),
            totals: all(totals),
            totals_assembly_id: totals_assembly
                .map(|assembly| assembly.name().to_owned())
                .unwrap_or_default(),
            lower_bound,
            nodes: all(nodes),
            result_count,
            warnings,
            allowances: all(allowances),
        }
    }
}

impl TryFrom<v1::Answer> for s::Answer {
    type Error = Malformed;

    /// Reads a whole answer.
    ///
    /// # Errors
    ///
    /// Anything that the contract does not allow, and numbers that cannot be true.
    fn try_from(answer: v1::Answer) -> Result<Self, Malformed> {
        let v1::Answer {
            beacon_id,
            exists,
            datasets,
            totals,
            totals_assembly_id,
            lower_bound,
            nodes,
            result_count,
            warnings,
            allowances,
        } = answer;
        let named = Some(totals_assembly_id).filter(|name| !name.is_empty());
        let totals_assembly = named.as_deref().map(assembly).transpose()?;
        Ok(Self {
            beacon_id,
            exists,
            datasets: each(datasets)?,
            totals: match totals_assembly {
                Some(assembly) => variant_answers(totals, assembly)?,
                None if totals.is_empty() => Vec::new(),
                None => return Err(Malformed::of("sums of no assembly")),
            },
            totals_assembly,
            lower_bound,
            result_count,
            nodes: each(nodes)?,
            warnings,
            allowances: each(allowances)?,
        })
    }
}

impl From<s::DatasetAnswer> for v1::DatasetAnswer {
    fn from(answer: s::DatasetAnswer) -> Self {
        let s::DatasetAnswer {
            id,
            beacon_id,
            assembly,
            lift,
            state,
            release,
            exists,
            result_count,
            precision,
            adjusted_to,
            coverage,
            variants,
            entries,
            handovers,
            attributable,
            versions,
            withheld,
            read_as,
        } = answer;
        Self {
            id,
            beacon_id,
            assembly_id: assembly.name().to_owned(),
            state: v1::DatasetState::from(state).into(),
            release: v1::Release::from(release).into(),
            exists,
            result_count,
            precision: v1::Precision::from(precision).into(),
            adjusted_to,
            variants: all(variants),
            attributable,
            coverage: v1::Coverage::from(coverage).into(),
            entries: entries.iter().map(ToString::to_string).collect(),
            handovers: all(handovers),
            lift: lift.map(Into::into),
            versions: versions.as_ref().map(Into::into),
            withheld: withheld.into_iter().map(|reason| v1::Withheld::from(reason).into()).collect(),
            read_as,
        }
    }
}

impl TryFrom<v1::DatasetAnswer> for s::DatasetAnswer {
    type Error = Malformed;

    fn try_from(answer: v1::DatasetAnswer) -> Result<Self, Malformed> {
        let v1::DatasetAnswer {
            id,
            beacon_id,
            assembly_id,
            state,
            release,
            exists,
            result_count,
            precision,
            adjusted_to,
            variants,
            attributable,
            coverage,
            entries,
            handovers,
            lift,
            versions,
            withheld,
            read_as,
        } = answer;
        let assembly = assembly(&assembly_id)?;
        let versions = versions.map(|told| read_versions((&beacon_id, &id), told)).transpose()?;
        Ok(Self {
            id,
            beacon_id,
            assembly,
            lift: lift.map(TryInto::try_into).transpose()?,
            state: read::<v1::DatasetState, _>(state)?,
            release: read::<v1::Release, _>(release)?,
            exists,
            result_count,
            precision: read::<v1::Precision, _>(precision)?,
            adjusted_to,
            coverage: read::<v1::Coverage, _>(coverage)?,
            variants: variant_answers(variants, assembly)?,
            entries: entries.iter().map(|text| document(text)).collect::<Result<_, _>>()?,
            handovers: all(handovers),
            attributable,
            versions,
            withheld: withheld.into_iter().map(read::<v1::Withheld, _>).collect::<Result<_, _>>()?,
            read_as,
        })
    }
}

/// Reads a document, which is a JSON object.
///
/// # Errors
///
/// Anything else.
pub fn document(text: &str) -> Result<Value, Malformed> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Malformed::of("a document that is no object")),
        Err(error) => Err(Malformed(format!("a document that is no JSON: {error}"))),
    }
}

impl From<&s::Versions> for v1::Versions {
    fn from(versions: &s::Versions) -> Self {
        Self {
            id: versions.id().to_owned(),
            policy: versions.policy().to_owned(),
            data: versions.data().map(str::to_owned),
            consents: versions.consents().map(str::to_owned),
            epoch: versions.epoch().map(|s::Epoch(number)| number),
        }
    }
}

/// Reads what the figures of a dataset of a node rest on; the id must be of just that.
fn read_versions(of: (&str, &str), told: v1::Versions) -> Result<s::Versions, Malformed> {
    let v1::Versions { id, policy, data, consents, epoch } = told;
    let versions = s::Versions::new(of, policy, (data, consents), epoch.map(s::Epoch));
    if versions.id() == id { Ok(versions) } else { Err(Malformed::of("versions under another id")) }
}

impl From<s::Lift> for v1::Lift {
    fn from(s::Lift { from, verified }: s::Lift) -> Self {
        Self { from_assembly_id: from.name().to_owned(), verified }
    }
}

impl TryFrom<v1::Lift> for s::Lift {
    type Error = Malformed;

    fn try_from(v1::Lift { from_assembly_id, verified }: v1::Lift) -> Result<Self, Malformed> {
        Ok(Self { from: assembly(&from_assembly_id)?, verified })
    }
}

impl From<s::Handover> for v1::Handover {
    fn from(s::Handover { id, label, url, note }: s::Handover) -> Self {
        Self { id, label, url, note }
    }
}

impl From<v1::Handover> for s::Handover {
    fn from(v1::Handover { id, label, url, note }: v1::Handover) -> Self {
        Self { id, label, url, note }
    }
}

impl From<s::NodeReport> for v1::NodeReport {
    fn from(s::NodeReport { id, state, reason, allowances }: s::NodeReport) -> Self {
        Self { id, state: v1::NodeState::from(state).into(), reason, allowances: all(allowances) }
    }
}

impl TryFrom<v1::NodeReport> for s::NodeReport {
    type Error = Malformed;

    fn try_from(report: v1::NodeReport) -> Result<Self, Malformed> {
        let v1::NodeReport { id, state, reason, allowances } = report;
        Ok(Self { id, state: read::<v1::NodeState, _>(state)?, reason, allowances: each(allowances)? })
    }
}

impl From<s::Allowance> for v1::Allowance {
    fn from(s::Allowance { kind, price, left, most }: s::Allowance) -> Self {
        Self { kind: v1::AllowanceKind::from(kind).into(), price, left, most }
    }
}

impl TryFrom<v1::Allowance> for s::Allowance {
    type Error = Malformed;

    fn try_from(v1::Allowance { kind, price, left, most }: v1::Allowance) -> Result<Self, Malformed> {
        Ok(Self { kind: read::<v1::AllowanceKind, _>(kind)?, price, left, most })
    }
}

impl From<s::VariantAnswer> for v1::VariantAnswer {
    fn from(answer: s::VariantAnswer) -> Self {
        let s::VariantAnswer {
            variant,
            carriers,
            assayed,
            people,
            observed,
            assumed,
            frequencies,
            coverage,
            cases,
            effects,
            alternative_ids,
        } = answer;
        Self {
            variant: Some(variant.into()),
            carriers,
            frequencies: all(frequencies),
            coverage: v1::Coverage::from(coverage).into(),
            cases: all(cases),
            effects: all(effects),
            alternative_ids,
            assayed,
            people,
            assumed,
            observed: observed.map(|s::Observations { cases, of }| v1::Observations { cases, of }),
        }
    }
}

fn variant_answers(
    answers: Vec<v1::VariantAnswer>,
    assembly: s::Assembly,
) -> Result<Vec<s::VariantAnswer>, Malformed> {
    answers.into_iter().map(|answer| variant_answer(answer, assembly)).collect()
}

fn variant_answer(answer: v1::VariantAnswer, assembly: s::Assembly) -> Result<s::VariantAnswer, Malformed> {
    let v1::VariantAnswer {
        variant: named,
        carriers,
        frequencies,
        coverage,
        cases,
        effects,
        alternative_ids,
        assayed,
        people,
        assumed,
        observed,
    } = answer;
    Ok(s::VariantAnswer {
        variant: variant(named.ok_or_else(|| Malformed::of("no variant"))?, assembly)?,
        carriers,
        assayed,
        people,
        observed: observed.map(|v1::Observations { cases, of }| s::Observations { cases, of }),
        assumed,
        frequencies: each(frequencies)?,
        coverage: read::<v1::Coverage, _>(coverage)?,
        cases: each(cases)?,
        effects: all(effects),
        alternative_ids,
    })
}

impl From<s::Variant> for v1::Variant {
    fn from(variant: s::Variant) -> Self {
        let s::Variant { contig, interval, reference_bases, alternate_bases, variant_type, sv_length } =
            variant;
        Self {
            reference_name: contig.name().to_owned(),
            start: interval.start(),
            end: interval.end(),
            reference_bases,
            alternate_bases,
            variant_type: variant_type.name().to_owned(),
            sv_length,
        }
    }
}

fn variant(variant: v1::Variant, assembly: s::Assembly) -> Result<s::Variant, Malformed> {
    let v1::Variant { reference_name, start, end, reference_bases, alternate_bases, variant_type, sv_length } =
        variant;
    Ok(s::Variant {
        contig: s::Contig::resolve(&reference_name, assembly).map_err(Malformed::of)?,
        interval: s::Interbase::new(start.into(), end.into()).map_err(Malformed::of)?,
        reference_bases,
        alternate_bases,
        variant_type: match variant_type.as_str() {
            // Clients cannot ask for it.
            "COMPLEX" => s::VariantType::Complex,
            name => name.parse().map_err(Malformed::of)?,
        },
        sv_length,
    })
}

impl From<s::Frequency> for v1::Frequency {
    fn from(frequency: s::Frequency) -> Self {
        let s::Frequency { group, allele_count, allele_number, heterozygous, homozygous, hemizygous } =
            frequency;
        let group = group.to_string();
        Self { group, allele_count, allele_number, heterozygous, homozygous, hemizygous }
    }
}

impl TryFrom<v1::Frequency> for s::Frequency {
    type Error = Malformed;

    fn try_from(frequency: v1::Frequency) -> Result<Self, Malformed> {
        let v1::Frequency { group, allele_count, allele_number, heterozygous, homozygous, hemizygous } =
            frequency;
        let group = s::Group::from_label(&group);
        let frequency = Self { group, allele_count, allele_number, heterozygous, homozygous, hemizygous };
        if frequency.is_plausible() {
            Ok(frequency)
        } else {
            Err(Malformed::of("counts that cannot be true together"))
        }
    }
}

impl From<s::Case> for v1::Case {
    fn from(s::Case { individual, biosample, zygosity }: s::Case) -> Self {
        Self { individual, biosample, zygosity: v1::Zygosity::from(zygosity).into() }
    }
}

impl TryFrom<v1::Case> for s::Case {
    type Error = Malformed;

    fn try_from(v1::Case { individual, biosample, zygosity }: v1::Case) -> Result<Self, Malformed> {
        Ok(Self { individual, biosample, zygosity: read::<v1::Zygosity, _>(zygosity)? })
    }
}

impl From<s::Effect> for v1::Effect {
    fn from(effect: s::Effect) -> Self {
        let s::Effect { gene, transcript, consequences, coding_change, protein, protein_change } = effect;
        Self { gene, transcript, consequences, coding_change, protein, protein_change }
    }
}

impl From<v1::Effect> for s::Effect {
    fn from(effect: v1::Effect) -> Self {
        let v1::Effect { gene, transcript, consequences, coding_change, protein, protein_change } = effect;
        Self { gene, transcript, consequences, coding_change, protein, protein_change }
    }
}
