//! What Cedar is asked: a requester, a dataset under a profile, and the plan that is proposed.

use cedar_policy::{Context, Entities, EntityUid, Request, Schema};
use fyr_schemas::Release;
use serde_json::{Map, Value, json};

use crate::{Asking, Audience, Bounds, DataUse, Held, Kind, Profile, ReleasePlan, Requester, Rounding, Term};
use crate::{Binding, rules::Effective};

/// A plan that is proposed for a dataset.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) asking: &'a Asking,
    pub(crate) held: Held<'a>,
    pub(crate) rules: &'a Effective<'a>,
    /// Projects that a tag or another name stands for, resolved for the requester.
    pub(crate) projects: &'a [String],
    pub(crate) profile: Profile,
    pub(crate) bounds: Bounds,
    pub(crate) plan: &'a ReleasePlan,
    pub(crate) data_use: &'static str,
}

/// Something that keeps a request from being put; it denies.
type Fault = Box<dyn std::error::Error>;

impl Asked<'_> {
    /// Writes the request and the entities that it speaks of, both checked against the schema.
    pub(super) fn parts(&self, schema: &Schema) -> Result<(Request, Entities), Fault> {
        let action = uid("Action", self.plan.release.name())?;
        let context = Context::from_json_value(self.context(), Some((schema, &action)))?;
        let (principal, resource) = (uid("Requester", &self.principal_id())?, uid("Dataset", self.held.id)?);
        let request = Request::new(principal, action, resource, context, Some(schema))?;
        let mut entities = vec![self.requester(), self.dataset()];
        entities.extend(self.diseases());
        Ok((request, Entities::from_json_value(Value::Array(entities), Some(schema))?))
    }

    fn principal_id(&self) -> String {
        match &self.asking.requester {
            Requester::Public => "public".to_owned(),
            Requester::Known { name } => format!("token:{name}"),
            Requester::Owner(owner) => format!("owner:{owner}"),
            Requester::User(user) => format!("{}|{}", user.subject.issuer, user.subject.id),
        }
    }

    fn requester(&self) -> Value {
        let mut attributes = json!({
            "kind": "public",
            "bonaFide": false,
            "bound": false,
            "audience": false,
            "licensed": false,
            "assurance": "",
            "asserted": [],
        });
        let mut parents = Vec::new();
        let mut set = |name: &str, value: Value| {
            attributes.as_object_mut().into_iter().for_each(|members| {
                members.insert(name.to_owned(), value.clone());
            });
        };
        match &self.asking.requester {
            // Policies are not asked about the owner; if they were, it would be nobody in particular.
            Requester::Public | Requester::Owner(_) => {}
            Requester::Known { .. } => set("kind", json!("known")),
            Requester::User(user) => {
                set("kind", json!("user"));
                set("bonaFide", json!(user.is_bona_fide()));
                set("bound", json!(user.binding > Binding::Bearer));
                set("audience", json!(user.audience == Audience::This));
                set("licensed", json!(!user.attributes.licences.is_empty()));
                set("assurance", json!(user.attributes.assurance.as_deref().unwrap_or_default()));
                let asserted: Vec<_> =
                    user.attributes.purposes.iter().map(|purpose| purpose.code()).collect();
                set("asserted", json!(asserted));
                if let Some(country) = &user.attributes.country {
                    set("country", reference("Country", country));
                }
                if let Some(nonprofit) = user.attributes.nonprofit {
                    set("nonprofit", json!(nonprofit));
                }
                parents.extend(user.grants().map(|grant| entity("Grant", grant)));
                parents.extend(self.projects.iter().map(|project| entity("Project", project)));
                parents.extend(user.organisations().map(|organisation| entity("Organisation", organisation)));
            }
        }
        json!({ "uid": entity("Requester", &self.principal_id()), "attrs": attributes, "parents": parents })
    }

    fn dataset(&self) -> Value {
        let references =
            |kind: &str, ids: &[String]| -> Vec<Value> { ids.iter().map(|id| reference(kind, id)).collect() };
        let rules = self.rules;
        let expired = rules.expires().is_some_and(|end| end <= self.asking.today);
        let diseases: Vec<String> = diseases(rules.data_use());
        json!({
            "uid": entity("Dataset", self.held.id),
            "parents": [],
            "attrs": {
                "kind": match self.held.kind {
                    Kind::Individuals => "individuals",
                    Kind::Frequencies => "frequencies",
                    Kind::Publication => "publication",
                },
                "open": rules.open(),
                "grants": references("Grant", rules.grants()),
                "projects": references("Project", rules.tags()),
                "tagged": !rules.tags().is_empty(),
                "countries": references("Country", rules.countries()),
                "organisations": references("Organisation", rules.organisations()),
                "diseases": references("Disease", &diseases),
                "expired": expired,
                "careLegalBasis": rules.care_legal_basis().is_some(),
                "careAssurance": rules.care_assurance(),
                "assertedPurpose": rules.asserted_purpose(),
                "ceiling": level(self.bounds.release),
                "subjects": level(rules.subjects()),
                "minimumCarriers": long(self.bounds.minimum_carriers),
                "minimumCohort": long(self.bounds.minimum_cohort),
                "mostFilters": long(rules.most_filters()),
            },
        })
    }

    /// The disease of the purpose, in those that are wider.
    fn diseases(&self) -> Option<Value> {
        let disease = self.disease()?;
        let wider = self.asking.wider.than(disease);
        let parents: Vec<_> = wider.filter(|id| *id != disease).map(|id| entity("Disease", id)).collect();
        Some(json!({ "uid": entity("Disease", disease), "attrs": {}, "parents": parents }))
    }

    fn disease(&self) -> Option<&str> {
        match self.asking.purpose.as_ref()?.diseases.as_slice() {
            [disease] => Some(disease),
            _ => None,
        }
    }

    fn context(&self) -> Value {
        let purpose = self.asking.purpose.as_ref();
        let mut context = Map::new();
        let mut set = |name: &str, value: Value| context.insert(name.to_owned(), value);
        set("profile", json!(self.profile.name()));
        set("purpose", json!(purpose.map_or("unstated", |purpose| purpose.intended.code())));
        set("methods", json!(purpose.is_some_and(|purpose| purpose.methods)));
        set("commercial", json!(purpose.is_some_and(|purpose| purpose.commercial)));
        set("aboutPeople", json!(self.asking.extent.about_people));
        set("dataUse", json!(self.data_use));
        set(
            "plan",
            json!({
                "release": level(self.plan.release),
                "minimumCarriers": long(self.plan.minimum_carriers),
                "minimumCohort": long(self.plan.minimum_cohort),
                "rounding": rounding(self.plan.rounding),
                "filters": long(self.asking.filters(self.rules.value_sets())),
            }),
        );
        if let Some(disease) = self.disease() {
            set("disease", reference("Disease", disease));
        }
        if let Some(project) = purpose.and_then(|purpose| purpose.project.as_ref()) {
            set("project", reference("Project", project));
        }
        if let Some(case) = purpose.and_then(|purpose| purpose.case.as_ref()) {
            set("caseId", json!(case));
        }
        Value::Object(context)
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Fault> {
    Ok(EntityUid::from_json(entity(kind, id))?)
}

fn entity(kind: &str, id: &str) -> Value {
    json!({ "type": kind, "id": id })
}

fn reference(kind: &str, id: &str) -> Value {
    json!({ "__entity": entity(kind, id) })
}

fn diseases(conditions: &[DataUse]) -> Vec<String> {
    let of_diseases = conditions.iter().filter(|condition| condition.term == Term::Ds);
    of_diseases.flat_map(|condition| condition.values.clone()).collect()
}

/// Releases are compared as numbers.
fn level(release: Release) -> i64 {
    match release {
        Release::None => 0,
        Release::Boolean => 1,
        Release::Count => 2,
        Release::Frequency => 3,
        Release::Record => 4,
    }
}

/// Buckets are of no one size, so only multiples are a number.
fn rounding(rounding: Rounding) -> Value {
    match rounding {
        Rounding::Exact => json!({ "kind": "exact" }),
        Rounding::Nearest(step) => json!({ "kind": "nearest", "step": long(step) }),
        Rounding::Buckets => json!({ "kind": "buckets" }),
    }
}

fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
