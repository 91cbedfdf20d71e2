//! A JSON Web Key Set (RFC 7517), reduced to the keys that may sign tokens.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::{digest::encoded_sha256, json::strict_object};

/// Bytes of the shortest RSA modulus: 2,048 bits.
const SHORTEST_MODULUS: usize = 256;
/// Bytes of the longest RSA modulus: 8,192 bits, or checking a signature takes long.
const LONGEST_MODULUS: usize = 1024;
/// Members of private or symmetric keys.
const SECRET: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key, for the one algorithm that it is used with.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
    /// RFC 7638, with SHA-256.
    pub(crate) thumbprint: String,
}

/// The keys of one issuer by their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeySet {
    keys: BTreeMap<String, Arc<Key>>,
}

impl KeySet {
    /// Reads a set; none if there is no key in it that can be used. A `kid` that comes twice names no key.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let set = strict_object(bytes).ok()?;
        let (mut keys, mut twice) = (BTreeMap::new(), BTreeSet::new());
        let mut seen = BTreeSet::new();
        for jwk in set.get("keys")?.as_array()?.iter().filter_map(Value::as_object) {
            let Some(kid) = jwk.get("kid").and_then(Value::as_str) else { continue };
            if !seen.insert(kid) {
                twice.insert(kid);
            }
            if let Some(key) = public_key(jwk) {
                keys.insert(kid.to_owned(), Arc::new(key));
            }
        }
        keys.retain(|kid, _| !twice.contains(kid.as_str()));
        if keys.is_empty() { None } else { Some(Self { keys }) }
    }

    pub(crate) fn get(&self, kid: &str) -> Option<Arc<Key>> {
        self.keys.get(kid).cloned()
    }
}

/// Reads a public key that may check signatures of tokens.
pub(crate) fn public_key(jwk: &Map<String, Value>) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let signs = |uses: &Value| uses == "sig";
    let verifies =
        |operations: &Value| operations.as_array().is_some_and(|list| list.iter().any(|one| one == "verify"));
    let is_secret = SECRET.iter().any(|name| jwk.contains_key(*name));
    if is_secret || !jwk.get("use").is_none_or(signs) || !jwk.get("key_ops").is_none_or(verifies) {
        return None;
    }
    let key = match text("kty")? {
        "RSA" => rsa(text("n")?, text("e")?)?,
        "EC" if text("crv")? == "P-256" => ec(text("x")?, text("y")?)?,
        _ => return None,
    };
    let named = jwk.get("alg").is_none_or(|alg| alg == name(key.algorithm));
    named.then_some(key)
}

fn name(algorithm: Algorithm) -> &'static str {
    if algorithm == Algorithm::ES256 { "ES256" } else { "RS256" }
}

fn rsa(n: &str, e: &str) -> Option<Key> {
    let modulus = URL_SAFE_NO_PAD.decode(n).ok()?;
    let exponent = URL_SAFE_NO_PAD.decode(e).ok()?;
    let length = modulus.iter().skip_while(|byte| **byte == 0).count();
    let is_sound = (SHORTEST_MODULUS..=LONGEST_MODULUS).contains(&length) && exponent.len() <= 8;
    is_sound.then(|| Key {
        algorithm: Algorithm::RS256,
        decoding: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
        thumbprint: encoded_sha256(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes()),
    })
}

fn ec(x: &str, y: &str) -> Option<Key> {
    let is_coordinate = |text: &str| URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
    if !is_coordinate(x) || !is_coordinate(y) {
        return None;
    }
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Some(Key {
        algorithm: Algorithm::ES256,
        decoding: DecodingKey::from_ec_components(x, y).ok()?,
        thumbprint: encoded_sha256(thumbprint.as_bytes()),
    })
}

#[cfg(test)]
mod tests;
