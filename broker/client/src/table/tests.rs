use fyr_schemas::NodeState;

use super::{
    test_answers::{answer, dataset, report, row},
    *,
};

/// The cells of each row, without lines.
fn cells(text: &str) -> Vec<Vec<String>> {
    let cell =
        |line: &str| line.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
    text.lines().filter(|line| !line.contains(['─', '═'])).map(cell).collect()
}

#[test]
fn a_row_for_each_dataset_and_a_total() {
    let mut answer = answer(vec![dataset("fi", 3, 200), dataset("se", 0, 100)], Vec::new());
    answer.totals = vec![row(3, 300)];
    let cells = cells(&render(&answer, false));
    assert_eq!(cells[1], ["fi", "D", "yes", "3", "3/200", "0.015", "answered"]);
    assert_eq!(cells[2], ["se", "D", "no", "0", "0/100", "0", "answered"]);
    assert_eq!(cells[3], ["all", "total", "yes", "3", "3/300", "0.01", "complete"]);
    assert_eq!(cells[4], ["Seen."]);
}

#[test]
fn a_lower_bound_says_at_least() {
    let nodes = vec![report("fi", NodeState::Answered), report("se", NodeState::Unreachable)];
    let mut answer = answer(vec![dataset("fi", 3, 200)], nodes);
    (answer.totals, answer.lower_bound) = (vec![row(3, 200)], true);
    let text = render(&answer, false);
    let cells = cells(&text);
    assert_eq!(cells[2], ["se", "-", "-", "-", "-", "-", "cannot be reached"]);
    assert_eq!(cells[3], ["all", "total", "yes", "≥ 3", "≥ 3/200", "0.015", "at least"]);
    assert!(text.ends_with("No part from: se cannot be reached."), "{text}");
}

#[test]
fn who_is_in_the_total_only_is_listed() {
    let answer = answer(Vec::new(), vec![report("se", NodeState::Answered)]);
    assert!(render(&answer, false).contains("in the total only"));
}

#[test]
fn a_no_from_where_nobody_was_assayed_is_told() {
    let mut unassayed = dataset("fi", 0, 0);
    (unassayed.coverage, unassayed.variants) = (Coverage::None, Vec::new());
    let text = render(&answer(vec![unassayed], Vec::new()), false);
    assert!(text.ends_with("Nobody was assayed there in: fi."), "{text}");
}

#[test]
fn populations_have_rows_of_their_own() {
    let answer = answer(vec![dataset("fi", 3, 200)], Vec::new());
    assert!(!render(&answer, false).contains("FIN"));
    assert_eq!(cells(&render(&answer, true))[2], ["FIN", "-", "3/200", "0.015"]);
}

#[test]
fn states_are_plain_words() {
    let change = |change: fn(&mut DatasetAnswer)| {
        let mut dataset = dataset("fi", 0, 200);
        change(&mut dataset);
        state(&dataset)
    };
    assert_eq!(change(|_| ()), "answered");
    assert_eq!(change(|d| d.state = DatasetState::Withheld), "withheld by its policy");
    assert_eq!(change(|d| d.precision = Precision::Imprecise), "not seen, or not disclosable");
    assert_eq!(change(|d| d.coverage = Coverage::None), "nobody assayed here");
    assert_eq!(change(|d| d.release = Release::Boolean), "tells yes or no only");
}

#[test]
fn frequencies_keep_their_digits() {
    let af = |count, number| frequency(&row(count, number).frequencies[0]);
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
    assert!(!render(&answer(vec![dataset], Vec::new()), true).contains('\u{1b}'));
}
