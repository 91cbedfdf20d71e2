//! One allele on its way into a table or out of it, with its calls still packed.
//!
//! Most alleles are written and merged without anyone looking into their bitmaps, so they stay
//! serialised until somebody must.

use fyr_schemas::{Effect, Group, Tally, Variant, is_sequence};
use roaring::RoaringBitmap;

use super::packed_set;
use crate::{Annotation, Carriers, EngineError, FrequencyRow, GenotypeRow};

/// An allele with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredRow {
    /// The allele.
    pub(crate) variant: Variant,
    /// VCF ID values.
    pub(crate) ids: Vec<String>,
    /// VCF FILTER values.
    pub(crate) filters: Vec<String>,
    /// Which input file, or which segment, it comes from.
    pub(crate) source: u32,
    /// What is known of the allele.
    pub(crate) annotation: Annotation,
    /// What is counted.
    pub(crate) payload: Payload,
}

/// What is counted of an allele.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Payload {
    /// Who carries it.
    Carriers(PackedCarriers),
    /// Counts per group.
    Frequencies(Vec<(Group, Tally)>),
}

/// Carrier bitmaps as [`packed_set`] packs them; an empty one is none. In the order of
/// [`super::schema::column::BITMAPS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PackedCarriers(pub(crate) [Option<Vec<u8>>; 7]);

/// How many of the bitmaps, the first ones, say who carries the allele. They are disjoint.
const CARRIER_SETS: usize = 4;

impl PackedCarriers {
    /// Packs all sets.
    pub(crate) fn pack(carriers: &Carriers) -> Self {
        let Carriers { het, hom, hemi, half, partial, missing, haploid } = carriers;
        Self([het, hom, hemi, half, partial, missing, haploid].map(packed_set::pack))
    }

    /// Takes people out of every bitmap.
    pub(crate) fn leave_out(&mut self, people: &RoaringBitmap) -> Result<(), EngineError> {
        for slot in &mut self.0 {
            let Some(set) = slot.as_deref().map(packed_set::unpack).transpose()? else { continue };
            if !set.is_disjoint(people) {
                *slot = packed_set::pack(&(set - people));
            }
        }
        Ok(())
    }

    /// Counts the carriers.
    pub(crate) fn count(&self) -> Result<u64, EngineError> {
        let sets = self.0.iter().take(CARRIER_SETS).flatten();
        sets.map(|bytes| packed_set::len(bytes)).sum()
    }

    /// Unpacks all sets.
    pub(crate) fn unpack(&self) -> Result<Carriers, EngineError> {
        let read =
            |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or(Ok(RoaringBitmap::new()), packed_set::unpack);
        let [het, hom, hemi, half, partial, missing, haploid] = &self.0;
        Ok(Carriers {
            het: read(het)?,
            hom: read(hom)?,
            hemi: read(hemi)?,
            half: read(half)?,
            partial: read(partial)?,
            missing: read(missing)?,
            haploid: read(haploid)?,
        })
    }
}

impl StoredRow {
    /// Packs a row of genotypes.
    pub(crate) fn from_genotypes(row: GenotypeRow) -> Self {
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
    pub(crate) fn from_frequencies(row: FrequencyRow) -> Result<Self, EngineError> {
        if !row.tallies.iter().any(|(group, _)| *group == Group::Total) {
            return Err(EngineError::Corrupt(format!("no total for {}", row.variant.short_form())));
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
            Payload::Carriers(packed) => packed.0.iter().flatten().map(|bytes| bytes.len() + 16).sum(),
            Payload::Frequencies(tallies) => tallies.len() * (size_of::<(Group, Tally)>() + 16),
        };
        let effects = self.annotation.effects.iter().map(effect_memory).sum::<usize>();
        size_of::<Self>() + alleles + texts(&self.ids) + texts(&self.filters) + payload + effects
    }

    /// Says where the row comes from.
    pub(crate) fn with_source(self, source: u32) -> Self {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn carriers_are_counted_without_reading_who_they_are(
            het in prop::collection::btree_set(0u32..300_000, 0..50),
            hom in prop::collection::vec((0u32..200_000, 0u32..9_000), 0..4),
        ) {
            let het: RoaringBitmap = het.into_iter().collect();
            let mut runs = RoaringBitmap::new();
            for (start, length) in hom {
                runs.insert_range(start..start + length);
            }
            let expected = het.len() + (&runs - &het).len();
            let carriers = Carriers { hom: runs - &het, het, ..Carriers::default() };
            prop_assert_eq!(PackedCarriers::pack(&carriers).count().unwrap(), expected);
        }
    }
}
