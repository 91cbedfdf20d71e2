//! Places of a genome: where somebody was looked at, or was not called.

use std::collections::BTreeMap;

use fyr_schemas::{Contig, Interbase};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::StoreError;

/// Intervals of sequences, half-open, 0-based. Those of a sequence are in order and do not touch each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions(BTreeMap<Contig, Vec<Interbase>>);

impl Regions {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an interval; fastest in the order of the genome. An empty one adds nothing.
    pub fn add(&mut self, contig: &Contig, interval: Interbase) {
        if interval.is_empty() {
            return;
        }
        let Some(runs) = self.0.get_mut(contig) else {
            self.0.insert(contig.clone(), vec![interval]);
            return;
        };
        // Those that it touches become one with it.
        let first = runs.partition_point(|run| run.end() < interval.start());
        let behind = runs.partition_point(|run| run.start() <= interval.end());
        let touched = runs.get(first..behind).unwrap_or_default();
        let start = touched.first().map_or(interval.start(), |run| run.start().min(interval.start()));
        let end = touched.last().map_or(interval.end(), |run| run.end().max(interval.end()));
        if let Ok(joined) = Interbase::new(start.into(), end.into()) {
            runs.splice(first..behind, [joined]);
        }
    }

    /// Returns whether all of an interval is in them.
    pub fn cover(&self, contig: &Contig, interval: Interbase) -> bool {
        let run = self.run_behind(contig, interval.start());
        run.is_some_and(|run| run.start() <= interval.start() && interval.end() <= run.end())
    }

    /// Returns whether some of an interval is in them.
    pub fn meet(&self, contig: &Contig, interval: Interbase) -> bool {
        self.run_behind(contig, interval.start()).is_some_and(|run| run.start() < interval.end())
    }

    /// Returns the first that ends behind a coordinate.
    fn run_behind(&self, contig: &Contig, start: u32) -> Option<Interbase> {
        let runs = self.0.get(contig)?;
        runs.get(runs.partition_point(|run| run.end() <= start)).copied()
    }

    /// Returns all, in the order of the genome.
    pub fn iter(&self) -> impl Iterator<Item = (&Contig, Interbase)> {
        self.0.iter().flat_map(|(contig, runs)| runs.iter().map(move |run| (contig, *run)))
    }

    /// Returns the sequences that they are on, in the order of the genome.
    pub(crate) fn contigs(&self) -> impl Iterator<Item = &Contig> {
        self.0.keys()
    }

    /// Returns how many bases are in them.
    pub fn bases(&self) -> u64 {
        self.iter().map(|(_, run)| u64::from(run.len())).sum()
    }

    /// Writes them: of each sequence the length of its name, the name, how many there are, and of each how far it is from
    /// the end of the last one and how long. Numbers are LEB128.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (contig, runs) in &self.0 {
            write(&mut bytes, contig.name().len() as u64);
            bytes.extend_from_slice(contig.name().as_bytes());
            write(&mut bytes, runs.len() as u64);
            let mut last = 0;
            for run in runs {
                write(&mut bytes, u64::from(run.start() - last));
                write(&mut bytes, u64::from(run.len()));
                last = run.end();
            }
        }
        bytes
    }

    /// Reads what [`Regions::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, StoreError> {
        let mut regions = Self::default();
        while !bytes.is_empty() {
            regions.read_contig(&mut bytes).ok_or_else(damaged)?;
        }
        Ok(regions)
    }

    fn read_contig(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let length = usize::try_from(read(bytes)?).ok()?;
        let (name, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        let contig = Contig::canonical(std::str::from_utf8(name).ok()?).ok()?;
        let (mut last, mut runs) = (0u64, Vec::new());
        for _ in 0..read(bytes)? {
            let start = last.checked_add(read(bytes)?)?;
            last = start.checked_add(read(bytes)?)?;
            runs.push(Interbase::new(start, last).ok()?);
        }
        self.0.insert(contig, runs);
        Some(())
    }
}

impl Serialize for Regions {
    /// Writes them as the hexadecimal digits that small tables take for bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = b"0123456789abcdef";
        let digit = |four: u8| digits.get(usize::from(four)).copied().map_or('0', char::from);
        let text =
            self.to_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect::<String>();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        let regions = bytes.ok_or_else(damaged).and_then(|bytes| Self::from_bytes(&bytes));
        regions.map_err(D::Error::custom)
    }
}

fn damaged() -> StoreError {
    StoreError::Corrupt("regions: not as they were written".into())
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    crate::file::varint(bytes)
}

#[cfg(test)]
mod tests {
    use fyr_schemas::Assembly;
    use proptest::prelude::*;

    use super::*;

    fn contig(name: &str) -> Contig {
        Contig::resolve(name, Assembly::GRCH38).unwrap()
    }

    fn interval(start: u32, length: u32) -> Interbase {
        Interbase::new(start.into(), u64::from(start + length)).unwrap()
    }

    proptest! {
        #[test]
        fn regions_are_the_bases_that_were_added(
            added in prop::collection::vec((0usize..2, 0u32..60, 0u32..12), 0..20),
            asked in prop::collection::vec((0usize..3, 0u32..70, 1u32..9), 20),
        ) {
            let names = ["1", "X", "2"];
            let (mut regions, mut bases) = (Regions::default(), std::collections::BTreeSet::new());
            for &(on, start, length) in &added {
                regions.add(&contig(names[on]), interval(start, length));
                bases.extend((start..start + length).map(|base| (on, base)));
            }
            prop_assert_eq!(regions.bases(), bases.len() as u64);
            prop_assert_eq!(regions.is_empty(), bases.is_empty());
            for &(on, start, length) in &asked {
                let (contig, place) = (contig(names[on]), interval(start, length));
                let mut is_in = (start..start + length).map(|base| bases.contains(&(on, base)));
                prop_assert_eq!(regions.meet(&contig, place), is_in.clone().any(|is_in| is_in));
                prop_assert_eq!(regions.cover(&contig, place), is_in.all(|is_in| is_in));
            }
            let apart = regions.0.values().all(|runs| runs.windows(2).all(|two| two[0].end() < two[1].start()));
            prop_assert!(apart);
            prop_assert_eq!(Regions::from_bytes(&regions.to_bytes()).unwrap(), regions.clone());
            let json = serde_json::to_string(&regions).unwrap();
            prop_assert_eq!(serde_json::from_str::<Regions>(&json).unwrap(), regions);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            let _ = Regions::from_bytes(&bytes);
        }
    }
}
