//! Calls to identity providers: over TLS, to the configured place alone, with an end.

use std::sync::Arc;

use fyr_identity::{Invalid, Verifier, VolatileMemory};

use crate::tokens::{Provider, key_set};
use crate::{
    support::{NODE, NOW, Stand, at, config},
    tokens::{Reply, Signer, iss},
};

fn refused(toml: &str) -> bool {
    Verifier::new(&config(toml), NODE, Arc::new(VolatileMemory::default())).is_err()
}

#[test]
fn addresses_must_be_safe() {
    let keys = |uri: &str, more: &str| {
        format!("[identity]\n{more}\n[[identity.issuers]]\niss = 'https://a.example'\njwks_uri = '{uri}'\n")
    };
    for (uri, more, expected) in [
        ("https://a.example/jwks", "", false),
        ("http://a.example/jwks", "", true),
        ("http://127.0.0.1/jwks", "", true),
        ("http://127.0.0.1/jwks", "insecure_loopback = true", false),
        ("http://[::1]:80/jwks", "insecure_loopback = true", false),
        ("http://a.example/jwks", "insecure_loopback = true", true),
        ("http://127.0.0.1.evil.example/jwks", "insecure_loopback = true", true),
        ("https://user@a.example/jwks", "", true),
        ("https://a.example/jwks#x", "", true),
        ("file:///etc/passwd", "", true),
        ("a.example", "", true),
    ] {
        assert_eq!(refused(&keys(uri, more)), expected, "{uri} {more}");
    }
}

#[test]
fn configurations_that_make_no_sense_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    std::fs::write(&path, key_set(&[Signer::aai_rsa()])).unwrap();
    std::fs::write(directory.path().join("none.json"), "{\"keys\":[]}").unwrap();
    let file = |name: &str| format!("jwks_file = '{}'", directory.path().join(name).display());
    let keys = file("keys.json");
    let issuer = format!("[[identity.issuers]]\niss = 'https://a.example'\n{keys}\n");
    let visas = format!(
        "[[identity.visa_issuers]]\niss = 'https://v.example'\n{keys}\ntypes = ['X']\nsources = ['https://s.example']\n"
    );
    assert!(!refused(&issuer) && !refused(&visas));
    for (case, toml) in [
        ("twice", issuer.repeat(2)),
        ("visas twice", visas.repeat(2)),
        ("no name", format!("[[identity.issuers]]\n{keys}\n")),
        ("no keys", "[[identity.issuers]]\niss = 'https://a.example'\n".to_owned()),
        ("two places of keys", format!("{issuer}jwks_uri = 'https://a.example/jwks'\n")),
        ("file without keys", format!("[[identity.issuers]]\niss = 'a'\n{}\n", file("none.json"))),
        ("file missing", format!("[[identity.issuers]]\niss = 'a'\n{}\n", file("missing.json"))),
        ("algorithm", format!("{issuer}algorithms = ['HS256']\n")),
        ("no algorithm at all", format!("{issuer}algorithms = ['none']\n")),
        ("no audience", format!("{issuer}audience = []\n")),
        ("audience none among others", format!("{issuer}audience = ['none', 'x']\n")),
        ("type of id tokens", format!("{issuer}types = ['ID+JWT']\n")),
        ("userinfo without address", format!("{issuer}passport = 'userinfo'\n")),
        ("exchange without address", format!("{issuer}passport = 'exchange'\n")),
        ("pointer", format!("{issuer}claims = {{ organisations = 'org' }}\n")),
        ("no organisation", visas.replace("https://s.example", "https://no.organization")),
        ("no sources", visas.replace("['https://s.example']", "[]")),
        ("no types", visas.replace("['X']", "[]")),
        ("ids of nobody", format!("{visas}subjects_of = ['https://a.example']\n")),
        ("role", format!("{visas}by = ['boss']\n")),
        ("authority missing", "[identity]\nca_file = '/nowhere/ca.pem'\n".to_owned()),
        ("no authority", format!("[identity]\nca_file = '{}'\n", path.display())),
    ] {
        assert!(refused(&toml), "{case}");
    }
}

/// An issuer that accepts connections and says nothing does not hold a request up.
#[tokio::test]
async fn a_silent_issuer_ends_in_a_refusal_that_can_be_tried_again() {
    let provider = Provider::start().await.unwrap();
    provider.reply("/jwks", Reply::Silence);
    let (url, iss) = (provider.url("/jwks"), iss::AAI);
    let stand = Stand::with(|_| {
        format!(
            "[identity]\ninsecure_loopback = true\n[[identity.issuers]]\niss = '{iss}'\njwks_uri = '{url}'\n"
        )
    })
    .await;
    let token = stand.world.access(NOW).sign(&Signer::aai_rsa());
    let outcome = stand.bearer(&token, NOW).await;
    assert_eq!(outcome, Err(Invalid::KeysUnavailable));
    assert!(outcome.is_err_and(Invalid::is_temporary));
}

#[tokio::test]
async fn keys_are_fetched_before_a_request_needs_them() {
    let provider = Provider::start().await.unwrap();
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_rsa()])));
    let (url, iss) = (provider.url("/jwks"), iss::AAI);
    let stand = Stand::with(|_| {
        format!(
            "[identity]\ninsecure_loopback = true\n[[identity.issuers]]\niss = '{iss}'\njwks_uri = '{url}'\n"
        )
    })
    .await;
    for (later, connections) in [(0, 1), (60, 1), (299, 1), (300, 2), (360, 2), (600, 3)] {
        stand.verifier.refresh(at(NOW + later)).await;
        assert_eq!(provider.connections(), connections, "after {later} seconds");
        let token = stand.world.access(NOW + later).sign(&Signer::aai_rsa());
        assert!(stand.bearer(&token, NOW + later).await.is_ok());
        assert_eq!(provider.connections(), connections, "no request waits, after {later} seconds");
    }
}
