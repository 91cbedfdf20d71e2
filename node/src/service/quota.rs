//! How many different questions somebody may ask on a day, or for a case. Data play no part in it.

use fyr_policy::{Permit, Requester};
use fyr_schemas::{Purpose, Query};
use time::OffsetDateTime;

use super::{Node, ServiceError};

/// How long the questions of a case are counted, days.
const CASE_DAYS: i64 = 366;
const DAY: i64 = 86_400;

/// A budget that a question counts against.
#[derive(Debug, PartialEq, Eq)]
struct Budget {
    name: String,
    most: u64,
    until: i64,
    what: &'static str,
}

/// Returns the budgets of all profiles in which a question is permitted.
fn budgets(permit: &Permit, requester: &Requester, purpose: Option<&Purpose>, now: i64) -> Vec<Budget> {
    let Requester::User(user) = requester else { return Vec::new() };
    let mut profiles: Vec<_> = permit.datasets().iter().map(|dataset| dataset.plan().profile).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let today = now.div_euclid(DAY);
    let person = format!("{}|{}", user.subject.issuer, user.subject.id);
    let case = purpose.and_then(|purpose| purpose.case.as_ref());
    let of = |profile: fyr_policy::Profile| {
        let (name, quota) = (profile.name(), profile.quota());
        let day = quota.per_day.map(|most| Budget {
            name: format!("{name} day {today} of {person}"),
            most,
            until: (today + 1) * DAY,
            what: "a day",
        });
        let case = quota.per_case.zip(case).map(|(most, case)| Budget {
            name: format!("{name} case {case}"),
            most,
            until: now + CASE_DAYS * DAY,
            what: "a case",
        });
        [day, case]
    };
    profiles.into_iter().flat_map(of).flatten().collect()
}

impl Node {
    /// Counts a question against the budgets of its profiles.
    ///
    /// # Errors
    ///
    /// A budget is spent, or cannot be looked at.
    pub(super) async fn spend(
        &self,
        permit: &Permit,
        requester: &Requester,
        purpose: Option<&Purpose>,
        query: &Query,
    ) -> Result<(), ServiceError> {
        let budgets = budgets(permit, requester, purpose, OffsetDateTime::now_utc().unix_timestamp());
        let item = if budgets.is_empty() { String::new() } else { item(query) };
        for Budget { name, most, until, what } in budgets {
            if !self.state.spend(&name, &item, most, until).await? {
                return Err(ServiceError::Quota { most, what });
            }
        }
        Ok(())
    }
}

/// What makes a question another one: what it is about.
fn item(query: &Query) -> String {
    blake3::hash(&query.subject()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fyr_policy::{DatasetRules, Decision, Policy, PolicyConfig, RequesterFacts, authorize};
    use fyr_schemas::{EntryType, Release};

    use super::*;

    fn permit(requester: &Requester, rules: DatasetRules, purpose: &Purpose) -> Permit {
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        let query = Query::entries(EntryType::GenomicVariant);
        let wider = fyr_policy::no_wider;
        let asking =
            fyr_policy::Asking::of(&query, Some(purpose), requester, &wider, OffsetDateTime::UNIX_EPOCH);
        let held = fyr_policy::Held { id: "D", kind: fyr_policy::Kind::Individuals };
        let decision: Arc<Decision> = Arc::new(policy.decide(&asking, held));
        authorize(&query, [decision.as_ref()]).unwrap()
    }

    #[test]
    fn a_case_and_a_day_are_counted() {
        let facts = RequesterFacts {
            licences: vec!["Läkare".into()],
            assurance: Some("loa3".into()),
            purposes: vec![fyr_schemas::Use::Cc],
            ..RequesterFacts::default()
        };
        let rules = DatasetRules {
            consent: Some(fyr_policy::ConsentBasis::OptOut),
            care: Some(Release::Boolean),
            care_legal_basis: Some("Act".into()),
            care_assurance: Some(vec!["loa3".into()]),
            ..DatasetRules::default()
        };
        let (requester, purpose) = (facts.requester(), "care; case=17".parse().unwrap());
        let permit = permit(&requester, rules, &purpose);
        let budgets = budgets(&permit, &requester, Some(&purpose), 3 * DAY + 5);
        let told: Vec<_> =
            budgets.iter().map(|budget| (budget.name.as_str(), budget.most, budget.until)).collect();
        assert_eq!(
            told,
            [
                ("care day 3 of https://issuer.example|user", 200, 4 * DAY),
                ("care case 17", 50, 3 * DAY + 5 + CASE_DAYS * DAY),
            ]
        );
    }

    #[test]
    fn open_data_and_nobody_in_particular_have_no_budget() {
        let rules =
            DatasetRules { public: Some(Release::Count), open: Some(true), ..DatasetRules::default() };
        let purpose = "GRU".parse().unwrap();
        let permit = permit(&Requester::Public, rules, &purpose);
        assert_eq!(budgets(&permit, &Requester::Public, Some(&purpose), 0), []);
    }
}
