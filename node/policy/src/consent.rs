//! What people have agreed to, and whom a question may therefore count.
//!
//! The four items are those of the 1+MG reference architecture (allele frequency, subject-level query,
//! secondary use) and care; the opt-out is that of the EHDS regulation, article 71.

use fyr_schemas::Purpose;
use serde::{Deserialize, Serialize, Serializer};

/// One thing that a person can agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentItem {
    /// To be counted in allele frequencies.
    AlleleFrequency,
    /// To be found by questions about people: phenotypes, single persons.
    SubjectLevel,
    /// To be used for research and other secondary use.
    SecondaryUse,
    /// To be looked up in the care of somebody else.
    Care,
}

impl ConsentItem {
    /// All items.
    pub const ALL: [Self; 4] = [Self::AlleleFrequency, Self::SubjectLevel, Self::SecondaryUse, Self::Care];

    /// Returns the word used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlleleFrequency => "allele-frequency",
            Self::SubjectLevel => "subject-level",
            Self::SecondaryUse => "secondary-use",
            Self::Care => "care",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::AlleleFrequency => 1,
            Self::SubjectLevel => 2,
            Self::SecondaryUse => 4,
            Self::Care => 8,
        }
    }
}

/// A set of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsentItems(u8);

impl ConsentItems {
    /// No item.
    pub const NONE: Self = Self(0);

    /// Returns the set with another item.
    #[must_use]
    pub fn with(self, item: ConsentItem) -> Self {
        Self(self.0 | item.bit())
    }

    /// Returns the set without an item.
    #[must_use]
    pub fn without(self, item: ConsentItem) -> Self {
        Self(self.0 & !item.bit())
    }

    /// Returns whether an item is in the set.
    pub fn contains(self, item: ConsentItem) -> bool {
        self.0 & item.bit() != 0
    }

    /// Returns the items, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = ConsentItem> {
        ConsentItem::ALL.into_iter().filter(move |item| self.contains(*item))
    }

    /// Returns the set as a number, for storage.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Reads what [`ConsentItems::bits`] wrote; bits that mean nothing are left out.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 15)
    }
}

impl Serialize for ConsentItems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl FromIterator<ConsentItem> for ConsentItems {
    fn from_iter<I: IntoIterator<Item = ConsentItem>>(items: I) -> Self {
        items.into_iter().fold(Self::NONE, Self::with)
    }
}

/// What one person has said. What nobody asked them is neither granted nor refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Items that the person agreed to.
    pub granted: ConsentItems,
    /// Items that the person refused.
    pub refused: ConsentItems,
    /// Whether the person opted out of secondary use (EHDS, article 71). It overrides what was granted.
    pub opted_out: bool,
    /// Whether the person withdrew altogether. Then nothing may tell that they were ever here.
    pub withdrawn: bool,
}

impl Statement {
    /// Returns whether a person who said this may be counted.
    ///
    /// `unstated` says whether an item counts as granted that the person said nothing of.
    pub fn covers(self, needed: ConsentItems, unstated: bool) -> bool {
        let agreed = |item| {
            self.granted.contains(item) && !self.refused.contains(item)
                || unstated && !self.refused.contains(item)
        };
        let opted_out = self.opted_out && needed.contains(ConsentItem::SecondaryUse);
        !self.withdrawn && !opted_out && needed.iter().all(agreed)
    }
}

/// On what ground the people of a dataset are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentBasis {
    /// Each person agreed to something; of whom nothing is stated counts for nothing.
    OptIn,
    /// The law permits it to all who did not object; of whom nothing is stated counts.
    OptOut,
}

/// The people of a dataset whose consent covers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cohort {
    /// Everyone who has not withdrawn: open data.
    Everyone,
    /// Those who agreed to all of this.
    Consenting {
        /// What is needed.
        needed: ConsentItems,
        /// Whether an item counts as granted that a person said nothing of.
        unstated: bool,
        /// Whether nobody counts who came since people of the dataset were released last.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        released: bool,
    },
}

impl Cohort {
    /// Returns everyone who has not withdrawn, or those of them who were released.
    pub fn whole(released: bool) -> Self {
        let silent = Self::Consenting { needed: ConsentItems::NONE, unstated: true, released };
        if released { silent } else { Self::Everyone }
    }

    /// Returns whether nobody belongs to it who was not released.
    pub fn is_of_released(self) -> bool {
        matches!(self, Self::Consenting { released: true, .. })
    }

    /// Returns whether somebody belongs to it who said this, if they may; `None` where nothing is known of them.
    pub fn includes(self, statement: Option<Statement>) -> bool {
        let statement = statement.unwrap_or_default();
        match self {
            Self::Everyone => !statement.withdrawn,
            Self::Consenting { needed, unstated, .. } => statement.covers(needed, unstated),
        }
    }
}

/// Returns what a person must have agreed to, to be counted for a question.
///
/// Whatever is not care is secondary use, a question without purpose too.
pub fn needed(about_people: bool, purpose: Option<&Purpose>) -> ConsentItems {
    let about = if about_people { ConsentItem::SubjectLevel } else { ConsentItem::AlleleFrequency };
    let purpose =
        if purpose.is_some_and(Purpose::is_care) { ConsentItem::Care } else { ConsentItem::SecondaryUse };
    ConsentItems::NONE.with(about).with(purpose)
}

#[cfg(test)]
mod tests {
    use fyr_schemas::Query;

    use super::*;
    use crate::{Asking, DatasetRules, Held, Kind, Policy, PolicyConfig, Requester, no_wider};
    use ConsentItem::{AlleleFrequency, Care, SecondaryUse, SubjectLevel};

    fn said(granted: &[ConsentItem], refused: &[ConsentItem]) -> Statement {
        let set = |items: &[ConsentItem]| items.iter().copied().collect();
        Statement { granted: set(granted), refused: set(refused), ..Statement::default() }
    }

    #[test]
    fn who_said_nothing_counts_only_where_the_law_says_so() {
        let needed: ConsentItems = [AlleleFrequency, SecondaryUse].into_iter().collect();
        let opt_in = Cohort::Consenting { needed, unstated: false, released: false };
        let opt_out = Cohort::Consenting { needed, unstated: true, released: false };
        assert!(!opt_in.includes(None) && opt_out.includes(None));
        let some = said(&[AlleleFrequency], &[]);
        assert!(!opt_in.includes(Some(some)) && opt_out.includes(Some(some)));
        let all = said(&[AlleleFrequency, SecondaryUse], &[]);
        assert!(opt_in.includes(Some(all)) && opt_out.includes(Some(all)));
        let refused = said(&[AlleleFrequency], &[SecondaryUse]);
        assert!(!opt_in.includes(Some(refused)) && !opt_out.includes(Some(refused)));
        let contradictory = said(&[AlleleFrequency, SecondaryUse], &[SecondaryUse]);
        assert!(!opt_in.includes(Some(contradictory)), "a refusal outweighs a grant");
    }

    #[test]
    fn an_opt_out_ends_secondary_use_and_nothing_else() {
        let everything = ConsentItem::ALL.into_iter().collect();
        let out = Statement { granted: everything, opted_out: true, ..Statement::default() };
        let research = ConsentItems::NONE.with(AlleleFrequency).with(SecondaryUse);
        let care = ConsentItems::NONE.with(AlleleFrequency).with(Care);
        assert!(!out.covers(research, true) && out.covers(care, false));
    }

    #[test]
    fn who_withdrew_is_nowhere() {
        let everything = ConsentItem::ALL.into_iter().collect();
        let gone = Some(Statement { granted: everything, withdrawn: true, ..Statement::default() });
        assert!(!Cohort::Everyone.includes(gone));
        assert!(
            !Cohort::Consenting { needed: ConsentItems::NONE, unstated: true, released: false }
                .includes(gone)
        );
        assert!(Cohort::Everyone.includes(None));
    }

    #[test]
    fn a_question_needs_what_it_is_about_and_what_it_is_for() {
        let people = Query::entries(fyr_schemas::EntryType::Individual);
        let variants = Query::entries(fyr_schemas::EntryType::GenomicVariant);
        let care: Purpose = "care; case=1".parse().unwrap();
        let items = |list: &[ConsentItem]| list.iter().copied().collect::<ConsentItems>();
        assert_eq!(needed(people.is_about_people(), None), items(&[SubjectLevel, SecondaryUse]));
        assert_eq!(needed(variants.is_about_people(), None), items(&[AlleleFrequency, SecondaryUse]));
        assert_eq!(needed(variants.is_about_people(), Some(&care)), items(&[AlleleFrequency, Care]));
    }

    #[test]
    fn where_no_ground_is_stated_whoever_is_silent_counts_for_nothing() {
        let cohort = |rules: DatasetRules, kind| {
            let policy = Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() }).unwrap();
            let query = Query::entries(fyr_schemas::EntryType::GenomicVariant);
            let now = time::OffsetDateTime::UNIX_EPOCH;
            let asking = Asking::of(&query, None, &Requester::Public, no_wider, now);
            policy.decide(&asking, Held { id: "D", kind }).cohort()
        };
        let stated = |consent, open| DatasetRules {
            data_use: Some(vec!["GRU".parse().unwrap()]),
            research: Some(fyr_schemas::Release::Count),
            consent,
            open,
            ..DatasetRules::default()
        };
        let agreed = Some(said(&[AlleleFrequency, SecondaryUse], &[]));
        for (consent, silent) in
            [(None, false), (Some(ConsentBasis::OptIn), false), (Some(ConsentBasis::OptOut), true)]
        {
            let cohort = cohort(stated(consent, None), Kind::Individuals);
            assert_eq!(cohort.includes(None), silent, "{consent:?}");
            assert_eq!(cohort.includes(Some(said(&[AlleleFrequency], &[]))), silent, "{consent:?}");
            assert!(cohort.includes(agreed), "{consent:?}");
            assert!(!cohort.includes(Some(said(&[], &[SecondaryUse]))), "{consent:?}");
        }
        assert_eq!(cohort(stated(None, Some(true)), Kind::Individuals), Cohort::Everyone, "open data");
        assert_eq!(cohort(stated(None, None), Kind::Frequencies), Cohort::Everyone, "nobody to ask");
    }

    #[test]
    fn sets_survive_storage() {
        for bits in 0..16 {
            let set = ConsentItems::from_bits(bits);
            assert_eq!((set.bits(), set.iter().collect::<ConsentItems>()), (bits, set));
        }
        assert_eq!(ConsentItems::from_bits(0xf0), ConsentItems::NONE);
    }

    #[test]
    fn an_item_comes_and_goes_alone() {
        for bits in 0..16 {
            let set = ConsentItems::from_bits(bits);
            for item in ConsentItem::ALL {
                let others =
                    |set: ConsentItems| set.iter().filter(|other| *other != item).collect::<Vec<_>>();
                assert!(
                    set.with(item).contains(item) && !set.without(item).contains(item),
                    "{set:?} {item:?}"
                );
                assert_eq!((others(set.with(item)), others(set.without(item))), (others(set), others(set)));
            }
        }
    }

    #[test]
    fn items_are_named_as_files_name_them() {
        for item in ConsentItem::ALL {
            assert_eq!(serde_json::json!(item), item.name());
        }
    }
}
