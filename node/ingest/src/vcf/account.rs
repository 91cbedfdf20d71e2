//! What has been read so far, and whether the inputs keep to their own regions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use fyr_schemas::Contig;

use super::{
    Counts, IngestError,
    error::{Fault, quote},
    frequencies::Agreement,
    rows::{Batch, Extent, Ungenotyped},
    sexes::Seen,
};

/// Counts over all inputs.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) counts: Counts,
    /// Records by contig.
    pub(crate) contigs: BTreeMap<Contig, u64>,
    /// The sequences that inputs call otherwise, by the name that they have for them.
    pub(crate) renamed: BTreeMap<String, Contig>,
    /// What X and Y say of sexes.
    pub(crate) sexes: Seen,
    /// What each input covers.
    extents: Vec<BTreeMap<Contig, Extent>>,
    input: InputSoFar,
}

/// What is known of the input that is being read.
#[derive(Debug, Default)]
struct InputSoFar {
    agreement: Agreement,
    has_genotypes: bool,
    ungenotyped: Option<Ungenotyped>,
}

impl Account {
    /// Adds a batch of the input at `shard`.
    pub(crate) fn add(&mut self, shard: usize, batch: &Batch) {
        self.counts += batch.counts;
        self.sexes.join(&batch.sexes);
        self.renamed.extend(batch.renamed.iter().map(|(name, contig)| (name.clone(), contig.clone())));
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

    /// Checks a batch against what was read of its input before.
    ///
    /// # Errors
    ///
    /// Two records have different counts of one allele.
    pub(crate) fn check(&mut self, batch: &Batch, path: &Path, binary: bool) -> Result<(), IngestError> {
        self.input.has_genotypes |= batch.counts.genotypes > 0;
        self.input.ungenotyped = self.input.ungenotyped.take().or_else(|| batch.ungenotyped.clone());
        for (row, line) in batch.frequencies.iter().zip(&batch.frequency_lines) {
            self.input.agreement.add(row, *line).map_err(|first| {
                let unit = if binary { "record" } else { "line" };
                let message = format!(
                    "other counts of {} than in {unit} {first}: leave one of the two out, or add them up",
                    row.variant.short_form()
                );
                Fault::new("INFO", message).at(path, *line, binary)
            })?;
        }
        Ok(())
    }

    /// Ends an input.
    ///
    /// # Errors
    ///
    /// It has samples and no genotype, so that nothing would be known of anybody.
    pub(crate) fn end(&mut self, path: &Path, binary: bool) -> Result<(), IngestError> {
        match std::mem::take(&mut self.input) {
            InputSoFar { has_genotypes: false, ungenotyped: Some(Ungenotyped { line, format }), .. } => {
                let message = format!(
                    "{} has no GT, nor has any other record: make genotypes of what the file has (GP, PL, DS), or, where its \
                     samples are populations, a file without samples that has their AC and AN in INFO",
                    quote(format.as_bytes())
                );
                Err(Fault::new("FORMAT", message).at(path, line, binary))
            }
            _ => Ok(()),
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
