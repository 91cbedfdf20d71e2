//! What of each dataset may be asked about, gone through once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use fyr_policy::{DatasetPermit, Fixed, Needs};
use fyr_schemas::{EntryType, Query};
use tokio::sync::OnceCell;

use super::{
    super::{dataset::Dataset, entries::Published},
    View,
};
use crate::EngineError;

/// One dataset as a cohort sees it, under one rule, of all people or of those with genotypes.
#[derive(Debug)]
struct Kept {
    dataset: Weak<Dataset>,
    rule: (Fixed, bool),
    published: Arc<OnceCell<Arc<Published>>>,
}

/// What was gone through so far. A dataset that did not change is not gone through again.
#[derive(Debug, Default)]
pub(super) struct Publishing(Mutex<Vec<Kept>>);

impl Publishing {
    /// Drops what is of datasets that are no more.
    pub(super) fn forget_the_gone(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|kept| kept.dataset.strong_count() > 0);
    }

    fn of(&self, dataset: &Arc<Dataset>, rule: (Fixed, bool)) -> Arc<OnceCell<Arc<Published>>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |kept: &&Kept| kept.rule == rule && Weak::ptr_eq(&kept.dataset, &Arc::downgrade(dataset));
        if let Some(kept) = all.iter().find(is_it) {
            return Arc::clone(&kept.published);
        }
        let published = Arc::default();
        all.push(Kept { dataset: Arc::downgrade(dataset), rule, published: Arc::clone(&published) });
        published
    }
}

impl View {
    /// Returns as what filters are read; none where they are evaluated as they stand.
    pub(super) async fn published(
        &self,
        dataset: &Arc<Dataset>,
        needs: Needs,
        query: &Query,
    ) -> Result<Option<Arc<Published>>, EngineError> {
        let asks = !query.filters.is_empty() || query.within.is_some();
        let Some(fixed) = needs.fixed.filter(|_| asks) else { return Ok(None) };
        let genotyped = query.entry_type == EntryType::GenomicVariant || query.variant.is_some();
        let genotyped = genotyped && dataset.everyone != dataset.people;
        let published = self.published.of(dataset, (fixed, genotyped));
        let make = async || {
            let published = Published::of(self.session(), dataset, fixed, genotyped).await?;
            Ok::<_, EngineError>(Arc::new(published))
        };
        Ok(Some(Arc::clone(published.get_or_try_init(make).await?)))
    }

    /// Says, as filters would be written, which bands are read in a dataset for the bounds that a question names.
    /// Bands are published, so who asks may know them.
    ///
    /// # Errors
    ///
    /// The dataset cannot be read, or the question not be evaluated.
    pub async fn bands_of(&self, permit: &DatasetPermit, query: &Query) -> Result<Vec<String>, EngineError> {
        let Some(dataset) = self.of(permit.id(), permit.cohort()).await? else { return Ok(Vec::new()) };
        match self.published(&dataset, permit.plan().needs(), query).await? {
            Some(published) => published.bands_of(self.session(), &dataset, query),
            None => Ok(Vec::new()),
        }
    }
}
