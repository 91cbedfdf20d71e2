//! Who carries an allele, as bitmaps over the dataset's individuals.
//!
//! An answer is `carriers ∩ cohort`: exact for any group of people, and a withdrawal is one bit.
//! Whoever is in no bitmap was fully called and does not carry the allele.

use fyr_schemas::Tally;
use roaring::RoaringBitmap;

/// What one person's genotype says about one allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Fully called, two copies of the sequence, none of them this allele.
    Reference,
    /// One copy of the sequence, called, not this allele.
    HaploidReference,
    /// Two copies of the sequence, one of them this allele.
    Heterozygous,
    /// Two copies of the sequence, both this allele.
    Homozygous,
    /// One copy of the sequence, this allele.
    Hemizygous,
    /// Two copies of the sequence, one this allele, the other not called (`1/.`).
    Half,
    /// Two copies of the sequence, one called and not this allele, the other not called (`0/.`).
    Partial,
    /// Nothing called.
    Missing,
}

/// The calls of everyone in a segment for one allele. The sets are disjoint, except that `haploid`
/// says how many copies those in `hemi` and those in no other set have, and that `unlisted` is a part of `missing`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carriers {
    /// Diploid calls with one copy.
    pub het: RoaringBitmap,
    /// Diploid calls with two copies.
    pub hom: RoaringBitmap,
    /// Haploid calls with a copy.
    pub hemi: RoaringBitmap,
    /// One copy, the other allele not called.
    pub half: RoaringBitmap,
    /// One allele called and not this one, the other not called.
    pub partial: RoaringBitmap,
    /// Nothing called.
    pub missing: RoaringBitmap,
    /// Of the missing, those of whom no file says anything here: no file that they are in has the allele.
    pub unlisted: RoaringBitmap,
    /// One copy of the sequence: the hemizygous, and those without the allele.
    pub haploid: RoaringBitmap,
}

impl Carriers {
    /// Adds one person's call. Fastest in ascending order of index; each index once.
    pub fn push(&mut self, index: u32, call: Call) {
        let add = |set: &mut RoaringBitmap| {
            set.insert(index);
        };
        match call {
            Call::Reference => {}
            Call::HaploidReference => add(&mut self.haploid),
            Call::Heterozygous => add(&mut self.het),
            Call::Homozygous => add(&mut self.hom),
            Call::Hemizygous => {
                add(&mut self.hemi);
                add(&mut self.haploid);
            }
            Call::Half => add(&mut self.half),
            Call::Partial => add(&mut self.partial),
            Call::Missing => add(&mut self.missing),
        }
    }

    /// Returns the sets that are counted, in the order of the fields: all but `unlisted`.
    pub fn sets(&self) -> [&RoaringBitmap; 7] {
        let Self { het, hom, hemi, half, partial, missing, unlisted: _, haploid } = self;
        [het, hom, hemi, half, partial, missing, haploid]
    }

    /// Adds people of whom no file says anything here.
    pub fn leave_open(&mut self, people: &RoaringBitmap) {
        self.missing |= people;
        self.unlisted |= people;
    }

    /// Returns those who carry the allele.
    pub fn carriers(&self) -> RoaringBitmap {
        &self.het | &self.hom | &self.hemi | &self.half
    }

    fn map(&self, change: impl Fn(&RoaringBitmap) -> RoaringBitmap) -> Self {
        let [het, hom, hemi, half, partial, missing, haploid] = self.sets().map(&change);
        Self { het, hom, hemi, half, partial, missing, unlisted: change(&self.unlisted), haploid }
    }

    /// Returns the calls of some people only.
    pub fn within(&self, people: &RoaringBitmap) -> Self {
        self.map(|set| set & people)
    }

    /// Returns the calls of all but some people.
    pub fn without(&self, people: &RoaringBitmap) -> Self {
        self.map(|set| set - people)
    }

    /// Counts within a group of people. Everyone in the group must have been asked at this site.
    pub fn tally(&self, group: &RoaringBitmap) -> Tally {
        let count = |set: &RoaringBitmap| if set.is_empty() { 0 } else { set.intersection_len(group) };
        Self::tally_of(group.len(), self.sets().map(count))
    }

    /// Counts all calls, which are those of so many people who were asked.
    pub fn total(&self, asked: u64) -> Tally {
        Self::tally_of(asked, self.sets().map(RoaringBitmap::len))
    }

    /// Says what the sizes of the sets amount to among so many people who were asked.
    pub fn tally_of(asked: u64, sizes: [u64; 7]) -> Tally {
        let [het, hom, hemi, half, partial, missing, haploid] = sizes;
        let assayed = asked - missing;
        Tally {
            allele_count: het + 2 * hom + hemi + half,
            allele_number: 2 * assayed - haploid - half - partial,
            heterozygous: Some(het),
            homozygous: Some(hom),
            hemizygous: Some(hemi),
            carriers: Some(het + hom + hemi + half),
            assayed: Some(assayed),
        }
    }

    /// Unites two records of the same allele. `mine` and `theirs` are the people that each was asked of.
    ///
    /// A person carries an allele once, however many records say so. The call that says most wins:
    /// homozygous, heterozygous, hemizygous, half, called without the allele, partial, missing.
    pub fn union(&self, mine: &RoaringBitmap, other: &Self, theirs: &RoaringBitmap) -> Self {
        let hom = &self.hom | &other.hom;
        let het = (&self.het | &other.het) - &hom;
        let diploid = &hom | &het;
        let hemi = (&self.hemi | &other.hemi) - &diploid;
        let full = &diploid | &hemi;
        let half = (&self.half | &other.half) - &full;
        let carriers = &full | &half;
        let reference = (self.reference(mine) | other.reference(theirs)) - &carriers;
        let called = &carriers | &reference;
        let partial = (&self.partial | &other.partial) - &called;
        let missing = ((mine | theirs) - called) - &partial;
        let listed = (mine - &self.unlisted) | (theirs - &other.unlisted);
        let unlisted = &missing - listed;
        let haploid = ((&self.haploid | &other.haploid) & (&hemi | &reference)) - &diploid;
        Self { het, hom, hemi, half, partial, missing, unlisted, haploid }
    }

    /// Those of `asked` who were fully called and do not carry the allele.
    fn reference(&self, asked: &RoaringBitmap) -> RoaringBitmap {
        let mut rest = asked.clone();
        for set in [&self.het, &self.hom, &self.hemi, &self.half, &self.partial, &self.missing] {
            rest -= set;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CALLS: [(Call, u64, u64); 8] = [
        (Call::Reference, 0, 2),
        (Call::HaploidReference, 0, 1),
        (Call::Heterozygous, 1, 2),
        (Call::Homozygous, 2, 2),
        (Call::Hemizygous, 1, 1),
        (Call::Half, 1, 1),
        (Call::Partial, 0, 1),
        (Call::Missing, 0, 0),
    ];

    fn carriers(calls: &[usize]) -> Carriers {
        let mut carriers = Carriers::default();
        for (index, &call) in calls.iter().enumerate() {
            carriers.push(index as u32, CALLS[call].0);
        }
        carriers
    }

    fn everyone(n: usize) -> RoaringBitmap {
        (0..n as u32).collect()
    }

    proptest! {
        #[test]
        fn counts_equal_a_count_one_by_one(
            calls in prop::collection::vec((0usize..8, any::<bool>()), 0..300),
        ) {
            let kinds: Vec<usize> = calls.iter().map(|c| c.0).collect();
            let group: RoaringBitmap =
                (0u32..).zip(&calls).filter(|(_, c)| c.1).map(|(i, _)| i).collect();
            let chosen: Vec<_> = calls.iter().filter(|c| c.1).map(|c| CALLS[c.0]).collect();
            let of = |wanted: Call| chosen.iter().filter(|c| c.0 == wanted).count() as u64;
            let tally = carriers(&kinds).tally(&group);
            prop_assert_eq!(tally.allele_count, chosen.iter().map(|c| c.1).sum::<u64>());
            prop_assert_eq!(tally.allele_number, chosen.iter().map(|c| c.2).sum::<u64>());
            prop_assert_eq!(tally.heterozygous, Some(of(Call::Heterozygous)));
            prop_assert_eq!(tally.homozygous, Some(of(Call::Homozygous)));
            prop_assert_eq!(tally.hemizygous, Some(of(Call::Hemizygous)));
            prop_assert_eq!(tally.carriers, Some(chosen.iter().filter(|c| c.1 > 0).count() as u64));
            prop_assert_eq!(tally.assayed, Some(chosen.iter().filter(|c| c.2 > 0).count() as u64));
        }

        #[test]
        fn a_union_is_a_valid_record_in_any_order(
            calls in prop::collection::vec((0usize..8, 0usize..8), 0..100),
        ) {
            let asked = everyone(calls.len());
            let first = carriers(&calls.iter().map(|c| c.0).collect::<Vec<_>>());
            let second = carriers(&calls.iter().map(|c| c.1).collect::<Vec<_>>());
            let union = first.union(&asked, &second, &asked);
            prop_assert_eq!(&union, &second.union(&asked, &first, &asked));
            prop_assert_eq!(&first, &first.union(&asked, &first, &asked));
            let tally = union.tally(&asked);
            prop_assert!(tally.allele_count <= tally.allele_number);
            for (index, (a, b)) in (0u32..).zip(&calls) {
                let carries = CALLS[*a].1 + CALLS[*b].1 > 0;
                let person = union.tally(&RoaringBitmap::from_iter([index]));
                prop_assert_eq!(person.carriers, Some(u64::from(carries)));
            }
        }

        #[test]
        fn whoever_one_record_speaks_of_is_listed(
            people in prop::collection::vec((0usize..8, 0usize..8, any::<bool>(), any::<bool>()), 0..60),
        ) {
            let asked = everyone(people.len());
            let open = |of: fn(&(usize, usize, bool, bool)) -> bool| -> RoaringBitmap {
                (0u32..).zip(&people).filter(|(_, person)| of(person)).map(|(index, _)| index).collect()
            };
            let (first_open, second_open) = (open(|p| p.2), open(|p| p.3));
            let mut first = carriers(&people.iter().map(|p| p.0).collect::<Vec<_>>()).without(&first_open);
            let mut second = carriers(&people.iter().map(|p| p.1).collect::<Vec<_>>()).without(&second_open);
            // A record that speaks of some people only says the same, whether it names the others or not.
            let apart = first.union(&(&asked - &first_open), &second, &(&asked - &second_open));
            first.leave_open(&first_open);
            second.leave_open(&second_open);
            let union = first.union(&asked, &second, &asked);
            prop_assert_eq!(&union.unlisted, &(&first_open & &second_open));
            prop_assert!(union.unlisted.is_subset(&union.missing));
            prop_assert_eq!(apart, union.without(&(first_open & second_open)));
        }
    }
}
