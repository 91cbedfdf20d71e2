//! Who reads a published table: whom its rules name, and nobody else.

use super::*;
use crate::{LocalOwner, PublicationTerms, Questions, Rounding, promise::Promise};

fn published_to(profiles: &[Profile]) -> DatasetRules {
    DatasetRules { published_to: Some(profiles.to_vec()), ..DatasetRules::default() }
}

fn requesters() -> [(Requester, Profile); 4] {
    let facts = |bona_fide, grants: &[&str]| RequesterFacts {
        bona_fide,
        grants: grants.iter().map(|grant| (*grant).to_owned()).collect(),
        ..RequesterFacts::default()
    };
    [
        (Requester::Public, Profile::Public),
        (Requester::Known { name: "clinic".into() }, Profile::Known),
        (facts(true, &[]).requester(), Profile::Research),
        (facts(false, &["https://dac.example/D"]).requester(), Profile::Consortium),
    ]
}

/// What is decided of dataset D with rules of its own, for a stated purpose, at the highest granularity.
fn of_own_rules(own: DatasetRules, default: DatasetRules, kind: Kind, requester: &Requester) -> Decision {
    let datasets = [("D".to_owned(), own)].into();
    let policy = Policy::new(PolicyConfig { default, datasets, ..PolicyConfig::default() }).unwrap();
    let query = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let purpose = fyr_schemas::Purpose::new(fyr_schemas::Use::Hmb);
    policy.decide(&Asking::of(&query, Some(&purpose), requester, no_wider, NOON), Held { id: "D", kind })
}

/// Rules by which everything else may be asked.
fn generous() -> DatasetRules {
    DatasetRules {
        public: Some(Release::Frequency),
        aggregate_open: Some(Release::Frequency),
        known: Some(Release::Frequency),
        research: Some(Release::Frequency),
        consortium: Some(Release::Frequency),
        consent: Some(ConsentBasis::OptOut),
        reference: Some("gnomad".into()),
        accounts: Some(true),
        minimum_carriers: Some(50),
        lowered_because: Some("to see what is left of it".into()),
        ..DatasetRules::default()
    }
}

#[test]
fn whom_the_rules_name_reads_all_of_it_and_nobody_else_anything() {
    for named in [Profile::Public, Profile::Known, Profile::Research, Profile::Consortium] {
        let own =
            DatasetRules { grants: Some(vec!["https://dac.example/D".into()]), ..published_to(&[named]) };
        for (requester, profile) in requesters() {
            let decision = of_own_rules(own.clone(), generous(), Kind::Publication, &requester);
            let reads = named == profile || named == Profile::Public;
            assert_eq!(decision.plan().is_some(), reads, "{named:?} {requester:?}");
            assert_eq!(decision.is_visible(), reads, "{named:?} {requester:?}");
            let Some(plan) = decision.plan() else { continue };
            assert_eq!((plan.release, plan.profile, plan.published), (Release::Frequency, named, true));
            assert_eq!((plan.minimum_carriers, plan.minimum_cohort, plan.rounding), (0, 0, Rounding::Exact));
            assert_eq!((plan.accounting, plan.questions), (Accounting::None, Questions::Free));
            assert!(!plan.needs().hides && decision.reference().is_none(), "{plan:?}");
        }
    }
}

#[test]
fn nothing_is_read_by_default() {
    for (requester, _) in requesters() {
        let unnamed = of_own_rules(DatasetRules::default(), generous(), Kind::Publication, &requester);
        assert_eq!((unnamed.plan(), unnamed.is_visible()), (None, false), "{requester:?}");
        let nobody = of_own_rules(published_to(&[]), generous(), Kind::Publication, &requester);
        assert_eq!((nobody.plan(), nobody.is_visible()), (None, false), "{requester:?}");
    }
}

#[test]
fn of_data_that_are_no_published_table_it_permits_nothing() {
    let everybody = [Profile::Public, Profile::Known, Profile::Research, Profile::Consortium];
    for kind in [Kind::Individuals, Kind::Frequencies] {
        for (requester, _) in requesters() {
            let decision = of_own_rules(published_to(&everybody), generous(), kind, &requester);
            assert_eq!((decision.plan(), decision.is_visible()), (None, false), "{kind:?} {requester:?}");
        }
    }
}

#[test]
fn what_else_restrains_readers_holds() {
    let own = |rules: DatasetRules| DatasetRules { published_to: Some(vec![Profile::Public]), ..rules };
    let none = DatasetRules::default;
    let partner = RequesterFacts { country: Some("SE".into()), ..RequesterFacts::default() }.requester();
    for (rules, requester, reads) in [
        (own(none()), Requester::Public, true),
        (own(DatasetRules { expires: Some("2026-06-15".into()), ..none() }), Requester::Public, false),
        (own(DatasetRules { countries: Some(vec!["SE".into()]), ..none() }), Requester::Public, false),
        (own(DatasetRules { countries: Some(vec!["SE".into()]), ..none() }), partner.clone(), true),
        (own(DatasetRules { countries: Some(vec!["NO".into()]), ..none() }), partner.clone(), false),
        (
            own(DatasetRules { organisations: Some(vec!["https://ki.example".into()]), ..none() }),
            partner,
            false,
        ),
        (own(DatasetRules { tags: Some(vec!["P".into()]), ..none() }), Requester::Public, false),
        (
            own(DatasetRules { data_use: Some(vec!["NCU".parse().unwrap()]), ..none() }),
            Requester::Public,
            false,
        ),
        (
            own(DatasetRules { data_use: Some(vec!["HMB".parse().unwrap()]), ..none() }),
            Requester::Public,
            true,
        ),
    ] {
        let decision = of_own_rules(rules.clone(), none(), Kind::Publication, &requester);
        assert_eq!(decision.plan().is_some(), reads, "{rules:?}");
    }
}

#[test]
fn rules_of_a_table_that_cannot_be_meant_are_refused() {
    let refused = |default, own: DatasetRules| {
        let datasets = [("D".to_owned(), own)].into();
        Policy::new(PolicyConfig { default, datasets, ..PolicyConfig::default() }).unwrap_err()
    };
    let everywhere = refused(published_to(&[Profile::Known]), DatasetRules::default());
    assert_eq!(everywhere, InvalidPolicy::PublishedByDefault("the default".into()));
    for profile in [Profile::AggregateOpen, Profile::Owner] {
        let named = refused(DatasetRules::default(), published_to(&[Profile::Known, profile]));
        let expected = InvalidPolicy::PublishedTo { dataset: "dataset `D`".into(), profile: profile.name() };
        assert_eq!(named, expected);
    }
    let beside = DatasetRules { research: Some(Release::Count), ..published_to(&[Profile::Known]) };
    let beside = refused(DatasetRules::default(), beside);
    assert_eq!(beside, InvalidPolicy::PublishedBeside("dataset `D`".into()));
    let lawless = refused(DatasetRules::default(), published_to(&[Profile::Care]));
    assert_eq!(lawless, InvalidPolicy::CareWithoutLaw("dataset `D`".into()));
}

#[test]
fn a_promise_of_a_table_says_that_membership_is_not_protected() {
    let rules = published_to(&[Profile::Research]);
    let default = generous();
    let rules = Effective::new(&rules, &default);
    let promise = serde_json::to_value(Promise::new(Profile::Research, &rules)).unwrap();
    let expected = serde_json::json!({
        "published": "published, membership not protected",
        "release": "frequency",
        "subjects": "none",
        "minimumCarriers": 0,
        "minimumCohort": 0,
        "rounding": "exact",
        "attributable": true,
        "notPromised": ["membership", "beforeAndAfter"],
    });
    assert_eq!(promise, expected);
}

#[test]
fn the_owner_who_publishes_is_told_what_others_shall_read() {
    let owner = LocalOwner::at_this_machine("anna");
    let terms = PublicationTerms { minimum_carriers: 7, rounding: Rounding::Nearest(5) };
    let publishing = Requester::Owner(owner.clone().to_publish(terms));
    let rules = DatasetRules { consent: Some(ConsentBasis::OptIn), ..DatasetRules::default() };
    let query = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let decision = decide(rules.clone(), Kind::Individuals, &query, &publishing, NOON);
    let plan = decision.plan().unwrap();
    assert_eq!((plan.minimum_carriers, plan.rounding, plan.cases), (7, Rounding::Nearest(5), false));
    assert!(plan.needs().hides && !plan.needs().records);
    let Cohort::Consenting { needed, unstated: false, released: false } = decision.cohort() else {
        panic!("{decision:?}")
    };
    assert_eq!(needed, crate::needed(false, None), "to be counted in frequencies, and for what is no care");
    let own = decide(rules, Kind::Individuals, &query, &Requester::Owner(owner), NOON);
    assert_eq!((own.cohort(), own.plan().unwrap().minimum_carriers), (Cohort::Everyone, 0));
}
