//! Rows to Arrow and back.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, Int32Array, Int64Array, Int64Builder,
        ListArray, ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray, UInt32Array,
    },
    buffer::OffsetBuffer,
    datatypes::{Int32Type, Int64Type, SchemaRef, UInt32Type},
};
use fyr_schemas::{Contig, Effect, Group, Interbase, Tally, Variant};

use super::{
    packed_carriers::PackedCarriers,
    row::{Annotation, Payload, StoredRow},
    schema::{column, effect_fields, effect_item, group_fields, group_item, text_item},
};
use crate::StoreError;

/// Encodes rows in the columns of a schema. `segment` fills the column of that name.
///
/// # Errors
///
/// The rows are not of the schema's kind.
pub fn encode(rows: &[StoredRow], schema: &SchemaRef, segment: &str) -> Result<RecordBatch, StoreError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| encode_column(rows, field.name(), segment))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn encode_column(rows: &[StoredRow], name: &str, segment: &str) -> Result<ArrayRef, StoreError> {
    let text = |value: fn(&StoredRow) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
    };
    let coordinate = |value: fn(Interbase) -> u32| -> ArrayRef {
        Arc::new(Int32Array::from_iter_values(
            rows.iter().map(|row| value(row.variant.interval).cast_signed()),
        ))
    };
    Ok(match name {
        column::SEGMENT => Arc::new(StringArray::from_iter_values(rows.iter().map(|_| segment))),
        column::CONTIG => text(|row| row.variant.contig.name()),
        column::SOURCE => Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.source))),
        column::START => coordinate(Interbase::start),
        column::END => coordinate(Interbase::end),
        column::REFERENCE_BASES => text(|row| &row.variant.reference_bases),
        column::ALTERNATE_BASES => text(|row| &row.variant.alternate_bases),
        column::VARIANT_TYPE => text(|row| row.variant.variant_type.name()),
        column::SV_LENGTH => Arc::new(rows.iter().map(|row| row.variant.sv_length).collect::<Int64Array>()),
        column::IDS => text_lists(rows.iter().map(|row| row.ids.as_slice())),
        column::FILTERS => text_lists(rows.iter().map(|row| row.filters.as_slice())),
        column::CARRIERS => carriers(rows)?,
        column::GROUPS => groups(rows)?,
        column::EFFECTS => effects(rows)?,
        name if column::VRS.contains(&name) => {
            let version = usize::from(name == column::VRS[1]);
            let key = |row: &StoredRow| row.annotation.vrs.get(version).copied().flatten();
            Arc::new(rows.iter().map(key).collect::<Int64Array>())
        }
        name if column::TOTAL.contains(&name) => totals(rows, usize::from(name == column::TOTAL[1]))?,
        column::CALLS => sets(rows, |packed| Some(&packed.calls))?,
        column::HAPLOID => sets(rows, |packed| packed.haploid.as_ref())?,
        other => return Err(StoreError::Corrupt(format!("unknown column `{other}`"))),
    })
}

fn carriers(rows: &[StoredRow]) -> Result<ArrayRef, StoreError> {
    let count = |row: &StoredRow| match &row.payload {
        Payload::Carriers(packed) => i32::try_from(packed.count()?).map_err(|_| damaged(column::CARRIERS)),
        Payload::Frequencies(_) => Err(StoreError::Corrupt("frequencies among genotypes".into())),
    };
    Ok(Arc::new(rows.iter().map(count).collect::<Result<Int32Array, _>>()?))
}

/// Returns the allele counts of everyone together, or the allele numbers.
fn totals(rows: &[StoredRow], which: usize) -> Result<ArrayRef, StoreError> {
    let total = |row: &StoredRow| {
        let Payload::Frequencies(tallies) = &row.payload else { return None };
        let (_, total) = tallies.iter().find(|(group, _)| *group == Group::Total)?;
        counts_of(total).get(which).copied().flatten().map(u64::cast_signed)
    };
    let totals = rows.iter().map(|row| total(row).ok_or_else(|| damaged(column::GROUPS)));
    Ok(Arc::new(totals.collect::<Result<Int64Array, _>>()?))
}

fn text_lists<'a>(lists: impl Iterator<Item = &'a [String]>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(text_item());
    for list in lists {
        for text in list {
            builder.values().append_value(text);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn sets(rows: &[StoredRow], of: fn(&PackedCarriers) -> Option<&Vec<u8>>) -> Result<ArrayRef, StoreError> {
    let mut builder = BinaryBuilder::new();
    for row in rows {
        let Payload::Carriers(packed) = &row.payload else {
            return Err(StoreError::Corrupt("frequencies among genotypes".into()));
        };
        builder.append_option(of(packed));
    }
    Ok(Arc::new(builder.finish()))
}

fn groups(rows: &[StoredRow]) -> Result<ArrayRef, StoreError> {
    let mut names = StringBuilder::new();
    let mut counts: [Int64Builder; 7] = std::array::from_fn(|_| Int64Builder::new());
    let mut lengths = Vec::with_capacity(rows.len());
    for row in rows {
        let Payload::Frequencies(tallies) = &row.payload else {
            return Err(StoreError::Corrupt("genotypes among frequencies".into()));
        };
        lengths.push(tallies.len());
        for (group, tally) in tallies {
            names.append_value(group.to_string());
            for (builder, count) in counts.iter_mut().zip(counts_of(tally)) {
                builder.append_option(count.map(u64::cast_signed));
            }
        }
    }
    let mut columns: Vec<ArrayRef> = vec![Arc::new(names.finish())];
    columns.extend(counts.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
    let structs = StructArray::try_new(group_fields(), columns, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(group_item(), offsets, Arc::new(structs), None)?))
}

fn effects(rows: &[StoredRow]) -> Result<ArrayRef, StoreError> {
    let mut columns: [StringBuilder; 6] = std::array::from_fn(|_| StringBuilder::new());
    let mut lengths = Vec::with_capacity(rows.len());
    for row in rows {
        lengths.push(row.annotation.effects.len());
        for effect in &row.annotation.effects {
            let consequences = effect.consequences.join("&");
            let texts = [
                effect.gene.as_deref(),
                effect.transcript.as_deref(),
                Some(consequences.as_str()).filter(|text| !text.is_empty()),
                effect.coding_change.as_deref(),
                effect.protein.as_deref(),
                effect.protein_change.as_deref(),
            ];
            columns.iter_mut().zip(texts).for_each(|(column, text)| column.append_option(text));
        }
    }
    let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
    let structs = StructArray::try_new(effect_fields(), columns, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(effect_item(), offsets, Arc::new(structs), None)?))
}

/// The effects of all rows of a batch.
struct Effects<'a> {
    lists: &'a ListArray,
    /// In the order of [`effect_fields`].
    columns: [&'a StringArray; 6],
}

impl<'a> Effects<'a> {
    fn of(lists: &'a ListArray) -> Result<Self, StoreError> {
        let structs = lists.values().as_struct_opt().ok_or_else(|| damaged(column::EFFECTS))?;
        let columns = structs.columns().iter().map(|column| column.as_string_opt());
        let columns = columns.collect::<Option<Vec<_>>>().and_then(|columns| columns.try_into().ok());
        Ok(Self { lists, columns: columns.ok_or_else(|| damaged(column::EFFECTS))? })
    }

    fn row(&self, index: usize) -> Vec<Effect> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let effect = |at| {
            let text = |column: &&'a StringArray| column.is_valid(at).then(|| column.value(at));
            let [gene, transcript, consequences, coding_change, protein, protein_change] =
                self.columns.each_ref().map(text);
            Effect {
                gene: owned(gene),
                transcript: owned(transcript),
                consequences: consequences
                    .into_iter()
                    .flat_map(|t| t.split('&'))
                    .map(str::to_owned)
                    .collect(),
                coding_change: owned(coding_change),
                protein: owned(protein),
                protein_change: owned(protein_change),
            }
        };
        elements(self.lists, index).map(effect).collect()
    }
}

/// The groups of all rows of a batch.
struct Groups<'a> {
    lists: &'a ListArray,
    names: &'a StringArray,
    /// In the order of [`counts_of`].
    counts: [&'a Int64Array; 7],
}

impl<'a> Groups<'a> {
    fn of(lists: &'a ListArray) -> Result<Self, StoreError> {
        let damaged = || damaged(column::GROUPS);
        let structs = lists.values().as_struct_opt().ok_or_else(damaged)?;
        let (names, counts) = structs.columns().split_first().ok_or_else(damaged)?;
        let counts = counts.iter().map(|column| column.as_primitive_opt::<Int64Type>());
        let counts = counts.collect::<Option<Vec<_>>>().and_then(|counts| counts.try_into().ok());
        let names = names.as_string_opt().ok_or_else(damaged)?;
        Ok(Self { lists, names, counts: counts.ok_or_else(damaged)? })
    }

    fn row(&self, index: usize) -> Result<Vec<(Group, Tally)>, StoreError> {
        let row = |at| Ok((Group::from_label(self.names.value(at)), self.tally(at)?));
        elements(self.lists, index).map(row).collect()
    }

    fn tally(&self, at: usize) -> Result<Tally, StoreError> {
        let count = |column: &&'a Int64Array| {
            let value = column.is_valid(at).then(|| u64::try_from(column.value(at)));
            value.transpose().map_err(|_| damaged(column::GROUPS))
        };
        let [ac, an, het, hom, hemi, carriers, assayed] = self.counts.each_ref().map(count);
        Ok(Tally {
            allele_count: ac?.unwrap_or_default(),
            allele_number: an?.unwrap_or_default(),
            heterozygous: het?,
            homozygous: hom?,
            hemizygous: hemi?,
            carriers: carriers?,
            assayed: assayed?,
        })
    }
}

/// Where the elements of a list lie among the values of all lists.
fn elements(lists: &ListArray, index: usize) -> std::ops::Range<usize> {
    let offset = |at: usize| lists.value_offsets().get(at).and_then(|offset| usize::try_from(*offset).ok());
    offset(index).unwrap_or_default()..offset(index + 1).unwrap_or_default()
}

fn counts_of(tally: &Tally) -> [Option<u64>; 7] {
    [
        Some(tally.allele_count),
        Some(tally.allele_number),
        tally.heterozygous,
        tally.homozygous,
        tally.hemizygous,
        tally.carriers,
        tally.assayed,
    ]
}

/// Decodes the rows of a batch. The contig is given for files, which do not have that column; columns
/// that were not read leave their values empty.
///
/// # Errors
///
/// A column is missing, or is not as it was written.
pub fn decode(batch: &RecordBatch, contig: Option<&Contig>) -> Result<Vec<StoredRow>, StoreError> {
    let columns = Columns::of(batch)?;
    (0..batch.num_rows()).map(|index| columns.row(index, contig)).collect()
}

/// The columns of a batch, with their types.
struct Columns<'a> {
    contig: Option<&'a StringArray>,
    source: Option<&'a UInt32Array>,
    start: &'a Int32Array,
    end: &'a Int32Array,
    reference_bases: &'a StringArray,
    alternate_bases: &'a StringArray,
    variant_type: &'a StringArray,
    sv_length: &'a Int64Array,
    ids: Option<&'a ListArray>,
    filters: Option<&'a ListArray>,
    effects: Option<Effects<'a>>,
    vrs: [Option<&'a Int64Array>; 2],
    groups: Option<Groups<'a>>,
    calls: Option<&'a BinaryArray>,
    haploid: Option<&'a BinaryArray>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, StoreError> {
        let find = |name: &str| batch.column_by_name(name);
        let need = |name: &str| find(name).ok_or_else(|| damaged(name));
        let text = |name: &str| need(name)?.as_string_opt::<i32>().ok_or_else(|| damaged(name));
        let coordinate =
            |name: &str| need(name)?.as_primitive_opt::<Int32Type>().ok_or_else(|| damaged(name));
        let list = |name: &str| find(name).and_then(|array| array.as_list_opt::<i32>());
        let binary = |name: &str| find(name).and_then(|array| array.as_binary_opt::<i32>());
        Ok(Self {
            contig: find(column::CONTIG).and_then(|array| array.as_string_opt()),
            source: find(column::SOURCE).and_then(|array| array.as_primitive_opt::<UInt32Type>()),
            start: coordinate(column::START)?,
            end: coordinate(column::END)?,
            reference_bases: text(column::REFERENCE_BASES)?,
            alternate_bases: text(column::ALTERNATE_BASES)?,
            variant_type: text(column::VARIANT_TYPE)?,
            sv_length: need(column::SV_LENGTH)?
                .as_primitive_opt::<Int64Type>()
                .ok_or_else(|| damaged(column::SV_LENGTH))?,
            ids: list(column::IDS),
            filters: list(column::FILTERS),
            effects: list(column::EFFECTS).map(Effects::of).transpose()?,
            vrs: column::VRS.map(|name| find(name).and_then(|array| array.as_primitive_opt::<Int64Type>())),
            groups: list(column::GROUPS).map(Groups::of).transpose()?,
            calls: binary(column::CALLS),
            haploid: binary(column::HAPLOID),
        })
    }

    fn row(&self, index: usize, contig: Option<&Contig>) -> Result<StoredRow, StoreError> {
        Ok(StoredRow {
            variant: self.variant(index, contig)?,
            ids: self.ids.map(|list| texts(list, index)).unwrap_or_default(),
            filters: self.filters.map(|list| texts(list, index)).unwrap_or_default(),
            source: self.source.map_or(0, |array| array.value(index)),
            annotation: Annotation {
                effects: self.effects.as_ref().map(|effects| effects.row(index)).unwrap_or_default(),
                vrs: self.vrs.map(|array| array.filter(|a| a.is_valid(index)).map(|a| a.value(index))),
            },
            payload: self.payload(index)?,
        })
    }

    fn variant(&self, index: usize, contig: Option<&Contig>) -> Result<Variant, StoreError> {
        let contig = match (contig, self.contig) {
            (Some(contig), _) => contig.clone(),
            (None, Some(names)) => contig_of(names.value(index))?,
            (None, None) => return Err(damaged(column::CONTIG)),
        };
        let coordinate = |value: i32| u64::try_from(value).map_err(|_| damaged(column::START));
        let (start, end) = (coordinate(self.start.value(index))?, coordinate(self.end.value(index))?);
        let variant_type = self.variant_type.value(index);
        Ok(Variant {
            contig,
            interval: Interbase::new(start, end).map_err(|_| damaged(column::END))?,
            reference_bases: self.reference_bases.value(index).to_owned(),
            alternate_bases: self.alternate_bases.value(index).to_owned(),
            variant_type: type_of(variant_type)?,
            sv_length: self.sv_length.is_valid(index).then(|| self.sv_length.value(index)),
        })
    }

    fn payload(&self, index: usize) -> Result<Payload, StoreError> {
        if let Some(calls) = self.calls {
            let haploid = self.haploid.ok_or_else(|| damaged(column::HAPLOID))?;
            return Ok(Payload::Carriers(PackedCarriers {
                calls: calls.value(index).to_vec(),
                haploid: haploid.is_valid(index).then(|| haploid.value(index).to_vec()),
            }));
        }
        let groups = self.groups.as_ref().ok_or_else(|| damaged(column::GROUPS))?;
        Ok(Payload::Frequencies(groups.row(index)?))
    }
}

fn texts(lists: &ListArray, index: usize) -> Vec<String> {
    let texts = lists.values().as_string_opt::<i32>();
    let text = |at| texts.filter(|texts| texts.is_valid(at)).map(|texts| texts.value(at).to_owned());
    elements(lists, index).filter_map(text).collect()
}

/// Reads a stored contig name. Stored names are canonical, so the assembly does not matter.
///
/// # Errors
///
/// No contig has the name.
pub fn contig_of(name: &str) -> Result<Contig, StoreError> {
    Contig::canonical(name).map_err(|_| damaged(column::CONTIG))
}

fn type_of(name: &str) -> Result<fyr_schemas::VariantType, StoreError> {
    match name {
        "COMPLEX" => Ok(fyr_schemas::VariantType::Complex),
        name => name.parse().map_err(|_| damaged(column::VARIANT_TYPE)),
    }
}

fn damaged(column: &str) -> StoreError {
    StoreError::Corrupt(format!("column `{column}` is not as it was written"))
}
