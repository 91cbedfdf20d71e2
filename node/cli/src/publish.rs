//! `fyr-node publish`: publishes a table of frequencies, knowing what it gives away, lists what is published, and takes it
//! back.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_node::{
    Draft, NodeConfig, PublicationError, PublicationSpec, PublishedGroups, config::ConfigError, published,
    unpublish,
};
use fyr_policy::Power;
use fyr_store::{DatasetSummary, Publication};

use crate::state::actor;

const EXAMPLE: &str = "\
Examples:
  fyr-node publish --config node.toml --dataset FIN-1 --as FIN-1-freq-2026 --by population,sex --min-ac 10 \\
      --reason \"board 2026-17: reference for clinics\"
  fyr-node publish --config node.toml --list
  fyr-node publish --config node.toml --withdraw FIN-1-freq-2026 --reason \"replaced by FIN-1-freq-2027\"

A published table is the one place where nobody's account is charged: whoever may read it reads all of it, as often as
they like, and can tell from enough of it whether somebody whose genome they have was counted. So the command first
counts the table and prints how far that attack reaches over it; then it asks, and keeps your reason. Until you have
answered, nobody else can write to the store.

Counted are those who agreed that alleles are counted of them, and did not withdraw. An allele is in the table if at least
--min-ac people carry it and as many do not; of groups as far as what can be computed from them is not about fewer.
Publishing under the same id again replaces the table in one step. Who withdraws later is in no table that is published
from then on; a table that somebody has read cannot be taken back from them.

Nobody can read it until the rules say so:
  [policy.datasets.\"FIN-1-freq-2026\"]
  published_to = [\"known\"]          # public, known, research, consortium, care; further limited by organisations, …

Exit status: 0 done, 1 failed or not confirmed, 2 wrong usage.";

/// Publish the allele frequencies of a dataset, after measuring what they give away.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct PublishArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The dataset whose people are counted
    #[arg(long, value_name = "ID", required_unless_present_any = ["list", "withdraw"], requires = "id")]
    dataset: Option<String>,
    /// The id of the table, a dataset of its own
    #[arg(long = "as", id = "id", value_name = "ID", requires = "dataset")]
    id: Option<String>,
    /// Groups that stand beside everybody
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    by: Vec<By>,
    /// Fewest people who carry an allele, and who do not, of whom anything is told
    #[arg(long = "min-ac", value_name = "N", default_value_t = 10)]
    minimum: u64,
    /// Round numbers to multiples of this; 1 leaves them exact
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    round: u64,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    reason: Option<String>,
    /// Who decides, for the history; your user name and this machine where it is left out
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Publish without asking first
    #[arg(long)]
    yes: bool,
    /// List what is published
    #[arg(long, conflicts_with_all = ["dataset", "withdraw", "reason"])]
    list: bool,
    /// Take a published table back
    #[arg(long, value_name = "ID", conflicts_with = "dataset")]
    withdraw: Option<String>,
    /// Print the list as JSON
    #[arg(long, requires = "list")]
    json: bool,
}

/// Groups of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// Populations
    Population,
    /// Sexes; with populations, those of each
    Sex,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PublishError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing was published, or taken back.
    #[error(transparent)]
    Publication(#[from] PublicationError),
    /// Nobody can be asked.
    #[error("there is no terminal to ask on: read what is printed above, and say --yes to publish")]
    NobodyToAsk,
    /// The terminal cannot be read or written.
    #[error("cannot ask on the terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// Runs the command.
///
/// # Errors
///
/// What keeps the table from being counted, published or taken back; nobody can be asked.
pub(super) async fn run(args: PublishArgs) -> Result<ExitCode, PublishError> {
    let config = NodeConfig::load(Some(&args.config))?;
    if args.list {
        list(&published(&config).await?, args.json);
        return Ok(ExitCode::SUCCESS);
    }
    let actor = args.actor.clone().unwrap_or_else(actor);
    let reason = args.reason.clone().unwrap_or_default();
    if reason.trim().is_empty() {
        return Err(PublicationError::NoReason.into());
    }
    if let Some(id) = &args.withdraw {
        unpublish(&config, &actor, (id, &reason)).await?;
        say!("took {id} back: whoever has read it has it");
        return Ok(ExitCode::SUCCESS);
    }
    let spec = args.spec();
    let draft = Draft::count(&config, &actor, spec.clone()).await?;
    say!("{}", measured(&draft, &spec));
    if !args.yes && !is_confirmed(&spec.id)? {
        say!("nothing was published");
        return Ok(ExitCode::FAILURE);
    }
    draft.publish(&reason).await?;
    say!("published {} of {}", spec.id, spec.dataset);
    say!("{}", readers(&config, &spec.id));
    Ok(ExitCode::SUCCESS)
}

impl PublishArgs {
    fn spec(&self) -> PublicationSpec {
        PublicationSpec {
            dataset: self.dataset.clone().unwrap_or_default(),
            id: self.id.clone().unwrap_or_default(),
            groups: PublishedGroups {
                populations: self.by.contains(&By::Population),
                sexes: self.by.contains(&By::Sex),
            },
            minimum_carriers: self.minimum,
            step: self.round,
        }
    }
}

/// What the table gives away, for whoever decides.
fn measured(draft: &Draft, spec: &PublicationSpec) -> String {
    let (looked_at, without) = draft.alleles();
    let Power { alleles, power, at_most, worst_group } = draft.power();
    let mut lines = vec![
        format!(
            "{}: {alleles} of {looked_at} alleles, of {} people who may be counted; at least {} carriers, {}",
            spec.id,
            draft.people(),
            spec.minimum_carriers,
            if spec.step > 1 { format!("in multiples of {}", spec.step) } else { "exact".to_owned() },
        ),
        format!(
            "whoever reads it, has a genome and knows the population recognises {:.0} % of those who were counted (at most \
             {:.0} %), when 5 % of others are mistaken for them; 5 % would be no better than guessing",
            power * 100.0,
            at_most * 100.0,
        ),
    ];
    if without > 0 {
        lines.push(format!(
            "{without} more alleles have no frequency that can be told: not everybody was looked at, or nearly all carry them"
        ));
    }
    if let Some((group, power)) = worst_group {
        lines.push(format!("by the numbers of {group} alone: {:.0} % of its people", power * 100.0));
    }
    lines.join("\n")
}

/// Says who can read the table, or how it is said.
fn readers(config: &NodeConfig, id: &str) -> String {
    let readers = config.policy.datasets.get(id).and_then(|rules| rules.published_to.as_deref());
    match readers {
        Some(readers) if !readers.is_empty() => {
            let names: Vec<_> = readers.iter().map(|profile| profile.name()).collect();
            format!("it is read by {}, as published_to says", names.join(", "))
        }
        _ => format!(
            "nobody can read it yet: add to the configuration\n  [policy.datasets.\"{id}\"]\n  published_to = [\"known\"]"
        ),
    }
}

/// Asks on the terminal.
fn is_confirmed(id: &str) -> Result<bool, PublishError> {
    let (input, mut output) = (io::stdin(), io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return Err(PublishError::NobodyToAsk);
    }
    write!(output, "publish {id}? what somebody has read cannot be taken back [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn list(tables: &[DatasetSummary], json: bool) {
    if json {
        say!("{}", serde_json::to_string_pretty(tables).unwrap_or_default());
    } else if tables.is_empty() {
        say!("nothing is published");
    } else {
        say!("{}", as_table(tables));
    }
}

fn as_table(tables: &[DatasetSummary]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "table", "of", "alleles", "people", "min. AC", "rounded", "groups", "power", "by", "reason",
    ]);
    for (dataset, publication) in tables.iter().filter_map(|of| Some((of, of.publication.as_ref()?))) {
        let Publication { of, people, minimum_carriers, step, groups, power, actor, reason, .. } =
            publication;
        table.add_row([
            dataset.id.clone(),
            of.clone(),
            dataset.variants.to_string(),
            people.to_string(),
            minimum_carriers.to_string(),
            if *step > 1 { step.to_string() } else { "no".to_owned() },
            if groups.is_empty() { "-".to_owned() } else { groups.clone() },
            format!("{:.3}", *power as f64 / 1000.0),
            actor.clone(),
            reason.clone(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        publish: PublishArgs,
    }

    fn parsed(line: &str) -> Result<PublishArgs, clap::Error> {
        Ok(Line::try_parse_from(["publish"].into_iter().chain(line.split(' ')))?.publish)
    }

    #[test]
    fn a_table_needs_a_dataset_an_id_and_a_reason() {
        let whole =
            parsed("--config n.toml --dataset A --as B --by population,sex --round 5 --reason R").unwrap();
        let groups = PublishedGroups { populations: true, sexes: true };
        let spec =
            PublicationSpec { dataset: "A".into(), id: "B".into(), groups, minimum_carriers: 10, step: 5 };
        assert_eq!(whole.spec(), spec);
        for line in [
            "--config n.toml --dataset A --reason R",
            "--config n.toml --dataset A --as B",
            "--config n.toml --as B --reason R",
            "--config n.toml --withdraw B",
            "--config n.toml --dataset A --as B --reason R --withdraw C",
            "--config n.toml --dataset A --as B --reason R --round 0",
            "--config n.toml --list --reason R",
            "--config n.toml",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
        assert!(parsed("--config n.toml --list --json").is_ok());
        assert!(parsed("--config n.toml --withdraw B --reason R").is_ok());
    }

    #[test]
    fn who_reads_it_is_said_or_how_to_say_it() {
        let mut config = NodeConfig::new("se.test", "store");
        assert!(readers(&config, "B").contains("nobody can read it yet"));
        let rules = fyr_policy::DatasetRules {
            published_to: Some(vec![fyr_policy::Profile::Known, fyr_policy::Profile::Care]),
            ..fyr_policy::DatasetRules::default()
        };
        config.policy.datasets.insert("B".into(), rules);
        assert_eq!(readers(&config, "B"), "it is read by known, care, as published_to says");
    }
}
