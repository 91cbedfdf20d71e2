//! Questions about people and what belongs to them: who is meant, how many, and their documents.
//!
//! Filters are DataFusion plans over the table `facts`; what they find becomes bitmaps of entry numbers,
//! which are translated into each other along the links between entries.

pub(super) mod documents;
mod filter;
pub(crate) mod index;
mod selection;
pub(crate) mod table;
mod terms;

use std::sync::Arc;

use fyr_policy::{DatasetPermit, EntryTally, ReleasePlan, TermTally, Undisclosed};
use fyr_schemas::{EntryRef, EntryType, Located, Query, Release};
use roaring::RoaringBitmap;

use super::{View, dataset::Dataset};
use crate::{DatasetKind, EngineError};

pub(crate) use selection::Selection;

impl View {
    /// Counts the entries that a question is about in one permitted dataset, with its variants in the
    /// dataset's own coordinates; `limit_cap` is the most of a
    /// page. Their documents are read only where the permit releases records.
    ///
    /// # Errors
    ///
    /// The dataset is gone or holds frequencies only, or the question cannot be evaluated.
    pub async fn entries(
        &self,
        permit: &DatasetPermit,
        (query, located): (&Query, Option<&Located>),
        limit_cap: u32,
    ) -> Result<Undisclosed<EntryTally>, EngineError> {
        let dataset = self.of(permit.id(), permit.cohort()).await?;
        let tally = match &dataset {
            Some(dataset) => self.entry_tally(dataset, permit.plan(), (query, located), limit_cap).await?,
            None => EntryTally::default(),
        };
        Ok(Undisclosed::new(tally))
    }

    /// Counts unsealed.
    pub(crate) async fn entry_tally(
        &self,
        dataset: &Arc<Dataset>,
        plan: ReleasePlan,
        (query, located): (&Query, Option<&Located>),
        limit_cap: u32,
    ) -> Result<EntryTally, EngineError> {
        dataset.must_know_people()?;
        let with_margins = plan.minimum_carriers > 0;
        let selection = Selection::of(self.session(), dataset, (query, located), with_margins).await?;
        let (matched, kind) = (&selection.matched, query.entry_type);
        let documents = if plan.release >= Release::Record {
            documents::page(self.session(), dataset, kind, &page(matched, query, limit_cap)).await?
        } else {
            Vec::new()
        };
        let people = |numbers: &RoaringBitmap| dataset.entries.people_behind(kind, numbers, &dataset.people);
        Ok(EntryTally {
            entries: matched.len(),
            people: people(matched),
            cohort: dataset.people.len(),
            margins: selection.margins.iter().map(people).collect(),
            documents,
        })
    }

    /// Counts for how many people each filtering term is stated.
    ///
    /// # Errors
    ///
    /// The dataset is gone, or cannot be read.
    pub async fn terms(
        &self,
        permit: &DatasetPermit,
        entry_type: Option<EntryType>,
        within: Option<&EntryRef>,
    ) -> Result<Vec<Undisclosed<TermTally>>, EngineError> {
        let tallies = match &self.of(permit.id(), permit.cohort()).await? {
            Some(dataset) => self.term_tallies(dataset, entry_type, within).await?,
            None => Vec::new(),
        };
        Ok(tallies.into_iter().map(Undisclosed::new).collect())
    }

    /// Counts unsealed.
    pub(crate) async fn term_tallies(
        &self,
        dataset: &Dataset,
        entry_type: Option<EntryType>,
        within: Option<&EntryRef>,
    ) -> Result<Vec<TermTally>, EngineError> {
        if dataset.summary.kind == DatasetKind::Frequency {
            return Ok(Vec::new());
        }
        if let (None, None) = (entry_type, within) {
            let count = || terms::count(self.session(), dataset, None, &dataset.people);
            return Ok(dataset.terms.get_or_try_init(count).await?.clone());
        }
        let people = within.map(|within| selection::people_of(dataset, within));
        let people = people.as_ref().unwrap_or(&dataset.people);
        terms::count(self.session(), dataset, entry_type, people).await
    }
}

/// The numbers of the entries of the asked page.
fn page(matched: &RoaringBitmap, query: &Query, limit_cap: u32) -> RoaringBitmap {
    let limit = match query.pagination.limit {
        0 => limit_cap,
        limit => limit.min(limit_cap),
    } as usize;
    matched.iter().skip(limit.saturating_mul(query.pagination.skip as usize)).take(limit).collect()
}
