//! Where credentials may stand, and where not.

use fyr_schemas::ErrorCode;
use http::{HeaderName, HeaderValue, Request, request::Parts};

use super::*;

fn head(uri: &str, headers: &[(&'static str, &'static str)]) -> Parts {
    let mut request = Request::post(uri).body(()).unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_static(value));
    }
    request.into_parts().0
}

fn read(headers: &[(&'static str, &'static str)]) -> Result<Credentials, ErrorCode> {
    let head = head("/api/g_variants", headers);
    of(&head.headers, &Place::default().address(&head)).map_err(|failure| failure.code)
}

fn token(headers: &[(&'static str, &'static str)]) -> Result<Option<String>, ErrorCode> {
    read(headers).map(|credentials| credentials.token().map(str::to_owned))
}

#[test]
fn one_token_is_read_and_everything_else_refused() {
    assert_eq!(token(&[]), Ok(None));
    for (scheme, expected) in [
        ("Bearer abc", TokenScheme::Bearer),
        ("bearer abc", TokenScheme::Bearer),
        ("DPoP abc", TokenScheme::Dpop),
    ] {
        let credentials = read(&[("authorization", scheme)]).unwrap();
        assert_eq!((credentials.token(), credentials.scheme()), (Some("abc"), expected), "{scheme}");
    }
    for refused in [
        &["Bearer a", "Bearer b"][..],
        &["Bearer a", "DPoP a"],
        &["Bearer"],
        &["Bearer "],
        &["Basic eDp5"],
        &[""],
        &["Bearer a b"],
        &["Bearer a,Bearer b"],
        &["Bearer \ta"],
    ] {
        let headers: Vec<_> = refused.iter().map(|value| ("authorization", *value)).collect();
        assert_eq!(read(&headers), Err(ErrorCode::Unauthenticated), "{refused:?}");
    }
}

#[test]
fn proofs_are_read_once_and_as_they_came() {
    let credentials =
        read(&[("authorization", "DPoP t"), ("dpop", "a.b.c"), ("fyr-query-proof", "d.e.f")]).unwrap();
    assert_eq!((credentials.dpop(), credentials.proof()), (Some("a.b.c"), Some("d.e.f")));
    assert!(credentials.are_complete());
    assert!(!read(&[("authorization", "DPoP t")]).unwrap().are_complete());
    for (case, headers) in [
        (
            "two proofs of possession",
            &[("authorization", "DPoP t"), ("dpop", "a.b.c"), ("dpop", "a.b.c")][..],
        ),
        ("two in one", &[("authorization", "DPoP t"), ("dpop", "a.b.c,d.e.f")]),
        ("an empty one", &[("authorization", "DPoP t"), ("dpop", "")]),
        ("one of no token", &[("dpop", "a.b.c")]),
        ("one of a bearer token", &[("authorization", "Bearer t"), ("dpop", "a.b.c")]),
        (
            "two query proofs",
            &[("authorization", "Bearer t"), ("fyr-query-proof", "a.b.c"), ("fyr-query-proof", "d.e.f")],
        ),
    ] {
        assert_eq!(read(headers), Err(ErrorCode::Unauthenticated), "{case}");
    }
}

#[test]
fn the_address_is_the_public_one_or_the_one_that_was_asked() {
    let host = ("host", "beacon.test:8443");
    let forged = ("x-forwarded-host", "evil.test");
    let public = Some("https://beacon.example/v2/");
    let grpc = "http://node.test:9080/fyr.v1.VariantService/Ask";
    for (uri, headers, public_url, is_secure, expected) in [
        ("/api/info?a=b", &[host][..], None, true, "https://beacon.test:8443/api/info"),
        ("/api/info/", &[host], None, false, "http://beacon.test:8443/api/info/"),
        (grpc, &[], None, true, "https://node.test:9080/fyr.v1.VariantService/Ask"),
        ("/api/info", &[host], public, false, "https://beacon.example/v2/info"),
        ("/api", &[host], public, false, "https://beacon.example/v2"),
        ("/apis", &[host], public, false, "http://beacon.test:8443/apis"),
        ("/api/info", &[host, forged], None, true, "https://beacon.test:8443/api/info"),
    ] {
        let public_url = public_url.map(str::to_owned);
        let place = Place { public_url, base_path: "/api".to_owned(), is_secure };
        assert_eq!(place.address(&head(uri, headers)).url, expected, "{uri}");
    }
    let place = Place { public_url: Some("https://grpc.example".to_owned()), ..Place::default() };
    let url = place.address(&head(grpc, &[])).url;
    assert_eq!(url, "https://grpc.example/fyr.v1.VariantService/Ask");
}

#[test]
fn credentials_are_not_printed() {
    let shown = Credentials::dpop_bound("secret-token", Some("secret.possession.proof".into()))
        .with_proof(Some("secret.query.proof".into()))
        .shown_at("POST", "https://secret.test/");
    assert!(!format!("{shown:?} {shown:#?}").contains("secret"));
}

#[test]
fn parameters_that_show_a_token_are_known_in_any_spelling() {
    for name in ["access_token", "ACCESS_TOKEN", " access_token"] {
        assert!(is_token(name), "{name}");
    }
    assert!(!is_token("token"));
}
