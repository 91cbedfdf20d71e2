//! Which visas of a passport count. One that does not is ignored, with its reason; the others stand.

mod conditions;
mod linked;
mod statement;

use std::collections::BTreeSet;

use futures::future::join_all;
use fyr_policy::{Subject, Visa};
use serde_json::Value;

use crate::{
    Invalid, Memory, VisaFault, digest,
    jws::{Claims, Compact},
    signatures::Signatures,
    times::{self, LEEWAY},
    trust::{Trust, VisaIssuer},
};
use conditions::Conditions;
use statement::Statement;

/// Media types of visas (GA4GH AAI 1.2).
const TYPES: [&str; 2] = ["vnd.ga4gh.visa+jwt", "jwt"];
/// How long a visa counts that is an access token, seconds since it was issued.
const ACCESS_TOKEN: i64 = 3600;

/// A visa that holds by itself. Whether it speaks of the right person, and its conditions, are open.
#[derive(Debug)]
struct Candidate {
    visa: Visa,
    conditions: Option<Conditions>,
    /// Whom it speaks of.
    subjects: Vec<Subject>,
    /// When it ends, seconds since 1970.
    expires: i64,
    ids: Vec<[u8; 32]>,
}

/// What counts of a passport.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) visas: Vec<Visa>,
    /// Other ids of the person.
    pub(crate) linked: Vec<Subject>,
    /// Whom the visas speak of: the person, by ids of their issuers.
    pub(crate) subjects: Vec<Subject>,
    /// When the first visa ends, seconds since 1970.
    pub(crate) expires: Option<i64>,
    /// By what the visas can be revoked.
    pub(crate) ids: Vec<[u8; 32]>,
    pub(crate) ignored: Vec<VisaFault>,
}

/// Checks visas.
#[derive(Debug)]
pub(crate) struct Inspector<'a> {
    pub(crate) trust: &'a Trust,
    pub(crate) signatures: &'a Signatures,
    pub(crate) memory: &'a dyn Memory,
    pub(crate) now: i64,
}

impl Inspector<'_> {
    /// Says which visas count for a person.
    pub(crate) async fn count(&self, texts: &[String], holder: &Subject) -> Counted {
        let (mut candidates, mut ignored) = (Vec::new(), Vec::new());
        for outcome in join_all(texts.iter().map(|text| self.candidate(text))).await {
            match outcome {
                Ok(candidate) => candidates.push(candidate),
                Err(fault) => ignored.push(fault),
            }
        }
        let ids = linked::identities(holder, &candidates);
        let is_theirs = |one: &Candidate| one.subjects.iter().any(|subject| ids.contains(subject));
        let (theirs, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_theirs);
        ignored.extend(others.iter().map(|_| VisaFault::Subject));
        let (counted, unmet) = conditions::split(theirs);
        ignored.extend(std::iter::repeat_n(VisaFault::Conditions, unmet));
        summary(counted, ids, holder, ignored)
    }

    async fn candidate(&self, text: &str) -> Result<Candidate, VisaFault> {
        let compact = Compact::parse(text)?;
        compact.plain_header(&["jku"])?;
        if compact.media_type()?.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {
            return Err(Invalid::TokenType.into());
        }
        let iss = compact.unverified().get("iss").and_then(Value::as_str).ok_or(Invalid::Issuer)?;
        let issuer = self.trust.visa_issuer(iss).ok_or(Invalid::Issuer)?;
        let is_document = is_document(issuer, &compact)?;
        let digest = compact.digest();
        let claims = self.signatures.verified(compact, &issuer.keys, &issuer.algorithms, self.now).await?;
        self.read(issuer, &claims, digest, is_document)
    }

    fn read(
        &self,
        issuer: &VisaIssuer,
        claims: &Claims,
        digest: [u8; 32],
        is_document: bool,
    ) -> Result<Candidate, VisaFault> {
        let ends = times::check(claims, self.now)?;
        let issued = claims.seconds("iat")?;
        let counts_until = if is_document { ends } else { ends.min(issued.saturating_add(ACCESS_TOKEN)) };
        if !is_document && self.now.saturating_sub(issued) > ACCESS_TOKEN {
            return Err(Invalid::Expired.into());
        }
        let statement = Statement::read(claims, issuer, self.now)?;
        let subject = claims.id("sub")?;
        let jti = claims.optional_id("jti")?.map(|jti| digest::token_id(&issuer.iss, jti));
        let candidate = Candidate {
            expires: counts_until.min(statement.visa.asserted.saturating_add(issuer.oldest)),
            visa: statement.visa,
            conditions: statement.conditions,
            subjects: subjects(issuer, subject),
            ids: std::iter::once(digest).chain(jti).collect(),
        };
        let is_revoked = candidate.ids.iter().any(|id| self.memory.is_token_revoked(id));
        if is_revoked { Err(Invalid::Revoked.into()) } else { Ok(candidate) }
    }
}

/// A document visa names the pinned `jku` and is no access token; an access token is the other way round.
fn is_document(issuer: &VisaIssuer, compact: &Compact<'_>) -> Result<bool, VisaFault> {
    let is_access_token = compact.unverified().scopes()?.contains(&"openid");
    match (compact.header("jku"), is_access_token) {
        (Some(jku), false) => {
            let is_pinned = issuer.jku.is_some() && jku.as_str() == issuer.jku.as_deref();
            if is_pinned { Ok(true) } else { Err(VisaFault::Jku) }
        }
        (None, true) => Ok(false),
        _ => Err(VisaFault::Format),
    }
}

/// Whom a visa speaks of: in its issuer's ids, and in those of issuers whose ids it uses.
fn subjects(issuer: &VisaIssuer, id: &str) -> Vec<Subject> {
    let names = std::iter::once(&issuer.iss).chain(&issuer.subjects_of);
    names.map(|iss| Subject { issuer: iss.clone(), id: id.to_owned() }).collect()
}

fn summary(
    candidates: Vec<Candidate>,
    mut linked: BTreeSet<Subject>,
    holder: &Subject,
    mut ignored: Vec<VisaFault>,
) -> Counted {
    linked.remove(holder);
    ignored.sort_unstable();
    let mut counted = Counted { linked: linked.into_iter().collect(), ignored, ..Counted::default() };
    for candidate in candidates {
        counted.expires =
            Some(counted.expires.map_or(candidate.expires, |first| first.min(candidate.expires)));
        counted.ids.extend(candidate.ids);
        counted.subjects.extend(candidate.subjects);
        counted.visas.push(candidate.visa);
    }
    counted
}
