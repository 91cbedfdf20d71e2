//! What a request shows to prove who asks.
//!
//! A header that cannot be read is an invalid credential, never "nobody": a client must be able to tell
//! a broken token from a missing permission.

use fyr_schemas::ErrorCode;
use http::{HeaderMap, header::AUTHORIZATION};

use crate::{Credentials, Failure};

/// Reads `Authorization: Bearer …` of a request or of gRPC metadata.
///
/// # Errors
///
/// More than one header, another scheme, and an empty or unprintable token.
pub(crate) fn of(headers: &HeaderMap) -> Result<Credentials, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let invalid = || Failure::new(ErrorCode::Unauthenticated);
    let Some(value) = values.next() else { return Ok(Credentials::default()) };
    if values.next().is_some() {
        return Err(invalid());
    }
    let (scheme, token) = value.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(invalid)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains([' ', ',']) {
        return Err(invalid());
    }
    Ok(Credentials::bearer(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<String>, ErrorCode> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, http::HeaderValue::from_static(value));
        }
        of(&headers).map(|c| c.token().map(str::to_owned)).map_err(|f| f.code)
    }

    #[test]
    fn one_bearer_token_is_read_and_everything_else_refused() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer abc"]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&["bearer abc"]), Ok(Some("abc".to_owned())));
        for refused in [
            &["Bearer a", "Bearer b"][..],
            &["Bearer"],
            &["Bearer "],
            &["Basic eDp5"],
            &[""],
            &["Bearer a b"],
        ] {
            assert_eq!(read(refused), Err(ErrorCode::Unauthenticated), "{refused:?}");
        }
    }
}
