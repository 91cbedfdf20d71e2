use serde_json::json;

use super::*;

/// The key of RFC 7638, 3.1.
const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

fn rsa_key() -> Value {
    json!({ "kty": "RSA", "n": N, "e": "AQAB", "kid": "2011-04-29" })
}

/// The point of RFC 7515, A.3.
fn ec_key() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "kid": "ec",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

fn read(key: &Value) -> Option<Key> {
    public_key(key.as_object().unwrap())
}

#[test]
fn thumbprints_are_those_of_rfc_7638() {
    assert_eq!(read(&rsa_key()).unwrap().thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn a_key_has_one_algorithm() {
    assert_eq!(read(&rsa_key()).unwrap().algorithm, Algorithm::RS256);
    assert_eq!(read(&ec_key()).unwrap().algorithm, Algorithm::ES256);
    assert!(read(&with(rsa_key(), "alg", json!("RS256"))).is_some());
    assert!(read(&with(rsa_key(), "key_ops", json!(["verify"]))).is_some());
}

#[test]
fn keys_for_other_things_are_left_out() {
    for (case, key) in [
        ("encryption", with(rsa_key(), "use", json!("enc"))),
        ("use is no text", with(rsa_key(), "use", json!(1))),
        ("signing operations", with(rsa_key(), "key_ops", json!(["sign"]))),
        ("another algorithm", with(rsa_key(), "alg", json!("PS256"))),
        ("algorithm of another type", with(rsa_key(), "alg", json!("ES256"))),
        ("algorithm is no text", with(rsa_key(), "alg", json!(null))),
        ("private", with(rsa_key(), "d", json!("AQAB"))),
        ("private EC", with(ec_key(), "d", json!("AQAB"))),
        ("other curve", with(ec_key(), "crv", json!("P-384"))),
        ("short coordinate", with(ec_key(), "x", json!("AQAB"))),
        ("padded coordinate", with(ec_key(), "x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="))),
        ("short modulus", with(rsa_key(), "n", json!(&N[..340]))),
        ("modulus that begins with zeros", with(rsa_key(), "n", json!(format!("AAAA{}", &N[..336])))),
        ("long modulus", with(rsa_key(), "n", json!(N.repeat(5)))),
        ("long exponent", with(rsa_key(), "e", json!("AQABAQABAQAB"))),
        ("symmetric", json!({ "kty": "oct", "k": "AQAB", "kid": "a" })),
        ("Ed25519", json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAB", "kid": "a" })),
        ("no type", json!({ "kid": "a" })),
    ] {
        assert!(read(&key).is_none(), "{case}");
    }
}

#[test]
fn a_name_that_comes_twice_names_no_key() {
    let set = |keys: Value| KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    let twin = with(ec_key(), "kid", json!("2011-04-29"));
    let found = set(json!([rsa_key(), ec_key(), twin])).unwrap();
    assert!(found.get("2011-04-29").is_none() && found.get("ec").is_some());
    let encrypting = with(twin, "use", json!("enc"));
    assert!(set(json!([rsa_key(), encrypting])).is_none(), "even if one of them is for something else");
    let mut nameless = rsa_key();
    nameless.as_object_mut().unwrap().remove("kid");
    assert!(set(json!([nameless])).is_none());
}

#[test]
fn what_is_no_set_is_none() {
    for text in ["", "<html>", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, r#"{"keys":[1]}"#] {
        assert!(KeySet::parse(text.as_bytes()).is_none(), "{text}");
    }
    let key = rsa_key().to_string();
    assert!(KeySet::parse(format!(r#"{{"keys":[],"keys":[{key}]}}"#).as_bytes()).is_none());
}
