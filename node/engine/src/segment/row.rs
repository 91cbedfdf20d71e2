//! One allele on its way into a table or out of it, with its calls still packed.
//!
//! Most alleles are written and merged without anyone looking into their bitmaps, so they stay
//! serialised until somebody must.

use fyr_schemas::{Effect, Group, Tally, Variant, is_sequence};
use roaring::RoaringBitmap;

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

/// Carrier bitmaps in Roaring's portable serialisation; an empty one is none. In the order of
/// [`super::schema::column::BITMAPS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PackedCarriers(pub(crate) [Option<Vec<u8>>; 7]);

/// How many of the bitmaps, the first ones, say who carries the allele. They are disjoint.
const CARRIER_SETS: usize = 4;

impl PackedCarriers {
    /// Serialises, with runs where they are shorter.
    pub(crate) fn pack(carriers: Carriers) -> Result<Self, EngineError> {
        let Carriers { het, hom, hemi, half, partial, missing, haploid } = carriers;
        let mut packed = Self::default();
        for (slot, set) in packed.0.iter_mut().zip([het, hom, hemi, half, partial, missing, haploid]) {
            *slot = pack(set)?;
        }
        Ok(packed)
    }

    /// Takes people out of every bitmap.
    pub(crate) fn leave_out(&mut self, people: &RoaringBitmap) -> Result<(), EngineError> {
        for slot in &mut self.0 {
            let Some(set) = slot.as_deref().map(read).transpose()? else { continue };
            if !set.is_disjoint(people) {
                *slot = pack(set - people)?;
            }
        }
        Ok(())
    }

    /// Counts the carriers.
    pub(crate) fn count(&self) -> Result<u64, EngineError> {
        let sets = self.0.iter().take(CARRIER_SETS).flatten();
        sets.map(|bytes| cardinality(bytes)).sum()
    }

    /// Deserialises.
    pub(crate) fn unpack(&self) -> Result<Carriers, EngineError> {
        let read = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or(Ok(RoaringBitmap::new()), read);
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

/// Reads how many members a serialised set has: its head says it for each container.
/// <https://github.com/RoaringBitmap/RoaringFormatSpec>
fn cardinality(set: &[u8]) -> Result<u64, EngineError> {
    const WITHOUT_RUNS: u32 = 12_346;
    const WITH_RUNS: u32 = 12_347;
    let number = |at: usize| Some(u32::from_le_bytes(*set.get(at..)?.first_chunk()?));
    let head = || match number(0)? {
        WITHOUT_RUNS => Some((number(4)? as usize, 8)),
        cookie if cookie & 0xffff == WITH_RUNS => {
            let containers = (cookie >> 16) as usize + 1;
            Some((containers, 4 + containers.div_ceil(8)))
        }
        _ => None,
    };
    let members = |(containers, at): (usize, usize)| {
        let descriptions = set.get(at..at + 4 * containers)?.chunks_exact(4);
        // Of each container its key, and its members less one.
        descriptions.map(|d| Some(u64::from(u16::from_le_bytes(*d.last_chunk()?)) + 1)).sum()
    };
    head().and_then(members).ok_or_else(|| EngineError::Corrupt("carrier bitmap: no head".into()))
}

fn pack(mut set: RoaringBitmap) -> Result<Option<Vec<u8>>, EngineError> {
    if set.is_empty() {
        return Ok(None);
    }
    set.optimize();
    let mut bytes = Vec::with_capacity(set.serialized_size());
    set.serialize_into(&mut bytes).map_err(EngineError::io("packing calls"))?;
    Ok(Some(bytes))
}

fn read(bytes: &[u8]) -> Result<RoaringBitmap, EngineError> {
    RoaringBitmap::deserialize_from(bytes)
        .map_err(|error| EngineError::Corrupt(format!("carrier bitmap: {error}")))
}

impl StoredRow {
    /// Packs a row of genotypes.
    pub(crate) fn from_genotypes(row: GenotypeRow) -> Result<Self, EngineError> {
        let payload = Payload::Carriers(PackedCarriers::pack(row.carriers)?);
        Ok(Self {
            variant: stored_variant(row.variant),
            ids: row.ids,
            filters: row.filters,
            source: row.shard,
            annotation: row.annotation,
            payload,
        })
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
            prop_assert_eq!(PackedCarriers::pack(carriers).unwrap().count().unwrap(), expected);
        }
    }
}
