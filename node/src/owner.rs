//! The owner's own view of a node's data: the same path of a question, at a gate that lets the owner in and nobody else.
//!
//! The node that it asks has no doors and cannot get any: nothing hands it out, and the view itself is no service.
//!
//! ```
//! use fyr_node::Node;
//! fn is_served(node: Node) -> impl fyr_doors::Service {
//!     node
//! }
//! ```
//!
//! ```compile_fail
//! use fyr_node::OwnersView;
//! fn is_served(view: OwnersView) -> impl fyr_doors::Service {
//!     view
//! }
//! ```

use fyr_doors::{Credentials, TableFormat, TableStream};
use fyr_policy::LocalOwner;
use fyr_schemas::{Answer, DatasetSelection, EntryType, Query};

use crate::{Node, NodeConfig, ServiceError, StartError, audit_end::note};

/// A node without doors, which its owner asks. It reads the store beside a node that serves, or where none does.
#[derive(Debug)]
pub struct OwnersView {
    node: Node,
}

impl OwnersView {
    /// Opens the data of a node for whoever runs this program; `actor` is their name for the record.
    ///
    /// # Errors
    ///
    /// What [`Node::open`] refuses; the log of the owner's questions is not free within half a minute.
    pub async fn open(config: &NodeConfig, actor: &str) -> Result<Self, StartError> {
        let node = Node::of_owner(&config.of_owner()?, LocalOwner::at_this_machine(actor)).await?;
        Ok(Self { node })
    }

    /// Answers one question with true counts of everybody who has not withdrawn. The record of it is on the disk before the
    /// answer is told.
    ///
    /// # Errors
    ///
    /// A dataset that is not there, a question that cannot be evaluated, or one that cannot be recorded.
    pub async fn ask(&self, query: &Query) -> Result<Answer, ServiceError> {
        let told = self.node.ask(&Credentials::default(), query).await;
        note(&self.node.state, &self.node.audit_place, self.node.audit.end()).await?;
        Ok(told?.into_inner())
    }

    /// Reads a dataset of frequencies, such as a published table, in a format for files.
    ///
    /// # Errors
    ///
    /// A dataset that is not there or is one of people, or a question that cannot be recorded.
    pub async fn table(&self, dataset: &str, format: TableFormat) -> Result<TableStream, ServiceError> {
        let datasets = DatasetSelection { only: vec![dataset.to_owned()], ..DatasetSelection::default() };
        let query = Query { datasets, ..Query::entries(EntryType::GenomicVariant) };
        let told = self.node.table(&Credentials::default(), query, format).await;
        note(&self.node.state, &self.node.audit_place, self.node.audit.end()).await?;
        Ok(told?.into_inner())
    }
}

#[cfg(test)]
mod tests;
