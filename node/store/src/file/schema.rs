//! Columns of the tables and how Parquet keeps them.
//!
//! The settings are those that measured best for looking up one allele: small pages, key columns
//! without dictionary or compression, so that a page is read without setting up a decompressor. Statistics of
//! pages are kept of coordinates and sums only, by which pages are chosen. Those of whole row groups tell a lookup which
//! columns have nothing.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::{
    basic::{Compression, Encoding},
    file::{
        metadata::SortingColumn,
        properties::{EnabledStatistics, WriterProperties},
    },
    schema::types::ColumnPath,
};

use crate::DatasetKind;

/// Names of the columns.
pub mod column {
    /// Reference sequence; the partition column of the tables, so no Parquet file has it.
    pub const CONTIG: &str = "contig";
    /// Id of the segment.
    pub const SEGMENT: &str = "segment";
    /// Interbase start.
    pub const START: &str = "start";
    /// Interbase end.
    pub const END: &str = "end";
    /// Upper-case reference bases.
    pub const REFERENCE_BASES: &str = "reference_bases";
    /// Upper-case alternate bases, symbolic allele or breakend.
    pub const ALTERNATE_BASES: &str = "alternate_bases";
    /// The kind of variant.
    pub const VARIANT_TYPE: &str = "variant_type";
    /// VCF SVLEN of symbolic alleles.
    pub const SV_LENGTH: &str = "sv_length";
    /// VCF ID values.
    pub const IDS: &str = "ids";
    /// VCF FILTER values.
    pub const FILTERS: &str = "filters";
    /// What the file's annotation says that the allele does.
    pub const EFFECTS: &str = "effects";
    /// First eight bytes of the VRS digest, version 2 and 1.3.
    pub const VRS: [&str; 2] = ["vrs_2", "vrs_1"];
    /// Counts per group.
    pub const GROUPS: &str = "groups";
    /// Which input file or segment a row comes from. Never stored in a table.
    pub const SOURCE: &str = "source";
    /// Who carries the allele, and who was not called, as `PackedCarriers` packs it.
    pub const CALLS: &str = "calls";
    /// Who has one copy of the sequence.
    pub const HAPLOID: &str = "haploid";
    /// How many people of the segment carry the allele: what the calls say, without reading them.
    pub const CARRIERS: &str = "carriers";
    /// Allele count and allele number of everyone together, as `groups` say them.
    pub const TOTAL: [&str; 2] = ["ac", "an"];
    /// Returns the column that is 0 where nobody carries the allele.
    pub fn sum(kind: crate::DatasetKind) -> &'static str {
        match kind {
            crate::DatasetKind::Individual => CARRIERS,
            crate::DatasetKind::Frequency | crate::DatasetKind::Reference => TOTAL[0],
        }
    }

    /// What rows are sorted by within a file.
    pub const KEY: [&str; 4] = [START, REFERENCE_BASES, ALTERNATE_BASES, END];
}

/// Rows of a row group, the unit of Parquet's footer.
const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Bytes of a row group, where rows are wide: a writer holds one row group in memory.
const ROW_GROUP_BYTES: usize = 128 << 20;
/// Rows of a data page, the unit of a lookup.
pub const PAGE_ROWS: usize = 512;
/// Bytes of a data page, where bitmaps are large.
const PAGE_BYTES: usize = 256 << 10;
/// Bytes of a data page of effects before they are compressed: all of it is decompressed for one allele.
const EFFECT_PAGE_BYTES: usize = 4 << 10;
/// Bytes of a dictionary of those who are haploid: a lookup reads all of it.
const DICTIONARY_BYTES: usize = 16 << 10;
/// How often the limits of a page are checked, in rows.
const PAGE_CHECK_ROWS: usize = 64;

/// Columns that identify and describe an allele.
pub(crate) fn key_fields() -> Vec<Field> {
    vec![
        Field::new(column::START, DataType::Int32, false),
        Field::new(column::END, DataType::Int32, false),
        Field::new(column::REFERENCE_BASES, DataType::Utf8, false),
        Field::new(column::ALTERNATE_BASES, DataType::Utf8, false),
        Field::new(column::VARIANT_TYPE, DataType::Utf8, false),
        Field::new(column::SV_LENGTH, DataType::Int64, true),
    ]
}

/// Columns that are kept for the record and not needed for counting.
pub(crate) fn note_fields() -> Vec<Field> {
    let list = |name| Field::new(name, DataType::List(text_item()), false);
    let mut fields = vec![list(column::IDS), list(column::FILTERS)];
    fields.extend(column::VRS.map(|name| Field::new(name, DataType::Int64, true)));
    fields.push(effects_field());
    fields
}

/// What an annotation says.
fn effects_field() -> Field {
    Field::new(column::EFFECTS, DataType::List(effect_item()), false)
}

/// The element of `effects`.
pub(crate) fn effect_item() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Struct(effect_fields()), false))
}

/// One effect, in the order of [`fyr_schemas::Effect`].
pub(crate) fn effect_fields() -> Fields {
    let text = |name| Field::new(name, DataType::Utf8, true);
    Fields::from(vec![
        text("gene"),
        text("transcript"),
        // Names of terms, separated by `&` as annotators write them.
        text("consequences"),
        text("coding_change"),
        text("protein"),
        text("protein_change"),
    ])
}

/// Columns that are counted.
pub(crate) fn payload_fields(kind: DatasetKind) -> Vec<Field> {
    match kind {
        DatasetKind::Individual => vec![
            Field::new(column::CALLS, DataType::Binary, false),
            Field::new(column::HAPLOID, DataType::Binary, true),
        ],
        DatasetKind::Frequency | DatasetKind::Reference => {
            vec![Field::new(column::GROUPS, DataType::List(group_item()), false)]
        }
    }
}

/// What the counted columns amount to, by which alleles are told apart without reading those.
pub(crate) fn sum_fields(kind: DatasetKind) -> Vec<Field> {
    match kind {
        DatasetKind::Individual => vec![Field::new(column::CARRIERS, DataType::Int32, false)],
        DatasetKind::Frequency | DatasetKind::Reference => {
            column::TOTAL.map(|name| Field::new(name, DataType::Int64, false)).to_vec()
        }
    }
}

/// The element of a list of texts; lists are named as Delta names them.
pub(crate) fn text_item() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Utf8, false))
}

/// The element of `groups`.
pub(crate) fn group_item() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Struct(group_fields()), false))
}

/// Counts of one group, in the order of [`fyr_schemas::Tally`].
pub(crate) fn group_fields() -> Fields {
    let count = |name, nullable| Field::new(name, DataType::Int64, nullable);
    Fields::from(vec![
        Field::new("group", DataType::Utf8, false),
        count("ac", false),
        count("an", false),
        count("het", true),
        count("hom", true),
        count("hemi", true),
        count("carriers", true),
        count("assayed", true),
    ])
}

/// Columns of a Parquet file of `variants` or `frequencies`.
pub fn file_schema(kind: DatasetKind) -> SchemaRef {
    let mut fields = vec![Field::new(column::SEGMENT, DataType::Utf8, false)];
    fields.extend(key_fields());
    fields.extend(note_fields());
    fields.extend(sum_fields(kind));
    fields.extend(payload_fields(kind));
    Arc::new(Schema::new(fields))
}

/// Columns of `variants` or `frequencies` as a table: those of its files and the partition.
pub(crate) fn table_schema(kind: DatasetKind) -> SchemaRef {
    let mut fields = vec![Field::new(column::CONTIG, DataType::Utf8, false)];
    fields.extend(file_schema(kind).fields().iter().map(|field| field.as_ref().clone()));
    Arc::new(Schema::new(fields))
}

/// Columns that are read for counting, in the order of the file.
pub fn count_schema(kind: DatasetKind) -> SchemaRef {
    static SCHEMAS: LazyLock<[SchemaRef; 2]> = LazyLock::new(|| {
        [DatasetKind::Individual, DatasetKind::Frequency].map(|kind| {
            let fields = key_fields().into_iter().chain([effects_field()]).chain(payload_fields(kind));
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        })
    });
    let [individual, frequency] = &*SCHEMAS;
    Arc::clone(match kind {
        DatasetKind::Individual => individual,
        DatasetKind::Frequency | DatasetKind::Reference => frequency,
    })
}

/// Columns of a sorted run on its way to the tables.
pub(crate) fn run_schema(kind: DatasetKind) -> SchemaRef {
    let mut fields = vec![
        Field::new(column::CONTIG, DataType::Utf8, false),
        Field::new(column::SOURCE, DataType::UInt32, false),
    ];
    fields.extend(key_fields());
    fields.extend(note_fields());
    fields.extend(payload_fields(kind));
    Arc::new(Schema::new(fields))
}

/// How Parquet is written.
pub fn writer_properties(kind: DatasetKind) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("fyr ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(PAGE_CHECK_ROWS)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_compression(Compression::UNCOMPRESSED)
        .set_sorting_columns(Some(sorting_columns(kind)));
    for name in [column::START, column::END, column::CARRIERS].into_iter().chain(column::TOTAL) {
        builder = builder
            .set_column_encoding(path(&[name]), Encoding::DELTA_BINARY_PACKED)
            .set_column_statistics_enabled(path(&[name]), EnabledStatistics::Page);
    }
    for name in [column::REFERENCE_BASES, column::ALTERNATE_BASES] {
        builder = builder.set_column_encoding(path(&[name]), Encoding::DELTA_LENGTH_BYTE_ARRAY);
    }
    for name in [column::SEGMENT, column::VARIANT_TYPE] {
        builder = builder.set_column_dictionary_enabled(path(&[name]), true);
    }
    for name in [column::IDS, column::FILTERS] {
        let leaf = path(&[name, "list", "element"]);
        builder = builder
            .set_column_compression(leaf.clone(), Compression::ZSTD(Default::default()))
            .set_column_dictionary_enabled(leaf, name == column::FILTERS);
    }
    for field in &effect_fields() {
        let leaf = path(&[column::EFFECTS, "list", "element", field.name()]);
        builder = builder
            .set_column_compression(leaf.clone(), Compression::ZSTD(Default::default()))
            .set_column_data_page_size_limit(leaf, EFFECT_PAGE_BYTES);
    }
    match kind {
        DatasetKind::Individual => call_properties(builder),
        DatasetKind::Frequency | DatasetKind::Reference => group_properties(builder),
    }
    .build()
}

type Builder = parquet::file::properties::WriterPropertiesBuilder;

/// Who is haploid is the same along most of a chromosome.
fn call_properties(builder: Builder) -> Builder {
    let haploid = path(&[column::HAPLOID]);
    builder
        .set_column_encoding(path(&[column::CALLS]), Encoding::DELTA_LENGTH_BYTE_ARRAY)
        .set_column_dictionary_enabled(haploid.clone(), true)
        .set_column_dictionary_page_size_limit(haploid, DICTIONARY_BYTES)
}

fn group_properties(mut builder: Builder) -> Builder {
    for field in &group_fields() {
        let leaf = path(&[column::GROUPS, "list", "element", field.name()]);
        builder = match field.data_type() {
            DataType::Utf8 => builder.set_column_dictionary_enabled(leaf, true),
            _ => builder.set_column_encoding(leaf, Encoding::DELTA_BINARY_PACKED),
        };
    }
    builder
}

fn sorting_columns(kind: DatasetKind) -> Vec<SortingColumn> {
    let schema = file_schema(kind);
    let position = |name: &&str| schema.index_of(name).ok().and_then(|index| i32::try_from(index).ok());
    let sorted = |column_idx| SortingColumn { column_idx, descending: false, nulls_first: false };
    column::KEY.iter().filter_map(position).map(sorted).collect()
}

fn path(parts: &[&str]) -> ColumnPath {
    ColumnPath::new(parts.iter().map(|part| (*part).to_owned()).collect())
}
