//! One allele on its way into a table or out of it, with its calls still packed.

use fyr_schemas::{Effect, Group, Tally, Variant, is_sequence};

use super::packed_carriers::PackedCarriers;
use crate::{Carriers, StoreError};

/// One allele of one input file with everyone's calls.
#[derive(Clone, Debug)]
pub struct GenotypeRow {
    /// The allele in normal form.
    pub variant: Variant,
    /// VCF ID values.
    pub ids: Vec<String>,
    /// VCF FILTER values; empty when not applied.
    pub filters: Vec<String>,
    /// Which source it comes from.
    pub shard: u32,
    /// The calls, by the indices of [`crate::SegmentWriter::indices`].
    pub carriers: Carriers,
    /// What is known of the allele.
    pub annotation: Annotation,
}

/// What is known of an allele, whoever carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotation {
    /// What the file's annotation says that it does. An effect that says nothing is none, and may be lost.
    pub effects: Vec<Effect>,
    /// The first eight bytes of its VRS digests, version 2 and 1.3, where its reference sequence is known.
    pub vrs: [Option<i64>; 2],
}

/// One allele of a sites-only file.
#[derive(Clone, Debug)]
pub struct FrequencyRow {
    /// The allele in normal form.
    pub variant: Variant,
    /// VCF ID values.
    pub ids: Vec<String>,
    /// VCF FILTER values; empty when not applied.
    pub filters: Vec<String>,
    /// Which source it comes from.
    pub shard: u32,
    /// Counts per group, the total among them.
    pub tallies: Vec<(Group, Tally)>,
    /// What is known of the allele.
    pub annotation: Annotation,
}

/// An allele with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// The allele.
    pub variant: Variant,
    /// VCF ID values.
    pub ids: Vec<String>,
    /// VCF FILTER values.
    pub filters: Vec<String>,
    /// Which input file, or which segment, it comes from.
    pub source: u32,
    /// What is known of the allele.
    pub annotation: Annotation,
    /// What is counted.
    pub payload: Payload,
}

/// What is counted of an allele.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Who carries it.
    Carriers(PackedCarriers),
    /// Counts per group.
    Frequencies(Vec<(Group, Tally)>),
}

impl StoredRow {
    /// Packs a row of genotypes.
    pub fn from_genotypes(row: GenotypeRow) -> Self {
        Self {
            variant: stored_variant(row.variant),
            ids: row.ids,
            filters: row.filters,
            source: row.shard,
            annotation: row.annotation,
            payload: Payload::Carriers(PackedCarriers::pack(&row.carriers)),
        }
    }

    /// Takes over a row of frequencies.
    ///
    /// # Errors
    ///
    /// The row has no total.
    pub fn from_frequencies(row: FrequencyRow) -> Result<Self, StoreError> {
        if !row.tallies.iter().any(|(group, _)| *group == Group::Total) {
            return Err(StoreError::Corrupt(format!("no total for {}", row.variant.short_form())));
        }
        Ok(Self {
            variant: stored_variant(row.variant),
            ids: row.ids,
            filters: row.filters,
            source: row.shard,
            annotation: row.annotation,
            payload: Payload::Frequencies(row.tallies),
        })
    }

    /// Returns roughly how many bytes of memory the row takes.
    pub(crate) fn memory(&self) -> usize {
        let texts = |list: &[String]| list.iter().map(|text| text.len() + size_of::<String>()).sum::<usize>();
        let alleles = self.variant.reference_bases.len() + self.variant.alternate_bases.len();
        let payload = match &self.payload {
            Payload::Carriers(packed) => packed.len() + 32,
            Payload::Frequencies(tallies) => tallies.len() * (size_of::<(Group, Tally)>() + 16),
        };
        let effects = self.annotation.effects.iter().map(effect_memory).sum::<usize>();
        size_of::<Self>() + alleles + texts(&self.ids) + texts(&self.filters) + payload + effects
    }

    /// Says where the row comes from.
    #[must_use]
    pub fn with_source(self, source: u32) -> Self {
        Self { source, ..self }
    }

    /// Returns whether two rows are about one allele.
    pub(crate) fn is_same_allele(&self, other: &Self) -> bool {
        self.variant == other.variant
    }
}

fn effect_memory(effect: &Effect) -> usize {
    let Effect { gene, transcript, consequences, coding_change, protein, protein_change } = effect;
    let texts = [gene, transcript, coding_change, protein, protein_change].into_iter().flatten();
    let lengths = texts.chain(consequences).map(|text| text.len() + size_of::<String>());
    size_of::<Effect>() + lengths.sum::<usize>()
}

/// Sequences tell their own length. `SVLEN` beside them is left out, so that one allele is one key.
fn stored_variant(mut variant: Variant) -> Variant {
    if is_sequence(&variant.alternate_bases) {
        variant.sv_length = None;
    }
    variant
}

/// Adds values that are not there yet.
pub fn extend<T: PartialEq>(values: &mut Vec<T>, others: impl IntoIterator<Item = T>) {
    for other in others {
        if !values.contains(&other) {
            values.push(other);
        }
    }
}
