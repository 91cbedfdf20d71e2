use fyr_policy::{By, VisaKind};
use serde_json::json;

use super::*;

#[test]
fn patterns_match_whole_texts() {
    for (text, pattern, expected) in [
        ("faculty@ki.se", "faculty@*", true),
        ("faculty@ki.se", "*", true),
        ("", "*", true),
        ("", "", true),
        ("", "?", false),
        ("a", "", false),
        ("faculty@ki.se", "FACULTY@*", false),
        ("faculty@ki.se", "faculty", false),
        ("faculty@ki.se.evil", "*@ki.se", false),
        ("a@ki.se@ki.se", "*@ki.se", true),
        ("abcabd", "*abd", true),
        ("aaab", "*a?b", true),
        ("ab", "a?b", false),
        ("a*b", "a*b", true),
        ("a.b", "a?b", true),
        ("å", "?", true),
        ("a\\", "a\\*", true),
    ] {
        assert_eq!(is_like(text, pattern), expected, "`{text}` like `{pattern}`");
    }
    let (text, pattern) = ("a".repeat(255), "*a".repeat(127));
    assert!(is_like(&text, &pattern));
    assert!(!is_like(&text, &format!("{pattern}b")));
}

fn visa(kind: &str, value: &str, source: &str, by: By) -> (Visa, i64) {
    let (value, source) = (value.to_owned(), source.to_owned());
    let visa = Visa { kind: VisaKind::from(kind), value, source, by, issuer: "i".to_owned(), asserted: 1 };
    (visa, 100)
}

fn met(conditions: Value) -> bool {
    let mut affiliation = visa("AffiliationAndRole", "faculty@ki.se", "https://ki.se", By::SigningOfficial);
    affiliation.1 = 50;
    let evidence = [
        affiliation,
        visa("ResearcherStatus", "https://terms.example", "https://other.example", By::Unknown),
        visa("LinkedIdentities", "1,a;2,b", "https://ki.se", By::System),
    ];
    let conditions = Conditions::read(&conditions).unwrap().unwrap();
    conditions.met_until(&evidence).is_some()
}

#[test]
fn alternatives_are_lists_of_clauses_that_all_match() {
    let role = json!({ "type": "AffiliationAndRole", "value": "pattern:faculty@*", "by": "const:so" });
    let status = json!({ "type": "ResearcherStatus", "value": "const:https://terms.example" });
    let wrong = json!({ "type": "ResearcherStatus", "value": "const:https://other" });
    for (case, conditions, expected) in [
        ("one", json!([[role]]), true),
        ("both, from two visas", json!([[role, status]]), true),
        ("one of both is not met", json!([[role, wrong]]), false),
        ("the other alternative", json!([[role, wrong], [status]]), true),
        ("no alternative", json!([[wrong], [wrong]]), false),
        (
            "one clause over two visas",
            json!([[{ "type": "AffiliationAndRole", "value": "const:faculty@ki.se",
                      "source": "const:https://other.example" }]]),
            false,
        ),
        ("unknown prefix", json!([[{ "type": "ResearcherStatus", "value": "regex:.*" }]]), false),
        ("role not stated", json!([[{ "type": "ResearcherStatus", "by": "pattern:*" }]]), false),
        ("part of a list", json!([[{ "type": "LinkedIdentities", "value": "split_pattern:2,?" }]]), true),
        ("list as a whole", json!([[{ "type": "LinkedIdentities", "value": "pattern:2,?" }]]), false),
        ("two parts", json!([[{ "type": "LinkedIdentities", "value": "split_pattern:1,a;2,b" }]]), false),
        ("type is no pattern", json!([[{ "type": "const:ResearcherStatus", "value": "pattern:*" }]]), false),
    ] {
        assert_eq!(met(conditions), expected, "{case}");
    }
}

#[test]
fn conditions_end_with_their_evidence() {
    let evidence = [visa("A", "x", "s", By::Unknown), {
        let mut later = visa("A", "x", "s", By::Unknown);
        later.1 = 200;
        later
    }];
    let conditions = Conditions::read(&json!([[{ "type": "A", "value": "const:x" }]])).unwrap().unwrap();
    assert_eq!(conditions.met_until(&evidence), Some(200));
}

#[test]
fn what_is_no_condition_spoils_the_visa() {
    let clause = json!({ "type": "A", "value": "const:x" });
    for (case, conditions) in [
        ("no list", json!({})),
        ("a text", json!("const:x")),
        ("null", json!(null)),
        ("no list inside", json!([clause])),
        ("empty alternative", json!([[clause], []])),
        ("without type", json!([[{ "value": "const:x" }]])),
        ("only a type", json!([[{ "type": "A" }]])),
        ("nested", json!([[{ "type": "A", "conditions": [] }]])),
        ("a time", json!([[{ "type": "A", "asserted": "const:1" }]])),
        ("unknown field", json!([[{ "type": "A", "value": "const:x", "colour": "const:red" }]])),
        ("without prefix", json!([[{ "type": "A", "value": "x" }]])),
        ("a number", json!([[{ "type": "A", "value": 1 }]])),
        ("many clauses", json!([vec![clause.clone(); 33]])),
        ("many alternatives", json!(vec![json!([clause.clone()]); 10_000])),
        ("a long pattern", json!([[{ "type": "A", "value": format!("pattern:{}", "*".repeat(256)) }]])),
    ] {
        assert!(Conditions::read(&conditions).is_err(), "{case}");
    }
    assert!(Conditions::read(&json!([])).unwrap().is_none());
}
