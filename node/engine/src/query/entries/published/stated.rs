//! All that is stated in a dataset, gone through once.

use std::collections::BTreeMap;

use datafusion::logical_expr::{col, lit};
use fyr_policy::{Bands, Fixed};
use fyr_schemas::{EntryType, Group};
use fyr_store::people::fact_schema;
use roaring::RoaringBitmap;

use super::{
    super::{
        filter::{Filters, POPULATIONS, Path, Stating, unite},
        table,
    },
    Key,
};
use crate::EngineError;

/// Where something is stated.
type Place = (EntryType, Path);

/// Who states what.
#[derive(Default)]
pub(super) struct Stated {
    terms: BTreeMap<String, Stating>,
    /// The entries that state a value, in lower case: as a text, a label or a term.
    values: BTreeMap<Place, BTreeMap<String, RoaringBitmap>>,
    numbers: BTreeMap<Place, Numbers>,
}

/// The numbers of a field, by entry.
struct Numbers {
    of: Vec<(u32, f64)>,
    /// Whether all are written as durations.
    years: bool,
}

/// One row of the table `facts`.
struct Fact<'a> {
    kind: EntryType,
    entry: u32,
    field: &'a str,
    term: Option<&'a str>,
    label: Option<&'a str>,
    text: Option<&'a str>,
    value: Option<f64>,
}

impl Stated {
    /// Reads the facts that are not stated as absent, and what ingest knows of people.
    pub(super) async fn read(filters: &Filters<'_>) -> Result<Self, EngineError> {
        let mut stated = Self::default();
        let dataset = filters.dataset;
        let columns = [table::SOURCE, "number", "entry_type", "field", "term", "label", "text", "value"];
        let present = col("absent").eq(lit(false));
        let files = dataset.fact_files();
        for batch in table::select(filters.session, &fact_schema(), files, present, &columns).await? {
            let text = |name| table::texts(&batch, name);
            let (kinds, fields, terms) = (text("entry_type")?, text("field")?, text("term")?);
            let (labels, texts, values) = (text("label")?, text("text")?, table::numbers(&batch, "value")?);
            for (at, (segment, number)) in table::rows(&batch)?.into_iter().enumerate() {
                let kind = kinds.get(at).copied().flatten();
                let Some(kind) = kind.and_then(|kind| kind.parse().ok()) else { continue };
                let one = RoaringBitmap::from_iter([number]);
                if dataset.entries.current(kind, segment as usize, one).is_empty() {
                    continue;
                }
                stated.note(&Fact {
                    kind,
                    entry: number,
                    field: fields.get(at).copied().flatten().unwrap_or_default(),
                    term: terms.get(at).copied().flatten(),
                    label: labels.get(at).copied().flatten(),
                    text: texts.get(at).copied().flatten(),
                    value: values.get(at).copied().flatten(),
                });
            }
        }
        stated.note_groups(&dataset.groups);
        Ok(stated)
    }

    fn note(&mut self, fact: &Fact<'_>) {
        let field = (fact.kind, Path::Field(fact.field.to_owned()));
        let measured = fact.text.is_some() || fact.value.is_some();
        let assay = fact.term.filter(|_| measured).map(|term| (fact.kind, Path::Assay(term.to_owned())));
        if let Some(term) = fact.term {
            let stating = self.terms.entry(term.to_owned()).or_default();
            stating.entry(fact.kind).or_default().insert(fact.entry);
        }
        for place in assay.into_iter().chain([field]) {
            let values = self.values.entry(place.clone()).or_default();
            for value in [fact.text, fact.label, fact.term].into_iter().flatten() {
                values.entry(value.to_lowercase()).or_default().insert(fact.entry);
            }
            let Some(value) = fact.value else { continue };
            let numbers =
                self.numbers.entry(place).or_insert_with(|| Numbers { of: Vec::new(), years: true });
            numbers.of.push((fact.entry, value));
            numbers.years &= fact.text.is_some_and(|text| text.starts_with('P'));
        }
    }

    /// Sex and labels of populations.
    fn note_groups(&mut self, groups: &[(Group, RoaringBitmap)]) {
        let mut note = |path: &str, value: &str, people: &RoaringBitmap| {
            let values =
                self.values.entry((EntryType::Individual, Path::Field(path.to_owned()))).or_default();
            *values.entry(value.to_lowercase()).or_default() |= people;
        };
        for (group, people) in groups {
            match group {
                Group::Population(label) => note(POPULATIONS, label, people),
                Group::Sex(sex) => {
                    let (id, label) = sex.term();
                    [id, label, sex.letter().unwrap_or_default()]
                        .into_iter()
                        .for_each(|value| note("sex", value, people));
                    let stating = self.terms.entry(id.to_owned()).or_default();
                    *stating.entry(EntryType::Individual).or_default() |= people;
                }
                Group::Total | Group::PopulationSex(..) => {}
            }
        }
    }

    /// Returns who is of which cohort.
    pub(super) fn cohorts(&self, filters: &Filters<'_>) -> Vec<(Key, Stating)> {
        let cohorts = filters.dataset.entries.all(EntryType::Cohort);
        let of = |number| {
            (Key::Within(number), Stating::from([(EntryType::Cohort, RoaringBitmap::from_iter([number]))]))
        };
        cohorts.iter().map(of).collect()
    }

    /// Returns the terms that are stated, in entries of any type and of each. Where narrower ones count, whatever is
    /// wider than a stated term is stated too: who asks for a group of diseases means each of them.
    pub(super) fn terms(&self, filters: &Filters<'_>, fixed: Fixed) -> Vec<(Key, Stating)> {
        let stated = self.terms.keys().map(String::as_str);
        let ids = if fixed.descendants {
            filters.session.ontologies.with_wider(stated)
        } else {
            stated.map(str::to_owned).collect()
        };
        ids.iter().flat_map(|id| self.of_term(filters, fixed, id)).collect()
    }

    fn of_term(&self, filters: &Filters<'_>, fixed: Fixed, id: &String) -> Vec<(Key, Stating)> {
        let matches = filters.session.ontologies.matches(id, fixed.descendants).unwrap_or_default();
        let mut stating = self.terms.get(id).cloned().unwrap_or_default();
        let narrower = matches.ids.iter().filter_map(|id| self.terms.get(id));
        let coded = matches.code_ranges.iter();
        let coded = coded.flat_map(|(from, to)| self.terms.range(from.clone()..to.clone()).map(|(_, s)| s));
        narrower.chain(coded).for_each(|other| unite(&mut stating, other.clone()));
        let scoped: Vec<_> = stating
            .iter()
            .map(|(kind, of)| (Key::Term(Some(*kind), id.clone()), (*kind, of.clone())))
            .collect();
        let scoped = scoped.into_iter().map(|(key, one)| (key, Stating::from([one])));
        // Where no type is named, what is said of cohorts and of the dataset itself is not meant.
        stating.retain(|kind, _| kind.is_about_a_person());
        std::iter::once((Key::Term(None, id.clone()), stating)).chain(scoped.collect::<Vec<_>>()).collect()
    }

    /// Returns the bands of each field that has numbers of enough people.
    pub(super) fn bands(
        &self,
        filters: &Filters<'_>,
        fixed: Fixed,
        people: &RoaringBitmap,
    ) -> Vec<(Place, Bands)> {
        let of = |(place, numbers): (&Place, &Numbers)| {
            let mut stated = Vec::new();
            for (entry, value) in &numbers.of {
                let entry = Stating::from([(place.0, RoaringBitmap::from_iter([*entry]))]);
                stated.extend((filters.people(&entry) & people).iter().map(|person| (person, *value)));
            }
            Some((place.clone(), Bands::new(&stated, numbers.years, fixed.floor)?))
        };
        self.numbers.iter().filter_map(of).collect()
    }

    /// Returns who is in which bands of a field, and who in others.
    pub(super) fn in_bands(&self, kind: EntryType, path: &Path, bands: &Bands) -> Vec<(Key, Stating)> {
        let mut single = vec![RoaringBitmap::new(); bands.number()];
        let numbers = self.numbers.get(&(kind, path.clone()));
        for (entry, value) in numbers.into_iter().flat_map(|numbers| &numbers.of) {
            if let Some(band) = single.get_mut(bands.of(*value).start) {
                band.insert(*entry);
            }
        }
        let all = union(&single);
        let stating = |entries| Stating::from([(kind, entries)]);
        let mut keys = vec![(Key::Any(kind, path.clone()), stating(all.clone()))];
        for from in 0..single.len() {
            for to in from + 1..=single.len() {
                let inside = union(single.get(from..to).unwrap_or_default());
                let others = &all - &inside;
                keys.push((Key::Bands(kind, path.clone(), (from, to)), stating(inside)));
                if to == from + 1 {
                    keys.push((Key::OtherBands(kind, path.clone(), (from, to)), stating(others)));
                }
            }
        }
        keys
    }

    /// Returns who states which value in the fields that have no bands, and who another.
    pub(super) fn values(&self, has_bands: impl Fn(&Place) -> bool) -> Vec<(Key, Stating)> {
        let mut keys = Vec::new();
        for (place, values) in self.values.iter().filter(|(place, _)| !has_bands(place)) {
            let (kind, path) = place;
            let stating = |entries| Stating::from([(*kind, entries)]);
            let all = values.values().fold(RoaringBitmap::new(), |all, entries| all | entries);
            for (value, entries) in values {
                keys.push((Key::Value(*kind, path.clone(), value.clone()), stating(entries.clone())));
                keys.push((Key::Other(*kind, path.clone(), value.clone()), stating(&all - entries)));
            }
            keys.push((Key::Any(*kind, path.clone()), stating(all)));
        }
        keys
    }
}

fn union(sets: &[RoaringBitmap]) -> RoaringBitmap {
    sets.iter().fold(RoaringBitmap::new(), |all, set| all | set)
}
