//! How tokens are shown.

/// How a token was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TokenScheme {
    /// Whoever holds it may show it (RFC 6750).
    #[default]
    Bearer,
    /// Only the holder of a key may show it (RFC 9449).
    Dpop,
}

impl TokenScheme {
    /// Returns the word of the `Authorization` header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}
