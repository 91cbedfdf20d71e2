//! In plain words: what each profile may learn of a dataset, for people who have to answer for it.

use fyr_schemas::Release;
use serde::Serialize;

use crate::{
    Additions, Bounds, Policy, Profile, Questions, Quota, Rounding,
    promise::{AccountPromise, NoisePromise, Promise},
    rules::Effective,
};

/// What one profile may learn of a dataset, as a sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileStatement {
    /// The profile.
    pub profile: &'static str,
    /// What it may learn, as a sentence.
    pub learns: String,
    /// The same for programs.
    pub promise: Promise,
    /// Why it goes beyond what the profile comes with, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowered_because: Option<String>,
}

/// Says what each profile may learn of a dataset, as far as the rules go; who is in a profile is for the
/// policies to say. Nothing depends on data.
pub fn statements(policy: &Policy, dataset: &str) -> Vec<ProfileStatement> {
    let rules = policy.of(dataset);
    let named = Profile::ALL.into_iter().filter(|profile| rules.bounds(*profile).release > Release::None);
    named
        .map(|profile| ProfileStatement {
            profile: profile.name(),
            promise: Promise::new(profile, &rules),
            learns: sentence(profile, rules.bounds(profile), &rules),
            lowered_because: rules.lowered_because().filter(|_| rules.is_lowered(profile)).map(str::to_owned),
        })
        .collect()
}

fn sentence(profile: Profile, bounds: Bounds, rules: &Effective<'_>) -> String {
    let who = profile.who();
    if rules.is_published() {
        return format!(
            "{who} can read the published table, without limit: allele counts and numbers, by population and sex; whether \
             somebody was counted in it is not protected; {}",
            attribution(rules)
        );
    }
    let learned = released(bounds.release);
    let people = of_people(bounds.release.min(rules.subjects()));
    let account = accounted(profile, rules);
    let limits = [
        floor(bounds),
        nested(bounds, rules),
        free(profile, rules),
        named(profile, bounds, rules),
        cohort(bounds),
        rounded(profile, rules),
        account,
        additions(profile, rules),
        quota(profile),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    let limits = if limits.is_empty() { "nothing is hidden".to_owned() } else { limits.join("; ") };
    format!("{who} can learn {learned}; {people}; {limits}; {}", attribution(rules))
}

fn released(release: Release) -> &'static str {
    match release {
        Release::None => "nothing",
        Release::Boolean => "whether a variant was seen",
        Release::Count => "how many people carry a variant",
        Release::Frequency => "allele counts and numbers, by population and sex",
        Release::Record => "everything: it is declared open",
    }
}

fn of_people(release: Release) -> &'static str {
    match release {
        Release::None => "nothing of its people",
        Release::Boolean => "whether there are people with a phenotype",
        Release::Count => "how many people have a phenotype",
        Release::Frequency => "allele counts among people with a phenotype",
        Release::Record => "records of its people",
    }
}

fn floor(bounds: Bounds) -> Option<String> {
    match bounds.minimum_carriers {
        0 if bounds.release < Release::Count => None,
        0 => Some("no floor: a single carrier shows".to_owned()),
        floor => Some(format!("fewer than {floor} carriers read as not seen")),
    }
}

/// Says which populations are taken to lie within which, where frequencies with a floor are told.
fn nested(bounds: Bounds, rules: &Effective<'_>) -> Option<String> {
    let populations = rules.populations().to_string();
    let matters =
        bounds.release == Release::Frequency && bounds.minimum_carriers > 0 && !populations.is_empty();
    matters.then(|| {
        format!("of frequencies without people, populations lie within each other so: {populations}")
    })
}

/// Says which lists of values can be asked for together, where sets are fixed.
fn named(profile: Profile, bounds: Bounds, rules: &Effective<'_>) -> Option<String> {
    let sets = rules.value_sets().to_string();
    let is_fixed = matches!(rules.questions(profile), Questions::Fixed { .. }) && bounds.minimum_carriers > 0;
    let matters = is_fixed && rules.subjects() > Release::None && !sets.is_empty();
    matters.then(|| format!("these lists of values can be asked for together: {sets}"))
}

/// Says so where a filter may select any people of data that are not open.
fn free(profile: Profile, rules: &Effective<'_>) -> Option<String> {
    let free = rules.frees(profile) && !rules.open() && rules.subjects() > Release::None;
    free.then(|| "filters may select any set of people, also two that differ in one person".to_owned())
}

fn cohort(bounds: Bounds) -> Option<String> {
    let cohort = bounds.minimum_cohort;
    (cohort > 0).then(|| format!("nothing is told of fewer than {cohort} people"))
}

fn rounded(profile: Profile, rules: &Effective<'_>) -> Option<String> {
    let bounds = rules.bounds(profile);
    if bounds.release < Release::Count || rules.noise(profile).is_some() {
        return None;
    }
    match bounds.rounding {
        Rounding::Exact => None,
        Rounding::Nearest(step) => Some(format!("numbers are rounded to multiples of {step}")),
        Rounding::Buckets => Some("numbers are rounded down to 10, 20, 50, 100 and so on".to_owned()),
    }
}

/// Says for how many others whoever comes waits.
fn additions(profile: Profile, rules: &Effective<'_>) -> Option<String> {
    let Additions { at_least, every } = rules.additions().filter(|_| profile.has_accounts())?;
    let every =
        every.map(|every| format!(", {every} after the last time at the earliest")).unwrap_or_default();
    Some(format!("who comes to the dataset is told of when {at_least} have come{every}"))
}

fn accounted(profile: Profile, rules: &Effective<'_>) -> Option<String> {
    if rules.does_without_accounts(profile) {
        return Some("no account bounds what many answers together tell of a person".to_owned());
    }
    let AccountPromise { reference, times_as_likely: times, noise, .. } =
        AccountPromise::new(profile, rules)?;
    let all = match profile {
        Profile::Public => {
            " (who asks from one network is one requester; all of them together are told twice as much)"
        }
        _ => "",
    };
    if let Some(NoisePromise { epsilon, standard_deviation, numbers_of_a_person: numbers }) = noise {
        return Some(format!(
            "numbers of people are told with noise of a standard deviation of {standard_deviation} (epsilon {epsilon}), each \
             charged to those who are counted: all that one requester is told of somebody in a year is at most {times} \
             times as likely with them as without{all}, and whoever was counted {numbers} times is left out of an answer"
        ));
    }
    let Some(reference) = reference else {
        return Some("of people nothing is told, since no reference prices it".to_owned());
    };
    Some(format!(
        "of people no more than how many carry a variant, charged by the frequencies of `{reference}`: all that one \
         requester is told of somebody in a year is at most {times} times as likely with them as without{all}, and whoever \
         cannot bear more is left out of an answer"
    ))
}

fn quota(profile: Profile) -> Option<String> {
    match profile.quota() {
        Quota::Any => None,
        Quota::Questions(most) => Some(format!("{most} different questions a day")),
        Quota::Cases(most) => Some(format!("{most} cases a day, each looked at afterwards")),
    }
}

fn attribution(rules: &Effective<'_>) -> &'static str {
    if rules.attributable() { "brokers may name this node" } else { "brokers may only add it to a sum" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatasetRules, PolicyConfig};

    #[test]
    fn what_is_told_is_said_in_words() {
        let rules = DatasetRules {
            public: Some(Release::Boolean),
            research: Some(Release::Count),
            consortium: Some(Release::Frequency),
            subjects: Some(Release::Count),
            minimum_carriers: Some(7),
            lowered_because: Some("decision 2026-17 of the board".into()),
            accounts: Some(false),
            consent: Some(crate::ConsentBasis::OptIn),
            data_use: Some(vec!["HMB".parse().unwrap()]),
            ..DatasetRules::default()
        };
        let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
        let said = statements(&policy, "D");
        assert_eq!(said.len(), 3);
        assert_eq!(
            said[0].learns,
            "anyone can learn whether a variant was seen; whether there are people with a phenotype; fewer than 7 \
             carriers read as not seen; nothing is told of fewer than 1000 people; no account bounds what many \
             answers together tell of a person; who comes to the dataset is told of when 7 have come; brokers may name this \
             node"
        );
        assert_eq!(said[0].lowered_because.as_deref(), Some("decision 2026-17 of the board"));
        assert!(said[1].learns.contains("rounded down to 10, 20, 50"), "{}", said[1].learns);
        assert!(said[1].learns.contains("1000 different questions a day"), "{}", said[1].learns);
        assert!(said[1].lowered_because.is_some());
        assert!(said[2].learns.contains("multiples of 5") && said[2].learns.contains("no account bounds"));
    }

    #[test]
    fn lists_and_populations_are_said_where_they_matter() {
        let default: DatasetRules = toml::from_str(
            "public = \"boolean\"\nknown = \"frequency\"\ncare = \"boolean\"\nsubjects = \"count\"\nconsent = \"opt-out\"\n\
             care_legal_basis = \"Act\"\npopulations = { EUR = [\"FIN\", \"GBR\"], FIN = [\"East\"] }\n\
             value_sets = { sexes = [\"sex=male\", \"sex=female\"] }\n",
        )
        .unwrap();
        let policy = Policy::new(PolicyConfig { default, ..PolicyConfig::default() }).unwrap();
        let said = statements(&policy, "D");
        let says = |words: &str| said.iter().map(|said| said.learns.contains(words)).collect::<Vec<_>>();
        assert_eq!(says("so: EUR (FIN, GBR), FIN (East)"), [false, true, false]);
        assert_eq!(says("together: sexes (sex=female, sex=male)"), [true, true, false]);
    }

    #[test]
    fn accounts_are_said_in_words() {
        let said = |reference: Option<&str>| {
            let default = DatasetRules {
                consortium: Some(Release::Count),
                consent: Some(crate::ConsentBasis::OptIn),
                reference: reference.map(str::to_owned),
                accounts: Some(true),
                ..DatasetRules::default()
            };
            let policy = Policy::new(PolicyConfig { default, ..PolicyConfig::default() }).unwrap();
            statements(&policy, "D")[0].learns.clone()
        };
        assert!(said(Some("gnomad-4")).contains("`gnomad-4`: all that one requester is told"));
        assert!(said(Some("gnomad-4")).contains("at most 4 times as likely"));
        assert!(said(None).contains("of people nothing is told"));
    }

    #[test]
    fn noise_is_said_in_words() {
        let default = DatasetRules {
            known: Some(Release::Count),
            consent: Some(crate::ConsentBasis::OptIn),
            noise: Some(vec![Profile::Known]),
            ..DatasetRules::default()
        };
        let policy = Policy::new(PolicyConfig { default, ..PolicyConfig::default() }).unwrap();
        let said = statements(&policy, "D")[0].learns.clone();
        for words in
            ["a standard deviation of 6.1 (epsilon 0.23)", "at most 2 times as likely", "counted 3 times"]
        {
            assert!(said.contains(words), "{said}");
        }
        assert!(!said.contains("rounded"), "{said}");
    }

    #[test]
    fn free_questions_need_a_reason_that_everyone_can_read() {
        let rules = |why: Option<&str>| DatasetRules {
            public: Some(Release::Boolean),
            known: Some(Release::Count),
            subjects: Some(Release::Count),
            free_questions: Some(vec![Profile::Known]),
            lowered_because: why.map(str::to_owned),
            consent: Some(crate::ConsentBasis::OptOut),
            ..DatasetRules::default()
        };
        let policy = |why| Policy::new(PolicyConfig { default: rules(why), ..PolicyConfig::default() });
        let refused = crate::InvalidPolicy::FreeQuestions { dataset: "the default".into(), profile: "known" };
        assert_eq!(policy(None).unwrap_err(), refused);
        let said = statements(&policy(Some("a pilot")).unwrap(), "D");
        assert!(!said[0].learns.contains("differ in one person") && said[0].lowered_because.is_none());
        assert!(said[1].learns.contains("differ in one person") && said[1].lowered_because.is_some());
    }

    #[test]
    fn only_limits_that_there_are_are_said() {
        let said = |release, subjects, cohort| {
            let default = DatasetRules {
                known: Some(release),
                subjects: Some(subjects),
                minimum_carriers: Some(0),
                minimum_cohort: Some(cohort),
                free_questions: Some(vec![Profile::Known]),
                lowered_because: Some("a pilot".into()),
                consent: Some(crate::ConsentBasis::OptOut),
                ..DatasetRules::default()
            };
            let policy = Policy::new(PolicyConfig { default, ..PolicyConfig::default() }).unwrap();
            statements(&policy, "D")[0].learns.clone()
        };
        let boolean = said(Release::Boolean, Release::None, 0);
        for word in ["no floor", "fewer than", "any set of people"] {
            assert!(!boolean.contains(word), "{boolean}");
        }
        let count = said(Release::Count, Release::Count, 1);
        for word in [
            "no floor: a single carrier shows",
            "nothing is told of fewer than 1 people",
            "any set of people",
        ] {
            assert!(count.contains(word), "{count}");
        }
    }
}
