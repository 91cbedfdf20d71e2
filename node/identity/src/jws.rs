//! Compact JWS (RFC 7515), read strictly before anything in it is believed.

mod claims;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use crate::{
    Invalid,
    digest::token_digest,
    json::{InvalidJson, strict_object},
    keys::Key,
};

pub(crate) use claims::{Claims, seconds};

/// Longest token that is read, bytes.
pub(crate) const LONGEST: usize = 64 * 1024;
/// Longest `kid`, bytes. A key's name is compared, never used as a path, an address or a query.
const LONGEST_KID: usize = 256;
/// Members of a header that give a key, or change how a token is to be read.
const FORBIDDEN: [&str; 9] = ["crit", "b64", "jwk", "jku", "x5c", "x5u", "zip", "enc", "epk"];

/// A token that is well formed. Its signature is not checked.
pub(crate) struct Compact<'a> {
    text: &'a str,
    signature: &'a str,
    header: Map<String, Value>,
    claims: Claims,
}

impl<'a> Compact<'a> {
    /// Reads three parts of canonical base64url with JSON objects inside.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(Invalid::TooLarge);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Invalid::Malformed);
        };
        if decode(signature)?.is_empty() {
            return Err(Invalid::Signature);
        }
        let claims = Claims::new(object(claims)?);
        Ok(Self { text, signature, header: object(header)?, claims })
    }

    /// Refuses header members that give a key or change the reading, but for those that `allowed` names.
    pub(crate) fn plain_header(&self, allowed: &[&str]) -> Result<(), Invalid> {
        let forbidden = FORBIDDEN.iter().filter(|name| !allowed.contains(name));
        let mut found = forbidden.filter(|name| self.header.contains_key(**name));
        found.next().map_or(Ok(()), |_| Err(Invalid::Header))
    }

    /// Returns the media type of `typ`, lower case and without `application/`.
    pub(crate) fn media_type(&self) -> Result<Option<String>, Invalid> {
        let Some(value) = self.header.get("typ") else { return Ok(None) };
        let typ = value.as_str().ok_or(Invalid::TokenType)?.to_ascii_lowercase();
        Ok(Some(typ.strip_prefix("application/").map_or(typ.clone(), ToOwned::to_owned)))
    }

    /// Returns `alg`, if it is one that any issuer may use: RS256 or ES256.
    pub(crate) fn algorithm(&self) -> Result<Algorithm, Invalid> {
        match self.header.get("alg").and_then(Value::as_str) {
            Some("RS256") => Ok(Algorithm::RS256),
            Some("ES256") => Ok(Algorithm::ES256),
            _ => Err(Invalid::Algorithm),
        }
    }

    pub(crate) fn kid(&self) -> Result<&str, Invalid> {
        let kid = self.header.get("kid").and_then(Value::as_str).ok_or(Invalid::Key)?;
        let is_name = !kid.is_empty() && kid.len() <= LONGEST_KID && !kid.chars().any(char::is_control);
        if is_name { Ok(kid) } else { Err(Invalid::Key) }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&Value> {
        self.header.get(name)
    }

    /// Returns the claims, to choose whose key to check them with. Nothing of them is verified.
    pub(crate) fn unverified(&self) -> &Claims {
        &self.claims
    }

    /// Names the token by its text.
    pub(crate) fn digest(&self) -> [u8; 32] {
        token_digest(self.text)
    }

    /// Checks the signature with a key of the algorithm that the header names.
    pub(crate) fn check_signature(&self, key: &Key) -> Result<(), Invalid> {
        if self.algorithm()? != key.algorithm {
            return Err(Invalid::Algorithm);
        }
        let signed = self.text.len().checked_sub(self.signature.len() + 1);
        let message = signed.and_then(|end| self.text.get(..end)).ok_or(Invalid::Malformed)?;
        match jsonwebtoken::crypto::verify(self.signature, message.as_bytes(), &key.decoding, key.algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Invalid::Signature),
        }
    }

    /// Hands the claims out; whoever takes them has checked the signature.
    pub(crate) fn into_claims(self) -> Claims {
        self.claims
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Invalid> {
    strict_object(&decode(part)?).map_err(|InvalidJson| Invalid::Malformed)
}

/// The decoder refuses padding, white space, and bits that the last character should not have.
fn decode(part: &str) -> Result<Vec<u8>, Invalid> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid::Malformed)
}
