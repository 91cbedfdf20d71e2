//! From the words of `fyr-schemas` to messages. Cannot fail.

use fyr_schemas as s;

use crate::v1;

impl From<s::Granularity> for v1::Granularity {
    fn from(granularity: s::Granularity) -> Self {
        match granularity {
            s::Granularity::Boolean => Self::Boolean,
            s::Granularity::Count => Self::Count,
            s::Granularity::Record => Self::Record,
        }
    }
}

impl From<s::Release> for v1::Release {
    fn from(release: s::Release) -> Self {
        match release {
            s::Release::None => Self::None,
            s::Release::Boolean => Self::Boolean,
            s::Release::Count => Self::Count,
            s::Release::Frequency => Self::Frequency,
            s::Release::Record => Self::Record,
        }
    }
}

impl From<s::Precision> for v1::Precision {
    fn from(precision: s::Precision) -> Self {
        match precision {
            s::Precision::Exact => Self::Exact,
            s::Precision::Rounded => Self::Rounded,
            s::Precision::Imprecise => Self::Imprecise,
        }
    }
}

impl From<s::Coverage> for v1::Coverage {
    fn from(coverage: s::Coverage) -> Self {
        match coverage {
            s::Coverage::Unknown => Self::Unknown,
            s::Coverage::None => Self::None,
            s::Coverage::Partial => Self::Partial,
            s::Coverage::Complete => Self::Complete,
        }
    }
}

impl From<s::DatasetState> for v1::DatasetState {
    fn from(state: s::DatasetState) -> Self {
        match state {
            s::DatasetState::Answered => Self::Answered,
            s::DatasetState::Withheld => Self::Withheld,
        }
    }
}

impl From<s::NodeState> for v1::NodeState {
    fn from(state: s::NodeState) -> Self {
        match state {
            s::NodeState::Answered => Self::Answered,
            s::NodeState::Excluded => Self::Excluded,
            s::NodeState::Refused => Self::Refused,
            s::NodeState::Unsupported => Self::Unsupported,
            s::NodeState::TimedOut => Self::TimedOut,
            s::NodeState::Unreachable => Self::Unreachable,
            s::NodeState::Failed => Self::Failed,
        }
    }
}

impl From<s::DatasetSelection> for v1::DatasetSelection {
    fn from(selection: s::DatasetSelection) -> Self {
        Self { only: selection.only, exclude: selection.exclude, exclude_nodes: selection.exclude_nodes }
    }
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

impl v1::LookupAlleleRequest {
    /// Writes the question for one allele, for no stated purpose.
    pub fn new(allele: &s::AlleleQuery, granularity: s::Granularity, datasets: s::DatasetSelection) -> Self {
        Self {
            allele: Some(allele.into()),
            granularity: v1::Granularity::from(granularity).into(),
            datasets: Some(datasets.into()),
            purpose: None,
        }
    }

    /// States what it is asked for.
    #[must_use]
    pub fn with_purpose(mut self, purpose: Option<&s::Purpose>) -> Self {
        self.purpose = purpose.map(Into::into);
        self
    }
}

impl v1::QueryRangeRequest {
    /// Writes the question for an interval, for no stated purpose.
    pub fn new(
        range: &s::RangeQuery,
        granularity: s::Granularity,
        datasets: s::DatasetSelection,
        pagination: s::Pagination,
    ) -> Self {
        Self {
            range: Some(range.into()),
            granularity: v1::Granularity::from(granularity).into(),
            datasets: Some(datasets.into()),
            skip: pagination.skip,
            limit: pagination.limit,
            purpose: None,
        }
    }

    /// States what it is asked for.
    #[must_use]
    pub fn with_purpose(mut self, purpose: Option<&s::Purpose>) -> Self {
        self.purpose = purpose.map(Into::into);
        self
    }
}

impl From<s::Variant> for v1::Variant {
    fn from(variant: s::Variant) -> Self {
        Self {
            reference_name: variant.contig.name().to_owned(),
            start: variant.interval.start(),
            end: variant.interval.end(),
            reference_bases: variant.reference_bases,
            alternate_bases: variant.alternate_bases,
            variant_type: variant.variant_type.name().to_owned(),
            sv_length: variant.sv_length,
        }
    }
}

impl From<s::Frequency> for v1::Frequency {
    fn from(frequency: s::Frequency) -> Self {
        Self {
            group: frequency.group.to_string(),
            allele_count: frequency.allele_count,
            allele_number: frequency.allele_number,
            heterozygous: frequency.heterozygous,
            homozygous: frequency.homozygous,
            hemizygous: frequency.hemizygous,
        }
    }
}

impl From<s::VariantAnswer> for v1::VariantAnswer {
    fn from(answer: s::VariantAnswer) -> Self {
        Self {
            variant: Some(answer.variant.into()),
            carriers: answer.carriers,
            frequencies: answer.frequencies.into_iter().map(Into::into).collect(),
            coverage: v1::Coverage::from(answer.coverage).into(),
            cases: answer.cases.into_iter().map(Into::into).collect(),
            effects: answer.effects.into_iter().map(Into::into).collect(),
            alternative_ids: answer.alternative_ids,
        }
    }
}

impl From<s::DatasetAnswer> for v1::DatasetAnswer {
    fn from(answer: s::DatasetAnswer) -> Self {
        Self {
            id: answer.id,
            beacon_id: answer.beacon_id,
            assembly_id: answer.assembly.name().to_owned(),
            state: v1::DatasetState::from(answer.state).into(),
            release: v1::Release::from(answer.release).into(),
            exists: answer.exists,
            result_count: answer.result_count,
            precision: v1::Precision::from(answer.precision).into(),
            adjusted_to: answer.adjusted_to,
            variants: answer.variants.into_iter().map(Into::into).collect(),
            attributable: answer.attributable,
            coverage: v1::Coverage::from(answer.coverage).into(),
            entries: answer.entries.iter().map(ToString::to_string).collect(),
            handovers: answer.handovers.into_iter().map(Into::into).collect(),
            lift: answer.lift.map(|lift| v1::Lift {
                from_assembly_id: lift.from.name().to_owned(),
                verified: lift.verified,
            }),
        }
    }
}

impl From<s::NodeReport> for v1::NodeReport {
    fn from(report: s::NodeReport) -> Self {
        Self { id: report.id, state: v1::NodeState::from(report.state).into(), reason: report.reason }
    }
}

impl From<s::Answer> for v1::Answer {
    fn from(answer: s::Answer) -> Self {
        Self {
            beacon_id: answer.beacon_id,
            exists: answer.exists,
            datasets: answer.datasets.into_iter().map(Into::into).collect(),
            totals: answer.totals.into_iter().map(Into::into).collect(),
            lower_bound: answer.lower_bound,
            nodes: answer.nodes.into_iter().map(Into::into).collect(),
            result_count: answer.result_count,
            warnings: answer.warnings,
        }
    }
}
