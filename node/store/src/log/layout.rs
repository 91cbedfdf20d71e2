//! Where things are in a store.
//!
//! ```text
//! segments/       Delta table; a row makes a segment visible
//! variants/       Delta table, contig=7/<segment>.parquet
//! frequencies/    Delta table, contig=7/<segment>.parquet
//! individuals/    Delta table, <segment>.parquet
//! entries/        Delta table, <segment>.parquet
//! facts/          Delta table, <segment>.parquet
//! ```

use fyr_schemas::Contig;
use serde::{Deserialize, Serialize};

use crate::{DatasetKind, file::column};

/// Version of the layout of a store. Raised when older versions of Fyr could misread what is written: an older one knows
/// nothing of what is stated of the files of some people of a merged segment, and would tell the frequency among those of
/// whom a file says something.
pub(crate) const FORMAT: u32 = 7;
/// The oldest version that is read. The next writer raises it.
pub(crate) const OLDEST_FORMAT: u32 = 5;
/// The table property that holds [`FORMAT`].
pub(crate) const FORMAT_PROPERTY: &str = "fyr.format";
/// File extension of data files.
pub(crate) const EXTENSION: &str = "parquet";

/// One of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// The commit point.
    Segments,
    /// Alleles with their carriers.
    Variants,
    /// Alleles with counts.
    Frequencies,
    /// People.
    Individuals,
    /// Documents of the Beacon model.
    Entries,
    /// What the documents state, for filters.
    Facts,
}

impl Table {
    /// The tables whose rows are visible only when their segment is.
    pub(crate) const DATA: [Self; 5] =
        [Self::Variants, Self::Frequencies, Self::Individuals, Self::Entries, Self::Facts];
    /// All tables; the commit point last, because a store is one when it is there.
    pub const ALL: [Self; 6] =
        [Self::Variants, Self::Frequencies, Self::Individuals, Self::Entries, Self::Facts, Self::Segments];

    /// Returns the table that holds the alleles of a kind of dataset.
    pub fn of_kind(kind: DatasetKind) -> Self {
        match kind {
            DatasetKind::Individual => Self::Variants,
            DatasetKind::Frequency | DatasetKind::Reference => Self::Frequencies,
        }
    }

    /// Returns the directory below the store's.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Segments => "segments",
            Self::Variants => "variants",
            Self::Frequencies => "frequencies",
            Self::Individuals => "individuals",
            Self::Entries => "entries",
            Self::Facts => "facts",
        }
    }

    /// Returns the partition columns.
    pub(crate) fn partition_columns(self) -> &'static [&'static str] {
        match self {
            Self::Variants | Self::Frequencies => &[column::CONTIG],
            Self::Segments | Self::Individuals | Self::Entries | Self::Facts => &[],
        }
    }
}

/// A data file of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The table that it belongs to.
    pub table: Table,
    /// Path in the store.
    pub path: String,
    /// Canonical name of its contig, for tables that are partitioned so.
    pub contig: Option<String>,
    /// Number of rows.
    pub rows: u64,
    /// Size.
    pub bytes: u64,
}

impl FileRecord {
    /// Names the file of one contig.
    pub fn of_contig(table: Table, contig: &Contig, segment: &str) -> Self {
        let partition = format!("{}={}", column::CONTIG, escape(contig.name()));
        let path = format!("{}/{partition}/{segment}.{EXTENSION}", table.directory());
        Self { table, path, contig: Some(contig.name().to_owned()), rows: 0, bytes: 0 }
    }

    /// Names the one file of a table that has no partitions.
    pub fn of_table(table: Table, segment: &str) -> Self {
        let path = format!("{}/{segment}.{EXTENSION}", table.directory());
        Self { table, path, contig: None, rows: 0, bytes: 0 }
    }

    /// Returns the name of its contig; of a file that has none, no name.
    pub fn contig_name(&self) -> &str {
        self.contig.as_deref().unwrap_or_default()
    }

    /// Returns the path below the table's directory.
    pub(crate) fn path_in_table(&self) -> &str {
        self.path.split_once('/').map_or(self.path.as_str(), |(_, rest)| rest)
    }
}

/// Writes a partition value so that every file system can hold it, as Hive does.
fn escape(value: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let escaped = |b: u8| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    value.bytes().map(escaped).collect()
}

/// Returns the segment that a data file belongs to, by its name.
pub(crate) fn segment_of(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    name.strip_suffix(EXTENSION)?.strip_suffix('.')
}

#[cfg(test)]
mod tests {
    use fyr_schemas::Assembly;

    use super::*;

    #[test]
    fn files_are_named_by_contig_and_segment() {
        let contig = Contig::resolve("HLA-A*01:01", Assembly::GRCH38).unwrap();
        let record = FileRecord::of_contig(Table::Variants, &contig, "s1");
        assert_eq!(record.path, "variants/contig=HLA-A%2A01%3A01/s1.parquet");
        assert_eq!(record.path_in_table(), "contig=HLA-A%2A01%3A01/s1.parquet");
        assert_eq!(segment_of(&record.path), Some("s1"));
    }
}
