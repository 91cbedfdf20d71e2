//! `ga4gh_visa_v1`: what a visa states (GA4GH Passport 1.2).

use fyr_policy::{By, Visa, VisaKind};
use serde_json::{Map, Value};

use super::{Conditions, LEEWAY, VisaFault, VisaIssuer, linked};
use crate::{
    jws::{Claims, seconds},
    trust::role,
};

const CLAIM: &str = "ga4gh_visa_v1";
/// Longest text of a statement, characters.
const LONGEST: usize = 255;

/// What a visa states, as its issuer may state it.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) visa: Visa,
    pub(super) conditions: Option<Conditions>,
}

impl Statement {
    pub(super) fn read(claims: &Claims, issuer: &VisaIssuer, now: i64) -> Result<Self, VisaFault> {
        let members = claims.get(CLAIM).and_then(Value::as_object).ok_or(VisaFault::Statement)?;
        let asserted = members.get("asserted").ok_or(VisaFault::Statement)?;
        let visa = Visa {
            kind: VisaKind::from(text(members, "type")?),
            value: text(members, "value")?.to_owned(),
            source: text(members, "source")?.to_owned(),
            by: by(members)?,
            issuer: issuer.iss.clone(),
            asserted: seconds(asserted).map_err(|_| VisaFault::Asserted)?,
        };
        if !issuer.types.iter().any(|name| name == visa.kind.name()) {
            return Err(VisaFault::Type);
        }
        if !issuer.sources.contains(&visa.source) {
            return Err(VisaFault::Source);
        }
        check_role(&visa, issuer)?;
        check_value(&visa)?;
        let age = now.saturating_sub(visa.asserted);
        if age > issuer.oldest || age < -LEEWAY {
            return Err(VisaFault::Asserted);
        }
        let conditions = members.get("conditions").map(Conditions::read).transpose()?.flatten();
        Ok(Self { visa, conditions })
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<&'m str, VisaFault> {
    let text = members.get(name).and_then(Value::as_str).ok_or(VisaFault::Statement)?;
    let is_short = (1..=LONGEST).contains(&text.chars().count());
    if is_short && !text.chars().any(char::is_control) { Ok(text) } else { Err(VisaFault::Statement) }
}

fn by(members: &Map<String, Value>) -> Result<By, VisaFault> {
    match members.get("by") {
        None => Ok(By::Unknown),
        Some(word) => word.as_str().and_then(role).ok_or(VisaFault::By),
    }
}

/// Two types need a role; nobody grants themselves data, and nobody is somebody else on their own word.
fn check_role(visa: &Visa, issuer: &VisaIssuer) -> Result<(), VisaFault> {
    let is_accepted = match visa.kind {
        VisaKind::ControlledAccessGrants => !matches!(visa.by, By::Unknown | By::Itself | By::Peer),
        VisaKind::AcceptedTermsAndPolicies => visa.by != By::Unknown,
        VisaKind::LinkedIdentities => visa.by != By::Itself,
        _ => true,
    };
    let is_configured = issuer.by.as_ref().is_none_or(|list| list.contains(&visa.by));
    if is_accepted && is_configured { Ok(()) } else { Err(VisaFault::By) }
}

/// Two types have values with parts.
fn check_value(visa: &Visa) -> Result<(), VisaFault> {
    let is_sound = match visa.kind {
        VisaKind::AffiliationAndRole => is_affiliation(&visa.value),
        VisaKind::LinkedIdentities => linked::listed(&visa.value).is_some(),
        _ => true,
    };
    if is_sound { Ok(()) } else { Err(VisaFault::Statement) }
}

/// An affiliation is `role@organisation`, split at the first `@`; a second one makes no organisation.
fn is_affiliation(value: &str) -> bool {
    let Some((role, organisation)) = value.split_once('@') else { return false };
    let is_role = !role.is_empty() && !role.chars().any(char::is_uppercase);
    let is_organisation = !organisation.is_empty() && !organisation.contains('@');
    is_role && is_organisation
}
