//! Rows of a generated dataset, straight into the engine: as a VCF they could not be written, let alone be read.

use std::path::Path;

use fyr_schemas::{Assembly, Individual};
use fyr_store::{DatasetKind, Repeated, SegmentSpec, SegmentWriter, Store};
use rayon::prelude::*;

use super::genome::{Block, Genome, Stretch};
use crate::progress;

/// Blocks that are made at once, in parallel.
const CHUNK: usize = 256;
/// Memory for sorting. The rows come in order; larger runs make fewer files to merge.
const SORT_MEMORY: usize = 2 << 30;

/// Starts a dataset of one segment.
///
/// # Errors
///
/// The store cannot be made.
pub(crate) async fn begin(
    store: &Path,
    dataset: &str,
    kind: DatasetKind,
    individuals: Vec<Individual>,
) -> anyhow::Result<SegmentWriter> {
    let spec = SegmentSpec {
        dataset: dataset.to_owned(),
        assembly: Assembly::GRCH38,
        kind,
        normalised: true,
        annotated: false,
        replace: false,
        repeated: Repeated::Refused,
        sources: Vec::new(),
        individuals,
        shards: Vec::new(),
    };
    Ok(Store::open(store).await?.with_sort_memory(SORT_MEMORY).begin(spec).await?)
}

/// Makes the rows of all blocks and hands them on, chunk by chunk.
///
/// # Errors
///
/// Whatever `push` fails with.
pub(crate) async fn write<Row: Send>(
    genome: &Genome,
    make: impl Fn(&Stretch, Block) -> Vec<Row> + Sync,
    mut push: impl AsyncFnMut(Vec<Row>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let bar = progress::bar("generating rows", genome.rows());
    let blocks: Vec<_> = genome.blocks().collect();
    for chunk in blocks.chunks(CHUNK) {
        let make = |(stretch, number): &(&Stretch, u64)| make(stretch, stretch.block(*number));
        let rows: Vec<Row> = chunk.par_iter().flat_map_iter(make).collect();
        bar.inc(rows.len() as u64);
        push(rows).await?;
    }
    bar.finish_and_clear();
    Ok(())
}
