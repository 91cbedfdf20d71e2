use std::collections::BTreeMap;

use fyr_schemas::Use;
use serde_json::json;

use super::*;

fn claims(value: Value) -> Claims {
    Claims::new(value.as_object().unwrap().clone())
}

fn one(pointer: &str) -> Pointers {
    Pointers::One(pointer.to_owned())
}

#[test]
fn attributes_of_sambi_are_read() {
    let mapping = ClaimsConfig {
        organisations: one("/healthCareProviderHsaId"),
        licences: one("/healthcareProfessionalLicense"),
        assurance: Pointers::Many(vec!["/acr".to_owned(), "/levelOfAssurance".to_owned()]),
        purposes: one("/commissionPurpose"),
        projects: Pointers::default(),
        purpose_words: BTreeMap::from([("Vård och behandling".to_owned(), Use::Cc)]),
    };
    let token = claims(json!({
        "healthCareProviderHsaId": "SE2321000016-39KJ",
        "healthcareProfessionalLicense": ["LK", "BM", "LK", 7],
        "commissionPurpose": ["Vård och behandling", "Administration"],
        "acr": "http://id.sambi.se/loa/loa3",
    }));
    let found = attributes(&mapping, &[&token], &[], &Register::default());
    assert_eq!(found.organisations, ["SE2321000016-39KJ"]);
    assert_eq!(found.licences, ["BM", "LK"]);
    assert_eq!(found.assurance.as_deref(), Some("http://id.sambi.se/loa/loa3"));
    assert_eq!(found.purposes, [Use::Cc], "a word without translation means nothing");
    assert_eq!((found.country, found.nonprofit), (None, None));
}

#[test]
fn userinfo_fills_what_the_token_lacks() {
    let mapping = ClaimsConfig { organisations: one("/org"), projects: one("/groups"), ..Default::default() };
    let token = claims(json!({ "org": "a" }));
    let userinfo = claims(json!({ "org": "b", "groups": ["p"] }));
    let found = attributes(&mapping, &[&token, &userinfo], &[], &Register::default());
    assert_eq!((found.organisations, found.projects), (vec!["a".to_owned()], vec!["p".to_owned()]));
}

#[test]
fn affiliations_of_visas_are_organisations() {
    let visa = |by| Visa {
        kind: VisaKind::AffiliationAndRole,
        value: "faculty@ki.se".to_owned(),
        source: "https://ki.se".to_owned(),
        by,
        issuer: "https://visas.example".to_owned(),
        asserted: 1,
    };
    for (by, expected) in [
        (By::System, vec!["ki.se".to_owned()]),
        (By::SigningOfficial, vec!["ki.se".to_owned()]),
        (By::Itself, vec![]),
        (By::Peer, vec![]),
        (By::Unknown, vec![]),
    ] {
        let found = attributes(&ClaimsConfig::default(), &[], &[visa(by)], &Register::default());
        assert_eq!(found.organisations, expected, "{by:?}");
    }
}
