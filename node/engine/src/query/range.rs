//! The plan of a question that names places: pages that can hold what is asked, filtered and merged by
//! DataFusion.
//!
//! The plan is built from expressions, never from text. It gives rows in key order; those of one
//! allele, from several segments, become one here. [`Located::matches`] has the last word.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use arrow::array::RecordBatch;
use datafusion::{
    execution::SendableRecordBatchStream,
    logical_expr::{Expr, col, lit},
    physical_plan::{ExecutionPlan, sorts::sort_preserving_merge::SortPreservingMergeExec},
};
use futures::{StreamExt, TryStreamExt, future::ready, stream, stream::BoxStream};
use fyr_schemas::{
    BasePattern, BracketQuery, BreakendMate, Contig, Located, Narrowing, RangeQuery, TypeTerm, Variant,
    VariantType, mate,
};
use fyr_store::file::{StoredRow, column, decode};
use tokio::task::consume_budget;

use super::{
    count::{self, Allele},
    dataset::Dataset,
    page_scan::PageScan,
    session::EngineSession,
};
use crate::EngineError;

/// Rows that are decoded at once.
const DECODED_ROWS: usize = 32;

/// Returns all alleles of a question that names places, in order of the variants.
pub(crate) async fn located(
    session: &Arc<EngineSession>,
    dataset: &Arc<Dataset>,
    query: &Located,
) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
    let scan = Scan {
        session: Arc::clone(session),
        dataset: Arc::clone(dataset),
        query: Some(Arc::new(query.clone())),
    };
    match query {
        Located::Ranges { ranges, .. } if ranges.iter().any(|range| range.narrowing.mate.is_some()) => {
            scan.with_other_ends(ranges).await
        }
        Located::Ranges { ranges, .. } => {
            let places: Vec<_> =
                ranges.iter().map(|range| (range.contig.clone(), overlapping(range))).collect();
            Ok(scan.places(places))
        }
        Located::Bracket(bracket) => Ok(scan.places(vec![(bracket.contig.clone(), bracketed(bracket))])),
        Located::Everywhere(_, narrowing) => everywhere_with(scan, narrowed(narrowing)),
        Located::Digest(_, key) => {
            let is_digest = column::VRS.map(|name| col(name).eq(lit(*key)));
            everywhere_with(scan, is_digest.into_iter().reduce(Expr::or).into_iter().collect())
        }
        Located::Allele { .. } => Err(EngineError::Unsupported("an allele is looked up".into())),
    }
}

/// Returns all alleles of a dataset.
pub(crate) async fn everywhere(
    session: &Arc<EngineSession>,
    dataset: &Arc<Dataset>,
    query: Option<&Located>,
) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
    let query = query.cloned().map(Arc::new);
    everywhere_with(Scan { session: Arc::clone(session), dataset: Arc::clone(dataset), query }, Vec::new())
}

fn everywhere_with(
    scan: Scan,
    filters: Vec<Expr>,
) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
    let places = scan.dataset.contigs().into_iter().map(|contig| (contig, filters.clone())).collect();
    Ok(scan.places(places))
}

/// Reads places of a dataset, keeping what belongs to a question.
#[derive(Clone)]
struct Scan {
    session: Arc<EngineSession>,
    dataset: Arc<Dataset>,
    /// Everything belongs where there is none.
    query: Option<Arc<Located>>,
}

impl Scan {
    /// Reads one place after the other.
    fn places(self, places: Vec<(Contig, Vec<Expr>)>) -> BoxStream<'static, Result<Allele, EngineError>> {
        let read = move |(contig, filters)| ready(self.clone().place(contig, filters));
        stream::iter(places.into_iter().map(Ok)).and_then(read).try_flatten().boxed()
    }

    fn place(
        self,
        contig: Contig,
        filters: Vec<Expr>,
    ) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
        let Some(plan) = plan(&self.session, &self.dataset, &contig, filters)? else {
            return Ok(stream::empty().boxed());
        };
        let merge = KeyMerge {
            rows: self.session.execute(plan.as_ref(), 0)?,
            scan: self,
            contig,
            batch: None,
            group: Vec::new(),
            ready: VecDeque::new(),
            is_done: false,
        };
        Ok(stream::try_unfold(merge, KeyMerge::next).boxed())
    }

    /// Reads breakends from either end. An adjacency of which both ends are stored is told once, by the
    /// end that was asked about.
    async fn with_other_ends(
        self,
        ranges: &[RangeQuery],
    ) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
        let places = ranges.iter().map(|range| (range.contig.clone(), overlapping(range))).collect();
        let here: Vec<Allele> = self.clone().places(places).try_collect().await?;
        let ends: HashSet<_> =
            here.iter().filter_map(|allele| mate(&allele.variant.alternate_bases)).collect();
        let others = ranges.iter().filter_map(RangeQuery::from_the_mate);
        let places = others.map(|range| (range.contig.clone(), overlapping(&range))).collect();
        let there: Vec<Allele> = self.places(places).try_collect().await?;
        let is_told = |allele: &Allele| {
            let contig = allele.variant.contig.clone();
            here.iter().any(|other| other.variant == allele.variant)
                || ends.contains(&BreakendMate { contig, start: allele.variant.interval.start() })
        };
        let there: Vec<_> = there.into_iter().filter(|allele| !is_told(allele)).collect();
        let mut all: Vec<_> = here.into_iter().chain(there).collect();
        all.sort_by(|a, b| a.variant.cmp(&b.variant));
        Ok(stream::iter(all.into_iter().map(Ok)).boxed())
    }
}

/// Plans the reading of a contig; there is nothing to plan where no segment has it.
pub(crate) fn plan(
    session: &EngineSession,
    dataset: &Dataset,
    contig: &Contig,
    filters: Vec<Expr>,
) -> Result<Option<Arc<dyn ExecutionPlan>>, EngineError> {
    let scan = PageScan::plan(dataset.summary.kind, dataset.parts(contig), &filters)?;
    let Some(order) = scan.properties().output_ordering().cloned() else { return Ok(None) };
    if scan.properties().output_partitioning().partition_count() == 0 {
        return Ok(None);
    }
    let rows = session.filtered(Arc::new(scan), filters)?;
    Ok(Some(Arc::new(SortPreservingMergeExec::new(order, rows))))
}

/// Filters of a range.
pub(crate) fn overlapping(query: &RangeQuery) -> Vec<Expr> {
    let mut filters = vec![
        col(column::START).lt(lit(query.interval.end().cast_signed())),
        col(column::END).gt(lit(query.interval.start().cast_signed())),
    ];
    filters.extend(narrowed(&query.narrowing));
    filters
}

fn bracketed(query: &BracketQuery) -> Vec<Expr> {
    let at = |n: u32| lit(n.cast_signed());
    let mut filters = vec![
        col(column::START).lt(at(query.start.end())),
        col(column::START).gt_eq(at(query.start.start())),
        // What ends in the bracket, or behind it, ends behind its start: pages are chosen by that.
        col(column::END).gt(at(query.end.start().saturating_sub(1))),
        col(column::END).lt(at(query.end.end())),
    ];
    // Nothing ends at 0.
    filters.extend((query.end.start() > 0).then(|| col(column::END).gt_eq(at(query.end.start()))));
    filters.extend(narrowed(&query.narrowing));
    filters
}

/// Filters for what a column tells; [`Located::matches`] looks at the rest.
fn narrowed(narrowing: &Narrowing) -> Vec<Expr> {
    let equal = |name, value: &str| col(name).eq(lit(value));
    let exact = |pattern: &Option<BasePattern>, name| {
        let pattern = pattern.as_ref().filter(|pattern| pattern.is_exact());
        pattern.map(|pattern| equal(name, pattern.as_str()))
    };
    let of_kinds = |term: &TypeTerm| {
        let kinds = term.kinds().iter().map(|kind| equal(column::VARIANT_TYPE, kind.name()));
        kinds.reduce(Expr::or)
    };
    let mut filters: Vec<_> = narrowing.variant_type.as_ref().and_then(of_kinds).into_iter().collect();
    filters.extend(exact(&narrowing.reference_bases, column::REFERENCE_BASES));
    filters.extend(exact(&narrowing.alternate_bases, column::ALTERNATE_BASES));
    filters.extend(narrowing.mate.as_ref().map(|_| equal(column::VARIANT_TYPE, VariantType::Bnd.name())));
    filters
}

/// Unites rows that come in key order.
struct KeyMerge {
    scan: Scan,
    contig: Contig,
    rows: SendableRecordBatchStream,
    /// What is not decoded yet of the batch that was read last.
    batch: Option<RecordBatch>,
    /// Rows of the key that is being read.
    group: Vec<StoredRow>,
    ready: VecDeque<Allele>,
    is_done: bool,
}

impl KeyMerge {
    async fn next(mut self) -> Result<Option<(Allele, Self)>, EngineError> {
        loop {
            // Rows are always ready, and most may not be asked for: a deadline would never pass.
            consume_budget().await;
            if let Some(allele) = self.ready.pop_front() {
                return Ok(Some((allele, self)));
            }
            if self.is_done {
                return Ok(None);
            }
            if self.batch.is_none() {
                self.batch = self.rows.try_next().await.map_err(|error| self.scan.session.error(error))?;
            }
            match self.batch.take() {
                Some(batch) => self.take(&batch)?,
                None => {
                    self.is_done = true;
                    self.close_group()?;
                }
            }
        }
    }

    /// Decodes a few rows: who asks for a page of answers does not need all.
    fn take(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let count = batch.num_rows().min(DECODED_ROWS);
        if count < batch.num_rows() {
            self.batch = Some(batch.slice(count, batch.num_rows() - count));
        }
        for row in decode(&batch.slice(0, count), Some(&self.contig))? {
            if self.group.first().is_some_and(|first| sort_key(&first.variant) != sort_key(&row.variant)) {
                self.close_group()?;
            }
            self.group.push(row);
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), EngineError> {
        let alleles = count::unite_all(&self.scan.dataset, std::mem::take(&mut self.group))?;
        let query = self.scan.query.as_deref();
        let is_asked = |allele: &Allele| {
            query.is_none_or(|q| q.matches(&allele.variant) && q.matches_effects(&allele.effects))
        };
        self.ready.extend(alleles.into_iter().filter(is_asked));
        Ok(())
    }
}

/// The columns by which the segments' rows were merged. Rows that differ in more, such as insertions of
/// different lengths, may come mixed, and are told apart within their group.
fn sort_key(variant: &Variant) -> (u32, &str, &str, u32) {
    let interval = variant.interval;
    (interval.start(), &variant.reference_bases, &variant.alternate_bases, interval.end())
}
