//! One token of an issuer: an access token, or a passport that is shown in its place.

use fyr_policy::{Audience, Subject};
use serde_json::Value;

use crate::{
    Invalid, digest,
    jws::{Claims, Compact},
    signatures::Signatures,
    times,
    trust::{Issuer, Passports, Trust},
};

/// Media type of passports (GA4GH AAI 1.2).
const PASSPORT: &str = "vnd.ga4gh.passport+jwt";
/// Claim with the visas of a passport.
const VISAS: &str = "ga4gh_passport_v1";
/// Claim that makes a token a visa.
const VISA: &str = "ga4gh_visa_v1";
/// Claims that id tokens have and access tokens do not (OpenID Connect Core, 3.1.3.6 and 3.3.2.11).
const OF_ID_TOKENS: [&str; 3] = ["at_hash", "c_hash", "s_hash"];
/// Most visas that are read of one passport.
const MOST_VISAS: usize = 100;

/// A token that holds.
pub(crate) struct Token {
    pub(crate) subject: Subject,
    /// The client that acts, if the token names one.
    pub(crate) acting: Option<Subject>,
    pub(crate) claims: Claims,
    pub(crate) audience: Audience,
    /// When it ends, seconds since 1970.
    pub(crate) expires: i64,
    /// By what it can be revoked.
    pub(crate) ids: Vec<[u8; 32]>,
    /// Visas in it, if it is a passport.
    pub(crate) visas: Option<Vec<String>>,
}

/// Checks the token that a client shows.
pub(crate) async fn shown<'t>(
    trust: &'t Trust,
    signatures: &Signatures,
    text: &str,
    now: i64,
) -> Result<(&'t Issuer, Token), Invalid> {
    let compact = Compact::parse(text)?;
    compact.plain_header(&[])?;
    let iss = compact.unverified().get("iss").and_then(Value::as_str).ok_or(Invalid::Issuer)?;
    let issuer = trust.issuer(iss).ok_or(Invalid::Issuer)?;
    let is_passport = is_passport(&compact, issuer)?;
    let token = held(issuer, signatures, compact, is_passport, now).await?;
    Ok((issuer, token))
}

/// Checks a passport that an issuer gave to this node itself.
pub(crate) async fn given(
    issuer: &Issuer,
    signatures: &Signatures,
    text: &str,
    now: i64,
) -> Result<Token, Invalid> {
    let compact = Compact::parse(text)?;
    compact.plain_header(&[])?;
    if compact.unverified().get("iss").and_then(Value::as_str) != Some(&issuer.iss) {
        return Err(Invalid::Issuer);
    }
    if compact.media_type()?.as_deref() != Some(PASSPORT) {
        return Err(Invalid::TokenType);
    }
    held(issuer, signatures, compact, true, now).await
}

/// Returns whether it is a passport; anything else but an access token is refused.
fn is_passport(compact: &Compact<'_>, issuer: &Issuer) -> Result<bool, Invalid> {
    let typ = compact.media_type()?.ok_or(Invalid::TokenType)?;
    if typ == PASSPORT && matches!(issuer.passports, Passports::Embedded) {
        return Ok(true);
    }
    if issuer.types.contains(&typ) { Ok(false) } else { Err(Invalid::TokenType) }
}

async fn held(
    issuer: &Issuer,
    signatures: &Signatures,
    compact: Compact<'_>,
    is_passport: bool,
    now: i64,
) -> Result<Token, Invalid> {
    let (digest, typ) = (compact.digest(), compact.media_type()?);
    let claims = signatures.verified(compact, &issuer.keys, &issuer.algorithms, now).await?;
    let expires = times::check(&claims, now)?;
    let audience = audience(issuer, &claims, is_passport)?;
    let visas = if is_passport { Some(visas(&claims)?) } else { None };
    if !is_passport {
        access_token(&claims, typ.as_deref())?;
    }
    let subject = Subject { issuer: issuer.iss.clone(), id: claims.id("sub")?.to_owned() };
    let acting = acting(issuer, &claims)?;
    let jti = claims.optional_id("jti")?.map(|jti| digest::token_id(&issuer.iss, jti));
    let ids = std::iter::once(digest).chain(jti).collect();
    Ok(Token { subject, acting, claims, audience, expires, ids, visas })
}

/// Returns the client that acts: the last in the chain of those who do (`act`, RFC 8693), else the one that the token was
/// issued to (`azp` of OpenID Connect, `client_id` of RFC 9068).
fn acting(issuer: &Issuer, claims: &Claims) -> Result<Option<Subject>, Invalid> {
    let of_issuer = |id: &str| Subject { issuer: issuer.iss.clone(), id: id.to_owned() };
    if let Some(actor) = claims.object("act")? {
        let named = actor.optional_id("iss")?.unwrap_or(&issuer.iss).to_owned();
        return Ok(Some(Subject { issuer: named, id: actor.id("sub")?.to_owned() }));
    }
    let client = match claims.optional_id("azp")? {
        Some(party) => Some(party),
        None => claims.optional_id("client_id")?,
    };
    Ok(client.map(of_issuer))
}

/// Refuses id tokens, visas and passports in the clothes of access tokens.
fn access_token(claims: &Claims, typ: Option<&str>) -> Result<(), Invalid> {
    let scopes = claims.scopes()?;
    // Keycloak writes what a token is into the claim `typ`, and older versions write `nonce` into all.
    let word = claims.get("typ").and_then(Value::as_str);
    let is_named = matches!(word, Some("Bearer" | "DPoP"));
    let is_other = claims.has(VISA)
        || (claims.has("typ") && !is_named)
        || (claims.has("nonce") && !is_named)
        || OF_ID_TOKENS.iter().any(|name| claims.has(name))
        || (typ == Some("jwt") && scopes.is_empty());
    if is_other { Err(Invalid::TokenType) } else { Ok(()) }
}

/// Checks `aud`. A passport that this node asked for itself may be meant for the client that it is there.
fn audience(issuer: &Issuer, claims: &Claims, is_passport: bool) -> Result<Audience, Invalid> {
    let named = claims.list("aud").map_err(|_| Invalid::Audience)?;
    let Some(accepted) = &issuer.audience else { return Ok(Audience::Unstated) };
    let client = match &issuer.passports {
        Passports::Exchange(exchange) if is_passport => Some(exchange.client_id.as_str()),
        _ => None,
    };
    let is_this = |name: &&str| accepted.iter().any(|one| one == name) || client == Some(*name);
    let is_unneeded = client.is_some() && named.is_empty();
    if is_unneeded || named.iter().any(is_this) { Ok(Audience::This) } else { Err(Invalid::Audience) }
}

fn visas(claims: &Claims) -> Result<Vec<String>, Invalid> {
    claims.seconds("iat")?;
    if !claims.has(VISAS) {
        return Err(Invalid::Passport);
    }
    list_of_visas(claims)
}

/// Reads the claim with the visas; none where it is missing.
pub(crate) fn list_of_visas(claims: &Claims) -> Result<Vec<String>, Invalid> {
    if claims.get(VISAS).is_some_and(|visas| !visas.is_array()) {
        return Err(Invalid::Passport);
    }
    let visas = claims.list(VISAS).map_err(|_| Invalid::Passport)?;
    if visas.len() > MOST_VISAS {
        return Err(Invalid::Passport);
    }
    Ok(visas.into_iter().map(ToOwned::to_owned).collect())
}
