//! Examples of configurations: `node.toml` and `broker.toml` beside this crate. The demo federation is
//! the binary `demo`.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use clap::Parser;
    use fyr_broker::BrokerConfig;
    use fyr_node::NodeConfig;

    fn example(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    #[test]
    fn the_example_of_a_node_is_read_as_it_says() {
        let config = NodeConfig::load(Some(&example("node.toml"))).unwrap();
        assert_eq!(config.node.id, "se.fin.af-beacon.test");
        assert!(config.policy.datasets.contains_key("fin-open-2026"));
    }

    #[tokio::test]
    async fn the_policy_of_the_example_says_what_its_cases_expect() {
        let (config, cases) = (example("node.toml"), example("cases.toml"));
        let arguments =
            ["fyr-node", "policy", "test", "--config", config.to_str().unwrap(), cases.to_str().unwrap()];
        let code = fyr_node_cli::run(fyr_node_cli::Cli::parse_from(arguments)).await.unwrap();
        assert_eq!(code, std::process::ExitCode::SUCCESS);
    }

    #[test]
    fn the_example_of_a_broker_is_read_as_it_says() {
        let config = BrokerConfig::load(Some(&example("broker.toml"))).unwrap();
        assert_eq!(config.nodes.len(), 2);
    }
}
