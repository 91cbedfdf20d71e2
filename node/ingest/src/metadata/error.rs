//! Why metadata are refused: file, record, field, and what to do.

use std::path::PathBuf;

use fyr_schemas::model::ModelFault;
use fyr_store::StoreError;

use crate::{IngestError, NotRemembered};

/// Faults of one record that are listed.
const LISTED: usize = 5;

/// Why metadata are refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The file cannot be read.
    #[error("`{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no JSON.
    #[error("`{}`, record {record}: not JSON: {reason}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Which record, from 1.
        record: u64,
        /// Where and what.
        reason: String,
    },
    /// A record is not of the model.
    #[error("`{}`, record {record}{}: {}", .path.display(), named(.id), listed(.faults))]
    Record {
        /// The file.
        path: PathBuf,
        /// Which record, from 1.
        record: u64,
        /// Its id, if it has one.
        id: Option<String>,
        /// What is wrong with it.
        faults: Vec<ModelFault>,
    },
    /// A cell of a table cannot be read.
    #[error("`{}`, row {row}, column `{column}`: {reason}", .path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// Which row, from 1; the header is the first.
        row: u64,
        /// The name of the column.
        column: String,
        /// What is wrong with it, and what helps.
        reason: String,
    },
    /// Nobody can tell what the file holds.
    #[error(
        "`{}`: neither its name nor its content tells what it holds: name it after its entries \
         (individuals.json), or say it with --as", .0.display()
    )]
    UnknownType(PathBuf),
    /// A table needs a description of its columns.
    #[error("`{}` is a table: say with --columns what its columns mean", .0.display())]
    NoColumns(PathBuf),
    /// The description of columns cannot be used.
    #[error("`{}`: {reason}", .path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The load was given up.
    #[error("interrupted: nothing was changed")]
    Interrupted,
    /// A file or an option cannot be used.
    #[error(transparent)]
    Input(#[from] IngestError),
    /// Further ids of people who withdrew cannot be remembered.
    #[error(transparent)]
    Withdrawn(#[from] NotRemembered),
    /// The store cannot take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn named(id: &Option<String>) -> String {
    id.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default()
}

fn listed(faults: &[ModelFault]) -> String {
    let mut texts: Vec<String> = faults.iter().take(LISTED).map(ToString::to_string).collect();
    if faults.len() > LISTED {
        texts.push(format!("and {} more", faults.len() - LISTED));
    }
    texts.join("; ")
}
