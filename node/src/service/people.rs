//! The accounts of people: who is told what of whom, as the state keeps it.

use std::sync::Arc;

use fyr_engine::{PersonNames, View};
use fyr_policy::{Accounting, Charged, Cost, DatasetPermit, Requester};
use fyr_state::{Bill, Holders, State};
use quick_cache::sync::Cache;
use time::OffsetDateTime;

use crate::{
    ServiceError,
    account::{AccountOf, Epoch},
    gate::{Chain, Telling, nobody},
};

/// How many datasets are remembered with the holders of their people.
const REMEMBERED: usize = 64;

/// Whose accounts the people of each dataset are, in one version of its data and of what they said, without those who are
/// left out for the requester.
type Known = Cache<(String, Option<u64>, u64, Vec<String>), Arc<Holders>>;

/// The accounts of people that the state keeps.
#[derive(Debug)]
pub(super) struct People {
    state: State,
    holders: Known,
}

impl People {
    pub(super) fn new(state: State) -> Self {
        Self { state, holders: Cache::new(REMEMBERED) }
    }

    /// Charges people for what somebody is told of them, and says who can bear it. Nobody can where the plan has no
    /// budget.
    pub(super) async fn bear(
        &self,
        telling: Telling<'_>,
        item: &str,
        cost: &Cost,
    ) -> Result<Charged, ServiceError> {
        let Telling { chain, stage, permit } = telling;
        let Some(bill) = bill(chain, permit, stage.now()) else {
            return Ok(nobody(cost));
        };
        let holders = self.holders(stage.view(), permit.id());
        Ok(self.state.bear(&bill, item, cost, &holders).await?)
    }

    fn holders(&self, view: &View, dataset: &str) -> Arc<Holders> {
        let left_out = view.left_out().to_vec();
        let key = (dataset.to_owned(), view.version(), view.consent_version(), left_out);
        if let Some(known) = self.holders.get(&key) {
            return known;
        }
        let people = view.people(dataset);
        let named = people.iter().map(|PersonNames { number, ids, family }| {
            (*number, ids.iter().map(AsRef::as_ref).collect(), family.as_deref())
        });
        let holders = Arc::new(self.state.holders(dataset, named));
        self.holders.insert(key, Arc::clone(&holders));
        holders
    }
}

/// Says to whom something is charged: the requester under all their names, the project that they ask for, the
/// organisations that they act for, and everybody together where nothing is known of them. None where the plan does not
/// charge.
fn bill(chain: &Chain, permit: &DatasetPermit, now: OffsetDateTime) -> Option<Bill> {
    let plan = permit.plan();
    match plan.accounting {
        Accounting::Thresholds { .. } | Accounting::Noise(_) => {}
        Accounting::None | Accounting::Unpriced => return None,
    }
    let budget = plan.profile.budget();
    let project = chain.project().map(|project| AccountOf::Project(project.to_owned()));
    let organisations = chain.organisations().map(|id| AccountOf::Organisation(id.to_owned()));
    let everybody = matches!(chain.requester(), Requester::Public).then_some(AccountOf::Public);
    let groups = project.into_iter().chain(organisations).chain(everybody);
    let groups = groups.map(|group| (group.owner(), budget.saturating_mul(group.times()))).collect();
    let requester = requesters(chain).iter().map(AccountOf::name).collect();
    let Epoch { year, until } = Epoch::of(now);
    Some(Bill { requester, groups, budget, epoch: year, until })
}

/// Returns the requester by all their names: whoever is nobody in particular by the network that they ask from. Whichever
/// service acts for a person or for nobody in particular changes nothing: by several of them nobody is told more.
fn requesters(chain: &Chain) -> Vec<AccountOf> {
    match chain.requester() {
        Requester::Public => vec![AccountOf::Network(chain.network())],
        Requester::Known { name } => vec![AccountOf::Credential(name.clone())],
        // Nothing that an owner is told is charged.
        Requester::Owner(_) => Vec::new(),
        Requester::User(_) => {
            chain.person().into_iter().chain(chain.linked()).cloned().map(AccountOf::Person).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fyr_identity::Verified;
    use fyr_policy::{
        Asking, ConsentBasis, DatasetRules, Held, Kind, Policy, PolicyConfig, Profile, RequesterFacts,
        Subject, authorize, no_wider,
    };
    use fyr_schemas::{AlleleQuery, Assembly, Granularity, Query, Release, VariantQuery};
    use fyr_state::AccountOwner;
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-06-15 12:00 UTC);
    const LN_2: u64 = 693_147_180;

    /// Whom something is charged to that is told in a capacity.
    fn charged(requester: Requester, through: Option<&str>, rules: DatasetRules) -> Option<Bill> {
        let rules = DatasetRules { consent: Some(ConsentBasis::OptOut), ..rules };
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        let purpose = "GRU; project=P-1".parse().unwrap();
        let granularity = Granularity::Boolean;
        let allele = VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap());
        let query = Query { granularity, ..Query::variants(allele) };
        let asking = Asking::of(&query, Some(&purpose), &requester, no_wider, NOON);
        let decision = policy.decide(&asking, Held { id: "D", kind: Kind::Individuals });
        let permit = authorize(&query, [&decision]).unwrap();
        let chain = Chain::new(&Verified::known(requester).through(through), Some(&purpose), None);
        bill(&chain, &permit.datasets()[0], NOON)
    }

    fn priced() -> DatasetRules {
        let yes = Some(Release::Boolean);
        let reference = Some("gnomad".into());
        DatasetRules {
            public: yes,
            known: yes,
            research: yes,
            consortium: yes,
            reference,
            ..DatasetRules::default()
        }
    }

    fn anna(projects: &[&str]) -> Requester {
        let facts = RequesterFacts {
            subject: Some("anna".into()),
            organisations: vec!["https://ki.se".into()],
            projects: projects.iter().map(|project| (*project).to_owned()).collect(),
            bona_fide: true,
            ..RequesterFacts::default()
        };
        let Requester::User(user) = facts.requester() else { panic!("a person") };
        let mut user = Arc::unwrap_or_clone(user);
        user.linked = vec![Subject { issuer: "https://other.example".into(), id: "17".into() }];
        Requester::User(Arc::new(user))
    }

    #[test]
    fn a_person_pays_under_all_names_with_project_and_organisations() {
        let bill = charged(anna(&["P-1"]), Some("broker.example"), priced()).unwrap();
        assert_eq!(bill.requester, ["person https://issuer.example|anna", "person https://other.example|17"]);
        let groups =
            ["project P-1", "organisation https://ki.se"].map(|name| AccountOwner::Group(name.into()));
        let groups: Vec<_> = groups.into_iter().zip([LN_2, 2 * LN_2]).collect();
        assert_eq!((bill.budget, bill.groups), (LN_2, groups));
        assert_eq!((bill.epoch, bill.until), (2026, datetime!(2027-01-01 0:00 UTC).unix_timestamp()));
        let elsewhere = charged(anna(&["P-2"]), None, priced()).unwrap();
        assert_eq!(elsewhere.groups.len(), 1, "a project is that of its members");
    }

    #[test]
    fn members_of_a_consortium_are_told_twice_as_much() {
        let rules = DatasetRules { tags: Some(vec!["P-1".into()]), ..priced() };
        let bill = charged(anna(&["P-1"]), None, rules).unwrap();
        let of_groups: Vec<_> = bill.groups.iter().map(|(_, budget)| *budget).collect();
        let twice = 1_386_294_361;
        assert_eq!((bill.budget, of_groups), (twice, vec![twice, 2 * twice]));
    }

    #[test]
    fn nobody_in_particular_is_one_requester_by_whichever_broker() {
        for through in [None, Some("broker.example"), Some("another.example")] {
            let public = charged(Requester::Public, through, priced()).unwrap();
            let all = vec![(AccountOwner::Requester("public".into()), 2 * LN_2)];
            assert_eq!((public.requester, public.groups), (vec!["public network unknown".to_owned()], all));
            let known = charged(Requester::Known { name: "clinic".into() }, through, priced()).unwrap();
            assert_eq!((known.requester, known.groups), (vec!["credential clinic".to_owned()], Vec::new()));
        }
    }

    #[test]
    fn noise_is_charged_without_a_reference() {
        let noise = Some(vec![Profile::Public]);
        let rules = DatasetRules { reference: None, noise, ..priced() };
        let bill = charged(Requester::Public, None, rules).unwrap();
        assert_eq!((bill.requester, bill.budget), (vec!["public network unknown".to_owned()], LN_2));
    }

    #[test]
    fn what_is_not_priced_has_no_bill() {
        let why = Some("to see what is charged".into());
        let rules = DatasetRules { reference: None, accounts: Some(false), lowered_because: why, ..priced() };
        let bill = charged(Requester::Public, None, rules);
        assert_eq!(bill, None);
    }

    #[tokio::test]
    async fn whoever_is_left_out_for_one_requester_has_an_account_with_the_others() {
        let fixture = crate::service::tests::Fixture::new().await;
        let engine = crate::open_store(&fixture.config, Arc::default()).await.unwrap();
        let whole = engine.view(&Arc::default()).await.unwrap();
        let narrowed = whole.without(&["b".to_owned()]).await.unwrap();
        let people = People::new(fixture.node.state.clone());
        let numbers = |view: &View| view.people("open").len();
        assert_eq!((numbers(&narrowed), numbers(&whole)), (2, 3));
        let without = people.holders(&narrowed, "open");
        assert!(
            !Arc::ptr_eq(&without, &people.holders(&whole, "open")),
            "they are asked to bear what others are told"
        );
        assert!(Arc::ptr_eq(&without, &people.holders(&narrowed, "open")));
    }
}
