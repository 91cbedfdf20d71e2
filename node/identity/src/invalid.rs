//! Why credentials, or one visa of a passport, do not count. For audit and metrics; clients learn nothing of it.

use thiserror::Error;

/// Why credentials are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum Invalid {
    /// No compact JWS with strict JSON inside.
    #[error("the token is not well formed")]
    Malformed,
    /// Longer than what is read.
    #[error("the token is too long")]
    TooLarge,
    /// The header asks for what is not supported: `crit`, `b64`, `jwk`, `jku`, `x5c`, `x5u`, `zip`, `enc`.
    #[error("the header of the token has members that are not accepted")]
    Header,
    /// An id token, a visa, a passport where none is taken, or anything else that is no access token.
    #[error("the token is of a type that is not accepted here")]
    TokenType,
    /// `iss` is none of the configured issuers.
    #[error("the issuer of the token is not known")]
    Issuer,
    /// `alg` is not what the issuer and its key are configured for.
    #[error("the algorithm of the token is not accepted")]
    Algorithm,
    /// No `kid`, or one that the issuer does not have, or has twice.
    #[error("the key of the token is not known")]
    Key,
    /// The issuer's keys cannot be had now. Can be tried again.
    #[error("the keys of the issuer are not available")]
    KeysUnavailable,
    /// The signature does not hold.
    #[error("the signature of the token does not hold")]
    Signature,
    /// A claim is missing, or of the wrong type.
    #[error("a claim of the token is missing or of the wrong type")]
    Claims,
    /// `exp` is over.
    #[error("the token is expired")]
    Expired,
    /// `nbf` or `iat` is still to come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `aud` does not name this node.
    #[error("the token is meant for somebody else")]
    Audience,
    /// The issuer's tokens must be bound to a key, and this one is not.
    #[error("the token is bound to no key")]
    BindingRequired,
    /// `cnf` names something else than the thumbprint of a key.
    #[error("the token is bound in a way that is not supported")]
    BindingUnsupported,
    /// The scheme of `Authorization` does not fit the token.
    #[error("the scheme of the token does not fit")]
    Scheme,
    /// The token is bound to a key, and nothing proves that the client has it.
    #[error("nothing proves that the client has the key of the token")]
    ProofMissing,
    /// A proof is shown without a token, or with one that is bound to no key.
    #[error("a proof is shown that belongs to no token")]
    ProofUnexpected,
    /// A proof that is not well formed, of the wrong type, or whose signature does not hold.
    #[error("the proof does not hold")]
    Proof,
    /// The proof is signed with another key than the token is bound to.
    #[error("the proof is signed with another key")]
    ProofKey,
    /// The proof was made for another token.
    #[error("the proof is for another token")]
    ProofToken,
    /// The proof was made for another request: method, address, node or question.
    #[error("the proof is for another request")]
    ProofRequest,
    /// The proof is too old, or from the future.
    #[error("the proof is too old")]
    ProofStale,
    /// The proof was shown before.
    #[error("the proof was shown before")]
    ProofReplayed,
    /// What this node remembers of proofs cannot be asked. Can be tried again.
    #[error("the memory of proofs is not available")]
    MemoryUnavailable,
    /// The token, the person, or one of the person's other ids is on a deny list.
    #[error("the token or its holder is revoked")]
    Revoked,
    /// The issuer gives no passport now. Can be tried again.
    #[error("the passport cannot be had from the issuer")]
    PassportUnavailable,
    /// The issuer refuses the token, or speaks of another person.
    #[error("the issuer gives no passport for the token")]
    PassportRefused,
    /// More visas than are read, or no passport at all.
    #[error("the passport is not well formed")]
    Passport,
}

impl Invalid {
    /// Returns the reason as one word, for audit log and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::Header => "header",
            Self::TokenType => "token-type",
            Self::Issuer => "issuer",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::KeysUnavailable => "keys-unavailable",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Audience => "audience",
            Self::BindingRequired => "binding-required",
            Self::BindingUnsupported => "binding-unsupported",
            Self::Scheme => "scheme",
            Self::ProofMissing => "proof-missing",
            Self::ProofUnexpected => "proof-unexpected",
            Self::Proof => "proof",
            Self::ProofKey => "proof-key",
            Self::ProofToken => "proof-token",
            Self::ProofRequest => "proof-request",
            Self::ProofStale => "proof-stale",
            Self::ProofReplayed => "proof-replayed",
            Self::MemoryUnavailable => "memory-unavailable",
            Self::Revoked => "revoked",
            Self::PassportUnavailable => "passport-unavailable",
            Self::PassportRefused => "passport-refused",
            Self::Passport => "passport",
        }
    }

    /// Returns whether the same credentials may be accepted a little later.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::KeysUnavailable | Self::MemoryUnavailable | Self::PassportUnavailable)
    }
}

/// Why one visa of a valid passport is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum VisaFault {
    /// The visa's token does not hold, for the reason that it would be refused for as a token.
    #[error("the visa's token does not hold: {0}")]
    Token(#[from] Invalid),
    /// `jku` is not the address that is configured for this issuer.
    #[error("`jku` is not the one of the issuer")]
    Jku,
    /// Neither a document visa nor an access token, or both.
    #[error("the visa is neither a document nor an access token, or both")]
    Format,
    /// A member of `ga4gh_visa_v1` is missing, too long or of the wrong type.
    #[error("the visa's statement is not well formed")]
    Statement,
    /// Its type is not accepted from this issuer.
    #[error("the type of visa is not accepted from its issuer")]
    Type,
    /// Its source is not accepted from this issuer.
    #[error("the source is not accepted from the issuer")]
    Source,
    /// Its `by` is missing where it is needed, or not accepted.
    #[error("the role of who states it is not accepted")]
    By,
    /// Stated longer ago than is accepted, or in the future.
    #[error("it was stated too long ago, or in the future")]
    Asserted,
    /// It speaks of somebody who is not known to be the holder of the token.
    #[error("it speaks of somebody else")]
    Subject,
    /// Its conditions are not well formed, too many, or not met.
    #[error("its conditions are not met")]
    Conditions,
}

impl VisaFault {
    /// Returns the reason as one word, for audit log and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Token(reason) => reason.code(),
            Self::Jku => "jku",
            Self::Format => "format",
            Self::Statement => "statement",
            Self::Type => "type",
            Self::Source => "source",
            Self::By => "by",
            Self::Asserted => "asserted",
            Self::Subject => "subject",
            Self::Conditions => "conditions",
        }
    }
}
