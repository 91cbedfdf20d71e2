//! What has been read so far, and whether the inputs keep to their own regions.

use std::{collections::BTreeMap, path::PathBuf};

use fyr_schemas::Contig;

use super::{
    Counts, IngestError,
    rows::{Batch, Extent},
};

/// Counts over all inputs.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) counts: Counts,
    /// Records by contig.
    pub(crate) contigs: BTreeMap<Contig, u64>,
    /// What each input covers.
    extents: Vec<BTreeMap<Contig, Extent>>,
}

impl Account {
    /// Adds a batch of the input at `shard`.
    pub(crate) fn add(&mut self, shard: usize, batch: &Batch) {
        self.counts += batch.counts;
        if self.extents.len() <= shard {
            self.extents.resize_with(shard + 1, BTreeMap::new);
        }
        for (contig, extent) in &batch.extents {
            *self.contigs.entry(contig.clone()).or_default() += extent.records;
            if let Some(extents) = self.extents.get_mut(shard) {
                let covered = extents.entry(contig.clone()).or_insert(*extent);
                covered.first = covered.first.min(extent.first);
                covered.last = covered.last.max(extent.last);
            }
        }
    }

    /// Checks that inputs about the same people, or about nobody in particular, cover different regions.
    pub(crate) fn check_regions(&self, inputs: &[PathBuf]) -> Result<(), IngestError> {
        let mut spans: Vec<(&Contig, Extent, &PathBuf)> = Vec::new();
        for (extents, path) in self.extents.iter().zip(inputs) {
            spans.extend(extents.iter().map(|(contig, extent)| (contig, *extent, path)));
        }
        spans.sort_by_key(|(contig, extent, _)| (*contig, extent.first));
        for pair in spans.windows(2) {
            if let [(a, before, first), (b, after, second)] = pair
                && a == b
                && after.first <= before.last
            {
                return Err(IngestError::Options(format!(
                    "`{}` and `{}` are about the same people and both cover {a}:{}-{}: the regions of shards \
                     must not overlap, so join these files first",
                    first.display(),
                    second.display(),
                    after.first,
                    after.last.min(before.last)
                )));
            }
        }
        Ok(())
    }
}
