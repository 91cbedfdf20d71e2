//! Sorted rows to the files of a segment: one a contig.

use std::iter::Peekable;

use fyr_schemas::Contig;

use super::unite::Shards;
use crate::{
    DatasetKind, StoreError,
    file::{PartWriter, StoredRow},
    log::{FileRecord, NewFiles, Table},
};

/// Writes the rows of a segment, which come in order, uniting those of one allele. Blocks.
pub(crate) fn write_tables(
    files: &mut NewFiles,
    segment: &str,
    kind: DatasetKind,
    rows: impl Iterator<Item = Result<StoredRow, StoreError>>,
    shards: &mut Shards,
) -> Result<(), StoreError> {
    let mut rows = rows.peekable();
    let mut current: Option<(Contig, PartWriter)> = None;
    while let Some((first, others)) = next_allele(&mut rows)? {
        let row = shards.unite(first, &others)?;
        let contig = &row.variant.contig;
        if current.as_ref().is_none_or(|(current, _)| current != contig) {
            close(current.take(), files)?;
            let file = files.create(FileRecord::of_contig(Table::of_kind(kind), contig, segment))?;
            current = Some((contig.clone(), PartWriter::create(file, segment, kind)?));
        }
        if let Some((_, part)) = &mut current {
            part.push(row)?;
        }
    }
    close(current, files)
}

fn close(current: Option<(Contig, PartWriter)>, files: &mut NewFiles) -> Result<(), StoreError> {
    let Some((_, part)) = current else { return Ok(()) };
    let (file, rows) = part.finish()?;
    files.close(file, rows)
}

/// Takes all rows of the next allele.
pub(crate) fn next_allele(
    rows: &mut Peekable<impl Iterator<Item = Result<StoredRow, StoreError>>>,
) -> Result<Option<(StoredRow, Vec<StoredRow>)>, StoreError> {
    let Some(first) = rows.next().transpose()? else { return Ok(None) };
    let is_same = |next: &Result<StoredRow, _>| matches!(next, Ok(next) if next.is_same_allele(&first));
    let others = std::iter::from_fn(|| rows.next_if(is_same)).collect::<Result<_, _>>()?;
    Ok(Some((first, others)))
}
