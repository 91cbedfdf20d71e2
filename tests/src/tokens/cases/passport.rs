//! Groups 7, 8, 16 and 17: where visas come from, and whom they speak of.

use serde_json::json;

use super::super::{
    Expect::{Granted, VisaIgnored},
    JKU, Jws, OTHER_JKU, PERSON, Signer, TestCredentials, World, iss,
};
use super::List;

pub(super) fn add(list: &mut List) {
    addresses_of_keys(list);
    other_issuers_address(list);
    formats(list);
    strangers(list);
    links(list);
}

fn addresses_of_keys(list: &mut List) {
    for (name, jku) in [
        ("attacker's host", "https://evil.example/jwks.json"),
        ("http", "http://visas.example/jwks.json"),
        ("good host as user", "https://visas.example@evil.example/jwks.json"),
        ("good host as prefix", "https://visas.example.evil.example/jwks.json"),
        ("path traversal", "https://visas.example/../evil/jwks.json"),
        ("path traversal to the same", "https://visas.example/x/../jwks.json"),
        ("redirect on the good host", "https://visas.example/redirect?to=https://evil.example/jwks.json"),
        ("metadata service", "http://169.254.169.254/latest/meta-data/"),
        ("localhost", "http://localhost/jwks.json"),
        ("IPv6-mapped", "http://[::ffff:127.0.0.1]/jwks.json"),
        ("port", "https://visas.example:443/jwks.json"),
        ("fragment", "https://visas.example/jwks.json#"),
        ("case", "https://VISAS.example/jwks.json"),
        ("file", "file:///etc/passwd"),
        ("nothing", ""),
    ] {
        list.grant(7, format!("jku: {name}"), VisaIgnored, move |visa, _, _| visa.head("jku", json!(jku)));
    }
    list.grant(7, "jku is a list", VisaIgnored, |visa, _, _| visa.head("jku", json!([JKU])));
    list.add(7, "jku on a listener that counts, signed by its owner", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).head("jku", json!(world.trap));
        world.show(ask.now, &[visa.sign(&Signer::stranger())])
    });
    list.add(7, "unknown issuer with a jku that counts", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).head("jku", json!(world.trap)).with("iss", world.trap.as_str());
        world.show(ask.now, &[visa.sign(&Signer::stranger())])
    });
}

fn other_issuers_address(list: &mut List) {
    list.grant(8, "jku of another trusted issuer", VisaIgnored, |visa, _, _| {
        visa.head("jku", json!(OTHER_JKU))
    });
    list.add(8, "iss of another trusted issuer", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).with("iss", iss::OTHER_VISAS);
        world.show(ask.now, &[visa.sign(&Signer::visas_rsa())])
    });
    list.add(8, "iss and jku of another issuer, own key", VisaIgnored, |world, ask| {
        let visa = world.grant(ask.now).with("iss", iss::OTHER_VISAS).head("jku", json!(OTHER_JKU));
        world.show(ask.now, &[visa.sign(&Signer::visas_rsa())])
    });
}

fn formats(list: &mut List) {
    list.grant(16, "document with scope openid", VisaIgnored, |visa, _, _| {
        visa.with("scope", "email openid")
    });
    list.grant(16, "document with another scope", Granted, |visa, _, _| visa.with("scope", "email openidx"));
    list.grant(16, "neither jku nor scope", VisaIgnored, |visa, _, _| visa.headless("jku"));
    list.grant(16, "access token", Granted, |visa, _, _| visa.headless("jku").with("scope", "openid"));
    list.grant(16, "access token older than an hour", VisaIgnored, |visa, _, now| {
        visa.headless("jku").with("scope", "openid").with("iat", now - 3_700)
    });
    list.grant(16, "document older than an hour", Granted, |visa, _, now| visa.with("iat", now - 3_700));
    list.grant(16, "iat missing", VisaIgnored, |visa, _, _| visa.without("iat"));
    list.grant(16, "type of access tokens", VisaIgnored, |visa, _, _| visa.head("typ", json!("at+jwt")));
    list.grant(16, "type JWT", Granted, |visa, _, _| visa.head("typ", json!("JWT")));
    list.add(16, "a visa that is not one", VisaIgnored, |world, ask| {
        world.show(ask.now, &["no.visa.here".to_owned(), "{}".to_owned(), String::new()])
    });
    list.add(16, "a right one beside wrong ones", Granted, |world, ask| {
        let visa = world.grant(ask.now);
        let right = visa.sign(&Signer::visas_rsa());
        world.show(ask.now, &["no.visa.here".to_owned(), visa.sign(&Signer::stranger()), right])
    });
}

fn strangers(list: &mut List) {
    list.grant(17, "sub of somebody else", VisaIgnored, |visa, _, _| visa.with("sub", "eve@aai.example"));
    list.grant(17, "sub in capitals", VisaIgnored, |visa, _, _| visa.with("sub", PERSON.to_uppercase()));
    list.add(17, "the same sub at an issuer of other ids", VisaIgnored, |world, ask| {
        world.show(ask.now, &[other_grant(world, ask.now).with("sub", PERSON).sign(&Signer::other_visas())])
    });
}

/// A grant to whom the other issuer calls 17.
fn other_grant(world: &World, now: i64) -> Jws {
    let visa = world.grant(now).with("iss", iss::OTHER_VISAS).with("sub", "17");
    visa.head("jku", json!(OTHER_JKU))
}

/// A link, as the issuer of visas makes it: the person is 17 at the other issuer.
fn link(world: &World, now: i64) -> Jws {
    let value = "17,https%3A%2F%2Fother-visas.example%2F";
    world.visa(now, "LinkedIdentities", value).stating("by", "system")
}

fn shown(world: &World, now: i64, link: String) -> TestCredentials {
    world.show(now, &[other_grant(world, now).sign(&Signer::other_visas()), link])
}

fn links(list: &mut List) {
    list.add(17, "linked by a trusted issuer", Granted, |world, ask| {
        shown(world, ask.now, link(world, ask.now).sign(&Signer::visas_rsa()))
    });
    list.add(17, "linked from the other side", Granted, |world, ask| {
        let value = "anna%40aai.example,https%3A%2F%2Faai.example%2Foidc%2F";
        let link = link(world, ask.now).stating("value", value).head("jku", json!(OTHER_JKU));
        let link = link.with("iss", iss::OTHER_VISAS).with("sub", "17");
        shown(world, ask.now, link.sign(&Signer::other_visas()))
    });
    list.add(17, "link signed by oneself", VisaIgnored, |world, ask| {
        shown(world, ask.now, link(world, ask.now).sign(&Signer::stranger()))
    });
    type Spoil = fn(Jws, i64) -> Jws;
    let wrong: [(&str, Spoil); 10] = [
        ("stated by oneself", |link, _| link.stating("by", "self")),
        ("untrusted source", |link, _| link.stating("source", "https://evil.example")),
        ("expired", |link, now| link.with("exp", now - 60)),
        ("comma not encoded", |link, _| link.stating("value", "1,7,https%3A%2F%2Fother-visas.example%2F")),
        ("address not encoded", |link, _| link.stating("value", "17,https://other-visas.example/")),
        ("wrong order", |link, _| link.stating("value", "https%3A%2F%2Fother-visas.example%2F,17")),
        ("one broken part", |link, _| link.stating("value", "17,https%3A%2F%2Fother-visas.example%2F;x")),
        ("slash missing", |link, _| link.stating("value", "17,https%3A%2F%2Fother-visas.example")),
        ("of somebody else", |link, _| link.with("sub", "eve@aai.example")),
        ("with conditions", |link, _| {
            link.stating("conditions", json!([[{ "type": "ControlledAccessGrants", "by": "const:dac" }]]))
        }),
    ];
    for (name, spoil) in wrong {
        list.add(17, format!("link: {name}"), VisaIgnored, move |world, ask| {
            shown(world, ask.now, spoil(link(world, ask.now), ask.now).sign(&Signer::visas_rsa()))
        });
    }
}
