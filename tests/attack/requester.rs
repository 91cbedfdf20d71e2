//! Who asks, and what they show: tokens, passports and proofs as real requesters have them.

use std::time::{SystemTime, UNIX_EPOCH};

use fyr_policy::Profile;
use fyr_schemas::{EntryType, Query};
use fyr_tests::tokens::{DATASET, Occasion, REGISTERED, Signer, World};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use serde_json::json;

use crate::{
    posture::Posture,
    stand::{SHIPPED, UNCHARGED},
};

/// The nodes that tokens and proofs are meant for.
const NODES: [&str; 2] = [SHIPPED, UNCHARGED];
/// How many holders of tokens the node is told of.
const HOLDERS: usize = 1024;

/// Somebody who asks; those of one posture differ by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Requester {
    pub(crate) posture: Posture,
    pub(crate) number: usize,
}

/// Returns the `[[tokens]]` of the node.
pub(crate) fn tokens_toml() -> String {
    let token = |number| format!("[[tokens]]\nname = \"holder-{number}\"\ntoken = \"{}\"\n", holder(number));
    (0..HOLDERS).map(token).collect()
}

fn holder(number: usize) -> String {
    format!("a-token-of-holder-{}-0123456789abcdef", number % HOLDERS)
}

impl Requester {
    /// Returns the token to show; none of whoever is nobody in particular.
    ///
    /// # Errors
    ///
    /// The clock stands before 1970.
    pub(crate) fn token(self, world: &World) -> anyhow::Result<Option<String>> {
        Ok(match self.posture {
            Posture::Undefended => None,
            Posture::Exact | Posture::Free => Some(holder(self.number)),
            Posture::Shipped(profile) | Posture::Uncharged(profile) => match profile {
                Profile::Public | Profile::AggregateOpen => None,
                Profile::Known => Some(holder(self.number)),
                _ => Some(self.passport(world, profile)?),
            },
        })
    }

    /// Returns the headers of a request to an address that show a token.
    ///
    /// # Errors
    ///
    /// What is shown is no header.
    pub(crate) fn headers(self, world: &World, token: &str, url: &str) -> anyhow::Result<HeaderMap> {
        let mut headers = self.bare_headers(token)?;
        if self.is_bound() {
            let question = Query::entries(EntryType::Individual);
            let ask = Occasion { now: now()?, method: "POST", url, question: &question };
            let proof = world.dpop(&ask, token, &Signer::client()).sign(&Signer::client());
            headers.insert(HeaderName::from_static("dpop"), proof.parse()?);
        }
        Ok(headers)
    }

    /// Returns the headers that show a token, without a proof of its possession.
    ///
    /// # Errors
    ///
    /// What is shown is no header.
    pub(crate) fn bare_headers(self, token: &str) -> anyhow::Result<HeaderMap> {
        let scheme = if self.is_bound() { "DPoP" } else { "Bearer" };
        Ok(HeaderMap::from_iter([(AUTHORIZATION, format!("{scheme} {token}").parse()?)]))
    }

    /// Signs a question of a stream, whose proof of possession would serve one question alone.
    ///
    /// # Errors
    ///
    /// The clock stands before 1970.
    pub(crate) fn proof(
        self,
        world: &World,
        token: &str,
        question: &Query,
    ) -> anyhow::Result<Option<String>> {
        if !self.is_bound() {
            return Ok(None);
        }
        let ask = Occasion { now: now()?, method: "POST", url: "", question };
        let proof = world.query_proof(&ask, token, &Signer::client()).with("aud", json!(NODES));
        Ok(Some(proof.sign(&Signer::client())))
    }

    /// Returns whether the token must be shown by its owner.
    fn is_bound(self) -> bool {
        matches!(
            self.posture,
            Posture::Shipped(Profile::Consortium) | Posture::Uncharged(Profile::Consortium)
        )
    }

    /// A passport with the visas of a researcher, or with a grant.
    fn passport(self, world: &World, profile: Profile) -> anyhow::Result<String> {
        let now = now()?;
        // Whoever asks in two capacities has one account: what was told in one of them is missing in the other.
        let person = format!("{}-{}@aai.example", profile.name(), self.number);
        let visa = |kind: &str, value: &str, by: &str| {
            let visa = world.visa(now, kind, value).stating("by", by).with("sub", person.as_str());
            visa.sign(&Signer::visas_rsa())
        };
        let visas = match profile {
            Profile::Research => vec![
                visa("ResearcherStatus", REGISTERED, "so"),
                visa("AcceptedTermsAndPolicies", REGISTERED, "self"),
            ],
            _ => vec![visa("ControlledAccessGrants", DATASET, "dac")],
        };
        let passport = world.passport(now, &visas).with("sub", person.as_str()).with("aud", json!(NODES));
        let bound = json!({ "jkt": Signer::client().thumbprint() });
        let passport = if self.is_bound() { passport.with("cnf", bound) } else { passport };
        Ok(passport.sign(&Signer::aai_rsa()))
    }
}

fn now() -> anyhow::Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?)
}
