//! `cargo attack`: what an attacker learns from what ships, measured.
//!
//! See `docs/threat-model.md` for who the attacker is and what the figures mean.

mod arguments;
mod client;
mod curves;
mod finding;
mod outcome;
mod population;
mod posture;
mod reading;
mod report;
mod requester;
mod stand;
mod strategies;
mod strategy;

use std::{io::Write as _, path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser as _, ValueEnum as _};
use fyr_policy::Profile;
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use arguments::Arguments;
use outcome::Outcome;
use population::Population;
use posture::Posture;
use stand::Stand;
use strategies::StrategyName;

/// What is run in CI: the worst of what is claimed to hold, and that it would not hold without what stands against it.
const QUICK: [(StrategyName, Posture); 4] = [
    (StrategyName::Rephrased, Posture::Uncharged(Profile::Public)),
    (StrategyName::Nested, Posture::Exact),
    (StrategyName::Nested, Posture::Free),
    (StrategyName::Broker, Posture::Uncharged(Profile::Known)),
];

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Attacks, and says whether every gate held.
fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    // One provider for the process; a second installation cannot happen here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcomes = runtime.block_on(attack(arguments))?;
    let text = if arguments.json {
        serde_json::to_string_pretty(&outcomes)?
    } else {
        report::table(&outcomes, false)
    };
    writeln!(std::io::stdout(), "{text}")?;
    if let Some(path) = &arguments.markdown {
        write(path, &format!("{}\n", report::table(&outcomes, true)))?;
    }
    if let Some(path) = &arguments.svg {
        write(path, &curves::svg(&outcomes)?)?;
    }
    let is_whole = !arguments.quick && arguments.only.is_empty();
    if is_whole && !outcome::recognises(&outcomes) {
        writeln!(std::io::stderr(), "the attacker is too weak: undefended data were not recognised")?;
        return Ok(false);
    }
    let unbroken = outcome::unbroken(&outcomes);
    if is_whole && !unbroken.is_empty() {
        let unbroken = unbroken.join("; ");
        writeln!(std::io::stderr(), "the attacker is too weak: these hold all the same: {unbroken}")?;
        return Ok(false);
    }
    if (is_whole || arguments.quick) && !outcome::finds_out(&outcomes) {
        writeln!(std::io::stderr(), "the attacker is too weak: free sets of people told nothing")?;
        return Ok(false);
    }
    Ok(outcomes.iter().all(Outcome::holds))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

async fn attack(arguments: &Arguments) -> anyhow::Result<Vec<Outcome>> {
    let mut populations = vec![population::draw(arguments.seed, arguments.members, arguments.sites())];
    if !arguments.quick {
        populations.extend(population::slices(arguments.seed)?);
    }
    let cells = cells(arguments);
    anyhow::ensure!(!cells.is_empty(), "nothing of what is named belongs to a short run");
    let bar = ProgressBar::new((cells.len() * populations.len()) as u64);
    bar.set_style(ProgressStyle::with_template("{msg:40} {wide_bar} {pos}/{len} {elapsed}")?);
    let mut outcomes = Vec::new();
    for population in populations {
        outcomes.extend(attack_one(population, &cells, arguments.seed, &bar).await?);
    }
    bar.finish_and_clear();
    Ok(outcomes)
}

async fn attack_one(
    population: Population,
    cells: &[(StrategyName, Posture)],
    seed: u64,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Outcome>> {
    bar.set_message("loading");
    let stand = Stand::start(population).await?;
    let mut outcomes = Vec::new();
    for (name, posture) in cells {
        bar.set_message(format!("{}, {}", name.name(), posture.name()));
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let finding = name.strategy().attack(&stand, *posture, &mut chance).await;
        let finding = finding.with_context(|| format!("{} as {}", name.name(), posture.name()))?;
        outcomes.extend(Outcome::of(&finding, &stand.population.name, *name, *posture));
        bar.inc(1);
    }
    stand.stop().await;
    Ok(outcomes)
}

/// Which ways are tried in which postures.
fn cells(arguments: &Arguments) -> Vec<(StrategyName, Posture)> {
    let is_asked = |name: &StrategyName| arguments.only.is_empty() || arguments.only.contains(name);
    if arguments.quick {
        return QUICK.into_iter().filter(|(name, _)| is_asked(name)).collect();
    }
    let names = StrategyName::value_variants().iter().filter(|name| is_asked(name));
    let cell = |name: &StrategyName| Posture::ALL.map(|posture| (*name, posture));
    names.flat_map(cell).collect()
}
