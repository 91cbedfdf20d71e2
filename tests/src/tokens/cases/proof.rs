//! Group 24, but for replays, which need two requests: proofs that a client has the key of its token.

use fyr_schemas::Query;
use fyr_schemas::TokenScheme;
use jsonwebtoken::Algorithm;
use serde_json::json;

use super::super::{
    Expect::{Accepted, Unauthenticated},
    Jws, Occasion, Signer, TestCredentials, World, iss,
};
use super::List;

pub(super) fn add(list: &mut List) {
    accepted(list);
    schemes(list);
    dpop(list);
    question(list);
    confirmations(list);
    ages(list);
}

fn token(world: &World, ask: &Occasion<'_>) -> String {
    world.bound(ask.now).sign(&Signer::aai_rsa())
}

fn with_dpop(world: &World, ask: &Occasion<'_>, spoil: impl Fn(Jws) -> Jws) -> TestCredentials {
    let (token, client) = (token(world, ask), Signer::client());
    let proof = spoil(world.dpop(ask, &token, &client)).sign(&client);
    world.with_proofs(token, Some(proof), None)
}

fn with_question(world: &World, ask: &Occasion<'_>, spoil: impl Fn(Jws) -> Jws) -> TestCredentials {
    let (token, client) = (token(world, ask), Signer::client());
    let proof = spoil(world.query_proof(ask, &token, &client)).sign(&client);
    world.with_proofs(token, None, Some(proof))
}

fn accepted(list: &mut List) {
    list.add(24, "DPoP", Accepted, |world, ask| with_dpop(world, ask, |proof| proof));
    list.add(24, "query proof", Accepted, |world, ask| with_question(world, ask, |proof| proof));
    list.add(24, "both", Accepted, |world, ask| {
        let sender = with_dpop(world, ask, |proof| proof);
        TestCredentials { proof: with_question(world, ask, |proof| proof).proof, ..sender }
    });
    list.add(24, "DPoP, method and address of the request", Accepted, |world, ask| {
        let address = format!("{}?page=2#x", ask.url);
        with_dpop(world, ask, |proof| proof.with("htu", address.clone()))
    });
    list.add(24, "DPoP at an issuer that demands it", Accepted, |world, ask| {
        let (client, bound) = (Signer::client(), world.bound(ask.now).with("iss", iss::BOUND));
        let token = bound.sign(&Signer::aai_rsa());
        let proof = world.dpop(ask, &token, &client).sign(&client);
        world.with_proofs(token, Some(proof), None)
    });
}

fn schemes(list: &mut List) {
    list.add(24, "bound token as bearer", Unauthenticated, |world, ask| {
        TestCredentials::bearer(token(world, ask))
    });
    list.add(24, "bound token without proof", Unauthenticated, |world, ask| {
        world.with_proofs(token(world, ask), None, None)
    });
    list.add(24, "bound token as bearer with proof", Unauthenticated, |world, ask| TestCredentials {
        scheme: TokenScheme::Bearer,
        ..with_dpop(world, ask, |proof| proof)
    });
    list.add(24, "bound token as bearer with query proof", Unauthenticated, |world, ask| TestCredentials {
        scheme: TokenScheme::Bearer,
        ..with_question(world, ask, |proof| proof)
    });
    list.add(24, "plain token under DPoP", Unauthenticated, |world, ask| {
        world.with_proofs(world.access(ask.now).sign(&Signer::aai_rsa()), None, None)
    });
    list.add(24, "plain token where one must be bound", Unauthenticated, |world, ask| {
        TestCredentials::bearer(world.access(ask.now).with("iss", iss::BOUND).sign(&Signer::aai_rsa()))
    });
    for (name, scheme) in [("bearer", TokenScheme::Bearer), ("DPoP", TokenScheme::Dpop)] {
        list.add(24, format!("plain token with proofs under {name}"), Unauthenticated, move |world, ask| {
            let (token, client) = (world.access(ask.now).sign(&Signer::aai_rsa()), Signer::client());
            let dpop = world.dpop(ask, &token, &client).sign(&client);
            TestCredentials { token: Some(token), scheme, dpop: Some(dpop), proof: None }
        });
        list.add(
            24,
            format!("plain token with query proof under {name}"),
            Unauthenticated,
            move |world, ask| {
                let (token, client) = (world.access(ask.now).sign(&Signer::aai_rsa()), Signer::client());
                let proof = world.query_proof(ask, &token, &client).sign(&client);
                TestCredentials { token: Some(token), scheme, dpop: None, proof: Some(proof) }
            },
        );
    }
    list.add(24, "DPoP without token", Unauthenticated, |world, ask| TestCredentials {
        token: None,
        ..with_dpop(world, ask, |proof| proof)
    });
    list.add(24, "query proof without token", Unauthenticated, |world, ask| TestCredentials {
        token: None,
        ..with_question(world, ask, |proof| proof)
    });
}

type Spoil = fn(Jws) -> Jws;

fn dpop(list: &mut List) {
    let wrong: [(&str, Spoil); 14] = [
        ("another method", |proof| proof.with("htm", "DELETE")),
        ("method in lower case", |proof| proof.with("htm", "post")),
        ("another address", |proof| proof.with("htu", "https://another.example/api/g_variants")),
        ("address missing", |proof| proof.without("htu")),
        ("method missing", |proof| proof.without("htm")),
        ("another token", |proof| proof.with("ath", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")),
        ("token missing", |proof| proof.without("ath")),
        ("jti missing", |proof| proof.without("jti")),
        ("jti is empty", |proof| proof.with("jti", "")),
        ("iat missing", |proof| proof.without("iat")),
        ("type of tokens", |proof| proof.head("typ", json!("JWT"))),
        ("type of query proofs", |proof| proof.head("typ", json!("fyr-query-proof+jwt"))),
        ("without key", |proof| proof.headless("jwk")),
        ("another key in the header", |proof| proof.head("jwk", Signer::thief().bare_jwk())),
    ];
    for (name, spoil) in wrong {
        list.add(24, format!("DPoP: {name}"), Unauthenticated, move |world, ask| {
            with_dpop(world, ask, spoil)
        });
    }
    list.add(24, "DPoP of a thief", Unauthenticated, |world, ask| {
        let (token, thief) = (token(world, ask), Signer::thief());
        let proof = world.dpop(ask, &token, &thief).sign(&thief);
        world.with_proofs(token, Some(proof), None)
    });
    list.add(24, "DPoP of a thief with the client's key in the header", Unauthenticated, |world, ask| {
        let token = token(world, ask);
        let proof = world.dpop(ask, &token, &Signer::client()).sign(&Signer::thief());
        world.with_proofs(token, Some(proof), None)
    });
    list.add(24, "DPoP with the private key in the header", Unauthenticated, |world, ask| {
        let mut jwk = Signer::client().bare_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("d".to_owned(), json!("AAAA"));
        }
        with_dpop(world, ask, |proof| proof.head("jwk", jwk.clone()))
    });
    list.add(24, "DPoP under HS256", Unauthenticated, |world, ask| {
        let (token, client) = (token(world, ask), Signer::client());
        let proof = world.dpop(ask, &token, &client);
        let proof = proof.sign_with_secret(&client, b"secret", Algorithm::HS256);
        world.with_proofs(token, Some(proof), None)
    });
    list.add(24, "DPoP unsigned", Unauthenticated, |world, ask| {
        let (token, client) = (token(world, ask), Signer::client());
        let proof = world.dpop(ask, &token, &client).unsigned(&client);
        world.with_proofs(token, Some(proof), None)
    });
    list.add(24, "DPoP that is no token", Unauthenticated, |world, ask| {
        world.with_proofs(token(world, ask), Some("x".to_owned()), None)
    });
}

fn question(list: &mut List) {
    let wrong: [(&str, Spoil); 7] = [
        ("another digest", |proof| proof.with("qd", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")),
        ("digest missing", |proof| proof.without("qd")),
        ("other nodes", |proof| proof.with("aud", json!(["another-node"]))),
        ("no nodes", |proof| proof.without("aud")),
        ("another token", |proof| proof.with("ath", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")),
        ("type of DPoP", |proof| proof.head("typ", json!("dpop+jwt"))),
        ("another key in the header", |proof| proof.head("jwk", Signer::thief().bare_jwk())),
    ];
    for (name, spoil) in wrong {
        list.add(24, format!("query proof: {name}"), Unauthenticated, move |world, ask| {
            with_question(world, ask, spoil)
        });
    }
    list.add(24, "query proof for another question", Unauthenticated, |world, ask| {
        let mut question: Query = ask.question.clone();
        question.test_mode = !question.test_mode;
        with_question_of(world, &Occasion { question: &question, ..*ask })
    });
    list.add(24, "query proof of a thief", Unauthenticated, |world, ask| {
        let (token, thief) = (token(world, ask), Signer::thief());
        let proof = world.query_proof(ask, &token, &thief).sign(&thief);
        world.with_proofs(token, None, Some(proof))
    });
    list.add(24, "right DPoP beside a wrong query proof", Unauthenticated, |world, ask| {
        let proof = with_question(world, ask, |proof| proof.without("qd")).proof;
        TestCredentials { proof, ..with_dpop(world, ask, |proof| proof) }
    });
    list.add(24, "right query proof beside a wrong DPoP", Unauthenticated, |world, ask| {
        let dpop = with_dpop(world, ask, |proof| proof.without("htu")).dpop;
        TestCredentials { dpop, ..with_question(world, ask, |proof| proof) }
    });
    list.add(24, "DPoP as query proof", Unauthenticated, |world, ask| {
        let sender = with_dpop(world, ask, |proof| proof);
        TestCredentials { proof: sender.dpop, dpop: None, ..sender }
    });
}

fn with_question_of(world: &World, ask: &Occasion<'_>) -> TestCredentials {
    with_question(world, ask, |proof| proof)
}

fn confirmations(list: &mut List) {
    for (name, value) in [
        ("certificate", json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" })),
        ("key and certificate", json!({ "jkt": Signer::client().thumbprint(), "x5t#S256": "x" })),
        ("whole key", json!({ "jwk": Signer::client().bare_jwk() })),
        ("nothing", json!({})),
        ("null", json!(null)),
        ("text", json!(Signer::client().thumbprint())),
        ("number", json!({ "jkt": 1 })),
        ("short thumbprint", json!({ "jkt": "x" })),
    ] {
        list.add(24, format!("cnf: {name}"), Unauthenticated, move |world, ask| {
            let (client, bound) = (Signer::client(), world.access(ask.now).with("cnf", value.clone()));
            let token = bound.sign(&Signer::aai_rsa());
            let proof = world.dpop(ask, &token, &client).sign(&client);
            world.with_proofs(token, Some(proof), None)
        });
    }
}

fn ages(list: &mut List) {
    for (age, expect) in [(61, Unauthenticated), (59, Accepted), (-29, Accepted), (-31, Unauthenticated)] {
        list.exact(24, &format!("DPoP {age} seconds old"), expect, move |world, ask| {
            with_dpop(world, ask, |proof| proof.with("iat", ask.now - age))
        });
        list.exact(24, &format!("query proof {age} seconds old"), expect, move |world, ask| {
            with_question(world, ask, |proof| proof.with("iat", ask.now - age))
        });
    }
    list.add(24, "DPoP of the year before", Unauthenticated, |world, ask| {
        with_dpop(world, ask, |proof| proof.with("iat", ask.now - 31_536_000))
    });
    list.add(24, "query proof of the hour before", Unauthenticated, |world, ask| {
        with_question(world, ask, |proof| proof.with("iat", ask.now - 3_600))
    });
}
