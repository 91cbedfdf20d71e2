//! Cells: people who are told apart from others by numbers.

use std::sync::Arc;

use fyr_schemas::Tally;
use roaring::RoaringBitmap;

use crate::{Count, Families, People, Sets};

/// Some people who were looked at: those of them who carry what is counted, and those who do not. Floors count their
/// families, where those are known.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    tally: Tally,
    kin: Option<Kin>,
}

/// Who they are, where some of them are related.
#[derive(Clone, Debug)]
struct Kin {
    families: Arc<Families>,
    carriers: RoaringBitmap,
    others: RoaringBitmap,
}

impl Cell {
    /// Takes everybody who is counted.
    pub(super) fn of(count: &Count) -> Self {
        Self { tally: *count.tally(), kin: Kin::of(count.sets(), count.families()) }
    }

    /// Takes everybody who would be counted with one constraint less.
    pub(super) fn of_margin(count: &Count, margin: &dyn Sets) -> Self {
        Self { tally: margin.tally(), kin: Kin::of(margin, count.families()) }
    }

    /// Takes a group of them: its numbers, and who is in it.
    pub(super) fn group(&self, tally: Tally, people: Option<&RoaringBitmap>) -> Self {
        let kin = self.kin.as_ref().zip(people).map(|(kin, people)| kin.map(|set| set & people));
        Self { tally, kin }
    }

    /// Takes nobody.
    pub(super) fn nobody(&self) -> Self {
        let tally = Tally { carriers: Some(0), assayed: Some(0), ..Tally::default() };
        let tally = Tally { heterozygous: Some(0), homozygous: Some(0), hemizygous: Some(0), ..tally };
        Self { tally, kin: self.kin.as_ref().map(|kin| kin.map(|_| RoaringBitmap::new())) }
    }

    /// Takes some of them away; none where they cannot all be among them.
    pub(super) fn minus(&self, others: &Self) -> Option<Self> {
        let part = |whole: Option<u64>, part: Option<u64>| match (whole, part) {
            (Some(whole), Some(part)) => whole.checked_sub(part).map(Some),
            _ => Some(None),
        };
        let (whole, less) = (&self.tally, &others.tally);
        let tally = Tally {
            allele_count: whole.allele_count.checked_sub(less.allele_count)?,
            allele_number: whole.allele_number.checked_sub(less.allele_number)?,
            heterozygous: part(whole.heterozygous, less.heterozygous)?,
            homozygous: part(whole.homozygous, less.homozygous)?,
            hemizygous: part(whole.hemizygous, less.hemizygous)?,
            carriers: part(whole.carriers, less.carriers)?,
            assayed: part(whole.assayed, less.assayed)?,
        };
        let kin = self.kin.as_ref().zip(others.kin.as_ref()).map(|(kin, less)| kin.minus(less));
        Some(Self { tally, kin })
    }

    /// Takes others together with them.
    pub(super) fn plus(&self, others: &Self) -> Self {
        let mut tally = self.tally;
        tally += others.tally;
        Self { tally, kin: self.kin.as_ref().zip(others.kin.as_ref()).map(|(kin, more)| kin.plus(more)) }
    }

    /// Returns their true numbers.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Returns whether nobody was looked at.
    pub(super) fn is_nobody(&self) -> bool {
        self.tally.assayed_at_least() == 0
    }

    /// Counts those who carry it.
    pub(super) fn carriers(&self) -> u64 {
        let families = |kin: &Kin| kin.families.among(&kin.carriers);
        self.kin.as_ref().map_or_else(|| self.tally.carriers_at_least(), families)
    }

    /// Counts those who do not.
    pub(super) fn others(&self) -> u64 {
        let numbers = || self.tally.assayed_at_least().saturating_sub(self.tally.carriers_at_least());
        self.kin.as_ref().map_or_else(numbers, |kin| kin.families.among(&kin.others))
    }

    /// Counts all of them.
    pub(super) fn looked_at(&self) -> u64 {
        let families = |kin: &Kin| kin.families.among(&(&kin.carriers | &kin.others));
        self.kin.as_ref().map_or_else(|| self.tally.assayed_at_least(), families)
    }

    /// Returns the most people that as many of them as the floor can be.
    pub(super) fn most_people(&self, floor: u64) -> u64 {
        let largest = |kin: &Kin| kin.families.largest(floor, &(&kin.carriers | &kin.others));
        self.kin.as_ref().map_or(floor, largest)
    }

    /// Returns whether neither those who carry it nor those who do not are few. Nobody is few.
    pub(super) fn is_enough(&self, floor: u64) -> bool {
        self.carriers() >= floor && self.others() >= floor
    }
}

impl Kin {
    fn of(sets: &dyn Sets, families: Option<&Arc<Families>>) -> Option<Self> {
        let families = families?;
        let (People::Known(carriers), People::Known(looked_at)) = (sets.people(), sets.looked_at()) else {
            return None;
        };
        let others = looked_at.as_ref() - carriers.as_ref();
        Some(Self { families: Arc::clone(families), carriers: carriers.as_ref().clone(), others })
    }

    fn map(&self, change: impl Fn(&RoaringBitmap) -> RoaringBitmap) -> Self {
        let families = Arc::clone(&self.families);
        Self { families, carriers: change(&self.carriers), others: change(&self.others) }
    }

    fn minus(&self, less: &Self) -> Self {
        let families = Arc::clone(&self.families);
        Self { families, carriers: &self.carriers - &less.carriers, others: &self.others - &less.others }
    }

    fn plus(&self, more: &Self) -> Self {
        let families = Arc::clone(&self.families);
        Self { families, carriers: &self.carriers | &more.carriers, others: &self.others | &more.others }
    }
}
