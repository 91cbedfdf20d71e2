//! The address at which a request came, as its client wrote it: a proof of possession names it.

use http::{Method, Uri, header, request::Parts};

/// Method and URL of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) method: Method,
    /// Scheme, authority and path, without query.
    pub(crate) url: String,
}

impl Address {
    /// Returns the address of a request.
    ///
    /// Scheme and authority are those of the public address, if there is one. What a proxy says of them is
    /// not believed: whoever replays a stolen proof would say what the proof names.
    pub(crate) fn of(request: &Parts, public_url: Option<&str>, is_secure: bool) -> Self {
        let path = request.uri.path();
        let origin = public_url.and_then(origin).unwrap_or_else(|| {
            let scheme = if is_secure { "https" } else { "http" };
            format!("{scheme}://{}", authority(request).unwrap_or_default())
        });
        Self { method: request.method.clone(), url: format!("{origin}{path}") }
    }
}

/// Returns scheme and authority of a URL.
fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// HTTP/2 has the authority in its target, HTTP/1 in a header.
fn authority(request: &Parts) -> Option<&str> {
    let target = request.uri.authority().map(|authority| authority.as_str());
    target.or_else(|| request.headers.get(header::HOST)?.to_str().ok())
}

/// Returns whether a parameter would show a token. Those of queries and forms end in logs and histories, so
/// they are refused, and never read (RFC 6750, section 2.2 and 2.3).
pub(crate) fn is_token(parameter: &str) -> bool {
    parameter.trim().eq_ignore_ascii_case("access_token")
}
