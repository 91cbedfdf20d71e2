//! The address under which the asking client reaches the Beacon.

use axum::extract::Request;
use http::{HeaderMap, header};

use crate::Identity;

/// Returns the configured public address, or else the one that the request came by, through a proxy or
/// not. There is no slash at its end.
pub(super) fn of(request: &Request, identity: &Identity, base_path: &str, is_secure: bool) -> String {
    if let Some(url) = &identity.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let headers = request.headers();
    let is_secure = is_secure || text(headers, "x-forwarded-proto") == Some("https");
    let scheme = if is_secure { "https" } else { "http" };
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = text(headers, "x-forwarded-host").or(text(headers, header::HOST.as_str())).or(authority);
    let host = host.filter(|host| is_host(host)).unwrap_or("localhost");
    format!("{scheme}://{host}{base_path}")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]_".contains(c))
}
