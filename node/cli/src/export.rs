//! `fyr-node export`: writes a dataset of frequencies, such as a published table, to a file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use futures::TryStreamExt;
use fyr_doors::{Failure, TableFormat, TableStream, say};
use fyr_node::{NodeConfig, OwnersView, ServiceError, StartError, config::ConfigError};
use fyr_store::StoreError;

use crate::state::actor;

const EXAMPLE: &str = "\
Examples:
  fyr-node export --config node.toml --dataset FIN-1-freq-2026 --out table.tsv
  fyr-node export --config node.toml --dataset gnomad-4 --out gnomad.parquet

A row is one allele in one group: dataset, sequence, position and end (1-based, inclusive), reference, alternate, group
(Total, a population, F or M, or both as in FIN_F), ac, an, heterozygous, homozygous, hemizygous. What is not told is empty.
Clients whom the rules name get the same of published tables: /g_variants with `Accept: text/tab-separated-values` or
`application/vnd.apache.parquet`. It is recorded in the owner's log. The file is there when it is whole.

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Write a dataset of frequencies, such as a published table, to a file.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct ExportArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The dataset, which has frequencies and no people
    #[arg(long, value_name = "ID")]
    dataset: String,
    /// The file; its name ends in .tsv or .parquet
    #[arg(long, value_name = "FILE", value_parser = output)]
    out: Output,
    /// Who does it, for the record; your user name and this machine where it is left out
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
}

/// Where a table goes, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Output {
    file: PathBuf,
    format: TableFormat,
}

fn output(text: &str) -> Result<Output, String> {
    let file = PathBuf::from(text);
    let format = match file.extension().and_then(|extension| extension.to_str()) {
        Some("tsv") => TableFormat::Tsv,
        Some("parquet") => TableFormat::Parquet,
        _ => return Err("the name has to end in .tsv or .parquet, which says the format".to_owned()),
    };
    Ok(Output { file, format })
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] StartError),
    /// The table cannot be read.
    #[error("dataset `{dataset}`: {source}")]
    Unread {
        /// The dataset.
        dataset: String,
        /// Why.
        source: ServiceError,
    },
    /// The table broke off.
    #[error("dataset `{dataset}` broke off while it was read: {}", why.message)]
    BrokenOff {
        /// The dataset.
        dataset: String,
        /// Why.
        why: Failure,
    },
    /// The file cannot be written.
    #[error("cannot write `{}`: {source}", file.display())]
    Unwritten {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Runs the command.
///
/// # Errors
///
/// The dataset cannot be read, or the file cannot be written; then there is no file.
pub(super) async fn run(args: ExportArgs) -> Result<(), ExportError> {
    let config = NodeConfig::load(Some(&args.config))?;
    config.store_directory().map_or(Ok(()), crate::require_store)?;
    let view = OwnersView::open(&config, &args.actor.unwrap_or_else(actor)).await?;
    let Output { file, format } = args.out;
    let dataset = args.dataset;
    let unread = |source| ExportError::Unread { dataset: dataset.clone(), source };
    let table = view.table(&dataset, format).await.map_err(unread)?;
    let bytes = write(table, &dataset, &file).await?;
    say!("wrote {bytes} bytes of {dataset} to {}", file.display());
    Ok(())
}

/// Writes beside the file, and gives it its name when it is whole.
async fn write(mut table: TableStream, dataset: &str, file: &Path) -> Result<u64, ExportError> {
    let failed = |source| ExportError::Unwritten { file: file.to_owned(), source };
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    let part = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new("."))).map_err(failed)?;
    let mut writer = BufWriter::new(part);
    let mut bytes = 0;
    let broken = |why| ExportError::BrokenOff { dataset: dataset.to_owned(), why };
    while let Some(piece) = table.try_next().await.map_err(broken)? {
        writer.write_all(&piece).map_err(failed)?;
        bytes += piece.len() as u64;
    }
    let part = writer.into_inner().map_err(|error| failed(error.into_error()))?;
    part.as_file().sync_all().map_err(failed)?;
    let _: File = part.persist(file).map_err(|error| failed(error.error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{StreamExt, stream};
    use fyr_schemas::ErrorCode;

    use super::*;

    #[test]
    fn the_name_of_the_file_says_the_format() {
        let format = |name| output(name).map(|output| output.format);
        assert_eq!(format("a/table.tsv"), Ok(TableFormat::Tsv));
        assert_eq!(format("table.parquet"), Ok(TableFormat::Parquet));
        assert!(["table", "table.csv", "tsv"].into_iter().all(|name| format(name).is_err()));
    }

    #[tokio::test]
    async fn a_file_is_there_when_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("table.tsv");
        let broken = [Ok(Bytes::from("a\n")), Err(Failure::new(ErrorCode::Internal))];
        let refused = write(stream::iter(broken).boxed(), "D", &file).await.unwrap_err();
        assert!(matches!(refused, ExportError::BrokenOff { .. }), "{refused}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        let whole = [Ok(Bytes::from("a\n")), Ok(Bytes::from("b\n"))];
        assert_eq!(write(stream::iter(whole).boxed(), "D", &file).await.unwrap(), 4);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\nb\n");
    }
}
