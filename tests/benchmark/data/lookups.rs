//! The large dataset: alleles of the whole genome with the genotypes of 2,504 people.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use fyr_schemas::Assembly;
use fyr_store::{Annotation, DatasetKind, GenotypeRow};

use super::{
    genome::{Block, Genome, Stretch},
    genotypes::{Drawer, Spectrum},
    people::People,
    segment,
};
use crate::{progress, session::Session};

/// Version of the generator and of the tables' layout; raised when other data come out.
const VERSION: u32 = 3;
/// One allele in a hundred is common, so that a row has some 60 bytes of carriers.
const SPECTRUM: Spectrum = Spectrum { common: 0.01 };

/// The large dataset and its truth.
#[derive(Debug)]
pub(crate) struct Lookups {
    /// The store.
    pub(crate) store: PathBuf,
    /// Where the rows lie.
    pub(crate) genome: Genome,
    /// Who carries them.
    pub(crate) drawer: Drawer,
}

impl Lookups {
    /// Generates the dataset, unless it is there.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(crate) async fn get(session: &Session) -> anyhow::Result<Self> {
        let (rows, people) = (session.size.rows, session.size.people);
        let genome = Genome::whole(rows)?;
        let drawer = Drawer::new(People::new(people), SPECTRUM);
        let parameters = format!("lookups {VERSION}: {rows} rows, {people} people");
        let directory = session
            .data(&format!("lookups-{rows}"), &parameters, async |path| {
                generate(&path.join("store"), &genome, &drawer).await
            })
            .await?;
        let store = directory.join("store");
        warm(&store)?;
        Ok(Self { store, genome, drawer })
    }
}

/// Reads all files once, so that the system has them in its page cache, whatever ran before.
fn warm(directory: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            warm(&entry.path())?;
        } else {
            std::io::copy(&mut File::open(entry.path())?, &mut std::io::sink())?;
        }
    }
    Ok(())
}

async fn generate(store: &Path, genome: &Genome, drawer: &Drawer) -> anyhow::Result<()> {
    let individuals = drawer.people().individuals.clone();
    let mut writer = segment::begin(store, "LARGE", DatasetKind::Individual, individuals).await?;
    let make = |_: &Stretch, block: Block| rows(drawer, block);
    segment::write(genome, make, async |rows| Ok(writer.push_genotypes(rows).await?)).await?;
    let waiting = progress::spinner("sorting and writing rows");
    writer.finish().await?;
    waiting.finish_and_clear();
    Ok(())
}

fn rows(drawer: &Drawer, block: Block) -> Vec<GenotypeRow> {
    let row = |(number, variant): (u64, fyr_schemas::Variant)| {
        let genotypes = drawer.draw(number, !variant.contig.is_autosome(Assembly::GRCH38));
        GenotypeRow {
            carriers: drawer.carriers(&genotypes),
            variant,
            ids: Vec::new(),
            filters: vec!["PASS".to_owned()],
            shard: 0,
            annotation: Annotation::default(),
        }
    };
    (block.first..).zip(block.alleles).map(row).collect()
}
