//! Which files a store has: Delta tables, the list of segments that makes rows visible, and who may change it.

pub(crate) mod callable;
mod catalog;
mod clean;
mod delta_files;
mod layout;
mod new_files;
mod place;
mod publication;
mod table_log;
mod transaction;
mod versions;

pub use callable::{Callable, read as read_regions};
pub(crate) use catalog::segments_schema;
pub use catalog::{Catalog, Content, DatasetSummary, Ingest, SegmentRecord, SourceFile, summarise};
pub(crate) use clean::clean;
pub(crate) use layout::EXTENSION;
pub use layout::{FileRecord, Table};
pub(crate) use new_files::NewFiles;
pub use place::StorePlace;
pub use publication::Publication;
pub use table_log::TableLog;
pub(crate) use transaction::Transaction;
pub(crate) use versions::log_files;
pub use versions::newest_version;
