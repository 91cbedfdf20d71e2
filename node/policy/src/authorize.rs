//! From requester, question and policy to a permit, or to a denial that tells nothing of hidden data.

use fyr_schemas::{ErrorCode, Query, Release};

use crate::{DatasetPermit, Permit, Policy, ReleasePlan, Requester, VisibleDataset};

/// Why a question may not be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Nothing here may be asked with these credentials. A node without data says the same.
    #[error("nothing here may be asked with these credentials")]
    NothingPermitted,
    /// None of the datasets that the question names exists, as far as the requester may know.
    #[error("none of the named datasets exists here")]
    UnknownDataset,
    /// The question names a person, a sample, a run or an analysis, which only open datasets show.
    #[error("no such entry")]
    UnknownEntry,
}

impl Denial {
    /// Returns the code that clients see.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::NothingPermitted => ErrorCode::PermissionDenied,
            Self::UnknownDataset | Self::UnknownEntry => ErrorCode::NotFound,
        }
    }
}

/// Decides which of a node's datasets a question may be put to, and how much each may say.
///
/// # Errors
///
/// Nothing may be asked, or nothing that the requester may know of was named.
pub fn authorize<'a>(
    policy: &Policy,
    requester: &Requester,
    query: &Query,
    datasets: impl IntoIterator<Item = &'a str>,
) -> Result<Permit, Denial> {
    let (mut permitted, mut withheld, mut excluded) = (Vec::new(), Vec::new(), false);
    let names_a_person = query.within.as_ref().is_some_and(|within| within.entry_type.is_about_a_person());
    let mut closed = false;
    for id in datasets {
        let rules = policy.of(id);
        let most =
            if query.is_about_people() { rules.subject_release(requester) } else { rules.release(requester) };
        if rules.release(requester) == Release::None && !rules.listed {
            continue;
        }
        if !query.datasets.includes(id) {
            excluded = true;
            continue;
        }
        if most == Release::None {
            withheld.push(id.to_owned());
            continue;
        }
        // Who knows an id must not learn whether it is here.
        if names_a_person && most < Release::Record {
            closed = true;
            continue;
        }
        let plan = ReleasePlan {
            release: most.min(Release::ceiling(query.granularity)),
            minimum_carriers: rules.minimum_carriers,
            attributable: rules.attributable,
        };
        permitted.push(DatasetPermit::new(id, plan));
    }
    let nothing = permitted.is_empty();
    if nothing && closed {
        return Err(Denial::UnknownEntry);
    }
    if nothing && withheld.is_empty() && !query.datasets.only.is_empty() {
        return Err(Denial::UnknownDataset);
    }
    // Leaving everything out is the client's own choice; having nothing to ask is a denial.
    if nothing && !(excluded && withheld.is_empty()) {
        return Err(Denial::NothingPermitted);
    }
    Ok(Permit::new(permitted, withheld))
}

/// Returns permits for the lists of filtering terms of datasets, of whose people something may be learned.
///
/// `of_a_person` is whether the terms of one person are asked for, which only open datasets show.
pub fn authorize_terms<'a>(
    policy: &Policy,
    requester: &Requester,
    of_a_person: bool,
    datasets: impl IntoIterator<Item = &'a str>,
) -> Vec<DatasetPermit> {
    let least = if of_a_person { Release::Record } else { Release::Boolean };
    let permit = |id: &str| {
        let rules = policy.of(id);
        let plan = ReleasePlan {
            release: rules.subject_release(requester),
            minimum_carriers: rules.minimum_carriers,
            attributable: rules.attributable,
        };
        (plan.release >= least).then(|| DatasetPermit::new(id, plan))
    };
    datasets.into_iter().filter_map(permit).collect()
}

/// Returns the datasets that a requester may know of. Hidden ones are not there.
pub fn visible_datasets<'a>(
    policy: &Policy,
    requester: &Requester,
    datasets: impl IntoIterator<Item = &'a str>,
) -> Vec<VisibleDataset> {
    let visible = |id: &str| {
        let rules = policy.of(id);
        let release = rules.release(requester);
        let subjects = rules.subject_release(requester);
        (release > Release::None || rules.listed).then(|| VisibleDataset {
            id: id.to_owned(),
            release,
            subjects,
        })
    };
    datasets.into_iter().filter_map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatasetRules, PolicyConfig};
    use fyr_schemas::{
        AlleleQuery, Assembly, DatasetSelection, EntryRef, EntryType, Granularity, VariantQuery,
    };

    fn policy() -> Policy {
        let rules = |public, listed| DatasetRules {
            public: Some(public),
            known: Some(Release::Frequency),
            minimum_carriers: Some(0),
            listed: Some(listed),
            ..DatasetRules::default()
        };
        let datasets = [
            ("open".to_owned(), rules(Release::Frequency, true)),
            ("listed".to_owned(), rules(Release::None, true)),
            ("hidden".to_owned(), rules(Release::None, false)),
        ];
        Policy::new(PolicyConfig { datasets: datasets.into(), ..PolicyConfig::default() }).unwrap()
    }

    fn query(only: &[&str], exclude: &[&str]) -> Query {
        let owned = |list: &[&str]| list.iter().map(|&id| id.to_owned()).collect();
        let allele = AlleleQuery::parse(Assembly::Grch38, "7-117559590-ATCT-A").unwrap();
        Query {
            granularity: Granularity::Record,
            datasets: DatasetSelection {
                only: owned(only),
                exclude: owned(exclude),
                exclude_nodes: Vec::new(),
            },
            ..Query::variants(VariantQuery::Allele(allele))
        }
    }

    fn decide(requester: &Requester, query: &Query, datasets: &[&str]) -> Result<Permit, Denial> {
        authorize(&policy(), requester, query, datasets.iter().copied())
    }

    const ALL: [&str; 3] = ["open", "listed", "hidden"];

    #[test]
    fn the_public_sees_what_is_open_and_knows_what_is_listed() {
        let permit = decide(&Requester::Public, &query(&[], &[]), &ALL).unwrap();
        assert_eq!(permit.datasets().len(), 1);
        assert_eq!(permit.datasets()[0].id(), "open");
        assert_eq!(permit.withheld(), ["listed"]);
    }

    #[test]
    fn a_known_requester_sees_more() {
        let known = Requester::Known { name: "clinic".into() };
        let permit = decide(&known, &query(&[], &[]), &ALL).unwrap();
        assert_eq!(permit.datasets().len(), 3);
    }

    #[test]
    fn a_hidden_dataset_answers_as_an_unknown_one() {
        let ask = |id| decide(&Requester::Public, &query(&[id], &[]), &ALL);
        assert_eq!(ask("hidden"), Err(Denial::UnknownDataset));
        assert_eq!(ask("hidden"), ask("no-such-dataset"));
    }

    #[test]
    fn a_node_with_only_hidden_data_answers_as_an_empty_one() {
        let ask = |datasets: &[&str]| decide(&Requester::Public, &query(&[], &[]), datasets);
        assert_eq!(ask(&["hidden"]), Err(Denial::NothingPermitted));
        assert_eq!(ask(&["hidden"]), ask(&[]));
        assert_eq!(
            decide(&Requester::Public, &query(&[], &["hidden"]), &["hidden"]),
            decide(&Requester::Public, &query(&[], &["hidden"]), &[]),
        );
    }

    /// The question for somebody's samples.
    fn of_a_person() -> Query {
        let within = EntryRef { entry_type: EntryType::Individual, id: "P1".into() };
        Query { within: Some(within), ..Query::entries(EntryType::Biosample) }
    }

    #[test]
    fn of_people_nothing_is_told_unless_the_policy_says_so() {
        let people = Query { granularity: Granularity::Record, ..Query::entries(EntryType::Individual) };
        assert_eq!(decide(&Requester::Public, &people, &["open"]), Err(Denial::NothingPermitted));
        let with = |subjects| {
            let rules = DatasetRules {
                public: Some(Release::Record),
                subjects: Some(subjects),
                minimum_carriers: Some(0),
                open: Some(true),
                ..DatasetRules::default()
            };
            Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap()
        };
        let ask = |subjects, query: &Query| authorize(&with(subjects), &Requester::Public, query, ["D"]);
        let permit = ask(Release::Count, &people).unwrap();
        assert_eq!(permit.datasets()[0].plan().release, Release::Count);
        assert_eq!(ask(Release::Frequency, &of_a_person()), Err(Denial::UnknownEntry));
        assert!(ask(Release::Record, &of_a_person()).is_ok());
        assert_eq!(authorize_terms(&with(Release::None), &Requester::Public, false, ["D"]), []);
        assert_eq!(authorize_terms(&with(Release::Count), &Requester::Public, false, ["D"]).len(), 1);
        assert_eq!(authorize_terms(&with(Release::Count), &Requester::Public, true, ["D"]), []);
    }

    #[test]
    fn withheld_only_is_a_denial() {
        assert_eq!(decide(&Requester::Public, &query(&["listed"], &[]), &ALL), Err(Denial::NothingPermitted));
    }

    #[test]
    fn leaving_everything_out_is_no_denial() {
        let permit = decide(&Requester::Public, &query(&[], &["open", "listed"]), &ALL).unwrap();
        assert!(permit.datasets().is_empty());
    }

    #[test]
    fn the_release_is_never_more_than_asked_for() {
        let mut query = query(&[], &[]);
        query.granularity = Granularity::Boolean;
        let permit = decide(&Requester::Public, &query, &ALL).unwrap();
        assert_eq!(permit.datasets()[0].plan().release, Release::Boolean);
    }

    #[test]
    fn hidden_datasets_are_not_visible() {
        let ids: Vec<String> = visible_datasets(&policy(), &Requester::Public, ALL)
            .into_iter()
            .map(|dataset| dataset.id)
            .collect();
        assert_eq!(ids, ["open", "listed"]);
    }
}
