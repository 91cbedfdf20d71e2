//! How many different questions somebody may ask on a day, or for how many cases. Data play no part in it.

use futures::future::{BoxFuture, try_join_all};
use fyr_policy::{Charged, Cost, Permit, Profile, Quota};
use fyr_schemas::{Allowance, AllowanceKind, Located, LocatedKey, Query};
use fyr_state::{Spent, State};
use time::OffsetDateTime;

use super::people::People;
use crate::{
    ServiceError,
    gate::{Chain, Charge, Price, Spend, Telling},
};

const DAY: i64 = 86_400;

/// Returns when the budgets of a day end in which a time lies; both in seconds since 1970.
pub(crate) fn end_of_day(time: i64) -> i64 {
    (time.div_euclid(DAY) + 1) * DAY
}

/// Prices a question: it counts once in each profile in which it is permitted. `item` names what is learned.
pub(super) fn price(
    permit: &Permit,
    chain: &Chain,
    now: OffsetDateTime,
    item: impl FnOnce() -> String,
) -> Price {
    let charges = charges(permit, chain, now.unix_timestamp());
    let item = if charges.is_empty() { String::new() } else { item() };
    Price { item, charges }
}

/// Returns the accounts of all profiles in which a question is permitted.
fn charges(permit: &Permit, chain: &Chain, now: i64) -> Vec<Charge> {
    let Some(person) = chain.person() else { return Vec::new() };
    // What is published is read without limit.
    let limited = permit.datasets().iter().filter(|dataset| !dataset.plan().published);
    let mut profiles: Vec<_> = limited.map(|dataset| dataset.plan().profile).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let today = now.div_euclid(DAY);
    let person = format!("{}|{}", person.issuer, person.id);
    let case = chain.purpose().and_then(|purpose| purpose.case.as_ref());
    let of = |profile: Profile| {
        let (name, quota) = (profile.name(), profile.quota());
        let (account, until) = (format!("{name} day {today} of {person}"), end_of_day(now));
        let (most, kind, item) = match quota {
            Quota::Any => return None,
            Quota::Questions(most) => (most, AllowanceKind::Day, None),
            Quota::Cases(most) => {
                (most, AllowanceKind::Case, Some(format!("case {}", case.map_or("", String::as_str))))
            }
        };
        Some(Charge { account, most, until, kind, item })
    };
    profiles.into_iter().filter_map(of).collect()
}

/// Names what a question is about, in whichever notation and assembly it was asked. A question over several
/// datasets is one.
pub(super) fn item(query: &Query, located: Option<&Located>) -> String {
    LocatedKey::of("", query, located).to_string()
}

/// The quotas that the state counts, and the accounts of people beside them.
#[derive(Debug)]
pub(crate) struct Quotas {
    state: State,
    people: People,
}

impl Quotas {
    pub(crate) fn new(state: State) -> Self {
        Self { people: People::new(state.clone()), state }
    }

    /// Says what an item costs an account, and what was left of it before.
    async fn of(&self, item: &str, charge: &Charge) -> Result<Allowance, ServiceError> {
        let Charge { account, most, until, kind, .. } = charge;
        let Spent { questions, is_counted } = self.state.spent(account, item, *until).await?;
        let left = most.saturating_sub(questions);
        Ok(Allowance { kind: *kind, price: u64::from(!is_counted), left, most: *most })
    }
}

impl Spend for Quotas {
    fn spend<'a>(&'a self, price: &'a Price) -> BoxFuture<'a, Result<Vec<Allowance>, ServiceError>> {
        Box::pin(async move {
            let mut allowances = Vec::new();
            for charge in &price.charges {
                let Charge { account, most, until, kind, item } = charge;
                let item = item.as_ref().unwrap_or(&price.item);
                let before = self.of(item, charge).await?;
                if before.price > 0 && !self.state.spend(account, item, *most, *until).await? {
                    return Err(ServiceError::Quota { most: *most, what: what(*kind) });
                }
                allowances.push(Allowance { left: before.left.saturating_sub(before.price), ..before });
            }
            Ok(allowances)
        })
    }

    fn look<'a>(&'a self, price: &'a Price) -> BoxFuture<'a, Result<Vec<Allowance>, ServiceError>> {
        let of = |charge: &'a Charge| self.of(charge.item.as_ref().unwrap_or(&price.item), charge);
        Box::pin(try_join_all(price.charges.iter().map(of)))
    }

    fn bear<'a>(
        &'a self,
        telling: Telling<'a>,
        item: &'a str,
        cost: &'a Cost,
    ) -> BoxFuture<'a, Result<Charged, ServiceError>> {
        Box::pin(self.people.bear(telling, item, cost))
    }
}

/// Says of what an account is, for people.
fn what(kind: AllowanceKind) -> &'static str {
    match kind {
        AllowanceKind::Day => "different questions a day",
        AllowanceKind::Case => "cases a day",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fyr_identity::Verified;
    use fyr_policy::{
        Asking, DatasetRules, Decision, Held, Kind, Policy, PolicyConfig, Requester, RequesterFacts,
        authorize, no_wider,
    };
    use fyr_schemas::{EntryType, Purpose, Release};

    use super::*;

    fn permit(requester: &Requester, rules: DatasetRules, purpose: &Purpose) -> Permit {
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        let query = Query::entries(EntryType::GenomicVariant);
        let asking = Asking::of(&query, Some(purpose), requester, no_wider, OffsetDateTime::UNIX_EPOCH);
        let held = Held { id: "D", kind: Kind::Individuals };
        let decision: Arc<Decision> = Arc::new(policy.decide(&asking, held));
        authorize(&query, [decision.as_ref()]).unwrap()
    }

    fn chain(requester: Requester, purpose: &Purpose) -> Chain {
        Chain::new(&Verified::known(requester), Some(purpose), None)
    }

    #[test]
    fn of_care_cases_are_counted_however_much_is_asked_for_one() {
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
        let charges = charges(&permit, &chain(requester, &purpose), 3 * DAY + 5);
        let charge = Charge {
            account: "care day 3 of https://issuer.example|user".into(),
            most: 50,
            until: 4 * DAY,
            kind: AllowanceKind::Case,
            item: Some("case 17".into()),
        };
        assert_eq!(charges, [charge]);
    }

    #[test]
    fn open_data_and_nobody_in_particular_have_no_budget() {
        let rules =
            DatasetRules { public: Some(Release::Count), open: Some(true), ..DatasetRules::default() };
        let purpose = "GRU".parse().unwrap();
        let permit = permit(&Requester::Public, rules, &purpose);
        let chain = chain(Requester::Public, &purpose);
        assert_eq!(charges(&permit, &chain, 0), []);
        let price = price(&permit, &chain, OffsetDateTime::UNIX_EPOCH, || panic!("nothing has to be named"));
        assert!(price.is_zero());
    }

    #[tokio::test]
    async fn what_is_left_is_told_and_to_look_costs_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("state.db").display());
        let quotas = Quotas::new(State::open(&url, &directory.path().join("state.key")).await.unwrap());
        let (kind, until) = (AllowanceKind::Day, i64::MAX);
        let price = |item: &str| {
            let charge = Charge { account: "research day".into(), most: 2, until, kind, item: None };
            Price { item: item.into(), charges: vec![charge] }
        };
        let left = |price, left| vec![Allowance { kind, price, left, most: 2 }];
        assert_eq!(quotas.look(&price("a")).await.unwrap(), left(1, 2));
        assert_eq!(quotas.spend(&price("a")).await.unwrap(), left(1, 1));
        assert_eq!(quotas.spend(&price("a")).await.unwrap(), left(0, 1));
        assert_eq!(quotas.look(&price("a")).await.unwrap(), left(0, 1));
        assert_eq!(quotas.look(&price("b")).await.unwrap(), left(1, 1));
        assert_eq!(quotas.spend(&price("b")).await.unwrap(), left(1, 0));
        assert_eq!(quotas.look(&price("c")).await.unwrap(), left(1, 0));
        let spent = quotas.spend(&price("c")).await.unwrap_err();
        let of_case = |case: &str, item: &str| {
            let account = "care day".to_owned();
            let charge =
                Charge { account, most: 1, until, kind: AllowanceKind::Case, item: Some(case.into()) };
            Price { item: item.into(), charges: vec![charge] }
        };
        for question in ["a", "b", "c"] {
            assert!(quotas.spend(&of_case("17", question)).await.is_ok(), "all of one case is one");
        }
        let second = quotas.spend(&of_case("18", "a")).await.unwrap_err();
        assert!(matches!(second, ServiceError::Quota { most: 1, what: "cases a day" }), "{second}");
        assert!(
            matches!(spent, ServiceError::Quota { most: 2, what: "different questions a day" }),
            "{spent}"
        );
    }
}
