//! Every population of up to six people and every sequence of questions that are told with noise, with the code that
//! answers them: what is told in all about one person weighs `e^B` at most, exactly.
//!
//! Two worlds are compared: one with a person, one without. A question counts those of whom something holds: carriers of
//! a variant, people with an attribute or two, whoever is left after withdrawals. Here each question counts *any* people,
//! which is every population with any variants and attributes, each sequence of questions, and each withdrawal between
//! them. Who of the others can bear a number depends on what they bore, and not on the person, so the likelihoods of what
//! is told are those of one draw around either number, and multiply.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use fyr_schemas::{AlleleQuery, Assembly, Query, Release, VariantQuery};
use roaring::RoaringBitmap;

use super::{super::laplace, world};
use crate::{
    Account, Accounting, Bearers, Count, Disclosure, Draws, Epsilon, People, ReleasePlan, Rooms, Sets,
    Undisclosed, VariantCount, settle,
};

const LN_2: u64 = 693_147_180;
const QUESTIONS: u32 = 4;

/// The person whom somebody tries to find out about.
const TARGET: u32 = 0;

/// What is drawn at most: beyond it the distribution goes on as it goes there.
const WIDEST: i64 = 150;

/// Bits of which one number is drawn.
#[derive(Debug)]
struct Scripted(Epsilon, i64);

impl Draws for Scripted {
    fn draw(&self, _: &RoaringBitmap) -> Box<dyn Iterator<Item = u64> + '_> {
        let Self(epsilon, number) = self;
        let (numerator, denominator) = epsilon.ratio();
        let scaled = number.unsigned_abs() * numerator;
        let (times, rest) = (scaled / denominator, scaled % denominator);
        // A rest that is kept, as often "go on" as the denominator goes into it, "stop", and the sign.
        let mut bits = vec![rest, denominator - 1];
        (0..times).for_each(|_| bits.extend([0, 0, 1]));
        bits.extend([0, 1, u64::from(*number < 0)]);
        Box::new(bits.into_iter())
    }
}

/// Those for whom something holds.
struct Found(RoaringBitmap);

impl Sets for Found {
    fn tally(&self) -> fyr_schemas::Tally {
        world::cell(self.0.len(), 0, 6).tally()
    }

    fn people(&self) -> People {
        People::Known(Arc::new(self.0.clone()))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::new((0..6).collect()))
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        Some(Arc::new(Self(&self.0 - people)))
    }
}

fn found(people: RoaringBitmap) -> Undisclosed<VariantCount> {
    let everybody = People::Known(Arc::new((0..6).collect()));
    let count = Count::of(Arc::new(Found(people))).among(everybody.clone(), everybody);
    let variant = world::any_variant();
    Undisclosed::new(VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() })
}

fn query() -> Query {
    Query::variants(VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap()))
}

fn plan(floor: u64, epsilon: Epsilon) -> ReleasePlan {
    ReleasePlan { accounting: Accounting::Noise(epsilon), ..ReleasePlan::open(Release::Count, floor) }
}

/// How likely is what is told of so many people: nobody, or a number.
fn likelihoods(floor: u64, epsilon: Epsilon, people: u32) -> BTreeMap<Option<u64>, f64> {
    let permit = world::permit(plan(floor, epsilon));
    let ratio = (-epsilon.nats()).exp();
    let mut likely = BTreeMap::new();
    for number in -WIDEST..=WIDEST {
        let scripted = Scripted(epsilon, number);
        assert_eq!(laplace::draw(epsilon, &mut scripted.draw(&RoaringBitmap::new())), Some(number));
        let draws: Arc<dyn Draws> = Arc::new(scripted);
        let mut disclosure = Disclosure::new(&permit, &query(), 10, Some(&draws));
        disclosure.tell(found((0..people).collect()), &Bearers::Everybody);
        let answer = disclosure.finish(world::speaker(), |_| Vec::new()).into_inner();
        let told = answer.variants.first().map(|variant| variant.carriers.unwrap());
        assert_eq!(answer.exists, told.is_some());
        *likely.entry(told).or_default() +=
            (1.0 - ratio) / (1.0 + ratio) * ratio.powi(i32::try_from(number.abs()).unwrap());
    }
    likely
}

/// What one answer weighs at most that counts the person, beside so many others.
fn weight(floor: u64, epsilon: Epsilon, others: u32) -> f64 {
    let [with, without] = [others + 1, others].map(|people| likelihoods(floor, epsilon, people));
    let told: BTreeSet<_> = with.keys().chain(without.keys()).copied().collect();
    let inside = told.into_iter().filter(|told| told.is_none_or(|number| number < WIDEST as u64));
    inside.map(|told| (with[&told] / without[&told]).ln().abs()).fold(0.0, f64::max)
}

/// Asks for some people, and returns who of them is counted.
fn ask(account: &mut Account, epsilon: Epsilon, people: &RoaringBitmap, is_charged: bool) -> RoaringBitmap {
    let permit = world::permit(plan(1, epsilon));
    let cost = Disclosure::new(&permit, &query(), 10, None).cost(&found(people.clone()));
    let mut rooms = Rooms::new(LN_2);
    for (person, spent) in account.charged() {
        rooms.narrow(person, if is_charged { LN_2.saturating_sub(spent) } else { LN_2 });
    }
    let borne = settle(&cost, &rooms);
    account.charge(borne.by.iter(), borne.amount);
    borne.by
}

/// How many questions are left, and what was told of the person and of the others.
type State = (u32, u64, Vec<u64>);

struct Worlds<'a> {
    people: u32,
    epsilon: Epsilon,
    /// What an answer weighs, by how many others it counts.
    weights: &'a [f64],
    is_charged: bool,
    known: HashMap<State, f64>,
}

impl Worlds<'_> {
    /// Returns the most that so many further questions weigh.
    fn most(&mut self, questions: u32, account: &Account) -> f64 {
        if questions == 0 {
            return 0.0;
        }
        let mut others: Vec<_> = (1..self.people).map(|person| account.spent(person)).collect();
        others.sort_unstable();
        let state = (questions, account.spent(TARGET), others);
        if let Some(most) = self.known.get(&state) {
            return *most;
        }
        let mut most: f64 = 0.0;
        for counted in 0..1u32 << self.people {
            let counted = (0..self.people).filter(|person| counted >> person & 1 == 1).collect();
            let mut after = account.clone();
            let told = ask(&mut after, self.epsilon, &counted, self.is_charged);
            let others = usize::try_from(told.len() - u64::from(told.contains(TARGET))).unwrap();
            let weight = if told.contains(TARGET) { self.weights[others] } else { 0.0 };
            most = most.max(weight + self.most(questions - 1, &after));
        }
        self.known.insert(state, most);
        most
    }
}

/// What questions weigh at most, for each number of people and each floor.
fn most(epsilon: Epsilon, is_charged: bool) -> Vec<f64> {
    let of = |(floor, people): (u64, u32)| {
        let weights: Vec<_> = (0..people).map(|others| weight(floor, epsilon, others)).collect();
        let known = HashMap::new();
        let mut worlds = Worlds { people, epsilon, weights: &weights, is_charged, known };
        worlds.most(QUESTIONS, &Account::default())
    };
    (1..=3).flat_map(|floor| (1..=6).map(move |people| (floor, people))).map(of).collect()
}

#[test]
fn whatever_is_asked_with_noise_tells_no_more_of_a_person_than_their_budget() {
    let budget = LN_2 as f64 / 1e9;
    for (epsilon, numbers) in [(0.1, 4.0), (0.23, 3.0), (0.3, 2.0), (0.69, 1.0)] {
        for most in most(Epsilon::of(epsilon).unwrap(), true) {
            assert!(most <= budget + 1e-9, "{epsilon}: {most}");
            assert!(most > 0.9 * numbers * epsilon, "{epsilon}: {most}: something is told");
        }
    }
}

#[test]
fn it_would_be_noticed_if_nobody_were_charged() {
    let most = most(Epsilon::of(0.23).unwrap(), false);
    assert!(most.iter().all(|most| *most > LN_2 as f64 / 1e9), "{most:?}");
}
