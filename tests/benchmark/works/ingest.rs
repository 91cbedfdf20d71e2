//! A multi-sample VCF: ingest beside bcftools and afquery, and bytes on disk.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    bcftools,
    data::cohort::Cohort,
    measure::median,
    process::{self, Cost},
    session::Session,
    table::{Quantity, Row, Target},
};

/// Least that Fyr must be faster than afquery's build.
const FASTER: f64 = 10.0;
/// Most that the dataset may be, as a multiple of the BCF.
const BYTES: f64 = 1.5;
/// How many times as long the file is that shows what memory depends on.
const TIMES: u32 = 8;
const FILL_TAGS: &str = "bcftools +fill-tags -Ob --threads 2";

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let cohort = Cohort::get(session).await?;
    let store = session.fresh("ingest")?.join("store");
    let ours = beside_bcftools(session, &cohort, &store)?;
    if bcftools::version().is_some() {
        disk(session, &cohort, &store)?;
    }
    longer(session, &cohort)?;
    beside_afquery(session, &cohort, ours)
}

/// Fyr and bcftools take turns; returns the time of Fyr.
fn beside_bcftools(session: &mut Session, cohort: &Cohort, store: &Path) -> anyhow::Result<Quantity> {
    let (mut ours, mut its, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    let tagged = store.with_file_name("tagged.bcf");
    for _ in 0..session.size.rounds.min(3) {
        if store.exists() {
            std::fs::remove_dir_all(store)?;
        }
        let cost = ingest(session, cohort, &cohort.vcf(), store)?;
        ours.push(cost.elapsed.as_secs_f64());
        peak = peak.max(cost.peak);
        if bcftools::version().is_some() {
            its.push(bcftools::fill_tags(&cohort.vcf(), &tagged)?.elapsed.as_secs_f64());
        }
    }
    let ours = Quantity::Seconds(median(ours));
    let what = format!("ingest, {} people, {} alleles", cohort.people.len(), cohort.alleles.len());
    session.add(Row::alone(format!("{what}: peak memory, VmHWM"), Quantity::Bytes(peak), Target::None));
    session.add(match its.is_empty() {
        true => Row::not_available(what, FILL_TAGS),
        false => Row::new(what, ours, (FILL_TAGS, Quantity::Seconds(median(its))), Target::AtMost(1.0)),
    });
    Ok(ours)
}

/// What a file needs that is longer than the cohort's.
fn longer(session: &mut Session, cohort: &Cohort) -> anyhow::Result<()> {
    let directory = session.fresh("ingest-longer")?;
    let vcf = directory.join("longer.vcf.gz");
    cohort.repeat_vcf(&vcf, TIMES)?;
    let peak = ingest(session, cohort, &vcf, &directory.join("store"))?.peak;
    let what = format!("ingest, {TIMES} times as many alleles: peak memory, VmHWM");
    session.add(Row::alone(what, Quantity::Bytes(peak), Target::None));
    Ok(())
}

/// Loads a file of the cohort's people into a store.
///
/// # Errors
///
/// The data are refused.
fn ingest(session: &Session, cohort: &Cohort, vcf: &Path, store: &Path) -> anyhow::Result<Cost> {
    let mut command = Command::new(&session.node);
    command.arg("ingest").arg("--store").arg(store);
    command.args(["--dataset", "COHORT", "--assembly", "GRCh38", "--quiet"]);
    command.arg("--individuals").arg(cohort.panel()).arg(vcf);
    process::run(command)
}

fn disk(session: &mut Session, cohort: &Cohort, store: &Path) -> anyhow::Result<()> {
    let bcf = store.with_file_name("cohort.bcf");
    bcftools::to_bcf(&cohort.vcf(), &bcf)?;
    let other = ("bcftools view -Ob", Quantity::Bytes(bytes(&bcf)? as f64));
    let ours = Quantity::Bytes(bytes(&store.join("variants"))? as f64);
    session.add(Row::new("bytes on disk", ours, other, Target::AtMost(BYTES)));
    Ok(())
}

fn beside_afquery(session: &mut Session, cohort: &Cohort, ours: Quantity) -> anyhow::Result<()> {
    let target = Target::TimesFaster(FASTER);
    match afquery(session, cohort, "afquery")? {
        Some((_, cost)) => {
            let other = ("afquery create-db, 2 threads", Quantity::Seconds(cost.elapsed.as_secs_f64()));
            session.add(Row::new("ingest, same genotypes", ours, other, target));
        }
        None => session.add(Row::not_available("ingest, same genotypes", "afquery")),
    }
    Ok(())
}

/// Builds afquery's database of the cohort, from one file a person as it needs them; none where it is not installed.
///
/// # Errors
///
/// It fails.
pub(super) fn afquery(
    session: &Session,
    cohort: &Cohort,
    name: &str,
) -> anyhow::Result<Option<(PathBuf, Cost)>> {
    let Some(python) = &session.python else { return Ok(None) };
    let database = session.fresh(name)?.join("database");
    let mut command = Command::new(python.program("afquery"));
    command.arg("create-db").arg("--manifest").arg(cohort.manifest()).arg("--output-dir").arg(&database);
    command.args(["--genome-build", "GRCh38", "--threads", "2", "--build-threads", "2"]);
    let cost = process::run(command)?;
    Ok(Some((database, cost)))
}

/// Adds up the files below a path.
fn bytes(path: &Path) -> anyhow::Result<u64> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    let mut sum = 0;
    for entry in std::fs::read_dir(path)? {
        sum += bytes(&entry?.path())?;
    }
    Ok(sum)
}
