//! Which filtering terms may be told: a term is as telling as a count of those for whom it is stated.

use fyr_schemas::FilteringTerm;

use crate::{DatasetPermit, Disclosed, TermTally, Undisclosed};

/// Keeps the terms, and the values of fields, that are stated for as many people as the floor demands.
pub fn disclose_terms(
    permit: &DatasetPermit,
    terms: Vec<Undisclosed<TermTally>>,
) -> Disclosed<Vec<FilteringTerm>> {
    let floor = permit.plan().minimum_carriers;
    let cohort = permit.plan().minimum_cohort;
    let enough = |tally: &TermTally| tally.people >= floor.max(1) && tally.cohort >= cohort;
    let told = terms.into_iter().map(Undisclosed::open).filter(enough);
    let term = |tally: TermTally| {
        let values = tally.values.into_iter().filter(|(_, people)| *people >= floor.max(1));
        FilteringTerm { values: values.map(|(value, _)| value).collect(), ..tally.term }
    };
    Disclosed::new(told.map(term).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cohort, ReleasePlan};
    use fyr_schemas::{EntryType, FilteringTermKind, Release};

    fn tally(id: &str, people: u64, values: &[(&str, u64)]) -> Undisclosed<TermTally> {
        let term = FilteringTerm {
            kind: FilteringTermKind::Ontology,
            id: id.into(),
            label: None,
            scopes: vec![EntryType::Individual],
            values: Vec::new(),
        };
        let values = values.iter().map(|(value, people)| ((*value).to_owned(), *people)).collect();
        Undisclosed::new(TermTally { term, people, cohort: 100, values })
    }

    #[test]
    fn what_few_state_is_not_listed() {
        let permit = DatasetPermit::new("D", Cohort::Everyone, ReleasePlan::open(Release::Count, 10));
        let terms =
            vec![tally("HP:1", 9, &[]), tally("HP:2", 10, &[("a", 10), ("b", 9)]), tally("HP:3", 0, &[])];
        let told = disclose_terms(&permit, terms).into_inner();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].id.as_str(), &told[0].values), ("HP:2", &vec!["a".to_owned()]));
    }
}
