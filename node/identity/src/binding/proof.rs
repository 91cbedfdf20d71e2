//! What all proofs share: a JWS with its public key in the header, made a moment ago for one token.

use crate::{
    Invalid, digest,
    jws::{Claims, Compact},
    keys::public_key,
    times::LEEWAY,
};
use jsonwebtoken::Algorithm;

/// How old a proof may be, seconds.
const OLDEST: i64 = 60;

/// How long after a moment a proof can count that was made before it, whatever the client's clock says. Seconds.
pub const LONGEST_PROOF: i64 = OLDEST + LEEWAY;

/// A kind of proofs.
pub(super) struct Kind {
    /// Media type.
    pub(super) typ: &'static str,
    /// Algorithms of signatures.
    pub(super) algorithms: &'static [Algorithm],
}

/// A proof whose signature holds.
pub(super) struct Proof {
    pub(super) claims: Claims,
    /// By what it is remembered.
    pub(super) once: [u8; 32],
    /// Digest of the question that it speaks of, if it speaks of one.
    pub(super) question: Option<[u8; 32]>,
    /// Until when it must be remembered, seconds since 1970.
    pub(super) until: i64,
}

impl Proof {
    /// Checks a proof of possession of the key with this thumbprint, made for this token.
    pub(super) fn read(kind: &Kind, text: &str, key: &str, token: &str, now: i64) -> Result<Self, Invalid> {
        let compact = Compact::parse(text).map_err(|_| Invalid::Proof)?;
        signed(kind, &compact, key)?;
        let claims = compact.into_claims();
        let issued = claims.seconds("iat").map_err(|_| Invalid::Proof)?;
        if now.saturating_sub(issued) > OLDEST || issued.saturating_sub(now) > LEEWAY {
            return Err(Invalid::ProofStale);
        }
        if claims.text("ath").map_err(|_| Invalid::Proof)? != digest::encoded_sha256(token.as_bytes()) {
            return Err(Invalid::ProofToken);
        }
        let jti = claims.id("jti").map_err(|_| Invalid::Proof)?;
        let once = digest::parts(&[kind.typ, key, jti]);
        Ok(Self { once, question: None, until: issued.saturating_add(OLDEST), claims })
    }
}

fn signed(kind: &Kind, compact: &Compact<'_>, thumbprint: &str) -> Result<(), Invalid> {
    compact.plain_header(&["jwk"]).map_err(|_| Invalid::Proof)?;
    if compact.media_type().map_err(|_| Invalid::Proof)?.as_deref() != Some(kind.typ) {
        return Err(Invalid::Proof);
    }
    let jwk = compact.header("jwk").and_then(serde_json::Value::as_object).ok_or(Invalid::Proof)?;
    let key = public_key(jwk).ok_or(Invalid::Proof)?;
    if !kind.algorithms.contains(&key.algorithm) {
        return Err(Invalid::Proof);
    }
    if key.thumbprint != thumbprint {
        return Err(Invalid::ProofKey);
    }
    compact.check_signature(&key).map_err(|_| Invalid::Proof)
}
