//! Every interval of a small place, over pages of few rows, against a count row by row.

use fyr_schemas::{Assembly, Group, Tally, Variant, VariantType};
use fyr_store::{
    Call, Carriers, FrequencyRow, GenotypeRow,
    file::{StoredRow, encode, file_schema, writer_properties},
};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use super::*;

const ROWS_OF_A_PAGE: usize = 3;
const ROWS_OF_A_GROUP: usize = 8;
/// Where alleles may begin.
const STARTS: u32 = 20;
/// Behind the end of every allele.
const BEHIND: u32 = STARTS + 14;

/// An allele with the number of its carriers.
#[derive(Clone, Debug)]
struct Allele {
    start: u32,
    end: u32,
    carriers: u32,
}

fn contig() -> Contig {
    Contig::resolve("1", Assembly::GRCH38).unwrap()
}

impl Allele {
    fn stored(&self, kind: DatasetKind) -> StoredRow {
        let variant = Variant {
            contig: contig(),
            interval: Interbase::new(self.start.into(), self.end.into()).unwrap(),
            reference_bases: "A".into(),
            alternate_bases: "<DEL>".into(),
            variant_type: VariantType::Del,
            sv_length: None,
        };
        let (ids, filters, shard, annotation) = (Vec::new(), Vec::new(), 0, Default::default());
        match kind {
            DatasetKind::Individual => {
                let mut carriers = Carriers::default();
                (0..self.carriers).for_each(|person| carriers.push(person, Call::Heterozygous));
                StoredRow::from_genotypes(GenotypeRow { variant, ids, filters, shard, carriers, annotation })
            }
            DatasetKind::Frequency => {
                let total =
                    Tally { allele_count: self.carriers.into(), allele_number: 10, ..Tally::default() };
                let tallies = vec![(Group::Total, total)];
                let row = FrequencyRow { variant, ids, filters, shard, tallies, annotation };
                StoredRow::from_frequencies(row).unwrap()
            }
        }
    }

    fn overlaps(&self, start: u32, end: u32) -> bool {
        self.start < end && self.end > start
    }
}

/// Runs of alleles that are carried, and that are not, so that some pages are wholly one or the other.
fn alleles() -> impl Strategy<Value = Vec<Allele>> {
    let length = prop_oneof![4 => 1u32..3, 1 => 1u32..14];
    let run = (0u32..3, prop::collection::vec((0..STARTS, length), 1..12));
    prop::collection::vec(run, 1..5).prop_map(|runs| {
        let of_run = |(carriers, places): (u32, Vec<(u32, u32)>)| {
            places.into_iter().map(move |(start, length)| Allele { start, end: start + length, carriers })
        };
        let mut alleles: Vec<_> = runs.into_iter().flat_map(of_run).collect();
        alleles.sort_by_key(|allele| (allele.start, allele.end));
        alleles.dedup_by_key(|allele| (allele.start, allele.end));
        // Carried and not by place, so that neighbours are alike.
        alleles.iter_mut().for_each(|allele| allele.carriers *= allele.start / 5 % 2);
        alleles
    })
}

/// Writes a file as ingest does, but for the size of its pages.
fn written(alleles: &[Allele], kind: DatasetKind) -> Arc<Part> {
    let rows: Vec<_> = alleles.iter().map(|allele| allele.stored(kind)).collect();
    let properties = writer_properties(kind)
        .into_builder()
        .set_data_page_row_count_limit(ROWS_OF_A_PAGE)
        .set_write_batch_size(1)
        .set_max_row_group_row_count(Some(ROWS_OF_A_GROUP))
        .build();
    let file = tempfile::NamedTempFile::new().unwrap();
    let schema = file_schema(kind);
    let mut writer = ArrowWriter::try_new(file.reopen().unwrap(), schema.clone(), Some(properties)).unwrap();
    writer.write(&encode(&rows, &schema, "s").unwrap()).unwrap();
    writer.close().unwrap();
    Arc::new(Part::new(std::fs::read(file.path()).unwrap().into(), kind).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_interval_is_counted_as_row_by_row(
        alleles in alleles(),
        kind in prop_oneof![Just(DatasetKind::Individual), Just(DatasetKind::Frequency)],
    ) {
        let part = written(&alleles, kind);
        let census = Census { kind, bounds: Vec::new(), is_given_up: Arc::default() };
        for (start, end) in (0..BEHIND).flat_map(|start| (start + 1..=BEHIND).map(move |end| (start, end))) {
            let there = alleles.iter().filter(|allele| allele.overlaps(start, end));
            let carried = there.filter(|allele| allele.carriers > 0).count() as u64;
            let interval = Interbase::new(start.into(), end.into()).unwrap();
            prop_assert_eq!(census.count(&[(Arc::clone(&part), interval)]).unwrap(), carried, "{}-{}", start, end);
        }
    }
}
