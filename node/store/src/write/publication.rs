//! A table of frequencies that is published, written as one segment and committed at once.

use fyr_schemas::Assembly;

use super::{
    held::LeaveOut,
    segment::{SegmentSummary, SegmentWriter},
    spec::{Repeated, SegmentSpec},
};
use crate::{DatasetKind, FrequencyRow, Publication, SourceFile, StoreError, log::Transaction};

/// Takes the rows of a published table. Dropped before it is finished, it leaves the store as it was; finished, what is
/// noted of it becomes visible with the table.
#[derive(Debug)]
pub struct PublicationWriter(SegmentWriter);

impl PublicationWriter {
    /// Starts a table under a transaction that leaves out what was published under the id before.
    pub(crate) fn new(
        transaction: Transaction,
        id: &str,
        (assembly, annotated): (Assembly, bool),
        (sort_memory, leave_out): (usize, LeaveOut),
    ) -> Result<Self, StoreError> {
        // No file is like another table: what is published anew is never taken for loaded before.
        let source = SourceFile { name: format!("publication {id}"), blake3: String::new(), bytes: 0 };
        let spec = SegmentSpec {
            dataset: id.to_owned(),
            assembly,
            kind: DatasetKind::Frequency,
            normalised: false,
            annotated,
            replace: true,
            repeated: Repeated::Refused,
            sources: vec![source],
            individuals: Vec::new(),
            shards: vec![Vec::new()],
        };
        Ok(Self(SegmentWriter::new(transaction, spec, sort_memory, leave_out)?))
    }

    /// Adds rows, in any order; fastest in the order of the tables.
    ///
    /// # Errors
    ///
    /// A row has no total, two rows contradict each other, the disk is full, or writing failed.
    pub async fn push(&mut self, rows: Vec<FrequencyRow>) -> Result<(), StoreError> {
        self.0.push_frequencies(rows).await
    }

    /// Makes the table visible, with what is noted of it, in the place of what was published under the id before.
    ///
    /// # Errors
    ///
    /// The disk is full, writing failed, or another process changed the store.
    pub async fn finish(mut self, publication: Publication) -> Result<SegmentSummary, StoreError> {
        self.0.mark_published(publication);
        self.0.finish().await
    }
}
