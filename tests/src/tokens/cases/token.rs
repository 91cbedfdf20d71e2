//! Groups 9 to 12, 14 and 15: issuers, audiences, times and types of tokens.

use serde_json::{Value, json};

use super::super::{
    Expect::{Accepted, Granted, Unauthenticated, VisaIgnored},
    Signer, TestCredentials, iss,
};
use super::List;

pub(super) fn add(list: &mut List) {
    issuers(list);
    audiences(list);
    ends(list);
    beginnings(list);
    types(list);
    ga4gh_claims(list);
}

fn issuers(list: &mut List) {
    list.access(9, "iss missing", Unauthenticated, |token, _, _| token.without("iss"));
    for (name, value) in [
        ("without trailing slash", json!("https://aai.example/oidc")),
        ("with another slash", json!("https://aai.example/oidc//")),
        ("case", json!("https://AAI.example/oidc/")),
        ("homoglyph", json!("https://\u{0430}ai.example/oidc/")),
        ("array", json!([iss::AAI])),
        ("object", json!({ "iss": iss::AAI })),
        ("null", json!(null)),
        ("another", json!("https://evil.example/")),
        ("white space", json!("https://aai.example/oidc/ ")),
    ] {
        list.access(9, format!("iss: {name}"), Unauthenticated, move |token, _, _| {
            token.with("iss", value.clone())
        });
    }
    list.access(9, "sub missing", Unauthenticated, |token, _, _| token.without("sub"));
    list.access(9, "sub is a number", Unauthenticated, |token, _, _| token.with("sub", 1));
    list.access(9, "sub is empty", Unauthenticated, |token, _, _| token.with("sub", ""));
    list.grant(9, "visa of an unknown issuer", VisaIgnored, |visa, _, _| {
        visa.with("iss", "https://evil.example/")
    });
    list.grant(9, "visa's iss without slash", VisaIgnored, |visa, _, _| {
        visa.with("iss", "https://visas.example")
    });
}

fn audiences(list: &mut List) {
    list.access(10, "aud missing", Unauthenticated, |token, _, _| token.without("aud"));
    for (name, value) in [
        ("another node", json!("another-node")),
        ("the broker's client", json!("broker-client")),
        ("wildcard", json!("*")),
        ("wildcard in a list", json!(["*"])),
        ("number", json!(1)),
        ("number in a list", json!([1])),
        ("empty", json!("")),
        ("empty list", json!([])),
        ("null", json!(null)),
    ] {
        list.access(10, format!("aud: {name}"), Unauthenticated, move |token, _, _| {
            token.with("aud", value.clone())
        });
    }
    list.access(10, "aud: other and this", Accepted, |token, world, _| {
        token.with("aud", json!(["another-node", world.node_id]))
    });
    list.access(10, "aud: this in capitals", Unauthenticated, |token, world, _| {
        token.with("aud", format!("{}X", world.node_id).to_uppercase())
    });
    list.access(10, "aud: this and a number", Unauthenticated, |token, world, _| {
        token.with("aud", json!([world.node_id, 1]))
    });
    list.access(10, "no aud from an issuer without audience", Accepted, |token, _, _| {
        token.with("iss", iss::OPEN).without("aud")
    });
    list.access(10, "a number as aud from an issuer without audience", Unauthenticated, |token, _, _| {
        token.with("iss", iss::OPEN).with("aud", 1)
    });
}

fn ends(list: &mut List) {
    list.access(11, "exp missing", Unauthenticated, |token, _, _| token.without("exp"));
    for (name, value) in [
        ("word", json!("never")),
        ("number as text", json!("4102444800")),
        ("float", json!(4_102_444_800.5)),
        ("whole float", json!(4_102_444_800.0)),
        ("huge", json!(u64::MAX)),
        ("negative", json!(-1)),
        ("zero", json!(0)),
        ("null", json!(null)),
        ("list", json!([4_102_444_800_u64])),
        ("true", json!(true)),
    ] {
        list.access(11, format!("exp: {name}"), Unauthenticated, move |token, _, _| {
            token.with("exp", value.clone())
        });
    }
    for (name, text) in [("NaN", "NaN"), ("beyond every number", "1e400"), ("infinite", "Infinity")] {
        list.add(11, format!("exp: {name}"), Unauthenticated, move |world, ask| {
            let (token, signer) = (world.access(ask.now).with("exp", "EXP"), Signer::aai_rsa());
            let claims = token.claims_text().replace("\"EXP\"", text);
            let header = token.header_text(&signer);
            TestCredentials::bearer(super::super::raw(header.as_bytes(), claims.as_bytes(), &signer))
        });
    }
    for (ago, expect) in [(31, Unauthenticated), (30, Unauthenticated), (29, Accepted)] {
        list.exact(11, &format!("exp {ago} seconds ago"), expect, move |world, ask| {
            TestCredentials::bearer(world.access(ask.now).with("exp", ask.now - ago).sign(&Signer::aai_rsa()))
        });
    }
    for (ago, expect) in [(31, VisaIgnored), (29, Granted)] {
        list.exact(11, &format!("visa's exp {ago} seconds ago"), expect, move |world, ask| {
            let visa = world.grant(ask.now).with("exp", ask.now - ago);
            world.show(ask.now, &[visa.sign(&Signer::visas_rsa())])
        });
    }
}

fn beginnings(list: &mut List) {
    for claim in ["nbf", "iat"] {
        list.access(12, format!("{claim} is a text"), Unauthenticated, move |token, _, now| {
            token.with(claim, now.to_string())
        });
        list.access(12, format!("{claim} in the future"), Unauthenticated, move |token, _, now| {
            token.with(claim, now + 3_600)
        });
        list.access(12, format!("{claim} is null"), Unauthenticated, move |token, _, _| {
            token.with(claim, Value::Null)
        });
        for (ahead, expect) in [(31, Unauthenticated), (29, Accepted)] {
            list.exact(12, &format!("{claim} in {ahead} seconds"), expect, move |world, ask| {
                let token = world.access(ask.now).with(claim, ask.now + ahead);
                TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
            });
        }
        list.grant(12, format!("visa's {claim} in the future"), VisaIgnored, move |visa, _, now| {
            visa.with(claim, now + 3_600)
        });
    }
}

fn types(list: &mut List) {
    list.add(14, "access token as passport", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).sign(&Signer::visas_rsa());
        let token = world.passport(ask.now, &[visa]).head("typ", json!("at+jwt"));
        TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
    });
    list.add(14, "access token under the type of passports", Unauthenticated, |world, ask| {
        let token = world.access(ask.now).head("typ", json!("vnd.ga4gh.passport+jwt"));
        TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
    });
    list.add(14, "visa as passport", Unauthenticated, |world, ask| {
        let visa = world.grant(ask.now).with("iss", iss::AAI).with("aud", world.node_id.as_str());
        let visa = visa.headless("jku").head("typ", json!("vnd.ga4gh.passport+jwt"));
        TestCredentials::bearer(visa.sign(&Signer::aai_rsa()))
    });
    list.add(14, "visa as access token", Unauthenticated, |world, ask| {
        let visa = world.grant(ask.now).with("iss", iss::AAI).with("aud", world.node_id.as_str());
        let visa = visa.headless("jku").head("typ", json!("JWT")).with("scope", "openid");
        TestCredentials::bearer(visa.sign(&Signer::aai_rsa()))
    });
    list.add(14, "visa by itself", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.grant(ask.now).sign(&Signer::visas_rsa()))
    });
    for claim in ["nonce", "at_hash", "c_hash"] {
        list.access(14, format!("id token with {claim}"), Unauthenticated, move |token, _, _| {
            token.head("typ", json!("JWT")).with(claim, "x")
        });
    }
    list.access(14, "id token by its lack of scopes", Unauthenticated, |token, _, _| {
        token.head("typ", json!("JWT")).without("scope")
    });
    list.access(14, "id token of Keycloak", Unauthenticated, |token, _, _| {
        token.head("typ", json!("JWT")).with("typ", "ID")
    });
    list.access(14, "refresh token of Keycloak", Unauthenticated, |token, _, _| {
        token.head("typ", json!("JWT")).with("typ", "Refresh")
    });
    list.access(14, "access token of Keycloak", Accepted, |token, _, _| {
        token.head("typ", json!("JWT")).with("typ", "Bearer")
    });
    for typ in ["id+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "vnd.ga4gh.visa+jwt", ""] {
        list.access(14, format!("type `{typ}`"), Unauthenticated, move |token, _, _| {
            token.head("typ", json!(typ))
        });
    }
    list.access(14, "no type", Unauthenticated, |token, _, _| token.headless("typ"));
    list.access(14, "type is a list", Unauthenticated, |token, _, _| token.head("typ", json!(["at+jwt"])));
    list.add(14, "passport where none is taken", Unauthenticated, |world, ask| {
        let token = world.passport(ask.now, &[]).with("iss", iss::OPEN).without("aud");
        TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
    });
    list.add(14, "passport in a passport", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).sign(&Signer::visas_rsa());
        let inner = world.passport(ask.now, &[visa]).sign(&Signer::aai_rsa());
        world.show(ask.now, &[inner])
    });
}

fn ga4gh_claims(list: &mut List) {
    list.add(15, "visas inside an access token", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).sign(&Signer::visas_rsa());
        let token = world.access(ask.now).with("ga4gh_passport_v1", json!([visa]));
        TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
    });
    list.access(15, "no visas at all inside an access token", Accepted, |token, _, _| {
        token.with("ga4gh_passport_v1", 7)
    });
    list.add(15, "passport that says nothing of visas", Unauthenticated, |world, ask| {
        let token = world.passport(ask.now, &[]).without("ga4gh_passport_v1");
        TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
    });
    list.add(15, "passport with 101 visas", Unauthenticated, |world, ask| {
        let visas = vec!["a".to_owned(); 101];
        world.show(ask.now, &visas)
    });
    list.add(15, "passport with a visa that is a number", Unauthenticated, |world, ask| {
        let token = world.passport(ask.now, &[]).with("ga4gh_passport_v1", json!([1]));
        TestCredentials::bearer(token.sign(&Signer::aai_rsa()))
    });
}
