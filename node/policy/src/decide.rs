//! From who asks what for to one decision a dataset: the most precise release plan that policies allow.

mod owner;
mod plans;

use std::sync::Arc;

use fyr_schemas::{Granularity, Release};

use crate::{
    Accounting, Additions, Asking, Cohort, ConsentBasis, ConsentItems, DataUse, Extent, Ground, Held,
    InvalidPolicy, Kind, PolicyConfig, PolicyFile, Populations, Profile, ReleasePlan, Requester, Suitability,
    Terms,
    cedar::{Asked, Policies},
    consent::needed,
    data_use::suitability,
    rules::{DatasetRules, Effective},
};
use plans::plans;

/// One plan that was proposed, and what the policies said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The plan.
    pub plan: ReleasePlan,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The policies that decided; none where nothing permits.
    pub policies: Vec<String>,
}

/// What is decided about one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The dataset.
    pub(crate) dataset: String,
    /// The plan that is used, if any.
    pub(crate) plan: Option<ReleasePlan>,
    /// Who may be counted.
    pub(crate) cohort: Cohort,
    /// Whether the requester may know that the dataset exists.
    pub(crate) visible: bool,
    /// Whether records would be let out if they were asked for.
    pub(crate) records: bool,
    /// All plans that were proposed, the most precise first, up to the first that was allowed.
    pub(crate) proposals: Vec<Proposal>,
    /// The dataset of frequencies by which its people are accounted for, if any.
    pub(crate) reference: Option<String>,
    /// Which of its populations lie within which, as the rules state it.
    pub(crate) populations: Arc<Populations>,
    /// What the conditions of data use say.
    pub(crate) data_use: Suitability,
    /// Until when it holds, seconds since 1970.
    pub(crate) until: i64,
}

impl Decision {
    /// Returns the dataset's id.
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// Returns the plan that is used, if any.
    pub fn plan(&self) -> Option<ReleasePlan> {
        self.plan
    }

    /// Returns whether the requester may know that the dataset exists.
    pub fn is_visible(&self) -> bool {
        self.visible
    }

    /// Returns whether records would be let out if they were asked for.
    pub fn shows_records(&self) -> bool {
        self.records
    }

    /// Returns who may be counted.
    pub fn cohort(&self) -> Cohort {
        self.cohort
    }

    /// Returns the plans that were proposed, the most precise first, up to the first that was allowed.
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }

    /// Returns the dataset of frequencies by which its people are accounted for, if any.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Returns what the conditions of data use say.
    pub fn data_use(&self) -> &Suitability {
        &self.data_use
    }

    /// Returns until when it holds, seconds since 1970.
    pub fn until(&self) -> i64 {
        self.until
    }

    /// Returns the policies that decided: those that permit the plan, or else those in its way.
    pub fn policies(&self) -> Vec<String> {
        let permitting = self.proposals.iter().filter(|proposal| proposal.allowed == self.plan.is_some());
        let mut policies: Vec<_> = permitting.flat_map(|proposal| proposal.policies.clone()).collect();
        policies.sort_unstable();
        policies.dedup();
        policies
    }
}

/// A validated policy.
#[derive(Clone, Debug)]
pub struct Policy {
    config: PolicyConfig,
    policies: Policies,
}

/// What stands for a dataset that has no rules of its own.
static NO_RULES: std::sync::LazyLock<DatasetRules> = std::sync::LazyLock::new(DatasetRules::default);

impl Policy {
    /// Validates rules, with the shipped policies alone.
    ///
    /// # Errors
    ///
    /// Rules that contradict themselves, or go too far without saying why.
    pub fn new(config: PolicyConfig) -> Result<Self, InvalidPolicy> {
        Self::with_files(config, &[])
    }

    /// Validates rules and a tenant's own policies.
    ///
    /// # Errors
    ///
    /// Rules that contradict themselves, and policies that cannot be read or speak of what there is not.
    pub fn with_files(config: PolicyConfig, files: &[PolicyFile]) -> Result<Self, InvalidPolicy> {
        let policy = Self { policies: Policies::new(files)?, config };
        Effective::new(&NO_RULES, &policy.config.default).validate("the default")?;
        if policy.config.default.published_to.is_some() {
            return Err(InvalidPolicy::PublishedByDefault("the default".to_owned()));
        }
        for id in policy.config.datasets.keys() {
            policy.of(id).validate(&format!("dataset `{id}`"))?;
        }
        for (id, rules) in &policy.config.datasets {
            if rules.reference.as_ref() == Some(id) {
                return Err(InvalidPolicy::OwnReference(format!("dataset `{id}`")));
            }
        }
        Ok(policy)
    }

    /// Returns the rules that it was made of.
    pub fn config(&self) -> &PolicyConfig {
        &self.config
    }

    /// Returns the ids of all Cedar policies, sorted.
    pub fn ids(&self) -> Vec<String> {
        self.policies.ids()
    }

    /// Returns whether everyone may know that a dataset exists.
    pub fn is_listed(&self, dataset: &str) -> bool {
        let rules = self.of(dataset);
        let open = [Profile::Public, Profile::AggregateOpen].map(|profile| rules.bounds(profile).release);
        let asked_by_all = rules.countries().is_empty() && rules.organisations().is_empty();
        let by_anyone =
            asked_by_all && rules.data_use().is_empty() && open.iter().any(|r| *r > Release::None);
        rules.tags().is_empty() && (rules.listed() || by_anyone)
    }

    /// Returns the most that anyone may get of any dataset, whether or not there are data yet.
    pub fn most_public(&self) -> Release {
        // No dataset has the empty id, so it stands for those that only the default covers.
        let ids = self.config.datasets.keys().map(String::as_str).chain([""]);
        let most = |id: &str| {
            let rules = self.of(id);
            let untagged = rules.tags().is_empty();
            let releases =
                [Profile::Public, Profile::AggregateOpen].map(|profile| rules.bounds(profile).release);
            releases.into_iter().filter(|_| untagged).max().unwrap_or_default()
        };
        ids.map(most).max().unwrap_or_default()
    }

    /// Returns whether anything that is told in a capacity is charged to accounts of people, of whichever dataset.
    pub fn charges(&self, profile: Profile) -> bool {
        let ids = self.config.datasets.keys().map(String::as_str).chain([""]);
        let is_charged = |rules: Effective<'_>| {
            let is_told = rules.bounds(profile).release > Release::None;
            is_told
                && matches!(rules.accounting(profile), Accounting::Thresholds { .. } | Accounting::Noise(_))
        };
        ids.map(|id| self.of(id)).any(is_charged)
    }

    /// Returns the conditions of data use that hold for a dataset.
    pub fn data_use(&self, dataset: &str) -> &[DataUse] {
        self.of(dataset).data_use()
    }

    /// Returns whether the rules of a dataset are those of a published table.
    pub fn is_published(&self, dataset: &str) -> bool {
        self.of(dataset).is_published()
    }

    /// Returns the dataset of frequencies by which what is told of the people of a dataset is priced, if any.
    pub fn reference(&self, dataset: &str) -> Option<&str> {
        self.of(dataset).reference()
    }

    /// Returns when those who come to a dataset are told of below open; none where nobody waits.
    pub fn additions(&self, dataset: &str) -> Option<Additions> {
        self.of(dataset).additions()
    }

    /// Returns whom of a dataset answers may count that are not for care: for what they tell of variants, and of people.
    /// Who is in neither is nobody that others could wait with.
    pub fn counted(&self, dataset: &str) -> [Cohort; 2] {
        let rules = self.of(dataset);
        [false, true].map(|about_people| cohort(&rules, Kind::Individuals, needed(about_people, None), false))
    }

    pub(crate) fn of(&self, dataset: &str) -> Effective<'_> {
        Effective::new(self.config.datasets.get(dataset).unwrap_or(&NO_RULES), &self.config.default)
    }

    /// Decides about one dataset.
    pub fn decide(&self, asking: &Asking, held: Held<'_>) -> Decision {
        let rules = self.of(held.id);
        if let Some(of_owner) = Decision::of_owner(asking, held, &rules) {
            return of_owner;
        }
        let projects = self.projects(&asking.requester, rules.tags());
        let data_use = suitability(terms(&rules), ground(asking));
        let case =
            Case { policies: &self.policies, held, rules: &rules, projects: &projects, data_use: &data_use };
        let proposals = case.propose(asking);
        let plan = allowed(&proposals);
        Decision {
            dataset: held.id.to_owned(),
            plan,
            cohort: cohort(&rules, held.kind, asking.needed(), is_by_epoch(&rules, plan)),
            records: case.shows_records(asking),
            visible: case.is_visible(asking, plan),
            proposals,
            reference: rules.reference().map(str::to_owned),
            populations: Arc::new(rules.populations().clone()),
            until: until(asking, &rules),
            data_use,
        }
    }

    /// Returns the projects that a requester is a member of, with those of the dataset's tags that grants
    /// stand for.
    fn projects(&self, requester: &Requester, tags: &[String]) -> Vec<String> {
        let Requester::User(user) = requester else { return Vec::new() };
        let by_grant = |tag: &&String| {
            let grants = self.config.projects.get(*tag).map(Vec::as_slice).unwrap_or_default();
            user.is_member_of(tag) || user.grants().any(|grant| grants.iter().any(|listed| listed == grant))
        };
        let mut projects = user.attributes.projects.clone();
        projects.extend(tags.iter().filter(by_grant).cloned());
        projects.sort_unstable();
        projects.dedup();
        projects
    }

    /// The same policies over other rules, which are not validated.
    #[cfg(test)]
    pub(crate) fn with_config(&self, config: PolicyConfig) -> Self {
        Self { config, policies: self.policies.clone() }
    }

    #[cfg(test)]
    pub(crate) fn policies(&self) -> &Policies {
        &self.policies
    }

    #[cfg(test)]
    pub(crate) fn with_policies(&self, policies: Policies) -> Self {
        Self { config: self.config.clone(), policies }
    }
}

/// What the policies are asked about: one dataset, and what is known of the requester's relation to it.
struct Case<'a> {
    policies: &'a Policies,
    held: Held<'a>,
    rules: &'a Effective<'a>,
    projects: &'a [String],
    data_use: &'a Suitability,
}

impl Case<'_> {
    /// Proposes plans until one is allowed.
    fn propose(&self, asking: &Asking) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for plan in plans(asking, self.rules, self.held.kind) {
            let ruling = self.policies.rule(&self.asked(asking, &plan));
            proposals.push(Proposal { plan, allowed: ruling.allowed, policies: ruling.policies });
            if ruling.allowed {
                break;
            }
        }
        proposals
    }

    fn asked<'b>(&'b self, asking: &'b Asking, plan: &'b ReleasePlan) -> Asked<'b> {
        // To declare frequencies open, or to publish them, is to permit their use, unless conditions are stated all the same.
        let declared = plan.profile == Profile::AggregateOpen || self.held.kind == Kind::Publication;
        let declared = declared && self.rules.data_use().is_empty();
        Asked {
            asking,
            held: self.held,
            rules: self.rules,
            projects: self.projects,
            profile: plan.profile,
            bounds: self.rules.bounds(plan.profile),
            plan,
            data_use: if declared { Suitability::Permit.word() } else { self.data_use.word() },
        }
    }

    /// Who may ask for a yes or no about variants may know of a dataset; so may everyone where it is listed,
    /// unless it is for the members of a project only.
    fn is_visible(&self, asking: &Asking, plan: Option<ReleasePlan>) -> bool {
        let tags = self.rules.tags();
        let member = tags.is_empty() || tags.iter().any(|tag| self.projects.contains(tag));
        let least =
            asking.with(Extent { about_people: false, granularity: Granularity::Boolean, filters: 0 });
        let may_ask = || allowed(&self.propose(&least)).is_some();
        member && (self.rules.listed() || (plan.is_some() && !asking.extent.about_people) || may_ask())
    }

    fn shows_records(&self, asking: &Asking) -> bool {
        let promised = |profile: &Profile| self.rules.bounds(*profile).release == Release::Record;
        let most = asking.with(Extent { granularity: Granularity::Record, ..asking.extent });
        Profile::ALL.iter().any(promised)
            && allowed(&self.propose(&most)).is_some_and(|plan| plan.release == Release::Record)
    }
}

/// The plan that was allowed; it is the last one, if any.
fn allowed(proposals: &[Proposal]) -> Option<ReleasePlan> {
    proposals.last().filter(|last| last.allowed).map(|last| last.plan)
}

fn terms<'a>(rules: &Effective<'a>) -> Terms<'a> {
    Terms {
        conditions: rules.data_use(),
        basis: rules.consent(),
        open: rules.open(),
        care_legal_basis: rules.care_legal_basis().is_some(),
        accepted_terms: rules.accepted_terms(),
    }
}

fn ground(asking: &Asking) -> Ground<'_> {
    Ground {
        requester: &asking.requester,
        purpose: asking.purpose.as_ref(),
        wider: &asking.wider,
        today: asking.today,
    }
}

/// Of open data everyone counts, and frequencies have nobody to ask.
fn cohort(rules: &Effective<'_>, kind: Kind, needed: ConsentItems, released: bool) -> Cohort {
    if rules.open() || kind != Kind::Individuals {
        return Cohort::Everyone;
    }
    Cohort::Consenting { needed, unstated: rules.consent() == Some(ConsentBasis::OptOut), released }
}

/// Returns whether only those are told of who were released. Care is told of everybody at once.
fn is_by_epoch(rules: &Effective<'_>, plan: Option<ReleasePlan>) -> bool {
    rules.additions().is_some() && plan.is_none_or(|plan| plan.profile.has_accounts())
}

/// A decision ends with the credentials, and at midnight, since conditions end on days.
fn until(asking: &Asking, rules: &Effective<'_>) -> i64 {
    let dated =
        rules.expires().is_some() || rules.data_use().iter().any(|condition| condition.until().is_some());
    let tomorrow = asking.today.next_day().map(|day| day.midnight().assume_utc().unix_timestamp());
    let end = tomorrow.filter(|_| dated).unwrap_or(i64::MAX);
    match &asking.requester {
        Requester::User(user) => user.expires.min(end),
        Requester::Public | Requester::Known { .. } | Requester::Owner(_) => end,
    }
}

#[cfg(test)]
mod tests;
