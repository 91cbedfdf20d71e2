//! The calls of an allele in few bytes.
//!
//! Most alleles are written and merged without anyone looking into their sets, so they stay packed until
//! somebody must. The sets that differ from allele to allele lie together, so that a lookup reads them from
//! one page. They are nothing where nobody is in any of them; else
//!
//! | bytes | |
//! |---|---|
//! | first | which sets there are: the lowest bit is that of `het`, then `hom`, `hemi`, `half`, `partial`, `missing` without the unlisted, `unlisted` |
//! | then, for each of them | how many bytes it has, in LEB128; left out before the last |
//! | | the set, as [`packed_set`] packs it |
//!
//! Who has one copy of the sequence is the same along most of a chromosome, and stays apart.

use roaring::RoaringBitmap;

use super::packed_set;
use crate::{Carriers, StoreError};

/// Sets that lie together.
const SETS: usize = 7;
/// How many of them, the first ones, say who carries the allele. They are disjoint.
const CARRIER_SETS: usize = 4;

/// The calls of everyone in a segment for one allele, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedCarriers {
    /// The sets that lie together.
    pub calls: Vec<u8>,
    /// Who has one copy of the sequence; none where nobody has.
    pub haploid: Option<Vec<u8>>,
}

impl PackedCarriers {
    /// Packs all sets.
    pub fn pack(carriers: &Carriers) -> Self {
        let Carriers { het, hom, hemi, half, partial, missing, unlisted, haploid } = carriers;
        let missing = &(missing - unlisted);
        let sets = [het, hom, hemi, half, partial, missing, unlisted].map(packed_set::pack);
        Self { calls: join(&sets), haploid: packed_set::pack(haploid) }
    }

    /// Takes people out of every set.
    ///
    /// # Errors
    ///
    /// Bytes that [`PackedCarriers::pack`] does not write.
    pub(crate) fn leave_out(&mut self, people: &RoaringBitmap) -> Result<(), StoreError> {
        let carriers = self.unpack()?;
        let others = carriers.without(people);
        if others != carriers {
            *self = Self::pack(&others);
        }
        Ok(())
    }

    /// Counts the carriers.
    ///
    /// # Errors
    ///
    /// As above.
    pub(crate) fn count(&self) -> Result<u64, StoreError> {
        split(&self.calls)?.into_iter().take(CARRIER_SETS).flatten().map(packed_set::len).sum()
    }

    /// Unpacks who carries the allele.
    ///
    /// # Errors
    ///
    /// Bytes that [`PackedCarriers::pack`] does not write.
    pub fn carriers(&self) -> Result<RoaringBitmap, StoreError> {
        let sets = split(&self.calls)?.into_iter().take(CARRIER_SETS).flatten();
        sets.map(packed_set::unpack).try_fold(RoaringBitmap::new(), |carriers, set| Ok(carriers | set?))
    }

    /// Unpacks all sets.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn unpack(&self) -> Result<Carriers, StoreError> {
        let read = |set: Option<&[u8]>| set.map_or(Ok(RoaringBitmap::new()), packed_set::unpack);
        let [het, hom, hemi, half, partial, missing, unlisted] = split(&self.calls)?;
        let unlisted = read(unlisted)?;
        Ok(Carriers {
            het: read(het)?,
            hom: read(hom)?,
            hemi: read(hemi)?,
            half: read(half)?,
            partial: read(partial)?,
            missing: read(missing)? | &unlisted,
            unlisted,
            haploid: read(self.haploid.as_deref())?,
        })
    }

    /// Returns whether no file says anything of any of some people, who are of the segment.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn lists_nobody_of(&self, people: &RoaringBitmap) -> Result<bool, StoreError> {
        let [.., unlisted] = split(&self.calls)?;
        let Some(unlisted) = unlisted else { return Ok(people.is_empty()) };
        // Most rows list somebody, which their size tells.
        Ok(packed_set::len(unlisted)? >= people.len() && people.is_subset(&packed_set::unpack(unlisted)?))
    }

    /// Returns whether files say something of everybody.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn lists_everybody(&self) -> Result<bool, StoreError> {
        let [.., unlisted] = split(&self.calls)?;
        unlisted.map_or(Ok(true), |unlisted| Ok(packed_set::len(unlisted)? == 0))
    }

    /// Returns the calls as if no file said anything of those who are missing.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn with_the_missing_open(&self) -> Result<Self, StoreError> {
        let carriers = self.unpack()?;
        Ok(Self::pack(&Carriers { unlisted: carriers.missing.clone(), ..carriers }))
    }

    /// Returns how many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        self.calls.len() + self.haploid.as_ref().map_or(0, Vec::len)
    }
}

fn join(sets: &[Option<Vec<u8>>; SETS]) -> Vec<u8> {
    let Some(last) = sets.iter().rposition(Option::is_some) else { return Vec::new() };
    let mut bytes = Vec::with_capacity(sets.iter().flatten().map(|set| set.len() + 3).sum());
    bytes.push((0..).zip(sets).map(|(bit, set)| u8::from(set.is_some()) << bit).sum());
    for (position, set) in sets.iter().enumerate() {
        let Some(set) = set else { continue };
        if position < last {
            // A set of all numbers that there can be takes less than half a gigabyte.
            packed_set::write(&mut bytes, set.len() as u32);
        }
        bytes.extend_from_slice(set);
    }
    bytes
}

fn split(bytes: &[u8]) -> Result<[Option<&[u8]>; SETS], StoreError> {
    let mut sets = [None; SETS];
    let Some((&present, mut rest)) = bytes.split_first() else { return Ok(sets) };
    let last = (u8::BITS - present.leading_zeros()) as usize;
    for (position, set) in sets.iter_mut().enumerate().filter(|(bit, _)| present >> bit & 1 == 1) {
        let length = if position + 1 < last {
            packed_set::read(&mut rest).map(|n| n as usize)
        } else {
            Some(rest.len())
        };
        let (this, others) = length.and_then(|length| rest.split_at_checked(length)).ok_or_else(damaged)?;
        (*set, rest) = (Some(this), others);
    }
    if last == 0 || last > SETS || !rest.is_empty() { Err(damaged()) } else { Ok(sets) }
}

fn damaged() -> StoreError {
    StoreError::Corrupt("calls: not as they were written".into())
}

/// Unites the calls of several records; returns them with the people that were asked.
///
/// # Errors
///
/// Bytes that [`PackedCarriers::pack`] does not write.
pub fn unite<'a>(
    records: impl Iterator<Item = (&'a PackedCarriers, &'a RoaringBitmap)>,
) -> Result<(Carriers, RoaringBitmap), StoreError> {
    let (mut carriers, mut asked) = (Carriers::default(), RoaringBitmap::new());
    for (packed, theirs) in records {
        let other = packed.unpack()?;
        carriers = if asked.is_empty() { other } else { carriers.union(&asked, &other, theirs) };
        asked |= theirs;
    }
    Ok((carriers, asked))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = [RoaringBitmap; 7]> {
        let one = prop_oneof![
            Just(RoaringBitmap::new()),
            prop::collection::btree_set(0u32..300_000, 0..50).prop_map(|set| set.into_iter().collect()),
            (0u32..200_000, 0u32..9_000).prop_map(|(first, length)| (first..first + length).collect()),
        ];
        prop::array::uniform7(one)
    }

    /// Of the missing, those of whom another set has the number are unlisted.
    fn carriers([het, hom, hemi, half, partial, missing, haploid]: [RoaringBitmap; 7]) -> Carriers {
        let unlisted = &missing & (&het | &haploid);
        Carriers { het, hom, hemi, half, partial, missing, unlisted, haploid }
    }

    proptest! {
        #[test]
        fn any_calls_come_back(sets in sets()) {
            let expected = sets.iter().take(CARRIER_SETS).map(RoaringBitmap::len).sum::<u64>();
            let carriers = carriers(sets);
            let packed = PackedCarriers::pack(&carriers);
            prop_assert_eq!(packed.count().unwrap(), expected);
            prop_assert_eq!(packed.carriers().unwrap(), carriers.carriers());
            prop_assert_eq!(packed.unpack().unwrap(), carriers);
        }

        #[test]
        fn who_is_left_out_is_in_no_set(sets in sets(), gone in sets()) {
            let carriers = carriers(sets);
            let mut packed = PackedCarriers::pack(&carriers);
            packed.leave_out(&gone[0]).unwrap();
            prop_assert_eq!(packed.unpack().unwrap(), carriers.without(&gone[0]));
        }

        #[test]
        fn a_row_lists_whoever_is_not_unlisted(sets in sets(), asked in sets()) {
            let carriers = carriers(sets);
            let packed = PackedCarriers::pack(&carriers);
            for people in asked.iter().chain([&carriers.unlisted, &(&carriers.unlisted & &asked[1])]) {
                let listed = people - &carriers.unlisted;
                prop_assert_eq!(packed.lists_nobody_of(people).unwrap(), listed.is_empty());
                prop_assert_eq!(packed.lists_everybody().unwrap(), carriers.unlisted.is_empty());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(calls in prop::collection::vec(any::<u8>(), 0..30)) {
            // A run of billions takes time to no use.
            let has_runs = calls.contains(&2);
            let packed = PackedCarriers { calls, haploid: None };
            let _ = packed.count();
            if !has_runs {
                let _ = packed.unpack();
            }
        }
    }

    #[test]
    fn what_was_not_packed_is_refused() {
        for calls in [&[0][..], &[0x80, 1, 7], &[0x03, 2, 1], &[0x03, 9, 1, 7], &[0x03, 0x80]] {
            let packed = PackedCarriers { calls: calls.to_vec(), haploid: None };
            assert!(packed.unpack().is_err(), "{calls:?}");
        }
        let of_one =
            PackedCarriers::pack(&Carriers { het: [7].into_iter().collect(), ..Carriers::default() });
        assert_eq!(of_one.calls, [0x01, 1, 7]);
        let mut of_nobody = Carriers::default();
        of_nobody.leave_open(&[7].into_iter().collect());
        assert_eq!(PackedCarriers::pack(&of_nobody).calls, [0x40, 1, 7]);
    }
}
