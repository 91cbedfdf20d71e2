//! The configuration, checked and with its keys: whom this node believes.

mod issuer;
mod register;
mod visa_issuer;

use std::{collections::BTreeMap, sync::Arc};

use futures::future::join_all;
use jsonwebtoken::Algorithm;

use crate::{IdentityConfig, IdentityError, clock::Clock, fetch::Fetch, keys::Keys};

pub(crate) use issuer::{Exchange, Issuer, Passports};
pub(crate) use register::Register;
pub(crate) use visa_issuer::{VisaIssuer, role};

/// Whom this node believes.
#[derive(Debug)]
pub(crate) struct Trust {
    issuers: BTreeMap<String, Issuer>,
    visa_issuers: BTreeMap<String, VisaIssuer>,
    pub(crate) register: Register,
}

impl Trust {
    pub(crate) fn new(
        config: &IdentityConfig,
        node_id: &str,
        fetch: &Fetch,
        clock: &Arc<Clock>,
    ) -> Result<Self, IdentityError> {
        let (mut issuers, mut visa_issuers) = (BTreeMap::new(), BTreeMap::new());
        for issuer in &config.issuers {
            let known = Issuer::new(issuer, node_id, fetch, clock)?;
            only_once(&issuer.iss, issuers.insert(issuer.iss.clone(), known))?;
        }
        for issuer in &config.visa_issuers {
            let known = VisaIssuer::new(issuer, fetch, clock)?;
            only_once(&issuer.iss, visa_issuers.insert(issuer.iss.clone(), known))?;
        }
        for issuer in visa_issuers.values() {
            subjects_are_known(issuer, &issuers)?;
        }
        Ok(Self { issuers, visa_issuers, register: Register::new(&config.organisations)? })
    }

    /// Returns an issuer of tokens by its exact name.
    pub(crate) fn issuer(&self, iss: &str) -> Option<&Issuer> {
        self.issuers.get(iss)
    }

    /// Returns an issuer of visas by its exact name.
    pub(crate) fn visa_issuer(&self, iss: &str) -> Option<&VisaIssuer> {
        self.visa_issuers.get(iss)
    }

    /// Returns whether nobody is believed.
    pub(crate) fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    pub(crate) async fn refresh(&self, now: i64) {
        let issuers = self.issuers.values().map(|issuer| &issuer.keys);
        let all: Vec<&Keys> = issuers.chain(self.visa_issuers.values().map(|issuer| &issuer.keys)).collect();
        join_all(all.into_iter().map(|keys| keys.refresh(now))).await;
    }
}

fn only_once<T>(name: &str, before: Option<T>) -> Result<(), IdentityError> {
    let twice = || IdentityError::value(name, "is configured twice");
    before.map_or(Ok(()), |_| Err(twice()))
}

/// A misspelt name would let no visa of the issuer count.
fn subjects_are_known(issuer: &VisaIssuer, issuers: &BTreeMap<String, Issuer>) -> Result<(), IdentityError> {
    match issuer.subjects_of.iter().find(|name| !issuers.contains_key(*name)) {
        Some(name) => Err(IdentityError::value(
            &issuer.iss,
            format!("`subjects_of` names `{name}`, which is none of `identity.issuers`"),
        )),
        None => Ok(()),
    }
}

/// Reads the name of an issuer.
fn checked_name(iss: &str) -> Result<(), IdentityError> {
    let is_name = !iss.is_empty() && iss.len() <= 255 && !iss.chars().any(char::is_control);
    if is_name { Ok(()) } else { Err(IdentityError::value(iss, "name the issuer by `iss`")) }
}

/// Reads a list of algorithms; both that GA4GH permits where it is empty.
fn algorithms(iss: &str, names: &[String]) -> Result<Vec<Algorithm>, IdentityError> {
    if names.is_empty() {
        return Ok(vec![Algorithm::RS256, Algorithm::ES256]);
    }
    let read = |name: &String| match name.as_str() {
        "RS256" => Ok(Algorithm::RS256),
        "ES256" => Ok(Algorithm::ES256),
        other => Err(IdentityError::value(
            iss,
            format!("`{other}` is no algorithm for tokens: use `RS256` or `ES256`"),
        )),
    };
    names.iter().map(read).collect()
}
