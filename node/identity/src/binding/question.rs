//! Query proofs: the client signed this very question, for this node, whoever carries it here.
//!
//! A JWS of type `fyr-query-proof+jwt`, ES256, with the client's public key as `jwk` in its header, and the
//! claims `jti`, `iat`, `ath` (as DPoP), `qd` (base64url of SHA-256 of [`Query::signable`]) and `aud` (the
//! nodes that are asked).

use fyr_schemas::Query;
use jsonwebtoken::Algorithm;

use super::{
    Proving,
    proof::{Kind, Proof},
};
use crate::{Invalid, digest};

const QUERY_PROOF: Kind = Kind { typ: "fyr-query-proof+jwt", algorithms: &[Algorithm::ES256] };

/// Checks a proof against the question and this node.
pub(super) fn check(proving: &Proving<'_>, text: &str, key: &str) -> Result<Proof, Invalid> {
    let proof = Proof::read(&QUERY_PROOF, text, key, proving.token, proving.now)?;
    let nodes = proof.claims.list("aud").map_err(|_| Invalid::Proof)?;
    let question = proof.claims.text("qd").map_err(|_| Invalid::Proof)?;
    let asked = proving.question.ok_or(Invalid::ProofRequest)?;
    if !nodes.contains(&proving.node_id) || digest_of(asked) != question {
        return Err(Invalid::ProofRequest);
    }
    Ok(Proof { question: Some(digest::sha256(&asked.signable())), ..proof })
}

fn digest_of(question: &Query) -> String {
    digest::encoded_sha256(&question.signable())
}

#[cfg(test)]
#[path = "../../../../schemas/golden/vectors.rs"]
#[expect(dead_code, reason = "keys are read elsewhere")]
mod vectors;

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn a_question_has_the_digest_that_the_vectors_have() {
        for vector in vectors::signed() {
            let digest = BASE64_URL_SAFE_NO_PAD.decode(digest_of(&vector.query)).unwrap();
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, vector.sha256, "{}", vector.name);
        }
    }
}
