//! People of the 1000 Genomes Project, where their data lie beside the repository.

use anyhow::Context;
use fyr_schemas::Assembly;
use fyr_tests::{naive::read_text, shared::Shared};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{Locus, Population, Somebody, attributes};

const PANEL: &str = "data/panel/integrated_call_samples_v3.20130502.ALL.panel";
const CHR22: &str = "data/vcf/1000g/all2504.chr22_16.05-16.64Mb.GRCh37.vcf.gz";

/// Reads the slices that are there, and splits their people in two halves.
pub(crate) fn slices(seed: u64) -> anyhow::Result<Vec<Population>> {
    let Some(shared) = Shared::find("the attack on people of 1000 Genomes") else { return Ok(Vec::new()) };
    Ok(vec![read(&shared, CHR22, "22", seed).with_context(|| CHR22.to_owned())?])
}

fn read(shared: &Shared, file: &str, contig: &'static str, seed: u64) -> anyhow::Result<Population> {
    let panel = read_text(&shared.path(PANEL))?;
    let text = read_text(&shared.path(file))?;
    let mut lines = text.lines().skip_while(|line| line.starts_with("##"));
    let header = lines.next().context("no header")?;
    let mut people: Vec<Somebody> =
        header.split('\t').skip(9).enumerate().map(|(at, id)| somebody(at, id, &panel)).collect();
    let loci = lines.filter_map(|line| record(line, &mut people)).collect();
    people.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let outsiders = people.split_off(people.len() / 2);
    let name = format!("1000 Genomes chr{contig}, {} of {}", people.len(), people.len() + outsiders.len());
    Ok(Population { name, contig, assembly: Assembly::GRCH37, loci, members: people, outsiders })
}

fn somebody(at: usize, id: &str, panel: &str) -> Somebody {
    let row = panel.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let row = row.into_iter().find(|row| row.first() == Some(&id)).unwrap_or_default();
    let (height, code) = attributes(at, at * 7919 % 2521);
    let label = row.get(1).copied().unwrap_or("UNK").to_owned();
    Somebody { id: id.to_owned(), male: row.get(3) == Some(&"male"), label, height, code, copies: Vec::new() }
}

/// Takes a record of one substitution with its genotypes; the frequency is that of everybody in the file.
fn record(line: &str, people: &mut [Somebody]) -> Option<Locus> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (_, position, _, reference, alternate) = (next()?, next()?, next()?, next()?, next()?);
    let base = |text: &str| text.parse::<char>().ok().filter(|base| "ACGT".contains(*base));
    let (reference, alternate) = (base(reference)?, base(alternate)?);
    let position = position.parse().ok()?;
    let mut total = 0;
    for (somebody, genotype) in people.iter_mut().zip(fields.skip(4)) {
        let copies = genotype.bytes().take(3).filter(|byte| *byte == b'1').count();
        somebody.copies.push(u8::try_from(copies).ok()?);
        total += copies;
    }
    let frequency = (total as f64 / (2 * people.len()) as f64).clamp(1e-4, 1.0 - 1e-4);
    Some(Locus { position, reference, alternate, frequency })
}
