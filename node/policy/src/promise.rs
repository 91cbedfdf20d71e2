//! What a node promises of its answers, for programs: `/info` carries it for each dataset and profile, with what is not
//! promised. It follows from the rules alone, never from data.
//!
//! Bounds of what many answers together tell (a budget, noise, epochs) stand here once plans have them; until then
//! [`NotPromised::ManyAnswers`] says that there are none.

use fyr_schemas::Release;
use serde::Serialize;

use crate::{Profile, Rounding, rules::Effective};

/// What holds of every answer in one profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Promise {
    /// The most that is told.
    pub release: Release,
    /// The most that is told of people: entries of people, and whatever is filtered by what is true of them.
    pub subjects: Release,
    /// Fewest carriers, or people, that are told; 0 tells everything.
    pub minimum_carriers: u64,
    /// Fewest people whose consent covers a question of which anything is told.
    pub minimum_cohort: u64,
    /// How numbers are rounded: `exact`, `nearest` or `buckets` (10, 20, 50, 100, 200 and so on, downwards).
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
    /// Most different questions for one case, where there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions_a_case: Option<u64>,
    /// Whether a broker may show answers as this node's own.
    pub attributable: bool,
    /// What somebody can learn all the same.
    pub not_promised: Vec<NotPromised>,
}

/// What is not promised, so that whoever reads a promise does not take it for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NotPromised {
    /// Open data: nothing is kept back of anybody.
    Anything,
    /// A single carrier shows: that is what the question is about.
    SingleCarriers,
    /// Many answers together can tell of a person whose genome somebody knows.
    ManyAnswers,
    /// Who kept a former answer can tell it from one after somebody came or went.
    BeforeAndAfter,
}

impl Promise {
    pub(crate) fn new(profile: Profile, rules: &Effective<'_>) -> Self {
        let (bounds, quota) = (rules.bounds(profile), profile.quota());
        let (rounding, step) = match bounds.rounding {
            Rounding::Exact => ("exact", None),
            Rounding::Nearest(step) => ("nearest", Some(step)),
            Rounding::Buckets => ("buckets", None),
        };
        Self {
            release: bounds.release,
            subjects: bounds.release.min(rules.subjects()),
            minimum_carriers: bounds.minimum_carriers,
            minimum_cohort: bounds.minimum_cohort,
            rounding,
            step,
            most_filters: Some(rules.most_filters()).filter(|_| !rules.open()),
            questions_a_day: quota.per_day,
            questions_a_case: quota.per_case,
            attributable: rules.attributable(),
            not_promised: not_promised(profile, rules),
        }
    }
}

fn not_promised(profile: Profile, rules: &Effective<'_>) -> Vec<NotPromised> {
    if rules.open() || profile == Profile::AggregateOpen {
        return vec![NotPromised::Anything];
    }
    let bounds = rules.bounds(profile);
    let cases = [
        (NotPromised::SingleCarriers, bounds.minimum_carriers < 2),
        (NotPromised::ManyAnswers, true),
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
            ..DatasetRules::default()
        };
        let expected = json!({
            "release": "frequency",
            "subjects": "none",
            "minimumCarriers": 10,
            "minimumCohort": 200,
            "rounding": "buckets",
            "mostFilters": 2,
            "attributable": false,
            "notPromised": ["manyAnswers", "beforeAndAfter"],
        });
        assert_eq!(promise(Profile::Known, &rules), expected);
    }

    #[test]
    fn open_data_promise_nothing_and_care_shows_single_carriers() {
        let open =
            DatasetRules { open: Some(true), public: Some(Release::Record), ..DatasetRules::default() };
        assert_eq!(promise(Profile::Public, &open)["notPromised"], json!(["anything"]));
        let care = DatasetRules { care: Some(Release::Boolean), ..DatasetRules::default() };
        let promise = promise(Profile::Care, &care);
        assert_eq!(promise["notPromised"][0], "singleCarriers");
        assert_eq!((&promise["questionsADay"], &promise["questionsACase"]), (&json!(200), &json!(50)));
    }
}
