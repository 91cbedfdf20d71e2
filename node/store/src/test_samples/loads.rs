//! What is loaded in tests of samples, and what a store holds of it.

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{
    Alternate, Assembly, Contig, EntryType, Individual, Interbase, Sex, Variant, model::Entry,
};
use roaring::RoaringBitmap;
use serde_json::json;

use crate::{
    Annotation, Call, Carriers, DatasetKind, GenotypeRow, MetadataSpec, Regions, Repeated, SegmentSpec,
    SegmentSummary, SourceFile, Store, StoreError,
    file::{Payload, contig_of, each, pages, unite},
    log::{Callable, Catalog, Content, SegmentRecord, StorePlace, Table},
    people::read_individuals,
};

pub(super) const DATASET: &str = "ds";
const ASSEMBLY: Assembly = Assembly::GRCH38;

/// A file: its name, its samples, and of each allele their calls.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) samples: Vec<&'static str>,
    pub(super) records: Vec<(&'static str, Vec<Call>)>,
}

/// Where it is stated that files would have listed whatever their people carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stated {
    Nowhere,
    Everywhere,
    On(&'static str),
}

/// Where a file says that somebody has the bases of the reference sequence, or was not called.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) sample: &'static str,
    pub(super) contig: &'static str,
    pub(super) start: u64,
    pub(super) is_called: bool,
}

/// One ingest.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) files: Vec<File>,
    pub(super) stated: Stated,
    pub(super) blocks: Vec<Block>,
}

pub(super) fn file(name: &str, samples: &[&'static str], records: &[(&'static str, &[Call])]) -> File {
    let records = records.iter().map(|(allele, calls)| (*allele, calls.to_vec())).collect();
    File { name: name.to_owned(), samples: samples.to_vec(), records }
}

pub(super) fn load(files: &[File]) -> Load {
    Load { files: files.to_vec(), stated: Stated::Nowhere, blocks: Vec::new() }
}

pub(super) fn contig(name: &str) -> Contig {
    Contig::resolve(name, ASSEMBLY).unwrap()
}

/// Reads `7-10-A-T`.
fn variant(text: &str) -> Variant {
    let parts: Vec<&str> = text.split('-').collect();
    let start = parts[1].parse::<u64>().unwrap() - 1;
    Variant {
        contig: contig(parts[0]),
        interval: Interbase::new(start, start + parts[2].len() as u64).unwrap(),
        reference_bases: parts[2].to_owned(),
        alternate_bases: parts[3].to_owned(),
        variant_type: Alternate::parse(parts[3]).unwrap().variant_type(parts[2]),
        sv_length: None,
    }
}

fn interval(start: u64) -> Interbase {
    Interbase::new(start, start + 5).unwrap()
}

/// The runs that blocks of a sample make, by whether they were called there.
pub(super) fn runs(blocks: &[Block], sample: &str, is_called: bool) -> Option<Regions> {
    let mut regions = Regions::default();
    for block in blocks.iter().filter(|block| block.sample == sample && block.is_called == is_called) {
        regions.add(&contig(block.contig), interval(block.start));
    }
    Some(regions).filter(|regions| !regions.is_empty())
}

impl Load {
    /// Its samples, in the order in which files name them first.
    pub(super) fn samples(&self) -> Vec<&'static str> {
        let mut samples = Vec::new();
        for sample in self.files.iter().flat_map(|file| &file.samples) {
            if !samples.contains(sample) {
                samples.push(*sample);
            }
        }
        samples
    }

    fn spec(&self, repeated: Repeated) -> SegmentSpec {
        let samples = self.samples();
        let individual = |id: &&str| Individual {
            id: (*id).to_owned(),
            sex: Sex::Unknown,
            populations: vec![],
            family: None,
        };
        let position = |sample: &&str| samples.iter().position(|other| other == sample).unwrap();
        let source = |file: &File| SourceFile {
            name: file.name.clone(),
            blake3: format!("of {}", file.name),
            bytes: 1,
        };
        SegmentSpec {
            dataset: DATASET.to_owned(),
            assembly: ASSEMBLY,
            kind: DatasetKind::Individual,
            normalised: false,
            annotated: false,
            replace: false,
            repeated,
            sources: self.files.iter().map(source).collect(),
            individuals: samples.iter().map(individual).collect(),
            shards: self.files.iter().map(|file| file.samples.iter().map(position).collect()).collect(),
        }
    }

    /// Loads it.
    pub(super) async fn ingest(
        &self,
        store: &Store,
        repeated: Repeated,
    ) -> Result<SegmentSummary, StoreError> {
        let mut writer = store.begin(self.spec(repeated)).await?;
        let of: BTreeMap<&str, u32> = self.samples().into_iter().zip(writer.indices().to_vec()).collect();
        match self.stated {
            Stated::Nowhere => {}
            Stated::Everywhere => {
                writer.state_callable(Callable { name: "whole-genome".into(), regions: None }, None)
            }
            Stated::On(name) => {
                let mut regions = Regions::default();
                regions.add(&contig(name), Interbase::new(0, 1000).unwrap());
                let callable = Callable { name: format!("{name}.bed"), regions: Some(name.repeat(9)) };
                writer.state_callable(callable, Some(regions));
            }
        }
        for block in &self.blocks {
            writer.note(of[block.sample], &contig(block.contig), interval(block.start), block.is_called);
        }
        for (shard, file) in (0..).zip(&self.files) {
            let row = |(allele, calls): &(&str, Vec<Call>)| {
                let mut carriers = Carriers::default();
                file.samples.iter().zip(calls).for_each(|(sample, call)| carriers.push(of[sample], *call));
                let (ids, filters, annotation) = (Vec::new(), Vec::new(), Annotation::default());
                GenotypeRow { variant: variant(allele), ids, filters, shard, carriers, annotation }
            };
            writer.push_genotypes(file.records.iter().map(row).collect()).await?;
        }
        writer.finish().await
    }
}

/// Says of a biosample whose it is.
pub(super) async fn describe(store: &Store, biosample: &str, person: &str) {
    let term = json!({ "id": "EFO:0009654" });
    let documents = [
        (EntryType::Individual, json!({ "id": person, "sex": { "id": "NCIT:C16576" } })),
        (
            EntryType::Biosample,
            json!({ "id": biosample, "individualId": person, "biosampleStatus": term, "sampleOriginType": term }),
        ),
    ];
    let spec = MetadataSpec {
        dataset: DATASET.into(),
        assembly: Some(ASSEMBLY),
        sources: Vec::new(),
        replace: false,
    };
    let mut writer = store.begin_metadata(spec).await.unwrap();
    documents.into_iter().for_each(|(kind, json)| writer.push(Entry::new(kind, json).unwrap()).unwrap());
    writer.finish().await.unwrap();
}

/// What a segment says of a sample at an allele: its call, and that it is one of two copies of nothing that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Call(Call),
    Unlisted,
}

/// What a segment with genotypes holds, without what differs each time that it is written.
#[derive(Debug, PartialEq)]
pub(super) struct HeldSegment {
    pub(super) sources: Vec<String>,
    /// Its samples, with their called and uncalled runs.
    pub(super) samples: BTreeMap<String, (Option<Regions>, Option<Regions>)>,
    pub(super) whole: Option<bool>,
    pub(super) stated: Option<Callable>,
    /// Of each allele, what is said of each sample.
    pub(super) alleles: BTreeMap<String, BTreeMap<String, Said>>,
    pub(super) rows: u64,
}

/// All that a store holds: its segments with genotypes, oldest first, and how many documents.
pub(super) async fn held(place: &StorePlace) -> (Vec<HeldSegment>, u64) {
    let catalog = Catalog::load(place, &Catalog::default()).await.unwrap();
    let (alleles, others): (Vec<_>, Vec<_>) =
        catalog.segments.iter().partition(|segment| segment.content == Content::Variants);
    let documents = others.iter().flat_map(|segment| &segment.files);
    let documents = documents.filter(|file| file.table == Table::Entries).map(|file| file.rows).sum();
    (alleles.into_iter().map(|segment| of_segment(place, segment)).collect(), documents)
}

fn of_segment(place: &StorePlace, segment: &SegmentRecord) -> HeldSegment {
    let members = read_individuals(place, [segment]).unwrap();
    let people: RoaringBitmap = members.iter().map(|row| row.index).collect();
    assert!((people.len()..=members.len() as u64).contains(&segment.individuals));
    let mut alleles: BTreeMap<String, BTreeMap<String, Said>> = BTreeMap::new();
    for (variant, carriers) in rows(place, segment) {
        let of = |index: u32| said(&carriers, index);
        let said = members.iter().map(|row| (row.id.to_string(), of(row.index))).collect();
        let all: RoaringBitmap = members.iter().map(|row| row.index).collect();
        assert_eq!(carriers.without(&all), Carriers::default(), "nobody else has a bit");
        alleles.insert(variant, said);
    }
    HeldSegment {
        sources: segment.sources.iter().map(|source| source.name.clone()).collect(),
        samples: members.into_iter().map(|row| (row.id.to_string(), (row.called, row.uncalled))).collect(),
        whole: segment.whole,
        stated: segment.callable.clone(),
        alleles,
        rows: segment.variants,
    }
}

fn rows(place: &StorePlace, segment: &SegmentRecord) -> Vec<(String, Carriers)> {
    let files = segment.files.iter().filter(|file| file.table == Table::Variants);
    let rows = files.flat_map(|file| {
        pages(place.read(&file.path), contig_of(file.contig_name()).unwrap()).flat_map(each)
    });
    let unpacked = rows.map(|row| {
        let row = row.unwrap();
        let Payload::Carriers(packed) = row.payload else { panic!("frequencies") };
        (row.variant.short_form(), packed.unpack().unwrap())
    });
    unpacked.collect()
}

fn said(carriers: &Carriers, index: u32) -> Said {
    let is_in = |set: &RoaringBitmap| set.contains(index);
    if is_in(&carriers.unlisted) {
        return Said::Unlisted;
    }
    let [het, hom, hemi, half, partial, missing, haploid] = carriers.sets().map(is_in);
    let call = match [het, hom, hemi, half, partial, missing] {
        [true, ..] => Call::Heterozygous,
        [_, true, ..] => Call::Homozygous,
        [_, _, true, ..] => Call::Hemizygous,
        [_, _, _, true, ..] => Call::Half,
        [_, _, _, _, true, _] => Call::Partial,
        [.., true] => Call::Missing,
        _ if haploid => Call::HaploidReference,
        _ => Call::Reference,
    };
    Said::Call(call)
}

/// AC and AN of each allele among everybody of whom a record says something, by the bitmaps.
pub(super) async fn counted(place: &StorePlace) -> BTreeMap<String, (u64, u64)> {
    let catalog = Catalog::load(place, &Catalog::default()).await.unwrap();
    let mut by_allele: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for segment in catalog.segments.iter().filter(|segment| segment.content == Content::Variants) {
        let people: RoaringBitmap =
            read_individuals(place, [segment.as_ref()]).unwrap().iter().map(|row| row.index).collect();
        for (allele, carriers) in rows(place, segment) {
            by_allele
                .entry(allele)
                .or_default()
                .push((crate::file::PackedCarriers::pack(&carriers), people.clone()));
        }
    }
    let count = |(allele, records): (String, Vec<(_, RoaringBitmap)>)| {
        let (calls, asked) = unite(records.iter().map(|(packed, people)| (packed, people))).unwrap();
        let tally = calls.tally(&asked);
        (allele, (tally.allele_count, tally.allele_number))
    };
    by_allele.into_iter().map(count).collect()
}

/// Ids of all samples of a store.
pub(super) async fn samples(place: &StorePlace) -> BTreeSet<String> {
    held(place).await.0.into_iter().flat_map(|segment| segment.samples.into_keys()).collect()
}
