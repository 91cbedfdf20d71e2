//! `fyr-broker nodes`: shows which nodes can be asked.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::{Credentials, say};
use fyr_schemas::{NodeReport, NodeState};

use super::CliError;
use crate::{Broker, BrokerConfig};

/// Ask every node for its datasets, without credentials, and show who answers.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  fyr-broker nodes --config broker.toml\n\nExit status: 0 all \
                        nodes can be reached, 1 one cannot, 2 wrong usage.")]
pub(super) struct NodesArgs {
    /// Configuration file of the broker
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) async fn run(args: NodesArgs) -> Result<ExitCode, CliError> {
    let config = BrokerConfig::load(Some(&args.config))?;
    let nodes = Broker::new(&config)?.nodes(&Credentials::default()).await;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&nodes)?);
    } else {
        say!("{}", table(&config, &nodes));
    }
    Ok(if nodes.iter().all(is_up) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Who refuses a question without credentials is there.
fn is_up(node: &NodeReport) -> bool {
    matches!(node.state, NodeState::Answered | NodeState::Refused)
}

fn table(config: &BrokerConfig, nodes: &[NodeReport]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(["node", "address", "state", "reason"]);
    for node in nodes {
        let member = config.nodes.iter().find(|member| member.id == node.id);
        let address = member.map(|member| member.grpc.as_str()).unwrap_or_default();
        table.add_row([&node.id, address, node.state.name(), node.reason.as_deref().unwrap_or_default()]);
    }
    table
}
