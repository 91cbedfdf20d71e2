//! The alleles of segments again: of one without some people, or of several as those of one.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use fyr_schemas::{Contig, Variant};
use rayon::prelude::*;
use roaring::RoaringBitmap;

use crate::{
    StoreError,
    file::{Chunk, Payload, StoredRow, contig_of, each, pages},
    log::{FileRecord, NewFiles, SegmentRecord, StorePlace, Table},
    people::members,
    write::{Rows, Shards, merge_files, write_tables},
};

/// Writes the alleles of a segment under another name, as ingest writes them, without the bits of some
/// people, and without the rows that tell of nobody else. Returns in how many rows somebody else is unlisted. `step` is
/// told how many rows were read. Blocks.
pub(crate) fn rewrite(
    (place, segment): (&StorePlace, &SegmentRecord),
    (files, name): (&mut NewFiles, &str),
    without: &RoaringBitmap,
    step: &impl Fn(u64),
) -> Result<u64, StoreError> {
    let left =
        members(place, segment)?.iter().map(|member| member.index).collect::<RoaringBitmap>() - without;
    let mut parts = parts(segment)?;
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    let (mut done, open) = (0, AtomicU64::new(0));
    let chunks = parts.into_iter().flat_map(|(contig, file)| pages(place.read(&file.path), contig));
    let rows = chunks.flat_map(|chunk| {
        done += chunk.as_ref().map_or(0, Vec::len) as u64;
        let strip = |row| strip(row, without, &left, &open).transpose();
        let chunk: Chunk = chunk.and_then(|rows| rows.into_par_iter().filter_map(strip).collect());
        step(done);
        each(chunk)
    });
    // Rows were united when they were ingested: there is one of each allele, of everyone.
    let mut shards = Shards::new(Vec::new(), RoaringBitmap::new(), Vec::new());
    write_tables(files, name, segment.kind, rows, &mut shards)?;
    Ok(open.into_inner())
}

/// Returns the files of alleles of a segment.
fn parts(segment: &SegmentRecord) -> Result<Vec<(Contig, &FileRecord)>, StoreError> {
    let is_of_alleles = |file: &&FileRecord| file.table == Table::of_kind(segment.kind);
    let contig = |file| contig_of(FileRecord::contig_name(file)).map(|contig| (contig, file));
    segment.files.iter().filter(is_of_alleles).map(contig).collect()
}

/// Returns a row without some people; none where it tells of nobody who is left. In a file that several people share,
/// what only one of them has would stay behind.
fn strip(
    mut row: StoredRow,
    without: &RoaringBitmap,
    left: &RoaringBitmap,
    open: &AtomicU64,
) -> Result<Option<StoredRow>, StoreError> {
    if let Payload::Carriers(packed) = &mut row.payload {
        packed.leave_out(without)?;
        if packed.lists_nobody_of(left)? {
            return Ok(None);
        }
        open.fetch_add(u64::from(!packed.lists_everybody()?), Ordering::Relaxed);
    }
    Ok(Some(row))
}

/// Writes the alleles of segments of one kind, oldest first and each with its people, as those of one. Returns whether
/// each row tells of everybody. `step` is told how many rows were read, and may end it. Blocks.
pub(crate) fn merge(
    place: &StorePlace,
    segments: &[(&SegmentRecord, &RoaringBitmap)],
    (files, name): (&mut NewFiles, &str),
    step: &impl Fn(u64) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let Some((first, _)) = segments.first() else { return Ok(true) };
    let mut contigs: BTreeMap<Contig, Vec<(u32, String)>> = BTreeMap::new();
    for (source, (segment, _)) in (0..).zip(segments) {
        for (contig, file) in parts(segment)? {
            contigs.entry(contig).or_default().push((source, file.path.clone()));
        }
    }
    let mut shards = Shards::of_segments(segments.iter().map(|(_, people)| (*people).clone()).collect());
    let (scratch, mut done) = (place.blobs().scratch()?, 0);
    for (number, (contig, parts)) in contigs.into_iter().enumerate() {
        let open = |part: usize| -> Rows {
            let Some((source, path)) = parts.get(part).cloned() else { return Box::new(std::iter::empty()) };
            let rows = pages(place.read(&path), contig.clone()).flat_map(each);
            Box::new(in_order(rows, path).map(move |row| Ok(row?.with_source(source))))
        };
        let runs = scratch.path().join(number.to_string());
        let rows = merge_files(runs.clone(), first.kind, parts.len(), open)?.map(|row| {
            done += 1;
            step(done)?;
            row
        });
        write_tables(files, name, first.kind, rows, &mut shards)?;
        if runs.exists() {
            std::fs::remove_dir_all(&runs).map_err(StoreError::io("merging runs"))?;
        }
    }
    Ok(shards.found.open == 0)
}

/// Refuses rows of which one should come before another that was read already: merged with those of other files, it would
/// not be found any more.
fn in_order(
    rows: impl Iterator<Item = Result<StoredRow, StoreError>>,
    path: String,
) -> impl Iterator<Item = Result<StoredRow, StoreError>> {
    let mut last: Option<Variant> = None;
    rows.map(move |row| {
        let row = row?;
        if last.as_ref().is_some_and(|last| row.variant < *last) {
            let allele = row.variant.short_form();
            return Err(StoreError::Corrupt(format!(
                "`{path}` has {allele} out of order: load its files anew"
            )));
        }
        last = Some(row.variant.clone());
        Ok(row)
    })
}
