//! Questions that the client signs, so that nobody on the way can put another one in its name.
//!
//! A query proof is a compact JWS over the question, the token and the nodes that it is for, by a key that
//! stays here. A broker hands it on; each node verifies it, once.

use std::{
    fs, io,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fyr_schemas::Query;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, ThumbprintHash},
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ClientError;

/// `typ` of a query proof.
const TYPE: &str = "fyr-query-proof+jwt";

/// A private key on the curve P-256, with its public half.
pub(crate) struct SigningKey {
    private: EncodingKey,
    public: Jwk,
}

#[derive(Serialize)]
struct Claims<'a> {
    /// Names this proof, which a node takes once.
    jti: String,
    /// Seconds since 1970.
    iat: u64,
    /// Digest of the token.
    ath: String,
    /// Digest of the question.
    qd: String,
    /// Beacon ids of the nodes that may answer.
    aud: &'a [String],
}

impl SigningKey {
    /// Reads a key in PKCS#8 PEM.
    pub(crate) fn read(path: &Path) -> Result<Self, ClientError> {
        let pem = fs::read(path).map_err(|source| ClientError::File { path: path.to_owned(), source })?;
        Self::of(&pem).map_err(|error| ClientError::Key { path: path.to_owned(), reason: error.to_string() })
    }

    fn of(pem: &[u8]) -> jsonwebtoken::errors::Result<Self> {
        let private = EncodingKey::from_ec_pem(pem)?;
        let public = Jwk::from_encoding_key(&private, Algorithm::ES256)?;
        Ok(Self { private, public })
    }

    /// Makes a key, and writes it to a file that is not there yet and that only its owner may read.
    pub(crate) fn create(path: &Path) -> Result<Self, ClientError> {
        let reason = |error: String| ClientError::Key { path: path.to_owned(), reason: error };
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| reason(e.to_string()))?;
        let pem = pair.serialize_pem();
        let key = Self::of(pem.as_bytes()).map_err(|e| reason(e.to_string()))?;
        write_private(path, &pem).map_err(|source| ClientError::Write { path: path.to_owned(), source })?;
        Ok(key)
    }

    /// Returns the thumbprint of the public key (RFC 7638, SHA-256), as `cnf.jkt` of tokens names it.
    pub(crate) fn thumbprint(&self) -> Result<String, ClientError> {
        Ok(self.public.thumbprint(ThumbprintHash::SHA256)?)
    }

    /// Returns the public key.
    pub(crate) fn public(&self) -> &Jwk {
        &self.public
    }

    /// Signs a question for some nodes, beside the token that is shown with it.
    pub(crate) fn sign(&self, query: &Query, token: &str, nodes: &[String]) -> Result<String, ClientError> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            jwk: Some(self.public.clone()),
            ..Header::new(Algorithm::ES256)
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = Claims {
            jti: Uuid::new_v4().to_string(),
            iat: now.as_secs(),
            ath: digest(token.as_bytes()),
            qd: digest(&query.signable()),
            aud: nodes,
        };
        Ok(jsonwebtoken::encode(&header, &claims, &self.private)?)
    }
}

fn digest(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

fn write_private(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::Write::write_all(&mut options.open(path)?, pem.as_bytes())
}

#[cfg(test)]
#[path = "../../../schemas/golden/vectors.rs"]
#[expect(dead_code, reason = "keys are read elsewhere")]
mod vectors;

#[cfg(test)]
mod tests {
    use fyr_schemas::{AlleleQuery, Assembly, VariantQuery};
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_proof_signs_the_form_that_the_vectors_have() {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::create(&directory.path().join("key.pem")).unwrap();
        for vector in vectors::signed() {
            let (_, claims) = verify(&key.sign(&vector.query, "token", &["se".into()]).unwrap());
            let signed = BASE64_URL_SAFE_NO_PAD.decode(claims["qd"].as_str().unwrap()).unwrap();
            let signed: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(signed, vector.sha256, "{}", vector.name);
        }
    }

    fn query(allele: &str) -> Query {
        let allele = AlleleQuery::parse(Assembly::GRCH38, allele).unwrap();
        Query { purpose: Some("HMB".parse().unwrap()), ..Query::variants(VariantQuery::Allele(allele)) }
    }

    fn verify(proof: &str) -> (Header, Value) {
        let header = jsonwebtoken::decode_header(proof).unwrap();
        let key = DecodingKey::from_jwk(header.jwk.as_ref().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["se"]);
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode(proof, &key, &validation).unwrap().claims;
        (header, claims)
    }

    #[test]
    fn a_proof_says_who_asks_what_of_whom() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.pem");
        let made = SigningKey::create(&path).unwrap();
        let key = SigningKey::read(&path).unwrap();
        assert_eq!(made.thumbprint().unwrap(), key.thumbprint().unwrap());
        let query = query("7-117559590-ATCT-A");
        let (header, claims) = verify(&key.sign(&query, "token", &["fi".into(), "se".into()]).unwrap());
        assert_eq!(header.typ.as_deref(), Some("fyr-query-proof+jwt"));
        assert_eq!(
            header.jwk.unwrap().thumbprint(ThumbprintHash::SHA256).unwrap(),
            key.thumbprint().unwrap()
        );
        assert_eq!(claims["aud"], serde_json::json!(["fi", "se"]));
        // The digest of `token` by another tool: printf token | sha256sum.
        assert_eq!(claims["ath"], "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A");
        assert_eq!(claims["qd"].as_str(), Some(&*digest(&query.signable())));
        assert!(claims["iat"].is_u64() && claims["jti"].is_string());
    }

    #[test]
    fn every_proof_is_another() {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::create(&directory.path().join("key.pem")).unwrap();
        let proof = |allele| verify(&key.sign(&query(allele), "token", &["se".into()]).unwrap()).1;
        let (one, again, other) =
            (proof("7-117559590-ATCT-A"), proof("7-117559590-ATCT-A"), proof("8-117559590-ATCT-A"));
        assert_ne!(one["jti"], again["jti"]);
        assert_eq!(one["qd"], again["qd"]);
        assert_ne!(one["qd"], other["qd"]);
    }

    #[test]
    fn a_key_is_private_and_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.pem");
        SigningKey::create(&path).unwrap();
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        let before = fs::read(&path).unwrap();
        assert!(matches!(SigningKey::create(&path), Err(ClientError::Write { .. })));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_is_no_key_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.pem");
        fs::write(&path, "no key").unwrap();
        let Err(error) = SigningKey::read(&path) else { panic!("it is none") };
        assert!(error.to_string().contains("fyr key new"), "{error}");
    }
}
