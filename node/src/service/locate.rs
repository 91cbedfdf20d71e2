//! Which datasets a question can be put to, and how it reads in their coordinates. None of it depends on
//! what they hold.

use std::collections::BTreeMap;

use fyr_engine::{DatasetSummary, EngineError};
use fyr_genome::{Genomes, LocateError, Location};
use fyr_policy::Permit;
use fyr_schemas::{Assembly, EntryType, Granularity, Located, Query, VariantQuery};

use crate::{ServiceError, config::Limits};

/// A question in the coordinates of the datasets that it can be put to; a dataset that is not here cannot
/// tell.
pub(super) struct LocatedQuery {
    by_assembly: BTreeMap<Assembly, Location>,
    /// The datasets; none as location where no variants are asked for.
    datasets: BTreeMap<String, Option<Assembly>>,
    left_out: Vec<LocateError>,
}

impl LocatedQuery {
    /// Returns how the question reads for a dataset; none where it cannot be put to it.
    pub(super) fn of(&self, dataset: &str) -> Option<Option<&Location>> {
        let assembly = self.datasets.get(dataset)?;
        Some(assembly.and_then(|assembly| self.by_assembly.get(&assembly)))
    }

    /// Locates the question for a dataset, once for each assembly.
    fn place(
        &mut self,
        genomes: &Genomes,
        dataset: &DatasetSummary,
        variant: &VariantQuery,
    ) -> Result<(), LocateError> {
        let location = match self.by_assembly.get(&dataset.assembly) {
            Some(known) => known.clone(),
            None => genomes.locate(variant, dataset.assembly)?,
        };
        if location.query.needs_annotation() && !dataset.annotated {
            return Err(LocateError::NeedsAnnotation);
        }
        if matches!(location.query, Located::Digest(..)) && !dataset.normalised {
            return Err(LocateError::NeedsSequence);
        }
        self.by_assembly.entry(dataset.assembly).or_insert(location);
        Ok(())
    }

    /// Returns how the question reads in the first of all assemblies that it can be put into, whichever datasets
    /// are asked: so it is one question in whichever assembly it is asked. None where no variants are asked for.
    pub(super) fn in_one_assembly(&self, genomes: &Genomes, query: &Query) -> Option<Located> {
        let variant = query.variant.as_ref()?;
        let read = |assembly: Assembly| match self.by_assembly.get(&assembly) {
            Some(location) => Some(location.query.clone()),
            None => genomes.locate(variant, assembly).ok().map(|location| location.query),
        };
        Assembly::all().find_map(read)
    }

    /// Returns what the client should know of how it was read.
    pub(super) fn warnings(&self) -> Vec<String> {
        let read = self.by_assembly.values().flat_map(|location| location.warnings.iter().cloned());
        let lifted = self.by_assembly.iter().filter_map(|(to, location)| {
            let lift = location.lift?;
            let verified = if lift.verified { "the reference base is the same there" } else { "unverified" };
            Some(format!("lifted from {} to {to}: {verified}", lift.from))
        });
        // That data of the other assembly are not asked is nothing new where no chain file is configured.
        let is_news = |error: &&LocateError| !matches!(error, LocateError::OtherAssembly(_));
        let left_out = self.left_out.iter().filter(is_news);
        let left_out = left_out.map(|error| format!("some datasets were not asked: {error}"));
        read.chain(lifted).chain(left_out).collect()
    }
}

/// Locates a question for all permitted datasets, as those see them who may be counted.
///
/// # Errors
///
/// It can be put to none of them, or names more than records are listed of.
pub(super) fn locate(
    genomes: &Genomes,
    asked: &[DatasetSummary],
    permit: &Permit,
    query: &Query,
    limits: &Limits,
) -> Result<LocatedQuery, ServiceError> {
    let mut located =
        LocatedQuery { by_assembly: BTreeMap::new(), datasets: BTreeMap::new(), left_out: Vec::new() };
    let mut without_people = false;
    for dataset in asked {
        if query.is_about_people() && dataset.kind.is_of_counts() {
            without_people = true;
            continue;
        }
        let assembly = query.variant.as_ref().map(|_| dataset.assembly);
        let placed =
            query.variant.as_ref().map_or(Ok(()), |variant| located.place(genomes, dataset, variant));
        match placed {
            Ok(()) => drop(located.datasets.insert(dataset.id.clone(), assembly)),
            Err(error) if located.left_out.contains(&error) => {}
            Err(error) => located.left_out.push(error),
        }
    }
    if located.datasets.is_empty() && !permit.datasets().is_empty() {
        return Err(match located.left_out.into_iter().next() {
            Some(error) => error.into(),
            None if without_people => EngineError::Unsupported(
                "no dataset that may be asked knows people in these coordinates".into(),
            )
            .into(),
            None => EngineError::Unsupported("no dataset that may be asked is here any more".into()).into(),
        });
    }
    check_span(&located, query, limits)?;
    Ok(located)
}

/// Records of half a genome would be a download, not an answer.
fn check_span(located: &LocatedQuery, query: &Query, limits: &Limits) -> Result<(), ServiceError> {
    if query.granularity != Granularity::Record || query.entry_type != EntryType::GenomicVariant {
        return Ok(());
    }
    let spans = located.by_assembly.values().filter_map(|location| location.query.span());
    match spans.max().filter(|span| *span > limits.record_bases) {
        Some(span) => Err(ServiceError::TooBroad { span, most: limits.record_bases }),
        None => Ok(()),
    }
}
