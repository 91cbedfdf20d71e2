//! Bearer tokens from the configuration, kept and compared as digests.

use std::collections::BTreeSet;

use fyr_policy::Requester;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::config::{InvalidConfig, TokenConfig};

/// Shortest token in plain text, bytes. Twenty characters of base 64 are 120 bits.
const SHORTEST: usize = 20;

/// The tokens of a node.
#[derive(Debug)]
pub(crate) struct StaticTokens {
    tokens: Vec<StaticToken>,
}

struct StaticToken {
    name: String,
    digest: [u8; 32],
}

impl std::fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StaticToken({})", self.name)
    }
}

impl StaticTokens {
    pub(crate) fn new(configured: &[TokenConfig]) -> Result<Self, InvalidConfig> {
        let (mut names, mut digests, mut tokens) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for token in configured {
            let digest = digest(token)?;
            if token.name.is_empty() || !names.insert(&token.name) || !digests.insert(digest) {
                return Err(InvalidConfig::TokenName(token.name.clone()));
            }
            tokens.push(StaticToken { name: token.name.clone(), digest });
        }
        Ok(Self { tokens })
    }

    /// Returns the holder of a token. Every token is compared, so that time tells nothing.
    pub(super) fn requester(&self, token: &str) -> Option<Requester> {
        let shown = sha256(token);
        let (mut found, mut at) = (Choice::from(0), 0u32);
        for (index, token) in (0u32..).zip(&self.tokens) {
            let equal = token.digest.ct_eq(&shown);
            at.conditional_assign(&index, equal);
            found |= equal;
        }
        let holder = self.tokens.get(at as usize).filter(|_| bool::from(found))?;
        Some(Requester::Known { name: holder.name.clone() })
    }
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

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    // `blake3::Hash` is the reader of 32 hexadecimal bytes that is at hand; nothing is hashed with it.
    blake3::Hash::from_hex(hex.trim().to_ascii_lowercase()).ok().map(|hash| *hash.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

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
    fn tokens_name_their_holders() {
        let other = plain("other", "another-token-of-some-length");
        let tokens = StaticTokens::new(&[other, hashed("clinic", TOKEN_SHA256)]).unwrap();
        let clinic = Some(Requester::Known { name: "clinic".into() });
        assert_eq!(tokens.requester(TOKEN), clinic);
        for wrong in ["", "correct-horse-battery-stapl", "Correct-horse-battery-staple", TOKEN_SHA256] {
            assert_eq!(tokens.requester(wrong), None, "{wrong}");
        }
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
            assert!(StaticTokens::new(&tokens).is_err(), "{case}");
        }
    }

    #[test]
    fn tokens_are_not_printed() {
        let printed = format!("{:?}", StaticTokens::new(&[plain("clinic", TOKEN)]).unwrap());
        assert_eq!(printed, "StaticTokens { tokens: [StaticToken(clinic)] }");
        assert!(!format!("{:?}", plain("clinic", TOKEN)).contains(TOKEN));
    }
}
