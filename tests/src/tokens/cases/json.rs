//! Group 23: tokens that could be read in two ways, or never end.

use serde_json::json;

use super::super::{
    Expect::{Unauthenticated, VisaIgnored},
    Occasion, Signer, TestCredentials, World,
    encoding::encoded,
    jws::signed,
    raw,
};
use super::List;

pub(super) fn add(list: &mut List) {
    members(list);
    sizes(list);
    encodings(list);
    other_forms(list);
    extensions(list);
}

/// A token whose claims text is edited before it is signed.
fn edited(
    list: &mut List,
    name: &str,
    edit: impl Fn(String, &World, &Occasion<'_>) -> String + Send + Sync + 'static,
) {
    list.add(23, name, Unauthenticated, move |world, ask| {
        let (token, signer) = (world.access(ask.now), Signer::aai_rsa());
        let claims = edit(token.claims_text(), world, ask);
        TestCredentials::bearer(raw(token.header_text(&signer).as_bytes(), claims.as_bytes(), &signer))
    });
}

fn members(list: &mut List) {
    edited(list, "sub twice", |claims, _, _| claims.replacen('{', r#"{"sub":"root","#, 1));
    edited(list, "sub twice, once escaped", |claims, _, _| claims.replacen('{', r#"{"s\u0075b":"root","#, 1));
    edited(list, "exp twice", |claims, _, _| claims.replacen('{', r#"{"exp":1,"#, 1));
    edited(list, "aud twice", |claims, _, _| claims.replacen('{', r#"{"aud":"x","#, 1));
    edited(list, "member twice deep inside", |claims, _, _| {
        claims.replacen('{', r#"{"a":[{"b":{"c":1,"c":2}}],"#, 1)
    });
    edited(list, "nested deeply", |claims, _, _| {
        claims.replacen('{', &format!(r#"{{"a":{}{},"#, "[".repeat(5_000), "]".repeat(5_000)), 1)
    });
    edited(list, "something behind the claims", |claims, _, _| format!("{claims}{{}}"));
    edited(list, "claims are a list", |claims, _, _| format!("[{claims}]"));
    edited(list, "claims are nothing", |_, _, _| String::new());
    edited(list, "a comment", |claims, _, _| claims.replacen('{', "{/* */", 1));
    list.add(23, "alg twice", Unauthenticated, |world, ask| {
        let (token, signer) = (world.access(ask.now), Signer::aai_rsa());
        let header = token.header_text(&signer).replacen('{', r#"{"alg":"none","#, 1);
        TestCredentials::bearer(raw(header.as_bytes(), token.claims_text().as_bytes(), &signer))
    });
    list.add(23, "no UTF-8", Unauthenticated, |world, ask| {
        let (token, signer) = (world.access(ask.now), Signer::aai_rsa());
        let mut claims = token.claims_text().replace("token-1", "token-?").into_bytes();
        claims.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xff);
        TestCredentials::bearer(raw(token.header_text(&signer).as_bytes(), &claims, &signer))
    });
    list.add(23, "visa with a member twice", VisaIgnored, |world, ask| {
        let (visa, signer) = (world.grant(ask.now), Signer::visas_rsa());
        let claims = visa.claims_text().replacen(r#""by":"#, r#""by":"dac","by":"#, 1);
        world.show(ask.now, &[raw(visa.header_text(&signer).as_bytes(), claims.as_bytes(), &signer)])
    });
}

fn sizes(list: &mut List) {
    for (name, length) in [("5 MiB", 5 << 20), ("just over 64 KiB", 48 << 10)] {
        list.access(23, format!("token of {name}"), Unauthenticated, move |token, _, _| {
            token.with("padding", "x".repeat(length))
        });
    }
    list.add(23, "dots", Unauthenticated, |_, _| TestCredentials::bearer(".".repeat(50_000)));
    list.add(23, "no dots", Unauthenticated, |_, _| TestCredentials::bearer("a".repeat(50_000)));
    list.add(23, "empty parts", Unauthenticated, |_, _| TestCredentials::bearer(".."));
}

/// A token that holds, whose text is edited after it was signed.
fn respelled(list: &mut List, name: &str, edit: impl Fn(&str) -> String + Send + Sync + 'static) {
    list.add(23, name, Unauthenticated, move |world, ask| {
        TestCredentials::bearer(edit(&world.access(ask.now).sign(&Signer::aai_rsa())))
    });
}

fn encodings(list: &mut List) {
    respelled(list, "padding", |token| format!("{token}=="));
    respelled(list, "white space inside", |token| token.replacen('.', ".\n", 1));
    respelled(list, "white space before", |token| format!("\t{token}"));
    respelled(list, "white space behind", |token| format!("{token}\u{a0}"));
    respelled(list, "spare bits set", |token| {
        // 256 bytes of signature end in a character of which four bits are spare.
        let mut text = token.to_owned();
        let last = text.pop().unwrap_or_default();
        text.push(char::from_u32(u32::from(last) + 1).unwrap_or_default());
        text
    });
    respelled(list, "a byte of the signature changed", |token| {
        let (start, signature) = token.rsplit_once('.').unwrap_or_default();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        format!("{start}.{first}{}", signature.get(1..).unwrap_or_default())
    });
    list.add(23, "standard alphabet and padding, signed so", Unauthenticated, |world, ask| {
        let (token, signer) = (world.access(ask.now), Signer::aai_rsa());
        let header = format!("{}=", encoded(token.header_text(&signer).as_bytes()));
        let message = format!("{header}.{}", encoded(token.claims_text().as_bytes()));
        TestCredentials::bearer(signed(&message, &signer))
    });
}

fn other_forms(list: &mut List) {
    respelled(list, "four parts", |token| format!("{token}.x"));
    respelled(list, "JWE", |token| format!("{token}.AAAA.AAAA"));
    respelled(list, "two parts", |token| token.rsplit_once('.').unwrap_or_default().0.to_owned());
    respelled(list, "two tokens", |token| format!("{token},{token}"));
    respelled(list, "JSON serialisation", |token| {
        let mut parts = token.split('.');
        let mut part = || parts.next().unwrap_or_default();
        json!({ "protected": part(), "payload": part(), "signature": part() }).to_string()
    });
}

fn extensions(list: &mut List) {
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
    ] {
        let visa = value.clone();
        list.access(23, format!("`{name}`: {value}"), Unauthenticated, move |token, _, _| {
            token.head(name, value.clone())
        });
        list.grant(23, format!("visa with `{name}`: {visa}"), VisaIgnored, move |token, _, _| {
            token.head(name, visa.clone())
        });
    }
}
