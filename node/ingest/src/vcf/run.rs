//! One ingest from its options to its report.

use std::time::{Duration, Instant};

use fyr_genome::Genome;
use fyr_schemas::Contig;
use fyr_store::{
    DatasetKind, Regions, SegmentSpec, SegmentSummary, SegmentWriter, Store, StoreError, log::Callable,
};

use super::{
    IngestError, IngestOptions, IngestReport, Phase, Progress,
    account::Account,
    genome::{GenomeFiles, load_genome},
    inputs::Inputs,
    notes::Note,
    reference::{Bases, Reference},
    report::StatedRegions,
    rows::Batch,
    sources::{self, Unchanged},
};

/// How long to wait before the store is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// Reads all inputs and commits them as one segment of the store.
///
/// Dropping the future, or the end of the process at any moment, leaves the store as it was.
///
/// # Errors
///
/// A malformed input, with the first fault of the first such file; options that do not fit; a store
/// that cannot take the segment.
pub async fn ingest(options: IngestOptions, progress: Progress) -> Result<IngestReport, IngestError> {
    let started = Instant::now();
    options.validate()?;
    let unchanged = Unchanged::look(&options.inputs)?;
    let files = sources::identify(&options.inputs, &progress).await?;
    let store = Store::open_beside(&options.store, options.beside).await?;
    let reference = genome(&options, &progress).await?;
    let stated = stated(&options, reference.as_ref())?;
    let inputs = Inputs::open(&options, reference)?;
    let mut writer = begin(&store, inputs.spec(&options, files), options.wait).await?;
    let indices = writer.indices().to_vec();
    let account = read(&options, &inputs, &indices, &progress, Some(&mut writer)).await?;
    unchanged.check()?;
    let contradicted_sex = account.sexes.check(&options, &inputs.cohort.individuals, &indices)?;
    writer.mark_normalised(account.contigs.keys().all(|contig| inputs.aligns(contig)));
    let callable = stated.as_ref().map(StatedRegions::of);
    if let Some((callable, regions)) = stated {
        writer.state_callable(callable, regions);
    }
    progress.start(Phase::Writing, 0);
    let segment = writer.finish().await?;
    let report = report(&options, inputs, account, Some(segment), started);
    Ok(IngestReport { callable, contradicted_sex, ..report })
}

/// Reads all inputs as [`ingest`] does, and writes nothing: the store and dataset are not looked at.
///
/// # Errors
///
/// As [`ingest`], apart from those of the store, and of records without samples and counts: a file of
/// such records is well-formed, though there is nothing in it to answer from. The report counts them.
pub async fn check(options: IngestOptions, progress: Progress) -> Result<IngestReport, IngestError> {
    let started = Instant::now();
    options.validate()?;
    let reference = options.reference.as_deref().map(|path| Reference::open(path, options.assembly));
    let inputs = Inputs::open(&options, reference.transpose()?.map(Bases::File))?;
    let stated = stated(&options, None)?;
    let indices: Vec<u32> = (0..inputs.cohort.individuals.len() as u32).collect();
    let account = read(&options, &inputs, &indices, &progress, None).await?;
    let contradicted_sex = account.sexes.check(&options, &inputs.cohort.individuals, &indices)?;
    let callable = stated.as_ref().map(StatedRegions::of);
    Ok(IngestReport { callable, contradicted_sex, ..report(&options, inputs, account, None, started) })
}

/// Reads where the files would have listed whatever their people carry, if somebody says so.
fn stated(
    options: &IngestOptions,
    reference: Option<&Bases>,
) -> Result<Option<(Callable, Option<Regions>)>, IngestError> {
    let known = reference.and_then(Bases::sequences);
    options.callable.as_ref().map(|callable| callable.read(options.assembly, known)).transpose()
}

/// Begins to write, and waits a while for somebody else who does: a compaction puts what it merged in a moment.
async fn begin(store: &Store, spec: SegmentSpec, wait: Duration) -> Result<SegmentWriter, StoreError> {
    let started = Instant::now();
    loop {
        match store.begin(spec.clone()).await {
            Err(StoreError::Locked(_)) if started.elapsed() < wait => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
}

/// Keeps the reference sequences and genes that were given in the store, and opens what it has.
async fn genome(options: &IngestOptions, progress: &Progress) -> Result<Option<Bases>, IngestError> {
    let (options, progress) = (options.clone(), progress.clone());
    let install = move || {
        let store = options.store.as_path();
        let (reference, genes) = (options.reference.clone(), options.genes.clone());
        let files = GenomeFiles { reference, genes, ..GenomeFiles::default() };
        load_genome(store, options.assembly, &files, &progress)?;
        let sequences = Genome::open(store, options.assembly)?.sequences;
        let must_cover = options.reference.is_some();
        Ok((!sequences.is_empty()).then_some(Bases::Store { sequences, must_cover }))
    };
    tokio::task::spawn_blocking(install).await.map_err(|_| IngestError::Interrupted)?
}

/// Reads the records of all inputs, one file after the other, into the writer.
async fn read(
    options: &IngestOptions,
    inputs: &Inputs,
    indices: &[u32],
    progress: &Progress,
    mut writer: Option<&mut SegmentWriter>,
) -> Result<Account, IngestError> {
    progress.start(Phase::Reading, sources::total_bytes(&options.inputs)?);
    let mut account = Account::default();
    for (shard, path) in options.inputs.iter().enumerate() {
        let mut batches = inputs.start(options, shard, indices, progress, writer.is_none())?;
        let binary = batches.binary;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            account.check(&batch, path, binary)?;
            account.add(shard, &batch);
            progress.add_rows(batch.counts.records, batch.counts.alleles);
            if let Some(writer) = writer.as_deref_mut() {
                write(writer, inputs.kind, batch).await?;
            }
        }
        account.end(path, binary)?;
    }
    if inputs.cohort.same_people || inputs.kind.is_of_counts() {
        account.check_regions(&options.inputs)?;
    }
    Ok(account)
}

async fn write(writer: &mut SegmentWriter, kind: DatasetKind, batch: Batch) -> Result<(), IngestError> {
    for Note { person, contig, interval, is_called } in &batch.notes {
        writer.note(*person, contig, *interval, *is_called);
    }
    match kind {
        DatasetKind::Individual => writer.push_genotypes(batch.genotypes).await?,
        DatasetKind::Frequency | DatasetKind::Reference => writer.push_frequencies(batch.frequencies).await?,
    }
    Ok(())
}

fn report(
    options: &IngestOptions,
    inputs: Inputs,
    account: Account,
    segment: Option<SegmentSummary>,
    started: Instant,
) -> IngestReport {
    let is_unknown = |contig: &&Contig| Contig::asked(contig.name(), options.assembly).is_err();
    IngestReport {
        unknown_sequences: account.contigs.keys().filter(is_unknown).cloned().collect(),
        dataset: options.dataset.clone(),
        assembly: options.assembly,
        kind: inputs.kind,
        unread_header_lines: inputs.unread_header_lines(),
        files: options.inputs.len(),
        individuals: inputs.cohort.individuals.len(),
        unlisted: inputs.cohort.unlisted,
        withdrawn: inputs.cohort.withdrawn,
        contradicted_sex: Vec::new(),
        callable: None,
        counts: account.counts,
        contigs: account.contigs,
        renamed: account.renamed,
        segment,
        elapsed: started.elapsed(),
    }
}
