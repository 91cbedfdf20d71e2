//! Whose genotypes leave which segments.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::individuals::IndividualRow;
use crate::StoreError;

/// The genotypes that leave a dataset: of each segment the numbers under which bitmaps know the people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaving(BTreeMap<String, RoaringBitmap>);

impl Leaving {
    /// Takes the samples with some ids out of the segments that `members` are of, which have alleles.
    ///
    /// # Errors
    ///
    /// A segment has two samples of one person, and only one of them leaves: their calls cannot be told apart.
    pub(crate) fn of(members: &[&IndividualRow], samples: &BTreeSet<&str>) -> Result<Self, StoreError> {
        let mut leaving: BTreeMap<&str, BTreeMap<u32, &str>> = BTreeMap::new();
        let (gone, stay): (Vec<_>, Vec<_>) =
            members.iter().copied().partition(|row: &&IndividualRow| samples.contains(row.id.as_ref()));
        for row in gone {
            leaving.entry(row.segment()).or_default().insert(row.index, row.id.as_ref());
        }
        for row in stay {
            if let Some(sample) = leaving.get(row.segment()).and_then(|numbers| numbers.get(&row.index)) {
                let (sample, other) = ((*sample).to_owned(), row.id.to_string());
                return Err(StoreError::Inseparable { sample, other });
            }
        }
        let numbers = |(segment, numbers): (&str, BTreeMap<u32, &str>)| {
            (segment.to_owned(), numbers.into_keys().collect::<RoaringBitmap>())
        };
        Ok(Self(leaving.into_iter().map(numbers).collect()))
    }

    /// Returns whose genotypes leave a segment; none where nobody's do.
    pub(crate) fn numbers(&self, segment: &str) -> Option<&RoaringBitmap> {
        self.0.get(segment)
    }
}
