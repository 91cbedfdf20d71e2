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

/// A visa of a kind that ends at a second.
fn until(kind: &str, end: i64) -> (Visa, i64) {
    (visa(kind, "x", "s", By::Unknown).0, end)
}

fn clause(kind: &str) -> Value {
    json!({ "type": kind, "value": "const:x" })
}

#[test]
fn conditions_end_with_their_evidence() {
    let evidence = [until("A", 100), until("A", 200), until("B", 150), until("C", 120)];
    for (case, conditions, end) in [
        ("the visa that lasts longest", json!([[clause("A")]]), Some(200)),
        ("of two clauses, the second ends first", json!([[clause("A"), clause("B")]]), Some(150)),
        ("of two clauses, the first ends first", json!([[clause("B"), clause("A")]]), Some(150)),
        ("of three clauses", json!([[clause("A"), clause("C"), clause("B")]]), Some(120)),
        ("of two alternatives, the second lasts longer", json!([[clause("C")], [clause("B")]]), Some(150)),
        ("of two alternatives, the first lasts longer", json!([[clause("B")], [clause("C")]]), Some(150)),
        ("the better half of each", json!([[clause("A"), clause("C")], [clause("B")]]), Some(150)),
        ("an alternative that is not met", json!([[clause("A"), clause("D")], [clause("C")]]), Some(120)),
        ("none is met", json!([[clause("A"), clause("D")], [clause("D")]]), None),
    ] {
        let conditions = Conditions::read(&conditions).unwrap().unwrap();
        assert_eq!(conditions.met_until(&evidence), end, "{case}");
    }
}

fn candidate(kind: &str, expires: i64, conditions: Option<Value>) -> Candidate {
    let conditions = conditions.and_then(|value| Conditions::read(&value).unwrap());
    Candidate { visa: until(kind, 0).0, conditions, subjects: Vec::new(), expires, ids: Vec::new() }
}

#[test]
fn a_visa_with_conditions_ends_with_them_or_before() {
    for (own, wanted, end) in [
        (300, json!([[clause("A"), clause("B")]]), Some(100)),
        (300, json!([[clause("B")]]), Some(200)),
        (150, json!([[clause("B")]]), Some(150)),
        (300, json!([[clause("C")]]), None),
        // A visa with conditions is no evidence, even where they are met.
        (300, json!([[clause("D")]]), None),
    ] {
        let evidence = [candidate("A", 100, None), candidate("B", 200, None)];
        let hanging = candidate("D", 90, Some(json!([[clause("A")]])));
        let all = evidence.into_iter().chain([hanging, candidate("E", own, Some(wanted.clone()))]).collect();
        let (met, unmet) = split(all);
        let ends: Vec<_> = met.iter().map(|one| one.expires).collect();
        assert_eq!(ends, [100, 200, 90].into_iter().chain(end).collect::<Vec<_>>(), "{wanted}");
        assert_eq!(unmet, usize::from(end.is_none()), "{wanted}");
    }
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
