//! What a figure rests on, in a form that can be cited.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Epoch, canonical::versions};

/// Bytes of the digest that a citation shows: enough that no two are ever the same by chance.
const SHOWN: usize = 10;

/// What the figures of a dataset rest on. Equal versions mean an equal answer to an equal question.
///
/// A version of data or consents that changes tells that somebody came or went, and when. So it is told where the
/// policy hides no small numbers; elsewhere figures are cited by policy and release epoch alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Versions {
    id: String,
    policy: String,
    data: Option<String>,
    consents: Option<String>,
    epoch: Option<Epoch>,
}

impl Versions {
    /// Creates what the figures of a dataset of a node rest on. Each version is a text that is another one where
    /// what it is of is another.
    pub fn new(
        (beacon_id, dataset): (&str, &str),
        policy: String,
        (data, consents): (Option<String>, Option<String>),
        epoch: Option<Epoch>,
    ) -> Self {
        let of_people = (data.as_deref(), consents.as_deref());
        let digest = Sha256::digest(versions::form((beacon_id, dataset), &policy, of_people, epoch));
        let shown: String = digest.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
        Self { id: format!("fyr:{shown}"), policy, data, consents, epoch }
    }

    /// Returns the id to cite: `fyr:` and 20 hexadecimal digits, a digest of node, dataset and versions.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the version of the policy.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Returns the version of the dataset's data, where it is told.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// Returns the version of who may be counted, where it is told.
    pub fn consents(&self) -> Option<&str> {
        self.consents.as_deref()
    }

    /// Returns the release epoch, where there are epochs.
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_tells_what_it_rests_on_apart() {
        let of = |node, dataset, policy: &str, data: Option<&str>, consents: Option<&str>, epoch| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            Versions::new((node, dataset), policy.into(), (own(data), own(consents)), epoch)
        };
        let plain = of("se", "D", "p", Some("1"), Some("1"), None);
        assert_eq!(plain, of("se", "D", "p", Some("1"), Some("1"), None));
        // By another tool: printf 'version 15\nfyr-versions-v1\nnode 2\nse\ndataset 1\nD\n…' | sha256sum.
        assert_eq!(plain.id(), "fyr:f4ebeb6fcbca8b6820e1");
        for other in [
            of("fi", "D", "p", Some("1"), Some("1"), None),
            of("se", "E", "p", Some("1"), Some("1"), None),
            of("se", "D", "q", Some("1"), Some("1"), None),
            of("se", "D", "p", Some("2"), Some("1"), None),
            of("se", "D", "p", None, Some("1"), None),
            of("se", "D", "p", Some("1"), None, None),
            of("se", "D", "p", Some("1"), Some("1"), Some(Epoch(0))),
        ] {
            assert_ne!(plain.id(), other.id());
        }
    }
}
