//! Fyr's services and the bare echo, as processes with configurations of their own.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use fyr_proto::v1;
use fyr_tests::network::forget_state;
use prost::Message;

use crate::{process::Service, session::Session};

/// The token of a requester who is known.
pub(crate) const TOKEN: &str = "benchmark-token-of-32-characters";

/// How a node is to be run.
#[derive(Clone, Debug)]
pub(crate) struct NodeOptions<'a> {
    /// Names the node and its directory.
    pub(crate) name: &'a str,
    /// Its store.
    pub(crate) store: &'a Path,
    /// Directory of certificates; plain text where there is none.
    pub(crate) certificates: Option<&'a Path>,
    /// `grouped` or `strict`.
    pub(crate) audit: &'a str,
}

impl<'a> NodeOptions<'a> {
    /// A node as shipped, in plain text.
    pub(crate) fn new(name: &'a str, store: &'a Path) -> Self {
        Self { name, store, certificates: None, audit: "grouped" }
    }

    /// Speaks TLS.
    pub(crate) fn with_tls(self, certificates: &'a Path) -> Self {
        Self { certificates: Some(certificates), ..self }
    }

    /// Returns the beacon id.
    pub(crate) fn id(&self) -> String {
        format!("se.{}.af-beacon.test", self.name)
    }

    /// A node that tells everyone frequencies, and counts of people. Its audit log and its state are its own, so
    /// that several nodes can serve one store.
    fn toml(&self, home: &Path) -> String {
        let tls = self.certificates.map_or("\"off\"".to_owned(), |directory| {
            let (certificate, key) = files(directory);
            format!("{{ certificate = '{}', key = '{}' }}", certificate.display(), key.display())
        });
        format!(
            "[node]\nid = \"{id}\"\n[store]\nurl = '{store}'\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [monitoring]\nlisten = \"127.0.0.1:0\"\n[grpc]\nlisten = \"127.0.0.1:0\"\ntls = {tls}\nmax_message_bytes = 67108864\n\
             [policy.default]\nopen = true\npublic = \"frequency\"\nknown = \"frequency\"\n\
             subjects = \"count\"\nminimum_carriers = 0\n\
             [limits]\npage_rows = 100000\n\
             [state]\nurl = 'sqlite:{home}/state.db'\nkey = '{home}/state.key'\n\
             [audit]\npath = '{home}/decisions.jsonl'\nsync = \"{audit}\"\n\
             [[tokens]]\nname = \"benchmark\"\ntoken = \"{TOKEN}\"\n",
            id = self.id(),
            store = self.store.display(),
            home = home.display(),
            audit = self.audit,
        )
    }
}

impl Session {
    /// Starts a node.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) fn start_node(&self, options: &NodeOptions<'_>) -> anyhow::Result<Service> {
        let (config, home) = self.configure(options)?;
        self.serve(&self.node, &config, &home)
    }

    /// Writes the configuration of a node; returns it with the node's directory, which is empty otherwise.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn configure(&self, options: &NodeOptions<'_>) -> anyhow::Result<(PathBuf, PathBuf)> {
        let home = self.fresh(options.name)?;
        forget_state(options.store)?;
        Ok((write_config(&home, &options.toml(&home))?, home))
    }

    /// Starts a broker over nodes in plain text, given by id and service.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) fn start_broker(&self, nodes: &[(String, &Service)]) -> anyhow::Result<Service> {
        let mut toml = "[broker]\nid = \"se.broker.af-beacon.test\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
                        [monitoring]\nlisten = \"127.0.0.1:0\"\n[grpc]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n"
            .to_owned();
        for (id, node) in nodes {
            let address = node.addresses.grpc;
            toml.push_str(&format!("[[nodes]]\nid = \"{id}\"\ngrpc = \"http://{address}\"\ntls = \"off\"\n"));
        }
        let home = self.fresh("broker")?;
        self.serve(&self.broker, &write_config(&home, &toml)?, &home)
    }

    fn serve(&self, program: &Path, config: &Path, home: &Path) -> anyhow::Result<Service> {
        let mut command = self.placement.service(program);
        command.args(["serve", "--config"]).arg(config);
        // As shipped, whatever this process logs.
        command.env_remove("FYR_LOG").env_remove("RUST_LOG");
        Service::start(command, home)
    }

    /// Starts an echo that answers nothing.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) fn start_echo(&self, certificates: Option<&Path>) -> anyhow::Result<Service> {
        let home = self.fresh(if certificates.is_some() { "echo-tls" } else { "echo" })?;
        self.echo(&home, &shown(certificates))
    }

    /// Starts an echo that always gives the same answer, of as many bytes as one of Fyr's.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) fn start_full_echo(
        &self,
        answer: &v1::Answer,
        certificates: Option<&Path>,
    ) -> anyhow::Result<Service> {
        let home = self.fresh(if certificates.is_some() { "full-echo-tls" } else { "full-echo" })?;
        let file = home.join("answer.pb");
        std::fs::write(&file, answer.encode_to_vec())?;
        let mut arguments = shown(certificates);
        arguments.extend(["--answer".into(), file.into()]);
        self.echo(&home, &arguments)
    }

    /// Starts an echo that hands each question on to so many others, and waits for all; returns them with it.
    ///
    /// # Errors
    ///
    /// One of them does not start.
    pub(crate) fn start_fan_out(&self, count: usize) -> anyhow::Result<(Service, Vec<Service>)> {
        let start = |number| self.echo(&self.fresh(&format!("echo-{number}"))?, &[]);
        let behind = (0..count).map(start).collect::<anyhow::Result<Vec<_>>>()?;
        let addresses =
            behind.iter().flat_map(|echo| ["--behind".into(), echo.addresses.grpc.to_string().into()]);
        let arguments: Vec<OsString> = addresses.collect();
        Ok((self.echo(&self.fresh("fan-out")?, &arguments)?, behind))
    }

    fn echo(&self, home: &Path, arguments: &[OsString]) -> anyhow::Result<Service> {
        let mut command = self.placement.service(&std::env::current_exe()?);
        command.arg("echo").args(arguments);
        Service::start(command, home)
    }
}

fn write_config(home: &Path, toml: &str) -> anyhow::Result<PathBuf> {
    let config = home.join("config.toml");
    std::fs::write(&config, toml)?;
    Ok(config)
}

/// What an echo is told of the certificate that it shows.
fn shown(certificates: Option<&Path>) -> Vec<OsString> {
    let files = certificates.map(files).into_iter();
    files
        .flat_map(|(certificate, key)| {
            ["--certificate".into(), certificate.into(), "--key".into(), key.into()]
        })
        .collect()
}

/// Certificate and key that services on loopback show.
fn files(directory: &Path) -> (PathBuf, PathBuf) {
    (directory.join("node.pem"), directory.join("node.key"))
}
