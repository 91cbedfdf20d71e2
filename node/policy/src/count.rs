//! What the engine counts, before disclosure: sets of people, of which numbers are made only when it is decided
//! what may be told.
//!
//! A count holds who, not how many, because whoever cannot bear to be told of is left out of one answer, noise
//! that sticks to a set must know the set, and families are fewer than people. It costs the fast lookup nothing:
//! the engine has the sets in its hands, and a [`Sets`] only keeps them there; the numbers that a plan needs are
//! made from them once.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use fyr_schemas::{Case, Effect, EntryType, FilteringTermKind, Group, Observations, Tally, Variant};
use roaring::RoaringBitmap;
use serde_json::Value;

use crate::Families;

/// People of one dataset.
#[derive(Clone, Debug, PartialEq)]
pub enum People {
    /// Who they are, by numbers that mean nothing outside the dataset.
    Known(Arc<RoaringBitmap>),
    /// Nobody knows who: the source states numbers, so there are so many of them at least.
    AtLeast(u64),
}

impl People {
    /// Returns how many there are, at least.
    pub fn number(&self) -> u64 {
        match self {
            Self::Known(people) => people.len(),
            Self::AtLeast(number) => *number,
        }
    }

    /// Returns them without others.
    fn without(&self, others: &RoaringBitmap) -> Self {
        match self {
            Self::Known(people) => Self::Known(Arc::new(people.as_ref() - others)),
            Self::AtLeast(number) => Self::AtLeast(*number),
        }
    }
}

/// For whom something holds, among those who were looked at.
pub trait Sets: Send + Sync {
    /// Counts them: those for whom it holds are carriers, those who were looked at assayed.
    fn tally(&self) -> Tally;

    /// Returns for whom it holds.
    fn people(&self) -> People;

    /// Returns who was looked at, whether or not it holds for them.
    fn looked_at(&self) -> People;

    /// Counts what was asked for: the entries of these people; one where it is about one thing.
    fn entries(&self) -> u64 {
        1
    }

    /// Counts each population, each sex, and each sex of each population. Called only for what is listed.
    fn groups(&self) -> Vec<(Group, Tally)> {
        Vec::new()
    }

    /// Returns who of those looked at is in a group; none where it is not known who is counted.
    fn group(&self, _: &Group) -> Option<RoaringBitmap> {
        None
    }

    /// Returns how many people of the dataset are in a group, looked at here or not; none where it is not known who is
    /// counted.
    fn size(&self, _: &Group) -> Option<u64> {
        None
    }

    /// Returns the same as if some people had never been there; none where it is not known who is counted.
    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>>;
}

/// What would be counted with one constraint less, for each constraint that does not hold for everybody.
#[derive(Clone, Default)]
pub enum Margins {
    /// There are none, or no control asks for them.
    #[default]
    None,
    /// The constraints choose who is looked at: filters of a question about variants.
    OfLookedAt(Vec<Arc<dyn Sets>>),
    /// The constraints choose for whom it holds, of the same people: those of a question about entries.
    OfFound(Vec<Arc<dyn Sets>>),
}

/// One thing that was counted.
#[derive(Clone)]
pub struct Count {
    sets: Arc<dyn Sets>,
    tally: OnceLock<Tally>,
    /// The people whose consent covers the question, before filters; none where there are only numbers.
    consenting: Option<People>,
    /// Those of them for whom the filters hold, looked at here or not.
    asked: Option<People>,
    /// Of whom something is known where it was counted, if no more than that nothing was called; everybody where there is
    /// none.
    known: Option<RoaringBitmap>,
    /// Who counts as called though no record says so: somebody stated that it would.
    assumed: RoaringBitmap,
    margins: Margins,
    families: Option<Arc<Families>>,
    /// Whether nobody can have one copy of what is counted, as of an autosome.
    diploid: bool,
    /// How frequent the allele is in a reference.
    expected: Option<f64>,
}

impl Count {
    /// Takes for whom it holds, of nobody in particular: numbers of a source.
    pub fn of(sets: Arc<dyn Sets>) -> Self {
        Self {
            sets,
            tally: OnceLock::new(),
            consenting: None,
            asked: None,
            known: None,
            assumed: RoaringBitmap::new(),
            margins: Margins::None,
            families: None,
            diploid: false,
            expected: None,
        }
    }

    /// Counts nobody, among nobody.
    pub fn of_nobody() -> Self {
        let nobody = || People::AtLeast(0);
        Self::of(Arc::new(Nobody)).among(nobody(), nobody())
    }

    /// Says whose consent covers the question, and for whom of them its filters hold.
    #[must_use]
    pub fn among(self, consenting: People, asked: People) -> Self {
        Self { consenting: Some(consenting), asked: Some(asked), ..self }
    }

    /// Says of whom something is known where it was counted, if no more than that nothing was called. Nobody knows whether
    /// the others were looked at.
    #[must_use]
    pub fn knowing(self, known: RoaringBitmap) -> Self {
        Self { known: Some(known), ..self }
    }

    /// Says who counts as called though no record says so.
    #[must_use]
    pub fn assuming(self, assumed: RoaringBitmap) -> Self {
        Self { assumed, ..self }
    }

    /// Says what would be counted with one constraint less.
    #[must_use]
    pub fn beside(self, margins: Margins) -> Self {
        Self { margins, ..self }
    }

    /// Says who of the dataset is related to whom.
    #[must_use]
    pub fn related(self, families: &Arc<Families>) -> Self {
        Self { families: Some(Arc::clone(families)).filter(|families| !families.is_empty()), ..self }
    }

    /// Says whether everybody has two copies of what is counted.
    #[must_use]
    pub fn diploid(self, diploid: bool) -> Self {
        Self { diploid, ..self }
    }

    /// Says how frequent the allele is in a reference: 0 where the reference does not have it.
    #[must_use]
    pub fn expected(self, frequency: f64) -> Self {
        Self { expected: Some(frequency), ..self }
    }

    /// Returns the true numbers.
    pub fn tally(&self) -> &Tally {
        self.tally.get_or_init(|| self.sets.tally())
    }

    /// Returns for whom it holds, among whom.
    pub fn sets(&self) -> &dyn Sets {
        self.sets.as_ref()
    }

    /// Returns how many people's consent covers the question.
    pub fn consenting(&self) -> u64 {
        self.consenting.as_ref().map_or_else(|| self.tally().assayed_at_least(), People::number)
    }

    /// Returns for whom the filters hold; none where there are only numbers.
    pub fn asked(&self) -> Option<&People> {
        self.asked.as_ref()
    }

    /// Returns whether something is known of everybody who is asked about. If not, what was counted is a part of nobody
    /// knows how much: no frequency.
    pub fn is_of_all(&self) -> bool {
        match (&self.asked, &self.known) {
            (Some(People::Known(asked)), Some(known)) => asked.is_subset(known),
            _ => true,
        }
    }

    /// Returns whether somebody of those who are asked about counts as called though no record says so.
    pub fn is_assumed(&self) -> bool {
        match &self.asked {
            Some(People::Known(asked)) => !asked.is_disjoint(&self.assumed),
            _ => !self.assumed.is_empty(),
        }
    }

    /// Returns what would be counted with one constraint less.
    pub fn margins(&self) -> &Margins {
        &self.margins
    }

    /// Returns the families of the dataset, where some are known.
    pub fn families(&self) -> Option<&Arc<Families>> {
        self.families.as_ref()
    }

    /// Counts the cases in which it was observed, of those that were assayed; none where no families are known.
    pub fn observed(&self) -> Option<Observations> {
        let families = self.families.as_ref()?;
        let (People::Known(carriers), People::Known(assayed)) = (self.sets.people(), self.sets.looked_at())
        else {
            return None;
        };
        Some(Observations { cases: families.among(&carriers), of: families.among(&assayed) })
    }

    /// Returns whether everybody has two copies of what is counted.
    pub fn is_diploid(&self) -> bool {
        self.diploid
    }

    /// Returns how frequent the allele is in a reference; none where no reference was asked.
    pub(crate) fn expected_frequency(&self) -> Option<f64> {
        self.expected
    }

    /// Returns how many people's consent covers the question; relatives, where some are known, are one.
    pub(crate) fn consenting_families(&self) -> u64 {
        match (&self.consenting, &self.families) {
            (Some(People::Known(people)), Some(families)) => families.among(people),
            _ => self.consenting(),
        }
    }

    /// Returns the same as if some people had not been looked at; none where it is not known who is counted. Their
    /// consent covers the question all the same: a smallest cohort must not tell who was left out.
    pub(crate) fn without(&self, people: &RoaringBitmap) -> Option<Self> {
        let all = |margins: &[Arc<dyn Sets>]| -> Option<Vec<_>> {
            margins.iter().map(|margin| margin.without(people)).collect()
        };
        let margins = match &self.margins {
            Margins::None => Margins::None,
            Margins::OfLookedAt(margins) => Margins::OfLookedAt(all(margins)?),
            Margins::OfFound(margins) => Margins::OfFound(all(margins)?),
        };
        Some(Self {
            sets: self.sets.without(people)?,
            tally: OnceLock::new(),
            consenting: self.consenting.clone(),
            asked: self.asked.as_ref().map(|known| known.without(people)),
            known: self.known.clone(),
            assumed: self.assumed.clone(),
            margins,
            families: self.families.clone(),
            diploid: self.diploid,
            expected: self.expected,
        })
    }
}

impl fmt::Debug for Count {
    /// Tells nothing: counts are logged by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Count").finish_non_exhaustive()
    }
}

/// For whom nothing holds.
struct Nobody;

impl Sets for Nobody {
    fn tally(&self) -> Tally {
        Tally { carriers: Some(0), assayed: Some(0), ..Tally::default() }
    }

    fn people(&self) -> People {
        People::AtLeast(0)
    }

    fn looked_at(&self) -> People {
        People::AtLeast(0)
    }

    fn entries(&self) -> u64 {
        0
    }

    fn without(&self, _: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        Some(Arc::new(Self))
    }
}

/// One variant in the permitted cohort of one dataset.
#[derive(Clone, Debug)]
pub struct VariantCount {
    /// The variant in normal form.
    pub variant: Variant,
    /// What an annotation says that it does. It is about the variant, not about who carries it.
    pub effects: Vec<Effect>,
    /// Who carries it.
    pub count: Count,
    /// The carriers by name; only where the plan needs records.
    pub cases: Vec<Case>,
}

/// The entries that a question is about, in the permitted cohort of one dataset.
#[derive(Clone, Debug)]
pub struct EntryCount {
    /// The people behind them, among all of the cohort.
    pub count: Count,
    /// The documents of the asked page; only where the plan needs records.
    pub documents: Vec<Value>,
}

/// A filtering term.
#[derive(Clone, Debug)]
pub struct TermCount {
    /// What it is.
    pub kind: FilteringTermKind,
    /// Its id.
    pub id: String,
    /// For whom it is stated.
    pub count: Count,
    /// What the data call it, each with those for whom it is called so.
    pub labels: Vec<(String, Count)>,
    /// The types of entries that state it, each with those for whom they do.
    pub scopes: Vec<(EntryType, Count)>,
    /// The values of a field, where they are few, each with those for whom it is stated.
    pub values: Vec<(String, Count)>,
}

#[cfg(test)]
mod tests;
