//! The rules of a node, as its configuration states them. Unknown means deny.
//!
//! Rules are data: they say what a dataset is and how far each profile may go. Who is in which profile is
//! decided by the policies in [`crate::cedar`], by which every decision is made.

mod additions;
mod invalid;

use std::collections::BTreeMap;

use fyr_schemas::Release;
use serde::{Deserialize, Serialize};
use time::{Date, format_description::FormatItem, macros::format_description};

use crate::{
    Accounting, Besides, Bounds, ConsentBasis, DataUse, Epsilon, Every, Populations, Profile, Questions,
    Rounding, ValueSets,
};

pub use invalid::InvalidPolicy;

/// How dates are written.
const DATE: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Most filters of one question unless the rules say otherwise (differencing needs several).
const MOST_FILTERS: u64 = 2;

/// The `[policy]` table of a node's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// Directory with the tenant's own Cedar policies (`*.cedar`), added to the shipped ones.
    pub directory: Option<std::path::PathBuf>,
    /// What holds where a dataset has no rule of its own.
    pub default: DatasetRules,
    /// Rules of single datasets; what they leave out is taken from `default`.
    pub datasets: BTreeMap<String, DatasetRules>,
    /// Grants that make somebody a member of a project or tag, by its name.
    pub projects: BTreeMap<String, Vec<String>>,
}

/// Rules of one dataset. What is left out denies, or is inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatasetRules {
    /// The highest release for anyone: none, boolean, count, frequency, record.
    pub public: Option<Release>,
    /// The highest release of frequency data that are declared open, for anyone.
    pub aggregate_open: Option<Release>,
    /// The highest release for holders of a token that the operator gave out.
    pub known: Option<Release>,
    /// The highest release for registered researchers.
    pub research: Option<Release>,
    /// The highest release for members of its projects, and for those who were granted the data.
    pub consortium: Option<Release>,
    /// The highest release for clinicians, for a case. Needs `care_legal_basis`.
    pub care: Option<Release>,
    /// The profiles that read a published table, without floor, account or limit. Whoever it does not name reads nothing of
    /// it, whatever else the rules say; of data that are no published table it permits nothing.
    pub published_to: Option<Vec<Profile>>,
    /// The most that questions about people may release, for whoever may ask at all: entry types of people,
    /// filters on them, and what belongs to a cohort.
    pub subjects: Option<Release>,
    /// Fewest carriers that may be told, in every profile; 0 tells everything.
    pub minimum_carriers: Option<u64>,
    /// Fewest people whose consent must cover a question, in every profile.
    pub minimum_cohort: Option<u64>,
    /// Whether numbers are told as they are, in every profile. Differences of exact numbers tell of single people.
    pub exact_numbers: Option<bool>,
    /// Why minimums, releases or exact numbers go beyond what the profiles come with; shown in `/info`.
    pub lowered_because: Option<String>,
    /// The profiles in which filters select any set of people, not only one that is fixed beforehand.
    pub free_questions: Option<Vec<Profile>>,
    /// Whether a term counts narrower ones, where sets are fixed; it does where nothing is said.
    pub descendants: Option<bool>,
    /// Lists of values that can be asked for together, where sets are fixed, by their names: terms, or `field=value`.
    pub value_sets: Option<ValueSets>,
    /// The dataset of frequencies of this node by which what is told of the people is priced. With it each requester
    /// has an account of each person; numbers of carriers are told by thresholds and are charged to it.
    pub reference: Option<String>,
    /// Whether nothing is told of people that cannot be charged to an account. Where nothing is said, what no reference
    /// prices is told within the floors if there is a reference, and nothing is told of people if there is none. `false`
    /// lets floors alone restrain it, and needs `lowered_because`.
    pub accounts: Option<bool>,
    /// The profiles in which numbers of people are told with noise, by which they are charged, instead of by thresholds
    /// that a reference prices.
    pub noise: Option<Vec<Profile>>,
    /// How much one noisy number may tell of a person, nats; each profile comes with its own.
    pub epsilon: Option<Epsilon>,
    /// How much time must have passed since people of the dataset were released, before others who came are: `30 days`. As
    /// soon as enough have come where nothing is said.
    pub additions_every: Option<Every>,
    /// Most filters of one question.
    pub most_filters: Option<u64>,
    /// Which populations lie within which, of data that do not say who is in them: `EUR = ["FIN", "GBR"]`.
    pub populations: Option<Populations>,
    /// Whether those who may not ask the dataset may know that it exists.
    pub listed: Option<bool>,
    /// Whether a broker may show the answer as this node's own, or only in a sum.
    pub attributable: Option<bool>,
    /// Whether the dataset is open, such as a synthetic one: no consent is asked, and records can be released.
    pub open: Option<bool>,
    /// On what ground its people are in it: opt-in or opt-out.
    pub consent: Option<ConsentBasis>,
    /// Conditions of data use, as terms of DUO: `HMB`, `DS MONDO:0005105`, `GS SE NO`.
    pub data_use: Option<Vec<DataUse>>,
    /// Tags: only members of these projects may know of the dataset.
    pub tags: Option<Vec<String>>,
    /// Values of ControlledAccessGrants visas that grant it.
    pub grants: Option<Vec<String>>,
    /// Value of the AcceptedTermsAndPolicies visa that proves obligations (IRB, PUB, COL, RTN, MOR).
    pub accepted_terms: Option<String>,
    /// Countries whose organisations may ask; any where it is left out.
    pub countries: Option<Vec<String>>,
    /// Organisations whose people may ask; any where it is left out.
    pub organisations: Option<Vec<String>>,
    /// The day from which it may not be asked any more, `2027-01-31`.
    pub expires: Option<String>,
    /// The law that permits care lookups, as a reference; without it care is off.
    pub care_legal_basis: Option<String>,
    /// Levels of assurance that care asks for.
    pub care_assurance: Option<Vec<String>>,
    /// Whether the purpose must be one that the requester's issuer asserts.
    pub asserted_purpose: Option<bool>,
    /// Whether nothing is told of anything, whatever is permitted. No file can say so: tests do, to see that no
    /// answer goes past disclosure.
    #[serde(skip)]
    pub silent: Option<bool>,
}

/// The effective rules of one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effective<'a> {
    rules: &'a DatasetRules,
    default: &'a DatasetRules,
}

macro_rules! inherited {
    ($self:ident . $field:ident) => {
        $self.rules.$field.as_ref().or($self.default.$field.as_ref())
    };
}

impl<'a> Effective<'a> {
    pub(crate) fn new(rules: &'a DatasetRules, default: &'a DatasetRules) -> Self {
        Self { rules, default }
    }

    /// Returns who reads it as a published table; none where the rules are not of one. It is not inherited.
    pub(crate) fn published_to(&self) -> Option<&'a [Profile]> {
        self.rules.published_to.as_deref()
    }

    /// Returns whether the rules are those of a published table.
    pub(crate) fn is_published(&self) -> bool {
        self.published_to().is_some()
    }

    /// Returns how far a profile may go.
    pub(crate) fn bounds(&self, profile: Profile) -> Bounds {
        if let Some(readers) = self.published_to() {
            return Bounds::of_published(readers.contains(&profile));
        }
        let shipped = profile.bounds();
        let release = match profile {
            Profile::Public => inherited!(self.public),
            Profile::AggregateOpen => inherited!(self.aggregate_open),
            Profile::Known => inherited!(self.known),
            Profile::Research => inherited!(self.research),
            Profile::Consortium => inherited!(self.consortium),
            Profile::Care => inherited!(self.care),
            // What rules say is for others.
            Profile::Owner => None,
        };
        let cohort = if self.open() { 0 } else { shipped.minimum_cohort };
        let personal = !matches!(profile, Profile::AggregateOpen | Profile::Care);
        let floor = |stated: Option<&u64>, shipped| stated.copied().filter(|_| personal).unwrap_or(shipped);
        Bounds {
            release: release.copied().unwrap_or_default(),
            minimum_carriers: floor(inherited!(self.minimum_carriers), shipped.minimum_carriers),
            minimum_cohort: floor(inherited!(self.minimum_cohort), cohort),
            rounding: if self.open() || self.exact_numbers() { Rounding::Exact } else { shipped.rounding },
        }
    }

    pub(crate) fn subjects(&self) -> Release {
        // Of whom a table was counted, nobody knows there.
        inherited!(self.subjects).copied().filter(|_| !self.is_published()).unwrap_or_default()
    }

    /// Returns which sets of people may be asked about in a profile.
    pub(crate) fn questions(&self, profile: Profile) -> Questions {
        if self.open() || self.is_published() || profile == Profile::Care || self.frees(profile) {
            return Questions::Free;
        }
        let descendants = inherited!(self.descendants).copied().unwrap_or(true);
        Questions::Fixed { descendants, sets: self.value_sets() }
    }

    /// Returns whether the rules let filters select any set of people in a profile.
    pub(crate) fn frees(&self, profile: Profile) -> bool {
        inherited!(self.free_questions).is_some_and(|free| free.contains(&profile))
    }

    fn exact_numbers(&self) -> bool {
        inherited!(self.exact_numbers).copied().unwrap_or(false)
    }

    pub(crate) fn most_filters(&self) -> u64 {
        let default = if self.open() { u64::from(u32::MAX) } else { MOST_FILTERS };
        inherited!(self.most_filters).copied().unwrap_or(default)
    }

    /// Returns the lists of values that can be asked for together.
    pub(crate) fn value_sets(&self) -> ValueSets {
        inherited!(self.value_sets).copied().unwrap_or_default()
    }

    /// Returns which populations lie within which.
    pub(crate) fn populations(&self) -> &'a Populations {
        inherited!(self.populations).unwrap_or(Populations::none())
    }

    /// Returns by which frequencies people are accounted for. Open data and published tables have no accounts.
    pub(crate) fn reference(&self) -> Option<&'a str> {
        inherited!(self.reference).map(String::as_str).filter(|_| !self.open() && !self.is_published())
    }

    /// Returns whether accounts are demanded, or done without; none where the rules leave it to whether there is a price.
    pub(crate) fn accounts(&self) -> Option<bool> {
        inherited!(self.accounts).copied()
    }

    /// Returns how much a noisy number tells in a profile; none where numbers have no noise.
    pub(crate) fn noise(&self, profile: Profile) -> Option<Epsilon> {
        let is_named = inherited!(self.noise).is_some_and(|named| named.contains(&profile));
        let stated = inherited!(self.epsilon).copied();
        (is_named && profile.has_accounts() && !self.open() && !self.is_published())
            .then(|| stated.unwrap_or(profile.epsilon()))
    }

    /// Returns how what is told of people in a profile is accounted for.
    pub(crate) fn accounting(&self, profile: Profile) -> Accounting {
        if let Some(epsilon) = self.noise(profile) {
            return Accounting::Noise(epsilon);
        }
        if !profile.has_accounts() || self.open() || self.is_published() || self.accounts() == Some(false) {
            return Accounting::None;
        }
        match (self.reference(), self.accounts()) {
            (Some(_), Some(true)) => Accounting::Thresholds { besides: Besides::Nothing },
            (Some(_), _) => Accounting::Thresholds { besides: Besides::Floors },
            (None, _) => Accounting::Unpriced,
        }
    }

    pub(crate) fn listed(&self) -> bool {
        inherited!(self.listed).copied().unwrap_or(false)
    }

    pub(crate) fn attributable(&self) -> bool {
        inherited!(self.attributable).copied().unwrap_or(true)
    }

    pub(crate) fn silent(&self) -> bool {
        inherited!(self.silent).copied().unwrap_or(false)
    }

    pub(crate) fn open(&self) -> bool {
        inherited!(self.open).copied().unwrap_or(false)
    }

    pub(crate) fn consent(&self) -> Option<ConsentBasis> {
        inherited!(self.consent).copied()
    }

    pub(crate) fn data_use(&self) -> &'a [DataUse] {
        inherited!(self.data_use).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn tags(&self) -> &'a [String] {
        inherited!(self.tags).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn grants(&self) -> &'a [String] {
        inherited!(self.grants).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn accepted_terms(&self) -> Option<&'a str> {
        inherited!(self.accepted_terms).map(String::as_str)
    }

    pub(crate) fn countries(&self) -> &'a [String] {
        inherited!(self.countries).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn organisations(&self) -> &'a [String] {
        inherited!(self.organisations).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn care_legal_basis(&self) -> Option<&'a str> {
        inherited!(self.care_legal_basis).map(String::as_str)
    }

    pub(crate) fn care_assurance(&self) -> &'a [String] {
        inherited!(self.care_assurance).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn asserted_purpose(&self) -> bool {
        inherited!(self.asserted_purpose).copied().unwrap_or(false)
    }

    pub(crate) fn lowered_because(&self) -> Option<&'a str> {
        inherited!(self.lowered_because).map(String::as_str)
    }

    fn expires_text(&self) -> Option<&'a str> {
        inherited!(self.expires).map(String::as_str)
    }

    /// Returns the day from which it may not be asked any more. Validated text is a date.
    pub(crate) fn expires(&self) -> Option<Date> {
        self.expires_text().map(|text| Date::parse(text, DATE).unwrap_or(Date::MIN))
    }

    /// Returns whether many answers in a profile may tell of a person what no account bounds.
    pub(crate) fn does_without_accounts(&self, profile: Profile) -> bool {
        let is_told = self.bounds(profile).release > Release::None;
        is_told
            && !self.open()
            && !self.is_published()
            && profile.has_accounts()
            && self.accounting(profile) == Accounting::None
    }

    /// Returns whether a profile goes beyond what it comes with.
    pub(crate) fn is_lowered(&self, profile: Profile) -> bool {
        let (bounds, shipped) = (self.bounds(profile), profile.bounds());
        bounds.release > Release::None
            && !self.open()
            && !self.is_published()
            && (bounds.release > shipped.release
                || bounds.minimum_carriers < shipped.minimum_carriers
                || bounds.minimum_cohort < shipped.minimum_cohort
                || self.frees(profile)
                || self.does_without_accounts(profile)
                || (bounds.release >= Release::Count && bounds.rounding != shipped.rounding))
    }

    /// Refuses what contradicts itself.
    pub(crate) fn validate(&self, name: &str) -> Result<(), InvalidPolicy> {
        if let Some(text) = self.expires_text().filter(|text| Date::parse(text, DATE).is_err()) {
            return Err(InvalidPolicy::Date { dataset: name.to_owned(), text: text.to_owned() });
        }
        if self.frees(Profile::Owner) {
            return Err(InvalidPolicy::FreeOwner(name.to_owned()));
        }
        self.validate_noise(name)?;
        let is_reader =
            |profile: &Profile| Profile::ALL.contains(profile) && *profile != Profile::AggregateOpen;
        if let Some(other) = self.published_to().unwrap_or_default().iter().find(|named| !is_reader(named)) {
            return Err(InvalidPolicy::PublishedTo { dataset: name.to_owned(), profile: other.name() });
        }
        let DatasetRules { public, aggregate_open, known, research, consortium, care, .. } = self.rules;
        let releases = [public, aggregate_open, known, research, consortium, care];
        if self.is_published() && releases.iter().any(|release| release.is_some()) {
            return Err(InvalidPolicy::PublishedBeside(name.to_owned()));
        }
        if let Some((set, fault)) = self.value_sets().fault() {
            return Err(InvalidPolicy::ValueSet { dataset: name.to_owned(), name: set, fault });
        }
        if let Some(label) = self.populations().contradiction() {
            return Err(InvalidPolicy::Populations { dataset: name.to_owned(), label: label.to_owned() });
        }
        for profile in Profile::ALL {
            self.validate_profile(name, profile)?;
        }
        Ok(())
    }

    fn validate_noise(&self, name: &str) -> Result<(), InvalidPolicy> {
        for profile in inherited!(self.noise).into_iter().flatten() {
            let (dataset, name) = (name.to_owned(), profile.name());
            if !profile.has_accounts() {
                return Err(InvalidPolicy::NoiseUncharged { dataset, profile: name });
            }
            let epsilon = inherited!(self.epsilon).copied().unwrap_or(profile.epsilon());
            if epsilon.billionths() > profile.budget() {
                let (epsilon, budget) = (epsilon.nats(), profile.budget() as f64 / 1e9);
                let (epsilon, budget) = (epsilon.to_string(), format!("{budget:.3}"));
                return Err(InvalidPolicy::NoiseTooWeak { dataset, profile: name, epsilon, budget });
            }
        }
        Ok(())
    }

    fn validate_profile(&self, name: &str, profile: Profile) -> Result<(), InvalidPolicy> {
        let bounds = self.bounds(profile);
        if bounds.release == Release::None {
            return Ok(());
        }
        if bounds.release == Release::Record && !self.open() {
            return Err(InvalidPolicy::RecordNotOpen(name.to_owned()));
        }
        if bounds.release == Release::Record && bounds.minimum_carriers > 0 {
            return Err(InvalidPolicy::RecordWithFloor(name.to_owned()));
        }
        let declared = self.open() || self.is_published() || profile == Profile::AggregateOpen;
        if !declared && self.consent().is_none() && self.data_use().is_empty() {
            return Err(InvalidPolicy::NoGround(name.to_owned()));
        }
        if profile == Profile::Care && self.care_legal_basis().is_none() && !self.open() {
            return Err(InvalidPolicy::CareWithoutLaw(name.to_owned()));
        }
        let says_why = self.open() || self.lowered_because().is_some();
        if self.frees(profile) && !says_why {
            return Err(InvalidPolicy::FreeQuestions { dataset: name.to_owned(), profile: profile.name() });
        }
        if self.does_without_accounts(profile) && !says_why {
            return Err(InvalidPolicy::WithoutAccounts { dataset: name.to_owned(), profile: profile.name() });
        }
        if self.is_lowered(profile) && self.lowered_because().is_none() {
            let shipped = profile.bounds();
            return Err(InvalidPolicy::Lowered {
                dataset: name.to_owned(),
                profile: profile.name(),
                release: shipped.release,
                carriers: shipped.minimum_carriers,
                cohort: shipped.minimum_cohort,
                rounding: shipped.rounding,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_set_may_be_asked_about_in_care_of_open_data_and_where_the_rules_say_so() {
        let none = DatasetRules::default();
        let freed = DatasetRules { free_questions: Some(vec![Profile::Known]), ..DatasetRules::default() };
        let open = DatasetRules { open: Some(true), ..DatasetRules::default() };
        for (rules, profile, is_free) in [
            (&none, Profile::Research, false),
            (&none, Profile::Care, true),
            (&freed, Profile::Known, true),
            (&freed, Profile::Research, false),
            (&open, Profile::Research, true),
        ] {
            let questions = Effective::new(rules, &none).questions(profile);
            assert_eq!(questions == Questions::Free, is_free, "{profile:?}");
        }
    }

    #[test]
    fn what_a_dataset_does_not_say_the_default_says() {
        let none = DatasetRules::default();
        let says = DatasetRules {
            silent: Some(true),
            accepted_terms: Some("terms-2026".into()),
            ..DatasetRules::default()
        };
        for (own, default, silent, terms) in [
            (&says, &none, true, Some("terms-2026")),
            (&none, &says, true, Some("terms-2026")),
            (&none, &none, false, None),
        ] {
            let effective = Effective::new(own, default);
            assert_eq!((effective.silent(), effective.accepted_terms()), (silent, terms));
        }
    }

    #[test]
    fn exact_numbers_need_a_reason() {
        let known = |rules: DatasetRules| DatasetRules {
            known: Some(Release::Frequency),
            consent: Some(ConsentBasis::OptOut),
            exact_numbers: Some(true),
            ..rules
        };
        let because = || DatasetRules { lowered_because: Some("agreed".into()), ..DatasetRules::default() };
        let open = || DatasetRules { open: Some(true), ..DatasetRules::default() };
        let boolean = DatasetRules { known: Some(Release::Boolean), ..known(DatasetRules::default()) };
        for (case, rules, rounding, is_valid) in [
            ("without a reason", known(DatasetRules::default()), Rounding::Exact, false),
            ("with a reason", known(because()), Rounding::Exact, true),
            ("open data", known(open()), Rounding::Exact, true),
            (
                "not asked for",
                DatasetRules { exact_numbers: None, ..known(because()) },
                Rounding::Buckets,
                true,
            ),
            ("no numbers at all", boolean, Rounding::Exact, true),
        ] {
            let none = DatasetRules::default();
            let effective = Effective::new(&rules, &none);
            assert_eq!(effective.bounds(Profile::Known).rounding, rounding, "{case}");
            assert_eq!(effective.validate("D").is_ok(), is_valid, "{case}");
        }
    }

    #[test]
    fn whatever_lowers_what_a_profile_comes_with_needs_a_reason() {
        let none = DatasetRules::default();
        let known = || DatasetRules { known: Some(Release::Frequency), ..DatasetRules::default() };
        for (case, rules, is_lowered) in [
            ("as it comes", known(), false),
            ("nothing is told at all", DatasetRules { minimum_carriers: Some(1), ..none.clone() }, false),
            ("a lower floor", DatasetRules { minimum_carriers: Some(9), ..known() }, true),
            ("a higher floor", DatasetRules { minimum_carriers: Some(11), ..known() }, false),
            ("fewer people", DatasetRules { minimum_cohort: Some(199), ..known() }, true),
            ("more people", DatasetRules { minimum_cohort: Some(201), ..known() }, false),
            ("open", DatasetRules { open: Some(true), minimum_carriers: Some(0), ..known() }, false),
            ("no accounts", DatasetRules { accounts: Some(false), ..known() }, true),
            ("accounts", DatasetRules { accounts: Some(true), ..known() }, false),
            (
                "open data have none",
                DatasetRules { open: Some(true), accounts: Some(false), ..known() },
                false,
            ),
        ] {
            assert_eq!(Effective::new(&rules, &none).is_lowered(Profile::Known), is_lowered, "{case}");
        }
        let research = DatasetRules { research: Some(Release::Frequency), ..none.clone() };
        assert!(Effective::new(&research, &none).is_lowered(Profile::Research), "more than it comes with");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let none = DatasetRules::default();
        let validated = |rules: &DatasetRules| Effective::new(rules, &none).validate("D");
        let record = |floor| DatasetRules {
            open: Some(true),
            public: Some(Release::Record),
            minimum_carriers: Some(floor),
            ..DatasetRules::default()
        };
        assert_eq!(validated(&record(5)), Err(InvalidPolicy::RecordWithFloor("D".into())));
        let uncharged = |why: Option<&str>| DatasetRules {
            research: Some(Release::Count),
            consent: Some(ConsentBasis::OptOut),
            accounts: Some(false),
            lowered_because: why.map(str::to_owned),
            ..DatasetRules::default()
        };
        let refused = InvalidPolicy::WithoutAccounts { dataset: "D".into(), profile: "research" };
        assert_eq!(validated(&uncharged(None)), Err(refused));
        assert_eq!(validated(&uncharged(Some("agreed"))), Ok(()));
        assert_eq!(validated(&record(0)), Ok(()));
        let care = |open, law: Option<&str>| DatasetRules {
            open: Some(open),
            care: Some(Release::Boolean),
            care_legal_basis: law.map(str::to_owned),
            consent: Some(ConsentBasis::OptOut),
            ..DatasetRules::default()
        };
        assert_eq!(validated(&care(false, None)), Err(InvalidPolicy::CareWithoutLaw("D".into())));
        assert!(validated(&care(true, None)).is_ok(), "of open data nobody needs to be cared for");
        assert!(
            validated(&care(false, Some("Patientdatalagen")))
                != Err(InvalidPolicy::CareWithoutLaw("D".into()))
        );
    }
}
