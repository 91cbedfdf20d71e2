use std::sync::{Arc, Mutex};

use fyr_schemas::{
    Assembly, Contig, EntryType, Individual, Interbase, Sex, Variant, VariantType, model::Entry,
};
use fyr_store::{
    Annotation, Call, Carriers, DatasetKind, GenotypeRow, MetadataSpec, Repeated, SegmentSpec, SourceFile,
};
use serde_json::json;
use tempfile::TempDir;

use super::*;

/// A store with the samples a, b and c in a dataset D, and the state beside it. Sample a is of the person P1, whose
/// biosample is B1.
pub(crate) struct Site {
    pub(crate) state: State,
    pub(crate) store: Store,
    _directory: TempDir,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("store")).await.unwrap();
        write_genotypes(&store, "D", &["a", "b", "c"]).await;
        write_metadata(&store).await;
        let url = format!("sqlite:{}", directory.path().join("state.db").display());
        let state = State::open(&url, &directory.path().join("state.key")).await.unwrap();
        Self { state, store, _directory: directory }
    }

    async fn withdraw(&self, person: &str) {
        self.state.withdraw("test", person, &[]).await.unwrap();
    }

    async fn find(&self, scope: PurgeScope) -> Result<Purge, PurgeError> {
        Purge::find(&self.state, &self.store, &scope).await
    }
}

/// Loads a file of some samples into a dataset.
pub(crate) async fn write_genotypes(store: &Store, dataset: &str, samples: &[&str]) {
    let person =
        |id: &str| Individual { id: id.into(), sex: Sex::Female, populations: Vec::new(), family: None };
    let spec = SegmentSpec {
        normalised: false,
        annotated: false,
        dataset: dataset.into(),
        assembly: Assembly::GRCH38,
        kind: DatasetKind::Individual,
        replace: false,
        repeated: Repeated::United,
        sources: vec![SourceFile { name: "cohort.vcf".into(), blake3: "0".into(), bytes: 1 }],
        individuals: samples.iter().map(|id| person(id)).collect(),
        shards: vec![(0..samples.len()).collect()],
    };
    let mut writer = store.begin(spec).await.unwrap();
    let mut carriers = Carriers::default();
    writer.indices().iter().for_each(|&index| carriers.push(index, Call::Heterozygous));
    let row = GenotypeRow {
        annotation: Annotation::default(),
        variant: variant(),
        ids: Vec::new(),
        filters: Vec::new(),
        shard: 0,
        carriers,
    };
    writer.push_genotypes(vec![row]).await.unwrap();
    writer.finish().await.unwrap();
}

fn variant() -> Variant {
    Variant {
        contig: Contig::resolve("1", Assembly::GRCH38).unwrap(),
        interval: Interbase::new(9, 10).unwrap(),
        reference_bases: "A".into(),
        alternate_bases: "C".into(),
        variant_type: VariantType::Snp,
        sv_length: None,
    }
}

async fn write_metadata(store: &Store) {
    let term = json!({ "id": "EFO:0009654" });
    let biosample = |id: &str| json!({ "id": id, "individualId": "P1", "biosampleStatus": term, "sampleOriginType": term });
    let spec = MetadataSpec { dataset: "D".into(), assembly: None, sources: Vec::new(), replace: false };
    let mut writer = store.begin_metadata(spec).await.unwrap();
    for id in ["a", "B1"] {
        writer.push(Entry::new(EntryType::Biosample, biosample(id)).unwrap()).unwrap();
    }
    writer.finish().await.unwrap();
}

fn of(dataset: Option<&str>, person: Option<&str>) -> PurgeScope {
    PurgeScope { dataset: dataset.map(String::from), person: person.map(String::from) }
}

#[tokio::test]
async fn whose_data_have_to_go_is_found_by_any_of_their_ids() {
    let site = Site::new().await;
    assert_eq!(site.find(PurgeScope::default()).await.unwrap(), Purge::default());
    write_genotypes(&site.store, "E", &["B1", "d"]).await;
    site.withdraw("P1").await;
    site.withdraw("c").await;
    let (first, third) = (vec!["B1", "P1", "a"], vec!["c"]);
    let both = [("D", vec![first.clone(), third.clone()]), ("E", vec![first.clone()])];
    for (scope, people, datasets) in [
        (of(None, None), vec![first.clone(), third.clone()], both.to_vec()),
        (of(Some("D"), None), vec![first.clone(), third.clone()], both[..1].to_vec()),
        (of(Some("E"), None), vec![first.clone()], both[1..].to_vec()),
        (of(Some("other"), None), vec![], vec![]),
        (of(None, Some("P1")), vec![first.clone()], vec![("D", vec![first.clone()]), both[1].clone()]),
        (of(Some("D"), Some("c")), vec![third.clone()], vec![("D", vec![third.clone()])]),
    ] {
        let found = site.find(scope.clone()).await.unwrap();
        assert_eq!(found.people, people, "{scope:?}");
        let found: Vec<_> =
            found.datasets.iter().map(|due| (due.dataset.as_str(), due.people.clone())).collect();
        let datasets: Vec<_> = datasets
            .into_iter()
            .map(|(dataset, people)| {
                let ids = |ids: Vec<&str>| ids.into_iter().map(String::from).collect::<Vec<_>>();
                (dataset, people.into_iter().map(ids).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(found, datasets, "{scope:?}");
    }
    assert!(matches!(site.find(of(None, Some("b"))).await, Err(PurgeError::NotWithdrawn)));
}

#[tokio::test]
async fn who_is_purged_is_gone_and_stays_remembered() {
    let site = Site::new().await;
    site.withdraw("P1").await;
    let purge = site.find(PurgeScope::default()).await.unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    for due in &purge.datasets {
        let heard = Arc::clone(&steps);
        let step = move |done, total| heard.lock().unwrap().push((done, total));
        let summary = due.run(&site.state, &site.store, "test", step).await.unwrap();
        // Of the metadata nobody else has anything.
        assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 1, 1));
    }
    assert_eq!(steps.lock().unwrap().last(), Some(&(1, 1)));
    assert_eq!(purge.finish(&site.state, &site.store, "test").await.unwrap(), 1);
    assert_eq!(site.store.ids("D").await.unwrap().into_iter().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(site.state.statements(Some("D")).await.unwrap(), []);
    for id in ["a", "B1", "P1"] {
        assert!(site.state.is_withdrawn(id).await.unwrap(), "{id}");
    }
    assert_eq!(site.find(PurgeScope::default()).await.unwrap(), Purge::default());
}

/// As long as one dataset has something of a person, the state names them: a purge that names another ends with that.
#[tokio::test]
async fn who_is_left_in_one_dataset_is_still_named() {
    let site = Site::new().await;
    write_genotypes(&site.store, "E", &["a", "d"]).await;
    site.withdraw("a").await;
    for (dataset, named, forgotten) in [("D", true, 0), ("E", false, 1)] {
        let purge = site.find(of(Some(dataset), None)).await.unwrap();
        for due in &purge.datasets {
            due.run(&site.state, &site.store, "test", |_, _| {}).await.unwrap();
        }
        assert_eq!(purge.finish(&site.state, &site.store, "test").await.unwrap(), forgotten, "{dataset}");
        let stated = site.state.statements(None).await.unwrap();
        assert!(stated.iter().all(|stated| stated.statement.withdrawn));
        assert_eq!(!stated.is_empty(), named, "{dataset}: {stated:?}");
    }
    assert_eq!(site.store.ids("E").await.unwrap().into_iter().collect::<Vec<_>>(), ["d"]);
}
