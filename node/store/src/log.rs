//! Which files a store has: Delta tables, the list of segments that makes rows visible, and who may change it.

mod catalog;
pub(crate) mod clean;
mod layout;
mod lock;
mod new_files;
mod place;
mod table_log;
mod transaction;

pub(crate) use catalog::segments_schema;
pub use catalog::{Catalog, Content, DatasetSummary, SegmentRecord, SourceFile, summarise};
pub(crate) use layout::{EXTENSION, lock, staging, sync_directory};
pub use layout::{FileRecord, Table};
pub(crate) use lock::StoreLock;
pub(crate) use new_files::NewFiles;
pub use place::StorePlace;
pub use table_log::{TableLog, newest_version};
pub(crate) use transaction::Transaction;
