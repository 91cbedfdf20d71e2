//! What a disclosure control is.

use std::{fmt, sync::Arc};

use fyr_schemas::{AlleleName, EntryType, FrequencyBound, Group, Query, Tally, VariantQuery, Withheld};

use crate::{Cost, Count, Draws, Needs, Populations};

/// What of a question matters to controls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// Whether it tells people apart: how many people there are at all is about nobody.
    pub(super) narrows: bool,
    /// The least that "this many, or more" says.
    pub(super) least: u64,
    /// How frequent variants must be.
    pub(super) bounds: &'a [FrequencyBound],
    /// What is asked for.
    pub(super) subject: Subject,
    /// Whether it is about people and about who carries what at once.
    pub(super) crosses: bool,
    /// Whether it names variants in another way than one by place and bases, so that data tell which are meant.
    pub(super) is_open: bool,
    /// Where noise comes from, if there is any.
    pub(super) draws: Option<&'a Arc<dyn Draws>>,
    /// Which populations of the dataset lie within which, if that is stated.
    pub(super) populations: Option<&'a Arc<Populations>>,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// One allele.
    Allele,
    /// All alleles of a place.
    Alleles,
    /// People.
    People,
    /// What belongs to people.
    Entries,
    /// What can be filtered by.
    Terms,
}

impl<'a> Question<'a> {
    /// Any question, and that for terms.
    pub(super) const ANY: Self = Self {
        narrows: true,
        least: 0,
        bounds: &[],
        subject: Subject::Terms,
        crosses: false,
        is_open: false,
        draws: None,
        populations: None,
    };

    pub(super) fn of(query: &'a Query) -> Self {
        let of_variants = query.entry_type == EntryType::GenomicVariant;
        let constrained = query.variant.is_some() || query.within.is_some() || !query.filters.is_empty();
        let least = u64::from(!of_variants);
        let subject = match query.entry_type {
            EntryType::GenomicVariant if query.is_exact() => Subject::Allele,
            EntryType::GenomicVariant => Subject::Alleles,
            EntryType::Individual => Subject::People,
            _ => Subject::Entries,
        };
        let narrows = of_variants || constrained;
        let crosses = query.is_about_people() && (of_variants || query.variant.is_some());
        let is_open = of_variants && !query.variant.as_ref().is_some_and(is_sequence);
        Self { narrows, least, bounds: &query.frequencies, subject, crosses, is_open, ..Self::ANY }
    }

    /// Says where noise comes from.
    pub(super) fn drawing(self, draws: Option<&'a Arc<dyn Draws>>) -> Self {
        Self { draws, ..self }
    }

    /// Says which populations of the dataset lie within which.
    pub(super) fn of_populations(self, populations: &'a Arc<Populations>) -> Self {
        Self { populations: Some(populations), ..self }
    }
}

fn is_sequence(variant: &VariantQuery) -> bool {
    match variant {
        VariantQuery::Allele(allele) => !allele.is_symbolic(),
        VariantQuery::Name(name) => matches!(name.name(), AlleleName::Hgvs(_) | AlleleName::DbSnp(_)),
        VariantQuery::Range(_) | VariantQuery::Bracket(_) | VariantQuery::Gene(_) => false,
    }
}

/// A control, where it applies to a plan and a question.
pub(super) type Applied = Option<Box<dyn Control>>;

/// One rule about what may be told of a count. It knows the plan and the question, and sees one count at a time.
///
/// What is left out of here is decided for the safe side: a control hides, and sees each variant by itself.
pub(super) trait Control: fmt::Debug + Send + Sync {
    /// Returns what has to be counted for it.
    fn needs(&self) -> Needs {
        Needs { singly: true, hides: true, ..Needs::default() }
    }

    /// Returns why something may be missing because of it, whatever the data are.
    fn withholds(&self) -> Option<Withheld>;

    /// Returns why something else may be missing because of it.
    fn withholds_too(&self) -> Option<Withheld> {
        None
    }

    /// Returns what it costs whom to be told of the count.
    fn cost(&self, _: &Count) -> Cost {
        Cost::default()
    }

    /// Keeps, of what the controls before it would tell, what may be told; none where it must read as if nothing
    /// were there.
    fn keep(&self, count: &Count, told: Told) -> Option<Told>;
}

/// What would be told of a count, as far as the controls have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The numbers of everybody; the parts that are not told are none.
    pub(super) total: Tally,
    /// Those of groups that stand beside it.
    pub(super) groups: Vec<(Group, Tally)>,
    /// How many entries there are.
    pub(super) entries: u64,
    /// Set where nothing is told but that there are so many people, or more.
    pub(super) at_least: Option<u64>,
    /// Whether it depends on a frequency that nobody knows whether it is told.
    pub(super) undecided: bool,
}

impl Told {
    /// Begins with the truth.
    pub(super) fn all(count: &Count, with_groups: bool) -> Self {
        let groups = if with_groups { count.sets().groups() } else { Vec::new() };
        Self {
            total: *count.tally(),
            groups,
            entries: count.sets().entries(),
            at_least: None,
            undecided: false,
        }
    }

    /// Returns the numbers of everybody and of each group.
    pub(super) fn rows(&mut self) -> impl Iterator<Item = &mut Tally> {
        std::iter::once(&mut self.total).chain(self.groups.iter_mut().map(|(_, tally)| tally))
    }
}
