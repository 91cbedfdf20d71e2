//! The entries for which everything that a question asks for holds, and how much each part of it matters.

use std::sync::Arc;

use fixedbitset::FixedBitSet;
use futures::TryStreamExt;
use fyr_schemas::{EntryRef, EntryType, Located, Query};
use roaring::RoaringBitmap;

use super::{
    super::{alleles, dataset::Dataset, session::EngineSession},
    filter::Filters,
    published::{Constraints, Published},
};
use crate::EngineError;

/// What a question selects in one dataset: entries of its type, or people where it asks for variants.
#[derive(Debug)]
pub(crate) struct Selection {
    /// For which everything holds.
    pub(crate) matched: RoaringBitmap,
    /// For each constraint that does not hold for all: for which all the others hold. Where variants are asked for, for
    /// each that is of bands: for which all the others hold, and it with one band more.
    pub(crate) margins: Vec<RoaringBitmap>,
    /// Of those who carry what is asked for, who has more than one copy; none where nothing is, or no margins are
    /// wanted.
    pub(crate) several: Option<Arc<RoaringBitmap>>,
}

impl Selection {
    /// Evaluates filters, links and, where no variants are asked for, who carries them. Filters are read as what is
    /// published, if that is given.
    pub(crate) async fn of(
        session: &Arc<EngineSession>,
        dataset: &Arc<Dataset>,
        (query, located): (&Query, Option<&Located>),
        with_margins: bool,
        published: Option<&Published>,
    ) -> Result<Self, EngineError> {
        let target = query.entry_type;
        let filters = Filters { session, dataset };
        let constraints = match published {
            Some(published) => published.constraints(&filters, query)?,
            None => evaluated(&filters, query).await?,
        };
        let Constraints { sets: Some(mut constraints), wider } = constraints else {
            return Ok(Self { matched: RoaringBitmap::new(), margins: Vec::new(), several: None });
        };
        let mut several = None;
        if let Some(located) = located.filter(|_| target != EntryType::GenomicVariant) {
            let carriers = carriers(session, dataset, located, with_margins).await?;
            constraints.push(dataset.entries.of_people(target, &carriers.all, &dataset.people));
            several = with_margins.then(|| Arc::new(carriers.several));
        }
        // Of people alone, what lies between neighbours is enough already.
        let of_variants = target == EntryType::GenomicVariant || located.is_some();
        let wider = if with_margins && of_variants { wider } else { Vec::new() };
        let selection = Self::intersect(&filters.universe(target), &constraints, with_margins);
        Ok(Self { several, ..selection.beside(&constraints, wider) })
    }

    /// Adds margins in which one constraint is wider.
    fn beside(mut self, constraints: &[RoaringBitmap], wider: Vec<(usize, RoaringBitmap)>) -> Self {
        let with = |(at, wide): (usize, RoaringBitmap)| {
            let others = constraints.iter().enumerate().filter(|(other, _)| *other != at);
            others.fold(wide, |matched, (_, constraint)| matched & constraint)
        };
        self.margins.extend(wider.into_iter().map(with));
        self
    }

    fn intersect(universe: &RoaringBitmap, constraints: &[RoaringBitmap], with_margins: bool) -> Self {
        let all_but = |left_out: Option<usize>| {
            let kept = constraints.iter().enumerate().filter(|(at, _)| Some(*at) != left_out);
            kept.fold(universe.clone(), |matched, (_, constraint)| matched & constraint)
        };
        let binding =
            |at: &usize| constraints.get(*at).is_some_and(|constraint| !universe.is_subset(constraint));
        let margins = (0..constraints.len()).filter(|at| with_margins && binding(at));
        Self { margins: margins.map(|at| all_but(Some(at))).collect(), matched: all_but(None), several: None }
    }
}

/// Evaluates filters and links as they stand.
async fn evaluated(filters: &Filters<'_>, query: &Query) -> Result<Constraints, EngineError> {
    let (target, dataset) = (query.entry_type, filters.dataset);
    let mut constraints = Vec::new();
    constraints.extend(query.within.as_ref().map(|within| belonging(dataset, target, within)));
    for clause in query.filters.clauses() {
        let mut any = RoaringBitmap::new();
        for filter in &clause.0 {
            any |= filters.matching(target, filter).await?;
        }
        constraints.push(any);
    }
    Ok(Constraints { sets: Some(constraints), wider: Vec::new() })
}

/// The people who carry an allele of a question.
struct CarriersOfAny {
    all: RoaringBitmap,
    /// Who has more than one copy, of one or of several; nobody where that was not asked for.
    several: RoaringBitmap,
}

/// Returns the people who carry an allele of a question.
async fn carriers(
    session: &Arc<EngineSession>,
    dataset: &Arc<Dataset>,
    located: &Located,
    with_several: bool,
) -> Result<CarriersOfAny, EngineError> {
    // Bits, since a list of numbers would be gone through for each allele.
    let (mut people, mut several) = (FixedBitSet::new(), FixedBitSet::new());
    let mut alleles = alleles::find(session, dataset, Some(located)).await?;
    while let Some(allele) = alleles.try_next().await? {
        for person in &allele.carriers()? {
            let person = person as usize;
            people.grow(person + 1);
            if people.put(person) && with_several {
                several.grow_and_insert(person);
            }
        }
        if with_several {
            allele.homozygous()?.iter().for_each(|person| several.grow_and_insert(person as usize));
        }
    }
    let set = |bits: &FixedBitSet| bits.ones().filter_map(|person| u32::try_from(person).ok()).collect();
    Ok(CarriersOfAny { all: set(&people), several: set(&several) })
}

/// Returns the people of an entry.
pub(crate) fn people_of(dataset: &Dataset, within: &EntryRef) -> RoaringBitmap {
    belonging(dataset, EntryType::Individual, within)
}

/// Returns the entries of a type that belong to an entry; people, where variants are asked for.
fn belonging(dataset: &Dataset, target: EntryType, within: &EntryRef) -> RoaringBitmap {
    let target = if target == EntryType::GenomicVariant { EntryType::Individual } else { target };
    let entries = &dataset.entries;
    let number = match within.entry_type {
        EntryType::Individual => dataset.number_of(&within.id),
        EntryType::Dataset if within.id == dataset.summary.id => {
            return entries.of_people(target, &dataset.people, &dataset.people);
        }
        kind => entries.of(kind).and_then(|index| index.find(&within.id)).map(|key| key.number),
    };
    let Some(number) = number else { return RoaringBitmap::new() };
    match (within.entry_type, target) {
        (EntryType::Run, EntryType::Analysis) => {
            entries.of(target).map(|index| index.of_run(number)).unwrap_or_default()
        }
        (kind, target) => {
            entries.translate((kind, &RoaringBitmap::from_iter([number])), target, &dataset.people)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: &[u32]) -> RoaringBitmap {
        numbers.iter().copied().collect()
    }

    #[test]
    fn a_margin_leaves_one_constraint_out() {
        let universe = set(&[0, 1, 2, 3, 4]);
        let constraints = [set(&[0, 1, 2]), set(&[1, 2, 3]), universe.clone()];
        let selection = Selection::intersect(&universe, &constraints, true);
        assert_eq!(selection.matched, set(&[1, 2]));
        assert_eq!(selection.margins, [set(&[1, 2, 3]), set(&[0, 1, 2])], "what binds nobody has no margin");
        assert!(Selection::intersect(&universe, &constraints, false).margins.is_empty());
        assert_eq!(Selection::intersect(&universe, &[], true).matched, universe);
    }
}
