//! From headers or gRPC metadata to credentials.

use fyr_schemas::ErrorCode;
use http::{HeaderMap, HeaderName, header::AUTHORIZATION};

use super::{Address, Credentials, DPOP, QUERY_PROOF};
use crate::failure::Failure;

/// Reads `Authorization`, `DPoP` and `Fyr-Query-Proof` of a request that came to some address.
///
/// # Errors
///
/// A header that stands twice, another scheme, and an empty or unprintable value.
pub(crate) fn of(headers: &HeaderMap, address: &Address) -> Result<Credentials, Failure> {
    let dpop = jws(headers, HeaderName::from_static(DPOP))?;
    let proof = jws(headers, HeaderName::from_static(QUERY_PROOF))?;
    let credentials = match (text(headers, AUTHORIZATION)?, dpop) {
        (None, None) => Credentials::default(),
        // A proof of possession of no token proves nothing.
        (None, Some(_)) => return Err(invalid()),
        (Some(authorization), dpop) => shown(authorization, dpop)?,
    };
    Ok(credentials.with_proof(proof).shown_at(address.method.as_str(), address.url.clone()))
}

/// Refuses a token of the scheme DPoP that comes with nothing that shows the key.
///
/// # Errors
///
/// Neither a proof of possession nor a query proof.
pub(crate) fn complete(credentials: Credentials) -> Result<Credentials, Failure> {
    if credentials.are_complete() { Ok(credentials) } else { Err(invalid()) }
}

/// Puts the query proof of one question of a stream in the place of any other.
///
/// # Errors
///
/// A proof that is no JWS.
pub(crate) fn with_proof(credentials: &Credentials, proof: Option<String>) -> Result<Credentials, Failure> {
    match proof {
        Some(proof) if !is_jws(&proof) => Err(invalid()),
        proof => Ok(credentials.clone().with_proof(proof)),
    }
}

fn shown(authorization: &str, dpop: Option<String>) -> Result<Credentials, Failure> {
    let (scheme, token) = authorization.split_once(' ').ok_or_else(invalid)?;
    // Spaces alone part the two (RFC 9110, section 11.4).
    let token = token.trim_matches(' ');
    if token.is_empty() || token.contains([' ', ',', '\t']) {
        return Err(invalid());
    }
    match dpop {
        None if scheme.eq_ignore_ascii_case("bearer") => Ok(Credentials::bearer(token)),
        dpop if scheme.eq_ignore_ascii_case("dpop") => Ok(Credentials::dpop_bound(token, dpop)),
        // A token whose key is shown is not one that whoever holds it may show (RFC 9449, section 7.1).
        _ => Err(invalid()),
    }
}

fn invalid() -> Failure {
    Failure::new(ErrorCode::Unauthenticated)
}

/// Reads a header that stands at most once.
fn text(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid());
    }
    value.to_str().map(Some).map_err(|_| invalid())
}

/// Reads a header that holds one compact JWS.
fn jws(headers: &HeaderMap, name: HeaderName) -> Result<Option<String>, Failure> {
    match text(headers, name)?.map(str::trim) {
        None => Ok(None),
        Some(text) if is_jws(text) => Ok(Some(text.to_owned())),
        Some(_) => Err(invalid()),
    }
}

fn is_jws(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.chars().all(legal)
}
