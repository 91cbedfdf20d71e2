//! The frequency dataset: counts of alleles, without people.

use std::path::{Path, PathBuf};

use fyr_schemas::{Group, Tally, Variant};
use fyr_store::{Annotation, DatasetKind, FrequencyRow};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{
    genome::{Block, Genome, Stretch},
    segment,
};
use crate::{progress, session::Session};

/// Version of the generator and of the tables' layout; raised when other data come out.
const VERSION: u32 = 3;
/// Sets the counts apart from the places, which are drawn by row number too.
const SEED: u64 = 0x6672_6571_7565_6e63;
/// Populations with their numbers of alleles.
const POPULATIONS: [(&str, u64); 5] =
    [("AFR", 20_000), ("AMR", 30_000), ("EAS", 10_000), ("NFE", 80_000), ("SAS", 12_000)];

/// The frequency dataset and its truth.
#[derive(Debug)]
pub(crate) struct Frequencies {
    /// The store.
    pub(crate) store: PathBuf,
    genome: Genome,
}

impl Frequencies {
    /// Generates the dataset, unless it is there.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(crate) async fn get(session: &Session) -> anyhow::Result<Self> {
        let rows = session.size.frequency_rows;
        let genome = Genome::whole(rows)?;
        let parameters = format!("frequencies {VERSION}: {rows} rows");
        let directory = session
            .data(&format!("frequencies-{rows}"), &parameters, async |path| {
                generate(&path.join("store"), &genome).await
            })
            .await?;
        Ok(Self { store: directory.join("store"), genome })
    }

    /// Counts the alleles that are rarer than one in so many.
    pub(crate) fn rarer_than_one_in(&self, many: u64) -> u64 {
        let is_rare = |row: &u64| {
            let (count, number) = total(&tallies(*row));
            count * many < number
        };
        (0..self.genome.rows()).into_par_iter().filter(is_rare).count() as u64
    }
}

async fn generate(store: &Path, genome: &Genome) -> anyhow::Result<()> {
    let mut writer = segment::begin(store, "FREQUENCIES", DatasetKind::Frequency, Vec::new()).await?;
    let make = |_: &Stretch, block: Block| rows(block);
    segment::write(genome, make, async |rows| Ok(writer.push_frequencies(rows).await?)).await?;
    let waiting = progress::spinner("sorting and writing rows");
    writer.finish().await?;
    waiting.finish_and_clear();
    Ok(())
}

fn rows(block: Block) -> Vec<FrequencyRow> {
    let row = |(number, variant): (u64, Variant)| FrequencyRow {
        variant,
        ids: Vec::new(),
        filters: vec!["PASS".to_owned()],
        shard: 0,
        tallies: groups(number),
        annotation: Annotation::default(),
    };
    (block.first..).zip(block.alleles).map(row).collect()
}

fn groups(row: u64) -> Vec<(Group, Tally)> {
    let tallies = tallies(row);
    let (count, number) = total(&tallies);
    let tally = |(allele_count, allele_number)| Tally { allele_count, allele_number, ..Tally::default() };
    let mut groups = vec![(Group::Total, tally((count, number)))];
    let population = |(label, _): &(&str, u64)| Group::Population((*label).to_owned());
    groups.extend(POPULATIONS.iter().map(population).zip(tallies.map(tally)));
    groups
}

fn total(tallies: &[(u64, u64)]) -> (u64, u64) {
    tallies.iter().fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1))
}

/// Draws AC and AN of each population: half of the alleles are seen once, the others as `1/x`.
fn tallies(row: u64) -> [(u64, u64); 5] {
    let mut rng = ChaCha8Rng::seed_from_u64(row ^ SEED);
    let all: u64 = POPULATIONS.iter().map(|(_, number)| number).sum();
    let copies = match rng.random_bool(0.5) {
        true => 1,
        false => (2.0 * (all as f64 / 4.0).powf(rng.random::<f64>())) as u64,
    };
    let mut left = copies;
    let first = rng.random_range(0..POPULATIONS.len());
    let mut drawn = [(0, 0); 5];
    for turn in 0..POPULATIONS.len() {
        let at = (first + turn) % POPULATIONS.len();
        if let (Some(slot), Some((_, number))) = (drawn.get_mut(at), POPULATIONS.get(at)) {
            let here = left.min((copies * number).div_ceil(all));
            *slot = (here, number - 2 * rng.random_range(0..20));
            left -= here;
        }
    }
    drawn
}
