//! A token in the making: header and claims that can be spoilt one by one, then signed.

#![expect(clippy::expect_used, reason = "test keys sign whatever they are given")]

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};

use super::{Signer, encoding::encoded};

/// A token that is not signed yet.
#[derive(Clone, Debug, Default)]
pub struct Jws {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Jws {
    /// Starts a token of a type.
    pub fn new(typ: &str) -> Self {
        Self::default().head("typ", json!(typ))
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn head(mut self, name: &str, value: Value) -> Self {
        self.header.insert(name.to_owned(), value);
        self
    }

    /// Leaves a member of the header out, even one that signing would add.
    #[must_use]
    pub fn headless(self, name: &str) -> Self {
        self.head(name, Value::Null)
    }

    /// Sets a claim.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets a member of what a visa states; null leaves it out.
    #[must_use]
    pub fn stating(mut self, name: &str, value: impl Into<Value>) -> Self {
        let statement = self.claims.entry("ga4gh_visa_v1").or_insert_with(|| json!({}));
        if let Some(members) = statement.as_object_mut() {
            match value.into() {
                Value::Null => members.remove(name),
                value => members.insert(name.to_owned(), value),
            };
        }
        self
    }

    /// Returns the claims as text.
    pub fn claims_text(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }

    /// Returns the header as text, as it is signed.
    pub fn header_text(&self, signer: &Signer) -> String {
        let mut header = self.header.clone();
        header.entry("alg").or_insert_with(|| json!(format!("{:?}", signer.algorithm)));
        header.entry("kid").or_insert_with(|| json!(signer.kid));
        header.retain(|_, value| !value.is_null());
        Value::Object(header).to_string()
    }

    /// Signs it. Members of the header that are not set name the signer.
    pub fn sign(&self, signer: &Signer) -> String {
        raw(self.header_text(signer).as_bytes(), self.claims_text().as_bytes(), signer)
    }

    /// Signs it with a shared secret.
    pub fn sign_with_secret(&self, signer: &Signer, secret: &[u8], algorithm: Algorithm) -> String {
        let signer = Signer { algorithm, key: EncodingKey::from_secret(secret), ..signer.clone() };
        self.sign(&signer)
    }

    /// Leaves the signature empty.
    pub fn unsigned(&self, signer: &Signer) -> String {
        format!(
            "{}.{}.",
            encoded(self.header_text(signer).as_bytes()),
            encoded(self.claims_text().as_bytes())
        )
    }
}

/// Signs any bytes as header and claims.
pub fn raw(header: &[u8], claims: &[u8], signer: &Signer) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    signed(&message, signer)
}

/// Signs a message that stands as it is.
pub(super) fn signed(message: &str, signer: &Signer) -> String {
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signer.key, signer.algorithm);
    format!("{message}.{}", signature.expect("a signature"))
}
