mod published;

use fyr_schemas::{Clause, Condition, EntryType, Filter, Filters, Query};
use time::{OffsetDateTime, macros::datetime};

use super::*;
use crate::{Accounting, Besides, Epsilon, LocalOwner, Measure, RequesterFacts, Rounding, needed, no_wider};

const NOON: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);
const MIDNIGHT: i64 = datetime!(2026-06-16 00:00 UTC).unix_timestamp();

/// A question for individuals, with so many filters in each clause.
fn filtered(clauses: &[usize]) -> Query {
    let filter = |number: usize| Filter {
        scope: None,
        excluded: false,
        any_of: vec![Condition::Term { id: format!("HP:{number:07}"), descendants: true }],
    };
    let filters = clauses.iter().map(|&filters| Clause((0..filters).map(filter).collect())).collect();
    Query { filters: Filters::new(filters).unwrap(), ..Query::entries(EntryType::Individual) }
}

fn decide(
    rules: DatasetRules,
    kind: Kind,
    query: &Query,
    requester: &Requester,
    now: OffsetDateTime,
) -> Decision {
    let policy = Policy::with_files(PolicyConfig::default(), &[]).unwrap();
    let policy = policy.with_config(PolicyConfig { default: rules, ..PolicyConfig::default() });
    policy.decide(&Asking::of(query, None, requester, no_wider, now), Held { id: "D", kind })
}

/// A person whose credentials end at a time.
fn until_then(expires: i64) -> Requester {
    let facts = RequesterFacts { subject: Some("anna".into()), ..RequesterFacts::default() };
    let Requester::User(user) = facts.requester() else { panic!("facts of a person") };
    Requester::User(std::sync::Arc::new(crate::User { expires, ..(*user).clone() }))
}

#[test]
fn filters_are_counted_one_by_one_and_not_by_clause() {
    let rules = DatasetRules {
        public: Some(Release::Boolean),
        subjects: Some(Release::Boolean),
        open: Some(true),
        most_filters: Some(3),
        ..DatasetRules::default()
    };
    for (clauses, permitted) in [
        (&[3][..], true),
        (&[1, 1, 1], true),
        (&[2, 1], true),
        (&[4], false),
        (&[2, 2], false),
        (&[1, 1, 1, 1], false),
    ] {
        let query = filtered(clauses);
        let decision = decide(rules.clone(), Kind::Individuals, &query, &Requester::Public, NOON);
        assert_eq!(decision.plan().is_some(), permitted, "{clauses:?}");
    }
}

#[test]
fn a_decision_ends_with_the_credentials_and_at_midnight_where_something_ends_on_a_day() {
    let lasting = DatasetRules { consent: Some(ConsentBasis::OptOut), ..DatasetRules::default() };
    let ending = DatasetRules { expires: Some("2027-01-31".into()), ..lasting.clone() };
    let conditions = ["HMB", "TS 2027-01-31"].map(|text| text.parse().unwrap()).to_vec();
    let moratorium = DatasetRules { data_use: Some(conditions), ..lasting.clone() };
    let undated = DatasetRules { data_use: Some(vec!["HMB".parse().unwrap()]), ..lasting.clone() };
    for (case, rules, requester, until) in [
        ("nothing ends", &lasting, Requester::Public, i64::MAX),
        ("a condition without date", &undated, Requester::Public, i64::MAX),
        ("a dataset that expires", &ending, Requester::Public, MIDNIGHT),
        ("a condition with a date", &moratorium, Requester::Public, MIDNIGHT),
        ("a token of the operator's", &ending, Requester::Known { name: "clinic".into() }, MIDNIGHT),
        ("credentials alone", &lasting, until_then(MIDNIGHT + 9), MIDNIGHT + 9),
        ("credentials before midnight", &ending, until_then(MIDNIGHT - 1), MIDNIGHT - 1),
        ("credentials after midnight", &ending, until_then(MIDNIGHT + 1), MIDNIGHT),
    ] {
        let query = Query::entries(EntryType::GenomicVariant);
        for now in [datetime!(2026-06-15 00:00 UTC), NOON, datetime!(2026-06-15 23:59:59.999 UTC)] {
            let decision = decide(rules.clone(), Kind::Individuals, &query, &requester, now);
            assert_eq!(decision.until(), until, "{case} at {now}");
        }
    }
}

#[test]
fn conditions_of_open_frequencies_hold_all_the_same() {
    let rules = |conditions: &[&str]| DatasetRules {
        aggregate_open: Some(Release::Frequency),
        data_use: Some(conditions.iter().map(|text| text.parse().unwrap()).collect()),
        ..DatasetRules::default()
    };
    let query = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let told = |rules, requester| {
        let plan = decide(rules, Kind::Frequencies, &query, &requester, NOON).plan();
        plan.map(|plan| plan.release)
    };
    assert_eq!(told(rules(&[]), Requester::Public), Some(Release::Frequency));
    assert_eq!(told(rules(&["HMB"]), Requester::Public), None, "nobody says what for");
}

#[test]
fn silence_consents_by_opt_out_alone() {
    let rules = |consent, data_use: &[&str], open| DatasetRules {
        consent,
        data_use: Some(data_use.iter().map(|text| text.parse().unwrap()).collect()),
        open: Some(open),
        ..DatasetRules::default()
    };
    let query = Query::entries(EntryType::GenomicVariant);
    let asked = |rules, kind| decide(rules, kind, &query, &Requester::Public, NOON).cohort();
    for (basis, unstated) in
        [(None, false), (Some(ConsentBasis::OptIn), false), (Some(ConsentBasis::OptOut), true)]
    {
        let cohort = asked(rules(basis, &["HMB"], false), Kind::Individuals);
        assert_eq!(
            cohort,
            Cohort::Consenting { needed: needed(false, None), unstated, released: false },
            "{basis:?}"
        );
        assert_eq!(asked(rules(basis, &["HMB"], true), Kind::Individuals), Cohort::Everyone);
        assert_eq!(asked(rules(basis, &["HMB"], false), Kind::Frequencies), Cohort::Everyone);
    }
}

#[test]
fn who_came_later_waits_where_several_carriers_are_told_of_and_not_in_care() {
    let rules = |floor| DatasetRules {
        consent: Some(ConsentBasis::OptOut),
        public: Some(Release::Boolean),
        minimum_carriers: Some(floor),
        lowered_because: Some("a test".into()),
        ..DatasetRules::default()
    };
    let query = Query { granularity: Granularity::Boolean, ..Query::entries(EntryType::GenomicVariant) };
    let waits = |rules, requester: &Requester| {
        decide(rules, Kind::Individuals, &query, requester, NOON).cohort().is_of_released()
    };
    let owner = Requester::Owner(LocalOwner::at_this_machine("anna"));
    assert_eq!(
        [0, 1, 2, 20].map(|floor| waits(rules(floor), &Requester::Public)),
        [false, false, true, true]
    );
    assert!(!waits(rules(20), &owner), "owners are told of everybody");
    assert!(!waits(DatasetRules { open: Some(true), ..rules(20) }, &Requester::Public));
    let care =
        DatasetRules { care: Some(Release::Boolean), care_legal_basis: Some("a law".into()), ..rules(20) };
    let care = Effective::new(&care, &care);
    let asking = Asking::of(&query, None, &Requester::Public, no_wider, NOON);
    for plan in plans(&asking, &care, Kind::Individuals) {
        assert_eq!(is_by_epoch(&care, Some(plan)), plan.profile != Profile::Care, "{plan:?}");
    }
}

#[test]
fn a_view_only_narrows() {
    let of_each_release =
        [Release::None, Release::Boolean, Release::Count, Release::Frequency, Release::Record];
    let rules = |most| DatasetRules {
        public: Some(most),
        subjects: Some(most),
        minimum_carriers: Some(0),
        open: Some(true),
        ..DatasetRules::default()
    };
    let requester = Requester::Public;
    for (most, at_most) in
        of_each_release.into_iter().flat_map(|most| of_each_release.map(|view| (most, view)))
    {
        let config = PolicyConfig { default: rules(most), ..PolicyConfig::default() };
        let policy = Policy::with_files(config, &[]).unwrap();
        for kind in [EntryType::GenomicVariant, EntryType::Individual] {
            let query = Query { granularity: Granularity::Record, ..Query::entries(kind) };
            let asking = Asking::of(&query, None, &requester, no_wider, NOON);
            let held = Held { id: "D", kind: Kind::Individuals };
            let decide = |asking: Asking| policy.decide(&asking, held);
            let released = |decision: &Decision| decision.plan().map_or(Release::None, |plan| plan.release);
            let (whole, seen) = (decide(asking.clone()), decide(asking.clone().at_most(at_most)));
            assert_eq!(released(&seen), released(&whole).min(at_most), "{kind:?}: {most} through {at_most}");
            assert!(whole.is_visible() || !seen.is_visible(), "{kind:?}: {most} through {at_most}");
            assert!(whole.shows_records() || !seen.shows_records(), "{kind:?}: {most} through {at_most}");
            let widened = decide(asking.at_most(at_most).at_most(Release::Record));
            assert_eq!(released(&widened), released(&seen), "a second view cannot take the first one back");
        }
    }
}

#[test]
fn everyone_may_know_of_what_anyone_may_ask_or_is_listed() {
    let asked = DatasetRules { public: Some(Release::Boolean), open: Some(true), ..DatasetRules::default() };
    let open = DatasetRules { aggregate_open: Some(Release::Count), ..DatasetRules::default() };
    let listed = DatasetRules { listed: Some(true), ..DatasetRules::default() };
    let tagged = |rules: &DatasetRules| DatasetRules { tags: Some(vec!["T".into()]), ..rules.clone() };
    let abroad = |rules: &DatasetRules| DatasetRules { countries: Some(vec!["NO".into()]), ..rules.clone() };
    let member =
        |rules: &DatasetRules| DatasetRules { organisations: Some(vec!["O".into()]), ..rules.clone() };
    let used =
        |rules: &DatasetRules| DatasetRules { data_use: Some(vec!["GRU".parse().unwrap()]), ..rules.clone() };
    let nothing = DatasetRules::default();
    for (name, rules, everyone_knows, most) in [
        ("nothing stated", nothing.clone(), false, Release::None),
        ("public", asked.clone(), true, Release::Boolean),
        ("aggregate and open", open.clone(), true, Release::Count),
        ("listed", listed.clone(), true, Release::None),
        ("tagged", tagged(&asked), false, Release::None),
        ("tagged and listed", DatasetRules { listed: Some(true), ..tagged(&open) }, false, Release::None),
        ("of a country", abroad(&asked), false, Release::Boolean),
        ("of an organisation", member(&open), false, Release::Count),
        ("under conditions", used(&asked), false, Release::Boolean),
        (
            "under conditions, listed",
            DatasetRules { listed: Some(true), ..used(&asked) },
            true,
            Release::Boolean,
        ),
        ("to a country, listed", abroad(&listed), true, Release::None),
    ] {
        let config = PolicyConfig { datasets: [("D".to_owned(), rules)].into(), ..PolicyConfig::default() };
        let policy = Policy::new(config.clone()).unwrap();
        assert_eq!((policy.is_listed("D"), policy.most_public()), (everyone_knows, most), "{name}");
        assert!(!policy.is_listed("E"), "{name}: another one");
        assert_eq!(policy.config(), &config);
        assert_eq!(
            policy.data_use("D"),
            config.datasets["D"].data_use.as_deref().unwrap_or_default(),
            "{name}"
        );
    }
    let config = PolicyConfig { default: asked, ..PolicyConfig::default() };
    let policy = Policy::new(config).unwrap();
    assert_eq!((policy.is_listed("whichever"), policy.most_public()), (true, Release::Boolean));
}

/// What is told of a dataset, and how it is accounted for.
fn accounted(rules: DatasetRules, kind: Kind, query: &Query) -> (Release, Accounting) {
    let facts = RequesterFacts { bona_fide: true, ..RequesterFacts::default() };
    let plan = decide(rules, kind, query, &facts.requester(), NOON).plan().unwrap();
    (plan.release, plan.accounting)
}

#[test]
fn with_a_reference_what_is_told_of_people_is_charged() {
    let rules = |reference: Option<&str>, accounts| DatasetRules {
        public: Some(Release::Frequency),
        consent: Some(ConsentBasis::OptOut),
        lowered_because: Some("to see what is left of it".into()),
        reference: reference.map(str::to_owned),
        accounts,
        ..DatasetRules::default()
    };
    let asked = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let told = |rules, kind| accounted(rules, kind, &asked);
    let (people, frequencies) = (Kind::Individuals, Kind::Frequencies);
    let priced = |besides| (Release::Count, Accounting::Thresholds { besides });
    let uncharged = (Release::Frequency, Accounting::None);
    assert_eq!(told(rules(Some("gnomad"), None), people), priced(Besides::Floors));
    assert_eq!(told(rules(Some("gnomad"), Some(true)), people), priced(Besides::Nothing));
    assert_eq!(told(rules(None, Some(true)), people), (Release::Count, Accounting::Unpriced));
    assert_eq!(
        told(rules(None, None), people),
        (Release::Count, Accounting::Unpriced),
        "nothing without a price"
    );
    assert_eq!(told(rules(None, None), frequencies), uncharged);
    assert_eq!(told(rules(None, Some(true)), frequencies), (Release::Count, Accounting::Unpriced));
    for reference in [None, Some("gnomad")] {
        assert_eq!(told(rules(reference, Some(false)), people), uncharged, "{reference:?}");
    }
    assert_eq!(told(rules(Some("gnomad"), None), frequencies), (Release::Count, Accounting::Unpriced));
    let declared = DatasetRules { aggregate_open: Some(Release::Frequency), ..rules(Some("gnomad"), None) };
    assert_eq!(told(declared, frequencies), uncharged, "nobody is there to charge");
    let open = DatasetRules { open: Some(true), ..rules(Some("gnomad"), Some(true)) };
    assert_eq!(told(open, people), uncharged);
}

#[test]
fn with_noise_numbers_of_people_are_told_as_they_are_drawn() {
    let rules = |noise: &[Profile], accounts| DatasetRules {
        public: Some(Release::Count),
        consent: Some(ConsentBasis::OptOut),
        lowered_because: Some("to see what is left of it".into()),
        noise: Some(noise.to_vec()),
        accounts,
        ..DatasetRules::default()
    };
    let asked = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let noisy = Accounting::Noise(Profile::Public.epsilon());
    let people = Kind::Individuals;
    for accounts in [None, Some(true)] {
        let told = accounted(rules(&[Profile::Public], accounts), people, &asked);
        assert_eq!(told, (Release::Count, noisy), "without a reference, too");
    }
    let both = DatasetRules { reference: Some("gnomad".into()), ..rules(&[Profile::Public], None) };
    assert_eq!(accounted(both, people, &asked), (Release::Count, noisy));
    let told = accounted(rules(&[], Some(true)), people, &asked);
    assert_eq!(told, (Release::Count, Accounting::Unpriced));
    let of_frequencies = accounted(rules(&[Profile::Public], None), Kind::Frequencies, &asked);
    assert_eq!(of_frequencies, (Release::Count, Accounting::Unpriced), "nobody is there to charge");
    let facts = RequesterFacts { bona_fide: true, ..RequesterFacts::default() };
    let plan =
        decide(rules(&[Profile::Public], None), people, &asked, &facts.requester(), NOON).plan().unwrap();
    assert_eq!((plan.rounding, plan.measure), (Rounding::Exact, Measure::Carriers));
    let open = DatasetRules { open: Some(true), ..rules(&[Profile::Public], None) };
    assert_eq!(accounted(open, people, &asked).1, Accounting::None);
}

#[test]
fn noise_that_charges_nobody_or_tells_everything_is_refused() {
    let refused = |noise: Profile, epsilon| {
        let rules = DatasetRules { noise: Some(vec![noise]), epsilon, ..DatasetRules::default() };
        Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).err()
    };
    for profile in [Profile::Care, Profile::AggregateOpen, Profile::Owner] {
        assert!(matches!(refused(profile, None), Some(InvalidPolicy::NoiseUncharged { .. })), "{profile:?}");
    }
    let epsilon = Epsilon::of;
    for profile in [Profile::Public, Profile::Known, Profile::Research, Profile::Consortium] {
        assert_eq!((refused(profile, None), refused(profile, epsilon(0.69))), (None, None), "{profile:?}");
        assert!(
            matches!(refused(profile, epsilon(1.4)), Some(InvalidPolicy::NoiseTooWeak { .. })),
            "{profile:?}"
        );
    }
    assert_eq!(refused(Profile::Consortium, epsilon(1.38)), None);
    assert!(refused(Profile::Known, epsilon(0.7)).unwrap().to_string().contains("`epsilon` is 0.7"));
}

#[test]
fn whether_a_capacity_is_charged_follows_from_all_rules() {
    let rules = |public, reference: Option<&str>, noise: &[Profile]| DatasetRules {
        public: Some(public),
        consent: Some(ConsentBasis::OptOut),
        reference: reference.map(str::to_owned),
        noise: Some(noise.to_vec()),
        ..DatasetRules::default()
    };
    let charges = |own: DatasetRules| {
        let datasets = [("D".to_owned(), own)].into();
        let policy = Policy::new(PolicyConfig { datasets, ..PolicyConfig::default() }).unwrap();
        [Profile::Public, Profile::Known].map(|profile| policy.charges(profile))
    };
    assert_eq!(charges(rules(Release::Boolean, Some("gnomad"), &[])), [true, false]);
    assert_eq!(charges(rules(Release::Boolean, None, &[Profile::Public])), [true, false]);
    assert_eq!(charges(rules(Release::None, Some("gnomad"), &[Profile::Public])), [false; 2]);
    assert_eq!(charges(rules(Release::Boolean, None, &[])), [false; 2]);
}

#[test]
fn nobody_is_priced_by_their_own_frequencies() {
    let rules =
        |reference: &str| DatasetRules { reference: Some(reference.into()), ..DatasetRules::default() };
    let policy = |default, own: Option<DatasetRules>| {
        let datasets = own.map(|own| ("D".to_owned(), own)).into_iter().collect();
        Policy::new(PolicyConfig { default, datasets, ..PolicyConfig::default() })
    };
    let own = policy(DatasetRules::default(), Some(rules("D")));
    assert_eq!(own.unwrap_err(), InvalidPolicy::OwnReference("dataset `D`".into()));
    let policy = policy(rules("gnomad"), Some(rules("elsewhere"))).unwrap();
    assert_eq!(["D", "other"].map(|id| policy.reference(id)), [Some("elsewhere"), Some("gnomad")]);
}

#[test]
fn a_decision_shows_what_was_proposed_up_to_what_was_allowed() {
    let rules = DatasetRules { public: Some(Release::Boolean), open: Some(true), ..DatasetRules::default() };
    let asked = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let decision = decide(rules, Kind::Individuals, &asked, &Requester::Public, NOON);
    let (last, before) = decision.proposals().split_last().unwrap();
    assert!(last.allowed && before.iter().all(|proposal| !proposal.allowed));
    assert_eq!(decision.plan(), Some(last.plan));
}

#[test]
fn cases_are_told_of_open_data_from_which_nothing_is_kept_back() {
    let query = Query::entries(EntryType::GenomicVariant);
    let query = Query { granularity: fyr_schemas::Granularity::Record, ..query };
    let tells = |rules: DatasetRules| {
        let decision = decide(rules, Kind::Individuals, &query, &Requester::Public, NOON);
        decision.plan().map(|plan| plan.cases)
    };
    let open = DatasetRules {
        public: Some(Release::Frequency),
        open: Some(true),
        minimum_carriers: Some(0),
        ..DatasetRules::default()
    };
    let lowered = DatasetRules {
        open: None,
        consent: Some(ConsentBasis::OptOut),
        data_use: Some(vec!["NRES".parse().unwrap()]),
        minimum_cohort: Some(0),
        exact_numbers: Some(true),
        lowered_because: Some("board 7".into()),
        ..open.clone()
    };
    assert_eq!(tells(open.clone()), Some(true));
    assert_eq!(tells(DatasetRules { minimum_carriers: Some(5), ..open.clone() }), Some(false));
    assert_eq!(tells(DatasetRules { minimum_cohort: Some(5), ..open }), Some(false));
    assert_eq!(tells(lowered), Some(false), "exact, and not open");
}
