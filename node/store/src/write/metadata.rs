//! Writing what is known of people, samples, runs, analyses and cohorts.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry as MapEntry};

use fyr_schemas::{Assembly, EntryType, Individual, Sex, model::Entry};
use serde_json::Value;
use uuid::Uuid;

use super::numbering::Numbering;
use crate::{
    DatasetKind, SourceFile, StoreError, blocking, clock,
    file::rows,
    log::{Content, FileRecord, NewFiles, SegmentRecord, StorePlace, Table, Transaction, segments_schema},
    people::{
        COHORT_SIZE, EntryKey, EntryRow, FactRow, IndividualRow, read_entries, read_individuals,
        write_entries, write_individuals,
    },
};

/// What a metadata segment is to be.
#[derive(Clone, Debug)]
pub struct MetadataSpec {
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the dataset's coordinates; needed only where the dataset is new.
    pub assembly: Option<Assembly>,
    /// The files that the entries come from.
    pub sources: Vec<SourceFile>,
    /// Replaces the metadata that the dataset has; its variants stay.
    pub replace: bool,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataSummary {
    /// Version of the store in which it is visible.
    pub version: u64,
    /// Entries by type.
    pub entries: BTreeMap<EntryType, u64>,
    /// People of whom it is said who they are, beside documents.
    pub related: u64,
    /// People with genotypes and metadata.
    pub joined: u64,
    /// Ids of individuals with metadata that no sample of the dataset has, sorted.
    pub without_genotypes: Vec<String>,
    /// Sample ids of the dataset without metadata, sorted.
    pub without_metadata: Vec<String>,
}

/// A metadata segment that is being written; invisible until it is finished.
///
/// Its entries are held in memory until then: links between them may point forward.
#[derive(Debug)]
pub struct MetadataWriter {
    transaction: Transaction,
    segment: String,
    spec: MetadataSpec,
    kind: DatasetKind,
    assembly: Assembly,
    entries: BTreeMap<(EntryType, String), Entry>,
    related: BTreeMap<String, Individual>,
}

impl MetadataWriter {
    /// Starts a segment under a transaction.
    pub(crate) async fn new(mut transaction: Transaction, spec: MetadataSpec) -> Result<Self, StoreError> {
        let first = transaction.catalog.of_dataset(&spec.dataset).next();
        let (kind, assembly) = match (first, spec.assembly) {
            (Some(segment), _) => (segment.kind, spec.assembly.unwrap_or(segment.assembly)),
            (None, Some(assembly)) => (DatasetKind::Individual, assembly),
            (None, None) => return Err(StoreError::NoAssembly(spec.dataset)),
        };
        if spec.replace {
            transaction.replace(&spec.dataset, Some(Content::Metadata));
        }
        transaction.check_kind(&spec.dataset, kind, assembly)?;
        transaction.check_sources(&spec.dataset, &spec.sources)?;
        transaction.clean().await?;
        let segment = Uuid::now_v7().to_string();
        Ok(Self {
            transaction,
            segment,
            spec,
            kind,
            assembly,
            entries: BTreeMap::new(),
            related: BTreeMap::new(),
        })
    }

    /// Adds an entry. One that the dataset has already is replaced when the segment is finished.
    ///
    /// # Errors
    ///
    /// The segment has an entry of this type and id already.
    pub fn push(&mut self, mut entry: Entry) -> Result<(), StoreError> {
        let key = (entry.entry_type, entry.id.clone());
        if self.entries.contains_key(&key) {
            return Err(StoreError::DuplicateEntry { entry_type: key.0, id: key.1 });
        }
        if !entry.members.is_empty() {
            // It is counted when it is shown: as a fact it would outlast a withdrawal.
            entry.document.as_object_mut().map(|cohort| cohort.remove(COHORT_SIZE));
        }
        self.entries.insert(key, entry);
        Ok(())
    }

    /// Says of what sex, populations and family somebody is, without a document. A document of theirs in the same segment
    /// says it better.
    ///
    /// # Errors
    ///
    /// It was said of them already.
    pub fn relate(&mut self, person: Individual) -> Result<(), StoreError> {
        match self.related.entry(person.id.clone()) {
            MapEntry::Occupied(there) => {
                let id = there.key().clone();
                Err(StoreError::DuplicateEntry { entry_type: EntryType::Individual, id })
            }
            MapEntry::Vacant(free) => {
                free.insert(person);
                Ok(())
            }
        }
    }

    /// Commits the segment.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn finish(self) -> Result<MetadataSummary, StoreError> {
        let Self { mut transaction, segment, spec, kind, assembly, entries, related } = self;
        let replaces = spec.replace;
        let draft = Draft { segment, spec, kind, assembly, version: transaction.next_version() };
        let kept: Vec<SegmentRecord> = transaction.kept(&draft.spec.dataset).cloned().collect();
        let (place, claim) = (transaction.place.clone(), transaction.claim());
        let writing = move || {
            let mut files = NewFiles::new(&place)?;
            let known = Known::read(&place, &kept)?;
            let said = Said { documents: entries.into_values().collect(), related };
            let result = draft.write(&mut files, known, &said);
            drop(claim);
            Ok::<_, StoreError>((result?, files))
        };
        let (summary, mut files) = blocking("writing metadata", writing).await??;
        let version = transaction.publish(&mut files, replaces).await?;
        Ok(MetadataSummary { version, ..summary })
    }
}

/// What the new segment says: in documents, and of people without documents.
struct Said {
    documents: Vec<Entry>,
    related: BTreeMap<String, Individual>,
}

/// What the dataset keeps beside the new segment.
struct Known {
    people: Vec<IndividualRow>,
    /// Numbers of those who have genotypes, with their sample ids.
    genotyped: BTreeMap<u32, String>,
    entries: Vec<EntryKey>,
}

impl Known {
    fn read(place: &StorePlace, kept: &[SegmentRecord]) -> Result<Self, StoreError> {
        let variants = kept.iter().filter(|segment| segment.content == Content::Variants);
        let genotyped =
            read_individuals(place, variants)?.into_iter().map(|row| (row.index, row.id.to_string()));
        Ok(Self {
            people: read_individuals(place, kept)?,
            genotyped: genotyped.collect(),
            entries: read_entries(place, kept)?,
        })
    }
}

/// A segment that is complete and not yet written.
struct Draft {
    segment: String,
    spec: MetadataSpec,
    kind: DatasetKind,
    assembly: Assembly,
    version: u64,
}

impl Draft {
    /// Writes all files, that of `segments` last. Blocks.
    fn write(self, files: &mut NewFiles, known: Known, said: &Said) -> Result<MetadataSummary, StoreError> {
        let documents = &said.documents;
        let numbering = Numbering::new((&known.people, &known.entries), documents, said.related.keys());
        let rows: Vec<EntryRow> = documents.iter().map(|entry| self.row(entry, &numbering)).collect();
        let facts = documents.iter().zip(&rows).flat_map(|(entry, row)| facts(entry, row)).collect();
        write_entries(files, &self.segment, &rows, facts)?;
        let people: Vec<(Individual, u32)> =
            numbering.people().map(|(id, index)| (said.individual(id), index)).collect();
        let (individuals, indices): (Vec<_>, Vec<_>) = people.into_iter().unzip();
        write_individuals(
            files,
            &self.segment,
            &self.spec.dataset,
            (&individuals, &indices),
            BTreeMap::new(),
        )?;
        let summary = summary(&known, &rows, (&numbering, &said.related));
        let record = self.record(files.records(), indices.len() as u64)?;
        let file = files.create(FileRecord::of_table(Table::Segments, &record.segment))?;
        files.close(rows::write(file, segments_schema(), std::slice::from_ref(&record))?, 1)?;
        Ok(summary)
    }

    fn row(&self, entry: &Entry, numbering: &Numbering) -> EntryRow {
        let individual = numbering.person_of(entry);
        let everyone = entry.members.is_empty();
        let members = entry.members.iter().filter_map(|id| numbering.person(id));
        EntryRow {
            segment: self.segment.clone(),
            dataset: self.spec.dataset.clone(),
            entry_type: entry.entry_type,
            number: numbering.number(entry.entry_type, &entry.id),
            id: entry.id.clone(),
            individual,
            biosample: entry.biosample.as_deref().and_then(|id| numbering.find(EntryType::Biosample, id)),
            run: entry.run.as_deref().and_then(|id| numbering.find(EntryType::Run, id)),
            members: (entry.entry_type == EntryType::Cohort && !everyone).then(|| members.collect()),
            document: entry.document.to_string(),
        }
    }

    fn record(self, files: &[FileRecord], individuals: u64) -> Result<SegmentRecord, StoreError> {
        Ok(SegmentRecord {
            segment: self.segment,
            dataset: self.spec.dataset,
            assembly: self.assembly,
            kind: self.kind,
            content: Content::Metadata,
            normalised: true,
            annotated: true,
            whole: Some(true),
            callable: None,
            ingests: Vec::new(),
            publication: None,
            created: clock::now()?,
            version: self.version,
            individuals,
            variants: 0,
            bytes: files.iter().map(|file| file.bytes).sum(),
            sources: self.spec.sources,
            files: files.to_vec(),
        })
    }
}

fn facts(entry: &Entry, row: &EntryRow) -> Vec<FactRow> {
    let fact = |fact: fyr_schemas::model::Fact| FactRow {
        segment: row.segment.clone(),
        dataset: row.dataset.clone(),
        entry_type: row.entry_type,
        number: row.number,
        field: fact.field,
        term: fact.term,
        label: fact.label,
        text: fact.text,
        value: fact.number,
        absent: fact.absent,
    };
    entry.facts().into_iter().map(fact).collect()
}

impl Said {
    /// What is said of a person that counting needs to know: by their own document, else by a pedigree.
    fn individual(&self, id: &str) -> Individual {
        let own = individual(id, &self.documents);
        let Some(related) = self.related.get(id) else { return own };
        let sex = if own.sex == Sex::Unknown { related.sex } else { own.sex };
        let family = own.family.or_else(|| related.family.clone());
        Individual { sex, family, populations: related.populations.clone(), ..own }
    }
}

/// What a person's own document says that counting needs to know.
fn individual(id: &str, documents: &[Entry]) -> Individual {
    let is_theirs = |entry: &&Entry| entry.entry_type == EntryType::Individual && entry.id == id;
    let at = documents
        .binary_search_by(|entry| (entry.entry_type, entry.id.as_str()).cmp(&(EntryType::Individual, id)));
    let document = at.ok().and_then(|at| documents.get(at)).filter(is_theirs);
    let sex = document.and_then(|entry| entry.document.pointer("/sex/id")?.as_str());
    Individual {
        id: id.to_owned(),
        sex: sex.map_or(Sex::Unknown, Sex::of_term),
        populations: Vec::new(),
        family: document.and_then(|entry| family(id, &entry.document)),
    }
}

/// Returns the family of a person: the first pedigree of theirs that lists them. One that lists only others would go with
/// those.
fn family(id: &str, document: &Value) -> Option<String> {
    let is_theirs = |member: &Value| member.get("memberId").and_then(Value::as_str) == Some(id);
    let lists = |pedigree: &&Value| {
        let members = pedigree.get("members").and_then(Value::as_array);
        members.is_some_and(|members| members.iter().any(is_theirs))
    };
    let pedigree = document.get("pedigrees")?.as_array()?.iter().find(lists)?;
    Some(pedigree.get("id")?.as_str()?.to_owned())
}

fn summary(
    known: &Known,
    rows: &[EntryRow],
    (numbering, related): (&Numbering, &BTreeMap<String, Individual>),
) -> MetadataSummary {
    let mut entries: BTreeMap<EntryType, u64> = BTreeMap::new();
    rows.iter().for_each(|row| *entries.entry(row.entry_type).or_default() += 1);
    let before = known.entries.iter().filter_map(|key| key.individual);
    let described = before.chain(rows.iter().filter_map(|row| row.individual));
    let described: BTreeSet<u32> =
        described.chain(related.keys().filter_map(|id| numbering.person(id))).collect();
    let is_genotyped = |index: &u32| known.genotyped.contains_key(index);
    let without = numbering.people().filter(|(_, index)| !is_genotyped(index));
    let undescribed = known.genotyped.iter().filter(|(index, _)| !described.contains(index));
    let mut without_metadata: Vec<String> = undescribed.map(|(_, id)| id.clone()).collect();
    without_metadata.sort();
    MetadataSummary {
        version: 0,
        entries,
        related: related.len() as u64,
        joined: described.iter().filter(|index| is_genotyped(index)).count() as u64,
        without_genotypes: without.map(|(id, _)| id.to_owned()).collect(),
        without_metadata,
    }
}
