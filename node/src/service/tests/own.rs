//! What is the requester's own is left out of what they are told, whatever they ask.

use fyr_identity::OrganisationConfig;

use super::{
    tokens::{Signer, World},
    *,
};

/// A node of the region `se-north`, which knows an organisation there, one elsewhere that has a dataset here, and
/// one that has nothing here.
async fn north() -> (Fixture, World) {
    let keys = tempfile::tempdir().unwrap();
    let world = World::create("se.fin", keys.path(), "https://nobody.example").unwrap();
    #[derive(serde::Deserialize)]
    struct File {
        identity: fyr_identity::IdentityConfig,
    }
    let organisation = |name: &str, region: &str, datasets: &[&str]| OrganisationConfig {
        id: format!("https://{name}.example"),
        aliases: vec![format!("{name}.example")],
        region: Some(region.to_owned()),
        datasets: datasets.iter().map(|&id| id.to_owned()).collect(),
        ..OrganisationConfig::default()
    };
    let fixture = Fixture::with(|config| {
        config.identity = toml::from_str::<File>(&world.identity_toml()).unwrap().identity;
        config.identity.organisations = vec![
            organisation("north", "se-north", &[]),
            organisation("guest", "se-south", &["open"]),
            organisation("south", "se-south", &[]),
        ];
        config.node.region = Some("se-north".into());
        let clinic = config.policy.datasets["open"].clone();
        config.policy.datasets.insert("clinic".into(), clinic);
    })
    .await;
    (fixture, world)
}

/// Somebody who acts for an organisation.
fn of(world: &World, organisation: &str) -> Credentials {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let role = format!("faculty@{organisation}.example");
    let visa = world.visa(now, "AffiliationAndRole", &role).stating("by", "so").sign(&Signer::visas_rsa());
    Credentials::bearer(world.show(now, &[visa]).token.unwrap())
}

#[tokio::test]
async fn a_regions_own_part_is_left_out_of_what_its_people_are_told() {
    let (fixture, world) = north().await;
    for (organisation, told) in [
        ("north", &[][..]),
        ("guest", &["clinic"]),
        ("south", &["clinic", "open"]),
        ("unknown", &["clinic", "open"]),
    ] {
        let answer = fixture.ask(&of(&world, organisation), query(&[])).await.unwrap();
        assert_eq!(answered(&answer), told, "{organisation}");
        assert_eq!(answer.exists, !told.is_empty(), "{organisation}");
        assert_eq!(fixture.last_decision().verdict, Verdict::Allowed, "{organisation}");
    }
    assert_eq!(answered(&fixture.ask(&nobody(), query(&[])).await.unwrap()), ["clinic", "open"]);
}

#[tokio::test]
async fn who_leaves_their_own_out_by_name_is_told_the_same() {
    let (fixture, world) = north().await;
    let mut without = query(&[]);
    without.datasets.exclude = vec!["open".into()];
    let shown = of(&world, "guest");
    let told = fixture.ask(&shown, query(&[])).await.unwrap();
    assert_eq!(told, fixture.ask(&shown, without.clone()).await.unwrap());
    assert_eq!(told, fixture.ask(&of(&world, "south"), without).await.unwrap());
    let mut elsewhere = query(&[]);
    elsewhere.datasets.exclude_nodes = vec!["se.fin".into()];
    let told = fixture.ask(&of(&world, "north"), query(&[])).await.unwrap();
    assert_eq!(told, fixture.ask(&of(&world, "south"), elsewhere).await.unwrap());
}
