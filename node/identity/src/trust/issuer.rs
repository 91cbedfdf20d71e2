//! One issuer of tokens.

use std::{fmt, path::Path, sync::Arc};

use jsonwebtoken::Algorithm;
use reqwest::Url;

use super::{algorithms, checked_name};
use crate::{
    AudienceConfig, ClaimsConfig, IdentityError, IssuerConfig, PassportSource, clock::Clock, fetch::Fetch,
    keys::Keys,
};

/// Media types of access tokens where the configuration names none (RFC 9068, GA4GH AAI 1.2).
const TYPES: [&str; 2] = ["at+jwt", "jwt"];
/// Media types that are never access tokens.
const OTHER_TYPES: [&str; 5] =
    ["vnd.ga4gh.passport+jwt", "vnd.ga4gh.visa+jwt", "id+jwt", "dpop+jwt", "fyr-query-proof+jwt"];

/// One issuer of tokens.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) iss: String,
    /// Whom tokens must be meant for; none if they need not say.
    pub(crate) audience: Option<Vec<String>>,
    pub(crate) algorithms: Vec<Algorithm>,
    /// Media types of access tokens, lower case.
    pub(crate) types: Vec<String>,
    pub(crate) require_dpop: bool,
    pub(crate) passports: Passports,
    pub(crate) keys: Keys,
    pub(crate) claims: ClaimsConfig,
}

/// Where passports come from.
#[derive(Debug)]
pub(crate) enum Passports {
    /// Nowhere.
    None,
    /// Clients show them.
    Embedded,
    /// The userinfo endpoint.
    Userinfo(Url),
    /// The token endpoint.
    Exchange(Exchange),
}

/// How to exchange a token for a passport.
pub(crate) struct Exchange {
    pub(crate) url: Url,
    pub(crate) client_id: String,
    /// Id and secret as HTTP Basic carries them.
    pub(crate) user: String,
    pub(crate) password: String,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Issuer {
    pub(super) fn new(
        config: &IssuerConfig,
        node_id: &str,
        fetch: &Fetch,
        clock: &Arc<Clock>,
    ) -> Result<Self, IdentityError> {
        checked_name(&config.iss)?;
        Ok(Self {
            iss: config.iss.clone(),
            audience: audience(config, node_id)?,
            algorithms: algorithms(&config.iss, &config.algorithms)?,
            types: types(config)?,
            require_dpop: config.require_dpop,
            passports: passports(config, fetch)?,
            keys: Keys::new(&config.iss, &config.keys(), fetch, clock)?,
            claims: claims(config)?,
        })
    }
}

fn audience(config: &IssuerConfig, node_id: &str) -> Result<Option<Vec<String>>, IdentityError> {
    let names = match &config.audience {
        None => vec![node_id.to_owned()],
        Some(AudienceConfig::One(name)) if name == "none" => return Ok(None),
        Some(AudienceConfig::One(name)) => vec![name.clone()],
        Some(AudienceConfig::Any(names)) => names.clone(),
    };
    if names.is_empty() || names.iter().any(|name| name.is_empty() || name == "none") {
        let reason = "`audience` is a name, a list of names, or \"none\" by itself";
        return Err(IdentityError::value(&config.iss, reason));
    }
    Ok(Some(names))
}

fn types(config: &IssuerConfig) -> Result<Vec<String>, IdentityError> {
    if config.types.is_empty() {
        return Ok(TYPES.map(str::to_owned).to_vec());
    }
    let types: Vec<String> = config.types.iter().map(|name| name.to_ascii_lowercase()).collect();
    match types.iter().find(|name| OTHER_TYPES.contains(&name.as_str())) {
        Some(name) => Err(IdentityError::value(&config.iss, format!("`{name}` is no type of access tokens"))),
        None => Ok(types),
    }
}

fn passports(config: &IssuerConfig, fetch: &Fetch) -> Result<Passports, IdentityError> {
    let needs = |key: &str| IdentityError::value(&config.iss, format!("this `passport` needs `{key}`"));
    Ok(match config.passport {
        PassportSource::None => Passports::None,
        PassportSource::Embedded => Passports::Embedded,
        PassportSource::Userinfo => {
            let endpoint = config.userinfo_endpoint.as_ref().ok_or_else(|| needs("userinfo_endpoint"))?;
            Passports::Userinfo(fetch.address(&config.iss, endpoint)?)
        }
        PassportSource::Exchange => {
            let endpoint = config.token_endpoint.as_ref().ok_or_else(|| needs("token_endpoint"))?;
            let client_id = config.client_id.as_ref().ok_or_else(|| needs("client_id"))?;
            let file = config.client_secret_file.as_ref().ok_or_else(|| needs("client_secret_file"))?;
            Passports::Exchange(Exchange {
                url: fetch.address(&config.iss, endpoint)?,
                user: form_encoded(client_id),
                password: form_encoded(&secret(file)?),
                client_id: client_id.clone(),
            })
        }
    })
}

/// Encodes as a form does, before HTTP Basic encodes it again (RFC 6749, 2.3.1).
fn form_encoded(text: &str) -> String {
    let Ok(mut form) = Url::parse("form:") else { return text.to_owned() };
    form.query_pairs_mut().append_key_only(text);
    form.query().unwrap_or_default().to_owned()
}

fn secret(path: &Path) -> Result<String, IdentityError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| IdentityError::Read { path: path.to_owned(), source })?;
    let secret = text.trim().to_owned();
    let empty = || IdentityError::File { path: path.to_owned(), reason: "has no secret".to_owned() };
    if secret.is_empty() { Err(empty()) } else { Ok(secret) }
}

fn claims(config: &IssuerConfig) -> Result<ClaimsConfig, IdentityError> {
    let claims = &config.claims;
    let lists =
        [&claims.organisations, &claims.licences, &claims.assurance, &claims.purposes, &claims.projects];
    let mut pointers = lists.into_iter().flat_map(|list| list.as_slice());
    match pointers.find(|pointer| !pointer.starts_with('/')) {
        Some(pointer) => Err(IdentityError::value(
            &config.iss,
            format!("`{pointer}` is no JSON pointer: it begins with a slash"),
        )),
        None => Ok(claims.clone()),
    }
}
