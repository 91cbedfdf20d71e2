//! The owner's own view: whoever keeps the data counts them for their own patients, at the machine that holds them.
//!
//! It is no profile of rules, and no policy is asked about it: profiles say what others may learn. Numbers are told as they
//! are, without floors, rounding and accounts, of everybody who has not withdrawn; no person is named.
//!
//! Who publishes a table is told what others shall read: of those who agreed to be counted, above a floor, as one table an
//! allele, rounded. What agreements ask for is what a question about variants without a stated purpose does.

use std::sync::Arc;

use fyr_schemas::Release;

use super::{Decision, Proposal, cohort};
use crate::{
    Accounting, Asking, Cohort, Held, Measure, Profile, PublicationTerms, Questions, ReleasePlan, Requester,
    Rounding, Suitability, rules::Effective,
};

/// What the record of a decision calls that which permits it.
const BY: &str = "owner";

impl Decision {
    /// Decides about a dataset for its owner; nothing where somebody else asks.
    pub(super) fn of_owner(asking: &Asking, held: Held<'_>, rules: &Effective<'_>) -> Option<Self> {
        let Requester::Owner(owner) = &asking.requester else { return None };
        let own = plan(asking, rules);
        let (plan, cohort) = match owner.publishes() {
            None => (own, Cohort::Everyone),
            Some(terms) => (to_publish(own, terms), cohort(rules, held.kind, asking.needed(), false)),
        };
        Some(Self {
            dataset: held.id.to_owned(),
            plan: Some(plan),
            cohort,
            visible: true,
            records: false,
            proposals: vec![Proposal { plan, allowed: true, policies: vec![BY.to_owned()] }],
            reference: None,
            populations: Arc::default(),
            data_use: Suitability::Permit,
            until: i64::MAX,
        })
    }
}

fn plan(asking: &Asking, rules: &Effective<'_>) -> ReleasePlan {
    ReleasePlan {
        profile: Profile::Owner,
        // Counts, and nobody by name.
        release: Release::ceiling(asking.extent.granularity).min(asking.at_most).min(Release::Frequency),
        measure: Measure::Alleles,
        minimum_carriers: 0,
        minimum_cohort: 0,
        rounding: Rounding::Exact,
        accounting: Accounting::None,
        questions: Questions::Free,
        cases: true,
        published: false,
        attributable: true,
        silent: rules.silent(),
    }
}

/// What is published of data: nothing of a few, and nothing of who is related to whom.
fn to_publish(own: ReleasePlan, terms: PublicationTerms) -> ReleasePlan {
    let PublicationTerms { minimum_carriers, rounding } = terms;
    ReleasePlan { minimum_carriers, minimum_cohort: minimum_carriers, rounding, cases: false, ..own }
}

#[cfg(test)]
mod tests {
    use fyr_schemas::{EntryType, Granularity, Query};
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        ConsentBasis, DatasetRules, InvalidPolicy, Kind, LocalOwner, Policy, PolicyConfig, RequesterFacts,
        authorize, no_wider,
    };

    /// What is permitted of a dataset with these rules.
    fn permitted(
        rules: &DatasetRules,
        requester: &Requester,
        granularity: Granularity,
    ) -> Option<ReleasePlan> {
        let policy = Policy::new(PolicyConfig { default: rules.clone(), ..PolicyConfig::default() }).unwrap();
        let query = Query { granularity, ..Query::entries(EntryType::GenomicVariant) };
        let asking = Asking::of(&query, None, requester, no_wider, OffsetDateTime::UNIX_EPOCH);
        let decision = policy.decide(&asking, Held { id: "D", kind: Kind::Individuals });
        authorize(&query, [&decision]).ok()?.datasets().first().map(|permit| permit.plan())
    }

    fn owner() -> Requester {
        Requester::Owner(LocalOwner::at_this_machine("anna@clinic"))
    }

    #[test]
    fn no_rules_restrain_the_owner_and_none_name_people() {
        let closed = DatasetRules::default();
        let strict = DatasetRules {
            known: Some(Release::Boolean),
            minimum_carriers: Some(100),
            minimum_cohort: Some(1000),
            consent: Some(ConsentBasis::OptIn),
            accounts: Some(true),
            tags: Some(vec!["P-1".into()]),
            expires: Some("1969-01-01".into()),
            ..DatasetRules::default()
        };
        let open =
            DatasetRules { open: Some(true), public: Some(Release::Record), ..DatasetRules::default() };
        let open = DatasetRules { minimum_carriers: Some(0), minimum_cohort: Some(0), ..open };
        for rules in [closed, strict, open] {
            let plan = permitted(&rules, &owner(), Granularity::Record).unwrap();
            assert_eq!((plan.profile, plan.release), (Profile::Owner, Release::Frequency), "{rules:?}");
            let needs = plan.needs();
            assert!(!needs.hides && !needs.margins && !needs.records && needs.fixed.is_none(), "{rules:?}");
            assert_eq!((plan.rounding, plan.accounting), (Rounding::Exact, Accounting::None));
            let less = permitted(&rules, &owner(), Granularity::Boolean).unwrap();
            assert_eq!(less.release, Release::Boolean);
        }
    }

    #[test]
    fn only_who_withdrew_is_left_out() {
        let rules = DatasetRules { consent: Some(ConsentBasis::OptIn), ..DatasetRules::default() };
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        let query = Query::entries(EntryType::Individual);
        let asking = Asking::of(&query, None, &owner(), no_wider, OffsetDateTime::UNIX_EPOCH);
        let decision = policy.decide(&asking, Held { id: "D", kind: Kind::Individuals });
        assert_eq!(decision.cohort(), Cohort::Everyone);
        assert_eq!((decision.policies(), decision.shows_records()), (vec!["owner".to_owned()], false));
    }

    #[test]
    fn nobody_else_is_the_owner() {
        let rules = DatasetRules {
            known: Some(Release::Boolean),
            consent: Some(ConsentBasis::OptOut),
            accounts: Some(false),
            lowered_because: Some("to see who is told".into()),
            ..DatasetRules::default()
        };
        let named = Requester::Known { name: "owner".into() };
        let user = RequesterFacts { subject: Some("owner".into()), ..RequesterFacts::default() }.requester();
        for (requester, profile) in [(named, Some(Profile::Known)), (user, None), (Requester::Public, None)] {
            let plan = permitted(&rules, &requester, Granularity::Record);
            assert_eq!(plan.map(|plan| plan.profile), profile, "{requester:?}");
        }
        assert!(!Profile::ALL.contains(&Profile::Owner), "rules cannot name it");
        let free = DatasetRules { free_questions: Some(vec![Profile::Owner]), ..DatasetRules::default() };
        let refused = Policy::new(PolicyConfig { default: free, ..PolicyConfig::default() }).unwrap_err();
        assert_eq!(refused, InvalidPolicy::FreeOwner("the default".into()));
    }
}
