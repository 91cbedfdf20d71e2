//! A segment's alleles again, without some people.

use std::{fs::File, path::Path};

use fyr_schemas::Contig;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::{
    batch::{contig_of, decode},
    row::{Payload, StoredRow},
    schema::PAGE_ROWS,
    unite::Shards,
    write::{NewFiles, write_tables},
};
use crate::{
    EngineError,
    store::{
        catalog::SegmentRecord,
        layout::{FileRecord, Table},
    },
};

/// Writes the alleles of a segment under another name, as ingest writes them, without the bits of some
/// people. `step` is told how many rows were read. Blocks.
pub(crate) fn alleles(
    (root, segment): (&Path, &SegmentRecord),
    (files, name): (&mut NewFiles, &str),
    without: &RoaringBitmap,
    step: &impl Fn(u64),
) -> Result<(), EngineError> {
    let is_of_alleles = |file: &&FileRecord| file.table == Table::of_kind(segment.kind);
    let contig = |file| contig_of(FileRecord::contig_name(file)).map(|contig| (contig, file));
    let mut parts: Vec<(Contig, &FileRecord)> =
        segment.files.iter().filter(is_of_alleles).map(contig).collect::<Result<_, _>>()?;
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut done = 0;
    let rows = parts.into_iter().flat_map(|(contig, file)| read(root, contig, file, without));
    let rows = rows.flat_map(|rows| {
        let rows = rows.map_or_else(|error| vec![Err(error)], |rows| rows.into_iter().map(Ok).collect());
        done += rows.len() as u64;
        step(done);
        rows
    });
    // Rows were united when they were ingested: there is one of each allele, of everyone.
    let mut shards = Shards::new(Vec::new(), RoaringBitmap::new(), Vec::new());
    write_tables(files, name, segment.kind, rows, &mut shards)
}

type Rows = Result<Vec<StoredRow>, EngineError>;

/// Reads a file page by page.
fn read<'a>(
    root: &Path,
    contig: Contig,
    file: &FileRecord,
    without: &'a RoaringBitmap,
) -> Box<dyn Iterator<Item = Rows> + 'a> {
    let path = root.join(&file.path);
    let open = || {
        let file = File::open(&path).map_err(EngineError::io(format!("reading `{}`", path.display())))?;
        Ok(ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(PAGE_ROWS).build()?)
    };
    match open() {
        Ok(batches) => Box::new(batches.map(move |batch| {
            let rows = decode(&batch?, Some(&contig))?;
            rows.into_par_iter().map(|row| strip(row, without)).collect()
        })),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

fn strip(mut row: StoredRow, without: &RoaringBitmap) -> Result<StoredRow, EngineError> {
    if let Payload::Carriers(packed) = &mut row.payload {
        packed.leave_out(without)?;
    }
    Ok(row)
}
