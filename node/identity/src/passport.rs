//! What an issuer says of a token's holder beside the token: visas and claims.
//!
//! Asked once a token and five minutes, at configured addresses. If it cannot be had, nobody is let in on less.

use std::{convert::Infallible, fmt, sync::Arc};

use quick_cache::{Weighter, sync::Cache};
use reqwest::{StatusCode, Url};
use serde_json::Value;

use crate::{
    Invalid,
    digest::token_digest,
    fetch::{Fetch, FetchError, PATIENCE},
    json::strict_object,
    jws::Claims,
    signatures::Signatures,
    token::{self, Token, list_of_visas},
    trust::{Exchange, Issuer, Passports},
};

/// How long an answer counts, seconds.
const KEPT: i64 = 300;
/// How long it counts that an issuer refused, or did not answer, seconds.
const REFUSED_FOR: i64 = 30;
const UNAVAILABLE_FOR: i64 = 5;
/// How many answers are kept, and how many bytes of visas in them.
const ANSWERS: usize = 4_096;
const BYTES: u64 = 32 * 1024 * 1024;
/// Names of RFC 8693 and GA4GH AAI 1.2.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const PASSPORT: &str = "urn:ga4gh:params:oauth:token-type:passport";

/// What an issuer says of a token's holder.
#[derive(Clone, Default)]
pub(crate) struct Passport {
    pub(crate) visas: Vec<String>,
    /// Claims of the userinfo endpoint.
    pub(crate) claims: Option<Claims>,
    /// When a passport of the token endpoint ends, seconds since 1970.
    pub(crate) expires: Option<i64>,
    /// By what a passport of the token endpoint can be revoked.
    pub(crate) ids: Vec<[u8; 32]>,
}

struct Answer {
    outcome: Result<Passport, Invalid>,
    until: i64,
}

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<[u8; 32], Arc<Answer>> for Bytes {
    fn weight(&self, _: &[u8; 32], answer: &Arc<Answer>) -> u64 {
        let visas =
            answer.outcome.as_ref().map_or(0, |passport| passport.visas.iter().map(String::len).sum());
        1024 + visas as u64
    }
}

/// Gets passports.
pub(crate) struct Desk {
    answers: Cache<[u8; 32], Arc<Answer>, Bytes>,
    fetch: Fetch,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("answers", &self.answers.len()).finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn new(fetch: Fetch) -> Self {
        Self { answers: Cache::with_weighter(ANSWERS, BYTES, Bytes), fetch }
    }

    /// Returns what the issuer says of the holder of a token that holds.
    pub(crate) async fn passport(
        &self,
        issuer: &Issuer,
        signatures: &Signatures,
        (token, text): (&Token, &str),
        now: i64,
    ) -> Result<Passport, Invalid> {
        if let Some(visas) = &token.visas {
            return Ok(Passport { visas: visas.clone(), ..Passport::default() });
        }
        if matches!(issuer.passports, Passports::None | Passports::Embedded) {
            return Ok(Passport::default());
        }
        let digest = token_digest(text);
        self.answers.remove_if(&digest, |answer| answer.until <= now);
        let ask = async {
            let outcome = self.ask(issuer, signatures, token, text, now).await;
            Ok::<_, Infallible>(Arc::new(Answer { until: until(&outcome, now), outcome }))
        };
        match self.answers.get_or_insert_async(&digest, ask).await {
            Ok(answer) => answer.outcome.clone(),
            Err(never) => match never {},
        }
    }

    async fn ask(
        &self,
        issuer: &Issuer,
        signatures: &Signatures,
        token: &Token,
        text: &str,
        now: i64,
    ) -> Result<Passport, Invalid> {
        let asked = async {
            match &issuer.passports {
                Passports::Userinfo(url) => self.userinfo(url, token, text).await,
                Passports::Exchange(exchange) => {
                    let given = self.exchange(exchange, text).await?;
                    from_exchange(issuer, signatures, token, &given, now).await
                }
                Passports::None | Passports::Embedded => Ok(Passport::default()),
            }
        };
        let outcome =
            tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(Invalid::PassportUnavailable));
        if let Err(reason) = &outcome {
            tracing::warn!(issuer = issuer.iss, reason = reason.code(), "an issuer gives no passport");
        }
        outcome
    }

    async fn userinfo(&self, url: &Url, token: &Token, text: &str) -> Result<Passport, Invalid> {
        let fetched = self.fetch.get_as(url.clone(), text).await.map_err(refusal)?;
        let object = strict_object(&fetched.body).map_err(|_| Invalid::PassportUnavailable)?;
        let claims = Claims::new(object);
        if claims.get("sub").and_then(Value::as_str) != Some(&token.subject.id) {
            return Err(Invalid::PassportRefused);
        }
        Ok(Passport { visas: list_of_visas(&claims)?, claims: Some(claims), ..Passport::default() })
    }

    async fn exchange(&self, exchange: &Exchange, text: &str) -> Result<String, Invalid> {
        let form = [
            ("grant_type", GRANT),
            ("requested_token_type", PASSPORT),
            ("subject_token", text),
            ("subject_token_type", ACCESS_TOKEN),
        ];
        let client = (exchange.user.as_str(), exchange.password.as_str());
        let fetched = self.fetch.post(exchange.url.clone(), client, &form).await.map_err(refusal)?;
        let answer = Claims::new(strict_object(&fetched.body).map_err(|_| Invalid::PassportUnavailable)?);
        let is_passport = answer.get("issued_token_type").and_then(Value::as_str) == Some(PASSPORT);
        let passport = answer.optional_text("access_token").ok().flatten().filter(|_| is_passport);
        passport.map(ToOwned::to_owned).ok_or(Invalid::Passport)
    }
}

/// Checks a passport from the token endpoint: of the same issuer, for the same person.
async fn from_exchange(
    issuer: &Issuer,
    signatures: &Signatures,
    token: &Token,
    text: &str,
    now: i64,
) -> Result<Passport, Invalid> {
    let passport = token::given(issuer, signatures, text, now).await.map_err(|reason| match reason {
        temporary if temporary.is_temporary() => temporary,
        _ => Invalid::Passport,
    })?;
    if passport.subject != token.subject {
        return Err(Invalid::PassportRefused);
    }
    let (visas, expires) = (passport.visas.unwrap_or_default(), Some(passport.expires));
    Ok(Passport { visas, claims: None, expires, ids: passport.ids })
}

/// An issuer that refuses the token differs from one that cannot be asked.
fn refusal(error: FetchError) -> Invalid {
    match error {
        FetchError::Status(StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            Invalid::PassportRefused
        }
        FetchError::Status(_) | FetchError::Unreachable | FetchError::TooLarge => {
            Invalid::PassportUnavailable
        }
    }
}

fn until(outcome: &Result<Passport, Invalid>, now: i64) -> i64 {
    match outcome {
        Ok(passport) => now.saturating_add(KEPT).min(passport.expires.unwrap_or(i64::MAX)),
        Err(reason) if reason.is_temporary() => now.saturating_add(UNAVAILABLE_FOR),
        Err(_) => now.saturating_add(REFUSED_FOR),
    }
}
