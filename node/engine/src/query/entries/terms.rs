//! What can be filtered by, with the number of people for whom it is stated.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::logical_expr::{col, lit};
use fyr_policy::{Count, People, TermCount};
use fyr_schemas::{EntryType, FilteringTermKind, Group};
use fyr_store::people::fact_schema;
use roaring::RoaringBitmap;

use super::{
    super::{dataset::Dataset, session::EngineSession, sets::Stating},
    table,
};
use crate::EngineError;

/// Fields with more values than this are listed without them.
const MOST_VALUES: usize = 50;

/// What is stated somewhere.
#[derive(Default)]
struct Stated {
    labels: BTreeMap<String, RoaringBitmap>,
    scopes: BTreeMap<EntryType, RoaringBitmap>,
    people: RoaringBitmap,
    values: BTreeMap<String, RoaringBitmap>,
}

/// Terms and fields, by kind and id.
type Found = BTreeMap<(FilteringTermKind, String), Stated>;

/// Counts over some people.
pub(crate) async fn count(
    session: &EngineSession,
    dataset: &Dataset,
    entry_type: Option<EntryType>,
    people: &Arc<RoaringBitmap>,
) -> Result<Vec<TermCount>, EngineError> {
    let mut found = Found::new();
    let columns = [table::SOURCE, "number", "entry_type", "field", "term", "label", "text"];
    let stated = col("absent").eq(lit(false));
    let filter = entry_type.map_or(stated.clone(), |kind| stated.and(col("entry_type").eq(lit(kind.id()))));
    for batch in table::select(session, &fact_schema(), dataset.fact_files(), filter, &columns).await? {
        let text = |name| table::texts(&batch, name);
        let (kinds, fields, terms) = (text("entry_type")?, text("field")?, text("term")?);
        let (labels, texts) = (text("label")?, text("text")?);
        for (at, (segment, number)) in table::rows(&batch)?.into_iter().enumerate() {
            let of = |column: &[Option<&str>]| column.get(at).copied().flatten().map(str::to_owned);
            let Some(kind) = of(&kinds).and_then(|kind| kind.parse().ok()) else { continue };
            let one = RoaringBitmap::from_iter([number]);
            let current = dataset.entries.current(kind, segment as usize, one);
            let theirs = dataset.entries.people_of(kind, &current, &dataset.people) & people.as_ref();
            let id = of(&terms).map(|term| (FilteringTermKind::Ontology, term));
            let field = of(&fields).unwrap_or_default();
            let key = id.unwrap_or((FilteringTermKind::Alphanumeric, field));
            note(&mut found, key, kind, theirs, (of(&labels), of(&texts)));
        }
    }
    if entry_type.is_none_or(|kind| kind == EntryType::Individual) {
        groups(&mut found, dataset, people);
    }
    Ok(found
        .into_iter()
        .filter(|(_, stated)| !stated.people.is_empty())
        .map(|entry| of_term(dataset, entry, people))
        .collect())
}

fn note(
    found: &mut Found,
    key: (FilteringTermKind, String),
    kind: EntryType,
    people: RoaringBitmap,
    (label, text): (Option<String>, Option<String>),
) {
    if people.is_empty() {
        return;
    }
    let stated = found.entry(key).or_default();
    if let Some(label) = label {
        *stated.labels.entry(label).or_default() |= &people;
    }
    *stated.scopes.entry(kind).or_default() |= &people;
    if let Some(text) = text
        && stated.values.len() <= MOST_VALUES
    {
        *stated.values.entry(text).or_default() |= &people;
    }
    stated.people |= people;
}

/// What ingest knows of people: sex and labels of populations.
fn groups(found: &mut Found, dataset: &Dataset, people: &RoaringBitmap) {
    for (group, members) in &dataset.groups {
        let members = members & people;
        match group {
            Group::Population(label) => {
                let key = (FilteringTermKind::Alphanumeric, "population".to_owned());
                note(found, key, EntryType::Individual, members, (None, Some(label.clone())));
            }
            Group::Sex(sex) => {
                let (id, label) = sex.term();
                let key = (FilteringTermKind::Ontology, id.to_owned());
                note(found, key, EntryType::Individual, members, (Some(label.to_owned()), None));
            }
            Group::Total | Group::PopulationSex(..) => {}
        }
    }
}

fn of_term(
    dataset: &Dataset,
    ((kind, id), stated): ((FilteringTermKind, String), Stated),
    cohort: &Arc<RoaringBitmap>,
) -> TermCount {
    let listed = stated.values.len() <= MOST_VALUES;
    let values = stated.values.into_iter().filter(|_| listed);
    let everyone = People::Known(Arc::clone(cohort));
    let stating = |people: RoaringBitmap| {
        let stating = Stating { people: Arc::new(people), cohort: Arc::clone(cohort) };
        let count = Count::of(Arc::new(stating)).among(everyone.clone(), everyone.clone());
        count.related(&dataset.families)
    };
    TermCount {
        kind,
        id,
        count: stating(stated.people),
        labels: stated.labels.into_iter().map(|(label, people)| (label, stating(people))).collect(),
        scopes: stated.scopes.into_iter().map(|(scope, people)| (scope, stating(people))).collect(),
        values: values.map(|(value, people)| (value, stating(people))).collect(),
    }
}
