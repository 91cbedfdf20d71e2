//! How the filters of a question are read.

use fyr_policy::{Bands, Reading, Side};
use fyr_schemas::{Clause, Condition, EntryType, Filter, Operator, Query, duration, model::canonical_curie};
use roaring::RoaringBitmap;

use super::{
    super::filter::{Filters, Path, paths, scopes},
    Key, Published,
};
use crate::EngineError;

/// What a question demands of the entries that it is about.
#[derive(Debug, Default)]
pub(in super::super) struct Constraints {
    /// For which entries each holds; none where together they hold for nobody of whom anything is told.
    pub(in super::super) sets: Option<Vec<RoaringBitmap>>,
    /// With the position of a constraint, the sets that it could have been instead, one band wider.
    pub(in super::super) wider: Vec<(usize, RoaringBitmap)>,
}

/// One demand.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Demand {
    key: Option<Key>,
    excluded: bool,
}

impl Published {
    /// Reads what a question demands, the alleles that it names aside.
    ///
    /// # Errors
    ///
    /// A filter cannot be evaluated, whatever the data are.
    pub(in super::super) fn constraints(
        &self,
        filters: &Filters<'_>,
        query: &Query,
    ) -> Result<Constraints, EngineError> {
        let demands = self.demands(filters, query)?;
        let mut sides: Vec<(Side, &Demand)> = Vec::new();
        for demand in &demands {
            match self.of_demand(demand) {
                Reading::Nobody => return Ok(Constraints::default()),
                Reading::Everybody => {}
                Reading::Side(side) if sides.iter().any(|(known, _)| *known == side) => {}
                Reading::Side(side) => sides.push((side, demand)),
            }
        }
        if !self.tells(&sides.iter().map(|(side, _)| *side).collect::<Vec<_>>()) {
            return Ok(Constraints::default());
        }
        let entries = |side: Side| self.entries(filters, query.entry_type, side);
        let wider = sides.iter().enumerate().flat_map(|(at, (side, demand))| {
            let bands = self.wider(demand).into_iter().filter_map(move |reading| match reading {
                Reading::Side(side) => Some((at, entries(side))),
                Reading::Everybody => Some((at, filters.universe(query.entry_type))),
                Reading::Nobody => None,
            });
            let named = self.with_one_member_more(filters, query.entry_type, *side);
            bands.chain(named.into_iter().map(move |wide| (at, wide)))
        });
        Ok(Constraints {
            wider: wider.collect(),
            sets: Some(sides.iter().map(|(side, _)| entries(*side)).collect()),
        })
    }

    /// Writes the bands of a question as filters.
    pub(super) fn written(&self, filters: &Filters<'_>, query: &Query) -> Result<Vec<String>, EngineError> {
        let demands = self.demands(filters, query)?;
        let keys = demands.iter().filter_map(|demand| demand.key.as_ref());
        let written = keys.filter_map(|key| match key {
            Key::Bands(kind, path, range) | Key::OtherBands(kind, path, range) => {
                Some(written(path.name(), self.bands.get(&(*kind, path.clone()))?, *range))
            }
            _ => None,
        });
        Ok(written.collect())
    }

    fn of_demand(&self, demand: &Demand) -> Reading {
        let reading = demand.key.as_ref().map_or(Reading::Nobody, |key| self.reading(key));
        if demand.excluded { reading.rest() } else { reading }
    }

    /// Bounds of one field are one demand: they lie between the same bands.
    fn demands(&self, filters: &Filters<'_>, query: &Query) -> Result<Vec<Demand>, EngineError> {
        let mut demands: Vec<Demand> = Vec::new();
        demands.extend(within(filters, query));
        for clause in query.filters.clauses() {
            let demand = self.demand(filters, query.entry_type, clause)?;
            let Demand { key: Some(Key::Bands(kind, path, (from, to))), excluded: false } = &demand else {
                demands.push(demand);
                continue;
            };
            let same = |known: &mut Demand| match known {
                Demand { key: Some(Key::Bands(k, p, range)), excluded: false } if k == kind && p == path => {
                    *range = (range.0.max(*from), range.1.min(*to));
                    true
                }
                _ => false,
            };
            if !demands.iter_mut().any(same) {
                demands.push(demand);
            }
        }
        Ok(demands)
    }

    fn demand(
        &self,
        filters: &Filters<'_>,
        target: EntryType,
        clause: &Clause,
    ) -> Result<Demand, EngineError> {
        let one = match clause.0.as_slice() {
            [filter] => <&[Condition; 1]>::try_from(filter.any_of.as_slice()).ok().map(|one| (filter, one)),
            _ => None,
        };
        let Some((Filter { scope, excluded, .. }, [condition])) = one else {
            let Some(asked) = self.value_sets.asked_for(clause) else { return Err(alternative()) };
            return Ok(Demand { key: self.named_key(target, asked), excluded: asked.excluded });
        };
        let key = match condition {
            Condition::Term { id, .. } if filters.session.ontologies.is_block(id) => return Err(block()),
            Condition::Term { id, .. } => self.term_key(filters, *scope, id)?,
            Condition::Value { field, operator, value } => {
                let places: Vec<_> = paths(&scopes(*scope, target), field).collect();
                let is_known = |(kind, path): &&(EntryType, Path)| {
                    self.readings.contains_key(&Key::Any(*kind, path.clone()))
                };
                let place = places.iter().find(is_known).cloned();
                place.map(|place| self.of_value(place, *operator, value.trim()))
            }
        };
        Ok(Demand { key, excluded: *excluded })
    }

    /// Finds the key of a term, which a vocabulary may have renamed.
    pub(super) fn term_key(
        &self,
        filters: &Filters<'_>,
        scope: Option<EntryType>,
        id: &String,
    ) -> Result<Option<Key>, EngineError> {
        let matches = filters.session.ontologies.matches(id, false);
        let matches = matches.map_err(|error| EngineError::Unsupported(error.to_string()))?;
        let mut keys = std::iter::once(id).chain(&matches.ids).map(|id| Key::Term(scope, id.clone()));
        Ok(keys.find(|key| self.readings.contains_key(key)))
    }

    fn of_value(&self, (kind, path): (EntryType, Path), operator: Operator, value: &str) -> Key {
        let number = value.parse::<f64>().ok().or_else(|| duration::years(value));
        let bands = self.bands.get(&(kind, path.clone())).zip(number);
        if let Some((bands, number)) = bands {
            let range = bands.inside(operator, number);
            let range = (range.start, range.end);
            return match operator {
                Operator::NotEqual => Key::OtherBands(kind, path, range),
                _ => Key::Bands(kind, path, range),
            };
        }
        let text = canonical_curie(value).unwrap_or_else(|| value.to_owned()).to_lowercase();
        let other = Key::Other(kind, path.clone(), text.clone());
        match operator {
            Operator::NotEqual if self.readings.contains_key(&other) => other,
            // Whoever states something states something else than what is stated for too few.
            Operator::NotEqual => Key::Any(kind, path),
            // Texts have no bands: bounds of them, as of anything else, are no value that is stated.
            _ => Key::Value(kind, path, if operator == Operator::Equal { text } else { String::new() }),
        }
    }

    /// Returns what a demand of bands would be with one band more, below and above.
    fn wider(&self, demand: &Demand) -> Vec<Reading> {
        let Some(Key::Bands(kind, path, (from, to))) = &demand.key else { return Vec::new() };
        let key = |from, to| Key::Bands(*kind, path.clone(), (from, to));
        let below = from.checked_sub(1).map(|below| key(below, *to));
        let number = self.bands.get(&(*kind, path.clone())).map_or(0, Bands::number);
        let above = Some(key(*from, to + 1)).filter(|_| *to < number);
        let inner =
            [key(from + 1, *to), key(*from, to.saturating_sub(1))].into_iter().filter(|_| to - from > 1);
        // Everybody else is wider where the bands are narrower.
        let keys: Vec<Key> =
            if demand.excluded { inner.collect() } else { below.into_iter().chain(above).collect() };
        let readings = keys.iter().map(|key| self.reading(key));
        readings.map(|reading| if demand.excluded { reading.rest() } else { reading }).collect()
    }
}

/// Being of the entry that a question names. What belongs to the dataset itself is everybody's.
fn within(filters: &Filters<'_>, query: &Query) -> Option<Demand> {
    let within = query.within.as_ref()?;
    let key = match within.entry_type {
        EntryType::Dataset if within.id == filters.dataset.summary.id => return None,
        EntryType::Cohort => {
            let index = filters.dataset.entries.of(EntryType::Cohort);
            index.and_then(|index| index.find(&within.id)).map(|key| Key::Within(key.number))
        }
        _ => None,
    };
    Some(Demand { key, excluded: false })
}

fn alternative() -> EngineError {
    EngineError::Unsupported(
        "`filters`: alternatives select no set that is fixed: ask for one of them".into(),
    )
}

fn block() -> EngineError {
    EngineError::Unsupported(
        "`filters`: a block of codes selects no set that is fixed: ask for a code, with all below it, or a letter".into(),
    )
}

fn written(field: &str, bands: &Bands, (from, to): (usize, usize)) -> String {
    let number = |number: f64| if bands.are_years() { format!("P{number}Y") } else { number.to_string() };
    if from >= to {
        return format!("{field}: no band lies within these bounds");
    }
    match bands.bounds(&(from..to)) {
        (Some(from), Some(below)) => format!("{field}:>={},{field}:<{}", number(from), number(below)),
        (Some(from), None) => format!("{field}:>={}", number(from)),
        (None, Some(below)) => format!("{field}:<{}", number(below)),
        (None, None) => format!("{field}: any number"),
    }
}
