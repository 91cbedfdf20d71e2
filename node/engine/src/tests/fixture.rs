//! A store in a temporary directory, and short ways to fill and ask it.

use std::path::Path;

use futures::TryStreamExt;
use fyr_policy::{People, VariantCount};
use fyr_schemas::{
    AlleleQuery, Alternate, Assembly, Contig, Individual, Interbase, Located, RangeQuery, Sex, Variant,
    VariantQuery,
};
use fyr_store::{
    Annotation, Call, Carriers, GenotypeRow, Repeated, SegmentSpec, SegmentSummary, SegmentWriter,
    SourceFile, Store, StoreError,
};
use tempfile::TempDir;

use crate::{
    DatasetKind, Engine, EngineError, EngineOptions,
    query::{count::Counted, view::count},
};

pub(super) const ASSEMBLY: Assembly = Assembly::GRCH38;
pub(super) const OPTIONS: EngineOptions = EngineOptions { memory_limit: 64 << 20 };

/// One record of a file: an allele and the calls of the file's people, in their order.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) variant: Variant,
    pub(super) annotation: Annotation,
    pub(super) shard: usize,
    pub(super) calls: Vec<Call>,
}

pub(super) fn contig(name: &str) -> Contig {
    Contig::resolve(name, ASSEMBLY).unwrap()
}

/// Reads `7-10-A-T`, `7-10-A-<DEL>-50` (with a 1-based END).
pub(super) fn variant(text: &str) -> Variant {
    let parts: Vec<&str> = text.splitn(5, '-').collect();
    let start = parts[1].parse::<u64>().unwrap() - 1;
    let end = parts.get(4).map_or(start + parts[2].len() as u64, |end| end.parse().unwrap());
    Variant {
        contig: contig(parts[0]),
        interval: Interbase::new(start, end).unwrap(),
        reference_bases: parts[2].to_owned(),
        alternate_bases: parts[3].to_owned(),
        variant_type: Alternate::parse(parts[3]).unwrap().variant_type(parts[2]),
        sv_length: None,
    }
}

/// Makes people; a name such as `FIN1F` tells population and sex.
pub(super) fn people(names: &[&str]) -> Vec<Individual> {
    let person = |name: &&str| Individual {
        id: (*name).to_owned(),
        sex: match name.chars().last() {
            Some('F') => Sex::Female,
            Some('M') => Sex::Male,
            _ => Sex::Unknown,
        },
        populations: vec![name.chars().take(3).collect(), "EUR".to_owned()],
        family: None,
    };
    names.iter().map(person).collect()
}

pub(super) fn source(name: &str) -> SourceFile {
    // Another one for each name, in which the name cannot be read.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    SourceFile { name: name.to_owned(), blake3: format!("{hash:064x}"), bytes: 1 }
}

/// A segment of files; each is a name and its people.
pub(super) fn spec(dataset: &str, files: &[(&str, &[&str])]) -> SegmentSpec {
    let mut names: Vec<&str> = Vec::new();
    let mut shards = Vec::new();
    for (_, members) in files {
        let mut shard = Vec::new();
        for member in *members {
            let known = names.iter().position(|name| name == member);
            shard.push(known.unwrap_or(names.len()));
            if known.is_none() {
                names.push(member);
            }
        }
        shards.push(shard);
    }
    SegmentSpec {
        normalised: false,
        annotated: false,
        dataset: dataset.to_owned(),
        assembly: ASSEMBLY,
        kind: DatasetKind::Individual,
        replace: false,
        repeated: Repeated::United,
        sources: files.iter().map(|(name, _)| source(name)).collect(),
        individuals: people(&names),
        shards,
    }
}

pub(super) fn record(text: &str, shard: usize, calls: &[Call]) -> Record {
    let (variant, annotation, calls) = (variant(text), Annotation::default(), calls.to_vec());
    Record { variant, annotation, shard, calls }
}

/// A store's directory.
pub(super) struct Lab(TempDir);

impl Lab {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) async fn store(&self) -> Store {
        Store::open(self.path()).await.unwrap()
    }

    pub(super) async fn ingest(&self, spec: SegmentSpec, records: &[Record]) -> SegmentSummary {
        self.try_ingest(spec, records).await.unwrap()
    }

    pub(super) async fn try_ingest(
        &self,
        spec: SegmentSpec,
        records: &[Record],
    ) -> Result<SegmentSummary, StoreError> {
        let shards = spec.shards.clone();
        let mut writer = self.store().await.begin(spec).await?;
        push(&mut writer, &shards, records).await;
        writer.finish().await
    }

    pub(super) async fn engine(&self) -> Engine {
        Engine::open(self.path().to_str().unwrap(), OPTIONS, std::sync::Arc::default()).await.unwrap()
    }

    pub(super) async fn ask(&self, dataset: &str, allele: &str) -> Option<VariantCount> {
        let mut tallies = ask(&self.engine().await, dataset, &exact(allele)).await.unwrap();
        assert!(tallies.len() < 2);
        tallies.pop()
    }

    /// Counts as "AC/AN het hom hemi assayed/size".
    pub(super) async fn counts(&self, dataset: &str, allele: &str) -> String {
        self.ask(dataset, allele).await.map_or_else(|| "unknown".to_owned(), |tally| counts(&tally))
    }
}

pub(super) async fn push(writer: &mut SegmentWriter, shards: &[Vec<usize>], records: &[Record]) {
    let indices = writer.indices().to_vec();
    let rows = records.iter().map(|record| {
        let mut carriers = Carriers::default();
        for (position, call) in shards[record.shard].iter().zip(&record.calls) {
            carriers.push(indices[*position], *call);
        }
        GenotypeRow {
            variant: record.variant.clone(),
            ids: vec![format!("rs{}", record.variant.interval.start())],
            filters: vec!["PASS".to_owned()],
            shard: record.shard as u32,
            carriers,
            annotation: record.annotation.clone(),
        }
    });
    for chunk in rows.collect::<Vec<_>>().chunks(100) {
        writer.push_genotypes(chunk.to_vec()).await.unwrap();
    }
}

pub(super) fn exact(allele: &str) -> VariantQuery {
    VariantQuery::Allele(AlleleQuery::parse(ASSEMBLY, allele).unwrap())
}

pub(super) fn range(name: &str, start: u64, end: u64) -> RangeQuery {
    RangeQuery::of(ASSEMBLY, contig(name), Interbase::new(start, end).unwrap())
}

pub(super) async fn ask(
    engine: &Engine,
    dataset: &str,
    query: &VariantQuery,
) -> Result<Vec<VariantCount>, EngineError> {
    let snapshot = engine.snapshot();
    let loaded = snapshot.loaded.get(dataset).cloned();
    let loaded = loaded.ok_or_else(|| EngineError::UnknownDataset(dataset.to_owned()))?;
    let located = Located::plain(query);
    count(&snapshot.session, loaded, located.as_ref(), everyone()).await?.try_collect().await
}

pub(super) fn counts(found: &VariantCount) -> String {
    let count = |count: Option<u64>| count.map_or("?".to_owned(), |n| n.to_string());
    let total = found.count.tally();
    format!(
        "{}/{} {} {} {} {}/{}",
        total.allele_count,
        total.allele_number,
        count(total.heterozygous),
        count(total.homozygous),
        count(total.hemizygous),
        count(total.assayed),
        count(found.count.asked().map(People::number)),
    )
}

/// Counts everyone.
pub(super) fn everyone() -> Counted {
    Counted::default()
}
