use super::*;
use crate::{Asking, DatasetRules, Held, Kind, Policy, PolicyConfig, Requester, no_wider};
use fyr_schemas::{AlleleQuery, Assembly, DatasetSelection, EntryRef, EntryType, Granularity, VariantQuery};
use time::OffsetDateTime;

fn policy() -> Policy {
    let rules = |public, listed| DatasetRules {
        public: Some(public),
        known: Some(Release::Frequency),
        minimum_carriers: Some(0),
        listed: Some(listed),
        open: Some(true),
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
    let allele = AlleleQuery::parse(Assembly::GRCH38, "7-117559590-ATCT-A").unwrap();
    Query {
        granularity: Granularity::Record,
        datasets: DatasetSelection {
            only: owned(only),
            exclude: owned(exclude),
            ..DatasetSelection::default()
        },
        ..Query::variants(VariantQuery::Allele(allele))
    }
}

fn decisions(policy: &Policy, requester: &Requester, query: &Query, datasets: &[&str]) -> Vec<Decision> {
    let asking = Asking::of(query, None, requester, no_wider, OffsetDateTime::UNIX_EPOCH);
    datasets.iter().map(|id| policy.decide(&asking, Held { id, kind: Kind::Individuals })).collect()
}

fn decide(requester: &Requester, query: &Query, datasets: &[&str]) -> Result<Permit, Denial> {
    authorize(query, &decisions(&policy(), requester, query, datasets))
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
fn a_permit_names_people_by_a_rule() {
    let permit = decide(&Requester::Public, &query(&[], &[]), &ALL).unwrap();
    let written = serde_json::to_value(&permit).unwrap();
    let plan = serde_json::json!({
        "profile": "public",
        "release": "frequency",
        "measure": "alleles",
        "minimum_carriers": 0,
        "minimum_cohort": 0,
        "rounding": "exact",
        "accounting": "none",
        "questions": "free",
        "cases": true,
        "published": false,
        "attributable": true,
        "silent": false,
    });
    let open = serde_json::json!({"id": "open", "cohort": "everyone", "plan": plan, "reference": null});
    assert_eq!(written, serde_json::json!({"datasets": [open], "withheld": ["listed"]}));
    let needed = crate::ConsentItems::from_iter([
        crate::ConsentItem::SecondaryUse,
        crate::ConsentItem::AlleleFrequency,
    ]);
    let cohort =
        |released| serde_json::to_value(crate::Cohort::Consenting { needed, unstated: true, released });
    let rule = serde_json::json!({"needed": ["allele-frequency", "secondary-use"], "unstated": true});
    assert_eq!(cohort(false).unwrap(), serde_json::json!({"consenting": rule}));
    assert_eq!(cohort(true).unwrap()["consenting"]["released"], true);
}

#[test]
fn a_dataset_of_no_known_assembly_ends_the_question() {
    let permit = decide(&Requester::Public, &query(&[], &[]), &ALL).unwrap();
    let with = |known: bool| {
        let assembly = move |id: &str| if known { Ok(Assembly::GRCH37) } else { Err(id.to_owned()) };
        crate::assemble("node", &permit, assembly, Vec::new(), Vec::new())
    };
    assert_eq!(with(false).map(|answer| answer.into_inner()), Err("listed".to_owned()));
    assert_eq!(with(true).unwrap().get().datasets[0].assembly, Assembly::GRCH37);
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
    let decided = |subjects, query: &Query| decisions(&with(subjects), &Requester::Public, query, &["D"]);
    let ask = |subjects, query: &Query| authorize(query, &decided(subjects, query));
    let permit = ask(Release::Count, &people).unwrap();
    assert_eq!(permit.datasets()[0].plan().release, Release::Count);
    assert_eq!(ask(Release::Frequency, &of_a_person()), Err(Denial::UnknownEntry));
    assert!(ask(Release::Record, &of_a_person()).is_ok());
    assert_eq!(authorize_terms(false, &decided(Release::None, &people)), []);
    assert_eq!(authorize_terms(false, &decided(Release::Count, &people)).len(), 1);
    assert_eq!(authorize_terms(true, &decided(Release::Count, &people)), []);
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
fn which_variants_have_a_frequency_is_for_those_who_may_know_frequencies() {
    use fyr_schemas::{Clause, Condition, Filter, Filters, FrequencyBound, Operator};
    let is_rare =
        Condition::Value { field: "alleleFrequency".into(), operator: Operator::Less, value: "0.01".into() };
    let filter = Filter { scope: None, excluded: false, any_of: vec![is_rare] };
    let filters = Filters::new(vec![Clause(vec![filter])]).unwrap();
    let (_, rare) = FrequencyBound::split(filters, EntryType::GenomicVariant).unwrap();
    for (public, may_ask) in [(Release::Count, false), (Release::Frequency, true), (Release::Record, true)] {
        let rules = DatasetRules {
            public: Some(public),
            minimum_carriers: Some(0),
            open: Some(true),
            ..DatasetRules::default()
        };
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        for granularity in [Granularity::Boolean, Granularity::Count, Granularity::Record] {
            let query = Query { granularity, frequencies: rare.clone(), ..query(&[], &[]) };
            let permit = authorize(&query, &decisions(&policy, &Requester::Public, &query, &["open"]));
            let told = permit.ok().map(|permit| permit.datasets()[0].plan().release);
            let expected = may_ask.then(|| public.min(Release::ceiling(granularity)));
            assert_eq!(told, expected, "{public:?} {granularity:?}");
        }
    }
}

#[test]
fn hidden_datasets_are_not_visible() {
    let variants = decisions(&policy(), &Requester::Public, &query(&[], &[]), &ALL);
    let ids: Vec<String> =
        visible_datasets(variants.iter().zip(&variants)).into_iter().map(|dataset| dataset.id).collect();
    assert_eq!(ids, ["open", "listed"]);
}

#[test]
fn what_is_not_fixed_is_refused_by_name_below_open() {
    use fyr_schemas::{
        Clause, Condition, Contig, Filter, Filters, GeneQuery, Interbase, Narrowing, Operator, RangeQuery,
    };
    let rules = |open| DatasetRules {
        public: Some(Release::Boolean),
        subjects: Some(Release::Boolean),
        open: Some(open),
        consent: Some(crate::ConsentBasis::OptOut),
        most_filters: Some(9),
        accounts: Some(false),
        lowered_because: Some("to see what is left of it".into()),
        ..DatasetRules::default()
    };
    let datasets = [("D".to_owned(), rules(false)), ("O".to_owned(), rules(true))];
    let policy = Policy::new(PolicyConfig { datasets: datasets.into(), ..PolicyConfig::default() }).unwrap();
    let ask = |query: &Query, datasets: &[&str]| {
        let decided = decisions(&policy, &Requester::Public, query, datasets);
        authorize(query, &decided).map(|permit| permit.datasets().len())
    };
    let term = |id: &str| Condition::Term { id: id.into(), descendants: true };
    let filter = |any_of| Filter { scope: None, excluded: false, any_of };
    let filtered =
        |clauses| Query { filters: Filters::new(clauses).unwrap(), ..Query::entries(EntryType::Individual) };
    let value = |value: &str| Condition::Value {
        field: "sex".into(),
        operator: Operator::Equal,
        value: value.into(),
    };
    let alternatives = [
        filtered(vec![Clause(vec![filter(vec![term("HP:1"), term("HP:2")])])]),
        filtered(vec![Clause(vec![filter(vec![term("HP:1")]), filter(vec![term("HP:2")])])]),
        filtered(vec![Clause(vec![filter(vec![value("%male")])])]),
        filtered(vec![Clause(Vec::new())]),
    ];
    for query in &alternatives {
        assert_eq!(
            ask(query, &["D"]),
            Err(Denial::NotFixed(NotFixed::Alternatives(crate::ValueSets::default())))
        );
        assert_eq!(
            (ask(query, &["O"]), ask(query, &["D", "O"])),
            (Ok(1), Ok(1)),
            "open data take all filters"
        );
    }
    let one =
        filtered(vec![Clause(vec![filter(vec![term("HP:1")])]), Clause(vec![filter(vec![value("male")])])]);
    assert_eq!(ask(&one, &["D"]), Ok(1));
    let contig = Contig::resolve("7", Assembly::GRCH38).unwrap();
    let range = RangeQuery::of(Assembly::GRCH38, contig, Interbase::new(10, 20).unwrap());
    let range = VariantQuery::Range(range);
    let people = Query { variant: Some(range.clone()), ..Query::entries(EntryType::Individual) };
    assert_eq!(ask(&people, &["D"]), Err(Denial::NotFixed(NotFixed::Range)));
    assert_eq!((ask(&people, &["O"]), ask(&Query::variants(range), &["D"])), (Ok(1), Ok(1)));
    let of_gene = |narrowing| {
        let gene = VariantQuery::Gene(GeneQuery::new(Some("PCSK9"), narrowing).unwrap());
        Query { variant: Some(gene), ..Query::entries(EntryType::Individual) }
    };
    let long = Narrowing { minimum_length: Some(50), ..Narrowing::default() };
    assert_eq!(ask(&of_gene(Narrowing::default()), &["D"]), Ok(1), "a gene is a fixed bin");
    assert_eq!(ask(&of_gene(long), &["D"]), Err(Denial::NotFixed(NotFixed::Range)));
}

#[test]
fn what_cannot_be_charged_is_not_asked_rather_than_answered_no() {
    let rules = DatasetRules {
        public: Some(Release::Boolean),
        subjects: Some(Release::Boolean),
        consent: Some(crate::ConsentBasis::OptOut),
        reference: Some("gnomad".into()),
        ..DatasetRules::default()
    };
    let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
    let boolean = |query: Query| Query { granularity: Granularity::Boolean, ..query };
    let decide = |query: &Query| authorize(query, &decisions(&policy, &Requester::Public, query, &["D"]));
    let alleles = boolean(query(&[], &[]));
    assert_eq!(decide(&alleles).unwrap().datasets()[0].reference(), Some("gnomad"));
    let carriers = Query { entry_type: EntryType::Individual, ..alleles };
    assert_eq!(decide(&carriers), Err(Denial::NothingPermitted));
    let people = boolean(Query::entries(EntryType::Individual));
    assert_eq!(decide(&people).unwrap().datasets().len(), 1);
}

#[test]
fn a_list_that_the_rules_name_is_one_condition_and_others_are_refused_with_its_name() {
    use fyr_schemas::{Clause, Condition, Filter, Filters};
    let rules = DatasetRules {
        public: Some(Release::Boolean),
        subjects: Some(Release::Boolean),
        consent: Some(crate::ConsentBasis::OptOut),
        accounts: Some(false),
        lowered_because: Some("to see what is left of it".into()),
        value_sets: toml::from_str("severity = [\"HP:1\", \"HP:2\", \"HP:3\"]").ok(),
        ..DatasetRules::default()
    };
    let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
    let ask = |clauses: &[&[&str]]| {
        let filter = |ids: &&[&str]| {
            let term = |id: &&str| Condition::Term { id: (*id).to_owned(), descendants: true };
            Clause(vec![Filter { scope: None, excluded: false, any_of: ids.iter().map(term).collect() }])
        };
        let filters = Filters::new(clauses.iter().map(filter).collect()).unwrap();
        let query = Query { filters, ..Query::entries(EntryType::Individual) };
        let query = Query { granularity: Granularity::Boolean, ..query };
        authorize(&query, &decisions(&policy, &Requester::Public, &query, &["D"])).map(drop)
    };
    let named: &[&str] = &["HP:3", "HP:1", "HP:2"];
    assert_eq!((ask(&[named]), ask(&[named, &["HP:9"]])), (Ok(()), Ok(())));
    assert_eq!(ask(&[named, &["HP:9"], &["HP:8"]]), Err(Denial::NothingPermitted), "three conditions");
    let refused = ask(&[&["HP:1", "HP:2"]]).unwrap_err();
    assert!(matches!(refused, Denial::NotFixed(NotFixed::Alternatives(_))));
    assert!(refused.to_string().ends_with("a set that the rules name: severity (HP:1, HP:2, HP:3)"));
    let three = ["HP:1", "HP:2", "HP:4"];
    assert_eq!(ask(&[&three]), Err(Denial::NothingPermitted), "as many conditions as values");
}
