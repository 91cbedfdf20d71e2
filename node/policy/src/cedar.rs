//! The policies, in Cedar: those that come with the program, and those that a tenant adds.
//!
//! The schema is strict: a policy that speaks of what there is not is refused before it can decide. A policy
//! that fails while it is evaluated denies, because Cedar alone would skip it.

mod request;

use cedar_policy::{
    Authorizer, Decision as Verdict, Effect, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};

use crate::InvalidPolicy;
pub(crate) use request::Asked;

/// The words of policies.
pub const SCHEMA: &str = include_str!("cedar/schema.cedarschema");
/// Who may ask in which profile.
pub const PROFILES: &str = include_str!("cedar/profiles.cedar");
/// What no other policy can permit.
pub const GUARD_RAILS: &str = include_str!("cedar/guard-rails.cedar");

/// How the ids of guard rails begin. No tenant's policy may be called so.
const GUARD: &str = "guard/";

/// A file of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name, for messages.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// A validated set of policies.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    schema: Schema,
    set: PolicySet,
}

/// What the policies say to one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ruling {
    pub(crate) allowed: bool,
    /// Ids of the policies that decided, sorted; none where simply nothing permits.
    pub(crate) policies: Vec<String>,
}

impl Policies {
    /// Takes the shipped policies and those of a tenant.
    pub(crate) fn new(tenant: &[PolicyFile]) -> Result<Self, InvalidPolicy> {
        let invalid = |reason: String| InvalidPolicy::Policies { place: "shipped".to_owned(), reason };
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| invalid(error.to_string()))?;
        let mut policies = Self { schema, set: PolicySet::new() };
        for (name, text) in [("guard-rails.cedar", GUARD_RAILS), ("profiles.cedar", PROFILES)] {
            policies.add(name, text, true)?;
        }
        for file in tenant {
            policies.add(&file.name, &file.text, false)?;
        }
        Ok(policies)
    }

    /// Adds the policies of a file, each under the name that its `@id` gives it.
    fn add(&mut self, place: &str, text: &str, shipped: bool) -> Result<(), InvalidPolicy> {
        let invalid = |reason: String| InvalidPolicy::Policies { place: place.to_owned(), reason };
        let parsed: PolicySet = text.parse().map_err(|error| invalid(format!("{error}")))?;
        if parsed.templates().next().is_some() {
            return Err(invalid("templates are not used: write policies".to_owned()));
        }
        let checked = Validator::new(self.schema.clone()).validate(&parsed, ValidationMode::Strict);
        if let Some(error) = checked.validation_errors().next() {
            return Err(invalid(error.to_string()));
        }
        for policy in parsed.policies() {
            let id =
                policy.annotation("id").ok_or_else(|| invalid("each policy needs an `@id`".to_owned()))?;
            if id.starts_with(GUARD) && (!shipped || policy.effect() == Effect::Permit) {
                return Err(invalid(format!(
                    "`{id}`: names that begin with `{GUARD}` are those of guard rails"
                )));
            }
            let named = policy.new_id(PolicyId::new(id));
            self.set.add(named).map_err(|error| invalid(error.to_string()))?;
        }
        Ok(())
    }

    /// Asks whether a plan may be used.
    pub(crate) fn rule(&self, asked: &Asked<'_>) -> Ruling {
        let denied = |policy: &str| Ruling { allowed: false, policies: vec![policy.to_owned()] };
        let Ok((request, entities)) = asked.parts(&self.schema) else {
            return denied("error/request");
        };
        let response = Authorizer::new().is_authorized(&request, &self.set, &entities);
        let diagnostics = response.diagnostics();
        if diagnostics.errors().next().is_some() {
            return denied("error/evaluation");
        }
        let mut policies: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
        policies.sort_unstable();
        Ruling { allowed: response.decision() == Verdict::Allow, policies }
    }

    /// Returns the ids of all policies, sorted.
    pub(crate) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.set.policies().map(|policy| policy.id().to_string()).collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    impl Policies {
        /// The same policies with one of them changed, or left out.
        pub(crate) fn mutated(&self, id: &str, by: Option<cedar_policy::Policy>) -> Self {
            let mut set = PolicySet::new();
            for policy in self.set.policies().filter(|policy| policy.id().to_string() != id) {
                set.add(policy.clone()).unwrap();
            }
            if let Some(policy) = by {
                set.add(policy.new_id(PolicyId::new(id))).unwrap();
            }
            Self { schema: self.schema.clone(), set }
        }

        pub(crate) fn get(&self, id: &str) -> cedar_policy::Policy {
            self.set.policy(&PolicyId::new(id)).unwrap().clone()
        }
    }

    fn with(text: &str) -> Result<Policies, InvalidPolicy> {
        Policies::new(&[PolicyFile { name: "own.cedar".into(), text: text.into() }])
    }

    #[test]
    fn the_shipped_policies_are_valid() {
        let ids = Policies::new(&[]).unwrap().ids();
        assert!(
            ids.contains(&"guard/data-use".to_owned()) && ids.contains(&"care-case".to_owned()),
            "{ids:?}"
        );
    }

    #[test]
    fn policies_that_speak_of_what_there_is_not_are_refused() {
        for (text, part) in [
            ("@id(\"a\") permit(principal, action, resource) when { resource.minK > 3 };", "minK"),
            ("@id(\"a\") permit(principal, action, resource", "unexpected"),
            ("permit(principal, action, resource);", "@id"),
            ("@id(\"guard/mine\") forbid(principal, action, resource);", "guard"),
            ("@id(\"public\") permit(principal, action, resource);", "public"),
            ("@id(\"a\") permit(principal == ?principal, action, resource);", "templates"),
            ("@id(\"a\") permit(principal is Robot, action, resource);", "Robot"),
        ] {
            let error = with(text).unwrap_err().to_string();
            assert!(error.contains("own.cedar") && error.contains(part), "{text}: {error}");
        }
        assert!(with("@id(\"no-friday\") forbid(principal, action, resource) when { false };").is_ok());
    }
}
