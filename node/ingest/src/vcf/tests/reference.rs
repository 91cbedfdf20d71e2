//! Frequencies by which others are priced: files of sites with AF alone, and tables.

use fyr_store::DatasetKind;

use super::*;

/// What is read as a reference of a file: each allele with its frequency, in millionths.
async fn frequencies(name: &str, text: &str) -> Result<Vec<(String, u64)>, String> {
    let files = Files::new();
    let options = IngestOptions { as_reference: true, ..files.options(&[(name, text)]) };
    let batches = read(&options).await.map_err(|error| error.to_string())?;
    let rows = batches.into_iter().flat_map(|batch| batch.frequencies);
    let of = |row: fyr_store::FrequencyRow| {
        let [(fyr_schemas::Group::Total, tally)] = row.tallies.as_slice() else { panic!("a total") };
        let millionths = tally.allele_count as f64 / tally.allele_number as f64 * 1e6;
        (row.variant.short_form().to_string(), millionths.round() as u64)
    };
    Ok(rows.map(of).collect())
}

const SITES: &str = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

#[tokio::test]
async fn a_file_and_a_table_say_the_same() {
    let sites =
        format!("{SITES}1\t10\t.\tA\tC,G\t.\t.\tAF=0.25,1e-3\n1\t40\t.\tG\tGT\t.\t.\tAC=1;AN=4;AF=0.9\n");
    let table = "allele\tAC\tAN\tAF\n1-10-A-C\t\t\t0.25\n1-10-A-G\tNA\tNA\t0.001\n1-40-G-GT\t1\t4\t0.9\n";
    let expected = frequencies("sites.vcf", &sites).await.unwrap();
    assert_eq!(expected.iter().map(|(_, of)| *of).collect::<Vec<_>>(), [250_000, 1_000, 250_000]);
    assert_eq!(frequencies("table.tsv", table).await.unwrap(), expected);
}

#[tokio::test]
async fn what_says_no_frequency_is_refused_by_its_line() {
    for (name, text, why) in [
        ("t.tsv", "allele\tAF\n1-10-A-C\t0.1\n1-11-A-C\t1.5\n", "line 3, INFO, AF: `1.5` is no frequency"),
        ("t.tsv", "allele\tAF\n1-10-A-C\t.\n", "line 2, INFO: a frequency needs AF, or AC and AN"),
        ("t.tsv", "allele\tAF\n\n1-10-A\t0.1\n", "line 3, ALT"),
        ("t.tsv", "place\tAF\n1-10-A-C\t0.1\n", "lacks columns CHROM"),
    ] {
        let refused = frequencies(name, text).await.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    let refused =
        frequencies("s.vcf", &format!("{SITES}1\t10\t.\tA\tC\t.\t.\tAF=0.1,0.2\n")).await.unwrap_err();
    assert!(refused.contains("line 3") && refused.contains("2 values for 1 ALT"), "{refused}");
}

#[tokio::test]
async fn people_are_no_reference_and_tables_are_nothing_else() {
    let refused = frequencies("three.vcf", &three(RECORDS)).await.unwrap_err();
    assert!(refused.contains("without samples"), "{refused}");
    let files = Files::new();
    let plain = files.options(&[("t.tsv", "allele\tAF\n1-10-A-C\t0.1\n")]);
    assert!(read(&plain).await.unwrap_err().to_string().contains("not a VCF or BCF file"));
    let only = files.options(&[("s.vcf", &format!("{SITES}1\t10\t.\tA\tC\t.\t.\tAF=0.1\n"))]);
    assert!(read(&only).await.unwrap_err().to_string().contains("needs AC and AN"), "AF is no count");
    let kind =
        |as_reference| Inputs::open(&IngestOptions { as_reference, ..only.clone() }, None).unwrap().kind;
    assert_eq!((kind(true), kind(false)), (DatasetKind::Reference, DatasetKind::Frequency));
}
