//! Who was looked at where an allele is: whether or not they carry it, it would have been seen.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::dataset::Dataset;

/// The people of each segment who were looked at at one allele.
#[derive(Clone, Debug, Default)]
pub(super) struct LookedAt {
    segments: Vec<(u32, Arc<RoaringBitmap>)>,
}

impl LookedAt {
    /// Looks an allele up; `rows` are the segments that have a row of it, in their order.
    ///
    /// Where nothing is known but what records say, a segment looked at its people where it has a row, and at nobody
    /// elsewhere.
    pub(super) fn at(dataset: &Dataset, rows: impl Iterator<Item = u32>) -> Self {
        let people = |source: u32| {
            let segment = dataset.segments.get(source as usize)?;
            Some((source, Arc::clone(&segment.people)))
        };
        Self { segments: rows.filter_map(people).collect() }
    }

    /// Returns the people of a segment who were looked at; none where it did not look.
    pub(super) fn by(&self, segment: u32) -> Option<&Arc<RoaringBitmap>> {
        self.segments.iter().find(|(source, _)| *source == segment).map(|(_, people)| people)
    }

    /// Returns all who were looked at.
    pub(super) fn people(&self) -> Arc<RoaringBitmap> {
        match self.segments.as_slice() {
            [(_, only)] => Arc::clone(only),
            several => {
                let people = several.iter().map(|(_, people)| people.as_ref());
                Arc::new(people.fold(RoaringBitmap::new(), |all, people| all | people))
            }
        }
    }
}
