//! Noise: everything that is told follows from the drawn number, and the same people give the same one.

use std::sync::Arc;

use fyr_schemas::{
    AlleleQuery, Assembly, DatasetAnswer, Effect, EntryType, Granularity, Interbase, Precision, Query,
    RangeQuery, Release, Tally, VariantQuery, Withheld,
};
use roaring::RoaringBitmap;

use super::{
    super::laplace,
    world::{self, Numbers},
};
use crate::{
    Accounting, Bearers, Cost, Count, Disclosure, Draws, EntryCount, Epsilon, Families, Needs, People,
    ReleasePlan, Rounding, Sets, Undisclosed, VariantCount, cost_of_entries, disclose_entries,
};

/// Bits that depend on a seed and on who they are drawn for.
#[derive(Debug)]
struct Seed(u64);

impl Draws for Seed {
    fn draw(&self, people: &RoaringBitmap) -> Box<dyn Iterator<Item = u64> + '_> {
        let of = people
            .iter()
            .fold(self.0, |seed, person| (seed ^ u64::from(person) ^ 77).wrapping_mul(0x0100_0000_01b3));
        Box::new((1..).map(move |at: u64| {
            let mut bits = of.wrapping_add(at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bits ^ (bits >> 31)
        }))
    }
}

/// People who carry something, some of them twice, among a hundred.
struct Known(RoaringBitmap);

impl Sets for Known {
    fn tally(&self) -> Tally {
        let people = self.0.len();
        let numbers = Numbers::people(people, 100);
        Tally { allele_count: 2 * people, allele_number: 200, homozygous: Some(people), ..numbers }
    }

    fn people(&self) -> People {
        People::Known(Arc::new(self.0.clone()))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::new((0..100).collect()))
    }

    fn entries(&self) -> u64 {
        self.0.len()
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        Some(Arc::new(Self(&self.0 - people)))
    }
}

const FLOOR: u64 = 10;

fn epsilon() -> Epsilon {
    Epsilon::new(23, 100).unwrap()
}

fn plan(release: Release) -> ReleasePlan {
    let accounting = Accounting::Noise(epsilon());
    ReleasePlan { accounting, minimum_cohort: 50, ..ReleasePlan::open(release, FLOOR) }
}

fn count(carriers: std::ops::Range<u32>) -> Count {
    let everybody = People::Known(Arc::new((0..100).collect()));
    Count::of(Arc::new(Known(carriers.collect()))).among(everybody.clone(), everybody)
}

/// What was drawn for some people.
fn drawn(seed: u64, people: std::ops::Range<u32>) -> i64 {
    let number = i64::from(people.end - people.start);
    number + laplace::draw(epsilon(), &mut Seed(seed).draw(&people.collect())).unwrap()
}

fn allele() -> AlleleQuery {
    AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap()
}

fn ask(
    plan: ReleasePlan,
    query: &Query,
    count: Count,
    draws: Option<Seed>,
    bearers: &Bearers,
) -> DatasetAnswer {
    let permit = world::permit(plan);
    let draws = draws.map(|seed| Arc::new(seed) as Arc<dyn Draws>);
    if query.entry_type != EntryType::GenomicVariant {
        let found = Undisclosed::new(EntryCount { count, documents: Vec::new() });
        return disclose_entries(&permit, query, found, bearers, draws.as_ref(), world::speaker())
            .into_inner();
    }
    let mut disclosure = Disclosure::new(&permit, query, 100, draws.as_ref());
    let effect = Effect {
        gene: Some("G".into()),
        consequences: Vec::new(),
        transcript: None,
        coding_change: None,
        protein: None,
        protein_change: None,
    };
    let variant = world::any_variant();
    let found = VariantCount { variant, effects: vec![effect], count, cases: Vec::new() };
    disclosure.tell(Undisclosed::new(found), bearers);
    disclosure.finish(world::speaker(), |_| Vec::new()).into_inner()
}

fn variant(seed: u64, carriers: std::ops::Range<u32>) -> DatasetAnswer {
    let query = Query { granularity: Granularity::Record, ..Query::variants(VariantQuery::Allele(allele())) };
    ask(plan(Release::Record), &query, count(carriers), Some(Seed(seed)), &Bearers::Everybody)
}

fn people(seed: u64, found: std::ops::Range<u32>, kind: EntryType) -> DatasetAnswer {
    let query = Query { filters: world::filters(), ..Query::entries(kind) };
    ask(plan(Release::Count), &query, count(found), Some(Seed(seed)), &Bearers::Everybody)
}

#[test]
fn the_drawn_number_alone_decides_what_is_told() {
    let (mut lifted, mut lowered) = (0, 0);
    for carriers in 0..30 {
        for seed in 0..40 {
            let number = drawn(seed, 0..carriers);
            let told = u64::try_from(number).ok().filter(|number| *number >= FLOOR);
            let answer = variant(seed, 0..carriers);
            assert_eq!((answer.exists, answer.result_count), (told.is_some(), Some(told.is_some().into())));
            assert_eq!(
                answer.variants.first().and_then(|variant| variant.carriers),
                told,
                "{carriers} {seed}"
            );
            let found = people(seed, 0..carriers, EntryType::Individual);
            assert_eq!((found.exists, found.result_count), (told.is_some(), Some(told.unwrap_or(0))));
            lifted += u32::from(told.is_some() && u64::from(carriers) < FLOOR);
            lowered += u32::from(told.is_none() && u64::from(carriers) >= FLOOR);
        }
    }
    assert!(lifted > 10 && lowered > 10, "{lifted} {lowered}: a floor on the true number would tell it");
}

#[test]
fn a_noisy_answer_says_so_and_tells_one_number() {
    let seed = (0..).find(|seed| drawn(*seed, 0..40) >= 20).unwrap();
    let answer = variant(seed, 0..40);
    assert_eq!((answer.precision, &answer.adjusted_to), (Precision::Imprecise, &vec![FLOOR]));
    assert!(
        answer.withheld.contains(&Withheld::Noise) && !answer.withheld.contains(&Withheld::CountBelowFloor)
    );
    let told = &answer.variants[0];
    assert_eq!((told.frequencies.len(), told.assayed, told.coverage), (0, None, answer.coverage));
    assert_eq!(answer.coverage, fyr_schemas::Coverage::Unknown);
    assert!(told.effects.is_empty(), "only what somebody has is annotated");
}

#[test]
fn all_but_few_are_told_like_others() {
    let seed = (0..).find(|seed| drawn(*seed, 0..98) > 100).unwrap();
    let told = variant(seed, 0..98);
    assert_eq!(told.variants[0].carriers, u64::try_from(drawn(seed, 0..98)).ok());
    assert_eq!(told.adjusted_to, [FLOOR]);
}

#[test]
fn how_many_samples_they_have_is_not_told() {
    let seed = (0..).find(|seed| drawn(*seed, 0..40) >= 20).unwrap();
    let answer = people(seed, 0..40, EntryType::Biosample);
    assert_eq!((answer.exists, answer.result_count), (true, None));
}

#[test]
fn without_a_source_of_noise_nothing_is_told() {
    let query = Query::variants(VariantQuery::Allele(allele()));
    let told = |draws| ask(plan(Release::Count), &query, count(0..90), draws, &Bearers::Everybody).exists;
    assert!(told(Some(Seed(1))) && !told(None));
    let stated = Count::of(Numbers::of(world::cell(60, 0, 40).tally()));
    let everybody = Bearers::Everybody;
    assert!(!ask(plan(Release::Count), &query, stated, Some(Seed(1)), &everybody).exists, "nobody knows who");
}

#[test]
fn of_many_alleles_nothing_is_told() {
    let place = Interbase::new(0, 1000).unwrap();
    let range = RangeQuery::of(Assembly::GRCH38, allele().contig().clone(), place);
    let query = Query::variants(VariantQuery::Range(range));
    let told = ask(plan(Release::Count), &query, count(0..90), Some(Seed(1)), &Bearers::Everybody);
    assert_eq!((told.exists, told.result_count), (false, Some(0)));
}

#[test]
fn the_smallest_cohort_holds_and_numbers_are_rounded_once_they_are_drawn() {
    let query = Query { granularity: Granularity::Count, ..Query::variants(VariantQuery::Allele(allele())) };
    let rounds = ReleasePlan { rounding: Rounding::Nearest(50), ..plan(Release::Count) };
    let told = |plan| {
        let answer = ask(plan, &query, count(0..60), Some(Seed(3)), &Bearers::Everybody);
        (answer.variants.first().and_then(|variant| variant.carriers), answer.precision)
    };
    let number = u64::try_from(drawn(3, 0..60)).unwrap();
    assert_eq!(told(rounds), (Some(Rounding::Nearest(50).of(number)), Precision::Rounded));
    assert_eq!(told(ReleasePlan { minimum_cohort: 101, ..rounds }).0, None);
}

#[test]
fn who_cannot_bear_it_is_left_out_before_the_number_is_drawn() {
    let query = Query::variants(VariantQuery::Allele(allele()));
    let gone = Bearers::AllBut((0..20).collect());
    let seed = (0..).find(|seed| drawn(*seed, 20..60) >= 10).unwrap();
    let answer = ask(plan(Release::Count), &query, count(0..60), Some(Seed(seed)), &gone);
    assert_eq!(answer.variants[0].carriers, u64::try_from(drawn(seed, 20..60)).ok());
}

#[test]
fn whoever_is_counted_pays_for_the_number() {
    let permit = world::permit(plan(Release::Count));
    let query = Query::variants(VariantQuery::Allele(allele()));
    let disclosure = Disclosure::new(&permit, &query, 100, None);
    let found = |count| {
        Undisclosed::new(VariantCount {
            variant: world::any_variant(),
            effects: Vec::new(),
            count,
            cases: Vec::new(),
        })
    };
    assert_eq!(disclosure.cost(&found(count(3..9))), Cost::drawn((3..9).collect(), 230_000_000));
    assert!(disclosure.cost(&found(Count::of_nobody())).is_nothing());
    let query = Query { filters: world::filters(), ..Query::entries(EntryType::Individual) };
    let found = Undisclosed::new(EntryCount { count: count(3..9), documents: Vec::new() });
    assert_eq!(cost_of_entries(&permit, &query, &found), Cost::drawn((3..9).collect(), 230_000_000));
}

#[test]
fn relatives_are_one() {
    let families = Arc::new(Families::new((0..30).map(|person| (person, 7))));
    let query = Query::variants(VariantQuery::Allele(allele()));
    let seed = (0..).find(|seed| drawn(*seed, 0..60) >= 50).unwrap();
    let related = count(0..60).related(&families);
    let answer = ask(plan(Release::Count), &query, related, Some(Seed(seed)), &Bearers::Everybody);
    assert_eq!(answer.variants[0].carriers, u64::try_from(drawn(seed, 0..60) - 29).ok());
}

#[test]
fn whoever_could_be_left_out_is_said_always() {
    let query = Query::variants(VariantQuery::Allele(allele()));
    for (accounting, expected) in [(Accounting::Noise(epsilon()), true), (Accounting::None, false)] {
        let withheld = ReleasePlan { accounting, ..plan(Release::Count) }.withholds(&query);
        assert_eq!(withheld.contains(&Withheld::ToldEnough), expected);
    }
}

#[test]
fn only_an_allele_by_its_bases_is_asked_for() {
    let place = Interbase::new(0, 1000).unwrap();
    let range = RangeQuery::of(Assembly::GRCH38, allele().contig().clone(), place);
    let parsed = |text: &str| VariantQuery::parse(text, Some(Assembly::GRCH38)).unwrap();
    let digest = "ga4gh:VA.0000000000000000000000000000000A";
    for (variant, refused) in [
        (parsed("7-100-A-G"), false),
        (parsed("NM_000492.4:c.1521_1523del"), false),
        (parsed(digest), true),
        (parsed("7-100-A-<DEL>"), true),
        (VariantQuery::Range(range), true),
    ] {
        let of_people = Query { variant: Some(variant.clone()), ..Query::entries(EntryType::Individual) };
        let plan = plan(Release::Count);
        assert_eq!(plan.leaves_unpriced(&Query::variants(variant.clone())), refused, "{variant:?}");
        assert!(!plan.leaves_unpriced(&of_people), "people are one number: {variant:?}");
        let uncharged = ReleasePlan { accounting: Accounting::None, ..plan };
        assert!(!uncharged.leaves_unpriced(&Query::variants(variant)));
    }
}

#[test]
fn how_many_people_there_are_is_told_as_it_is() {
    let all = Query::entries(EntryType::Individual);
    let answer = ask(plan(Release::Count), &all, count(0..100), None, &Bearers::Everybody);
    assert_eq!(answer.result_count, Some(100));
}

#[test]
fn nobody_is_counted_like_others_and_no_records_are_needed() {
    let needs = plan(Release::Record).needs();
    assert_eq!(
        needs,
        Needs { margins: true, records: false, singly: true, hides: true, nobody: true, fixed: None }
    );
    let open = ReleasePlan { minimum_carriers: 0, ..plan(Release::Record) }.needs();
    assert_eq!((open.records, open.nobody, open.hides, open.singly), (false, true, true, true));
}

#[test]
fn terms_are_listed_by_the_floor() {
    assert_eq!(world::term(plan(Release::Count), 10, 100, &[]).len(), 1);
    assert_eq!(world::term(plan(Release::Count), 9, 100, &[]), []);
}
