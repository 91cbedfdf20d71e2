use fyr_policy::{DatasetRules, Policy, PolicyConfig, Requester, RequesterFacts, User};
use fyr_schemas::{Clause, Condition, Filter, Filters, Release};
use time::macros::datetime;

use super::*;
use crate::policies::VersionsByDataset;

const NOW: OffsetDateTime = datetime!(2027-01-30 23:59:59 UTC);

fn in_force(rules: DatasetRules) -> InForce {
    let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
    InForce {
        policy: Arc::new(policy),
        version: "1".into(),
        by_dataset: VersionsByDataset::default(),
        refused: None,
    }
}

fn dataset() -> DatasetSummary {
    DatasetSummary {
        id: "D".into(),
        kind: DatasetKind::Individual,
        assembly: fyr_schemas::Assembly::GRCH38,
        normalised: false,
        annotated: false,
        individuals: Some(3),
        variants: 1,
        entries: std::collections::BTreeMap::new(),
        segments: 1,
        bytes: 1,
        version: 1,
        publication: None,
    }
}

/// A question for individuals with so many filters.
fn filtered(filters: usize) -> Query {
    let filter = |number: usize| Filter {
        scope: None,
        excluded: false,
        any_of: vec![Condition::Term { id: format!("HP:{number:07}"), descendants: true }],
    };
    let filters = Filters::new(vec![Clause((0..filters).map(filter).collect())]).unwrap();
    Query { filters, ..Query::entries(EntryType::Individual) }
}

struct Node {
    decisions: Decisions,
    in_force: InForce,
    ontologies: Ontologies,
}

impl Node {
    fn new(rules: DatasetRules) -> Self {
        let in_force = in_force(rules);
        Self { decisions: Decisions::default(), in_force, ontologies: Ontologies::default() }
    }

    fn decide(&self, requester: &Requester, query: &Query, now: OffsetDateTime) -> Arc<Decision> {
        let wider = |disease: &str| wider(&self.ontologies, disease);
        let asking = Asking::of(query, None, requester, wider, now);
        self.decisions.all(&self.in_force, asking, now, &[dataset()]).remove(0)
    }
}

#[test]
fn another_number_of_filters_is_decided_anew() {
    let node = Node::new(DatasetRules {
        public: Some(Release::Boolean),
        subjects: Some(Release::Boolean),
        open: Some(true),
        most_filters: Some(3),
        ..DatasetRules::default()
    });
    for (filters, permitted) in [(3, true), (4, false), (3, true), (0, true), (100, false)] {
        let decision = node.decide(&Requester::Public, &filtered(filters), NOW);
        assert_eq!(decision.plan().is_some(), permitted, "{filters} filters");
    }
}

#[test]
fn a_decision_is_not_remembered_beyond_the_day_on_which_it_ends() {
    let node = Node::new(DatasetRules {
        public: Some(Release::Boolean),
        open: Some(true),
        expires: Some("2027-01-31".into()),
        ..DatasetRules::default()
    });
    let query = Query::entries(EntryType::GenomicVariant);
    let decide = |now| node.decide(&Requester::Public, &query, now);
    assert!(decide(NOW).plan().is_some());
    assert!(Arc::ptr_eq(&decide(NOW), &decide(NOW)), "it is remembered");
    assert_eq!(decide(datetime!(2027-01-31 00:00 UTC)).plan(), None, "the dataset has expired");
    assert_eq!(decide(datetime!(2027-02-15 12:00 UTC)).plan(), None);
}

#[test]
fn a_decision_is_not_remembered_beyond_the_credentials() {
    let node = Node::new(DatasetRules { open: Some(true), ..DatasetRules::default() });
    let facts = RequesterFacts { subject: Some("anna".into()), ..RequesterFacts::default() };
    let Requester::User(user) = facts.requester() else { panic!("facts of a person") };
    let noon = datetime!(2027-01-30 12:00 UTC);
    let expires = noon.unix_timestamp() + 60;
    let requester = Requester::User(Arc::new(User { expires, ..(*user).clone() }));
    let decide = |seconds| {
        let query = Query::entries(EntryType::GenomicVariant);
        node.decide(&requester, &query, noon + time::Duration::seconds(seconds))
    };
    let first = decide(0);
    assert!(Arc::ptr_eq(&first, &decide(59)), "one second before they end");
    assert!(!Arc::ptr_eq(&first, &decide(60)), "when they end");
}
