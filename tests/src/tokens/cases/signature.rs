//! Groups 1 to 6: algorithms and keys.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::super::{
    Expect::{Accepted, Granted, Unauthenticated, VisaIgnored},
    Signer, TestCredentials, iss,
    keys::AAI_RSA_PUBLIC,
};
use super::List;

pub(super) fn add(list: &mut List) {
    accepted(list);
    no_algorithm(list);
    confused(list);
    not_allowed(list);
    keys_in_headers(list);
    key_ids(list);
}

/// What holds, so that the others are known to fail for the reason that they name.
fn accepted(list: &mut List) {
    list.access(0, "access token RS256", Accepted, |token, _, _| token);
    list.access(0, "access token of type JWT", Accepted, |token, _, _| token.head("typ", json!("JWT")));
    list.add(0, "access token ES256", Accepted, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).sign(&Signer::aai_ec()))
    });
    list.grant(0, "visa RS256", Granted, |visa, _, _| visa);
    list.add(0, "visa ES256", Granted, |world, ask| {
        world.show(ask.now, &[world.grant(ask.now).sign(&Signer::visas_ec())])
    });
}

fn no_algorithm(list: &mut List) {
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        list.add(1, format!("alg `{alg}`, no signature"), Unauthenticated, move |world, ask| {
            TestCredentials::bearer(
                world.access(ask.now).head("alg", json!(alg)).unsigned(&Signer::aai_rsa()),
            )
        });
        list.access(1, format!("alg `{alg}`, signed"), Unauthenticated, move |token, _, _| {
            token.head("alg", json!(alg))
        });
    }
    list.add(1, "empty signature", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).unsigned(&Signer::aai_rsa()))
    });
    list.access(1, "no alg", Unauthenticated, |token, _, _| token.headless("alg"));
    list.access(1, "alg is a list", Unauthenticated, |token, _, _| token.head("alg", json!(["RS256"])));
    list.add(1, "visa with alg none", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).head("alg", json!("none")).unsigned(&Signer::visas_rsa());
        world.show(ask.now, &[visa])
    });
}

fn confused(list: &mut List) {
    let modulus = Signer::aai_rsa().jwk();
    let modulus = modulus.get("n").and_then(Value::as_str).unwrap_or_default().as_bytes().to_vec();
    for (name, secret) in [("public key as PEM", AAI_RSA_PUBLIC.to_vec()), ("modulus of the JWK", modulus)] {
        list.add(2, format!("HS256 with the {name}"), Unauthenticated, move |world, ask| {
            let token = world.access(ask.now);
            TestCredentials::bearer(token.sign_with_secret(&Signer::aai_rsa(), &secret, Algorithm::HS256))
        });
    }
    list.add(2, "HS256 that says RS256", Unauthenticated, |world, ask| {
        let token = world.access(ask.now).head("alg", json!("RS256"));
        TestCredentials::bearer(token.sign_with_secret(&Signer::aai_rsa(), AAI_RSA_PUBLIC, Algorithm::HS256))
    });
    list.access(3, "ES256 in the header, RSA key", Unauthenticated, |token, _, _| {
        token.head("alg", json!("ES256"))
    });
    list.add(3, "RS256 in the header, EC key", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).head("alg", json!("RS256")).sign(&Signer::aai_ec()))
    });
    list.add(3, "signed ES256, key id of the RSA key", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).head("kid", json!("aai-rs")).sign(&Signer::aai_ec()))
    });
    list.add(3, "signed RS256, key id of the EC key", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).head("kid", json!("aai-es")).sign(&Signer::aai_rsa()))
    });
}

fn not_allowed(list: &mut List) {
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS512] {
        list.add(4, format!("{algorithm:?}"), Unauthenticated, move |world, ask| {
            TestCredentials::bearer(world.access(ask.now).sign(&Signer::aai_rsa().under(algorithm)))
        });
    }
    list.add(4, "EdDSA", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).sign(&Signer::aai_ed()))
    });
    list.add(4, "HS512", Unauthenticated, |world, ask| {
        let token = world.access(ask.now);
        TestCredentials::bearer(token.sign_with_secret(&Signer::aai_rsa(), b"secret", Algorithm::HS512))
    });
    list.add(4, "ES256 where the issuer has RS256 alone", Unauthenticated, |world, ask| {
        let token = world.access(ask.now).with("iss", iss::OPEN).without("aud");
        TestCredentials::bearer(token.sign(&Signer::aai_ec()))
    });
    list.add(4, "visa under PS256", VisaIgnored, |world, ask| {
        world.show(ask.now, &[world.grant(ask.now).sign(&Signer::visas_rsa().under(Algorithm::PS256))])
    });
}

fn keys_in_headers(list: &mut List) {
    let given = [
        ("jwk", Signer::stranger().jwk()),
        ("x5c", json!(["MIIB"])),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("jku", json!("https://evil.example/jwks.json")),
    ];
    for (name, value) in given {
        let (own, evil, visa) = (value.clone(), value.clone(), value);
        list.access(5, format!("`{name}` beside the right key"), Unauthenticated, move |token, _, _| {
            token.head(name, own.clone())
        });
        list.add(5, format!("`{name}` of a stranger"), Unauthenticated, move |world, ask| {
            TestCredentials::bearer(world.access(ask.now).head(name, evil.clone()).sign(&Signer::stranger()))
        });
        list.grant(5, format!("visa with `{name}`"), VisaIgnored, move |token, _, _| {
            token.head(name, visa.clone())
        });
    }
}

fn key_ids(list: &mut List) {
    let long = "k".repeat(10 * 1024);
    let odd = [
        ("path", "../../etc/passwd"),
        ("address", "https://evil.example/jwks.json"),
        ("SQL", "' OR '1'='1"),
        ("NUL", "aai-rs\0"),
        ("nothing", ""),
        ("10 KiB", long.as_str()),
        ("unknown", "aai-rs-2"),
        ("case", "AAI-RS"),
        ("of another issuer", "visas-rs"),
    ];
    for (name, kid) in odd {
        let kid = json!(kid);
        list.access(6, format!("kid: {name}"), Unauthenticated, move |token, _, _| {
            token.head("kid", kid.clone())
        });
    }
    list.access(6, "kid missing", Unauthenticated, |token, _, _| token.headless("kid"));
    list.access(6, "kid is a number", Unauthenticated, |token, _, _| token.head("kid", json!(1)));
    list.add(6, "key of another issuer", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).sign(&Signer::visas_rsa()))
    });
    list.add(6, "stranger's key under a known kid", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).head("kid", json!("aai-rs")).sign(&Signer::stranger()))
    });
    for key in [Signer::aai_rsa(), Signer::stranger()] {
        let name = format!("kid that the key set has twice, signed by {}", key.kid);
        list.add(6, name, Unauthenticated, move |world, ask| {
            let token = world.access(ask.now).with("iss", iss::OPEN).without("aud");
            TestCredentials::bearer(token.head("kid", json!("twice")).sign(&key))
        });
    }
    list.grant(6, "visa without kid", VisaIgnored, |visa, _, _| visa.headless("kid"));
    list.add(6, "visa signed by the issuer of tokens", VisaIgnored, |world, ask| {
        world.show(ask.now, &[world.grant(ask.now).sign(&Signer::aai_rsa())])
    });
}
