use serde::de::DeserializeOwned;

use super::*;

/// The manual for operators, whose examples must be right.
const MANUAL: &str = include_str!("../../../../docs/identity.md");

#[derive(Deserialize)]
struct File {
    identity: IdentityConfig,
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn the_examples_of_the_manual_are_read() {
    let blocks: Vec<&str> =
        MANUAL.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 4, "the manual has examples");
    for block in blocks {
        let file: File = read(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        let identity = file.identity;
        assert!(identity.issuers.len() + identity.visa_issuers.len() + identity.organisations.len() > 0);
    }
}

#[test]
fn each_reason_stands_in_the_manual() {
    use crate::{Invalid as I, VisaFault as V};
    let reasons = [
        I::Malformed,
        I::TooLarge,
        I::Header,
        I::TokenType,
        I::Issuer,
        I::Algorithm,
        I::Key,
        I::KeysUnavailable,
        I::Signature,
        I::Claims,
        I::Expired,
        I::NotYetValid,
        I::Audience,
        I::BindingRequired,
        I::BindingUnsupported,
        I::Scheme,
        I::ProofMissing,
        I::ProofUnexpected,
        I::Proof,
        I::ProofKey,
        I::ProofToken,
        I::ProofRequest,
        I::ProofStale,
        I::ProofReplayed,
        I::MemoryUnavailable,
        I::Revoked,
        I::PassportUnavailable,
        I::PassportRefused,
        I::Passport,
    ];
    let faults =
        [V::Jku, V::Format, V::Statement, V::Type, V::Source, V::By, V::Asserted, V::Subject, V::Conditions];
    for code in reasons.map(I::code).into_iter().chain(faults.map(V::code)) {
        assert!(MANUAL.contains(&format!("| `{code}` |")), "{code}");
    }
}

#[test]
fn unknown_keys_are_refused() {
    for text in [
        "[identity]\nisuers = []\n",
        "[[identity.issuers]]\niss = 'a'\njku = 'b'\n",
        "[[identity.visa_issuers]]\niss = 'a'\nsource = ['b']\n",
        "[[identity.organisations]]\nid = 'a'\nnon_profit = true\n",
        "[[identity.issuers]]\niss = 'a'\nclaims = { organisation = '/a' }\n",
        "[[identity.issuers]]\niss = 'a'\nclaims = { purpose_words = { x = 'CURIOSITY' } }\n",
        "[[identity.issuers]]\niss = 'a'\npassport = 'magic'\n",
        "[[identity.visa_issuers]]\niss = 'a'\nmax_asserted_age_days = -1\n",
    ] {
        assert!(read::<File>(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_left_out_is_strict() {
    let file: File = read("[[identity.issuers]]\niss = 'a'\n[[identity.visa_issuers]]\niss = 'b'\n").unwrap();
    let (issuer, visas) = (&file.identity.issuers[0], &file.identity.visa_issuers[0]);
    assert_eq!(issuer.audience, None, "this node's id");
    assert_eq!(issuer.passport, PassportSource::None);
    assert_eq!(visas.max_asserted_age_days, 90);
    assert!(visas.types.is_empty() && visas.sources.is_empty() && visas.subjects_of.is_empty());
    assert!(!file.identity.insecure_loopback);
}

#[test]
fn a_visa_issuer_has_its_keys_where_its_jku_is_pinned() {
    let visas = |text: &str| read::<VisaIssuerConfig>(text).unwrap().keys();
    let pinned = visas("iss = 'a'\njku = 'https://a/jwk'\n");
    assert_eq!(pinned.jwks_uri.as_deref(), Some("https://a/jwk"));
    let elsewhere = visas("iss = 'a'\njku = 'https://a/jwk'\njwks_uri = 'https://a/other'\n");
    assert_eq!(elsewhere.jwks_uri.as_deref(), Some("https://a/other"));
    let file = visas("iss = 'a'\njku = 'https://a/jwk'\njwks_file = 'keys.json'\n");
    assert_eq!((file.jwks_uri, file.jwks_file), (None, Some(PathBuf::from("keys.json"))));
}

#[test]
fn paths_start_at_the_file() {
    let text = "[identity]\nca_file = 'ca.pem'\n[[identity.issuers]]\niss = 'a'\njwks_file = 'a.json'\n\
                client_secret_file = '/run/secret'\n[[identity.visa_issuers]]\niss = 'b'\njwks_file = 'b.json'\n";
    let identity = read::<File>(text).unwrap().identity.relative_to(Path::new("/etc/fyr"));
    let path = |text: &str| Some(PathBuf::from(text));
    assert_eq!(identity.ca_file, path("/etc/fyr/ca.pem"));
    assert_eq!(identity.issuers[0].jwks_file, path("/etc/fyr/a.json"));
    assert_eq!(identity.issuers[0].client_secret_file, path("/run/secret"));
    assert_eq!(identity.visa_issuers[0].jwks_file, path("/etc/fyr/b.json"));
}
