//! What may be said about entries other than variants. The floor is about people, whatever is counted.

use fyr_schemas::{Coverage, DatasetAnswer, DatasetState, Precision, Query, Release};

use crate::{DatasetPermit, Disclosed, EntryTally, ReleasePlan, Rounding, Speaker, Undisclosed};

/// What is left of a count when few people are hidden.
enum Told {
    /// Nobody, or too few to tell.
    Nothing,
    /// All but a few: this many, or more.
    AtLeast(u64),
    /// This many entries.
    Exactly(u64),
}

/// Keeps what may be said of the entries of one dataset.
///
/// With a floor of k people, "nobody", "fewer than k" and "a filter that takes fewer than k away" read the
/// same; all but fewer than k becomes "N − k or more". How many people there are at all is about nobody.
pub fn disclose_entries(
    permit: &DatasetPermit,
    query: &Query,
    tally: Undisclosed<EntryTally>,
    speaker: Speaker<'_>,
) -> Disclosed<DatasetAnswer> {
    let (plan, tally) = (permit.plan(), tally.open());
    let floor = plan.minimum_carriers;
    let told = told(plan, query, &tally);
    let rounds = plan.rounding != Rounding::Exact;
    let (exists, count, precision) = match told {
        Told::Nothing if plan.hides() => (false, 0, Precision::Imprecise),
        Told::Nothing => (false, 0, Precision::Exact),
        Told::AtLeast(count) => (true, plan.rounding.of(count), Precision::Rounded),
        Told::Exactly(count) if rounds => (true, plan.rounding.of(count), Precision::Rounded),
        Told::Exactly(count) if plan.hides() => (true, count, Precision::Imprecise),
        Told::Exactly(count) => (true, count, Precision::Exact),
    };
    let top = matches!(told, Told::AtLeast(_)).then_some(count);
    let shows_records = plan.release == Release::Record && !plan.hides();
    Disclosed::new(DatasetAnswer {
        id: permit.id().to_owned(),
        beacon_id: speaker.beacon_id.to_owned(),
        assembly: speaker.assembly,
        lift: speaker.lift,
        state: DatasetState::Answered,
        release: plan.release,
        exists,
        result_count: (plan.release >= Release::Count).then_some(count),
        precision,
        adjusted_to: (floor > 0).then_some(floor).into_iter().chain(top).collect(),
        coverage: Coverage::Unknown,
        variants: Vec::new(),
        entries: if shows_records { tally.documents } else { Vec::new() },
        handovers: speaker.handovers,
        attributable: plan.attributable,
        versions: speaker.versions,
        withheld: Vec::new(),
    })
}

fn told(plan: ReleasePlan, query: &Query, tally: &EntryTally) -> Told {
    let floor = plan.minimum_carriers;
    if tally.entries == 0 || tally.people < floor || tally.cohort < plan.minimum_cohort {
        return Told::Nothing;
    }
    let asks_something = query.variant.is_some() || query.within.is_some() || !query.filters.is_empty();
    if floor == 0 || !asks_something {
        return Told::Exactly(tally.entries);
    }
    if tally.cohort.saturating_sub(tally.people) < floor {
        return Told::AtLeast(tally.cohort.saturating_sub(floor).max(1));
    }
    let few = |margin: &&u64| **margin < tally.cohort && margin.saturating_sub(tally.people) < floor;
    if tally.margins.iter().any(|margin| few(&margin)) { Told::Nothing } else { Told::Exactly(tally.entries) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cohort;
    use fyr_schemas::{Clause, Condition, EntryType, Filter, Filters};
    use serde_json::json;

    fn query(filtered: bool) -> Query {
        let condition = Condition::Term { id: "HP:0001250".into(), descendants: true };
        let filter = Filter { scope: None, excluded: false, any_of: vec![condition] };
        let filters = if filtered { Filters(vec![Clause(vec![filter])]) } else { Filters::default() };
        Query { filters, ..Query::entries(EntryType::Individual) }
    }

    fn disclose(release: Release, floor: u64, filtered: bool, tally: EntryTally) -> DatasetAnswer {
        let plan = ReleasePlan::open(release, floor);
        let permit = DatasetPermit::new("D", Cohort::Everyone, plan);
        let (assembly, handovers) = (fyr_schemas::Assembly::GRCH38, Vec::new());
        let speaker = Speaker { beacon_id: "node", assembly, lift: None, handovers, versions: None };
        disclose_entries(&permit, &query(filtered), Undisclosed::new(tally), speaker).into_inner()
    }

    fn tally(people: u64, margins: &[u64]) -> EntryTally {
        let documents = vec![json!({ "id": "P1" })];
        EntryTally { entries: 2 * people, people, cohort: 100, margins: margins.to_vec(), documents }
    }

    #[test]
    fn without_a_floor_the_count_is_the_true_one() {
        let answer = disclose(Release::Count, 0, true, tally(1, &[]));
        assert_eq!((answer.exists, answer.result_count, answer.precision), (true, Some(2), Precision::Exact));
        assert!(answer.entries.is_empty(), "counts are no records");
        assert_eq!(disclose(Release::Record, 0, true, tally(1, &[])).entries.len(), 1);
    }

    #[test]
    fn nobody_and_a_few_read_the_same() {
        let nobody = disclose(Release::Record, 10, true, tally(0, &[100]));
        assert_eq!((nobody.exists, nobody.result_count), (false, Some(0)));
        for few in [tally(1, &[100]), tally(9, &[100]), tally(30, &[100, 35]), tally(30, &[100, 30])] {
            assert_eq!(disclose(Release::Record, 10, true, few), nobody);
        }
    }

    #[test]
    fn all_but_a_few_is_a_bucket() {
        for people in [91, 95, 100] {
            let answer = disclose(Release::Count, 10, true, tally(people, &[]));
            assert_eq!((answer.exists, answer.result_count), (true, Some(90)), "{people}");
            assert_eq!((answer.precision, answer.adjusted_to), (Precision::Rounded, vec![10, 90]));
        }
        assert_eq!(disclose(Release::Count, 10, true, tally(90, &[100])).result_count, Some(180));
    }

    #[test]
    fn how_many_there_are_is_about_nobody() {
        assert_eq!(disclose(Release::Count, 10, false, tally(100, &[])).result_count, Some(200));
        let small = EntryTally { cohort: 5, ..tally(5, &[]) };
        assert!(!disclose(Release::Count, 10, false, small).exists);
    }

    #[test]
    fn a_number_needs_the_release_of_counts() {
        let answer = disclose(Release::Boolean, 0, true, tally(3, &[]));
        assert_eq!((answer.exists, answer.result_count), (true, None));
    }
}
