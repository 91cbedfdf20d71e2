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
        write_genotypes(&store).await;
        write_metadata(&store).await;
        let url = format!("sqlite:{}", directory.path().join("state.db").display());
        let state = State::open(&url, &directory.path().join("state.key")).await.unwrap();
        Self { state, store, _directory: directory }
    }

    async fn withdraw(&self, person: &str) {
        self.state.withdraw("test", "D", person, &[]).await.unwrap();
    }

    async fn find(&self, scope: PurgeScope) -> Result<Vec<PurgeDue>, PurgeError> {
        PurgeDue::find(&self.state, &self.store, &scope).await
    }
}

async fn write_genotypes(store: &Store) {
    let person =
        |id: &str| Individual { id: id.into(), sex: Sex::Female, populations: Vec::new(), family: None };
    let spec = SegmentSpec {
        normalised: false,
        annotated: false,
        dataset: "D".into(),
        assembly: Assembly::GRCH38,
        kind: DatasetKind::Individual,
        replace: false,
        repeated: Repeated::United,
        sources: vec![SourceFile { name: "cohort.vcf".into(), blake3: "0".into(), bytes: 1 }],
        individuals: ["a", "b", "c"].map(person).to_vec(),
        shards: vec![vec![0, 1, 2]],
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

#[tokio::test]
async fn whose_data_have_to_go_is_found_by_any_of_their_ids() {
    let site = Site::new().await;
    assert_eq!(site.find(PurgeScope::Everything).await.unwrap(), []);
    site.withdraw("P1").await;
    site.withdraw("c").await;
    let person = |person: &str| PurgeScope::Person { dataset: "D".into(), person: person.into() };
    for (scope, expected) in [
        (PurgeScope::Everything, vec![vec!["B1", "P1", "a"], vec!["c"]]),
        (PurgeScope::Dataset("D".into()), vec![vec!["B1", "P1", "a"], vec!["c"]]),
        (PurgeScope::Dataset("other".into()), vec![]),
        (person("c"), vec![vec!["c"]]),
    ] {
        let found = site.find(scope.clone()).await.unwrap();
        let mut people = found.into_iter().flat_map(|purge| purge.people).collect::<Vec<_>>();
        people.iter_mut().for_each(|ids| ids.sort());
        people.sort();
        assert_eq!(people, expected, "{scope:?}");
    }
    assert!(matches!(site.find(person("b")).await, Err(PurgeError::NotWithdrawn(dataset)) if dataset == "D"));
}

#[tokio::test]
async fn who_is_purged_is_gone_and_stays_remembered() {
    let site = Site::new().await;
    site.withdraw("P1").await;
    let purges = site.find(PurgeScope::Everything).await.unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    for purge in &purges {
        let heard = Arc::clone(&steps);
        let step = move |done, total| heard.lock().unwrap().push((done, total));
        let summary = purge.run(&site.state, &site.store, "test", step).await.unwrap();
        // Of the metadata nobody else has anything.
        assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 1, 1));
    }
    assert_eq!(steps.lock().unwrap().last(), Some(&(1, 1)));
    assert_eq!(site.store.ids("D").await.unwrap().into_iter().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(site.state.statements(Some("D")).await.unwrap(), []);
    for id in ["a", "B1", "P1"] {
        assert!(site.state.is_withdrawn("D", id).await.unwrap(), "{id}");
    }
    assert_eq!(site.find(PurgeScope::Everything).await.unwrap(), []);
}
