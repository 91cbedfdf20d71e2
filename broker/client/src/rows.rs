//! The rows of an answer, for tables and for programs.

use fyr_schemas::{
    Answer, Assembly, Coverage, DatasetAnswer, DatasetState, Frequency, Group, NodeReport, NodeState,
    Observations, Precision, Release, Variant, VariantAnswer,
};

use crate::{
    Word,
    error::printable,
    verdict::{Verdict, took_part},
};

/// What one row says. Absent is not zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row<'a> {
    /// Who says it; `all` for the total.
    pub(crate) region: String,
    /// Of which data.
    pub(crate) dataset: String,
    /// In a word.
    pub(crate) word: String,
    /// How many entries were found.
    pub(crate) found: Option<u64>,
    /// Of which variant.
    pub(crate) variant: Option<&'a Variant>,
    /// In which coordinates.
    pub(crate) assembly: Option<Assembly>,
    /// Of which population or sex; of all where it is none.
    pub(crate) group: Option<&'a Group>,
    /// People who carry it.
    pub(crate) carriers: Option<u64>,
    /// Of so many who were looked at.
    pub(crate) assayed: Option<u64>,
    /// Of so many who were asked about, where of some of them nothing is known.
    pub(crate) people: Option<u64>,
    /// In how many cases, of how many.
    pub(crate) observed: Option<Observations>,
    /// AC and AN.
    pub(crate) counts: Option<&'a Frequency>,
    /// Whether numbers are the least that is known.
    pub(crate) at_least: bool,
    /// What else is to be known.
    pub(crate) note: String,
}

/// Returns the rows: of each dataset, of nodes that have none, and of all together.
pub(crate) fn rows(answer: &Answer, populations: bool) -> Vec<Row<'_>> {
    let silent = answer.nodes.iter().filter(|node| !spoke(answer, node));
    let node = |node: &NodeReport| Row { region: printable(&node.id), note: short(node), ..Row::default() };
    let datasets = answer.datasets.iter().flat_map(of_dataset);
    let totals = answer.totals.iter().map(|total| of_total(total, answer));
    let all = datasets.chain(silent.map(|silent| (node(silent), None))).chain(totals);
    all.flat_map(|(row, variant)| with_groups(row, variant.filter(|_| populations))).collect()
}

fn spoke(answer: &Answer, node: &NodeReport) -> bool {
    answer.datasets.iter().any(|dataset| dataset.beacon_id == node.id)
}

type OfVariant<'a> = (Row<'a>, Option<&'a VariantAnswer>);

fn of_dataset(dataset: &DatasetAnswer) -> Vec<OfVariant<'_>> {
    let row = Row {
        region: printable(&dataset.beacon_id),
        dataset: printable(&dataset.id),
        word: Word::of(dataset).to_string(),
        found: dataset.result_count,
        assembly: Some(dataset.assembly),
        note: note(dataset),
        ..Row::default()
    };
    if dataset.variants.is_empty() {
        return vec![(row, None)];
    }
    dataset.variants.iter().map(|variant| (numbers(row.clone(), variant), Some(variant))).collect()
}

fn of_total<'a>(total: &'a VariantAnswer, answer: &Answer) -> OfVariant<'a> {
    let word = match Verdict::of(answer) {
        Verdict::Seen => Word::Seen.to_string(),
        Verdict::NotSeen => Word::NotSeen.to_string(),
        Verdict::NotSeenOrNotDisclosable => Word::NotSeenOrNotDisclosable.to_string(),
        Verdict::NotAssayed => Word::NotAssayed.to_string(),
        Verdict::Incomplete => "not known".to_owned(),
    };
    let row = Row {
        region: "all".into(),
        dataset: "total".into(),
        word,
        assembly: answer.totals_assembly,
        at_least: answer.lower_bound,
        note: if answer.lower_bound { "at least" } else { "complete" }.into(),
        ..Row::default()
    };
    (numbers(row, total), Some(total))
}

fn numbers<'a>(row: Row<'a>, variant: &'a VariantAnswer) -> Row<'a> {
    Row {
        variant: Some(&variant.variant),
        carriers: variant.carriers,
        assayed: variant.assayed,
        people: variant.people,
        observed: variant.observed,
        counts: variant.frequencies.iter().find(|row| row.group == Group::Total),
        ..row
    }
}

/// The row, and one of each of its groups.
fn with_groups<'a>(row: Row<'a>, variant: Option<&'a VariantAnswer>) -> Vec<Row<'a>> {
    let groups = variant.into_iter().flat_map(|variant| &variant.frequencies);
    let groups = groups.filter(|counts| counts.group != Group::Total);
    let of_group = |counts: &'a Frequency| Row {
        word: String::new(),
        found: None,
        carriers: None,
        assayed: None,
        people: None,
        observed: None,
        note: String::new(),
        group: Some(&counts.group),
        counts: Some(counts),
        ..row.clone()
    };
    let groups: Vec<_> = groups.map(of_group).collect();
    [vec![row], groups].concat()
}

fn note(dataset: &DatasetAnswer) -> String {
    let words = match dataset {
        // The word says it.
        DatasetAnswer { state: DatasetState::Withheld, .. } => "",
        DatasetAnswer { state: DatasetState::NotCounted, .. } => "a dry run",
        DatasetAnswer { precision: Precision::Rounded, .. } => "rounded",
        DatasetAnswer { release: Release::Boolean, .. } => "tells yes or no only",
        DatasetAnswer { release: Release::Count, .. } => "tells counts only",
        DatasetAnswer { coverage: Coverage::Partial, .. } => "not all assayed",
        _ => "",
    };
    let lift = dataset.lift.map(|lift| format!("lifted from {}", lift.from.name()));
    let words = [Some(words.to_owned()).filter(|words| !words.is_empty()), lift];
    words.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What the row of a node without data says; the sentence below the table has the reason.
fn short(node: &NodeReport) -> String {
    match node.state {
        NodeState::Answered => note_of(node),
        state => state.name().to_owned(),
    }
}

/// What is to be known of a node without a row.
pub(crate) fn note_of(node: &NodeReport) -> String {
    match (node.state, &node.reason) {
        (NodeState::Answered, _) => "in the total only".to_owned(),
        (state, None) => state.name().to_owned(),
        (_, Some(reason)) => printable(reason),
    }
}

/// The nodes that did not give their part.
pub(crate) fn missing(answer: &Answer) -> impl Iterator<Item = &NodeReport> {
    answer.nodes.iter().filter(|node| !took_part(node))
}
