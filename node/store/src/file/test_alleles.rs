//! A small place full of alleles, in pages of few rows: what tests of the store and of counting look at.

use fyr_schemas::{Assembly, Contig, Group, Interbase, Tally, Variant, VariantType};
use fyr_store::{
    Call, Carriers, DatasetKind, FrequencyRow, GenotypeRow,
    file::{Part, StoredRow, encode, file_schema, writer_properties},
};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

/// Most rows of a page.
pub(crate) const ROWS_OF_A_PAGE: usize = 3;
/// Most rows of a row group.
pub(crate) const ROWS_OF_A_GROUP: usize = 8;
/// Where alleles may begin.
pub(crate) const STARTS: u32 = 20;
/// Behind the end of every allele.
pub(crate) const BEHIND: u32 = STARTS + 14;

/// An allele with the number of its carriers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Allele {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) carriers: u32,
}

pub(crate) fn contig() -> Contig {
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
            DatasetKind::Frequency | DatasetKind::Reference => {
                let total =
                    Tally { allele_count: self.carriers.into(), allele_number: 10, ..Tally::default() };
                let tallies = vec![(Group::Total, total)];
                let row = FrequencyRow { variant, ids, filters, shard, tallies, annotation };
                StoredRow::from_frequencies(row).unwrap()
            }
        }
    }

    pub(crate) fn overlaps(&self, start: u32, end: u32) -> bool {
        self.start < end && self.end > start
    }
}

/// Runs of alleles that are carried, and that are not, so that some pages are wholly one or the other.
pub(crate) fn alleles() -> impl Strategy<Value = Vec<Allele>> {
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
pub(crate) fn written(alleles: &[Allele], kind: DatasetKind) -> Part {
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
    Part::new(std::fs::read(file.path()).unwrap().into(), kind).unwrap()
}

/// Every interval of the place.
pub(crate) fn intervals() -> impl Iterator<Item = (u32, u32)> {
    (0..BEHIND).flat_map(|start| (start + 1..=BEHIND).map(move |end| (start, end)))
}
