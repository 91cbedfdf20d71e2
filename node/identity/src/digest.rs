//! Digests by which tokens are named: in `ath` claims, deny lists and the memory of proofs.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// Names a token by its text, for a deny list: SHA-256 of the compact JWS.
pub fn token_digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Names a token or visa by its id, for a deny list: SHA-256 of `iss`, a zero byte, and `jti`.
pub fn token_id(issuer: &str, id: &str) -> [u8; 32] {
    parts(&[issuer, id])
}

/// Joins with zero bytes, which no part has: issuers are configured, ids are checked for control characters.
pub(crate) fn parts(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update([0]);
        }
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Returns SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Writes SHA-256 of bytes as JOSE does: base64url without padding.
pub(crate) fn encoded_sha256(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(bytes))
}
