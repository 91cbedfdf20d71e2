//! A segment's alleles again, without some people.

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
/// people. `step` is told how many rows were read. Blocks.
pub(crate) fn rewrite(
    (place, segment): (&StorePlace, &SegmentRecord),
    (files, name): (&mut NewFiles, &str),
    without: &RoaringBitmap,
    step: &impl Fn(u64),
) -> Result<(), StoreError> {
    let is_of_alleles = |file: &&FileRecord| file.table == Table::of_kind(segment.kind);
    let contig = |file| contig_of(FileRecord::contig_name(file)).map(|contig| (contig, file));
    let mut parts: Vec<(Contig, &FileRecord)> =
        segment.files.iter().filter(is_of_alleles).map(contig).collect::<Result<_, _>>()?;
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut done = 0;
    let chunks = parts.into_iter().flat_map(|(contig, file)| pages(place.read(&file.path), contig));
    let rows = chunks.flat_map(|chunk| {
        let chunk: Chunk =
            chunk.and_then(|rows| rows.into_par_iter().map(|row| strip(row, without)).collect());
        done += chunk.as_ref().map_or(0, Vec::len) as u64;
        step(done);
        each(chunk)
    });
    // Rows were united when they were ingested: there is one of each allele, of everyone.
    let mut shards = Shards::new(Vec::new(), RoaringBitmap::new(), Vec::new());
    write_tables(files, name, segment.kind, rows, &mut shards)
}

fn strip(mut row: StoredRow, without: &RoaringBitmap) -> Result<StoredRow, StoreError> {
    if let Payload::Carriers(packed) = &mut row.payload {
        packed.leave_out(without)?;
    }
    Ok(row)
}
