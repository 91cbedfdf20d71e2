//! Alleles at one place, as a record of a file has them.

use rayon::prelude::*;

use super::{Allele, LOSS_OF_FUNCTION, gene_at};
use crate::data::{genome::Genome, genotypes::Drawer};

/// One allele of a gene in so many ends its protein.
const ONE_IN: u64 = 30;

/// A record.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Its alleles, of which nobody carries two on one copy of the sequence.
    pub(super) alleles: Vec<Allele>,
}

/// Draws all records, in order.
pub(super) fn sites(genome: &Genome, drawer: &Drawer) -> Vec<Site> {
    let blocks: Vec<_> = genome.blocks().collect();
    blocks
        .into_par_iter()
        .flat_map_iter(|(stretch, number)| of_block(stretch.block(number), drawer))
        .collect()
}

fn of_block(block: crate::data::genome::Block, drawer: &Drawer) -> Vec<Site> {
    let grouping = drawer.people().grouping();
    let rows: Vec<_> = (block.first..).zip(block.alleles).collect();
    let same = |a: &(u64, fyr_schemas::Variant), b: &(u64, fyr_schemas::Variant)| {
        a.1.interval.start() == b.1.interval.start()
    };
    let site = |rows: &[(u64, fyr_schemas::Variant)]| {
        let drawn = rows.iter().map(|(row, _)| drawer.draw(*row, false)).collect();
        let drawn = crate::data::genotypes::exclusive(drawn);
        let allele = |((row, variant), genotypes): (&(u64, fyr_schemas::Variant), _)| Allele {
            consequence: consequence(*row, variant.interval.start()),
            counts: drawer.count(&genotypes, &grouping),
            variant: variant.clone(),
            genotypes,
        };
        Site { alleles: rows.iter().zip(drawn).map(allele).collect() }
    };
    rows.chunk_by(same).map(site).collect()
}

fn consequence(row: u64, base: u32) -> Option<&'static str> {
    gene_at(base)?;
    Some(if row.is_multiple_of(ONE_IN) { LOSS_OF_FUNCTION } else { "missense_variant" })
}
