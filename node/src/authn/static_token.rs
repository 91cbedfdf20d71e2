//! Bearer tokens from the configuration, kept and compared as digests.

use fyr_policy::Requester;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::config::{KnownToken, sha256};

/// The tokens of a node.
#[derive(Debug)]
pub(crate) struct StaticTokens {
    tokens: Vec<KnownToken>,
}

impl StaticTokens {
    pub(crate) fn new(tokens: Vec<KnownToken>) -> Self {
        Self { tokens }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Secret, TokenConfig, known};

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
        let tokens = StaticTokens::new(known(&[other, hashed("clinic", TOKEN_SHA256)]).unwrap());
        let clinic = Some(Requester::Known { name: "clinic".into() });
        assert_eq!(tokens.requester(TOKEN), clinic);
        for wrong in ["", "correct-horse-battery-stapl", "Correct-horse-battery-staple", TOKEN_SHA256] {
            assert_eq!(tokens.requester(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn tokens_are_not_printed() {
        let printed = format!("{:?}", StaticTokens::new(known(&[plain("clinic", TOKEN)]).unwrap()));
        assert_eq!(printed, "StaticTokens { tokens: [KnownToken(clinic)] }");
        assert!(!format!("{:?}", plain("clinic", TOKEN)).contains(TOKEN));
    }
}
