//! A segment's alleles again, without some people.

use std::path::Path;

use fyr_schemas::Contig;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::{
    batch::contig_of,
    read::{Page, each, pages},
    row::{Payload, StoredRow},
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
    let pages = parts.into_iter().flat_map(|(contig, file)| pages(&root.join(&file.path), contig));
    let rows = pages.flat_map(|page| {
        let page: Page = page.and_then(|rows| rows.into_par_iter().map(|row| strip(row, without)).collect());
        done += page.as_ref().map_or(0, Vec::len) as u64;
        step(done);
        each(page)
    });
    // Rows were united when they were ingested: there is one of each allele, of everyone.
    let mut shards = Shards::new(Vec::new(), RoaringBitmap::new(), Vec::new());
    write_tables(files, name, segment.kind, rows, &mut shards)
}

fn strip(mut row: StoredRow, without: &RoaringBitmap) -> Result<StoredRow, EngineError> {
    if let Payload::Carriers(packed) = &mut row.payload {
        packed.leave_out(without)?;
    }
    Ok(row)
}
