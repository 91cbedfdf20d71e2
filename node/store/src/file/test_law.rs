//! The law of the format: what is written is read, by the readers of this crate and by Parquet's own, and every column
//! that is made to be read in place is.

use std::sync::Arc;

use fyr_schemas::{Assembly, Contig, Effect, Group, Interbase, Tally, Variant, VariantType};
use parquet::arrow::ProjectionMask;
use proptest::prelude::*;

use super::{
    Annotation, FrequencyRow, GenotypeRow, PAGE_ROWS, PageRows, Part, PartWriter, StoredRow, column,
    count_schema, decode, each, pages, staged,
};
use crate::{Call, Carriers, DatasetKind};

/// Columns that a lookup or a count reads in place, where they are mapped.
const IN_PLACE: [&str; 6] = [
    column::START,
    column::END,
    column::REFERENCE_BASES,
    column::ALTERNATE_BASES,
    column::CARRIERS,
    column::CALLS,
];

const CALLS: [Call; 8] = [
    Call::Reference,
    Call::HaploidReference,
    Call::Heterozygous,
    Call::Homozygous,
    Call::Hemizygous,
    Call::Half,
    Call::Partial,
    Call::Missing,
];

/// What an allele is like, wherever it is.
#[derive(Clone, Debug)]
struct Template {
    alternate: (&'static str, VariantType, Option<i64>),
    texts: Vec<String>,
    effects: Vec<Effect>,
    vrs: [Option<i64>; 2],
    calls: Vec<usize>,
    counts: Vec<Option<u64>>,
}

fn contig() -> Contig {
    Contig::resolve("X", Assembly::GRCH38).unwrap()
}

impl Template {
    fn variant(&self, start: u64) -> Variant {
        let (alternate, variant_type, sv_length) = self.alternate;
        let end = if sv_length.is_some() { start + 70 } else { start + 1 };
        Variant {
            contig: contig(),
            interval: Interbase::new(start, end).unwrap(),
            reference_bases: "A".into(),
            alternate_bases: alternate.into(),
            variant_type,
            sv_length,
        }
    }

    fn row(&self, start: u64, kind: DatasetKind) -> StoredRow {
        let (variant, ids, filters) = (self.variant(start), self.texts.clone(), self.texts.clone());
        let annotation = Annotation { effects: self.effects.clone(), vrs: self.vrs };
        match kind {
            DatasetKind::Individual => {
                let mut carriers = Carriers::default();
                (0..).zip(&self.calls).for_each(|(person, call)| carriers.push(person, CALLS[*call]));
                StoredRow::from_genotypes(GenotypeRow {
                    variant,
                    ids,
                    filters,
                    shard: 0,
                    carriers,
                    annotation,
                })
            }
            DatasetKind::Frequency | DatasetKind::Reference => {
                let tally = |at: usize| Tally {
                    allele_count: self.counts[at].unwrap_or(3),
                    allele_number: start,
                    heterozygous: self.counts[at + 1],
                    homozygous: self.counts[at + 2],
                    hemizygous: None,
                    carriers: self.counts[at + 3],
                    assayed: self.counts[at + 1],
                };
                let tallies = vec![(Group::Total, tally(0)), (Group::Population("FIN".into()), tally(1))];
                let row = FrequencyRow { variant, ids, filters, shard: 0, tallies, annotation };
                StoredRow::from_frequencies(row).unwrap()
            }
        }
    }
}

/// An effect that says something: ingest writes no other, and what says nothing in any row of a row group is not read.
fn effect() -> impl Strategy<Value = Effect> {
    let text = || prop::option::of("[a-z]{1,9}");
    let effects = (text(), text(), prop::collection::vec("[a-z_]{1,9}", 0..3), text(), text(), text());
    let effects =
        effects.prop_map(|(gene, transcript, consequences, coding_change, protein, protein_change)| Effect {
            gene,
            transcript,
            consequences,
            coding_change,
            protein,
            protein_change,
        });
    effects.prop_filter("it says something", |effect| *effect != Effect::default())
}

fn template() -> impl Strategy<Value = Template> {
    let alternates = vec![
        ("T", VariantType::Snp, None),
        ("ACGT", VariantType::Ins, None),
        ("<DEL>", VariantType::Del, Some(-69)),
        ("<INS>", VariantType::Ins, Some(400)),
    ];
    (
        prop::sample::select(alternates),
        prop::collection::vec("[A-Za-z0-9;]{0,8}", 0..3),
        prop::collection::vec(effect(), 0..3),
        prop::array::uniform2(prop::option::of(any::<i64>())),
        prop::collection::vec(prop_oneof![4 => Just(0usize), 1 => 0usize..8], 0..40),
        prop::collection::vec(prop::option::of(0u64..1000), 5),
    )
        .prop_map(|(alternate, texts, effects, vrs, calls, counts)| Template {
            alternate,
            texts,
            effects,
            vrs,
            calls,
            counts,
        })
}

/// Rows in the order of the tables, of one page or of several.
fn rows(templates: &[Template], count: usize, kind: DatasetKind) -> Vec<StoredRow> {
    let place = |(at, template): (usize, &Template)| template.row(10 + 3 * at as u64, kind);
    templates.iter().cycle().take(count).enumerate().map(place).collect()
}

struct Written {
    file: tempfile::NamedTempFile,
    part: Part,
}

fn written(rows: &[StoredRow], kind: DatasetKind) -> Written {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = PartWriter::create(file.reopen().unwrap(), "segment", kind).unwrap();
    rows.iter().for_each(|row| writer.push(row.clone()).unwrap());
    assert_eq!(writer.finish().unwrap().1, rows.len() as u64);
    let part = Part::new(staged(file.path()).unwrap(), kind).unwrap();
    Written { file, part }
}

/// The row without what counting does not read.
fn counted(row: &StoredRow) -> StoredRow {
    let annotation = Annotation { vrs: [None; 2], ..row.annotation.clone() };
    StoredRow { ids: Vec::new(), filters: Vec::new(), annotation, ..row.clone() }
}

/// Looks every row up, in place.
fn looked_up(part: &Part, rows: &[StoredRow], kind: DatasetKind) -> Vec<StoredRow> {
    let find = |row: &StoredRow| {
        let variant = &row.variant;
        let alleles = (variant.reference_bases.clone(), variant.alternate_bases.clone());
        let candidate = (variant.interval.start(), alleles.0, alleles.1);
        let batch = part.find(&[candidate], &count_schema(kind)).unwrap();
        decode(&batch.expect("an allele that was written"), Some(&contig())).unwrap().remove(0)
    };
    rows.iter().map(find).collect()
}

/// Reads all rows by Parquet's own reader, of the columns that counting reads.
fn scanned(part: &Part, kind: DatasetKind) -> Vec<StoredRow> {
    let mask: ProjectionMask = part.mask(&count_schema(kind));
    let batches = part.read(&part.locator().overlapping(i64::MAX, i64::MIN), mask).unwrap();
    batches.flat_map(|batch| decode(&batch.unwrap(), Some(&contig())).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_written_is_read(
        templates in prop::collection::vec(template(), 1..6),
        count in prop_oneof![1usize..60, 500usize..1300],
        kind in prop_oneof![Just(DatasetKind::Individual), Just(DatasetKind::Frequency)],
    ) {
        let rows = rows(&templates, count, kind);
        let Written { file, part } = written(&rows, kind);
        let whole: Vec<_> = pages(staged(file.path()), contig()).flat_map(each).map(Result::unwrap).collect();
        prop_assert_eq!(&whole, &rows);
        let expected: Vec<_> = rows.iter().map(counted).collect();
        prop_assert_eq!(&scanned(&part, kind), &expected);
        let some: Vec<_> = rows.iter().step_by(1 + rows.len() / 40).cloned().collect();
        let expected: Vec<_> = some.iter().map(counted).collect();
        prop_assert_eq!(looked_up(&part, &some, kind), expected);
    }

    #[test]
    fn what_is_made_to_be_read_in_place_is(
        templates in prop::collection::vec(template(), 1..6),
        count in 1usize..1300,
        kind in prop_oneof![Just(DatasetKind::Individual), Just(DatasetKind::Frequency)],
    ) {
        let rows = rows(&templates, count, kind);
        let Written { part, .. } = written(&rows, kind);
        let has = |name: &str| super::file_schema(kind).column_with_name(name).is_some();
        for first in (0..rows.len()).step_by(PAGE_ROWS) {
            let page = PageRows { row_group: 0, first, count: PAGE_ROWS.min(rows.len() - first) };
            for name in IN_PLACE.into_iter().filter(|name| has(name)) {
                prop_assert!(part.pages().is_read_in_place(page, name), "{} from row {}", name, first);
            }
        }
    }
}

#[test]
fn values_read_in_place_are_those_that_parquet_reads() {
    let template = Template {
        alternate: ("T", VariantType::Snp, None),
        texts: Vec::new(),
        effects: Vec::new(),
        vrs: [None; 2],
        calls: vec![2, 0, 3],
        counts: vec![Some(1); 5],
    };
    let rows = rows(&[template], 1200, DatasetKind::Individual);
    let Written { part, .. } = written(&rows, DatasetKind::Individual);
    let schema = super::file_schema(DatasetKind::Individual);
    for (first, count) in [(0, 512), (512, 512), (1024, 176), (3, 7), (500, 24), (1199, 1)] {
        let run = PageRows { row_group: 0, first, count };
        for field in schema.fields().iter().filter(|field| IN_PLACE.contains(&field.name().as_str())) {
            let mask = part.mask(&Arc::new(arrow::datatypes::Schema::new(vec![Arc::clone(field)])));
            let batches: Vec<_> = part.read(&[run], mask).unwrap().map(Result::unwrap).collect();
            let expected = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
            assert_eq!(&part.pages().array(run, field).unwrap(), expected.column(0), "{field} {run:?}");
        }
    }
}
