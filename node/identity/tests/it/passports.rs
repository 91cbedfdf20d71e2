//! Passports from the userinfo endpoint and by token exchange.

use fyr_identity::{Invalid, Verified};
use serde_json::json;

use crate::{
    support::{Lines, NOW, Stand, at, marks, user},
    tokens::{JKU, PERSON, Provider, Reply, SOURCE, Signer, iss, key_set},
};

async fn stand(passport: &str) -> (Stand, Provider) {
    let provider = Provider::start().await.unwrap();
    provider.reply("/jwks", Reply::Body(key_set(&[Signer::aai_rsa()])));
    provider.reply("/visas", Reply::Body(key_set(&[Signer::visas_rsa()])));
    let (secret, directory) = ("s3cret/+", tempfile::tempdir().unwrap());
    let file = directory.path().join("secret");
    std::fs::write(&file, secret).unwrap();
    let stand = Stand::with(|_| {
        format!(
            "[identity]\ninsecure_loopback = true\n[[identity.issuers]]\niss = '{}'\njwks_uri = '{}'\n{passport}\n\
             userinfo_endpoint = '{}'\ntoken_endpoint = '{}'\nclient_id = 'node'\nclient_secret_file = '{}'\n\
             claims = {{ organisations = '/org', projects = '/groups' }}\n\
             [[identity.visa_issuers]]\niss = '{}'\njku = '{JKU}'\njwks_uri = '{}'\n\
             types = ['ControlledAccessGrants']\nsources = ['{SOURCE}']\nsubjects_of = ['{}']\n",
            iss::AAI,
            provider.url("/jwks"),
            provider.url("/userinfo"),
            provider.url("/token"),
            file.display(),
            iss::VISAS,
            provider.url("/visas"),
            iss::AAI,
        )
    })
    .await;
    (stand, provider)
}

async fn userinfo() -> (Stand, Provider) {
    stand("passport = 'userinfo'").await
}

fn token(stand: &Stand) -> String {
    stand.world.access(NOW).with("org", "ki.example").sign(&Signer::aai_rsa())
}

fn grant(stand: &Stand) -> String {
    stand.world.grant(NOW).sign(&Signer::visas_rsa())
}

fn visas(outcome: &Result<Verified, Invalid>) -> usize {
    outcome.as_ref().map_or(0, |verified| user(verified).visas.len())
}

#[tokio::test]
async fn userinfo_gives_visas_and_claims() {
    let (stand, provider) = userinfo().await;
    let body = json!({ "sub": PERSON, "ga4gh_passport_v1": [grant(&stand)], "groups": ["p"], "org": "evil" });
    provider.reply("/userinfo", Reply::Body(body.to_string()));
    let token = token(&stand);
    let verified = stand.bearer(&token, NOW).await.unwrap();
    let user = user(&verified);
    assert_eq!((user.visas.len(), &user.attributes.projects), (1, &vec!["p".to_owned()]));
    assert_eq!(user.attributes.organisations, ["ki.example"], "what the token says comes first");
    let requests = provider.requests("/userinfo");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].authorization, Some(format!("Bearer {token}")));
}

#[tokio::test]
async fn userinfo_is_asked_once_in_five_minutes() {
    let (stand, provider) = userinfo().await;
    provider.reply("/userinfo", Reply::Body(json!({ "sub": PERSON }).to_string()));
    let token = token(&stand);
    let all = (0..20).map(|_| stand.bearer(&token, NOW));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    assert!(stand.bearer(&token, NOW + 299).await.is_ok());
    assert_eq!(provider.requests("/userinfo").len(), 1);
    assert!(stand.bearer(&token, NOW + 300).await.is_ok());
    assert_eq!(provider.requests("/userinfo").len(), 2);
}

#[tokio::test]
async fn without_userinfo_nobody_is_let_in_on_less() {
    for (case, reply, expected) in [
        ("refused", Reply::Status(401), Invalid::PassportRefused),
        ("forbidden", Reply::Status(403), Invalid::PassportRefused),
        ("missing", Reply::Status(404), Invalid::PassportUnavailable),
        ("broken", Reply::Status(500), Invalid::PassportUnavailable),
        ("HTML", Reply::Body("<html>".to_owned()), Invalid::PassportUnavailable),
        ("redirect", Reply::Redirect("/other".to_owned()), Invalid::PassportUnavailable),
        ("silence", Reply::Silence, Invalid::PassportUnavailable),
        ("large", Reply::Body(format!("\"{}\"", "x".repeat(2 << 20))), Invalid::PassportUnavailable),
        ("nobody", Reply::Body("{}".to_owned()), Invalid::PassportRefused),
        ("somebody else", Reply::Body(json!({ "sub": "eve" }).to_string()), Invalid::PassportRefused),
        (
            "somebody twice",
            Reply::Body(format!(r#"{{"sub":"eve","sub":"{PERSON}"}}"#)),
            Invalid::PassportUnavailable,
        ),
        (
            "no list of visas",
            Reply::Body(json!({ "sub": PERSON, "ga4gh_passport_v1": "x" }).to_string()),
            Invalid::Passport,
        ),
        (
            "101 visas",
            Reply::Body(json!({ "sub": PERSON, "ga4gh_passport_v1": vec!["x"; 101] }).to_string()),
            Invalid::Passport,
        ),
    ] {
        let (stand, provider) = userinfo().await;
        provider.reply("/userinfo", reply);
        assert_eq!(stand.bearer(&token(&stand), NOW).await, Err(expected), "{case}");
    }
}

#[tokio::test]
async fn userinfo_that_comes_back_is_asked_again() {
    let (stand, provider) = userinfo().await;
    let token = token(&stand);
    assert!(stand.bearer(&token, NOW).await.is_err());
    provider.reply("/userinfo", Reply::Body(json!({ "sub": PERSON }).to_string()));
    assert_eq!(stand.bearer(&token, NOW + 4).await, Err(Invalid::PassportUnavailable));
    assert!(stand.bearer(&token, NOW + 5).await.is_ok());
    assert_eq!(provider.requests("/userinfo").len(), 2);
}

#[tokio::test]
async fn userinfo_is_not_asked_for_tokens_that_do_not_hold() {
    let (stand, provider) = userinfo().await;
    let expired = stand.world.access(NOW).with("exp", NOW - 60).sign(&Signer::aai_rsa());
    assert_eq!(stand.bearer(&expired, NOW).await, Err(Invalid::Expired));
    assert!(stand.bearer(&stand.world.access(NOW).sign(&Signer::stranger()), NOW).await.is_err());
    assert!(provider.requests("/userinfo").is_empty());
}

#[tokio::test]
async fn a_visa_whose_keys_cannot_be_had_is_ignored() {
    let (stand, provider) = userinfo().await;
    let body = json!({ "sub": PERSON, "ga4gh_passport_v1": vec![grant(&stand); 50] });
    provider.reply("/userinfo", Reply::Body(body.to_string()));
    provider.reply("/visas", Reply::Silence);
    let verified = stand.bearer(&token(&stand), NOW).await.unwrap();
    assert_eq!((user(&verified).visas.len(), verified.ignored.len()), (0, 50));
}

#[tokio::test]
async fn neither_token_nor_visa_nor_secret_is_logged() {
    let (lines, _logs) = Lines::catch();
    for (passport, reply) in
        [("passport = 'userinfo'", 200), ("passport = 'userinfo'", 401), ("passport = 'exchange'", 0)]
    {
        let (stand, provider) = stand(passport).await;
        let (token, visa) = (token(&stand), grant(&stand));
        let body = json!({ "sub": PERSON, "ga4gh_passport_v1": [visa, "no.visa.here"] }).to_string();
        let userinfo = if reply == 200 { Reply::Body(body) } else { Reply::Status(reply) };
        provider.reply("/userinfo", userinfo);
        provider.reply(
            "/token",
            exchanged(&stand.world.passport(NOW, std::slice::from_ref(&visa)).sign(&Signer::aai_rsa())),
        );
        let _ = stand.bearer(&token, NOW).await;
        let text = lines.text();
        for mark in
            marks(&token).into_iter().chain(marks(&visa)).chain(["s3cret".to_owned(), PERSON.to_owned()])
        {
            assert!(!text.contains(&mark), "{mark}");
        }
    }
    assert!(lines.text().contains("gives no passport"), "logs are seen");
}

fn exchanged(passport: &str) -> Reply {
    let issued = "urn:ga4gh:params:oauth:token-type:passport";
    Reply::Body(
        json!({ "access_token": passport, "issued_token_type": issued, "token_type": "Bearer" }).to_string(),
    )
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_passport() {
    let (stand, provider) = stand("passport = 'exchange'").await;
    let passport = stand.world.passport(NOW, &[grant(&stand)]).without("aud").sign(&Signer::aai_rsa());
    provider.reply("/token", exchanged(&passport));
    let token = token(&stand);
    for _ in 0..2 {
        assert_eq!(visas(&stand.bearer(&token, NOW).await), 1);
    }
    let requests = provider.requests("/token");
    assert_eq!(requests.len(), 1);
    // `node:s3cret/+`
    assert_eq!(requests[0].authorization.as_deref(), Some("Basic bm9kZTpzM2NyZXQlMkYlMkI="));
    let body = &requests[0].body;
    assert!(body.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"), "{body}");
    assert!(body.contains("requested_token_type=urn%3Aga4gh%3Aparams%3Aoauth%3Atoken-type%3Apassport"));
    assert!(body.contains(&format!("subject_token={token}")));
}

#[tokio::test]
async fn an_exchanged_passport_ends_what_rests_on_it() {
    for (case, of_token, of_passport, end) in [("passport", 600, 200, 200), ("token", 200, 600, 200)] {
        let (stand, provider) = stand("passport = 'exchange'").await;
        let passport = stand.world.passport(NOW, &[grant(&stand)]).with("exp", NOW + of_passport);
        provider.reply("/token", exchanged(&passport.sign(&Signer::aai_rsa())));
        let token = stand.world.access(NOW).with("exp", NOW + of_token).sign(&Signer::aai_rsa());
        let verified = stand.bearer(&token, NOW).await.unwrap();
        assert_eq!(user(&verified).expires - NOW, end, "{case}");
        assert_eq!(stand.verifier.still_holds(&verified, at(NOW + end + 29)), Ok(()), "{case}");
        assert_eq!(
            stand.verifier.still_holds(&verified, at(NOW + end + 30)),
            Err(Invalid::Expired),
            "{case}"
        );
    }
}

#[tokio::test]
async fn an_exchanged_passport_is_not_kept_past_its_end() {
    let (stand, provider) = stand("passport = 'exchange'").await;
    let passport = stand.world.passport(NOW, &[grant(&stand)]).with("exp", NOW + 100);
    provider.reply("/token", exchanged(&passport.sign(&Signer::aai_rsa())));
    let token = token(&stand);
    for (seconds, asked) in [(0, 1), (99, 1), (100, 2)] {
        assert!(stand.bearer(&token, NOW + seconds).await.is_ok());
        assert_eq!(provider.requests("/token").len(), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_passport_that_does_not_hold_is_no_passport() {
    type Forge = fn(&Stand) -> Reply;
    let wrong: [(&str, Forge, Invalid); 9] = [
        ("refused", |_| Reply::Status(400), Invalid::PassportRefused),
        ("broken", |_| Reply::Status(500), Invalid::PassportUnavailable),
        ("an access token", |stand| exchanged(&token(stand)), Invalid::Passport),
        ("no token", |_| Reply::Body("{}".to_owned()), Invalid::Passport),
        (
            "issued as something else",
            |stand| {
                let passport = stand.world.passport(NOW, &[]).sign(&Signer::aai_rsa());
                Reply::Body(json!({ "access_token": passport, "issued_token_type": "x" }).to_string())
            },
            Invalid::Passport,
        ),
        (
            "of a stranger",
            |stand| exchanged(&stand.world.passport(NOW, &[]).sign(&Signer::stranger())),
            Invalid::Passport,
        ),
        (
            "expired",
            |stand| exchanged(&stand.world.passport(NOW, &[]).with("exp", NOW - 60).sign(&Signer::aai_rsa())),
            Invalid::Passport,
        ),
        (
            "for another client",
            |stand| exchanged(&stand.world.passport(NOW, &[]).with("aud", "x").sign(&Signer::aai_rsa())),
            Invalid::Passport,
        ),
        (
            "of somebody else",
            |stand| exchanged(&stand.world.passport(NOW, &[]).with("sub", "eve").sign(&Signer::aai_rsa())),
            Invalid::PassportRefused,
        ),
    ];
    for (case, forge, expected) in wrong {
        let (stand, provider) = stand("passport = 'exchange'").await;
        provider.reply("/token", forge(&stand));
        assert_eq!(stand.bearer(&token(&stand), NOW).await, Err(expected), "{case}");
    }
}

#[tokio::test]
async fn an_issuer_without_passports_is_not_asked() {
    let (stand, provider) = stand("passport = 'none'").await;
    assert_eq!(visas(&stand.bearer(&token(&stand), NOW).await), 0);
    assert!(provider.requests("/userinfo").is_empty() && provider.requests("/token").is_empty());
}
