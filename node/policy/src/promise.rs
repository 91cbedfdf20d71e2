//! What a node promises of its answers, for programs: `/info` carries it for each dataset and profile, with what is not
//! promised. It follows from the rules alone, never from data.
//!
//! Where people have accounts, [`AccountPromise`] bounds what many answers together tell; elsewhere
//! [`NotPromised::ManyAnswers`] says that nothing does.

mod confirmed;

use fyr_schemas::Release;
use serde::Serialize;

use crate::{Accounting, Additions, Besides, Epsilon, Every, Profile, Quota, Rounding, rules::Effective};
use confirmed::{Confirmed, confirmed};

/// What holds of a published table.
const PUBLISHED: &str = "published, membership not protected";

/// What holds of every answer in one profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Promise {
    /// What holds of a published table, in words; none where it is not one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<&'static str>,
    /// The most that is told.
    pub release: Release,
    /// The most that is told of people: entries of people, and whatever is filtered by what is true of them.
    pub subjects: Release,
    /// Fewest carriers, or people, that are told; 0 tells everything.
    pub minimum_carriers: u64,
    /// Fewest people whose consent covers a question of which anything is told.
    pub minimum_cohort: u64,
    /// How numbers are made less exact: `exact` where they are not, `nearest`, `buckets` (10, 20, 50, 100, 200 and so on,
    /// downwards), or `noise`.
    pub rounding: &'static str,
    /// Numbers are multiples of this, where they are rounded to the nearest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    /// Most filters of one question, where there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_filters: Option<u64>,
    /// Most different questions of one person on one day, where there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions_a_day: Option<u64>,
    /// Most cases of one person on one day, however much is asked for each, where there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases_a_day: Option<u64>,
    /// How what is told of people is charged to their accounts, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountPromise>,
    /// When those who come to the dataset are told of, where they wait for others; left out where they are at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additions: Option<AdditionsPromise>,
    /// Whether a broker may show answers as this node's own.
    pub attributable: bool,
    /// What somebody can learn all the same.
    pub not_promised: Vec<NotPromised>,
}

/// When those who come to a dataset are told of. What is corrected of those who are told of is told at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdditionsPromise {
    /// Together, by `release-epoch`: each answer says which one it is of.
    pub by: &'static str,
    /// How many must have come who may be counted; relatives count once.
    pub at_least: u64,
    /// How much time must have passed since the last release, where that is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
}

impl AdditionsPromise {
    fn new(profile: Profile, rules: &Effective<'_>) -> Option<Self> {
        let Additions { at_least, every } = rules.additions().filter(|_| profile.has_accounts())?;
        Some(Self { by: "release-epoch", at_least, every })
    }
}

/// What holds of all answers to one requester together: of each person, over all datasets of the node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountPromise {
    /// The most that is told: carriers, compared with public thresholds or with noise.
    pub release: Release,
    /// The dataset of frequencies by which answers are priced; without one nothing is told that would have a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When accounts begin anew: with the `calendar-year`, UTC.
    pub epoch: &'static str,
    /// What may be told to a requester of one person in an epoch, billionths of a nat.
    pub budget: u64,
    /// The same of all members of a project together.
    pub project_budget: u64,
    /// The same of all people of an organisation together.
    pub organisation_budget: u64,
    /// The same of all together of whom nothing is known: each network that they ask from is one requester.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_budget: Option<u64>,
    /// How many times as likely all that a requester is told is with a person as without, at most, rounded.
    pub times_as_likely: u64,
    /// What becomes of questions about people that name no allele, and so have no price: `within-floors`, `with-noise` or
    /// `not-told`.
    pub besides: &'static str,
    /// How frequent an allele must be elsewhere for a yes or no about it to cost no more than the budget, for some numbers
    /// of people: how many there are here plays no part. Rarer ones are confirmed to nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confirmed_from: Vec<Confirmed>,
    /// The noise of each number, where there is some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoisePromise>,
}

/// What holds of each number that is told with noise.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoisePromise {
    /// What it costs each person who is counted, nats: a whole number is drawn around the true one with a probability in
    /// proportion to e^(-ε·distance).
    pub epsilon: f64,
    /// The standard deviation of what is drawn, people, to a tenth.
    pub standard_deviation: f64,
    /// How many numbers a requester is told in an epoch in which the same person is counted.
    pub numbers_of_a_person: u64,
}

impl NoisePromise {
    fn new(epsilon: Epsilon, budget: u64) -> Self {
        Self {
            epsilon: epsilon.nats(),
            standard_deviation: (epsilon.standard_deviation() * 10.0).round() / 10.0,
            numbers_of_a_person: budget / epsilon.billionths(),
        }
    }
}

impl AccountPromise {
    pub(crate) fn new(profile: Profile, rules: &Effective<'_>) -> Option<Self> {
        let (accounting, bounds, budget) =
            (rules.accounting(profile), rules.bounds(profile), profile.budget());
        let besides = match accounting {
            Accounting::None => return None,
            Accounting::Noise(_) => "with-noise",
            Accounting::Thresholds { besides: Besides::Floors } => "within-floors",
            Accounting::Thresholds { besides: Besides::Nothing } | Accounting::Unpriced => "not-told",
        };
        let is_priced = matches!(accounting, Accounting::Thresholds { .. });
        let noise = rules.noise(profile).map(|epsilon| NoisePromise::new(epsilon, budget));
        Some(Self {
            release: bounds.release.min(Release::Count),
            reference: rules.reference().filter(|_| noise.is_none()).map(str::to_owned),
            epoch: "calendar-year",
            budget,
            project_budget: budget,
            organisation_budget: 2 * budget,
            public_budget: (profile == Profile::Public).then_some(2 * budget),
            times_as_likely: (budget as f64 / 1e9).exp().round() as u64,
            besides,
            confirmed_from: if is_priced { confirmed(bounds, budget) } else { Vec::new() },
            noise,
        })
    }
}

/// What is not promised, so that whoever reads a promise does not take it for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NotPromised {
    /// Open data: nothing is kept back of anybody.
    Anything,
    /// Whoever has somebody's genome can tell from a published table whether they were counted in it.
    Membership,
    /// A single carrier shows: that is what the question is about.
    SingleCarriers,
    /// Many answers together can tell of a person whose genome somebody knows.
    ManyAnswers,
    /// Many answers about people together can tell of what is known of a person: they are not charged.
    ManyAnswersAboutPeople,
    /// Alleles that are inherited together are each charged by themselves, to those who carry the one that is asked for.
    LinkedAlleles,
    /// Which terms, values and bands people can be asked about follows from how many have them, by floors without noise.
    PublishedSets,
    /// Who kept a former answer can tell it from one after somebody came or went.
    BeforeAndAfter,
}

impl Promise {
    pub(crate) fn new(profile: Profile, rules: &Effective<'_>) -> Self {
        let bounds = rules.bounds(profile);
        let (questions_a_day, cases_a_day) = match profile.quota() {
            _ if rules.is_published() => (None, None),
            Quota::Any => (None, None),
            Quota::Questions(most) => (Some(most), None),
            Quota::Cases(most) => (None, Some(most)),
        };
        let (rounding, step) = match bounds.rounding {
            _ if rules.noise(profile).is_some() => ("noise", None),
            Rounding::Exact => ("exact", None),
            Rounding::Nearest(step) => ("nearest", Some(step)),
            Rounding::Buckets => ("buckets", None),
        };
        Self {
            published: rules.is_published().then_some(PUBLISHED),
            release: bounds.release,
            subjects: bounds.release.min(rules.subjects()),
            minimum_carriers: bounds.minimum_carriers,
            minimum_cohort: bounds.minimum_cohort,
            rounding,
            step,
            most_filters: Some(rules.most_filters()).filter(|_| !rules.open() && !rules.is_published()),
            questions_a_day,
            cases_a_day,
            account: AccountPromise::new(profile, rules),
            additions: AdditionsPromise::new(profile, rules),
            attributable: rules.attributable(),
            not_promised: not_promised(profile, rules),
        }
    }
}

fn not_promised(profile: Profile, rules: &Effective<'_>) -> Vec<NotPromised> {
    if (rules.open() && !rules.is_published()) || profile == Profile::AggregateOpen {
        return vec![NotPromised::Anything];
    }
    if rules.is_published() {
        return vec![NotPromised::Membership, NotPromised::BeforeAndAfter];
    }
    let bounds = rules.bounds(profile);
    let accounting = rules.accounting(profile);
    let has_accounts = accounting != Accounting::None;
    let is_noisy = matches!(accounting, Accounting::Noise(_));
    let besides = accounting == Accounting::Thresholds { besides: Besides::Floors };
    let cases = [
        (NotPromised::SingleCarriers, bounds.minimum_carriers < 2),
        (NotPromised::ManyAnswers, !has_accounts),
        (NotPromised::ManyAnswersAboutPeople, besides && rules.subjects() > Release::None),
        // Noise hides a person whatever others are known to have in common with them.
        (NotPromised::LinkedAlleles, has_accounts && !is_noisy),
        (NotPromised::PublishedSets, is_noisy && rules.subjects() > Release::None),
        (NotPromised::BeforeAndAfter, true),
    ];
    cases.into_iter().filter_map(|(what, holds)| holds.then_some(what)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ConsentBasis, DatasetRules};

    fn promise(profile: Profile, rules: &DatasetRules) -> serde_json::Value {
        serde_json::to_value(Promise::new(profile, &Effective::new(rules, &DatasetRules::default()))).unwrap()
    }

    #[test]
    fn a_promise_says_what_holds_and_what_does_not() {
        let rules = DatasetRules {
            known: Some(Release::Frequency),
            consent: Some(ConsentBasis::OptOut),
            attributable: Some(false),
            accounts: Some(false),
            ..DatasetRules::default()
        };
        let expected = json!({
            "release": "frequency",
            "subjects": "none",
            "minimumCarriers": 10,
            "minimumCohort": 200,
            "rounding": "buckets",
            "mostFilters": 2,
            "additions": { "by": "release-epoch", "atLeast": 10 },
            "attributable": false,
            "notPromised": ["manyAnswers", "beforeAndAfter"],
        });
        assert_eq!(promise(Profile::Known, &rules), expected);
    }

    #[test]
    fn where_people_have_accounts_many_answers_are_bounded() {
        let rules = |reference: Option<&str>, accounts, subjects| DatasetRules {
            research: Some(Release::Count),
            consortium: Some(Release::Frequency),
            care: Some(Release::Boolean),
            subjects: Some(subjects),
            consent: Some(ConsentBasis::OptOut),
            reference: reference.map(str::to_owned),
            accounts,
            ..DatasetRules::default()
        };
        let priced = rules(Some("gnomad-4"), None, Release::Boolean);
        let of_consortium = promise(Profile::Consortium, &priced);
        let expected = json!({
            "release": "count",
            "reference": "gnomad-4",
            "epoch": "calendar-year",
            "budget": 1_386_294_361,
            "projectBudget": 1_386_294_361,
            "organisationBudget": 2_772_588_722u64,
            "timesAsLikely": 4,
            "besides": "within-floors",
            "confirmedFrom": [
                { "people": 1_000, "frequency": 0.00066 },
                { "people": 2_500, "frequency": 0.00027 },
                { "people": 10_000, "frequency": 0.000066 },
                { "people": 50_000, "frequency": 0.000014 },
            ],
        });
        assert_eq!(of_consortium["account"], expected);
        let not_promised = |rules| promise(Profile::Research, &rules)["notPromised"].clone();
        assert_eq!(
            not_promised(priced.clone()),
            json!(["manyAnswersAboutPeople", "linkedAlleles", "beforeAndAfter"])
        );
        let without = rules(Some("gnomad-4"), None, Release::None);
        assert_eq!(not_promised(without), json!(["linkedAlleles", "beforeAndAfter"]));
        let demanded = rules(None, Some(true), Release::Boolean);
        assert_eq!(promise(Profile::Research, &demanded)["account"]["besides"], "not-told");
        assert_eq!(not_promised(demanded), json!(["linkedAlleles", "beforeAndAfter"]));
        assert!(promise(Profile::Care, &priced)["account"].is_null(), "care has no account");
        assert_eq!(promise(Profile::Care, &priced)["notPromised"][1], "manyAnswers");
    }

    #[test]
    fn noise_is_promised_with_what_it_costs() {
        let rules = DatasetRules {
            research: Some(Release::Count),
            subjects: Some(Release::Count),
            consent: Some(ConsentBasis::OptOut),
            noise: Some(vec![Profile::Research]),
            ..DatasetRules::default()
        };
        let promised = promise(Profile::Research, &rules);
        assert_eq!(promised["rounding"], "noise");
        let noise = json!({ "epsilon": 0.23, "standardDeviation": 6.1, "numbersOfAPerson": 3 });
        assert_eq!(promised["account"]["noise"], noise);
        assert_eq!(promised["account"]["besides"], "with-noise");
        assert!(promised["account"]["confirmedFrom"].is_null() && promised["account"]["reference"].is_null());
        assert_eq!(promised["notPromised"], json!(["publishedSets", "beforeAndAfter"]));
        let stated = DatasetRules { epsilon: Epsilon::of(0.1), reference: Some("gnomad-4".into()), ..rules };
        let promised = promise(Profile::Research, &stated);
        let noise = json!({ "epsilon": 0.1, "standardDeviation": 14.1, "numbersOfAPerson": 6 });
        assert_eq!(promised["account"]["noise"], noise);
        assert!(promised["account"]["reference"].is_null(), "no reference prices it");
    }

    #[test]
    fn who_comes_waits_for_others_and_not_in_care() {
        let rules = DatasetRules {
            research: Some(Release::Count),
            care: Some(Release::Boolean),
            consent: Some(ConsentBasis::OptOut),
            additions_every: "30 days".parse().ok(),
            ..DatasetRules::default()
        };
        let expected = json!({ "by": "release-epoch", "atLeast": 10, "every": "30 days" });
        assert_eq!(promise(Profile::Research, &rules)["additions"], expected);
        assert!(promise(Profile::Care, &rules)["additions"].is_null());
    }

    #[test]
    fn open_data_promise_nothing_and_care_shows_single_carriers() {
        let open =
            DatasetRules { open: Some(true), public: Some(Release::Record), ..DatasetRules::default() };
        assert_eq!(promise(Profile::Public, &open)["notPromised"], json!(["anything"]));
        let care = DatasetRules { care: Some(Release::Boolean), ..DatasetRules::default() };
        let promise = promise(Profile::Care, &care);
        assert_eq!(promise["notPromised"][0], "singleCarriers");
        assert_eq!((&promise["questionsADay"], &promise["casesADay"]), (&json!(null), &json!(50)));
    }

    #[test]
    fn single_carriers_show_below_a_floor_of_two() {
        let shows = |floor| {
            let rules = DatasetRules {
                known: Some(Release::Count),
                minimum_carriers: Some(floor),
                consent: Some(ConsentBasis::OptOut),
                ..DatasetRules::default()
            };
            let not_promised = promise(Profile::Known, &rules)["notPromised"].clone();
            not_promised.as_array().unwrap().contains(&json!("singleCarriers"))
        };
        assert_eq!([0, 1, 2, 3].map(shows), [true, true, false, false]);
    }
}
