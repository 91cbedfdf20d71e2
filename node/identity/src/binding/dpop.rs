//! DPoP proofs (RFC 9449): the client sends this very request.

use jsonwebtoken::Algorithm;
use reqwest::Url;

use super::{
    Proving,
    proof::{Kind, Proof},
};
use crate::Invalid;

const DPOP: Kind = Kind { typ: "dpop+jwt", algorithms: &[Algorithm::ES256, Algorithm::RS256] };

/// Checks a proof against the method and address of the request.
pub(super) fn check(proving: &Proving<'_>, text: &str, key: &str) -> Result<Proof, Invalid> {
    let proof = Proof::read(&DPOP, text, key, proving.token, proving.now)?;
    let method = proof.claims.text("htm").map_err(|_| Invalid::Proof)?;
    let url = proof.claims.text("htu").map_err(|_| Invalid::Proof)?;
    let here = proving.shown.url.ok_or(Invalid::ProofRequest)?;
    if method == proving.shown.method && is_same(url, here) { Ok(proof) } else { Err(Invalid::ProofRequest) }
}

/// Compares addresses without their query and fragment (RFC 9449, 4.3).
fn is_same(theirs: &str, ours: &str) -> bool {
    match (Url::parse(theirs), Url::parse(ours)) {
        (Ok(theirs), Ok(ours)) => {
            theirs.has_host()
                && theirs.origin() == ours.origin()
                && is_plain(&theirs)
                && theirs.path() == ours.path()
        }
        _ => false,
    }
}

fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_query_and_spelling() {
        let ours = "https://node.example/api/g_variants?start=1";
        for (theirs, expected) in [
            ("https://node.example/api/g_variants", true),
            ("HTTPS://NODE.example:443/api/g_variants#x", true),
            ("https://node.example/api/../api/g_variants", true),
            ("http://node.example/api/g_variants", false),
            ("https://node.example:8443/api/g_variants", false),
            ("https://node.example/api/g_variants/", false),
            ("https://node.example/API/g_variants", false),
            ("https://node.example.evil/api/g_variants", false),
            ("https://node.example@evil.example/api/g_variants", false),
            ("https://evil@node.example/api/g_variants", false),
            ("/api/g_variants", false),
            ("", false),
        ] {
            assert_eq!(is_same(theirs, ours), expected, "{theirs}");
        }
        assert!(!is_same("data:x", "data:x"));
    }
}
