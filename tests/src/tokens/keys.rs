//! Test keys of issuers, clients and thieves.

#![expect(clippy::expect_used, reason = "test keys are part of the source")]

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Map, Value, json};

use super::encoding::encoded_sha256;

/// A key with the name and the algorithm that it signs under.
#[derive(Clone)]
pub struct Signer {
    /// `kid` in headers and key sets.
    pub kid: &'static str,
    /// `alg` in headers.
    pub algorithm: Algorithm,
    /// The private key.
    pub key: EncodingKey,
}

/// Public key of [`Signer::aai_rsa`], PEM, as an attacker would misuse it as a secret.
pub(super) const AAI_RSA_PUBLIC: &[u8] = include_bytes!("keys/aai-rsa-public.pem");

impl Signer {
    fn rsa(kid: &'static str, pem: &[u8]) -> Self {
        let key = EncodingKey::from_rsa_pem(pem).expect("a test key");
        Self { kid, algorithm: Algorithm::RS256, key }
    }

    fn ec(kid: &'static str, pem: &[u8]) -> Self {
        Self { kid, algorithm: Algorithm::ES256, key: EncodingKey::from_ec_pem(pem).expect("a test key") }
    }

    /// The issuer of tokens, RS256.
    pub fn aai_rsa() -> Self {
        Self::rsa("aai-rs", include_bytes!("keys/aai-rsa.pem"))
    }

    /// The issuer of tokens, ES256.
    pub fn aai_ec() -> Self {
        Self::ec("aai-es", include_bytes!("keys/aai-ec.pem"))
    }

    /// The issuer of tokens, EdDSA, which no issuer may use.
    pub fn aai_ed() -> Self {
        let key = EncodingKey::from_ed_pem(include_bytes!("keys/aai-ed.pem")).expect("a test key");
        Self { kid: "aai-ed", algorithm: Algorithm::EdDSA, key }
    }

    /// The issuer of visas, RS256.
    pub fn visas_rsa() -> Self {
        Self::rsa("visas-rs", include_bytes!("keys/visas-rsa.pem"))
    }

    /// The issuer of visas, ES256.
    pub fn visas_ec() -> Self {
        Self::ec("visas-es", include_bytes!("keys/visas-ec.pem"))
    }

    /// Another issuer of visas.
    pub fn other_visas() -> Self {
        Self::ec("other-visas-es", include_bytes!("keys/other-visas-ec.pem"))
    }

    /// Somebody whom no node knows.
    pub fn stranger() -> Self {
        Self::rsa("stranger", include_bytes!("keys/stranger-rsa.pem"))
    }

    /// A client.
    pub fn client() -> Self {
        Self::ec("client", include_bytes!("keys/client-ec.pem"))
    }

    /// Another client, which has the token of the first.
    pub fn thief() -> Self {
        Self::ec("thief", include_bytes!("keys/thief-ec.pem"))
    }

    /// Signs under another algorithm.
    #[must_use]
    pub fn under(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Returns the public key as an entry of a key set.
    pub fn jwk(&self) -> Value {
        let mut members = self.members();
        members.insert("kid".to_owned(), json!(self.kid));
        members.insert("use".to_owned(), json!("sig"));
        members.insert("alg".to_owned(), json!(format!("{:?}", self.algorithm)));
        Value::Object(members)
    }

    /// Returns the public key as a proof carries it: nothing but the key.
    pub fn bare_jwk(&self) -> Value {
        Value::Object(self.members())
    }

    /// Returns the thumbprint of the key (RFC 7638): its members in the order of their names.
    pub fn thumbprint(&self) -> String {
        let ordered: BTreeMap<String, Value> = self.members().into_iter().collect();
        encoded_sha256(json!(ordered).to_string().as_bytes())
    }

    fn members(&self) -> Map<String, Value> {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a public key");
        let value = serde_json::to_value(&jwk.algorithm).expect("JSON");
        value.as_object().cloned().unwrap_or_default()
    }
}

/// Returns a key set.
pub fn key_set(signers: &[Signer]) -> String {
    json!({ "keys": signers.iter().map(Signer::jwk).collect::<Vec<_>>() }).to_string()
}
