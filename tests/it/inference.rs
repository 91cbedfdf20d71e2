//! The attacker of the attack program knows the statistics: against distributions that are counted out, and against
//! what is published and follows from theory.

use fyr_tests::inference::{Binomial, Evidence, Observation, Scores, upper_bound};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// People of whom a dataset consists.
const PEOPLE: usize = 65;
/// Members, and others, who are scored.
const SCORED: usize = 200;
const FALSE_POSITIVES: f64 = 0.05;

fn copies(frequency: f64, rng: &mut StdRng) -> u8 {
    u8::from(rng.random_bool(frequency)) + u8::from(rng.random_bool(frequency))
}

/// The 1/x spectrum of a neutral population.
fn neutral(rng: &mut StdRng) -> f64 {
    0.0004 * 1250.0_f64.powf(rng.random::<f64>())
}

/// Scores members and others of a simulated dataset. The first people of a site are in the dataset.
fn simulate(
    people: usize,
    sites: usize,
    mut frequency: impl FnMut(&mut StdRng) -> f64,
    read: impl Fn(&[u8]) -> Observation,
    asked: impl Fn(u8) -> bool,
    most: usize,
) -> Scores {
    let mut rng = StdRng::seed_from_u64(7);
    let evidence = Evidence::of(people as u64);
    let scored = SCORED.min(people);
    let mut sums = vec![(0.0, 0); 2 * scored];
    for _ in 0..sites {
        let frequency = frequency(&mut rng);
        let genotypes: Vec<u8> = (0..people + scored).map(|_| copies(frequency, &mut rng)).collect();
        let reading = read(&genotypes[..people]);
        let ratios = [0, 1, 2].map(|copies| evidence.ratio(reading, frequency, copies));
        let targets = genotypes[..scored].iter().chain(&genotypes[people..]);
        for ((sum, used), copies) in sums.iter_mut().zip(targets) {
            if asked(*copies) && *used < most {
                *sum += ratios[usize::from(*copies)];
                *used += 1;
            }
        }
    }
    let of = |range: std::ops::Range<usize>| sums[range].iter().map(|(sum, _)| *sum).collect();
    Scores { members: of(0..scored), outsiders: of(scored..2 * scored) }
}

fn carriers(genotypes: &[u8]) -> u64 {
    genotypes.iter().filter(|copies| **copies > 0).count() as u64
}

/// What a boolean with a floor tells.
fn seen(genotypes: &[u8], floor: u64) -> Observation {
    if carriers(genotypes) >= floor {
        Observation::People(floor, genotypes.len() as u64)
    } else {
        Observation::People(0, floor - 1)
    }
}

#[test]
fn probabilities_are_those_that_are_counted_out() {
    let binomial = Binomial::up_to(12);
    for chance in [0.0, 0.01, 0.3, 0.5, 0.97, 1.0] {
        let mut counted = [0.0; 13];
        for outcome in 0u32..1 << 12 {
            let hits = outcome.count_ones();
            counted[hits as usize] += chance_of(chance, hits) * chance_of(1.0 - chance, 12 - hits);
        }
        for low in 0..=12u64 {
            for high in low..=12 {
                let expected: f64 = counted[low as usize..=high as usize].iter().sum();
                let found = binomial.between(12, chance, low, high);
                assert!((found - expected).abs() < 1e-10, "{chance} {low}..={high}: {found} {expected}");
            }
        }
    }
}

fn chance_of(chance: f64, times: u32) -> f64 {
    chance.powi(i32::try_from(times).unwrap())
}

#[test]
fn a_tail_far_from_the_mean_does_not_vanish() {
    let found = Binomial::up_to(1000).between(1000, 1e-4, 20, 1000);
    // The first term, C(1000, 20) / 10^80, leads.
    assert!((2e-39..6e-39).contains(&found), "{found}");
}

#[test]
fn a_carrier_makes_an_exact_count_likelier_in_proportion_to_it() {
    let evidence = Evidence::of(500);
    let (frequency, chance) = (0.02, 1.0 - 0.98_f64.powi(2));
    for count in [1u64, 5, 19, 40] {
        let ratio = evidence.ratio(Observation::People(count, count), frequency, 1);
        let expected = (count as f64 / (500.0 * chance)).ln();
        assert!((ratio - expected).abs() < 1e-3, "{count}: {ratio} {expected}");
    }
    assert!(
        evidence.ratio(Observation::People(0, 0), frequency, 1) < -13.0,
        "a carrier cannot be among nobody"
    );
}

#[test]
fn what_tells_nothing_says_nothing() {
    let evidence = Evidence::of(300);
    for copies in 0..=2 {
        assert!(evidence.ratio(Observation::People(0, 300), 0.1, copies).abs() < 1e-9);
        assert!(evidence.ratio(Observation::Copies(0, 600), 0.1, copies).abs() < 1e-9);
    }
}

/// Shringarpure & Bustamante 2015: 250 random SNPs that somebody carries settle membership of 65 people.
#[test]
fn two_hundred_and_fifty_yes_and_no_settle_membership_of_sixty_five() {
    let scores = simulate(PEOPLE, 4000, neutral, |genotypes| seen(genotypes, 1), |copies| copies > 0, 250);
    assert!(scores.power(FALSE_POSITIVES) > 0.97, "{}", scores.power(FALSE_POSITIVES));
    assert!(scores.area() > 0.99);
}

/// Sankararaman et al. 2009: power is Φ(√(m/N) − z) for m SNPs and N people.
#[test]
fn frequencies_have_the_power_of_theory() {
    let common = |rng: &mut StdRng| rng.random_range(0.05..0.5);
    let exact = |genotypes: &[u8]| {
        let copies = genotypes.iter().map(|copies| u64::from(*copies)).sum();
        Observation::Copies(copies, copies)
    };
    for (sites, expected) in [(200, 0.26), (600, 0.535), (2160, 0.95)] {
        let scores = simulate(200, sites, common, exact, |_| true, usize::MAX);
        let power = scores.power(FALSE_POSITIVES);
        assert!((power - expected).abs() < 0.12, "{sites} SNPs: {power}, where theory says {expected}");
    }
}

#[test]
fn a_floor_makes_the_attack_longer_and_no_more() {
    let near = |floor: u64| {
        move |rng: &mut StdRng| floor as f64 / (2.0 * PEOPLE as f64) * rng.random_range(0.7..1.3)
    };
    let power = |floor: u64, most| {
        let scores = simulate(PEOPLE, 6000, near(floor), |g| seen(g, floor), |copies| copies > 0, most);
        scores.power(FALSE_POSITIVES)
    };
    assert!(power(5, 5) < 0.6);
    assert!(power(5, 200) > 0.95, "{}", power(5, 200));
}

#[test]
fn whoever_sits_on_the_threshold_is_called_as_often_as_is_allowed() {
    let same = Scores { members: vec![0.0; 40], outsiders: vec![0.0; 60] };
    assert!((same.power(0.05) - 0.05).abs() < 1e-12 && (same.area() - 0.5).abs() < 1e-12);
    let apart = Scores { members: vec![1.0; 40], outsiders: vec![0.0; 60] };
    assert!((apart.power(0.05), apart.area()) == (1.0, 1.0));
    assert!(Scores::default().power(0.05) == 0.0);
}

#[test]
fn bounds_are_those_of_wilson() {
    for (share, tries, expected) in
        [(0.5, 100, 0.596), (0.05, 1000, 0.0653), (0.0, 50, 0.0713), (1.0, 9, 1.0)]
    {
        assert!((upper_bound(share, tries) - expected).abs() < 1e-3, "{share} {tries}");
    }
}
