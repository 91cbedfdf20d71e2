//! The address at which a request came, as its client wrote it: a proof of possession names it.

use fyr_schemas::ErrorCode;
use http::{Extensions, Method, Request, header, request::Parts};

use crate::failure::Failure;

/// Method and URL of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) method: Method,
    /// Scheme, authority and path, without query.
    pub(crate) url: String,
}

/// Where a door stands, as its clients see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The address that stands for `base_path`, if clients do not use that of the port.
    pub(crate) public_url: Option<String>,
    /// Path below which the door answers; empty, or without a slash at its end.
    pub(crate) base_path: String,
    /// Whether the port speaks TLS.
    pub(crate) is_secure: bool,
}

impl Place {
    /// Returns whether a path lies at or below the base path.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.below(path).is_some()
    }

    fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&self.base_path).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Remembers the address beside a request, before anything changes its path.
    pub(crate) fn remember<B>(&self, request: Request<B>) -> Request<B> {
        let (mut parts, body) = request.into_parts();
        let address = self.address(&parts);
        parts.extensions.insert(address);
        Request::from_parts(parts, body)
    }

    /// Returns the address of a request.
    ///
    /// What a proxy says of it is not believed: whoever replays a stolen proof would say what the proof
    /// names. A door behind a proxy has a public address in its configuration.
    pub(crate) fn address(&self, request: &Parts) -> Address {
        let path = request.uri.path();
        let url = match (&self.public_url, self.below(path)) {
            (Some(public), Some(rest)) => format!("{}{rest}", public.trim_end_matches('/')),
            _ => {
                let scheme = if self.is_secure { "https" } else { "http" };
                format!("{scheme}://{}{path}", authority(request).unwrap_or_default())
            }
        };
        Address { method: request.method.clone(), url }
    }
}

impl Address {
    /// Returns what was remembered of a request.
    ///
    /// # Errors
    ///
    /// Nothing was, which is a fault of the door.
    pub(crate) fn remembered(extensions: &Extensions) -> Result<&Self, Failure> {
        let nothing = || Failure::of(ErrorCode::Internal, "a request without address".to_owned());
        extensions.get::<Self>().ok_or_else(nothing)
    }
}

/// HTTP/2 has the authority in its target, HTTP/1 in a header.
fn authority(request: &Parts) -> Option<&str> {
    let target = request.uri.authority().map(|authority| authority.as_str());
    target.or_else(|| request.headers.get(header::HOST)?.to_str().ok())
}

/// Returns whether a parameter would show a token. Those of queries and forms end in logs and histories, so
/// they are refused, and never read (RFC 6750, sections 2.2 and 2.3).
pub(crate) fn is_token(parameter: &str) -> bool {
    parameter.trim().eq_ignore_ascii_case("access_token")
}
