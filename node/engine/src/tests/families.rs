//! Families, whoever states them, and alleles that are nowhere.

use futures::TryStreamExt;
use fyr_policy::{Cohort, Needs, People, VariantCount};
use fyr_schemas::{EntryType, Individual, Located, Observations, Query, Sex, model::Entry};
use fyr_store::{
    Call::{Heterozygous, Reference},
    MetadataSpec,
};
use serde_json::{Value, json};

use super::{
    fixture::{Lab, exact, range, record, spec},
    metadata::load,
};

const TRIO: &[&str] = &["FIN1F", "FIN2M", "GBR1F"];

/// Three people who carry one allele; the first two are of one family by the file that they came with.
async fn trio() -> Lab {
    let lab = Lab::new();
    let mut spec = spec("ds", &[("a.vcf", TRIO)]);
    spec.individuals.iter_mut().take(2).for_each(|person| person.family = Some("K1".into()));
    lab.ingest(spec, &[record("1-5-A-T", 0, &[Heterozygous; 3])]).await;
    lab
}

fn families(found: &VariantCount) -> Option<u64> {
    match found.count.sets().people() {
        People::Known(people) => Some(found.count.families()?.among(&people)),
        People::AtLeast(_) => None,
    }
}

/// A document of the last of them, with a pedigree that lists some people.
fn document(members: &[&str]) -> Entry {
    let member = |id: &&str| json!({ "memberId": id, "role": { "id": "NCIT:C96572" }, "affected": true });
    let members: Vec<Value> = members.iter().map(member).collect();
    let disease = json!({ "diseaseCode": { "id": "NCIT:C1" } });
    let pedigree = json!({ "id": "K1", "disease": disease, "members": members });
    let json = json!({ "id": "GBR1F", "sex": { "id": "NCIT:C16576" }, "pedigrees": [pedigree] });
    Entry::new(EntryType::Individual, json).unwrap()
}

#[tokio::test]
async fn a_family_is_known_from_files_and_from_documents() {
    let lab = trio().await;
    let found = async || families(&lab.ask("ds", "1-5-A-T").await.unwrap());
    assert_eq!(found().await, Some(2));
    load(&lab, vec![document(&["FIN1F"])], false).await.unwrap();
    assert_eq!(found().await, Some(2), "a pedigree that lists only others goes with them");
    load(&lab, vec![document(&["FIN1F", "GBR1F"])], false).await.unwrap();
    assert_eq!(found().await, Some(1));
}

#[tokio::test]
async fn a_family_file_adds_a_case_and_takes_one_away() {
    let lab = Lab::new();
    let calls = [Heterozygous, Reference, Heterozygous];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &[record("1-5-A-T", 0, &calls)]).await;
    let relate = async |families: &[(&str, &str)]| {
        let sources = Vec::new();
        let spec = MetadataSpec { dataset: "ds".into(), assembly: None, sources, replace: true };
        let mut writer = lab.store().await.begin_metadata(spec).await.unwrap();
        for (id, family) in families {
            let family = Some((*family).to_owned());
            let person = Individual { id: (*id).into(), sex: Sex::Unknown, populations: Vec::new(), family };
            writer.relate(person).unwrap();
        }
        writer.finish().await.unwrap()
    };
    let observed = async || lab.ask("ds", "1-5-A-T").await.unwrap().count.observed();
    assert_eq!(observed().await, None, "nobody is known to be related");
    let all = relate(&[("FIN1F", "K1"), ("FIN2M", "K1"), ("GBR1F", "K2"), ("GBR9M", "K2")]).await;
    assert_eq!((all.related, all.joined, all.without_genotypes), (4, 3, vec!["GBR9M".to_owned()]));
    assert_eq!(observed().await, Some(Observations { cases: 2, of: 2 }));
    relate(&[("FIN1F", "K1"), ("GBR1F", "K1")]).await;
    assert_eq!(observed().await, Some(Observations { cases: 1, of: 2 }), "the former metadata are gone");
    assert_eq!(lab.ask("ds", "1-5-A-T").await.unwrap().count.tally().assayed, Some(3), "no more people");
    // Whoever comes later joins their family.
    relate(&[("FIN1F", "K1"), ("GBR2F", "K1")]).await;
    lab.ingest(spec("ds", &[("b.vcf", &["GBR2F"])]), &[record("1-5-A-T", 0, &[Heterozygous])]).await;
    assert_eq!(observed().await, Some(Observations { cases: 2, of: 3 }));
}

#[tokio::test]
async fn where_nobody_is_related_no_families_are_kept() {
    let lab = Lab::new();
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &[record("1-5-A-T", 0, &[Heterozygous; 3])]).await;
    assert_eq!(families(&lab.ask("ds", "1-5-A-T").await.unwrap()), None);
}

#[tokio::test]
async fn an_allele_that_is_nowhere_is_counted_of_nobody_where_that_is_needed() {
    let lab = trio().await;
    let view = lab.engine().await.view(&std::sync::Arc::default()).await.unwrap();
    let dataset = view.of("ds", Cohort::Everyone).await.unwrap().unwrap();
    let found = async |query: fyr_schemas::VariantQuery, nobody| -> Vec<(u64, u64)> {
        let (query, located) = (Query::variants(query.clone()), Located::plain(&query));
        let needs = Needs { nobody, ..Needs::default() };
        let found = view.variants(dataset.clone(), needs, (&query, located.as_ref())).await.unwrap();
        let found: Vec<_> = found.try_collect().await.unwrap();
        found.iter().map(|found| (found.count.sets().people().number(), found.count.consenting())).collect()
    };
    assert_eq!(found(exact("1-5-A-T"), true).await, [(3, 3)]);
    assert_eq!(found(exact("1-5-A-C"), true).await, [(0, 3)]);
    assert_eq!(found(exact("1-5-A-C"), false).await, []);
    let place = fyr_schemas::VariantQuery::Range(range("1", 50, 60));
    assert_eq!(found(place, true).await, [], "which alleles there could be nobody knows");
}
