//! The member list of a running broker follows its file.

use std::{io, path::PathBuf, time::Duration};

use fyr_doors::Hangups;
use tokio::time::{MissedTickBehavior, interval};

use crate::{Broker, BrokerConfig};

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// A configuration file that a broker was started with.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    seen: Option<String>,
    hangups: Hangups,
}

impl ConfigFile {
    /// Takes the file as it is now for the one that is in force.
    ///
    /// # Errors
    ///
    /// Signals cannot be listened for.
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        let seen = std::fs::read_to_string(&path).ok();
        Ok(Self { path, seen, hangups: Hangups::listen()? })
    }

    /// Hands nodes that are new in the file to the broker, and takes those away that are not there any more: when the file
    /// has changed, and on SIGHUP. A file that cannot be used changes nothing. It never ends.
    pub(crate) async fn follow(mut self, broker: &Broker) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                _ = ticks.tick() => false,
                () = self.hangups.next() => true,
            };
            self.look(broker, asked);
        }
    }

    fn look(&mut self, broker: &Broker, asked: bool) {
        let text = std::fs::read_to_string(&self.path).ok();
        // A file that is being replaced may be gone for a moment.
        if !asked && (text == self.seen || text.is_none()) {
            return;
        }
        self.seen = text;
        let taken = BrokerConfig::load(Some(&self.path)).and_then(|config| {
            broker.take(&config)?;
            Ok(config.nodes.len())
        });
        match taken {
            Ok(nodes) => tracing::info!(nodes, "the member list was read again"),
            Err(error) => tracing::error!(%error, "the member list was not read: the one before it stays"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemberConfig;

    fn text(id: &str, nodes: &[&str]) -> String {
        let node = |name: &&str| format!("[[nodes]]\nid = \"{name}\"\ngrpc = \"http://127.0.0.1:1\"\n");
        format!("[broker]\nid = \"{id}\"\n{}", nodes.iter().map(node).collect::<String>())
    }

    #[tokio::test]
    async fn a_file_that_has_changed_is_taken_and_one_that_cannot_be_used_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("broker.toml");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write(&text("b", &["fi"]));
        let config = BrokerConfig::new("b", vec![MemberConfig::plain("fi", "http://127.0.0.1:1")]);
        let broker = Broker::new(&config).unwrap();
        let mut file = ConfigFile::new(path.clone()).unwrap();
        for (content, expected) in [
            (text("b", &["fi", "se"]), vec!["fi", "se"]),
            ("[broker".to_owned(), vec!["fi", "se"]),
            (text("b", &["fi", "fi"]), vec!["fi", "se"]),
            (text("another", &["no"]), vec!["fi", "se"]),
            (text("b", &["no"]), vec!["no"]),
        ] {
            write(&content);
            file.look(&broker, false);
            assert_eq!(broker.members(), expected, "{content}");
        }
        std::fs::remove_file(&path).unwrap();
        file.look(&broker, false);
        assert_eq!(broker.members(), ["no"]);
    }
}
