//! `[[identity.organisations]]`: what the operator knows of organisations, and no token can claim.

use serde::Deserialize;

/// What the operator knows of one organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationConfig {
    /// The id that policies use.
    pub id: String,
    /// What issuers call it: the part behind `@` of an affiliation, an HSA id, a domain.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Two letters of ISO 3166.
    #[serde(default)]
    pub country: Option<String>,
    /// Whether it works without profit.
    #[serde(default)]
    pub nonprofit: Option<bool>,
    /// The region that it belongs to, as its nodes are configured (`node.region`): its people are not told what is
    /// their own.
    #[serde(default)]
    pub region: Option<String>,
    /// Its own datasets at nodes of other regions.
    #[serde(default)]
    pub datasets: Vec<String>,
    /// People of its own cases at nodes of other regions, by any of their ids there.
    #[serde(default)]
    pub people: Vec<String>,
}
