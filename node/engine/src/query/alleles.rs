//! The alleles that a question is about, in one dataset.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use fyr_schemas::{AlleleForm, AlleleQuery, Interbase, Located, mate};
use fyr_store::file::{StoredRow, count_schema, decode};

use super::{
    count::{self, Allele},
    dataset::Dataset,
    lookup::Lookup,
    range,
    session::EngineSession,
};
use crate::EngineError;

/// Returns the alleles that a question is about, in order; all where there is no question.
pub(crate) async fn find(
    session: &Arc<EngineSession>,
    dataset: &Arc<Dataset>,
    query: Option<&Located>,
) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
    if let Some(asked) = query.and_then(Located::assembly)
        && asked != dataset.summary.assembly
    {
        return Err(EngineError::OtherAssembly(asked));
    }
    match query {
        Some(Located::Allele { query, forms }) => {
            let alleles = look_up(session, dataset, query, forms).await?;
            Ok(stream::iter(alleles.into_iter().map(Ok)).boxed())
        }
        Some(located) => range::located(session, dataset, located).await,
        None => range::everywhere(session, dataset, None).await,
    }
}

/// Looks up the alleles that one notation names.
pub(super) async fn look_up(
    session: &EngineSession,
    dataset: &Arc<Dataset>,
    query: &AlleleQuery,
    forms: &[AlleleForm],
) -> Result<Vec<Allele>, EngineError> {
    let (sources, parts): (Vec<u32>, Vec<_>) = dataset.parts(query.contig()).unzip();
    let schema = count_schema(dataset.summary.kind);
    // In data that were aligned, only the normal form can be there.
    let forms = if dataset.summary.normalised { forms.get(..1).unwrap_or_default() } else { forms };
    let candidates = if forms.is_empty() { query.candidates() } else { forms.to_vec() };
    let plan = Lookup::plan(parts, candidates, schema);
    let mut rows = Vec::new();
    for (partition, source) in sources.into_iter().enumerate() {
        let mut batches = session.execute(&plan, partition)?;
        while let Some(batch) = batches.try_next().await? {
            let decoded = decode(&batch, Some(query.contig()))?;
            rows.extend(
                decoded.into_iter().map(|row| as_asked(as_normal(row, forms), query).with_source(source)),
            );
        }
    }
    let alleles = count::unite_all(dataset, rows)?;
    match query.as_variant().filter(|_| alleles.is_empty() && !query.is_symbolic()) {
        Some(variant) => Ok(count::unseen(dataset, variant)?.into_iter().collect()),
        None => Ok(alleles),
    }
}

/// Rows of a breakend are of one allele, however a store names its mate.
fn as_asked(mut row: StoredRow, query: &AlleleQuery) -> StoredRow {
    if mate(query.alternate_bases()).is_some() {
        query.alternate_bases().clone_into(&mut row.variant.alternate_bases);
    }
    row
}

/// Rows of one allele in other notations are rows of its normal form.
fn as_normal(mut row: StoredRow, forms: &[AlleleForm]) -> StoredRow {
    if let [(start, reference_bases, alternate_bases), _, ..] = forms
        && let Ok(interval) =
            Interbase::new((*start).into(), u64::from(*start) + reference_bases.len() as u64)
    {
        row.variant.interval = interval;
        row.variant.reference_bases.clone_from(reference_bases);
        row.variant.alternate_bases.clone_from(alternate_bases);
    }
    row
}
