//! `fyr-node account`: what each requester was told of people, and how much more they may be.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, Subcommand};
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_node::{
    AccountError, AccountOf, AccountReport, NodeConfig, close_account, config::ConfigError, extend_account,
    show_account,
};
use fyr_policy::Subject;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::state::{StateArgs, StateCommandError};

/// See, extend or close the account of somebody who is told of people.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct AccountArgs {
    #[command(subcommand)]
    command: AccountCommand,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node account show --config node.toml --issuer https://login.example.org/ --id 4f1c8a
  fyr-node account show --config node.toml --public --json
  fyr-node account close --config node.toml --network 192.0.2.7 --reason \"misuse\"
  fyr-node account extend --config node.toml --project P-1 --budgets 1 --reason \"board 2026-17\"
  fyr-node account close --config node.toml --credential clinic-1 --reason \"contract ended\"

An account holds for the calendar year (UTC), over all datasets of the node that have `reference` in their policy.
Whoever is extended is told more of each person: with one budget more, all that they are told is at most twice as
likely again with a person as without. Changes are in force with the next answer, and stand in the history and in
the audit log. A requester, their project and their organisation each have an account; the narrowest one decides. Of whom
nothing is known, those of one network (`[clients]` in the configuration) are a requester, and all together have an
account of twice as much. What is kept of a network is a keyed digest of it.

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Whose account it is.
#[derive(Args, Clone, Debug)]
#[group(id = "whose", required = true, multiple = false)]
struct Whose {
    /// Everybody of whom nothing is known, together
    #[arg(long, group = "whose")]
    public: bool,
    /// Those of them who ask from the network of an address; `unknown` where it is not known
    #[arg(long, value_name = "ADDRESS", group = "whose")]
    network: Option<Network>,
    /// Holders of a credential that you gave out, by its name
    #[arg(long, value_name = "NAME", group = "whose")]
    credential: Option<String>,
    /// Members of a project
    #[arg(long, value_name = "NAME", group = "whose")]
    project: Option<String>,
    /// People of an organisation
    #[arg(long, value_name = "URL", group = "whose")]
    organisation: Option<String>,
    /// A person, by their id at an issuer (claim sub)
    #[arg(long, value_name = "SUB", group = "whose", requires = "issuer")]
    id: Option<String>,
}

/// An address of a network of clients, if one is known.
#[derive(Clone, Copy, Debug)]
struct Network(Option<IpAddr>);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |text: &str| text.parse().map_err(|_| format!("`{text}` is no IP address, nor `unknown`"));
        if text == "unknown" { Ok(Self(None)) } else { read(text).map(|address| Self(Some(address))) }
    }
}

/// Who vouches for a person.
#[derive(Args, Clone, Debug)]
struct Issuer {
    /// Issuer who vouches for the person (claim iss)
    #[arg(long, value_name = "URL", requires = "id")]
    issuer: Option<String>,
}

#[derive(Clone, Debug, Subcommand)]
enum AccountCommand {
    /// Show what was told in this year
    Show {
        /// Configuration file of the node
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        issuer: Issuer,
        /// Print the account as JSON
        #[arg(long)]
        json: bool,
    },
    /// Let somebody be told more of each person until the end of the year
    Extend {
        #[command(flatten)]
        state: StateArgs,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        issuer: Issuer,
        /// By how many budgets of a registered researcher
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
        budgets: u32,
        /// Why, for the history
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Print the account as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell somebody nothing more of people that costs anything until the end of the year
    Close {
        #[command(flatten)]
        state: StateArgs,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        issuer: Issuer,
        /// Why, for the history
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Print the account as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AccountCommandError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// The configuration does not say which addresses are a network.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The account cannot be seen or changed.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Runs the command.
///
/// # Errors
///
/// The state cannot be read or changed, or nothing says why.
pub(super) async fn run(args: AccountArgs) -> Result<(), AccountCommandError> {
    let now = OffsetDateTime::now_utc();
    let (open, of, json) = match args.command {
        AccountCommand::Show { config, whose, issuer, json } => {
            let of = owner(whose, issuer, &config)?;
            (StateArgs::reading(config).open().await?, of, json)
        }
        AccountCommand::Extend { state, whose, issuer, budgets, reason, json } => {
            let (open, of) = (state.open().await?, owner(whose, issuer, state.file())?);
            extend_account(&open.state, (&open.actor, &reason), &of, budgets, now).await?;
            (open, of, json)
        }
        AccountCommand::Close { state, whose, issuer, reason, json } => {
            let (open, of) = (state.open().await?, owner(whose, issuer, state.file())?);
            close_account(&open.state, (&open.actor, &reason), &of, now).await?;
            (open, of, json)
        }
    };
    print(&show_account(&open.state, &of, now).await?, json);
    Ok(())
}

/// The arguments name one.
fn owner(whose: Whose, Issuer { issuer }: Issuer, config: &Path) -> Result<AccountOf, ConfigError> {
    let Whose { public: _, network, credential, project, organisation, id } = whose;
    if let Some(Network(address)) = network {
        let clients = NodeConfig::load(Some(config))?.clients;
        return Ok(AccountOf::Network(address.map(|address| clients.network(address))));
    }
    let person = issuer.zip(id).map(|(issuer, id)| AccountOf::Person(Subject { issuer, id }));
    let others = credential.map(AccountOf::Credential).or(project.map(AccountOf::Project));
    Ok(person.or(others).or(organisation.map(AccountOf::Organisation)).unwrap_or(AccountOf::Public))
}

fn print(report: &AccountReport, json: bool) {
    match json {
        true => say!("{}", serde_json::to_string_pretty(&document(report)).unwrap_or_default()),
        false => say!("{}", table(report)),
    }
}

/// Amounts are in billionths of a nat.
fn document(report: &AccountReport) -> Value {
    let AccountReport { year, answers, told_of, half, all, most, budget, raised, closed, reasons } = report;
    json!({
        "year": year,
        "answers": answers,
        "toldOf": told_of,
        "halfToldOf": half,
        "allToldOf": all,
        "mostSpent": most,
        "budget": budget,
        "raised": raised,
        "closed": closed,
        "reasons": reasons,
    })
}

fn table(report: &AccountReport) -> Table {
    let nats = |billionths: u64| format!("{:.3} nats", billionths as f64 / 1e9);
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["account", &report.year.to_string()]);
    for (what, value) in [
        ("answers that were charged", report.answers.to_string()),
        ("told of, ids of people and families", report.told_of.to_string()),
        ("of these, half of the budget or more", report.half.to_string()),
        ("of these, all of it", report.all.to_string()),
        ("most told of one of them", nats(report.most)),
        ("budget of each, as a researcher", nats(report.budget)),
        ("of this, added by an operator", nats(report.raised)),
        ("state", if report.closed { "closed" } else { "open" }.to_owned()),
    ] {
        table.add_row([what, &value]);
    }
    report.reasons.iter().for_each(|reason| {
        table.add_row(["changed", reason]);
    });
    table
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        account: AccountArgs,
    }

    /// Runs a command, and returns what it refuses.
    async fn refused(config: &str, arguments: &[&str]) -> Option<String> {
        let line = [&["account"], &arguments[..1], &["--config", config], &arguments[1..]].concat();
        match Line::try_parse_from(line) {
            Ok(line) => run(line.account).await.err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    #[tokio::test]
    async fn each_account_is_named_in_one_way_and_changed_with_a_reason() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("node.toml");
        std::fs::create_dir(directory.path().join("store")).unwrap();
        std::fs::write(&file, "[node]\nid = \"se.test\"\n[store]\nurl = \"store\"\n").unwrap();
        let config = file.display().to_string();
        let person = ["--issuer", "https://issuer.example", "--id", "anna"];
        for whose in [
            &["--public"][..],
            &["--network", "192.0.2.7"],
            &["--network", "unknown"],
            &["--credential", "clinic"],
            &["--project", "P-1"],
            &person,
        ] {
            assert_eq!(refused(&config, &[&["show"], whose].concat()).await, None);
            let extend = [&["extend"], whose, &["--budgets", "1", "--reason", "board 7"]].concat();
            assert_eq!(refused(&config, &extend).await, None);
        }
        for (arguments, why) in [
            (&["show"][..], "required"),
            (&["show", "--public", "--project", "P-1"], "cannot be used"),
            (&["show", "--id", "anna"], "--issuer"),
            (&["show", "--network", "here"], "`here` is no IP address"),
            (&["extend", "--public", "--budgets", "1"], "--reason"),
            (&["extend", "--public", "--budgets", "1", "--reason", " "], "say why"),
            (&["extend", "--public", "--budgets", "0", "--reason", "board 7"], "--budgets"),
            (&["close", "--public"], "--reason"),
        ] {
            let error = refused(&config, arguments).await.unwrap();
            assert!(error.contains(why), "{arguments:?}: {error}");
        }
        assert_eq!(refused(&config, &["close", "--public", "--reason", "misuse", "--json"]).await, None);
    }
}
