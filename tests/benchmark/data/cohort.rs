//! A cohort as files: a multi-sample VCF with annotated genes, people with phenotypes, and the same genotypes one file
//! a person, as afquery takes them.

mod repeat;
mod site;
mod write;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use fyr_schemas::{Contig, Interbase, Variant};
use fyr_tests::AlleleCounts;

use super::{
    genome::Genome,
    genotypes::{Drawer, Genotypes, Spectrum},
    people::People,
};
use crate::session::Session;
use site::{Site, sites};

/// Version of the generator; raised when it makes other data.
const VERSION: u32 = 1;
/// Where the cohort has variants, on chromosome 1, interbase.
const WINDOW: (u32, u32) = (1_000_000, 2_200_000);
/// The megabase of it that is asked for.
const MEGABASE: (u32, u32) = (1_100_000, 2_100_000);
/// One allele in ten is common, as in the 1000 Genomes project.
const SPECTRUM: Spectrum = Spectrum { common: 0.1 };
/// Genes of the megabase, and the bases of each.
const GENES: u32 = 20;
const GENE_BASES: u32 = 20_000;
/// The consequence that stands for loss of function.
pub(crate) const LOSS_OF_FUNCTION: &str = "stop_gained";
/// Phenotypes of which each person has one.
pub(crate) const PHENOTYPES: [&str; 5] =
    ["HP:0001250", "HP:0001638", "HP:0000365", "HP:0000510", "HP:0001627"];

/// A cohort and its truth.
#[derive(Debug)]
pub(crate) struct Cohort {
    /// All files.
    pub(crate) directory: PathBuf,
    /// Everyone.
    pub(crate) people: People,
    /// Every allele, in the order of the file.
    pub(crate) alleles: Vec<Allele>,
}

/// An allele with who carries it.
#[derive(Clone, Debug)]
pub(crate) struct Allele {
    pub(crate) variant: Variant,
    genotypes: Genotypes,
    /// What it does to its gene.
    pub(crate) consequence: Option<&'static str>,
    /// Counts per group.
    pub(crate) counts: BTreeMap<String, AlleleCounts>,
}

impl Cohort {
    /// Generates the cohort, unless it is there.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(crate) async fn get(session: &Session) -> anyhow::Result<Self> {
        let (rows, people) = (session.size.cohort_rows, session.size.people);
        let genome = Genome::window(WINDOW.0, WINDOW.1, rows)?;
        let drawer = Drawer::new(People::new(people), SPECTRUM);
        let sites = sites(&genome, &drawer);
        let parameters = format!("cohort {VERSION}: {rows} rows, {people} people");
        let directory = session
            .data(&format!("cohort-{rows}"), &parameters, async |path| {
                write::all(path, drawer.people(), &sites)
            })
            .await?;
        let alleles = sites.into_iter().flat_map(|site| site.alleles).collect();
        Ok(Self { directory, people: drawer.people().clone(), alleles })
    }

    /// The multi-sample file.
    pub(crate) fn vcf(&self) -> PathBuf {
        self.directory.join(write::VCF)
    }

    /// Writes a multi-sample file with the same records on each of the first chromosomes.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(crate) fn repeat_vcf(&self, to: &Path, chromosomes: u32) -> anyhow::Result<()> {
        repeat::repeat(&self.vcf(), to, chromosomes)
    }

    /// The table of genes.
    pub(crate) fn genes(&self) -> PathBuf {
        self.directory.join(write::GENES)
    }

    /// Sexes and populations.
    pub(crate) fn panel(&self) -> PathBuf {
        self.directory.join(write::PANEL)
    }

    /// Documents of the people, with phenotypes.
    pub(crate) fn individuals(&self) -> PathBuf {
        self.directory.join(write::INDIVIDUALS)
    }

    /// Which file is whose, as afquery takes it.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.directory.join(write::MANIFEST)
    }

    /// The sequence that has the variants.
    pub(crate) fn contig(&self) -> Option<&Contig> {
        self.alleles.first().map(|allele| &allele.variant.contig)
    }

    /// The megabase that is asked for.
    ///
    /// # Errors
    ///
    /// None.
    pub(crate) fn megabase() -> anyhow::Result<Interbase> {
        Ok(Interbase::new(MEGABASE.0.into(), MEGABASE.1.into())?)
    }

    /// Counts the people with a phenotype who carry one of some alleles.
    pub(crate) fn carriers(&self, phenotype: &str, is_meant: impl Fn(&Allele) -> bool) -> u64 {
        let meant: Vec<&Allele> = self.alleles.iter().filter(|allele| is_meant(allele)).collect();
        let carries = |person: &usize| meant.iter().any(|allele| allele.genotypes.pair(*person) != 0);
        let has = |person: &usize| phenotype_of(*person) == phenotype;
        (0..self.people.len()).filter(has).filter(carries).count() as u64
    }
}

impl Allele {
    /// Returns whether somebody carries it.
    pub(crate) fn is_carried(&self) -> bool {
        self.total().allele_count > 0
    }

    /// Returns the counts over everyone.
    pub(crate) fn total(&self) -> AlleleCounts {
        self.counts.get("Total").copied().unwrap_or_default()
    }

    /// Returns whether it overlaps an interval.
    pub(crate) fn overlaps(&self, interval: Interbase) -> bool {
        self.variant.interval.start() < interval.end() && self.variant.interval.end() > interval.start()
    }

    /// Returns whether it starts in an interval: what afquery asks for.
    pub(crate) fn starts_in(&self, interval: Interbase) -> bool {
        (interval.start()..interval.end()).contains(&self.variant.interval.start())
    }
}

/// Returns the symbol of a gene, and where it is.
///
/// # Errors
///
/// None.
pub(crate) fn gene(number: u32) -> anyhow::Result<(String, Interbase)> {
    let start = MEGABASE.0 + number * ((MEGABASE.1 - MEGABASE.0) / GENES);
    Ok((format!("GENE{number:02}"), Interbase::new(start.into(), (start + GENE_BASES).into())?))
}

/// Returns the number of the gene at a base.
fn gene_at(base: u32) -> Option<u32> {
    let offset = base.checked_sub(MEGABASE.0)?;
    let distance = (MEGABASE.1 - MEGABASE.0) / GENES;
    (offset / distance < GENES && offset % distance < GENE_BASES).then_some(offset / distance)
}

/// Returns the phenotype of a person.
pub(crate) fn phenotype_of(person: usize) -> &'static str {
    PHENOTYPES.iter().cycle().nth(person * 7 % 100).copied().unwrap_or_default()
}
