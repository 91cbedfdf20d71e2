//! Which segments there are: the table `segments`, the commit point of everything.

mod ingests;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use fyr_schemas::{Assembly, EntryType};
use serde::{Deserialize, Serialize};

use super::{
    callable::{Callable, callable_field, name_of},
    layout::{FileRecord, Table, segment_of},
    place::StorePlace,
    publication::{Publication, publication_field},
    table_log::TableLog,
    versions::newest_version,
};
use crate::{DatasetKind, StoreError, blobs::BlobName, file::rows};
use ingests::ingests_field;

pub use ingests::Ingest;

/// What an operator wants to know of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// Dataset id.
    pub id: String,
    /// Assembly of its coordinates.
    pub assembly: Assembly,
    /// What it holds.
    pub kind: DatasetKind,
    /// Whether all its alleles are left-aligned by a reference sequence.
    pub normalised: bool,
    /// Whether an annotation says of all its alleles what they do.
    pub annotated: bool,
    /// Distinct people; none for frequency data.
    pub individuals: Option<u64>,
    /// Rows over all segments.
    pub variants: u64,
    /// Entries of the Beacon model that were loaded, by type.
    pub entries: BTreeMap<EntryType, u64>,
    /// Number of segments.
    pub segments: u64,
    /// Bytes of its Parquet files.
    pub bytes: u64,
    /// Version of the segments table at which it last changed.
    pub version: u64,
    /// What is noted of it where it is a published table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
}

/// A file that went into a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// File name without its directories.
    pub name: String,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub blake3: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A row of `segments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// UUID version 7, so that ids sort by age; with `_1`, `_2` where the segment was written again, or others were
    /// merged into it.
    pub segment: String,
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// People or frequencies.
    pub kind: DatasetKind,
    /// What the segment adds to the dataset.
    pub content: Content,
    /// Whether its alleles are left-aligned by a reference sequence.
    pub normalised: bool,
    /// Whether an annotation says what its alleles do.
    pub annotated: bool,
    /// Whether each of its alleles tells of everyone in it, as those of a joint file do; none in segments of before that
    /// was noted.
    pub whole: Option<bool>,
    /// Where its files would have listed whatever their people carry; none where nobody stated it.
    pub callable: Option<Callable>,
    /// The ingests that it was merged of, oldest first; none where it is one.
    #[serde(default)]
    pub ingests: Vec<Ingest>,
    /// What is noted of it where it is a published table.
    #[serde(default)]
    pub publication: Option<Publication>,
    /// When it was committed, RFC 3339.
    pub created: String,
    /// The version of `segments` that made it visible.
    pub version: u64,
    /// Number of people.
    pub individuals: u64,
    /// Number of alleles.
    pub variants: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// What it was made from.
    pub sources: Vec<SourceFile>,
    /// Its files.
    pub files: Vec<FileRecord>,
}

impl SegmentRecord {
    /// Returns whether nobody noted which file had an allele and which had not: who is missing there may be somebody of
    /// whom no file says anything.
    pub fn is_vague(&self) -> bool {
        self.whole.is_none() && self.sources.len() > 1
    }

    /// Returns whether each of its alleles tells of everyone in it.
    pub fn is_whole(&self) -> bool {
        self.whole.unwrap_or(self.sources.len() <= 1)
    }
}

/// What a segment adds to its dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Alleles, with those who carry them.
    Variants,
    /// What is known of people and their samples.
    Metadata,
}

/// How times are kept.
fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Columns of `segments`.
pub(crate) fn segments_schema() -> SchemaRef {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let number = |name| Field::new(name, DataType::Int64, false);
    let list = |name, fields: Vec<Field>| {
        let element = Field::new("element", DataType::Struct(Fields::from(fields)), false);
        Field::new(name, DataType::List(Arc::new(element)), false)
    };
    Arc::new(Schema::new(vec![
        text("segment", false),
        text("dataset", false),
        text("assembly", false),
        text("kind", false),
        text("content", false),
        Field::new("normalised", DataType::Boolean, false),
        Field::new("annotated", DataType::Boolean, false),
        Field::new("whole", DataType::Boolean, true),
        callable_field(),
        ingests_field(),
        publication_field(),
        Field::new("created", time(), false),
        number("version"),
        number("individuals"),
        number("variants"),
        number("bytes"),
        list("sources", vec![text("name", false), text("blake3", false), number("bytes")]),
        list(
            "files",
            vec![
                text("table", false),
                text("path", false),
                text("contig", true),
                number("rows"),
                number("bytes"),
            ],
        ),
    ]))
}

/// The segments of one version of a store, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Version of `segments`; none where there is no store yet.
    pub version: Option<u64>,
    /// The segments.
    pub segments: Vec<Arc<SegmentRecord>>,
}

impl Catalog {
    /// Reads the newest version. Rows that a former one has are taken from there: they never change.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or has another format.
    pub async fn load(place: &StorePlace, former: &Self) -> Result<Self, StoreError> {
        if newest_version(place, Table::Segments).await?.is_none() {
            return Ok(Self::default());
        }
        let log = TableLog::open(place, Table::Segments).await?;
        Self::of(&log, place, former)
    }

    /// Reads the version of an open log.
    pub(crate) fn of(log: &TableLog, place: &StorePlace, former: &Self) -> Result<Self, StoreError> {
        let known: BTreeMap<_, _> = former.segments.iter().map(|s| (s.segment.as_str(), s)).collect();
        let mut segments = Vec::new();
        for path in log.files()? {
            match segment_of(&path).and_then(|id| known.get(id)) {
                Some(record) => segments.push(Arc::clone(record)),
                None => {
                    let name = format!("{}/{path}", Table::Segments.directory());
                    let rows: Vec<SegmentRecord> = rows::read(place.read(&name)?, &name)?;
                    segments.extend(rows.into_iter().map(Arc::new));
                }
            }
        }
        segments.sort_by(|a, b| a.segment.cmp(&b.segment));
        Ok(Self { version: Some(log.version()), segments })
    }

    /// Returns the segments of one dataset, oldest first.
    pub fn of_dataset(&self, id: &str) -> impl Iterator<Item = &Arc<SegmentRecord>> {
        self.segments.iter().filter(move |segment| segment.dataset == id)
    }

    /// Returns the names of all regions that segments state.
    pub(crate) fn region_files(&self) -> Result<HashSet<BlobName>, StoreError> {
        let statements = self.segments.iter().flat_map(|record| record.statements());
        statements.filter_map(|callable| callable.regions.as_deref()).map(name_of).collect()
    }

    /// Returns whether a segment is visible.
    pub(crate) fn lists(&self, segment: &str) -> bool {
        self.segments.iter().any(|record| record.segment == segment)
    }

    /// Returns the segments by dataset, in order of dataset ids.
    pub fn datasets(&self) -> BTreeMap<&str, Vec<&Arc<SegmentRecord>>> {
        let mut datasets: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for segment in &self.segments {
            datasets.entry(&segment.dataset).or_default().push(segment);
        }
        datasets
    }
}

/// Sums up the segments of a dataset. `individuals` is the number of distinct people.
pub fn summarise(
    segments: &[&Arc<SegmentRecord>],
    individuals: u64,
    entries: BTreeMap<EntryType, u64>,
) -> Option<DatasetSummary> {
    let first = segments.first()?;
    let sum = |of: fn(&SegmentRecord) -> u64| segments.iter().map(|segment| of(segment)).sum();
    Some(DatasetSummary {
        id: first.dataset.clone(),
        assembly: first.assembly,
        kind: first.kind,
        individuals: (first.kind == DatasetKind::Individual).then_some(individuals),
        variants: sum(|segment| segment.variants),
        entries,
        normalised: segments.iter().all(|s| s.content == Content::Metadata || s.normalised),
        annotated: segments.iter().all(|s| s.content == Content::Metadata || s.annotated),
        segments: segments.len() as u64,
        bytes: sum(|segment| segment.bytes),
        version: segments.iter().map(|segment| segment.version).max().unwrap_or_default(),
        publication: segments.iter().find_map(|segment| segment.publication.clone()),
    })
}
