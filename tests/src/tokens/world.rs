//! The identity providers of the tests, and what a node must be told of them.

use std::path::{Path, PathBuf};

use fyr_schemas::TokenScheme;
use serde_json::json;

use super::{Jws, Occasion, Signer, TestCredentials, encoding::encoded_sha256, key_set};

/// The dataset that visas grant.
pub const DATASET: &str = "https://dac.example/datasets/EGAD00000000001";
/// Value of both visas of a registered researcher (GA4GH Passport 1.2).
pub const REGISTERED: &str = "https://doi.org/10.1038/s41431-018-0219-y";

/// Names of issuers.
pub mod iss {
    /// Issues access tokens and passports.
    pub const AAI: &str = "https://aai.example/oidc/";
    /// Issues access tokens that are meant for nobody in particular.
    pub const OPEN: &str = "https://open.example/";
    /// Issues access tokens that are bound to a key.
    pub const BOUND: &str = "https://bound.example/";
    /// Issues visas, of people by their ids at [`AAI`].
    pub const VISAS: &str = "https://visas.example/";
    /// Issues visas, of people by its own ids.
    pub const OTHER_VISAS: &str = "https://other-visas.example/";
}

/// `jku` of [`iss::VISAS`].
pub const JKU: &str = "https://visas.example/jwks.json";
/// `jku` of [`iss::OTHER_VISAS`].
pub const OTHER_JKU: &str = "https://other-visas.example/jwks.json";
/// Who asks.
pub const PERSON: &str = "anna@aai.example";
/// Who states what visas state.
pub const SOURCE: &str = "https://dac.example";

/// The identity providers of the tests, for one node.
#[derive(Clone, Debug)]
pub struct World {
    /// Id of the node that tokens are meant for.
    pub node_id: String,
    /// An address that nobody may call, on a listener that counts.
    pub trap: String,
    directory: PathBuf,
}

impl World {
    /// Writes the key sets of all issuers into a directory.
    ///
    /// # Errors
    ///
    /// The directory cannot be written.
    pub fn create(node_id: &str, directory: &Path, trap: &str) -> std::io::Result<Self> {
        let keys = [
            ("aai.json", key_set(&[Signer::aai_rsa(), Signer::aai_ec(), Signer::aai_ed()])),
            ("visas.json", key_set(&[Signer::visas_rsa(), Signer::visas_ec()])),
            ("other-visas.json", key_set(&[Signer::other_visas()])),
        ];
        for (file, set) in keys {
            std::fs::write(directory.join(file), set)?;
        }
        let twice = Signer { kid: "twice", ..Signer::aai_rsa() }.jwk();
        let twin = Signer { kid: "twice", ..Signer::stranger() }.jwk();
        let open = json!({ "keys": [Signer::aai_rsa().jwk(), twice, twin] }).to_string();
        std::fs::write(directory.join("open.json"), open)?;
        let (node_id, trap, directory) = (node_id.to_owned(), trap.to_owned(), directory.to_owned());
        Ok(Self { node_id, trap, directory })
    }

    /// Returns the `[identity]` table of the node.
    pub fn identity_toml(&self) -> String {
        let file = |name: &str| format!("'{}'", self.directory.join(name).display());
        let types = r#"["AffiliationAndRole", "AcceptedTermsAndPolicies", "ResearcherStatus",
    "ControlledAccessGrants", "LinkedIdentities"]"#;
        let (aai, open, bound) = (iss::AAI, iss::OPEN, iss::BOUND);
        let (visas, other) = (iss::VISAS, iss::OTHER_VISAS);
        format!(
            r#"
[[identity.issuers]]
iss = "{aai}"
jwks_file = {}
passport = "embedded"

[[identity.issuers]]
iss = "{open}"
jwks_file = {}
audience = "none"
algorithms = ["RS256"]

[[identity.issuers]]
iss = "{bound}"
jwks_file = {}
require_dpop = true

[[identity.visa_issuers]]
iss = "{visas}"
jku = "{JKU}"
jwks_file = {}
types = {types}
sources = ["{SOURCE}"]
subjects_of = ["{aai}"]

[[identity.visa_issuers]]
iss = "{other}"
jku = "{OTHER_JKU}"
jwks_file = {}
types = {types}
sources = ["{SOURCE}"]
"#,
            file("aai.json"),
            file("open.json"),
            file("aai.json"),
            file("visas.json"),
            file("other-visas.json"),
        )
    }

    /// Starts an access token that holds.
    pub fn access(&self, now: i64) -> Jws {
        Jws::new("at+jwt")
            .with("iss", iss::AAI)
            .with("sub", PERSON)
            .with("aud", self.node_id.as_str())
            .with("iat", now - 10)
            .with("exp", now + 600)
            .with("jti", "token-1")
            .with("scope", "openid ga4gh_passport_v1")
    }

    /// Starts an access token that is bound to the client's key.
    pub fn bound(&self, now: i64) -> Jws {
        self.access(now).with("cnf", json!({ "jkt": Signer::client().thumbprint() }))
    }

    /// Starts a passport that holds.
    pub fn passport(&self, now: i64, visas: &[String]) -> Jws {
        Jws::new("vnd.ga4gh.passport+jwt")
            .with("iss", iss::AAI)
            .with("sub", PERSON)
            .with("aud", self.node_id.as_str())
            .with("iat", now - 10)
            .with("exp", now + 600)
            .with("jti", "passport-1")
            .with("ga4gh_passport_v1", visas)
    }

    /// Shows a passport with these visas.
    pub fn show(&self, now: i64, visas: &[String]) -> TestCredentials {
        TestCredentials::bearer(self.passport(now, visas).sign(&Signer::aai_rsa()))
    }

    /// Starts a visa that grants [`DATASET`].
    pub fn grant(&self, now: i64) -> Jws {
        self.visa(now, "ControlledAccessGrants", DATASET).stating("by", "dac")
    }

    /// Starts a document visa that holds.
    pub fn visa(&self, now: i64, kind: &str, value: &str) -> Jws {
        Jws::new("vnd.ga4gh.visa+jwt")
            .head("jku", json!(JKU))
            .with("iss", iss::VISAS)
            .with("sub", PERSON)
            .with("iat", now - 10)
            .with("exp", now + 600)
            .with("jti", format!("visa-{kind}"))
            .stating("type", kind)
            .stating("value", value)
            .stating("source", SOURCE)
            .stating("asserted", now - 1_000)
    }

    /// Starts a DPoP proof of the client for a token and a request.
    pub fn dpop(&self, ask: &Occasion<'_>, token: &str, signer: &Signer) -> Jws {
        self.proof("dpop+jwt", ask, token, signer).with("htm", ask.method).with("htu", ask.url)
    }

    /// Starts a query proof of the client for a token and a question.
    pub fn query_proof(&self, ask: &Occasion<'_>, token: &str, signer: &Signer) -> Jws {
        let question = encoded_sha256(&ask.question.signable());
        let nodes = json!(["another-node", self.node_id]);
        self.proof("fyr-query-proof+jwt", ask, token, signer).with("qd", question).with("aud", nodes)
    }

    fn proof(&self, typ: &str, ask: &Occasion<'_>, token: &str, signer: &Signer) -> Jws {
        Jws::new(typ)
            .headless("kid")
            .head("jwk", signer.bare_jwk())
            .with("jti", unique())
            .with("iat", ask.now)
            .with("ath", encoded_sha256(token.as_bytes()))
    }

    /// Shows a bound token with proofs.
    pub fn with_proofs(&self, token: String, dpop: Option<String>, proof: Option<String>) -> TestCredentials {
        TestCredentials { token: Some(token), scheme: TokenScheme::Dpop, dpop, proof }
    }
}

/// A proof is shown once, so each has an id of its own.
fn unique() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("proof-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
