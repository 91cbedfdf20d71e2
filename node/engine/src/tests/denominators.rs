//! Of how many people an allele is counted, and where nobody can say.

use std::sync::Arc;

use futures::TryStreamExt;
use fyr_schemas::Located;
use fyr_store::Call::{self, Heterozygous, Missing, Reference};

use super::fixture::{Lab, Record, counts, everyone, exact, record, spec};
use crate::{
    EngineError,
    query::{dataset::Dataset, view::count},
};

const ALLELE: &str = "1-5-A-T";

/// A file: its name, its people, and what it says of the allele, if anything.
type File = (&'static str, &'static [&'static str], Option<&'static [Call]>);

/// A store with one ingest of each group of files, each with its people and what it says of the allele, if anything.
async fn stored(ingests: &[&[File]]) -> (Lab, Arc<Dataset>) {
    let lab = Lab::new();
    for ingest in ingests {
        let files: Vec<_> = ingest.iter().map(|(name, people, _)| (*name, *people)).collect();
        let row = |(shard, (_, _, calls)): (usize, &(_, _, Option<&[Call]>))| {
            calls.map(|calls| record(ALLELE, shard, calls))
        };
        let records: Vec<Record> = ingest.iter().enumerate().filter_map(row).collect();
        lab.ingest(spec("ds", &files), &records).await;
    }
    let dataset = Arc::clone(&lab.engine().await.snapshot().loaded["ds"]);
    (lab, dataset)
}

/// The counts of the allele, whether something is known of everybody, and whether frequencies can be compared.
async fn told(lab: &Lab, dataset: Arc<Dataset>) -> (String, bool, bool) {
    let session = Arc::clone(&lab.engine().await.snapshot().session);
    let compares = match dataset.must_tell_frequencies() {
        Ok(()) => true,
        Err(EngineError::Unsupported(why)) => {
            assert!(why.contains("dataset `ds`") && why.contains("alleleFrequency"), "{why}");
            false
        }
        Err(other) => panic!("{other}"),
    };
    let located = Located::plain(&exact(ALLELE));
    let found = count(&session, dataset, located.as_ref(), everyone()).await.unwrap();
    let found: Vec<_> = found.try_collect().await.unwrap();
    let [found] = found.as_slice() else { panic!("{} alleles", found.len()) };
    (counts(found), found.count.is_of_all(), compares)
}

#[tokio::test]
async fn who_is_in_no_file_with_the_allele_may_carry_it_for_all_that_is_known() {
    let joint: &[File] = &[("a", &["P1", "P2", "P3"], Some(&[Heterozygous, Reference, Missing]))];
    let of_one: [File; 3] =
        [("a", &["P1"], Some(&[Heterozygous])), ("b", &["P2"], None), ("c", &["P3"], Some(&[Missing]))];
    let split: [File; 3] = [of_one[0], ("b", &["P2"], Some(&[Reference])), of_one[2]];
    let all = "1/4 1 0 0 2/3".to_owned();
    let some = "1/2 1 0 0 1/3".to_owned();
    let cases: [(&str, &[&[_]], _); 6] = [
        ("a joint file", &[joint], (all.clone(), true, true)),
        ("a joint file in parts", &[&split], (all.clone(), true, true)),
        ("files of one", &[&of_one], (some.clone(), false, false)),
        (
            "files of one, one after the other",
            &[&of_one[..1], &of_one[1..2], &of_one[2..]],
            (some, false, false),
        ),
        // Nobody knows beforehand that later files have all that earlier ones had.
        ("parts, one after the other", &[&split[..1], &split[1..2], &split[2..]], (all.clone(), true, false)),
        ("the same people again", &[joint, &[("d", &["P3", "P1", "P2"], None)]], (all, true, true)),
    ];
    for (case, ingests, expected) in cases {
        let (lab, dataset) = stored(ingests).await;
        assert_eq!(told(&lab, dataset).await, expected, "{case}");
    }
}

#[tokio::test]
async fn of_files_loaded_together_before_it_was_noted_who_is_missing_is_unknown() {
    let split: [File; 2] = [("a", &["P1"], Some(&[Heterozygous])), ("b", &["P2"], Some(&[Missing]))];
    let (lab, dataset) = stored(&[&split]).await;
    let counted = "1/2 1 0 0 1/2".to_owned();
    assert_eq!(told(&lab, Arc::clone(&dataset)).await, (counted.clone(), true, true));
    assert_eq!(told(&lab, Arc::new(dataset.of_before())).await, (counted.clone(), false, false));
    let (lab, dataset) = stored(&[&[("a", &["P1", "P2"], Some(&[Heterozygous, Missing]))]]).await;
    assert_eq!(
        told(&lab, Arc::new(dataset.of_before())).await,
        (counted, true, true),
        "of one file it is known"
    );
}
