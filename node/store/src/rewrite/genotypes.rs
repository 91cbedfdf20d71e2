//! Taking the genotypes of samples out of a dataset: their bits, blocks, uncalled runs, and what is stated of their files.
//!
//! Documents stay, and so does everybody else as they were. What is left of a segment is what it would be had the samples
//! never been in its files: alleles that no file of the others has are gone.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use roaring::RoaringBitmap;

use super::purge::{Gone, Outcome, Rewriting};
use crate::{
    StoreError, blocking,
    log::{Content, NewFiles, SegmentRecord, StorePlace, Transaction},
    people::{
        EntryKey, IndividualRow, Leaving, Persons, people_of_biosamples, read_entries, read_individuals,
    },
};

/// What was taken out of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemovedSamples {
    /// Version of the store in which they are gone.
    pub version: u64,
    /// Ids of the samples, as they were loaded, sorted.
    pub samples: Vec<String>,
    /// Ids of other samples of the same people, whose genotypes stay, sorted.
    pub beside: Vec<String>,
    /// Segments that were written again.
    pub rewritten: u64,
    /// Segments in which there was nobody else.
    pub dropped: u64,
}

/// Writes segments again without the genotypes that leave them, and returns which segments that replaces. Blocks.
pub(crate) fn leave_out(
    place: &StorePlace,
    files: &mut NewFiles,
    (segments, leaving): (&[Arc<SegmentRecord>], &Leaving),
    version: u64,
) -> Result<Outcome, StoreError> {
    let mut outcome = Outcome::default();
    for segment in segments {
        let Some(numbers) = leaving.numbers(&segment.segment) else { continue };
        let gone = Gone::of_genotypes(numbers.clone());
        let rewriting = Rewriting { place, gone: &gone, version, as_if_never_there: true };
        outcome.add(rewriting.all(files, std::slice::from_ref(segment), &|_, _| {})?);
    }
    Ok(outcome)
}

/// Takes the genotypes of samples out of a dataset, in one commit. An id names the sample that was loaded under it; where
/// there is none, all samples of the person whom it names.
pub(crate) async fn remove(
    mut transaction: Transaction,
    dataset: &str,
    samples: &[String],
) -> Result<RemovedSamples, StoreError> {
    transaction.clean().await?;
    let segments: Vec<_> = transaction.catalog.of_dataset(dataset).cloned().collect();
    if segments.is_empty() {
        return Err(StoreError::UnknownDataset(dataset.to_owned()));
    }
    let (place, claim) = (transaction.place.clone(), transaction.claim());
    let (dataset, samples) = (dataset.to_owned(), samples.to_vec());
    let version = transaction.next_version();
    let writing = move || {
        let mut files = NewFiles::new(&place)?;
        let result = write(&place, &mut files, &segments, (&dataset, &samples), version);
        drop(claim);
        Ok::<_, StoreError>((result?, files))
    };
    let ((summary, replaced), mut files) = blocking("writing segments again", writing).await??;
    transaction.replace_segments(replaced);
    let version = transaction.publish(&mut files, true).await?;
    Ok(RemovedSamples { version, ..summary })
}

fn write(
    place: &StorePlace,
    files: &mut NewFiles,
    segments: &[Arc<SegmentRecord>],
    (dataset, samples): (&str, &[String]),
    version: u64,
) -> Result<(RemovedSamples, HashSet<String>), StoreError> {
    let all = || segments.iter().map(AsRef::as_ref);
    let (known, entries) = (read_individuals(place, all())?, read_entries(place, all())?);
    let persons = Persons::new(&known, &entries);
    let alleles = segments.iter().filter(|segment| segment.content == Content::Variants);
    let is_of_alleles: HashSet<&str> = alleles.map(|segment| segment.segment.as_str()).collect();
    let (members, others): (Vec<&IndividualRow>, Vec<_>) =
        known.iter().partition(|row| is_of_alleles.contains(row.segment()));
    let named = named(&members, &persons, (dataset, samples))?;
    let leaving = Leaving::of(&members, &named)?;
    let Outcome { summary, mut replaced } = leave_out(place, files, (segments, &leaving), version)?;
    let nameless = nameless(&members, &named, &others, &entries);
    replaced.extend(keep_names(place, files, (segments, nameless), version)?);
    let removed = RemovedSamples {
        version,
        samples: named.iter().map(|id| (*id).to_owned()).collect(),
        beside: beside(&members, &persons, &named),
        rewritten: summary.rewritten,
        dropped: summary.dropped,
    };
    Ok((removed, replaced))
}

/// Returns those whose last name goes with their genotypes, while documents are about them: runs may be known by the
/// sample alone.
fn nameless(
    members: &[&IndividualRow],
    named: &BTreeSet<&str>,
    others: &[&IndividualRow],
    entries: &[EntryKey],
) -> Vec<IndividualRow> {
    let (gone, stay): (Vec<_>, Vec<_>) =
        members.iter().copied().partition(|row: &&IndividualRow| named.contains(row.id.as_ref()));
    let mut known: HashSet<u32> = stay.iter().chain(others).map(|row| row.index).collect();
    known.extend(people_of_biosamples(entries).into_values());
    let described: HashSet<u32> = entries.iter().filter_map(|key| key.individual).collect();
    let is_nameless = |row: &&IndividualRow| described.contains(&row.index) && known.insert(row.index);
    gone.into_iter().filter(is_nameless).map(IndividualRow::name_alone).collect()
}

/// Writes the newest segment of documents again, with names of people. Returns which segment that replaces.
fn keep_names(
    place: &StorePlace,
    files: &mut NewFiles,
    (segments, people): (&[Arc<SegmentRecord>], Vec<IndividualRow>),
    version: u64,
) -> Result<Option<String>, StoreError> {
    let newest = segments.iter().rev().find(|segment| segment.content == Content::Metadata);
    let Some(segment) = newest.filter(|_| !people.is_empty()) else { return Ok(None) };
    let gone = Gone::of_genotypes(RoaringBitmap::new());
    let rewriting = Rewriting { place, gone: &gone, version, as_if_never_there: true };
    rewriting.with_more(files, segment, people)?;
    Ok(Some(segment.segment.clone()))
}

/// Returns the ids of the samples that are meant, as they were loaded.
fn named<'a>(
    members: &[&'a IndividualRow],
    persons: &Persons,
    (dataset, samples): (&str, &[String]),
) -> Result<BTreeSet<&'a str>, StoreError> {
    let mut named = BTreeSet::new();
    for sample in samples {
        let loaded: Vec<&str> =
            members.iter().copied().map(|row| row.id.as_ref()).filter(|id| id == sample).take(1).collect();
        let of_person = |row: &&IndividualRow| {
            let person = persons.of_id(sample);
            person.is_some() && persons.of_number(row.index) == person
        };
        let meant = match loaded.is_empty() {
            true => members.iter().copied().filter(of_person).map(|row| row.id.as_ref()).collect(),
            false => loaded,
        };
        if meant.is_empty() {
            let (dataset, sample) = (dataset.to_owned(), sample.clone());
            return Err(StoreError::UnknownSample { dataset, sample });
        }
        named.extend(meant);
    }
    Ok(named)
}

/// Returns the ids of other samples of the people of some.
fn beside(members: &[&IndividualRow], persons: &Persons, named: &BTreeSet<&str>) -> Vec<String> {
    let is_named = |row: &&IndividualRow| named.contains(row.id.as_ref());
    let of: HashSet<_> =
        members.iter().copied().filter(is_named).filter_map(|row| persons.of_number(row.index)).collect();
    let others = members.iter().copied().filter(|row| !is_named(row));
    let theirs = others.filter(|row| persons.of_number(row.index).is_some_and(|person| of.contains(&person)));
    theirs.map(|row| row.id.to_string()).collect::<BTreeSet<_>>().into_iter().collect()
}
