//! Cases as data: who asks, what for, of which dataset; and what the policy must say.
//!
//! A tenant keeps its expectations beside its policies and checks them before every change
//! (`fyr-node policy test`). The golden table of this crate is such a file.

use std::{collections::BTreeSet, sync::Arc};

use fyr_schemas::{Granularity, Purpose, Release, Use};
use serde::Deserialize;
use time::{OffsetDateTime, Time};

use crate::{
    Asking, Attributes, Audience, Binding, By, DataUse, Decision, Extent, Held, Kind, Policy, Requester,
    Subject, User, Visa, VisaKind,
};

/// A file of cases.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<PolicyCase>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyCase {
    /// What it shows.
    pub name: String,
    /// Who asks.
    #[serde(default)]
    pub requester: RequesterFacts,
    /// The dataset.
    pub dataset: String,
    /// Whether the dataset holds frequencies only.
    #[serde(default)]
    pub frequencies: bool,
    /// Whether it is a published table.
    #[serde(default)]
    pub published: bool,
    /// What for.
    pub purpose: Option<Purpose>,
    /// Whether the question is about people rather than variants.
    #[serde(default)]
    pub about_people: bool,
    /// How much is asked for; everything where it is left out.
    pub granularity: Option<Granularity>,
    /// Number of filters.
    #[serde(default)]
    pub filters: u64,
    /// The day; that of the check where it is left out.
    pub today: Option<String>,
    /// Terms of MONDO that the purpose's disease is narrower than.
    #[serde(default)]
    pub wider: BTreeSet<String>,
    /// The release that must come out.
    pub expect: Release,
    /// The profile that must come out, if it matters.
    pub profile: Option<String>,
    /// Fewest carriers that the plan must tell, if it matters.
    pub minimum_carriers: Option<u64>,
    /// Fewest people that the plan must demand, if it matters.
    pub minimum_cohort: Option<u64>,
    /// Whether the requester may know that the dataset exists, if it matters.
    pub visible: Option<bool>,
    /// A policy that must be among those that decided, if it matters.
    pub policy: Option<String>,
}

/// Who asks, in a file of cases. A user if anything is said of them but the kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequesterFacts {
    /// Name of an operator's token, for its holder.
    pub token: Option<String>,
    /// Issuer, for a user.
    pub issuer: Option<String>,
    /// Id at the issuer.
    pub subject: Option<String>,
    /// Visas.
    pub visas: Vec<VisaFacts>,
    /// Whether registered access is proven.
    pub bona_fide: bool,
    /// Grants of an access committee.
    pub grants: Vec<String>,
    /// Organisations.
    pub organisations: Vec<String>,
    /// Country.
    pub country: Option<String>,
    /// Whether the organisation works without profit.
    pub nonprofit: Option<bool>,
    /// Licences.
    pub licences: Vec<String>,
    /// Level of assurance.
    pub assurance: Option<String>,
    /// Purposes that the issuer asserts.
    pub purposes: Vec<Use>,
    /// Projects.
    pub projects: Vec<String>,
    /// bearer, sender or question; a user's is `question` where it is left out.
    pub binding: Option<String>,
    /// Whether the token names no audience.
    pub no_audience: bool,
}

/// A visa in a file of cases.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisaFacts {
    /// Type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Value.
    pub value: String,
    /// Role: self, peer, system, so, dac.
    pub by: Option<String>,
}

/// What came out of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseOutcome {
    /// What was decided.
    pub decision: Decision,
    /// What differs from what must come out.
    pub differences: Vec<String>,
}

impl PolicyCase {
    /// Decides the case; `now` counts where the case names no day.
    pub fn run(&self, policy: &Policy, now: OffsetDateTime) -> CaseOutcome {
        let requester = self.requester.requester();
        let wider = |disease: &str| self.wider.iter().cloned().chain([disease.to_owned()]).collect();
        let extent = Extent {
            about_people: self.about_people,
            granularity: self.granularity.unwrap_or(Granularity::Record),
            filters: self.filters,
        };
        let asking = Asking::about(extent, self.purpose.as_ref(), &requester, wider, self.day(now));
        let kind = match (self.published, self.frequencies) {
            (true, _) => Kind::Publication,
            (false, true) => Kind::Frequencies,
            (false, false) => Kind::Individuals,
        };
        let decision = policy.decide(&asking, Held { id: &self.dataset, kind });
        let differences = self.differences(&decision);
        CaseOutcome { decision, differences }
    }

    fn day(&self, now: OffsetDateTime) -> OffsetDateTime {
        let until = |text: &String| format!("TS {text}").parse::<DataUse>().ok()?.until();
        let day = self.today.as_ref().and_then(until);
        day.map_or(now, |day| day.with_time(Time::MIDNIGHT).assume_utc())
    }

    fn differences(&self, decision: &Decision) -> Vec<String> {
        let plan = decision.plan();
        let release = plan.map(|plan| plan.release).unwrap_or_default();
        let profile = plan.map(|plan| plan.profile.name()).unwrap_or("none");
        let carriers = plan.map(|plan| plan.minimum_carriers);
        let mut differences = Vec::new();
        let mut differ = |differs: bool, text: String| differences.extend(differs.then_some(text));
        differ(release != self.expect, format!("release is {release}, not {}", self.expect));
        if let Some(expected) = &self.profile {
            differ(profile != expected, format!("profile is {profile}, not {expected}"));
        }
        if self.minimum_carriers.is_some() {
            differ(carriers != self.minimum_carriers, format!("minimum of carriers is {carriers:?}"));
        }
        if self.minimum_cohort.is_some() {
            let cohort = plan.map(|plan| plan.minimum_cohort);
            differ(cohort != self.minimum_cohort, format!("minimum of people is {cohort:?}"));
        }
        if let Some(visible) = self.visible {
            differ(decision.is_visible() != visible, format!("visible is {}", decision.is_visible()));
        }
        if let Some(policy) = &self.policy {
            let decided = decision.policies();
            differ(!decided.contains(policy), format!("{decided:?} decided, not {policy}"));
        }
        differences
    }
}

impl RequesterFacts {
    /// Returns the requester that is described.
    pub fn requester(&self) -> Requester {
        if let Some(name) = &self.token {
            return Requester::Known { name: name.clone() };
        }
        if *self == Self::default() {
            return Requester::Public;
        }
        Requester::User(Arc::new(User {
            subject: Subject {
                issuer: self.issuer.clone().unwrap_or_else(|| "https://issuer.example".to_owned()),
                id: self.subject.clone().unwrap_or_else(|| "user".to_owned()),
            },
            linked: Vec::new(),
            visas: self.all_visas(),
            attributes: Attributes {
                organisations: self.organisations.clone(),
                country: self.country.clone(),
                nonprofit: self.nonprofit,
                licences: self.licences.clone(),
                assurance: self.assurance.clone(),
                purposes: self.purposes.clone(),
                projects: self.projects.clone(),
                regions: Vec::new(),
                own_datasets: Vec::new(),
                own_people: Vec::new(),
            },
            binding: match self.binding.as_deref() {
                Some("bearer") => Binding::Bearer,
                Some("sender") => Binding::Sender,
                _ => Binding::Question,
            },
            audience: if self.no_audience { Audience::Unstated } else { Audience::This },
            expires: i64::MAX,
        }))
    }

    fn all_visas(&self) -> Vec<Visa> {
        let visa = |kind: VisaKind, value: &str, by| Visa {
            kind,
            value: value.to_owned(),
            source: "https://source.example".to_owned(),
            by,
            issuer: "https://visas.example".to_owned(),
            asserted: 0,
        };
        let stated = self
            .visas
            .iter()
            .map(|facts| visa(VisaKind::from(facts.kind.as_str()), &facts.value, by(facts.by.as_deref())));
        let grants = self
            .grants
            .iter()
            .map(|grant| visa(VisaKind::ControlledAccessGrants, grant, By::AccessCommittee));
        let registered = [
            visa(VisaKind::ResearcherStatus, crate::BONA_FIDE, By::SigningOfficial),
            visa(VisaKind::AcceptedTermsAndPolicies, crate::BONA_FIDE, By::Itself),
        ];
        stated.chain(grants).chain(registered.into_iter().filter(|_| self.bona_fide)).collect()
    }
}

fn by(word: Option<&str>) -> By {
    match word {
        Some("self") => By::Itself,
        Some("peer") => By::Peer,
        Some("system") => By::System,
        Some("so") => By::SigningOfficial,
        Some("dac") => By::AccessCommittee,
        _ => By::Unknown,
    }
}

#[cfg(test)]
mod tests;
