//! How many alleles of a place somebody carries, from sums: nobody's calls are read.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use fyr_schemas::{Contig, FrequencyBound, Interbase, Located, Narrowing, RangeQuery};
use fyr_store::{
    blocking,
    file::{PAGE_ROWS, PageRows, Part, column},
};
use rayon::prelude::*;

use super::dataset::Dataset;
use crate::{DatasetKind, EngineError};

/// Rows that are read at once.
const CHUNK_ROWS: usize = 32 * PAGE_ROWS;

/// Counts the alleles of a place that somebody carries; none where it takes more than sums to know them:
/// people who are left out, several segments that may share an allele, a question that looks at alleles.
pub(crate) async fn seen(
    dataset: &Arc<Dataset>,
    located: Option<&Located>,
    bounds: &[FrequencyBound],
) -> Result<Option<u64>, EngineError> {
    let kind = dataset.summary.kind;
    if dataset.is_restricted() || (kind == DatasetKind::Individual && !bounds.is_empty()) {
        return Ok(None);
    }
    let Some(parts) = parts(dataset, located) else { return Ok(None) };
    let is_given_up = GiveUp::default();
    let census = Census { kind, bounds: bounds.to_vec(), is_given_up: Arc::clone(&is_given_up.0) };
    blocking("counting", move || census.count(&parts)).await?.map(Some)
}

/// A file, and the interval of it that is asked for.
type Place = (Arc<Part>, Interbase);

fn parts(dataset: &Dataset, located: Option<&Located>) -> Option<Vec<Place>> {
    let only = |contig: &Contig, interval| {
        let mut parts = dataset.parts(contig);
        let first = parts.next().map(|(_, part)| (part, interval));
        parts.next().is_none().then(|| first.into_iter().collect::<Vec<_>>())
    };
    match located {
        None => {
            let contigs = dataset.contigs();
            let all = contigs.iter().map(|contig| only(contig, Interbase::EVERYTHING));
            all.collect::<Option<Vec<_>>>().map(|parts| parts.concat())
        }
        Some(Located::Ranges { ranges, gene: None }) => match ranges.as_slice() {
            [RangeQuery { contig, interval, reciprocal_overlap: None, narrowing, .. }]
                if *narrowing == Narrowing::default() =>
            {
                only(contig, *interval)
            }
            _ => None,
        },
        Some(_) => None,
    }
}

struct Census {
    kind: DatasetKind,
    bounds: Vec<FrequencyBound>,
    is_given_up: Arc<AtomicBool>,
}

/// Ends the counting when nobody waits for it any more.
#[derive(Default)]
struct GiveUp(Arc<AtomicBool>);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Census {
    /// Blocks.
    fn count(&self, places: &[Place]) -> Result<u64, EngineError> {
        let (mut known, mut chunks) = (0, Vec::new());
        for (part, interval) in places {
            let (before, after) = (interval.end().into(), interval.start().into());
            let pages = if self.bounds.is_empty() {
                let (seen, others) = part.locator().seen(before, after);
                known += seen;
                others
            } else {
                part.locator().overlapping(before, after)
            };
            chunks.extend(joined(&pages).into_iter().map(|rows| (part, *interval, rows)));
        }
        let read = chunks.par_iter().map(|(part, interval, rows)| self.count_rows(part, *interval, *rows));
        Ok(known + read.sum::<Result<u64, EngineError>>()?)
    }

    fn count_rows(&self, part: &Part, interval: Interbase, rows: PageRows) -> Result<u64, EngineError> {
        if self.is_given_up.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let pages = part.pages();
        let there = there(part, interval, rows)?;
        Ok(match self.kind {
            DatasetKind::Individual => {
                let carriers = pages.coordinates(rows, column::CARRIERS)?;
                count(there, carriers.into_iter().map(|carriers| carriers > 0))
            }
            DatasetKind::Frequency | DatasetKind::Reference => {
                let [ac, an] = column::TOTAL.map(|name| pages.numbers(rows, name));
                let counts = ac?.into_iter().zip(an?);
                let counts = counts.map(|(ac, an)| (ac.cast_unsigned(), an.cast_unsigned()));
                match self.bounds.as_slice() {
                    [bound] => count(there, counts.map(|(ac, an)| (ac > 0) & bound.holds(ac, an))),
                    bounds => count(there, counts.map(|(ac, an)| ac > 0 && all_hold(bounds, ac, an))),
                }
            }
        })
    }
}

fn all_hold(bounds: &[FrequencyBound], allele_count: u64, allele_number: u64) -> bool {
    bounds.iter().all(|bound| bound.holds(allele_count, allele_number))
}

/// Says of each row whether it overlaps the interval; none where all do.
fn there(part: &Part, interval: Interbase, rows: PageRows) -> Result<Option<Vec<bool>>, EngineError> {
    if interval == Interbase::EVERYTHING {
        return Ok(None);
    }
    let (before, after) = (interval.end().cast_signed(), interval.start().cast_signed());
    let starts = part.pages().coordinates(rows, column::START)?;
    let ends = part.pages().coordinates(rows, column::END)?;
    let overlaps = |(start, end): (i32, i32)| start < before && end > after;
    Ok(Some(starts.into_iter().zip(ends).map(overlaps).collect()))
}

/// Counts without a branch for each row: half of the guesses would be wrong.
fn count(there: Option<Vec<bool>>, asked: impl Iterator<Item = bool>) -> u64 {
    match there {
        None => asked.map(u64::from).sum(),
        Some(there) => asked.zip(there).map(|(is_asked, there)| u64::from(is_asked & there)).sum(),
    }
}

/// Joins pages that lie side by side.
fn joined(pages: &[PageRows]) -> Vec<PageRows> {
    let mut joined: Vec<PageRows> = Vec::new();
    for page in pages {
        match joined.last_mut() {
            Some(last)
                if last.row_group == page.row_group
                    && last.first + last.count == page.first
                    && last.count < CHUNK_ROWS =>
            {
                last.count += page.count;
            }
            _ => joined.push(*page),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
