//! Sets of people that are fixed before anybody asks, against the questions that tell one person where sets are free.

use std::sync::Arc;

use fyr_policy::{Fixed, ValueSets};
use fyr_schemas::{Clause, Condition, EntryType, Filter, Filters, Operator, Query, model::Entry};
use fyr_store::Call;
use roaring::RoaringBitmap;
use serde_json::json;

use super::{
    fixture::{Lab, record, spec},
    metadata,
};
use crate::{
    Engine, EngineError,
    query::entries::{Published, Selection},
};

const PEOPLE: usize = 80;
const FLOOR: u64 = 5;
const HEIGHT: &str = "LOINC:8308-9";

fn height(at: usize) -> f64 {
    150.0 + (at * 37 % PEOPLE) as f64 * 0.5
}

/// Two sexes, a common disease, one that a few have, a narrower one, and a height of everybody's own.
fn person(at: usize, few: usize) -> Entry {
    let sex = if at.is_multiple_of(2) { "NCIT:C16576" } else { "NCIT:C20197" };
    let codes = [
        (at < 40, "ICD10:I10"),
        (at < few, "ICD10:E10"),
        (at % 5 < 2, "HP:0001250"),
        (at.is_multiple_of(5), "HP:0020219"),
    ];
    let diseases =
        codes.iter().filter(|(has, _)| *has).map(|(_, code)| json!({ "diseaseCode": { "id": code } }));
    let document = json!({
        "id": name(at),
        "sex": { "id": sex },
        "diseases": diseases.collect::<Vec<_>>(),
        "measures": [{
            "assayCode": { "id": HEIGHT },
            "measurementValue": { "value": height(at), "unit": { "id": "UO:0000015" } },
        }],
    });
    Entry::new(EntryType::Individual, document).unwrap()
}

fn name(at: usize) -> String {
    format!("P{at}")
}

async fn lab(few: usize) -> Lab {
    let lab = Lab::new();
    let names: Vec<String> = (0..PEOPLE).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let calls = [Call::Reference; PEOPLE];
    lab.ingest(spec("ds", &[("a.vcf", names.as_slice())]), &[record("1-5-A-T", 0, &calls)]).await;
    metadata::load(&lab, (0..PEOPLE).map(|at| person(at, few)).collect(), false).await.unwrap();
    lab
}

/// One dataset, asked with free sets or with fixed ones.
struct Asked {
    engine: Engine,
    published: Option<Published>,
}

impl Asked {
    async fn of(lab: &Lab, is_fixed: bool) -> Self {
        Self::with_sets(lab, is_fixed, ValueSets::default()).await
    }

    async fn with_sets(lab: &Lab, is_fixed: bool, sets: ValueSets) -> Self {
        let engine = lab.engine().await;
        let snapshot = engine.snapshot();
        let fixed = Fixed { floor: FLOOR, cohort: 0, descendants: true, sets };
        let published = Published::of(&snapshot.session, &snapshot.loaded["ds"], fixed, false).await.unwrap();
        Self { engine, published: is_fixed.then_some(published) }
    }

    /// Returns the people for whom filters hold, if there are as many as the floor.
    async fn people(&self, filters: &[Filter]) -> Option<RoaringBitmap> {
        let people = self.all_people(filters).await;
        (people.len() >= FLOOR).then_some(people)
    }

    async fn all_people(&self, filters: &[Filter]) -> RoaringBitmap {
        let clauses = filters.iter().map(|filter| Clause(vec![filter.clone()])).collect();
        let query =
            Query { filters: Filters::new(clauses).unwrap(), ..Query::entries(EntryType::Individual) };
        let snapshot = self.engine.snapshot();
        let dataset = Arc::clone(&snapshot.loaded["ds"]);
        let published = self.published.as_ref();
        Selection::of(&snapshot.session, &dataset, (&query, None), true, published).await.unwrap().matched
    }
}

fn term(id: &str) -> Filter {
    let condition = Condition::Term { id: id.into(), descendants: true };
    Filter { scope: None, excluded: false, any_of: vec![condition] }
}

fn value(field: &str, operator: Operator, value: &str) -> Filter {
    let condition = Condition::Value { field: field.into(), operator, value: value.into() };
    Filter { scope: None, excluded: false, any_of: vec![condition] }
}

fn except(filter: Filter) -> Filter {
    Filter { excluded: !filter.excluded, ..filter }
}

/// Whether numbers of two answers differ by fewer people than the floor.
fn tell_a_few(answered: &[RoaringBitmap]) -> bool {
    answered.iter().enumerate().any(|(at, one)| {
        let mut apart = answered.iter().take(at).map(|other| one.symmetric_difference_len(other));
        apart.any(|apart| 0 < apart && apart < FLOOR)
    })
}

/// All bounds that single out one height or another.
fn bounds() -> Vec<Filter> {
    let operators = [Operator::Less, Operator::LessOrEqual, Operator::Greater, Operator::GreaterOrEqual];
    let all = operators.into_iter().chain([Operator::Equal, Operator::NotEqual]);
    all.flat_map(|operator| {
        (0..PEOPLE).map(move |at| value(HEIGHT, operator, &(150.0 + at as f64 * 0.5).to_string()))
    })
    .collect()
}

#[tokio::test]
async fn bounds_of_a_filter_do_not_close_in_on_one_person() {
    let lab = lab(0).await;
    for (is_fixed, expected) in [(false, true), (true, false)] {
        let asked = Asked::of(&lab, is_fixed).await;
        let mut answered = Vec::new();
        for filter in bounds() {
            answered.extend(asked.people(std::slice::from_ref(&filter)).await);
            answered.extend(asked.people(&[except(filter)]).await);
        }
        assert_eq!(tell_a_few(&answered), expected, "free sets tell, fixed ones do not: {is_fixed}");
        let between = [value(HEIGHT, Operator::GreaterOrEqual, "158"), value(HEIGHT, Operator::Less, "183")];
        assert!(asked.people(&between).await.is_some(), "bounds go on to select people");
    }
}

#[tokio::test]
async fn what_a_few_state_reads_as_what_nobody_states() {
    let mut told = Vec::new();
    for few in [0, 1, 4, 5] {
        let asked = Asked::of(&lab(few).await, true).await;
        let rare = || {
            [
                term("ICD10:E10"),
                Filter { scope: Some(EntryType::Individual), ..term("ICD10:E10") },
                value("diseases.diseaseCode", Operator::Equal, "ICD10:E10"),
                value("diseases.diseaseCode", Operator::NotEqual, "ICD10:E10"),
            ]
        };
        let mut answers = Vec::new();
        for filter in rare().into_iter().flat_map(|filter| [filter.clone(), except(filter)]) {
            answers.push(asked.all_people(std::slice::from_ref(&filter)).await);
            for beside in
                [term("NCIT:C20197"), except(term("ICD10:I10")), value(HEIGHT, Operator::Less, "170")]
            {
                answers.push(asked.all_people(&[filter.clone(), beside.clone()]).await);
                answers.push(asked.all_people(&[beside, filter.clone()]).await);
            }
        }
        let everybody = asked.all_people(&[]).await;
        assert_eq!(asked.all_people(&[except(term("ICD10:E10"))]).await == everybody, few < 5);
        told.push(answers);
    }
    assert!(told[0] == told[1] && told[1] == told[2], "0, 1 and k-1 people");
    assert_ne!(told[2], told[3], "k people are told of");
}

/// Who asks for a group of diseases means each of them, whether or not anybody states the group.
#[tokio::test]
async fn a_wider_term_than_those_that_are_stated_is_read() {
    let asked = Asked::of(&lab(6).await, true).await;
    let stated = asked.all_people(&[term("ICD10:I10")]).await;
    assert_eq!(stated.len(), 40);
    for wider in ["ICD10:I", "ICD10:I10"] {
        assert_eq!(asked.all_people(&[term(wider)]).await, stated, "{wider}");
    }
    assert_eq!(asked.all_people(&[term("ICD10:E")]).await.len(), 6);
    let snapshot = asked.engine.snapshot();
    for block in ["ICD10:I10-I15", "ICD10:I1"] {
        let filters = Filters::new(vec![Clause(vec![term(block)])]).unwrap();
        let query = Query { filters, ..Query::entries(EntryType::Individual) };
        let dataset = &snapshot.loaded["ds"];
        let read = |published| Selection::of(&snapshot.session, dataset, (&query, None), true, published);
        assert!(matches!(read(asked.published.as_ref()).await, Err(EngineError::Unsupported(_))), "{block}");
        assert_eq!(read(None).await.unwrap().matched, stated, "free questions may have blocks: {block}");
    }
}

#[tokio::test]
async fn no_two_filters_tell_of_a_few() {
    let lab = lab(6).await;
    let terms =
        ["ICD10:I10", "ICD10:I", "ICD10:E10", "HP:0001250", "HP:0020219", "NCIT:C16576", "NCIT:C20197"]
            .map(term);
    let bounds =
        ["152", "158", "164", "170", "176", "183", "189"].map(|at| value(HEIGHT, Operator::Less, at));
    let all: Vec<Filter> =
        terms.into_iter().chain(bounds).flat_map(|one| [one.clone(), except(one)]).collect();
    for (is_fixed, expected) in [(false, true), (true, false)] {
        let asked = Asked::of(&lab, is_fixed).await;
        let mut answered: Vec<RoaringBitmap> = asked.people(&[]).await.into_iter().collect();
        for (at, one) in all.iter().enumerate() {
            answered.extend(asked.people(std::slice::from_ref(one)).await);
            for other in all.iter().take(at) {
                answered.extend(asked.people(&[one.clone(), other.clone()]).await);
            }
        }
        assert!(answered.len() > 20, "{}", answered.len());
        assert_eq!(tell_a_few(&answered), expected, "free sets tell, fixed ones do not: {is_fixed}");
    }
}

/// Three in eight women, three men, the others of two other kinds; some diseases of some of each.
async fn of_three_sexes() -> Lab {
    let lab = Lab::new();
    let names: Vec<String> = (0..PEOPLE).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let calls = [Call::Reference; PEOPLE];
    lab.ingest(spec("ds", &[("a.vcf", names.as_slice())]), &[record("1-5-A-T", 0, &calls)]).await;
    let person = |at: usize| {
        let sex = match at {
            0..30 => "NCIT:C16576",
            30..60 => "NCIT:C20197",
            60..70 => "NCIT:C17998",
            _ => "NCIT:C45908",
        };
        let codes = [
            (at.is_multiple_of(2), "ICD10:I10"),
            (at < 28 || at == 40 || at > 70, "ICD10:E10"),
            (at.is_multiple_of(3), "ICD10:J45"),
        ];
        let diseases =
            codes.iter().filter(|(has, _)| *has).map(|(_, code)| json!({ "diseaseCode": { "id": code } }));
        let diseases = diseases.collect::<Vec<_>>();
        let document = json!({ "id": name(at), "sex": { "id": sex }, "diseases": diseases });
        Entry::new(EntryType::Individual, document).unwrap()
    };
    metadata::load(&lab, (0..PEOPLE).map(person).collect(), false).await.unwrap();
    lab
}

const SEXES: [&str; 2] = ["female", "male"];

fn named_sets() -> ValueSets {
    let sets = json!({
        "both-sexes": ["sex=female", "sex=male"],
        "as-terms": ["NCIT:C16576", "NCIT:C20197"],
        "diseases": ["ICD10:I10", "ICD10:E10"],
    });
    serde_json::from_value(sets).unwrap()
}

fn any_of(conditions: &[Filter]) -> Filter {
    let any_of = conditions.iter().flat_map(|filter| filter.any_of.clone()).collect();
    Filter { scope: None, excluded: false, any_of }
}

fn of_sexes(values: &[&str]) -> Filter {
    any_of(&values.iter().map(|sex| value("sex", Operator::Equal, sex)).collect::<Vec<_>>())
}

fn numbers(people: std::ops::Range<u32>) -> RoaringBitmap {
    people.collect()
}

#[tokio::test]
async fn a_named_set_of_values_is_asked_for_as_one() {
    let lab = of_three_sexes().await;
    let asked = Asked::with_sets(&lab, true, named_sets()).await;
    assert_eq!(asked.all_people(&[of_sexes(&SEXES)]).await, numbers(0..60));
    assert_eq!(asked.all_people(&[of_sexes(&["male", "FEMALE"])]).await, numbers(0..60));
    assert_eq!(asked.all_people(&[except(of_sexes(&SEXES))]).await, numbers(60..80));
    let terms = any_of(&[term("NCIT:C16576"), term("NCIT:C20197")]);
    assert_eq!(asked.all_people(&[terms]).await, numbers(0..60));
    let both = any_of(&[term("ICD10:I10"), term("ICD10:E10")]);
    assert!(asked.all_people(&[both]).await.is_empty(), "many have both diseases, and would be known");
}

#[tokio::test]
async fn a_named_set_of_all_is_everybody() {
    let asked = Asked::with_sets(&lab(3).await, true, named_sets()).await;
    assert_eq!(asked.all_people(&[of_sexes(&SEXES)]).await, numbers(0..80));
    assert!(asked.all_people(&[except(of_sexes(&SEXES))]).await.is_empty());
}

#[tokio::test]
async fn a_list_that_has_no_name_is_refused() {
    let lab = of_three_sexes().await;
    let asked = Asked::with_sets(&lab, true, named_sets()).await;
    for filter in [of_sexes(&["female", "unknown"]), any_of(&[term("ICD10:I10"), term("ICD10:J45")])] {
        let clauses = vec![Clause(vec![filter])];
        let query =
            Query { filters: Filters::new(clauses).unwrap(), ..Query::entries(EntryType::Individual) };
        let snapshot = asked.engine.snapshot();
        let (dataset, published) = (Arc::clone(&snapshot.loaded["ds"]), asked.published.as_ref());
        let selection = Selection::of(&snapshot.session, &dataset, (&query, None), true, published).await;
        assert!(matches!(selection, Err(EngineError::Unsupported(_))));
    }
}

#[tokio::test]
async fn with_another_filter_a_named_set_tells_no_few_of_its_members() {
    let lab = of_three_sexes().await;
    let asked = Asked::with_sets(&lab, true, named_sets()).await;
    let hypertension: RoaringBitmap = (0..60).filter(|at: &u32| at.is_multiple_of(2)).collect();
    assert_eq!(asked.all_people(&[of_sexes(&SEXES), term("ICD10:I10")]).await, hypertension);
    // Nearly all women have it, and one man: both sexes with it less the women would be that man.
    assert_eq!(asked.all_people(&[of_sexes(&["female"]), term("ICD10:E10")]).await.len(), 0);
    assert!(asked.all_people(&[of_sexes(&SEXES), term("ICD10:E10")]).await.is_empty());
}

#[tokio::test]
async fn what_another_member_would_add_is_a_margin_of_variants() {
    let lab = of_three_sexes().await;
    let asked = Asked::with_sets(&lab, true, named_sets()).await;
    let margins = async |filter: Filter| {
        let filters = Filters::new(vec![Clause(vec![filter])]).unwrap();
        let query = Query { filters, ..Query::entries(EntryType::GenomicVariant) };
        let snapshot = asked.engine.snapshot();
        let (dataset, published) = (Arc::clone(&snapshot.loaded["ds"]), asked.published.as_ref());
        Selection::of(&snapshot.session, &dataset, (&query, None), true, published).await.unwrap().margins
    };
    assert!(margins(of_sexes(&["female"])).await.contains(&numbers(0..60)));
    let without = except(of_sexes(&SEXES));
    let with_men: RoaringBitmap = (30..80).collect();
    assert!(margins(without).await.contains(&with_men));
}
