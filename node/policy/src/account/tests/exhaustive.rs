//! Every population of up to six people and every sequence of questions about three variants, with the code that
//! answers them: what is told in all about one person weighs `e^B` at most. A question that is asked again is not told
//! anew, so three questions about three variants are all.
//!
//! The person holds a place in both worlds; in one they carry an allele, in the other they do not, and nobody knows
//! who of the others does. Before each question it is known what was told of whom so far (that is more than anybody
//! knows), so what the answer adds is its likelihood in the one world over that in the other, added up over all ways
//! in which the others may carry *this* allele. Alleles are independent.

use std::collections::{BTreeSet, HashMap};

use roaring::RoaringBitmap;

use super::super::*;
use crate::{Steps, Thresholds};

const LN_2: u64 = 693_147_180;

/// The frequencies of the variants; a variant is nothing else here.
const FREQUENCIES: [f64; 4] = [0.06, 0.15, 0.3, 0.6];

/// The person whom somebody tries to find out about.
const TARGET: u32 = 0;

/// What is wrong with the model, to see that it would be noticed.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// The price is that of all people, whether or not they can bear it.
    PriceOfAll,
    /// Whoever was left out of one answer is left out of all that follow.
    ForGood,
}

/// How many questions are left, what was told of the target, and of the others.
type State = (u32, (u64, bool), Vec<(u64, bool)>);

/// The most that questions can weigh from a state on.
type Known = HashMap<State, f64>;

/// A node that is asked about its few people.
#[derive(Clone)]
struct Node {
    people: u32,
    floor: u64,
    fault: Fault,
    account: Account,
    gone: RoaringBitmap,
}

impl Node {
    fn new(people: u32, floor: u64, fault: Fault) -> Self {
        Self { people, floor, fault, account: Account::default(), gone: RoaringBitmap::new() }
    }

    fn thresholds(&self, frequency: f64) -> Option<Thresholds> {
        let steps = Steps { floor: self.floor, rounding: None };
        Thresholds::new(steps, u64::from(self.people), frequency, false)
    }

    /// Answers, and charges; returns what is told.
    fn ask(&mut self, thresholds: Thresholds, carriers: &RoaringBitmap) -> Option<u64> {
        let cost = Cost::of_thresholds(carriers.clone(), (0..self.people).collect(), thresholds);
        let mut rooms = Rooms::new(LN_2);
        self.account.charged().for_each(|(person, spent)| rooms.narrow(person, LN_2.saturating_sub(spent)));
        let mut borne = match self.fault {
            Fault::PriceOfAll => {
                settle(&Cost::new(carriers.clone(), cost.amount(self.people.into())), &rooms)
            }
            _ => settle(&cost, &rooms),
        };
        if self.fault == Fault::ForGood {
            borne.by -= &self.gone;
            self.gone |= &borne.left_out;
        }
        self.account.charge(&borne.by, borne.amount);
        thresholds.told(borne.by.len())
    }

    /// Returns how much an answer can weigh: the greatest logarithm of the likelihood of what is told if the target
    /// carries over that if not.
    fn weight(&self, frequency: f64) -> f64 {
        let Some(thresholds) = self.thresholds(frequency) else { return 0.0 };
        let carries = frequency * (2.0 - frequency);
        // How likely a yes is, and a no, with the target and without.
        let mut likely = [[0.0; 2]; 2];
        for others in 0..1u32 << (self.people - 1) {
            let number = others.count_ones() as i32;
            let chance = carries.powi(number) * (1.0 - carries).powi(self.people as i32 - 1 - number);
            for target in [0, 1] {
                let carriers = (0..self.people).filter(|person| (others << 1 | target) >> person & 1 == 1);
                let told = self.clone().ask(thresholds, &carriers.collect()).is_some();
                likely[target as usize][usize::from(told)] += chance;
            }
        }
        let weights = [0, 1].map(|told| match (likely[1][told], likely[0][told]) {
            (0.0, _) => 0.0,
            (with, without) => (with / without).ln(),
        });
        weights[0].max(weights[1])
    }

    /// Returns the most that questions can weigh in all, whoever carries what they are about.
    fn most(&self, questions: u32, known: &mut Known) -> f64 {
        if questions == 0 {
            return 0.0;
        }
        let state = self.state(questions);
        if let Some(most) = known.get(&state) {
            return *most;
        }
        let after = |frequency| self.most_after(frequency, questions, known);
        let most = FREQUENCIES.into_iter().map(after).fold(0.0, f64::max);
        known.insert(state, most);
        most
    }

    fn most_after(&self, frequency: f64, questions: u32, known: &mut Known) -> f64 {
        let Some(thresholds) = self.thresholds(frequency) else { return 0.0 };
        let of_target = self.weight(frequency);
        let mut most: f64 = 0.0;
        for carriers in self.carriers() {
            let mut after = self.clone();
            after.ask(thresholds, &carriers);
            let weight = if carriers.contains(TARGET) { of_target } else { 0.0 };
            most = most.max(weight + after.most(questions - 1, known));
        }
        most
    }

    /// Returns what decides about all that follows: what was told of whom, whoever the others are.
    fn state(&self, questions: u32) -> State {
        let of = |person: u32| (self.account.spent(person), self.gone.contains(person));
        let mut others: Vec<_> = (1..self.people).map(of).collect();
        others.sort_unstable();
        (questions, of(TARGET), others)
    }

    /// Who may carry an allele. Of those of whom the same was told it does not matter who.
    fn carriers(&self) -> Vec<RoaringBitmap> {
        let alike = |person: u32| (self.account.spent(person), self.gone.contains(person));
        let kinds = |carriers: u32| {
            let known = (1..self.people).map(|person| (alike(person), carriers >> person & 1));
            let mut known: Vec<_> = known.collect();
            known.sort_unstable();
            (carriers & 1, known)
        };
        let mut seen = BTreeSet::new();
        let all = (0..1u32 << self.people).filter(|carriers| seen.insert(kinds(*carriers)));
        all.map(|all| (0..self.people).filter(|person| all >> person & 1 == 1).collect()).collect()
    }
}

fn most(fault: Fault, people: u32, questions: u32) -> f64 {
    (1..=3)
        .map(|floor| Node::new(people, floor, fault).most(questions, &mut Known::new()))
        .fold(0.0, f64::max)
}

#[test]
fn whatever_is_asked_tells_no_more_of_a_person_than_their_budget() {
    let budget = LN_2 as f64 / 1e9;
    for people in 1..=6 {
        let most = most(Fault::None, people, 3);
        assert!(most <= budget + 1e-9, "{people} people: {most}");
    }
    let told = most(Fault::None, 6, 3);
    assert!(told > budget / 2.0, "something is told: {told}");
}

#[test]
fn it_would_be_noticed_if_the_price_were_that_of_all() {
    assert!(most(Fault::PriceOfAll, 4, 3) > 2.0 * LN_2 as f64 / 1e9);
}

#[test]
fn it_would_be_noticed_if_whoever_is_left_out_stayed_out() {
    assert!(most(Fault::ForGood, 4, 3) > 2.0 * LN_2 as f64 / 1e9);
}
