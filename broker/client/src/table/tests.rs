use fyr_schemas::{
    AlleleQuery, Assembly, Coverage, DatasetAnswer, DatasetState, NodeState, Observations, Precision,
    Release, VariantQuery, Withheld,
};

use super::{
    test_answers::{answer, dataset, report, row},
    *,
};

fn exact() -> Query {
    let allele = AlleleQuery::parse(Assembly::GRCH38, "7-117559590-ATCT-A").unwrap();
    Query::variants(VariantQuery::Allele(allele))
}

fn rendered(answer: &Answer, populations: bool) -> String {
    render(&exact(), answer, populations, Whose::Regions)
}

/// The cells of each row, without lines.
fn cells(text: &str) -> Vec<Vec<String>> {
    let cell =
        |line: &str| line.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
    let lines = text.lines().filter(|line| !line.contains(['─', '═']) && !line.starts_with("Looked up"));
    lines.map(cell).collect()
}

#[test]
fn a_row_for_each_dataset_and_a_total() {
    let mut answer = answer(vec![dataset("fi", 3, 200), dataset("se", 0, 100)], Vec::new());
    answer.totals = vec![row(3, 300)];
    let cells = cells(&rendered(&answer, false));
    assert_eq!(cells[1], ["fi", "D", "seen", "3", "3/200", "0.015"]);
    assert_eq!(cells[2], ["se", "D", "not seen", "0", "0/100", "0"]);
    assert_eq!(cells[3], ["all", "total", "seen", "3", "3/300", "0.01", "complete"]);
    assert_eq!(cells[4], ["Seen."]);
}

#[test]
fn a_lower_bound_says_at_least() {
    let nodes = vec![report("fi", NodeState::Answered), report("se", NodeState::Unreachable)];
    let mut answer = answer(vec![dataset("fi", 3, 200)], nodes);
    (answer.totals, answer.lower_bound) = (vec![row(3, 200)], true);
    let text = rendered(&answer, false);
    let cells = cells(&text);
    assert_eq!(cells[2], ["se", "-", "-", "-", "-", "-", "unreachable"]);
    assert_eq!(cells[3], ["all", "total", "seen", "≥ 3", "≥ 3/200", "0.015", "at least"]);
    assert!(text.ends_with("No part from: se: cannot be reached."), "{text}");
}

#[test]
fn cases_stand_beside_carriers_where_somebody_tells_them() {
    let mut answer = answer(vec![dataset("fi", 3, 200), dataset("se", 0, 100)], Vec::new());
    assert!(!rendered(&answer, true).contains("cases"));
    answer.datasets[0].variants[0].observed = Some(Observations { cases: 2, of: 40 });
    let cells = cells(&rendered(&answer, true));
    assert_eq!(cells[0][2..], ["answer", "carriers", "cases", "AC/AN", "AF", "note"]);
    assert_eq!(cells[1], ["fi", "D", "seen", "3", "2 of 40", "3/200", "0.015"]);
    assert_eq!(cells[2], ["fi", "FIN", "-", "-", "3/200", "0.015"], "of a group nobody tells cases");
    assert_eq!(cells[3], ["se", "D", "not seen", "0", "-", "0/100", "0"]);
}

#[test]
fn ones_own_data_have_no_region_and_say_what_was_called() {
    let mut own = answer(vec![dataset("fi", 3, 200)], Vec::new());
    own.datasets[0].variants[0].assayed = Some(100);
    let cells = cells(&render(&exact(), &own, false, Whose::Own));
    assert_eq!(cells[0], ["dataset", "answer", "carriers", "het/hom/hemi", "AC/AN", "AF", "note"]);
    assert_eq!(cells[1], ["D", "seen", "3 of 100", "3/0/0", "3/200", "0.015"]);
}

#[test]
fn who_is_in_the_total_only_is_listed() {
    let answer = answer(Vec::new(), vec![report("se", NodeState::Answered)]);
    assert!(rendered(&answer, false).contains("in the total only"));
}

#[test]
fn a_no_from_where_nobody_was_assayed_is_told() {
    let mut unassayed = dataset("fi", 0, 0);
    (unassayed.coverage, unassayed.variants) = (Coverage::None, Vec::new());
    let text = rendered(&answer(vec![unassayed], Vec::new()), false);
    assert!(text.ends_with("Nobody was assayed there in: fi."), "{text}");
}

#[test]
fn populations_have_rows_of_their_own() {
    let answer = answer(vec![dataset("fi", 3, 200)], Vec::new());
    assert!(!rendered(&answer, false).contains("FIN"));
    assert_eq!(cells(&rendered(&answer, true))[2], ["fi", "FIN", "-", "3/200", "0.015"]);
}

#[test]
fn a_dataset_has_its_word_and_a_note() {
    let change = |change: fn(&mut DatasetAnswer)| {
        let mut dataset = dataset("fi", 0, 200);
        dataset.variants.clear();
        change(&mut dataset);
        let cells = cells(&rendered(&answer(vec![dataset], Vec::new()), false));
        (cells[1][2].clone(), cells[1].get(6).cloned().unwrap_or_default())
    };
    let said = |word: &str, note: &str| (word.to_owned(), note.to_owned());
    assert_eq!(change(|_| ()), said("not seen", ""));
    assert_eq!(change(|d| d.state = DatasetState::Withheld), said("may not be asked", ""));
    assert_eq!(change(|d| d.coverage = Coverage::None), said("not assayed", ""));
    assert_eq!(change(|d| d.release = Release::Boolean), said("not seen", "tells yes or no only"));
    let few = |d: &mut DatasetAnswer| {
        d.precision = Precision::Imprecise;
        d.withheld = vec![Withheld::CountBelowFloor];
    };
    let mut dataset = dataset("fi", 0, 200);
    few(&mut dataset);
    let text = rendered(&answer(vec![dataset], Vec::new()), false);
    assert!(text.contains("Not seen, or not disclosable"), "{text}");
    assert!(text.ends_with("What may be missing: fewer people than the floor read as nobody."), "{text}");
}

#[test]
fn what_was_looked_up_is_told_and_that_it_was_lifted() {
    let mut lifted = dataset("se", 1, 100);
    lifted.lift = Some(fyr_schemas::Lift { from: Assembly::GRCH37, verified: true });
    let text = rendered(&answer(vec![lifted], Vec::new()), false);
    assert!(text.starts_with("Looked up: 7-117559590-ATCT-A in GRCh38, lifted from GRCh37\n"), "{text}");
    assert_eq!(text.matches("lifted from GRCh37").count(), 2, "{text}");
}

#[test]
fn tables_fit_eighty_columns() {
    let mut long = dataset("se.norrland.university-hospital.af-beacon", 3, 200_000);
    (long.release, long.id) = (Release::Count, "whole-genomes-of-the-region-2026".into());
    for query in [exact(), Query::entries(EntryType::GenomicVariant), Query::entries(EntryType::Individual)] {
        let text = render(&query, &answer(vec![long.clone()], Vec::new()), true, Whose::Regions);
        let rows = text.lines().take_while(|line| !line.starts_with("Seen"));
        let rows = rows.filter(|line| !line.starts_with("Looked up"));
        assert!(rows.clone().all(|line| line.chars().count() <= 80), "{text}");
        assert!(rows.count() > 4, "{text}");
    }
}

#[test]
fn people_are_counted_and_variants_are_named() {
    let mut answer = answer(vec![dataset("fi", 3, 200)], Vec::new());
    answer.datasets[0].result_count = Some(17);
    let people = cells(&render(&Query::entries(EntryType::Individual), &answer, false, Whose::Regions));
    assert_eq!(
        people[..2],
        [vec!["region", "dataset", "answer", "found", "note"], vec!["fi", "D", "seen", "17"]]
    );
    let variants = cells(&render(&Query::entries(EntryType::GenomicVariant), &answer, false, Whose::Regions));
    assert!(variants.iter().flatten().any(|cell| cell == "7-117559590-ATCT-A"), "{variants:?}");
}

#[test]
fn how_many_of_how_many_is_told_where_no_frequency_is() {
    let mut few = dataset("fi", 9, 18);
    (few.variants[0].assayed, few.variants[0].people, few.coverage) = (Some(9), Some(60), Coverage::Partial);
    few.variants[0].frequencies.clear();
    few.variants[0].carriers = Some(3);
    let text = rendered(&answer(vec![few], Vec::new()), false);
    assert_eq!(cells(&text)[1][..6], ["fi", "D", "seen", "3 of 9", "-", "-"]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("of fi: no frequency, since 9 of 60 people were assayed"), "{text}");
}

#[test]
fn frequencies_keep_their_digits() {
    let af = |count, number| {
        let found = row(count, number);
        frequency(&Row { counts: found.frequencies.first(), ..Row::default() })
    };
    assert_eq!(af(0, 100), "0");
    assert_eq!(af(1, 3), "0.3333");
    assert_eq!(af(200, 200), "1");
    assert_eq!(af(3, 1_000_000), "3.00e-6");
    assert_eq!(af(0, 0), "-");
}

#[test]
fn names_cannot_steer_the_terminal() {
    let mut dataset = dataset("fi", 3, 200);
    dataset.id = "\u{1b}[2JD".into();
    assert!(!rendered(&answer(vec![dataset], Vec::new()), true).contains('\u{1b}'));
}
