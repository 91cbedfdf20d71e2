//! What a request shows.

use std::fmt;

use fyr_schemas::TokenScheme;

/// What a request shows of who sends it, as the door read it: nothing of this is verified.
///
/// A door refuses a header that comes twice, before this is filled.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The token of `Authorization`.
    pub token: Option<&'a str>,
    /// The scheme of `Authorization`.
    pub scheme: TokenScheme,
    /// The proof of the `DPoP` header.
    pub dpop: Option<&'a str>,
    /// HTTP method of the request, in capitals.
    pub method: &'a str,
    /// Address that the client called, with scheme and authority; none if it is not known.
    pub url: Option<&'a str>,
    /// The proof that the client asks this very question.
    pub proof: Option<&'a str>,
}

impl<'a> Shown<'a> {
    /// Shows nothing.
    pub fn nothing() -> Self {
        Self { token: None, scheme: TokenScheme::Bearer, dpop: None, method: "POST", url: None, proof: None }
    }

    /// Shows a bearer token.
    pub fn bearer(token: &'a str) -> Self {
        Self { token: Some(token), ..Self::nothing() }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown")
            .field("scheme", &self.scheme)
            .field("token", &self.token.is_some())
            .field("dpop", &self.dpop.is_some())
            .field("proof", &self.proof.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_not_printed() {
        let shown = Shown { dpop: Some("canary"), proof: Some("canary"), ..Shown::bearer("canary") };
        assert!(!format!("{shown:?}").contains("canary"));
    }
}
