use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::{Array, AsArray};
use fyr_schemas::{Assembly, Contig, Coverage, Group, Interbase, Sex, Variant, VariantType};
use proptest::prelude::*;

use super::*;

fn told(start: u64, groups: &[(Group, u64, Option<u64>)]) -> VariantAnswer {
    let frequency = |(group, count, part): &(Group, u64, Option<u64>)| Frequency {
        group: group.clone(),
        allele_count: *count,
        allele_number: 5_008,
        heterozygous: *part,
        homozygous: *part,
        hemizygous: None,
    };
    VariantAnswer {
        variant: Variant {
            contig: Contig::resolve("7", Assembly::GRCH38).unwrap(),
            interval: Interbase::new(start, start + 4).unwrap(),
            reference_bases: "ATCT".into(),
            alternate_bases: "A".into(),
            variant_type: VariantType::Del,
            sv_length: None,
        },
        carriers: None,
        assayed: None,
        people: None,
        observed: None,
        assumed: false,
        frequencies: groups.iter().map(frequency).collect(),
        coverage: Coverage::Unknown,
        cases: Vec::new(),
        effects: Vec::new(),
        alternative_ids: Vec::new(),
    }
}

/// A file in pieces.
fn written(mut encoder: TableEncoder, pieces: &[Vec<TableRow>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = pieces.iter().flat_map(|rows| encoder.write(rows).unwrap()).collect();
    bytes.extend(encoder.finish().unwrap());
    bytes
}

fn text(rows: &[Vec<TableRow>]) -> String {
    String::from_utf8(written(TableEncoder::tsv(), rows)).unwrap()
}

/// Reads a Parquet file as the lines that text has.
fn lines(file: Vec<u8>) -> String {
    let batches = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap().build().unwrap();
    let mut text = format!("{}\n", COLUMNS.join("\t"));
    for batch in batches {
        let batch = batch.unwrap();
        let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, COLUMNS);
        for row in 0..batch.num_rows() {
            let value = |column: &std::sync::Arc<dyn Array>| match column.as_string_opt::<i32>() {
                Some(texts) => texts.value(row).to_owned(),
                None if column.is_null(row) => String::new(),
                None => column.as_primitive::<arrow::datatypes::Int64Type>().value(row).to_string(),
            };
            let values: Vec<_> = batch.columns().iter().map(value).collect();
            text += &format!("{}\n", values.join("\t"));
        }
    }
    text
}

#[test]
fn a_row_is_an_allele_in_a_group() {
    let groups = [(Group::Total, 30, Some(10)), (Group::PopulationSex("FIN".into(), Sex::Female), 12, None)];
    let rows = TableRow::all(&"TABLE".into(), told(117_559_589, &groups));
    let expected = "dataset\tsequence\tposition\tend\treference\talternate\tgroup\tac\tan\theterozygous\thomozygous\themizygous\n\
                    TABLE\t7\t117559590\t117559593\tATCT\tA\tTotal\t30\t5008\t10\t10\t\n\
                    TABLE\t7\t117559590\t117559593\tATCT\tA\tFIN_F\t12\t5008\t\t\t\n";
    assert_eq!(text(std::slice::from_ref(&rows)), expected);
    assert_eq!(lines(written(TableEncoder::parquet().unwrap(), &[rows])), expected);
}

#[test]
fn a_table_without_rows_has_its_columns() {
    assert_eq!(text(&[]), format!("{}\n", COLUMNS.join("\t")));
    assert_eq!(lines(written(TableEncoder::parquet().unwrap(), &[])), text(&[]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn both_formats_say_the_same_however_rows_come(
        counts in prop::collection::vec((0u64..1_000_000, 0u64..5_008, prop::option::of(0u64..99)), 0..200),
        size in 1usize..50,
    ) {
        let rows: Vec<TableRow> = counts
            .into_iter()
            .flat_map(|(start, count, part)| TableRow::all(&"T".into(), told(start, &[(Group::Total, count, part)])))
            .collect();
        let pieces: Vec<Vec<TableRow>> = rows.chunks(size).map(<[TableRow]>::to_vec).collect();
        let whole = text(std::slice::from_ref(&rows));
        prop_assert_eq!(&text(&pieces), &whole);
        prop_assert_eq!(lines(written(TableEncoder::parquet().unwrap(), &pieces)), whole);
    }
}
