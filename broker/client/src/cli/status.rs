//! `fyr status`: who is there, and what may be asked?

use clap::Args;
use fyr_proto::v1::{ListDatasetsRequest, ListDatasetsResponse, Release};
use fyr_schemas::{NodeReport, Query};
use serde::Serialize;

use crate::{
    ClientError,
    connection::{ConnectionArgs, SigningArgs},
    error::printable,
    output::print,
    table::new_table,
};

const EXAMPLE: &str = "\
Example:
  fyr status --broker http://127.0.0.1:8080/api

Exit status: 0 all nodes are there, 2 wrong usage or an error, 3 a node is missing.";

/// Show the nodes and the datasets that may be asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    connection: ConnectionArgs,
    #[command(flatten)]
    signing: SigningArgs,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Status {
    beacon_id: String,
    datasets: Vec<Dataset>,
    nodes: Vec<NodeReport>,
}

#[derive(Serialize)]
struct Dataset {
    beacon_id: String,
    id: String,
    name: String,
    assembly: String,
    release: String,
}

/// Runs the command and returns the exit status.
pub(super) async fn run(args: StatusArgs) -> Result<u8, ClientError> {
    let mut connection = args.connection.open()?;
    let purpose = args.connection.purpose.as_ref();
    let message = ListDatasetsRequest { purpose: purpose.map(Into::into) };
    let request = connection.question(&Query::listing(purpose), message, &args.signing).await?;
    let response = connection.client.list_datasets(request).await;
    let response = response.map_err(|status| ClientError::of_call(&status, &connection.address))?;
    let status = read(response.into_inner())?;
    print(&if args.json { serde_json::to_string_pretty(&status)? } else { render(&status) })?;
    let all = status.nodes.iter().all(|node| node.state == fyr_schemas::NodeState::Answered);
    Ok(if all { 0 } else { 3 })
}

fn read(list: ListDatasetsResponse) -> Result<Status, ClientError> {
    let dataset = |dataset: fyr_proto::v1::Dataset| Dataset {
        release: Release::try_from(dataset.release).map_or("unknown", name).to_owned(),
        beacon_id: printable(&dataset.beacon_id),
        id: printable(&dataset.id),
        name: printable(&dataset.name),
        assembly: printable(&dataset.assembly_id),
    };
    let nodes = list.nodes.into_iter().map(NodeReport::try_from).collect::<Result<_, _>>()?;
    let datasets = list.datasets.into_iter().map(dataset).collect();
    Ok(Status { beacon_id: printable(&list.beacon_id), datasets, nodes })
}

fn name(release: Release) -> &'static str {
    match release {
        Release::None => "none",
        Release::Boolean => "boolean",
        Release::Count => "count",
        Release::Frequency => "frequency",
        Release::Record => "record",
    }
}

fn render(status: &Status) -> String {
    let mut datasets = new_table(["region", "dataset", "name", "assembly", "you may learn"]);
    for d in &status.datasets {
        datasets.add_row([&d.beacon_id, &d.id, &d.name, &d.assembly, &d.release]);
    }
    if status.nodes.is_empty() {
        return format!("{} (a node)\n{datasets}", status.beacon_id);
    }
    let mut nodes = new_table(["node", "state", "reason"]);
    for node in &status.nodes {
        let reason = node.reason.as_deref().map(printable).unwrap_or_default();
        nodes.add_row([printable(&node.id), node.state.name().to_owned(), reason]);
    }
    format!("{} (a broker)\n{nodes}\n{datasets}", status.beacon_id)
}

#[cfg(test)]
mod tests {
    use fyr_proto::v1::NodeState;

    use super::*;

    #[test]
    fn datasets_and_nodes_are_listed() {
        let dataset = fyr_proto::v1::Dataset {
            id: "D".into(),
            beacon_id: "fi".into(),
            release: Release::Count.into(),
            ..Default::default()
        };
        let node = fyr_proto::v1::NodeReport {
            id: "se".into(),
            state: NodeState::Unreachable.into(),
            reason: Some("cannot be reached".into()),
            ..fyr_proto::v1::NodeReport::default()
        };
        let list = ListDatasetsResponse { beacon_id: "b".into(), datasets: vec![dataset], nodes: vec![node] };
        let text = render(&read(list).unwrap());
        for word in ["(a broker)", "fi", "count", "se", "cannot be reached"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}
