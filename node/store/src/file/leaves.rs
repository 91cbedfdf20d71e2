//! Where the columns of a file lie among its leaves, and which of them have nothing.

use std::ops::Range;

use parquet::file::metadata::ParquetMetaData;

/// The columns of a file. A column that is no list has one leaf.
#[derive(Debug)]
pub(crate) struct Leaves {
    columns: Vec<(String, Range<usize>)>,
    /// For each row group, the leaves without any value.
    empty: Vec<Vec<bool>>,
}

impl Leaves {
    /// Reads a footer.
    pub(crate) fn new(metadata: &ParquetMetaData) -> Self {
        let mut columns: Vec<(String, Range<usize>)> = Vec::new();
        for (position, leaf) in metadata.file_metadata().schema_descr().columns().iter().enumerate() {
            let root = leaf.path().parts().first().map(String::as_str).unwrap_or_default();
            match columns.last_mut() {
                Some((name, leaves)) if name == root => leaves.end = position + 1,
                _ => columns.push((root.to_owned(), position..position + 1)),
            }
        }
        let empty = metadata.row_groups().iter().map(|group| {
            let is_empty = group.columns().iter().map(|leaf| {
                let nulls = leaf.statistics().and_then(|statistics| statistics.null_count_opt());
                nulls.is_some_and(|nulls| i64::try_from(nulls) == Ok(leaf.num_values()))
            });
            is_empty.collect()
        });
        Self { columns, empty: empty.collect() }
    }

    /// Returns the leaves of a column.
    pub(crate) fn of(&self, name: &str) -> Option<Range<usize>> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, leaves)| leaves.clone())
    }

    /// Returns whether all leaves of a column have nothing in a row group.
    pub(crate) fn are_empty(&self, row_group: usize, leaves: &Range<usize>) -> bool {
        let empty = self.empty.get(row_group).and_then(|empty| empty.get(leaves.clone()));
        empty.is_some_and(|empty| empty.iter().all(|empty| *empty))
    }
}
