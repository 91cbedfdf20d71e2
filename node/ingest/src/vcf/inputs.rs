//! All inputs of an ingest together: opened once for their headers, and once more for their records.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use fyr_schemas::Contig;
use fyr_store::{DatasetKind, SegmentSpec, SourceFile};

use super::{
    IngestError, IngestOptions, Progress,
    cohort::{Cohort, Person},
    frequencies::FieldNames,
    header::{self, Header},
    input::{self, Format},
    pipeline::Batches,
    reference::Bases,
    rows::Source,
    table,
};

/// The inputs, their headers and the people in them.
pub(crate) struct Inputs {
    headers: Vec<Header>,
    pub(crate) cohort: Cohort,
    pub(crate) kind: DatasetKind,
    reference: Option<Arc<Bases>>,
    field_names: Arc<FieldNames>,
}

impl Inputs {
    /// Reads the headers and whatever else must be known before the first record.
    pub(crate) fn open(options: &IngestOptions, reference: Option<Bases>) -> Result<Self, IngestError> {
        let reference = reference.map(Arc::new);
        let open = |path: &PathBuf| {
            let (header, ..) = open(path, options, &Progress::default())?;
            header.build.check(options.assembly, path)?;
            if !header.samples.is_empty() {
                options.calls.check(&header.formats).map_err(|message| IngestError::file(path, message))?;
            }
            Ok(header)
        };
        let headers = options.inputs.iter().map(open).collect::<Result<Vec<_>, IngestError>>()?;
        let cohort = Cohort::assemble(options, &headers)?;
        let sites_only = headers.iter().all(|header| header.samples.is_empty());
        let kind = match (options.as_reference, sites_only) {
            (true, true) => DatasetKind::Reference,
            (true, false) => {
                let message = "--as-reference takes frequencies of other people, without samples: name files of sites, or \
                               tables";
                return Err(IngestError::Options(message.into()));
            }
            (false, true) => DatasetKind::Frequency,
            (false, false) => DatasetKind::Individual,
        };
        if kind.is_of_counts() && options.callable.is_some() {
            let message = "--callable is about files with samples: files without them state their own AN";
            return Err(IngestError::Options(message.into()));
        }
        if kind.is_of_counts() {
            options.calls.check_sites()?;
        }
        let field_names = Arc::new(FieldNames::load(options.frequency_fields.as_deref())?);
        Ok(Self { headers, cohort, kind, reference, field_names })
    }

    /// Returns how many header lines could not be read.
    pub(crate) fn unread_header_lines(&self) -> u64 {
        self.headers.iter().map(|header| header.unread).sum()
    }

    /// Describes the segment to be.
    pub(crate) fn spec(&self, options: &IngestOptions, sources: Vec<SourceFile>) -> SegmentSpec {
        SegmentSpec {
            dataset: options.dataset.clone(),
            assembly: options.assembly,
            kind: self.kind,
            normalised: false,
            annotated: self.headers.iter().all(|header| !header.annotations.is_empty()),
            replace: options.replace,
            repeated: options.repeated,
            sources,
            individuals: self.cohort.individuals.clone(),
            shards: self.cohort.columns.iter().map(|c| c.iter().flatten().copied().collect()).collect(),
        }
    }

    /// Starts to read the records of one input; `indices` are the bitmap indices of the people.
    pub(crate) fn start(
        &self,
        options: &IngestOptions,
        shard: usize,
        indices: &[u32],
        progress: &Progress,
        lenient: bool,
    ) -> Result<Batches, IngestError> {
        let Some(path) = options.inputs.get(shard) else {
            return Err(IngestError::Interrupted);
        };
        let (header, format, bytes) = open(path, options, progress)?;
        if self.headers.get(shard) != Some(&header) {
            return Err(IngestError::file(path, "the file changed while it was read: try again"));
        }
        let source = Source {
            path: path.clone(),
            binary: format == Format::Bcf,
            not_in_file: match format {
                Format::Vcf => 0,
                Format::Bcf => header.lines,
                Format::Table => table::MORE_LINES,
            },
            as_reference: options.as_reference,
            shard: shard as u32,
            assembly: options.assembly,
            columns: self.people(shard, indices),
            ploidy: options.ploidy,
            calls: options.calls.clone(),
            callable: options.callable.is_some(),
            reference: self.reference.clone(),
            field_names: Arc::clone(&self.field_names),
            lenient,
            header,
        };
        Ok(Batches::start(Arc::new(source), bytes))
    }

    /// Returns whether the alleles of a sequence are aligned.
    pub(crate) fn aligns(&self, contig: &Contig) -> bool {
        self.reference.as_deref().is_some_and(|bases| bases.covers(contig))
    }

    fn people(&self, shard: usize, indices: &[u32]) -> Vec<Option<Person>> {
        let person = |at: usize| {
            let individual = self.cohort.individuals.get(at)?;
            Some(Person { index: *indices.get(at)?, sex: individual.sex })
        };
        let columns = self.cohort.columns.get(shard).map(Vec::as_slice).unwrap_or_default();
        columns.iter().map(|column| column.and_then(person)).collect()
    }
}

type Opened = (Header, Format, Box<dyn std::io::BufRead + Send>);

fn open(path: &Path, options: &IngestOptions, progress: &Progress) -> Result<Opened, IngestError> {
    let mut input = input::open(path, &options.calls.keys(), options.as_reference, progress)?;
    let header = header::read(&mut *input.bytes, path)?;
    Ok((header, input.format, input.bytes))
}
