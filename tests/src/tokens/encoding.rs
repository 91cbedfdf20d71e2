//! Base64url, as JWS uses it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

pub(super) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn encoded_sha256(bytes: &[u8]) -> String {
    encoded(&Sha256::digest(bytes))
}
