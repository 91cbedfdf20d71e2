//! A segment's alleles again, without some people.

use std::sync::atomic::{AtomicU64, Ordering};

use fyr_schemas::Contig;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use crate::{
    StoreError,
    file::{Chunk, Payload, StoredRow, contig_of, each, pages},
    log::{FileRecord, NewFiles, SegmentRecord, StorePlace, Table},
    write::{Shards, write_tables},
};

/// Writes the alleles of a segment under another name, as ingest writes them, without the bits of some
/// people. Where it is said who is left, alleles of which nothing is known of any of them are left out, and it returns of
/// how many nothing is known of some of them. `step` is told how many rows were read. Blocks.
pub(crate) fn rewrite(
    (place, segment): (&StorePlace, &SegmentRecord),
    (files, name): (&mut NewFiles, &str),
    (without, left): (&RoaringBitmap, Option<&RoaringBitmap>),
    step: &impl Fn(u64),
) -> Result<u64, StoreError> {
    let is_of_alleles = |file: &&FileRecord| file.table == Table::of_kind(segment.kind);
    let contig = |file| contig_of(FileRecord::contig_name(file)).map(|contig| (contig, file));
    let mut parts: Vec<(Contig, &FileRecord)> =
        segment.files.iter().filter(is_of_alleles).map(contig).collect::<Result<_, _>>()?;
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let (mut done, open) = (0, AtomicU64::new(0));
    let chunks = parts.into_iter().flat_map(|(contig, file)| pages(place.read(&file.path), contig));
    let rows = chunks.flat_map(|chunk| {
        done += chunk.as_ref().map_or(0, Vec::len) as u64;
        step(done);
        let kept = |row| strip(row, without, left, &open).transpose();
        let chunk: Chunk = chunk.and_then(|rows| rows.into_par_iter().filter_map(kept).collect());
        each(chunk)
    });
    // Rows were united when they were ingested: there is one of each allele, of everyone.
    let mut shards = Shards::new(Vec::new(), RoaringBitmap::new(), Vec::new());
    write_tables(files, name, segment.kind, rows, &mut shards)?;
    Ok(open.into_inner())
}

/// Takes people out of a row; returns none where it tells of nobody who is left.
fn strip(
    mut row: StoredRow,
    without: &RoaringBitmap,
    left: Option<&RoaringBitmap>,
    open: &AtomicU64,
) -> Result<Option<StoredRow>, StoreError> {
    let Payload::Carriers(packed) = &mut row.payload else { return Ok(Some(row)) };
    packed.leave_out(without)?;
    if let Some(left) = left {
        let unlisted = packed.unpack()?.unlisted;
        if left.is_subset(&unlisted) {
            return Ok(None);
        }
        open.fetch_add(u64::from(!unlisted.is_empty()), Ordering::Relaxed);
    }
    Ok(Some(row))
}
