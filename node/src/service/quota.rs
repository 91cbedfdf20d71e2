//! How many different questions somebody may ask on a day, or for a case. Data play no part in it.

use futures::future::BoxFuture;
use fyr_policy::{Permit, Profile};
use fyr_schemas::{Located, LocatedKey, Query};
use fyr_state::State;
use time::OffsetDateTime;

use crate::{
    ServiceError,
    gate::{Chain, Charge, Price, Spend},
};

/// How long the questions of a case are counted, days.
const CASE_DAYS: i64 = 366;
const DAY: i64 = 86_400;

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
    let mut profiles: Vec<_> = permit.datasets().iter().map(|dataset| dataset.plan().profile).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let today = now.div_euclid(DAY);
    let person = format!("{}|{}", person.issuer, person.id);
    let case = chain.purpose().and_then(|purpose| purpose.case.as_ref());
    let of = |profile: Profile| {
        let (name, quota) = (profile.name(), profile.quota());
        let day = quota.per_day.map(|most| Charge {
            account: format!("{name} day {today} of {person}"),
            most,
            until: (today + 1) * DAY,
            what: "a day",
        });
        let case = quota.per_case.zip(case).map(|(most, case)| Charge {
            account: format!("{name} case {case}"),
            most,
            until: now + CASE_DAYS * DAY,
            what: "a case",
        });
        [day, case]
    };
    profiles.into_iter().flat_map(of).flatten().collect()
}

/// Names what a question is about, in whichever notation and assembly it was asked. A question over several
/// datasets is one.
pub(super) fn item(query: &Query, located: Option<&Located>) -> String {
    LocatedKey::of("", query, located).to_string()
}

/// The quotas that the state counts.
#[derive(Debug)]
pub(crate) struct Quotas(pub(crate) State);

impl Spend for Quotas {
    fn spend<'a>(&'a self, price: &'a Price) -> BoxFuture<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            for Charge { account, most, until, what } in &price.charges {
                if !self.0.spend(account, &price.item, *most, *until).await? {
                    return Err(ServiceError::Quota { most: *most, what });
                }
            }
            Ok(())
        })
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
        let charges = charges(&permit, &chain(requester, &purpose), 3 * DAY + 5);
        let told: Vec<_> =
            charges.iter().map(|charge| (charge.account.as_str(), charge.most, charge.until)).collect();
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
        let chain = chain(Requester::Public, &purpose);
        assert_eq!(charges(&permit, &chain, 0), []);
        let price = price(&permit, &chain, OffsetDateTime::UNIX_EPOCH, || panic!("nothing has to be named"));
        assert!(price.is_zero());
    }
}
