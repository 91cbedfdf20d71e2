//! Removing what no segment lists: leftovers of a crashed ingest, and data that was removed.

use std::collections::{BTreeSet, HashSet};

use super::{
    callable,
    catalog::Catalog,
    layout::{Table, segment_of},
    place::StorePlace,
    table_log::TableLog,
    versions::log_of,
};
use crate::{StoreError, blobs::BlobName};

/// Unlists and deletes everything that does not belong to a listed segment; of what is known to be removed, also what
/// the place does not list yet. The caller holds the claim.
pub(crate) async fn clean(
    place: &StorePlace,
    catalog: &Catalog,
    removed: &BTreeSet<BlobName>,
) -> Result<(), StoreError> {
    let listed: HashSet<&str> = catalog.segments.iter().map(|record| record.segment.as_str()).collect();
    let is_stale = |path: &str| segment_of(path).is_some_and(|segment| !listed.contains(segment));
    let mut stale = removed.clone();
    for table in Table::DATA {
        let mut log = TableLog::open(place, table).await?;
        for path in log.files()?.iter().filter(|path| is_stale(path)) {
            stale.insert(BlobName::new(format!("{}/{path}", table.directory()))?);
        }
        log.commit(&[], is_stale).await?;
    }
    for table in Table::ALL {
        let (log, names) = (log_of(table)?, place.blobs().list(&BlobName::new(table.directory())?).await?);
        stale.extend(names.into_iter().filter(|name| !name.is_below(&log) && is_stale(name.as_str())));
    }
    stale.extend(unstated(place, catalog).await?);
    for name in &stale {
        place.blobs().delete(name).await?;
    }
    Ok(())
}

/// Returns the names of regions that no segment states.
async fn unstated(place: &StorePlace, catalog: &Catalog) -> Result<Vec<BlobName>, StoreError> {
    let stated = catalog.region_files()?;
    let kept = place.blobs().list(&BlobName::new(callable::DIRECTORY)?).await?;
    Ok(kept.into_iter().filter(|name| !stated.contains(name)).collect())
}
