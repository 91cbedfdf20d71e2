//! Alleles, regions and genes of a cohort, beside afquery and bcftools.

mod ours;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::ensure;
use fyr_schemas::{Interbase, VariantType};
use serde_json::{Value, json};

use super::ingest::afquery;
use crate::{
    bcftools,
    data::cohort::{Allele, Cohort, LOSS_OF_FUNCTION, PHENOTYPES, gene},
    measure::{Durations, TURN},
    process,
    python::Peer,
    services::NodeOptions,
    session::Session,
    table::{Quantity, Row, Target},
};
use ours::Fyr;

/// Least that Fyr must be faster than afquery over a region or a gene.
const REGION_FASTER: f64 = 10.0;
/// Least that Fyr must be faster than afquery for one allele.
const POINT_FASTER: f64 = 100.0;
/// Genes that are asked for.
const GENES: u32 = 3;

const AFQUERY: &str = include_str!("../peers/afquery_peer.py");

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let cohort = Cohort::get(session).await?;
    let store = prepare(session, &cohort)?;
    let node = session.start_node(&NodeOptions::new("region", &store))?;
    let mut fyr = Fyr::open(&node).await?;
    if let Some((database, _)) = afquery(session, &cohort, "afquery-region")? {
        let script = session.python.as_ref().map(|python| python.start(AFQUERY, &[&database]));
        if let Some(peer) = script.transpose()? {
            beside_afquery(session, &cohort, &mut fyr, peer).await?;
        }
    } else {
        session.add(Row::not_available("region", "afquery"));
    }
    beside_bcftools(session, &cohort, &mut fyr).await
}

/// Loads variants, genes and people.
fn prepare(session: &Session, cohort: &Cohort) -> anyhow::Result<PathBuf> {
    let store = session.fresh("region-store")?;
    let mut genes = Command::new(&session.node);
    genes.arg("ingest").arg("--store").arg(&store).arg("--genes").arg(cohort.genes());
    genes.args(["--dataset", "COHORT", "--assembly", "GRCh38", "--quiet"]);
    genes.arg("--individuals").arg(cohort.panel()).arg(cohort.vcf());
    process::run(genes)?;
    let mut metadata = Command::new(&session.node);
    metadata.arg("metadata").arg("--store").arg(&store);
    metadata.args(["--dataset", "COHORT", "--quiet"]).arg(cohort.individuals());
    process::run(metadata)?;
    Ok(store)
}

async fn beside_afquery(
    session: &mut Session,
    cohort: &Cohort,
    fyr: &mut Fyr,
    mut peer: Peer,
) -> anyhow::Result<()> {
    points(session, cohort, fyr, &mut peer).await?;
    regions(session, cohort, fyr, &mut peer).await?;
    genes(session, cohort, fyr, &mut peer).await
}

/// One SNV after the other. afquery keeps padded alleles as they are written, so indels are left out.
async fn points(
    session: &mut Session,
    cohort: &Cohort,
    fyr: &mut Fyr,
    peer: &mut Peer,
) -> anyhow::Result<()> {
    let is_meant = |allele: &&Allele| allele.variant.variant_type == VariantType::Snp && allele.is_carried();
    let snvs: Vec<&Allele> = cohort.alleles.iter().filter(is_meant).collect();
    let step = (snvs.len() / session.size.slow_questions).max(1);
    let mut turns = Turns::default();
    let snvs: Vec<&Allele> = snvs.into_iter().step_by(step).collect();
    for snvs in snvs.chunks(TURN) {
        for allele in snvs {
            turns.ours.push(fyr.allele(allele).await?);
        }
        for allele in snvs {
            turns.its.push(point(peer, allele)?);
        }
    }
    session.add(turns.row("one allele of the cohort", "afquery", Target::TimesFaster(POINT_FASTER)));
    Ok(())
}

/// Asks afquery for one allele. It takes whoever has no record for a carrier of the reference, so AN is not compared.
fn point(peer: &mut Peer, allele: &Allele) -> anyhow::Result<Duration> {
    let (variant, total) = (&allele.variant, allele.total());
    let reply = peer.ask(&json!({
        "kind": "point", "position": variant.interval.first_base(),
        "reference": variant.reference_bases, "alternate": variant.alternate_bases,
    }))?;
    let expected = json!([[total.allele_count, total.heterozygous, total.homozygous]]);
    ensure!(reply.answer == expected, "afquery: {} instead of {expected}", reply.answer);
    Ok(reply.elapsed())
}

async fn regions(
    session: &mut Session,
    cohort: &Cohort,
    fyr: &mut Fyr,
    peer: &mut Peer,
) -> anyhow::Result<()> {
    let megabase = Cohort::megabase()?;
    let (mut counted, mut listed) = (Turns::default(), Turns::default());
    for _ in 0..session.size.slow_questions.min(30) {
        counted.ours.push(fyr.count(cohort, megabase).await?);
        let elapsed = region(cohort, peer, megabase)?;
        counted.its.push(elapsed);
        listed.its.push(elapsed);
        listed.ours.push(fyr.list(cohort, megabase).await?);
    }
    let target = Target::TimesFaster(REGION_FASTER);
    session.add(counted.row("alleles of 1 Mb, number", "afquery query_region", target));
    session.add(listed.row("alleles of 1 Mb, all frequencies", "afquery query_region", Target::None));
    Ok(())
}

/// Asks afquery for a region: it counts every allele in any case.
fn region(cohort: &Cohort, peer: &mut Peer, interval: Interbase) -> anyhow::Result<Duration> {
    let reply = peer.ask(&place("region", interval, None))?;
    let meant = |allele: &&Allele| allele.is_carried() && allele.starts_in(interval);
    let copies = |allele: &Allele| allele.total().allele_count;
    let alleles: Vec<&Allele> = cohort.alleles.iter().filter(meant).collect();
    let copies: u64 = alleles.iter().map(|allele| copies(allele)).sum();
    let expected = json!({ "alleles": alleles.len(), "copies": copies });
    ensure!(reply.answer == expected, "afquery: {} instead of {expected}", reply.answer);
    Ok(reply.elapsed())
}

/// People with a phenotype who carry any allele of a gene, or one that ends its protein.
async fn genes(session: &mut Session, cohort: &Cohort, fyr: &mut Fyr, peer: &mut Peer) -> anyhow::Result<()> {
    let (mut any, mut lost, mut nearest) = (Turns::default(), Durations::default(), Durations::default());
    for (number, phenotype) in (0..GENES).zip(PHENOTYPES) {
        let (symbol, interval) = gene(number)?;
        let overlaps = |allele: &Allele| allele.overlaps(interval);
        let is_lost = |allele: &Allele| overlaps(allele) && allele.consequence == Some(LOSS_OF_FUNCTION);
        let (carriers, losers) = (cohort.carriers(phenotype, overlaps), cohort.carriers(phenotype, is_lost));
        for _ in 0..session.size.rounds {
            any.ours.push(fyr.people(&symbol, phenotype, None, carriers).await?);
            lost.push(fyr.people(&symbol, phenotype, Some(LOSS_OF_FUNCTION), losers).await?);
            nearest.push(peer.ask(&place("region", interval, Some(phenotype)))?.elapsed());
            any.its.push(carriers_of(cohort, peer, interval, phenotype)?);
        }
    }
    let (what, target) = ("distinct carriers, gene and phenotype", Target::TimesFaster(REGION_FASTER));
    session.add(any.row(what, "afquery, an allele at a time", target));
    let frequencies = Turns { ours: any.ours, its: nearest };
    session.add(frequencies.row(what, "afquery, frequencies only", target));
    let alone = format!("{what}, {LOSS_OF_FUNCTION}, p50");
    session.add(Row::alone(alone, Quantity::Seconds(lost.median()), Target::None));
    Ok(())
}

/// Asks afquery who has a phenotype and carries an allele that starts in an interval.
fn carriers_of(
    cohort: &Cohort,
    peer: &mut Peer,
    interval: Interbase,
    phenotype: &str,
) -> anyhow::Result<Duration> {
    let expected = cohort.carriers(phenotype, |allele| allele.starts_in(interval));
    let reply = peer.ask(&place("carriers", interval, Some(phenotype)))?;
    ensure!(reply.answer == json!(expected), "afquery: {} instead of {expected}", reply.answer);
    Ok(reply.elapsed())
}

async fn beside_bcftools(session: &mut Session, cohort: &Cohort, fyr: &mut Fyr) -> anyhow::Result<()> {
    if bcftools::version().is_none() {
        session.add(Row::not_available("region", "bcftools"));
        return Ok(());
    }
    let file = session.fresh("region-bcf")?.join("tagged.bcf");
    bcftools::fill_tags(&cohort.vcf(), &file)?;
    bcftools::index(&file)?;
    let megabase = Cohort::megabase()?;
    let mut listed = Turns::default();
    for _ in 0..session.size.rounds {
        listed.ours.push(fyr.list(cohort, megabase).await?);
        listed.its.push(frequencies(cohort, &file, megabase)?);
    }
    session.add(listed.row("alleles of 1 Mb, all frequencies", "bcftools query, a process", Target::None));
    Ok(())
}

fn frequencies(cohort: &Cohort, file: &Path, interval: Interbase) -> anyhow::Result<Duration> {
    let region = format!("chr1:{}-{}", interval.start() + 1, interval.end());
    let (text, elapsed) = bcftools::query(file, &region, "%POS\\t%REF\\t%ALT\\t%AC\\t%AN\\n")?;
    let counts = text.lines().filter_map(|line| line.split('\t').nth(3)).flat_map(|counts| counts.split(','));
    let copies: u64 = counts.filter_map(|count| count.parse::<u64>().ok()).sum();
    let meant = cohort.alleles.iter().filter(|allele| allele.overlaps(interval));
    let expected: u64 = meant.map(|allele| allele.total().allele_count).sum();
    ensure!(copies == expected, "bcftools: {copies} copies instead of {expected}");
    Ok(elapsed)
}

fn place(kind: &str, interval: Interbase, phenotype: Option<&str>) -> Value {
    json!({
        "kind": kind, "first": interval.start() + 1, "last": interval.end(),
        "phenotype": phenotype.map(|phenotype| [phenotype]),
    })
}

/// Durations of two that take turns.
#[derive(Debug, Default)]
struct Turns {
    ours: Durations,
    its: Durations,
}

impl Turns {
    fn row(&self, what: &str, peer: &str, target: Target) -> Row {
        let other = (peer, Quantity::Seconds(self.its.median()));
        Row::new(format!("{what}, p50"), Quantity::Seconds(self.ours.median()), other, target)
    }
}
