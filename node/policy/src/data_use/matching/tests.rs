//! The truth table, written down anew: every term of DUO against every kind of purpose and requester.

use std::{collections::BTreeSet, sync::Arc};

use super::*;
use crate::{Attributes, Audience, BONA_FIDE, Binding, By, Subject, User};
use time::macros::date;

const CANCER: &str = "MONDO:0004992";
const LUNG_CANCER: &str = "MONDO:0008903";

fn wider(purpose: Option<&Purpose>) -> Wider {
    Wider::of(purpose.into_iter().flat_map(|purpose| &purpose.diseases), narrower_than)
}

fn narrower_than(disease: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::from([disease.to_owned()]);
    if disease == LUNG_CANCER {
        all.insert(CANCER.to_owned());
    }
    all
}

fn user(change: impl FnOnce(&mut User)) -> Requester {
    let mut user = User {
        subject: Subject { issuer: "https://issuer.example".into(), id: "anna".into() },
        linked: Vec::new(),
        visas: Vec::new(),
        attributes: Attributes::default(),
        binding: Binding::Bearer,
        audience: Audience::This,
        expires: i64::MAX,
    };
    change(&mut user);
    Requester::User(Arc::new(user))
}

fn visa(kind: VisaKind, value: &str, by: By) -> Visa {
    let (value, source, issuer) =
        (value.to_owned(), "https://source.example".to_owned(), "https://v.example".to_owned());
    Visa { kind, value, source, by, issuer, asserted: 0 }
}

fn decide(
    conditions: &[&str],
    basis: Option<ConsentBasis>,
    purpose: &str,
    requester: &Requester,
) -> &'static str {
    let conditions: Vec<DataUse> = conditions.iter().map(|text| text.parse().unwrap()).collect();
    let purpose: Option<Purpose> = (!purpose.is_empty()).then(|| purpose.parse().unwrap());
    let terms = Terms {
        conditions: &conditions,
        basis,
        open: false,
        care_legal_basis: false,
        accepted_terms: Some("https://terms.example/v3"),
    };
    let ground = Ground {
        requester,
        purpose: purpose.as_ref(),
        wider: &wider(purpose.as_ref()),
        today: date!(2026 - 06 - 15),
    };
    suitability(terms, ground).word()
}

fn opt_in(conditions: &[&str], purpose: &str, requester: &Requester) -> &'static str {
    decide(conditions, Some(ConsentBasis::OptIn), purpose, requester)
}

/// The purposes of the table, in the order of its columns.
const PURPOSES: [&str; 10] = [
    "",
    "GRU",
    "GRU; methods",
    "HMB",
    "HMB; methods",
    "DS; disease=MONDO:0004992",
    "DS; disease=MONDO:0008903",
    "DS; disease=MONDO:0004979; disease=MONDO:0008903",
    "POA",
    "care; case=1",
];

#[test]
fn each_permission_covers_its_purposes_and_no_other() {
    // One letter a purpose: P permit, d deny.
    for (condition, row) in [
        ("NRES", "PPPPPPPPPd"),
        ("GRU", "dPPPPPPPPd"),
        ("HMB", "dddPdPPPdd"),
        ("DS MONDO:0004992", "dddddPPddd"),
        ("DS MONDO:0008903", "ddddddPddd"),
        ("DS MONDO:0004992 MONDO:0004979", "dddddPPPdd"),
        ("POA", "ddddddddPd"),
        ("CC", "dddddddddP"),
        ("XYZ", "dddddddddd"),
        ("DUO:0000099", "dddddddddd"),
    ] {
        for (purpose, expected) in PURPOSES.iter().zip(row.chars()) {
            let expected = if expected == 'P' { "permit" } else { "deny" };
            assert_eq!(
                opt_in(&[condition], purpose, &Requester::Public),
                expected,
                "{condition} for `{purpose}`"
            );
        }
    }
}

#[test]
fn a_general_purpose_does_not_reach_data_for_a_disease() {
    for purpose in ["GRU", "HMB"] {
        assert_eq!(opt_in(&["DS MONDO:0004992"], purpose, &Requester::Public), "deny");
    }
}

#[test]
fn without_codes_only_the_law_permits() {
    for purpose in PURPOSES {
        assert_eq!(opt_in(&[], purpose, &Requester::Public), "deny", "{purpose}");
        assert_eq!(decide(&[], None, purpose, &Requester::Public), "deny", "{purpose}");
        let by_law = if purpose.starts_with("care") { "deny" } else { "permit" };
        let opt_out = decide(&[], Some(ConsentBasis::OptOut), purpose, &Requester::Public);
        assert_eq!(opt_out, by_law, "{purpose}");
    }
}

#[test]
fn one_purpose_is_refused_by_an_opt_in_cohort_and_allowed_by_an_opt_out_cohort() {
    let ask = |conditions: &[&str], basis| decide(conditions, Some(basis), "HMB", &Requester::Public);
    assert_eq!(ask(&["DS MONDO:0004992"], ConsentBasis::OptIn), "deny");
    assert_eq!(ask(&[], ConsentBasis::OptOut), "permit");
}

#[test]
fn permissions_widen_and_modifiers_narrow() {
    let nobody = Requester::Public;
    assert_eq!(opt_in(&["DS MONDO:0004992", "POA"], "POA", &nobody), "permit");
    assert_eq!(opt_in(&["HMB", "NCU"], "HMB", &nobody), "permit");
    assert_eq!(opt_in(&["HMB", "NCU"], "HMB; commercial", &nobody), "deny");
    assert_eq!(opt_in(&["HMB", "NCU", "NPU"], "HMB", &nobody), "deny");
    assert_eq!(opt_in(&["NCU"], "HMB", &nobody), "deny", "a modifier alone permits nothing");
    assert_eq!(opt_in(&["GRU", "XYZ"], "GRU", &nobody), "deny", "an unknown code denies");
}

#[test]
fn each_modifier_asks_for_its_fact() {
    let nobody = Requester::Public;
    let token = Requester::Known { name: "clinic".into() };
    let plain = user(|_| {});
    let nonprofit = user(|user| user.attributes.nonprofit = Some(true));
    let profit = user(|user| user.attributes.nonprofit = Some(false));
    let swede = user(|user| user.attributes.country = Some("SE".into()));
    let institute = user(|user| user.attributes.organisations = vec!["https://ki.example".into()]);
    let by_visa = user(|user| {
        user.visas = vec![visa(VisaKind::AffiliationAndRole, "faculty@https://ki.example", By::System)]
    });
    let self_declared = user(|user| {
        user.visas = vec![visa(VisaKind::AffiliationAndRole, "faculty@https://ki.example", By::Itself)]
    });
    let member = user(|user| user.attributes.projects = vec!["P-1".into()]);
    let granted =
        user(|user| user.visas = vec![visa(VisaKind::ControlledAccessGrants, "P-1", By::AccessCommittee)]);
    let self_granted =
        user(|user| user.visas = vec![visa(VisaKind::ControlledAccessGrants, "P-1", By::Itself)]);
    let accepted = user(|user| {
        user.visas = vec![visa(VisaKind::AcceptedTermsAndPolicies, "https://terms.example/v3", By::Itself)];
    });
    let accepted_older = user(|user| {
        user.visas = vec![visa(VisaKind::AcceptedTermsAndPolicies, "https://terms.example/v2", By::Itself)];
    });
    let linked = user(|user| {
        user.linked = vec![Subject { issuer: "https://other.example".into(), id: "anna".into() }];
    });
    for (condition, purpose, requester, expected) in [
        ("NPU", "HMB", &nobody, "deny"),
        ("NPU", "HMB", &token, "deny"),
        ("NPU", "HMB", &plain, "deny"),
        ("NPU", "HMB", &nonprofit, "permit"),
        ("NPU", "HMB; commercial", &nonprofit, "permit"),
        ("NPU", "HMB", &profit, "deny"),
        ("NCU", "HMB", &profit, "permit"),
        ("NCU", "HMB; commercial", &nonprofit, "deny"),
        ("NPUNCU", "HMB", &nonprofit, "permit"),
        ("NPUNCU", "HMB; commercial", &nonprofit, "deny"),
        ("NPUNCU", "HMB", &profit, "deny"),
        ("GS SE NO", "HMB", &swede, "permit"),
        ("GS NO", "HMB", &swede, "deny"),
        ("GS SE", "HMB", &plain, "deny"),
        ("IS https://ki.example", "HMB", &institute, "permit"),
        ("IS https://ki.example", "HMB", &by_visa, "permit"),
        ("IS https://ki.example", "HMB", &self_declared, "deny"),
        ("IS https://ki.example/", "HMB", &institute, "deny"),
        ("IS https://KI.example", "HMB", &institute, "deny"),
        ("US https://issuer.example|anna", "HMB", &plain, "permit"),
        ("US https://other.example|anna", "HMB", &plain, "deny"),
        ("US https://other.example|anna", "HMB", &linked, "permit"),
        ("PS P-1", "HMB; project=P-1", &member, "permit"),
        ("PS P-1", "HMB; project=P-1", &granted, "permit"),
        ("PS P-1", "HMB; project=P-1", &self_granted, "deny"),
        ("PS P-1", "HMB; project=P-1", &plain, "deny"),
        ("PS P-1", "HMB", &member, "deny"),
        ("PS P-2", "HMB; project=P-1", &member, "deny"),
        ("TS 2026-06-16", "HMB", &plain, "permit"),
        ("TS 2026-06-15", "HMB", &plain, "deny"),
        ("NPOA", "HMB", &plain, "permit"),
        ("NMDS", "HMB", &plain, "permit"),
        ("NMDS", "DS; disease=MONDO:0004992; methods", &plain, "deny"),
        ("RS", "HMB", &accepted, "needs-human"),
        ("GSO", "HMB", &accepted, "needs-human"),
    ] {
        assert_eq!(opt_in(&["HMB", condition], purpose, requester), expected, "{condition} for `{purpose}`");
    }
    assert_eq!(opt_in(&["GRU", "NPOA"], "POA", &plain), "deny");
    assert_eq!(opt_in(&["DS MONDO:0004992", "NMDS"], "DS; disease=MONDO:0008903; methods", &plain), "permit");
    for obligation in ["IRB", "PUB", "COL", "RTN", "MOR"] {
        assert_eq!(opt_in(&["HMB", obligation], "HMB", &plain), "needs-human", "{obligation}");
        assert_eq!(opt_in(&["HMB", obligation], "HMB", &accepted_older), "needs-human", "{obligation}");
        assert_eq!(opt_in(&["HMB", obligation], "HMB", &accepted), "permit", "{obligation}");
        assert_eq!(opt_in(&["HMB", obligation, "NPU"], "HMB", &accepted), "deny", "a denial outweighs");
    }
}

#[test]
fn what_is_unknown_of_the_purpose_denies() {
    for modifier in ["NCU", "NPUNCU", "NMDS", "NPOA"] {
        let nonprofit = user(|user| user.attributes.nonprofit = Some(true));
        let decided = decide(&["NRES", modifier], Some(ConsentBasis::OptOut), "", &nonprofit);
        assert_eq!(decided, "deny", "{modifier}");
    }
}

#[test]
fn a_legal_basis_permits_care_and_modifiers_still_hold() {
    let ask = |conditions: &[&str], law| {
        let conditions: Vec<DataUse> = conditions.iter().map(|text| text.parse().unwrap()).collect();
        let purpose: Purpose = "care; case=1".parse().unwrap();
        let terms = Terms {
            conditions: &conditions,
            basis: Some(ConsentBasis::OptOut),
            open: false,
            care_legal_basis: law,
            accepted_terms: None,
        };
        let ground = Ground {
            requester: &Requester::Public,
            purpose: Some(&purpose),
            wider: &wider(Some(&purpose)),
            today: date!(2026 - 06 - 15),
        };
        suitability(terms, ground).word()
    };
    assert_eq!(ask(&["HMB"], true), "permit");
    assert_eq!(ask(&["HMB"], false), "deny");
    assert_eq!(ask(&["HMB", "GS SE"], true), "deny");
    assert_eq!(ask(&["CC"], false), "permit");
}

#[test]
fn reasons_name_the_condition() {
    let conditions: Vec<DataUse> = vec!["HMB".parse().unwrap(), "GS NO".parse().unwrap()];
    let terms = Terms {
        conditions: &conditions,
        basis: None,
        open: false,
        care_legal_basis: false,
        accepted_terms: None,
    };
    let purpose: Purpose = "POA".parse().unwrap();
    let ground = Ground {
        requester: &Requester::Public,
        purpose: Some(&purpose),
        wider: &wider(Some(&purpose)),
        today: date!(2026 - 06 - 15),
    };
    let reasons: Vec<String> = suitability(terms, ground).reasons().iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        ["HMB: the purpose is another one", "GS NO: the country is not known, or not listed"]
    );
}

#[test]
fn registered_access_needs_both_visas_with_one_value() {
    let with = |visas: Vec<Visa>| match user(|user| user.visas = visas) {
        Requester::User(user) => user.is_bona_fide(),
        _ => false,
    };
    let status = |value| visa(VisaKind::ResearcherStatus, value, By::SigningOfficial);
    let terms = |value| visa(VisaKind::AcceptedTermsAndPolicies, value, By::Itself);
    assert!(with(vec![status(BONA_FIDE), terms(BONA_FIDE)]));
    assert!(!with(vec![status(BONA_FIDE)]));
    assert!(!with(vec![terms(BONA_FIDE)]));
    assert!(!with(vec![status(BONA_FIDE), terms("https://terms.example/v3")]));
    assert!(!with(vec![status("https://other.example"), terms("https://other.example")]));
}
