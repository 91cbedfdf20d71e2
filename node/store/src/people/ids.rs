//! Which people a store has heard of, so that a typing error of an operator is noticed.

use std::{collections::BTreeSet, sync::Arc};

use fyr_schemas::EntryType;

use super::{Store, catalog::Catalog, entries, people};
use crate::EngineError;

impl Store {
    /// Returns every id under which people of a dataset are known: of themselves, their samples and their
    /// biosamples. None of a dataset that is not there.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn ids(&self, dataset: &str) -> Result<BTreeSet<String>, EngineError> {
        let catalog = Catalog::load(&self.path, &Catalog::default()).await?;
        let segments: Vec<_> = catalog.of_dataset(dataset).cloned().collect();
        let root = Arc::clone(&self.path);
        let reading = tokio::task::spawn_blocking(move || {
            let segments = || segments.iter().map(AsRef::as_ref);
            let names_a_person =
                |kind: EntryType| matches!(kind, EntryType::Individual | EntryType::Biosample);
            let people = people::read(&root, segments())?.into_iter().map(|person| person.id.to_string());
            let entries = entries::read(&root, segments())?.into_iter();
            let entries = entries.filter(|key| names_a_person(key.entry_type)).map(|key| key.id.to_string());
            Ok(people.chain(entries).collect())
        });
        reading.await.map_err(|error| EngineError::Corrupt(format!("reading people: {error}")))?
    }
}
