//! Answers for tests.

use fyr_schemas::{
    AlleleQuery, Answer, Assembly, Coverage, DatasetAnswer, DatasetState, Frequency, Group, NodeReport,
    NodeState, Precision, Release, VariantAnswer,
};

pub(crate) fn row(allele_count: u64, allele_number: u64) -> VariantAnswer {
    let frequency = |group| Frequency {
        group,
        allele_count,
        allele_number,
        heterozygous: Some(allele_count),
        homozygous: Some(0),
        hemizygous: Some(0),
    };
    let allele = AlleleQuery::parse(Assembly::GRCH38, "7-117559590-ATCT-A").unwrap();
    VariantAnswer {
        variant: allele.as_variant().unwrap(),
        carriers: Some(allele_count),
        assayed: None,
        people: None,
        observed: None,
        assumed: false,
        frequencies: vec![frequency(Group::Total), frequency(Group::Population("FIN".into()))],
        coverage: Coverage::Complete,
        cases: Vec::new(),
        effects: Vec::new(),
        alternative_ids: Vec::new(),
    }
}

pub(crate) fn dataset(node: &str, allele_count: u64, allele_number: u64) -> DatasetAnswer {
    DatasetAnswer {
        id: "D".into(),
        beacon_id: node.into(),
        assembly: Assembly::GRCH38,
        lift: None,
        state: DatasetState::Answered,
        release: Release::Frequency,
        exists: allele_count > 0,
        result_count: Some(u64::from(allele_count > 0)),
        precision: Precision::Exact,
        adjusted_to: Vec::new(),
        coverage: Coverage::Complete,
        variants: vec![row(allele_count, allele_number)],
        attributable: true,
        versions: None,
        withheld: Vec::new(),
        read_as: Vec::new(),
        entries: Vec::new(),
        handovers: Vec::new(),
    }
}

pub(crate) fn report(id: &str, state: NodeState) -> NodeReport {
    let reason = (state != NodeState::Answered).then(|| "cannot be reached".to_owned());
    NodeReport { id: id.into(), state, reason, allowances: Vec::new() }
}

pub(crate) fn answer(datasets: Vec<DatasetAnswer>, nodes: Vec<NodeReport>) -> Answer {
    Answer {
        beacon_id: "broker".into(),
        exists: datasets.iter().any(|dataset| dataset.exists),
        datasets,
        totals: Vec::new(),
        totals_assembly: None,
        lower_bound: false,
        nodes,
        result_count: None,
        warnings: Vec::new(),
        allowances: Vec::new(),
    }
}
