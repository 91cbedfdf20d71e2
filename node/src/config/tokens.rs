//! `[[tokens]]`: bearer tokens that the operator gave out, known by their digests.

use std::collections::BTreeSet;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{InvalidConfig, Secret};

/// Shortest token in plain text, bytes. Twenty characters of base 64 are 120 bits.
const SHORTEST: usize = 20;

/// One bearer token that the node knows. Its holder is a known requester.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TokenConfig {
    /// Whose it is, for the audit log.
    pub name: String,
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: Option<Secret>,
    /// The token itself, where the file is as well protected as the token must be.
    pub token: Option<Secret>,
}

/// A token that can be told from all others.
pub(crate) struct KnownToken {
    /// Whose it is.
    pub(crate) name: String,
    /// SHA-256 of it.
    pub(crate) digest: [u8; 32],
}

impl std::fmt::Debug for KnownToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KnownToken({})", self.name)
    }
}

/// Returns the tokens by their digests.
///
/// # Errors
///
/// A token that is too short, is no digest, or is not the only one of its name; a token of two names.
pub(crate) fn known(configured: &[TokenConfig]) -> Result<Vec<KnownToken>, InvalidConfig> {
    let (mut names, mut digests, mut tokens) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for token in configured {
        let digest = digest(token)?;
        if token.name.is_empty() || !names.insert(&token.name) || !digests.insert(digest) {
            return Err(InvalidConfig::TokenName(token.name.clone()));
        }
        tokens.push(KnownToken { name: token.name.clone(), digest });
    }
    Ok(tokens)
}

fn digest(token: &TokenConfig) -> Result<[u8; 32], InvalidConfig> {
    match (&token.token, &token.token_sha256) {
        (Some(plain), None) if plain.expose().len() < SHORTEST => {
            Err(InvalidConfig::TokenShort { name: token.name.clone(), shortest: SHORTEST })
        }
        (Some(plain), None) => Ok(sha256(plain.expose())),
        (None, Some(hex)) => {
            from_hex(hex.expose()).ok_or_else(|| InvalidConfig::TokenDigest(token.name.clone()))
        }
        _ => Err(InvalidConfig::TokenSource(token.name.clone())),
    }
}

/// The digest by which tokens are compared.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    // `blake3::Hash` is the reader of 32 hexadecimal bytes that is at hand; nothing is hashed with it.
    blake3::Hash::from_hex(hex.trim().to_ascii_lowercase()).ok().map(|hash| *hash.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "correct-horse-battery-staple";
    /// `printf %s correct-horse-battery-staple | sha256sum`
    const TOKEN_SHA256: &str = "87cbebfeebc05f7c54ac9336c4b4bbec831227a641951a4bde7edd56020f8590";

    fn plain(name: &str, token: &str) -> TokenConfig {
        TokenConfig { name: name.into(), token: Some(Secret::new(token)), token_sha256: None }
    }

    fn hashed(name: &str, digest: &str) -> TokenConfig {
        TokenConfig { name: name.into(), token: None, token_sha256: Some(Secret::new(digest)) }
    }

    #[test]
    fn tokens_that_cannot_be_told_apart_or_guessed_are_refused() {
        let both = TokenConfig { token_sha256: Some(Secret::new(TOKEN_SHA256)), ..plain("a", TOKEN) };
        for (case, tokens) in [
            ("short", vec![plain("a", "0123456789")]),
            ("no digest", vec![hashed("a", "0123")]),
            ("neither", vec![TokenConfig { name: "a".into(), token: None, token_sha256: None }]),
            ("both", vec![both]),
            ("no name", vec![plain("", TOKEN)]),
            ("same name", vec![plain("a", TOKEN), plain("a", "another-token-of-some-length")]),
            ("same token", vec![plain("a", TOKEN), hashed("b", TOKEN_SHA256)]),
        ] {
            assert!(known(&tokens).is_err(), "{case}");
        }
    }
}
