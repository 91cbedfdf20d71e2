use super::*;

/// A table of so many alleles of so many people, with frequencies from 0.01 to 0.5, drawn from a population.
fn table(alleles: usize, people: u64) -> Vec<(u64, u64)> {
    let mut draw = Draw::default();
    let of = 2 * people;
    let site = |at: usize| {
        let frequency = 0.01 + 0.49 * (at % 100) as f64 / 100.0;
        let chances = [1.0 - frequency, frequency, 0.0];
        ((0..of).map(|_| draw.copies(&chances) as u64).sum::<u64>(), of)
    };
    (0..alleles).map(site).collect()
}

fn power(table: &[(u64, u64)]) -> Power {
    let mut attack = Attack::default();
    let group = Group::Population("FIN".into());
    for &(copies, of) in table {
        attack.add(copies, of);
        attack.add_of(&group, copies, of);
    }
    attack.power()
}

#[test]
fn power_is_what_the_literature_says() {
    // Power ~ Phi(sqrt(m/N) - z): published for m independent alleles and N people.
    for (alleles, people) in [(100, 200), (200, 200), (600, 200), (2_160, 200), (1_000, 1_000)] {
        let expected = normal((alleles as f64 / people as f64).sqrt() - THRESHOLD);
        let found = power(&table(alleles, people));
        assert_eq!(found.alleles, alleles as u64);
        assert!((found.power - expected).abs() < 0.08, "{alleles} of {people}: {found:?} {expected}");
        assert!(found.at_most > found.power && found.at_most <= 1.0);
    }
}

#[test]
fn people_who_are_drawn_and_the_normal_approximation_agree() {
    for (alleles, people) in [(300, 100), (1_000, 500), (3_000, 1_000)] {
        let found = power(&table(alleles, people));
        let (_, by_approximation) = found.worst_group.clone().unwrap();
        assert!((found.power - by_approximation).abs() < 0.08, "{alleles} of {people}: {found:?}");
    }
}

#[test]
fn nothing_told_tells_nothing_and_everything_told_everything() {
    let nothing = power(&[]);
    assert_eq!((nothing.alleles, nothing.power, nothing.worst_group), (0, FALSE_POSITIVES, None));
    assert_eq!(power(&[(1, 0), (1, 1), (3, 2)]).alleles, 0, "no numbers of people");
    assert!(power(&table(5_000, 50)).power > 0.99);
}

#[test]
fn the_same_table_has_the_same_risk() {
    let table = table(200, 100);
    assert_eq!(power(&table), power(&table));
}

#[test]
fn the_group_that_is_attacked_most_easily_is_named() {
    let mut attack = Attack::default();
    for (copies, of) in table(1_000, 1_000) {
        attack.add(copies, of);
        attack.add_of(&Group::Population("LARGE".into()), copies, of);
    }
    for (copies, of) in table(1_000, 50) {
        attack.add_of(&Group::Population("SMALL".into()), copies, of);
    }
    let (group, power) = attack.power().worst_group.unwrap();
    assert_eq!(group, Group::Population("SMALL".into()));
    assert!(power > 0.9, "{power}");
}

#[test]
fn shares_are_drawn_around_their_mean() {
    let mut draw = Draw::default();
    for (a, b) in [(0.5, 10.5), (3.0, 5.0), (200.5, 1_000.5)] {
        let shares: Vec<f64> = (0..20_000).map(|_| draw.share(a, b)).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let spread = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / shares.len() as f64;
        let expected = a * b / ((a + b).powi(2) * (a + b + 1.0));
        assert!((mean - a / (a + b)).abs() < 0.01 * (a / (a + b)) + 0.001, "{a} {b}: {mean}");
        assert!((spread / expected - 1.0).abs() < 0.1, "{a} {b}: {spread} {expected}");
    }
}
