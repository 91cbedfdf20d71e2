//! How frequent alleles are in a dataset of frequencies, by which what is told of the people of another one is priced.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use fyr_policy::{Undisclosed, VariantCount};
use fyr_schemas::{AlleleQuery, Variant};

use super::{
    CountStream, alleles,
    count::{self, Counted},
    dataset::Dataset,
    session::EngineSession,
};
use crate::{DatasetSummary, EngineError};

/// Frequencies of other people, in the coordinates of those who are priced by them.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) session: Arc<EngineSession>,
    pub(super) dataset: Arc<Dataset>,
}

impl Reference {
    /// Says of each count how frequent its allele is here, and seals it.
    pub(super) fn expect(
        self,
        counts: impl futures::Stream<Item = Result<VariantCount, EngineError>> + Send + 'static,
    ) -> CountStream {
        let expected = move |found: VariantCount| {
            let reference = self.clone();
            async move {
                let frequency = reference.frequency(&found.variant).await?;
                let count = found.count.expected(frequency);
                Ok(Undisclosed::new(VariantCount { count, ..found }))
            }
        };
        counts.and_then(expected).boxed()
    }

    /// Returns how frequent an allele is: 0 where it is not here, or is no sequence, by which it could be found.
    async fn frequency(&self, variant: &Variant) -> Result<f64, EngineError> {
        let Variant { contig, interval, reference_bases, alternate_bases, .. } = variant;
        let (assembly, start) = (self.dataset.summary.assembly, u64::from(interval.start()));
        let Ok(asked) = AlleleQuery::new(assembly, contig.clone(), start, reference_bases, alternate_bases)
        else {
            return Ok(0.0);
        };
        let mut frequency: f64 = 0.0;
        for allele in alleles::look_up(&self.session, &self.dataset, &asked, &[]).await? {
            let count = count::count(&self.dataset, allele, &Counted::default())?.count;
            let (alleles, of) = (count.tally().allele_count, count.tally().allele_number);
            if of > 0 {
                frequency = frequency.max(alleles as f64 / of as f64);
            }
        }
        Ok(frequency)
    }
}

/// Refuses a dataset that says nothing of how frequent the alleles of another one are.
///
/// # Errors
///
/// It is not there, is one of people, or has another assembly.
pub fn check_reference(
    priced: &DatasetSummary,
    id: &str,
    reference: Option<&DatasetSummary>,
) -> Result<(), EngineError> {
    let why = match reference {
        None => "is not in the store".to_owned(),
        Some(found) if !found.kind.is_of_counts() => "is of people, not of frequencies".to_owned(),
        Some(found) if found.assembly != priced.assembly => {
            format!("has coordinates of {}, not of {}", found.assembly, priced.assembly)
        }
        Some(_) => return Ok(()),
    };
    Err(EngineError::Reference { dataset: priced.id.clone(), reference: id.to_owned(), why })
}
