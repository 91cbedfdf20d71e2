use std::collections::BTreeSet;

use fyr_schemas::{
    AlleleQuery, Allowance, AllowanceKind, Assembly, Coverage, EntryType, Frequency, Granularity, Group,
    NameQuery, Narrowing, NodeState, Observations, Precision, RangeQuery, Release, Sex, VariantQuery,
};
use proptest::prelude::*;

use super::*;
use crate::Fault;

fn allele(text: &str) -> AlleleQuery {
    AlleleQuery::parse(Assembly::GRCH38, text).unwrap()
}

fn query(granularity: Granularity) -> Query {
    Query { granularity, ..Query::variants(VariantQuery::Allele(allele("7-100-A-G"))) }
}

fn range_query(granularity: Granularity) -> Query {
    let variant = allele("7-100-A-G").as_variant().unwrap();
    let range = RangeQuery {
        assembly: Assembly::GRCH38,
        contig: variant.contig,
        interval: fyr_schemas::Interbase::new(0, 1000).unwrap(),
        reciprocal_overlap: None,
        narrowing: Narrowing::default(),
    };
    Query { variant: Some(VariantQuery::Range(range)), ..query(granularity) }
}

fn frequency(group: Group, het: u64, hom: u64, people: u64) -> Frequency {
    Frequency {
        group,
        allele_count: het + 2 * hom,
        allele_number: 2 * people,
        heterozygous: Some(het),
        homozygous: Some(hom),
        hemizygous: Some(0),
    }
}

fn row(text: &str, het: u64, hom: u64, groups: Vec<Frequency>) -> VariantAnswer {
    let total = frequency(Group::Total, het, hom, 100);
    VariantAnswer {
        variant: allele(text).as_variant().unwrap(),
        carriers: Some(het + hom),
        assayed: None,
        people: None,
        observed: None,
        assumed: false,
        frequencies: std::iter::once(total).chain(groups).collect(),
        coverage: Coverage::Complete,
        cases: Vec::new(),
        effects: Vec::new(),
        alternative_ids: Vec::new(),
    }
}

fn dataset(node: &str, id: &str, variants: Vec<VariantAnswer>) -> DatasetAnswer {
    let seen = variants.iter().filter(|v| v.carriers != Some(0)).count() as u64;
    DatasetAnswer {
        id: id.to_owned(),
        beacon_id: node.to_owned(),
        assembly: Assembly::GRCH38,
        lift: None,
        state: DatasetState::Answered,
        release: Release::Frequency,
        exists: seen > 0,
        result_count: Some(seen),
        precision: Precision::Exact,
        adjusted_to: Vec::new(),
        coverage: Coverage::Complete,
        variants,
        attributable: true,
        versions: None,
        withheld: Vec::new(),
        read_as: Vec::new(),
        entries: Vec::new(),
        handovers: Vec::new(),
    }
}

fn answered(node: &str, datasets: Vec<DatasetAnswer>) -> (String, NodeOutcome<Answer>) {
    let answer = Answer {
        beacon_id: node.to_owned(),
        exists: datasets.iter().any(|dataset| dataset.exists),
        datasets,
        totals: Vec::new(),
        totals_assembly: None,
        lower_bound: false,
        nodes: Vec::new(),
        result_count: None,
        warnings: Vec::new(),
        allowances: Vec::new(),
    };
    (node.to_owned(), NodeOutcome::Answered(answer))
}

fn simple(node: &str, het: u64, hom: u64) -> (String, NodeOutcome<Answer>) {
    answered(node, vec![dataset(node, "D", vec![row("7-100-A-G", het, hom, Vec::new())])])
}

/// Changes the only dataset of an outcome.
fn with(
    (node, outcome): (String, NodeOutcome<Answer>),
    change: impl FnOnce(&mut DatasetAnswer),
) -> (String, NodeOutcome<Answer>) {
    let outcome = outcome.map(|mut answer| {
        change(&mut answer.datasets[0]);
        answer.exists = answer.datasets[0].exists;
        answer
    });
    (node, outcome)
}

/// Adds up answers in a network where whoever has a dataset that may not be attributed is hidden.
fn add_up(query: &Query, outcomes: &Outcomes<Answer>) -> Answer {
    let is_hidden = |outcome: &NodeOutcome<Answer>| match outcome {
        NodeOutcome::Answered(answer) => answer.datasets.iter().any(|dataset| !dataset.attributable),
        _ => false,
    };
    let hidden = outcomes.iter().filter(|(_, outcome)| is_hidden(outcome)).map(|(node, _)| node.clone());
    aggregate("broker", query, &hidden.collect(), outcomes)
}

fn record(outcomes: &Outcomes<Answer>) -> Answer {
    add_up(&query(Granularity::Record), outcomes)
}

fn total(answer: &Answer) -> (u64, u64, Option<u64>, Option<u64>) {
    let total = &answer.totals[0].frequencies[0];
    (total.allele_count, total.allele_number, total.heterozygous, answer.totals[0].carriers)
}

#[test]
fn counts_are_added_over_nodes() {
    let answer = record(&[simple("fi", 3, 1), simple("se", 2, 0)]);
    assert!(answer.exists && !answer.lower_bound);
    assert_eq!(total(&answer), (7, 400, Some(5), Some(6)));
    assert_eq!(answer.datasets.len(), 2);
    assert!(answer.nodes.iter().all(|node| node.state == NodeState::Answered));
}

#[test]
fn people_who_were_looked_at_are_added_where_all_say_it() {
    let assayed = |node: &str, people| with(simple(node, 3, 1), |d| d.variants[0].assayed = people);
    let sum = |outcomes: &[_]| record(outcomes).totals[0].assayed;
    assert_eq!(sum(&[assayed("fi", Some(90)), assayed("se", Some(80))]), Some(170));
    assert_eq!(sum(&[assayed("fi", Some(90)), assayed("se", None)]), None);
}

#[test]
fn what_is_left_at_each_node_stands_beside_it() {
    let left = |left| vec![Allowance { kind: AllowanceKind::Day, price: 1, left, most: 10 }];
    let asked = |node: &str, allowances| {
        let (node, outcome) = simple(node, 3, 1);
        (node, outcome.map(|answer| Answer { allowances, ..answer }))
    };
    let answer = record(&[asked("se", left(7)), asked("fi", left(2)), ("no".into(), NodeOutcome::TimedOut)]);
    let told: Vec<_> = answer.nodes.iter().map(|node| (node.id.as_str(), node.allowances.clone())).collect();
    assert_eq!(told, [("fi", left(2)), ("no", Vec::new()), ("se", left(7))]);
    assert!(answer.allowances.is_empty());
}

#[test]
fn groups_are_added_one_by_one() {
    let node = |id: &str, groups| answered(id, vec![dataset(id, "D", vec![row("7-100-A-G", 3, 0, groups)])]);
    let fin = Group::Population("FIN".into());
    let answer = record(&[
        node("a", vec![frequency(fin.clone(), 2, 0, 50), frequency(Group::Sex(Sex::Female), 1, 0, 40)]),
        node("b", vec![frequency(fin.clone(), 1, 0, 30)]),
    ]);
    let rows = &answer.totals[0].frequencies;
    let of = |group: &Group| rows.iter().find(|row| row.group == *group).unwrap();
    assert_eq!((of(&fin).allele_count, of(&fin).allele_number), (3, 160));
    assert_eq!(of(&Group::Sex(Sex::Female)).allele_number, 80);
    assert_eq!(rows[0].group, Group::Total);
}

#[test]
fn a_part_that_one_does_not_state_is_absent() {
    let silent = with(simple("se", 2, 0), |dataset| {
        dataset.variants[0].carriers = None;
        dataset.variants[0].frequencies[0].heterozygous = None;
    });
    assert_eq!(total(&record(&[simple("fi", 3, 1), silent])), (7, 400, None, None));
}

/// A dataset whose files list only what their own people carry.
fn of_some(node: &str, people: u64) -> (String, NodeOutcome<Answer>) {
    with(simple(node, 9, 0), |dataset| {
        let variant = &mut dataset.variants[0];
        (variant.assayed, variant.people) = (Some(9), Some(people));
        variant.frequencies.clear();
        (variant.coverage, dataset.coverage) = (Coverage::Unknown, Coverage::Unknown);
    })
}

#[test]
fn who_tells_no_frequency_adds_carriers_and_makes_a_lower_bound() {
    let answer = record(&[simple("fi", 3, 1), of_some("se", 60)]);
    assert_eq!(total(&answer), (5, 200, Some(3), Some(13)));
    assert_eq!((answer.lower_bound, answer.totals[0].coverage), (true, Coverage::Unknown));
    assert_eq!(answer.totals[0].people, None, "it is not known of how many in all");
    let both = record(&[of_some("fi", 60), of_some("se", 40)]);
    let sum = &both.totals[0];
    assert_eq!((sum.carriers, sum.assayed, sum.people), (Some(18), Some(18), Some(100)));
    assert!(sum.frequencies.is_empty() && both.lower_bound);
    assert!(!add_up(&query(Granularity::Count), &[of_some("fi", 60)]).lower_bound, "carriers are all told");
    let unnamed = ["a", "b", "c"].map(|node| with(of_some(node, 60), |dataset| dataset.attributable = false));
    let pooled = &record(&unnamed).totals[0];
    assert_eq!((pooled.people, pooled.frequencies.len()), (None, 0));
}

#[test]
fn a_site_that_nobody_assayed_adds_nothing() {
    let unassayed = with(simple("se", 2, 0), |dataset| {
        dataset.variants.clear();
        (dataset.exists, dataset.result_count, dataset.coverage) = (false, Some(0), Coverage::None);
    });
    let answer = record(&[simple("fi", 3, 1), unassayed]);
    assert_eq!(total(&answer), (5, 200, Some(3), Some(4)));
    assert!(!answer.lower_bound);
}

#[test]
fn who_did_not_give_its_part_makes_a_lower_bound() {
    let cases: Vec<(&str, (String, NodeOutcome<Answer>))> = vec![
        ("timed out", ("se".into(), NodeOutcome::TimedOut)),
        ("unreachable", ("se".into(), NodeOutcome::Unreachable(fyr_proto::Unreached::Broken))),
        ("refused", ("se".into(), NodeOutcome::Denied)),
        ("unsupported", ("se".into(), NodeOutcome::Unsupported(None))),
        ("failed", ("se".into(), NodeOutcome::Failed(Fault::Malformed))),
        (
            "released a boolean",
            with(simple("se", 1, 0), |d| {
                (d.release, d.result_count) = (Release::Boolean, None);
                d.variants.clear();
            }),
        ),
        (
            "released a count",
            with(simple("se", 1, 0), |d| {
                d.release = Release::Count;
                d.variants[0].frequencies.clear();
            }),
        ),
        (
            "withheld",
            with(simple("se", 1, 0), |d| {
                d.state = DatasetState::Withheld;
                d.variants.clear();
            }),
        ),
        ("not disclosable", with(simple("se", 0, 0), |d| d.precision = Precision::Imprecise)),
        ("rounded", with(simple("se", 1, 0), |d| d.precision = Precision::Rounded)),
    ];
    for (name, other) in cases {
        assert!(record(&[simple("fi", 3, 1), other]).lower_bound, "{name}");
    }
    assert!(!record(&[simple("fi", 3, 1), ("se".into(), NodeOutcome::Excluded)]).lower_bound);
}

#[test]
fn a_boolean_is_all_that_a_boolean_question_needs() {
    let boolean = with(simple("se", 1, 0), |d| {
        (d.release, d.result_count) = (Release::Boolean, None);
        d.variants.clear();
    });
    let answer = add_up(&query(Granularity::Boolean), &[boolean]);
    assert!(answer.exists && !answer.lower_bound && answer.totals.is_empty());
}

#[test]
fn cases_are_added_where_all_tell_them_and_never_of_hidden_nodes() {
    let observed = |node: &str, cases: u64| {
        let told = move |dataset: &mut DatasetAnswer| {
            dataset.variants[0].observed = Some(Observations { cases, of: 10 });
        };
        with(simple(node, 3, 0), told)
    };
    let of = |outcomes: &[_]| record(outcomes).totals[0].observed;
    assert_eq!(of(&[observed("fi", 2), observed("se", 3)]), Some(Observations { cases: 5, of: 20 }));
    assert_eq!(of(&[observed("fi", 2), simple("se", 3, 0)]), None);
    let unnamed = ["a", "b", "c"].map(|node| with(observed(node, 1), |dataset| dataset.attributable = false));
    assert_eq!(of(&unnamed), None);
    let [a, b, c] = unnamed;
    assert_eq!(of(&[observed("fi", 2), a, b, c]), None);
}

fn hidden(node: &str, het: u64) -> (String, NodeOutcome<Answer>) {
    with(simple(node, het, 0), |dataset| dataset.attributable = false)
}

#[test]
fn three_that_may_not_be_named_enter_the_sum_only() {
    let answer = record(&[simple("fi", 3, 0), hidden("se", 5), hidden("no", 7), hidden("dk", 2)]);
    assert_eq!(total(&answer).0, 17);
    assert_eq!(answer.datasets.len(), 1);
    assert!(!answer.lower_bound);
}

#[test]
fn fewer_than_three_that_may_not_be_named_are_left_out_of_everything() {
    for unnamed in [vec![hidden("se", 5)], vec![hidden("se", 5), hidden("no", 7)]] {
        let both = [vec![simple("fi", 3, 0)], unnamed.clone()].concat();
        let answer = record(&both);
        assert_eq!(total(&answer), (3, 200, Some(3), Some(3)));
        assert!(answer.lower_bound);
        let alone = record(&unnamed);
        assert!(!alone.exists && alone.lower_bound && alone.totals.is_empty() && alone.datasets.is_empty());
        assert_eq!(alone.result_count, None);
    }
}

#[test]
fn fewer_than_three_who_found_somebody_read_like_none() {
    let told = |found: [u64; 4]| {
        let nodes = ["a", "b", "c", "d"].into_iter().zip(found).map(|(node, het)| hidden(node, het));
        let answer = record(&std::iter::once(simple("fi", 3, 0)).chain(nodes).collect::<Vec<_>>());
        (answer.totals.clone(), answer.result_count, answer.lower_bound)
    };
    assert_eq!(told([0, 0, 0, 0]), told([9, 0, 0, 0]));
    assert_eq!(told([0, 0, 0, 0]), told([9, 0, 8, 0]));
    assert_ne!(told([0, 0, 0, 0]), told([9, 7, 8, 0]));
}

#[test]
fn one_of_them_that_gave_no_part_takes_the_others_with_it() {
    let unnamed = || vec![hidden("a", 5), hidden("b", 7), hidden("c", 2)];
    let known: Hidden = ["a", "b", "c", "d"].map(str::to_owned).into_iter().collect();
    for (case, fourth) in [
        ("late", NodeOutcome::TimedOut),
        ("refuses", NodeOutcome::Denied),
        ("its own part", NodeOutcome::Excluded),
        ("withholds", with(hidden("d", 1), |d| d.state = DatasetState::Withheld).1),
    ] {
        let outcomes = [vec![simple("fi", 3, 0), ("d".to_owned(), fourth)], unnamed()].concat();
        let answer = aggregate("broker", &query(Granularity::Record), &known, &outcomes);
        assert_eq!(total(&answer).0, 3, "{case}");
        assert!(answer.lower_bound, "{case}");
    }
}

#[test]
fn a_range_tells_nothing_of_them() {
    let outcomes = [simple("fi", 3, 0), hidden("a", 5), hidden("b", 7), hidden("c", 2)];
    let answer = add_up(&range_query(Granularity::Record), &outcomes);
    assert_eq!(total(&answer).0, 3);
    assert!(answer.lower_bound);
}

/// A hidden node with groups beside its 4 carriers: each with its carriers, of 10 people each.
fn grouped(node: &str, groups: &[(&str, u64)]) -> (String, NodeOutcome<Answer>) {
    with(hidden(node, 4), |dataset| {
        let rows = groups.iter().map(|(label, het)| frequency(Group::from_label(label), *het, 0, 10));
        dataset.variants[0].frequencies.extend(rows);
    })
}

#[test]
fn a_group_is_told_where_all_who_may_not_be_named_state_it() {
    for (case, first, second, third, told) in [
        ("each its own", &[("SWE", 4)][..], &[("NOR", 4)][..], &[("DAN", 4)][..], &["Total"][..]),
        ("one is silent", &[("EUR", 4)], &[("EUR", 4)], &[], &["Total"]),
        ("all alike", &[("EUR", 4)], &[("EUR", 4)], &[("EUR", 4)], &["Total", "EUR"]),
        ("one has nobody", &[("EUR", 4)], &[("EUR", 0)], &[("EUR", 4)], &["Total"]),
        ("one has a rest", &[("EUR", 4)], &[("EUR", 3)], &[("EUR", 4)], &["Total"]),
        ("all have a rest", &[("EUR", 3)], &[("EUR", 3)], &[("EUR", 3)], &["Total", "EUR"]),
        (
            "women and men",
            &[("F", 2), ("M", 2)],
            &[("F", 3), ("M", 1)],
            &[("F", 1), ("M", 3)],
            &["Total", "F", "M"],
        ),
        ("cells", &[("EUR_F", 4)], &[("EUR_F", 4)], &[("EUR_F", 4)], &["Total"]),
    ] {
        let answer = record(&[grouped("se", first), grouped("no", second), grouped("dk", third)]);
        let groups: BTreeSet<_> = answer.totals[0].frequencies.iter().map(|f| f.group.to_string()).collect();
        let told: BTreeSet<_> = told.iter().map(|&group| group.to_owned()).collect();
        assert_eq!(groups, told, "{case}");
        assert_eq!(
            answer.lower_bound,
            !matches!(case, "all alike" | "all have a rest" | "women and men"),
            "{case}"
        );
    }
}

#[test]
fn homozygotes_of_one_that_may_not_be_named_are_left_out_with_what_tells_them() {
    let one = with(simple("c", 2, 1), |dataset| dataset.attributable = false);
    let answer = record(&[hidden("a", 5), hidden("b", 7), one]);
    assert_eq!(total(&answer), (16, 600, None, None));
    assert!(answer.lower_bound);
}

#[test]
fn two_datasets_of_one_node_do_not_hide_each_other() {
    let mut datasets = vec![
        dataset("se", "A", vec![row("7-100-A-G", 1, 0, Vec::new())]),
        dataset("se", "B", vec![row("7-100-A-G", 2, 0, Vec::new())]),
    ];
    datasets.iter_mut().for_each(|dataset| dataset.attributable = false);
    assert!(record(&[answered("se", datasets)]).totals.is_empty());
}

/// What a dataset of a node found of people; of entries other than variants there is only a number.
fn people(node: &str, found: u64, attributable: bool) -> (String, NodeOutcome<Answer>) {
    with(simple(node, 0, 0), |dataset| {
        dataset.variants.clear();
        (dataset.release, dataset.attributable) = (Release::Count, attributable);
        (dataset.exists, dataset.result_count) = (found > 0, Some(found));
    })
}

#[test]
fn a_number_of_people_that_may_not_be_named_is_told_for_three_or_more() {
    let of_people = Query { entry_type: EntryType::Individual, variant: None, ..query(Granularity::Count) };
    let (fi, dk) = (|| people("fi", 3, true), || people("dk", 4, true));
    let hidden = |found: &[u64]| -> Vec<_> {
        ["a", "b", "c", "d"].into_iter().zip(found).map(|(id, n)| people(id, *n, false)).collect()
    };
    for (case, outcomes, sum, lower_bound) in [
        ("all may be named", vec![fi(), dk()], Some(7), false),
        ("one may not", [vec![fi()], hidden(&[5])].concat(), Some(3), true),
        ("one of three may not", [vec![fi(), dk()], hidden(&[5])].concat(), Some(7), true),
        ("two may not", [vec![fi()], hidden(&[5, 7])].concat(), Some(3), true),
        ("three may not", [vec![fi()], hidden(&[5, 7, 1])].concat(), Some(16), false),
        ("three, of whom one found nobody", [vec![fi()], hidden(&[5, 7, 0])].concat(), Some(3), true),
        ("only three that may not", hidden(&[5, 7, 1]), Some(13), false),
        ("only two that may not", hidden(&[5, 7]), None, true),
    ] {
        let answer = add_up(&of_people, &outcomes);
        assert_eq!((answer.result_count, answer.lower_bound), (sum, lower_bound), "{case}");
        assert_eq!(answer.exists, sum.is_some(), "{case}");
        assert!(answer.datasets.iter().all(|dataset| dataset.attributable), "{case}");
    }
}

#[test]
fn two_datasets_of_one_node_are_one_number_of_people() {
    let of_people = Query { entry_type: EntryType::Individual, variant: None, ..query(Granularity::Count) };
    let (_, first) = people("se", 5, false);
    let both = first.map(|mut answer| {
        let other = DatasetAnswer { id: "B".to_owned(), ..answer.datasets[0].clone() };
        answer.datasets.push(other);
        answer
    });
    let answer = add_up(&of_people, &[people("fi", 3, true), ("se".to_owned(), both)]);
    assert_eq!((answer.result_count, answer.lower_bound), (Some(3), true));
}

#[test]
fn a_dataset_that_tells_no_number_of_people_makes_a_lower_bound() {
    let of_people = Query { entry_type: EntryType::Individual, variant: None, ..query(Granularity::Count) };
    let silent = with(people("se", 5, true), |d| (d.release, d.result_count) = (Release::Boolean, None));
    let answer = add_up(&of_people, &[people("fi", 3, true), silent]);
    assert_eq!((answer.result_count, answer.lower_bound), (Some(3), true));
}

#[test]
fn equal_dataset_ids_stay_apart_by_node() {
    let answer = record(&[simple("se", 1, 0), simple("fi", 2, 0)]);
    let ids: Vec<_> = answer.datasets.iter().map(|d| (d.beacon_id.as_str(), d.id.as_str())).collect();
    assert_eq!(ids, [("fi", "D"), ("se", "D")]);
}

#[test]
fn a_name_that_nodes_understand_differently_is_no_one_allele() {
    let lifted = |node: &str, text: &str| {
        let told = answered(node, vec![dataset(node, "D", vec![row(text, 2, 0, Vec::new())])]);
        with(told, |dataset| {
            dataset.assembly = Assembly::GRCH37;
            dataset.lift = Some(fyr_schemas::Lift { from: Assembly::GRCH38, verified: false });
        })
    };
    let name = NameQuery::parse("rs334", None).unwrap();
    let named = Query { variant: Some(VariantQuery::Name(name)), ..query(Granularity::Record) };
    let sum = |other: &str| {
        let outcomes = [simple("fi", 3, 0), lifted("se", "7-200-A-G"), lifted("no", other)];
        let answer = add_up(&named, &outcomes);
        (answer.totals.len(), total(&answer).0, answer.lower_bound)
    };
    assert_eq!(sum("7-200-A-G"), (1, 7, false), "one place in each assembly");
    let (_, count, is_part) = sum("7-200-A-C");
    assert!(count < 7 && is_part, "two alleles are never added up");
}

#[test]
fn ranges_are_merged_in_order() {
    let node = |id: &str, rows: &[&str]| {
        let rows = rows.iter().map(|text| row(text, 1, 0, Vec::new())).collect();
        answered(id, vec![dataset(id, "D", rows)])
    };
    let outcomes = [node("fi", &["7-100-A-G", "7-300-C-T"]), node("se", &["7-100-A-G", "7-200-C-T"])];
    let answer = add_up(&range_query(Granularity::Count), &outcomes);
    let starts: Vec<_> = answer.totals.iter().map(|t| t.variant.interval.start()).collect();
    assert_eq!(starts, [99, 199, 299]);
    assert_eq!(answer.totals[0].carriers, Some(2));
    assert!(!answer.lower_bound, "who does not list a variant has no carrier of it");
    let answer = add_up(&range_query(Granularity::Record), &outcomes);
    assert!(answer.lower_bound, "but its allele number is missing");
}

#[test]
fn a_page_that_is_not_the_last_makes_a_lower_bound() {
    let truncated = with(simple("fi", 1, 0), |dataset| dataset.result_count = Some(9));
    assert!(add_up(&range_query(Granularity::Count), &[truncated]).lower_bound);
}

fn any_outcome() -> impl Strategy<Value = NodeOutcome<Answer>> {
    let dataset = (0u64..4, 0u64..3, any::<bool>(), any::<bool>(), 0usize..4, 0u8..3).prop_map(
        |(het, hom, attributable, parts, position, release)| {
            let group = frequency(Group::Population("FIN".into()), het, hom, 20);
            let mut row = row(&format!("7-{}-A-G", 100 + position), het, hom, vec![group]);
            if !parts {
                row.frequencies[0].heterozygous = None;
            }
            let mut dataset = dataset("", "", vec![row]);
            dataset.attributable = attributable;
            if release == 0 {
                (dataset.release, dataset.result_count) = (Release::Boolean, None);
                dataset.variants.clear();
            }
            dataset
        },
    );
    let answered = proptest::collection::vec(dataset, 1..3).prop_map(|mut datasets| {
        for (number, dataset) in datasets.iter_mut().enumerate() {
            dataset.id = format!("D{number}");
        }
        answered("", datasets).1
    });
    prop_oneof![
        4 => answered,
        1 => Just(NodeOutcome::TimedOut),
        1 => Just(NodeOutcome::Excluded),
    ]
}

fn any_outcomes() -> impl Strategy<Value = Vec<(String, NodeOutcome<Answer>)>> {
    proptest::collection::vec(any_outcome(), 1..9).prop_map(|outcomes| {
        let named = outcomes.into_iter().enumerate().map(|(number, outcome)| {
            let node = format!("node-{number}");
            let outcome = outcome.map(|mut answer| {
                answer.beacon_id.clone_from(&node);
                answer.datasets.iter_mut().for_each(|dataset| dataset.beacon_id.clone_from(&node));
                answer
            });
            (node, outcome)
        });
        named.collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_nodes_does_not_matter(outcomes in any_outcomes(), seed in any::<u64>()) {
        let mut shuffled = outcomes.clone();
        let length = shuffled.len();
        for i in 0..length {
            shuffled.swap(i, (seed.rotate_left(i as u32) % length as u64) as usize);
        }
        for query in [query(Granularity::Record), range_query(Granularity::Count)] {
            prop_assert_eq!(add_up(&query, &outcomes), add_up(&query, &shuffled));
        }
    }

    /// Where all may be named, the sum of two halves' sums is the sum of the whole.
    #[test]
    fn sums_of_parts_are_the_sum_of_the_whole(outcomes in any_outcomes(), at in any::<prop::sample::Index>()) {
        let outcomes: Vec<_> = outcomes.into_iter().map(|(node, outcome)| {
            let outcome = outcome.map(|mut answer| {
                answer.datasets.iter_mut().for_each(|dataset| dataset.attributable = true);
                answer
            });
            (node, outcome)
        }).collect();
        let (left, right) = outcomes.split_at(at.index(outcomes.len()));
        let as_node = |id: &str, outcomes: &Outcomes<Answer>| {
            answered(id, vec![dataset(id, "D", record(outcomes).totals)])
        };
        prop_assert_eq!(record(&[as_node("l", left), as_node("r", right)]).totals, record(&outcomes).totals);
    }

    /// What is told beyond named answers is a sum of at least three nodes, and of all that found somebody.
    #[test]
    fn nobody_stands_alone_behind_a_sum(outcomes in any_outcomes()) {
        let answer = record(&outcomes);
        let is_named = |answer: &&Answer| answer.datasets.iter().all(|dataset| dataset.attributable);
        let all = || outcomes.iter().filter_map(|(_, outcome)| match outcome {
            NodeOutcome::Answered(answer) => Some(answer),
            _ => None,
        });
        for total in &answer.totals {
            let rows = |answer: &Answer| -> Vec<_> {
                let variants = answer.datasets.iter().flat_map(|dataset| dataset.variants.clone());
                variants.filter(|v| v.variant == total.variant).map(|v| v.frequencies[0].clone()).collect()
            };
            let named: u64 = all().filter(is_named).flat_map(rows).map(|f| f.allele_number).sum();
            let behind = all().filter(|a| !is_named(a) && rows(a).iter().any(|f| f.allele_count > 0)).count();
            let difference = total.frequencies[0].allele_number - named;
            prop_assert!(difference == 0 || behind >= 3);
        }
    }
}
