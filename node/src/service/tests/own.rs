//! What is the requester's own is left out of what they are told, whatever they ask.

use fyr_identity::OrganisationConfig;

use super::{
    tokens::{Signer, World},
    *,
};

/// A node of the region `se-north`, which knows an organisation there, one elsewhere that has a dataset here, one that has
/// nothing here, and two with people of theirs among those of others.
async fn north() -> (Fixture, World) {
    let keys = tempfile::tempdir().unwrap();
    let world = World::create("se.fin", keys.path(), "https://nobody.example").unwrap();
    #[derive(serde::Deserialize)]
    struct File {
        identity: fyr_identity::IdentityConfig,
    }
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
    let organisation = |name: &str, region: &str, datasets: &[&str]| OrganisationConfig {
        id: format!("https://{name}.example"),
        aliases: vec![format!("{name}.example")],
        region: Some(region.to_owned()),
        datasets: ids(datasets),
        ..OrganisationConfig::default()
    };
    let treating = |name: &str, people: &[&str]| OrganisationConfig {
        people: ids(people),
        ..organisation(name, "se-south", &[])
    };
    let fixture = Fixture::with(|config| {
        config.identity = toml::from_str::<File>(&world.identity_toml()).unwrap().identity;
        config.identity.organisations = vec![
            organisation("north", "se-north", &[]),
            organisation("guest", "se-south", &["open"]),
            organisation("south", "se-south", &[]),
            treating("clinic", &["b"]),
            treating("ward", &["not-here", "a", "b"]),
        ];
        config.node.region = Some("se-north".into());
        let mut clinic = config.policy.datasets["open"].clone();
        clinic.subjects = Some(Release::Count);
        config.policy.datasets.insert("open".into(), clinic.clone());
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

/// Returns the carriers, AC and AN that somebody is told of each dataset.
fn counts(answer: &Answer) -> Vec<(u64, u64, u64)> {
    let variants = answer.datasets.iter().flat_map(|dataset| &dataset.variants);
    let numbers = variants.map(|variant| {
        let total = &variant.frequencies[0];
        (variant.carriers.unwrap(), total.allele_count, total.allele_number)
    });
    numbers.collect()
}

#[tokio::test]
async fn people_of_own_cases_are_left_out_of_every_answer() {
    let (fixture, world) = north().await;
    for (organisation, told) in [
        ("south", vec![(2, 3, 6); 2]),
        ("clinic", vec![(1, 1, 4); 2]),
        ("ward", vec![(0, 0, 2); 2]),
        ("unknown", vec![(2, 3, 6); 2]),
    ] {
        let shown = of(&world, organisation);
        let answer = fixture.ask(&shown, query(&[])).await.unwrap();
        assert_eq!(counts(&answer), told, "{organisation}");
        assert_eq!(fixture.ask(&shown, query(&[])).await.unwrap(), answer, "{organisation}, again");
        let anywhere = Query { granularity: Granularity::Boolean, ..range(Assembly::GRCH38) };
        assert_eq!(fixture.ask(&shown, anywhere).await.unwrap().exists, organisation != "ward");
    }
    let people = Query { granularity: Granularity::Count, ..Query::entries(EntryType::Individual) };
    let only = query(&["open", "clinic"]).datasets;
    let people = Query { datasets: only, ..people };
    for (organisation, number) in [("south", 3), ("clinic", 2), ("ward", 1)] {
        let told = fixture.ask(&of(&world, organisation), people.clone()).await.unwrap();
        let numbers: Vec<_> = told.datasets.iter().map(|dataset| dataset.result_count).collect();
        assert_eq!(numbers, [Some(number); 2], "{organisation}");
    }
}
