//! A set of people in few bytes.
//!
//! Most sets hold one person or a few, and Roaring's own serialisation spends 16 bytes before the first.
//! The first byte says how the rest is to be read, whichever of three ways is shortest:
//!
//! | first byte | then |
//! |---|---|
//! | 1 | for each person how many before are not in the set, since the one before |
//! | 2 | for each row of neighbours: how many before are not in the set; how many neighbours the first has |
//! | 3 | how many bytes of zeros are left out, then bits, the lowest of a byte first |
//!
//! Numbers are LEB128: seven bits a byte, the lowest first, and the high bit set where more follow.

use roaring::RoaringBitmap;

use crate::StoreError;

const GAPS: u8 = 1;
const RUNS: u8 = 2;
const BITS: u8 = 3;

/// Packs a set; none where it is empty.
pub(crate) fn pack(set: &RoaringBitmap) -> Option<Vec<u8>> {
    let (first, last) = (set.min()?, set.max()?);
    if first == last {
        return Some(pack_gaps(set, 1 + length_of(first)));
    }
    let (gaps, runs) = lengths(set);
    let bits = length_of(first / 8) + (last / 8 - first / 8) as usize + 1;
    Some(if bits <= gaps.min(runs) {
        pack_bits(set, (first / 8, last / 8))
    } else if gaps <= runs {
        pack_gaps(set, 1 + gaps)
    } else {
        pack_runs(set, 1 + runs)
    })
}

/// Unpacks a set.
///
/// # Errors
///
/// Bytes that [`pack`] does not write.
pub(crate) fn unpack(bytes: &[u8]) -> Result<RoaringBitmap, StoreError> {
    let set = match bytes {
        [GAPS, rest @ ..] => unpack_gaps(rest),
        [RUNS, rest @ ..] => unpack_runs(rest),
        [BITS, rest @ ..] => unpack_bits(rest),
        _ => None,
    };
    set.ok_or_else(damaged)
}

/// Counts the people of a set without unpacking it.
///
/// # Errors
///
/// Bytes that [`pack`] does not write.
pub(crate) fn len(bytes: &[u8]) -> Result<u64, StoreError> {
    let len = match bytes {
        [GAPS, rest @ ..] => Some(rest.iter().filter(|byte| **byte < 0x80).count() as u64),
        [RUNS, rest @ ..] => len_of_runs(rest),
        [BITS, rest @ ..] => {
            let mut rest = rest;
            read(&mut rest).map(|_| rest.iter().map(|byte| u64::from(byte.count_ones())).sum())
        }
        _ => None,
    };
    len.ok_or_else(damaged)
}

fn len_of_runs(mut bytes: &[u8]) -> Option<u64> {
    let mut len = 0;
    while !bytes.is_empty() {
        read(&mut bytes)?;
        len += u64::from(read(&mut bytes)?) + 1;
    }
    Some(len)
}

fn damaged() -> StoreError {
    StoreError::Corrupt("carrier bitmap: not as it was written".into())
}

/// Bytes of the set as gaps and as runs.
fn lengths(set: &RoaringBitmap) -> (usize, usize) {
    let (mut gaps, mut runs) = (0, 0);
    for (gap, neighbours) in ranges(set) {
        gaps += length_of(gap) + neighbours as usize;
        runs += length_of(gap) + length_of(neighbours);
    }
    (gaps, runs)
}

/// For each row of neighbours: how many before are not in the set, and how many neighbours its first has.
/// Roaring's own `next_range` searches an array anew for each range.
fn ranges(set: &RoaringBitmap) -> impl Iterator<Item = (u32, u32)> {
    let (mut people, mut next) = (set.iter().peekable(), 0);
    std::iter::from_fn(move || {
        let first = people.next()?;
        let mut last = first;
        while let Some(neighbour) = people.next_if(|person| person - last == 1) {
            last = neighbour;
        }
        let gap = first - std::mem::replace(&mut next, last.saturating_add(1));
        Some((gap, last - first))
    })
}

fn pack_gaps(set: &RoaringBitmap, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    bytes.push(GAPS);
    let mut next = 0;
    for person in set {
        write(&mut bytes, person - next);
        next = person.saturating_add(1);
    }
    bytes
}

fn pack_runs(set: &RoaringBitmap, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    bytes.push(RUNS);
    for (gap, neighbours) in ranges(set) {
        write(&mut bytes, gap);
        write(&mut bytes, neighbours);
    }
    bytes
}

/// `first` and `last` are the numbers of the first byte that is not zero, and of the last.
fn pack_bits(set: &RoaringBitmap, (first, last): (u32, u32)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(6 + (last - first) as usize);
    bytes.push(BITS);
    write(&mut bytes, first);
    let start = bytes.len();
    bytes.resize(start + (last - first) as usize + 1, 0);
    for person in set {
        if let Some(byte) = bytes.get_mut(start + (person / 8 - first) as usize) {
            *byte |= 1 << (person % 8);
        }
    }
    bytes
}

fn unpack_gaps(mut bytes: &[u8]) -> Option<RoaringBitmap> {
    let mut people = Vec::with_capacity(bytes.len());
    let mut next = Some(0u32);
    while !bytes.is_empty() {
        let person = next?.checked_add(read(&mut bytes)?)?;
        people.push(person);
        next = person.checked_add(1);
    }
    RoaringBitmap::from_sorted_iter(people).ok()
}

fn unpack_runs(mut bytes: &[u8]) -> Option<RoaringBitmap> {
    let mut set = RoaringBitmap::new();
    let mut next = Some(0u32);
    while !bytes.is_empty() {
        let first = next?.checked_add(read(&mut bytes)?)?;
        let last = first.checked_add(read(&mut bytes)?)?;
        set.insert_range(first..=last);
        next = last.checked_add(1);
    }
    Some(set)
}

fn unpack_bits(mut bytes: &[u8]) -> Option<RoaringBitmap> {
    let first = read(&mut bytes)?;
    let end = u64::from(first) + bytes.len() as u64;
    // Beyond are numbers that no person has; Roaring panics there.
    let is_possible = !bytes.is_empty() && end <= u64::from(u32::MAX / 8) + 1;
    is_possible.then(|| RoaringBitmap::from_lsb0_bytes(first * 8, bytes))
}

/// Bytes of a number.
fn length_of(number: u32) -> usize {
    (38 - (number | 1).leading_zeros() as usize) / 7
}

/// Adds a number.
pub(crate) fn write(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number from the front; none where there is no whole one.
pub(crate) fn read(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u64;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return u32::try_from(number).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(people: impl IntoIterator<Item = u32>) -> Vec<u8> {
        let set: RoaringBitmap = people.into_iter().collect();
        let bytes = pack(&set).unwrap();
        assert_eq!(unpack(&bytes).unwrap(), set);
        bytes
    }

    #[test]
    fn the_shortest_way_is_taken() {
        assert_eq!(pack(&RoaringBitmap::new()), None);
        assert_eq!(round([7]), [GAPS, 7]);
        assert_eq!(round([0, 300]), [GAPS, 0, 0xab, 2]);
        assert_eq!(round(1000..2504), [RUNS, 0xe8, 7, 0xdf, 11]);
        assert_eq!(round((800..900).step_by(2))[..3], [BITS, 100, 0x55]);
        assert_eq!(round((800..900).step_by(2)).len(), 2 + 13);
        round([0, u32::MAX]);
        round([u32::MAX - 1, u32::MAX]);
        round([u32::MAX - 20, u32::MAX - 18, u32::MAX - 16, u32::MAX - 13, u32::MAX - 11, u32::MAX]);
    }

    #[test]
    fn what_was_not_packed_is_refused() {
        for bytes in [
            &[][..],
            &[0, 1],
            &[GAPS, 0x80],
            &[GAPS, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[GAPS, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
            &[RUNS, 1],
            &[BITS],
            &[BITS, 0x80, 0x80, 0x80, 0x80, 0x02],
            &[BITS, 0xff, 0xff, 0xff, 0xff, 0x01, 1, 1],
        ] {
            assert!(unpack(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_set_comes_back(
            runs in prop::collection::vec((0u32..3000, 1u32..40, 1usize..4), 1..60),
            start in prop_oneof![Just(0u32), any::<u32>()],
        ) {
            let (mut people, mut at) = (RoaringBitmap::new(), start);
            for (gap, length, step) in runs {
                at = at.saturating_add(gap);
                people.extend((at..at.saturating_add(length)).step_by(step));
                at = at.saturating_add(length);
            }
            let bytes = pack(&people);
            prop_assert_eq!(bytes.is_none(), people.is_empty());
            let Some(bytes) = bytes else { return Ok(()) };
            prop_assert_eq!(len(&bytes).unwrap(), people.len());
            prop_assert_eq!(unpack(&bytes).unwrap(), people);
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..30), kind in 0u8..5) {
            if let Some(first) = bytes.first_mut() {
                *first = kind;
            }
            // A run of billions takes time to no use.
            prop_assume!(kind != RUNS || bytes.len() < 4);
            let _ = (unpack(&bytes), len(&bytes));
        }
    }
}
