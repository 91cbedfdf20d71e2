//! Counting people and what belongs to them, and what they can be filtered by.

use std::{ops::Range, sync::Arc};

use fyr_policy::{Count, DatasetPermit, EntryCount, Margins, Needs, People, Sets, TermCount, Undisclosed};
use fyr_schemas::{EntryRef, EntryType, Located, Query};
use roaring::RoaringBitmap;

use super::{
    super::{
        dataset::Dataset,
        entries::{Selection, documents, selection, terms},
        sets::Matched,
    },
    View,
};
use crate::EngineError;

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
    ) -> Result<Undisclosed<EntryCount>, EngineError> {
        let dataset = self.of(permit.id(), permit.cohort()).await?;
        let found = match &dataset {
            Some(dataset) => {
                self.entry_count(dataset, permit.plan().needs(), (query, located), limit_cap).await?
            }
            None => EntryCount { count: Count::of_nobody(), documents: Vec::new() },
        };
        Ok(Undisclosed::new(found))
    }

    /// Counts unsealed.
    pub(crate) async fn entry_count(
        &self,
        dataset: &Arc<Dataset>,
        needs: Needs,
        (query, located): (&Query, Option<&Located>),
        limit_cap: u32,
    ) -> Result<EntryCount, EngineError> {
        dataset.must_know_people()?;
        let published = self.published(dataset, needs, query).await?;
        let published = published.as_deref();
        let selection =
            Selection::of(self.session(), dataset, (query, located), needs.margins, published).await?;
        let kind = query.entry_type;
        let documents = if needs.records {
            let page = page(&selection.matched, query.pagination.rows(limit_cap));
            documents::page(self.session(), dataset, kind, &page).await?
        } else {
            Vec::new()
        };
        let matched = |numbers| -> Arc<dyn Sets> {
            let cohort = Arc::clone(&dataset.people);
            let several = selection.several.clone();
            Arc::new(Matched { dataset: Arc::clone(dataset), kind, numbers, cohort, several })
        };
        let everyone = People::Known(Arc::clone(&dataset.people));
        let margins = selection.margins.iter().cloned().map(matched).collect();
        let count = Count::of(matched(selection.matched.clone()))
            .among(everyone.clone(), everyone)
            .related(&dataset.families);
        Ok(EntryCount { count: count.beside(Margins::OfFound(margins)), documents })
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
    ) -> Result<Vec<Undisclosed<TermCount>>, EngineError> {
        let tallies = match &self.of(permit.id(), permit.cohort()).await? {
            Some(dataset) => self.term_counts(dataset, entry_type, within).await?,
            None => Vec::new(),
        };
        Ok(tallies.into_iter().map(Undisclosed::new).collect())
    }

    /// Returns whether a dataset states a term, of one that hides nothing from who asks. Of one that hides it says no
    /// whatever is stated: whether a term is known must not tell what a few people state.
    ///
    /// # Errors
    ///
    /// The dataset is gone, or cannot be read.
    pub async fn states(&self, permit: &DatasetPermit, term: &str) -> Result<bool, EngineError> {
        if permit.plan().needs().hides {
            return Ok(false);
        }
        let Some(dataset) = self.of(permit.id(), permit.cohort()).await? else { return Ok(false) };
        let stated = self.term_counts(&dataset, None, None).await?;
        Ok(stated.iter().any(|stated| stated.id == term))
    }

    /// Counts unsealed.
    pub(crate) async fn term_counts(
        &self,
        dataset: &Dataset,
        entry_type: Option<EntryType>,
        within: Option<&EntryRef>,
    ) -> Result<Vec<TermCount>, EngineError> {
        if dataset.summary.kind.is_of_counts() {
            return Ok(Vec::new());
        }
        if let (None, None) = (entry_type, within) {
            let count = || terms::count(self.session(), dataset, None, &dataset.people);
            return Ok(dataset.terms.get_or_try_init(count).await?.clone());
        }
        let people = within.map(|within| Arc::new(selection::people_of(dataset, within)));
        let people = people.as_ref().unwrap_or(&dataset.people);
        terms::count(self.session(), dataset, entry_type, people).await
    }
}

/// The numbers of the entries of the asked page.
fn page(matched: &RoaringBitmap, rows: Range<u64>) -> RoaringBitmap {
    let (skipped, listed) = (usize::try_from(rows.start), usize::try_from(rows.end - rows.start));
    matched.iter().skip(skipped.unwrap_or(usize::MAX)).take(listed.unwrap_or(usize::MAX)).collect()
}
