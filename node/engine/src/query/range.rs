//! The plan of a range question: pages that can overlap, filtered and merged by DataFusion.
//!
//! The plan is built from expressions, never from text. It gives rows in key order; those of one
//! allele, from several segments, become one here. [`RangeQuery::matches`] has the last word.

use std::{collections::VecDeque, sync::Arc};

use arrow::array::RecordBatch;
use datafusion::{
    execution::SendableRecordBatchStream,
    logical_expr::{Expr, col, lit},
    prelude::DataFrame,
};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use fyr_schemas::{RangeQuery, Variant};

use super::{
    count::{self, Allele},
    dataset::Dataset,
    session::EngineSession,
    table::AlleleTable,
};
use crate::{
    EngineError,
    segment::{batch::decode, row::StoredRow, schema::column},
};

/// Returns all alleles of a range in one dataset, in order of the variants.
pub(crate) async fn alleles(
    session: &Arc<EngineSession>,
    dataset: &Arc<Dataset>,
    query: &RangeQuery,
) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
    let rows = plan(session, dataset, query)?.execute_stream().await;
    let merge = KeyMerge {
        session: Arc::clone(session),
        dataset: Arc::clone(dataset),
        query: query.clone(),
        rows: rows.map_err(|error| session.error(error))?,
        group: Vec::new(),
        ready: VecDeque::new(),
        is_done: false,
    };
    Ok(stream::try_unfold(merge, KeyMerge::next).boxed())
}

/// Plans a range question.
pub(crate) fn plan(
    session: &EngineSession,
    dataset: &Dataset,
    query: &RangeQuery,
) -> Result<DataFrame, EngineError> {
    let table = AlleleTable::new(dataset.summary.kind, dataset.parts(&query.contig).collect());
    let order = column::KEY.map(|name| col(name).sort(true, false)).to_vec();
    let rows = session.context().read_table(Arc::new(table))?;
    Ok(filters(query).into_iter().try_fold(rows, DataFrame::filter)?.sort(order)?)
}

fn filters(query: &RangeQuery) -> Vec<Expr> {
    let equal = |name, value: &str| col(name).eq(lit(value));
    let mut filters = vec![
        col(column::START).lt(lit(query.interval.end().cast_signed())),
        col(column::END).gt(lit(query.interval.start().cast_signed())),
    ];
    filters.extend(query.variant_type.map(|kind| equal(column::VARIANT_TYPE, kind.name())));
    filters.extend(query.reference_bases.as_deref().map(|bases| equal(column::REFERENCE_BASES, bases)));
    filters.extend(query.alternate_bases.as_deref().map(|bases| equal(column::ALTERNATE_BASES, bases)));
    filters
}

/// Unites rows that come in key order.
struct KeyMerge {
    session: Arc<EngineSession>,
    dataset: Arc<Dataset>,
    query: RangeQuery,
    rows: SendableRecordBatchStream,
    /// Rows of the key that is being read.
    group: Vec<StoredRow>,
    ready: VecDeque<Allele>,
    is_done: bool,
}

impl KeyMerge {
    async fn next(mut self) -> Result<Option<(Allele, Self)>, EngineError> {
        loop {
            if let Some(allele) = self.ready.pop_front() {
                return Ok(Some((allele, self)));
            }
            if self.is_done {
                return Ok(None);
            }
            match self.rows.try_next().await.map_err(|error| self.session.error(error))? {
                Some(batch) => self.take(&batch)?,
                None => {
                    self.is_done = true;
                    self.close_group()?;
                }
            }
        }
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        for row in decode(batch, Some(&self.query.contig))? {
            if self.group.first().is_some_and(|first| sort_key(&first.variant) != sort_key(&row.variant)) {
                self.close_group()?;
            }
            self.group.push(row);
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), EngineError> {
        let alleles = count::unite_all(&self.dataset, std::mem::take(&mut self.group))?;
        self.ready.extend(alleles.into_iter().filter(|allele| self.query.matches(&allele.variant)));
        Ok(())
    }
}

/// The columns by which the segments' rows were merged. Rows that differ in more, such as insertions of
/// different lengths, may come mixed, and are told apart within their group.
fn sort_key(variant: &Variant) -> (u32, &str, &str, u32) {
    let interval = variant.interval;
    (interval.start(), &variant.reference_bases, &variant.alternate_bases, interval.end())
}
