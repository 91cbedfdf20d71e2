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
use fyr_schemas::{Assembly, Contig, Effect, Group, Interbase, Tally, Variant};

use super::{
    row::{PackedCarriers, Payload, StoredRow},
    schema::{column, effect_fields, effect_item, group_fields, group_item, text_item},
};
use crate::{Annotation, EngineError};

/// Encodes rows in the columns of a schema. `segment` fills the column of that name.
pub(crate) fn encode(
    rows: &[StoredRow],
    schema: &SchemaRef,
    segment: &str,
) -> Result<RecordBatch, EngineError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| encode_column(rows, field.name(), segment))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn encode_column(rows: &[StoredRow], name: &str, segment: &str) -> Result<ArrayRef, EngineError> {
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
        bitmap => bitmaps(rows, bitmap)?,
    })
}

fn carriers(rows: &[StoredRow]) -> Result<ArrayRef, EngineError> {
    let count = |row: &StoredRow| match &row.payload {
        Payload::Carriers(packed) => i32::try_from(packed.count()?).map_err(|_| damaged(column::CARRIERS)),
        Payload::Frequencies(_) => Err(EngineError::Corrupt("frequencies among genotypes".into())),
    };
    Ok(Arc::new(rows.iter().map(count).collect::<Result<Int32Array, _>>()?))
}

/// Returns the allele counts of everyone together, or the allele numbers.
fn totals(rows: &[StoredRow], which: usize) -> Result<ArrayRef, EngineError> {
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

fn bitmaps(rows: &[StoredRow], name: &str) -> Result<ArrayRef, EngineError> {
    let position = column::BITMAPS.iter().position(|bitmap| *bitmap == name);
    let position = position.ok_or_else(|| EngineError::Corrupt(format!("unknown column `{name}`")))?;
    let mut builder = BinaryBuilder::new();
    for row in rows {
        let Payload::Carriers(packed) = &row.payload else {
            return Err(EngineError::Corrupt("frequencies among genotypes".into()));
        };
        builder.append_option(packed.0.get(position).and_then(Option::as_deref));
    }
    Ok(Arc::new(builder.finish()))
}

fn groups(rows: &[StoredRow]) -> Result<ArrayRef, EngineError> {
    let mut names = StringBuilder::new();
    let mut counts: [Int64Builder; 7] = std::array::from_fn(|_| Int64Builder::new());
    let mut lengths = Vec::with_capacity(rows.len());
    for row in rows {
        let Payload::Frequencies(tallies) = &row.payload else {
            return Err(EngineError::Corrupt("genotypes among frequencies".into()));
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

fn effects(rows: &[StoredRow]) -> Result<ArrayRef, EngineError> {
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

/// Reads the effects of a row.
fn read_effects(lists: &ListArray, index: usize) -> Result<Vec<Effect>, EngineError> {
    let list = lists.value(index);
    let structs = list.as_struct_opt().ok_or_else(|| damaged(column::EFFECTS))?;
    let text = |name: &str, at: usize| {
        let array = structs.column_by_name(name).and_then(|array| array.as_string_opt::<i32>());
        array.filter(|array| array.is_valid(at)).map(|array| array.value(at).to_owned())
    };
    let effect = |at| Effect {
        gene: text("gene", at),
        transcript: text("transcript", at),
        consequences: text("consequences", at).iter().flat_map(|t| t.split('&')).map(str::to_owned).collect(),
        coding_change: text("coding_change", at),
        protein: text("protein", at),
        protein_change: text("protein_change", at),
    };
    Ok((0..structs.len()).map(effect).collect())
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
pub(crate) fn decode(batch: &RecordBatch, contig: Option<&Contig>) -> Result<Vec<StoredRow>, EngineError> {
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
    effects: Option<&'a ListArray>,
    vrs: [Option<&'a Int64Array>; 2],
    groups: Option<&'a ListArray>,
    bitmaps: Option<[&'a BinaryArray; 7]>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, EngineError> {
        let find = |name: &str| batch.column_by_name(name);
        let need = |name: &str| find(name).ok_or_else(|| damaged(name));
        let text = |name: &str| need(name)?.as_string_opt::<i32>().ok_or_else(|| damaged(name));
        let coordinate =
            |name: &str| need(name)?.as_primitive_opt::<Int32Type>().ok_or_else(|| damaged(name));
        let list = |name: &str| find(name).and_then(|array| array.as_list_opt::<i32>());
        let bitmaps = column::BITMAPS.map(|name| find(name).and_then(|array| array.as_binary_opt::<i32>()));
        let all = bitmaps.iter().all(Option::is_some);
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
            effects: list(column::EFFECTS),
            vrs: column::VRS.map(|name| find(name).and_then(|array| array.as_primitive_opt::<Int64Type>())),
            groups: list(column::GROUPS),
            bitmaps: all.then_some(bitmaps.map(|array| array.unwrap_or(empty_binary()))),
        })
    }

    fn row(&self, index: usize, contig: Option<&Contig>) -> Result<StoredRow, EngineError> {
        Ok(StoredRow {
            variant: self.variant(index, contig)?,
            ids: self.ids.map(|list| texts(list, index)).unwrap_or_default(),
            filters: self.filters.map(|list| texts(list, index)).unwrap_or_default(),
            source: self.source.map_or(0, |array| array.value(index)),
            annotation: Annotation {
                effects: self.effects.map_or(Ok(Vec::new()), |list| read_effects(list, index))?,
                vrs: self.vrs.map(|array| array.filter(|a| a.is_valid(index)).map(|a| a.value(index))),
            },
            payload: self.payload(index)?,
        })
    }

    fn variant(&self, index: usize, contig: Option<&Contig>) -> Result<Variant, EngineError> {
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

    fn payload(&self, index: usize) -> Result<Payload, EngineError> {
        if let Some(bitmaps) = self.bitmaps {
            let bytes = |array: &BinaryArray| array.is_valid(index).then(|| array.value(index).to_vec());
            return Ok(Payload::Carriers(PackedCarriers(bitmaps.map(bytes))));
        }
        let groups = self.groups.ok_or_else(|| damaged(column::GROUPS))?.value(index);
        let groups = groups.as_struct_opt().ok_or_else(|| damaged(column::GROUPS))?;
        let names = groups.column_by_name("group").and_then(|array| array.as_string_opt::<i32>());
        let names = names.ok_or_else(|| damaged(column::GROUPS))?;
        let tallies = (0..groups.len()).map(|i| Ok((Group::from_label(names.value(i)), tally(groups, i)?)));
        Ok(Payload::Frequencies(tallies.collect::<Result<_, EngineError>>()?))
    }
}

fn empty_binary() -> &'static BinaryArray {
    static EMPTY: std::sync::LazyLock<BinaryArray> = std::sync::LazyLock::new(|| BinaryArray::new_null(0));
    &EMPTY
}

fn tally(groups: &StructArray, index: usize) -> Result<Tally, EngineError> {
    let count = |name: &str| -> Result<Option<u64>, EngineError> {
        let array = groups.column_by_name(name).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let array = array.ok_or_else(|| damaged(name))?;
        let value = array.is_valid(index).then(|| u64::try_from(array.value(index)));
        value.transpose().map_err(|_| damaged(name))
    };
    Ok(Tally {
        allele_count: count("ac")?.unwrap_or_default(),
        allele_number: count("an")?.unwrap_or_default(),
        heterozygous: count("het")?,
        homozygous: count("hom")?,
        hemizygous: count("hemi")?,
        carriers: count("carriers")?,
        assayed: count("assayed")?,
    })
}

fn texts(lists: &ListArray, index: usize) -> Vec<String> {
    let list = lists.value(index);
    let texts = list.as_string_opt::<i32>();
    texts.into_iter().flatten().flatten().map(str::to_owned).collect()
}

/// Reads a stored contig name. Stored names are canonical, so the assembly does not matter.
pub(crate) fn contig_of(name: &str) -> Result<Contig, EngineError> {
    Contig::resolve(name, Assembly::Grch38)
        .or_else(|_| Contig::resolve(name, Assembly::Grch37))
        .map_err(|_| damaged(column::CONTIG))
}

fn type_of(name: &str) -> Result<fyr_schemas::VariantType, EngineError> {
    match name {
        "COMPLEX" => Ok(fyr_schemas::VariantType::Complex),
        name => name.parse().map_err(|_| damaged(column::VARIANT_TYPE)),
    }
}

fn damaged(column: &str) -> EngineError {
    EngineError::Corrupt(format!("column `{column}` is not as it was written"))
}
