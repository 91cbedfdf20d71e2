//! The service that acts for a person, as a token names it.

use fyr_identity::{Acting, Invalid};
use fyr_policy::Subject;
use serde_json::{Value, json};

use crate::{
    support::{NOW, Stand, user},
    tokens::{Signer, iss},
};

fn client(issuer: &str, id: &str) -> Option<Acting> {
    Some(Acting::Client(Subject { issuer: issuer.to_owned(), id: id.to_owned() }))
}

/// Shows an access token with further claims.
async fn shown(stand: &Stand, claims: &[(&str, Value)]) -> Result<fyr_identity::Verified, Invalid> {
    let token = stand.world.access(NOW).without("azp").without("client_id");
    let token = claims.iter().fold(token, |token, (name, value)| token.with(name, value.clone()));
    stand.bearer(&token.sign(&Signer::aai_rsa()), NOW).await
}

#[tokio::test]
async fn a_token_names_the_service_that_acts() {
    let stand = Stand::new().await;
    let alone = shown(&stand, &[]).await.unwrap();
    let elsewhere = json!({ "sub": "portal", "iss": "https://sts.example" });
    let chain = json!({ "sub": "portal", "act": { "sub": "gateway" } });
    for (claims, acting) in [
        (vec![], None),
        (vec![("azp", json!("portal"))], client(iss::AAI, "portal")),
        (vec![("client_id", json!("portal"))], client(iss::AAI, "portal")),
        (vec![("client_id", json!("gateway")), ("azp", json!("portal"))], client(iss::AAI, "portal")),
        (vec![("azp", json!("gateway")), ("act", json!({ "sub": "portal" }))], client(iss::AAI, "portal")),
        (vec![("act", elsewhere)], client("https://sts.example", "portal")),
        (vec![("act", chain)], client(iss::AAI, "portal")),
    ] {
        let verified = shown(&stand, &claims).await.unwrap();
        assert_eq!(verified.acting, acting, "{claims:?}");
        assert_eq!(user(&verified), user(&alone), "{claims:?}: the person is the same");
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_read_is_not_left_out() {
    let stand = Stand::new().await;
    for claims in [
        ("act", json!("portal")),
        ("act", json!({})),
        ("act", json!({ "sub": 7 })),
        ("act", json!({ "sub": "portal", "iss": ["https://sts.example"] })),
        ("azp", json!(["portal"])),
        ("client_id", json!("")),
    ] {
        let outcome = shown(&stand, std::slice::from_ref(&claims)).await;
        assert_eq!(outcome.err(), Some(Invalid::Claims), "{claims:?}");
    }
}
