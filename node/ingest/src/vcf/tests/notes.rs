//! What files say of people beside alleles.

use super::*;
use crate::{CallRule, CallableStatement, vcf::notes::Note};

/// Shows a note: whether somebody was called, who, and where.
pub(super) fn show_note(Note { person, contig, interval, is_called }: Note) -> String {
    let sign = if is_called { '+' } else { '-' };
    format!("{sign}{person} {}:{}-{}", contig.name(), interval.start(), interval.end())
}

async fn notes(options: &IngestOptions) -> Vec<String> {
    let notes = read(options).await.unwrap().into_iter().flat_map(|batch| batch.notes);
    notes.map(show_note).collect()
}

#[tokio::test]
async fn blocks_say_who_has_the_reference_sequence_and_who_was_not_called() {
    let files = Files::new();
    let records = "1\t10\t.\tA\t<NON_REF>\t.\t.\tEND=20\tGT\t0/0\t./.\t0/.\n\
        1\t21\t.\tAC\tA,<NON_REF>\t.\t.\t.\tGT\t0/1\t0/0\t./1\n\
        1\t30\t.\tA\t.\t.\t.\tEND=31\tGT\t0/0\t0/0\t0/0\n\
        1\t40\t.\tA\t<*>\t.\t.\t.\tGT\t0/0\t0/0\t.\n\
        1\t50\t.\tA\t.\t.\t.\t.\tGT\t0/0\t0/0\t./.\n\
        1\t60\t.\tA\tT\t.\t.\t.\tGT\t0/1\t0/0\t./.\n\
        1\t70\t.\tA\t<NON_REF>\t.\t.\tEND=72\tDP\t1\t1\t1\n";
    let options = files.options(&[("a.vcf", &three(records))]);
    let expected = [
        ["+0 1:9-20", "-1 1:9-20", "-2 1:9-20"],
        ["+0 1:20-22", "+1 1:20-22", "-2 1:20-22"],
        ["+0 1:29-31", "+1 1:29-31", "+2 1:29-31"],
        ["+0 1:39-40", "+1 1:39-40", "-2 1:39-40"],
        ["-0 1:69-72", "-1 1:69-72", "-2 1:69-72"],
    ];
    assert_eq!(notes(&options).await, expected.concat());
    let damaged = three("1\t10\t.\tA\t<NON_REF>\t.\t.\tEND=9\tGT\t0/0\t0/0\t0/0\n");
    let error = read(&files.options(&[("b.vcf", &damaged)])).await.unwrap_err().to_string();
    assert!(error.contains("line 12") && error.contains("`9` is not the end of a block"), "{error}");
}

#[tokio::test]
async fn no_statement_covers_what_a_file_says_was_not_called() {
    let files = Files::new();
    let individuals = files.write("panel.tsv", "sample\tgender\nS1\tfemale\nS2\tmale\nS3\tmale\n");
    let records = "1\t10\t.\tACG\tA\t.\tPASS\t.\tGT\t0/1\t./.\t1/.\n\
        1\t20\t.\tA\tT\t.\tq10\t.\tGT\t0/1\t0/0\t./.\n\
        X\t5000000\t.\tC\tT\t.\tPASS\t.\tGT\t0/1\t0/.\t.\n\
        MT\t7\t.\tC\tG\t.\tPASS\t.\tGT\t0\t1\t1\n";
    let options = IngestOptions {
        individuals: Some(individuals),
        calls: CallRule { filter: FilterRule::PassOnly, ..CallRule::default() },
        ..files.options(&[("a.vcf", &three(records))])
    };
    assert!(notes(&options).await.is_empty(), "nothing is stated");
    let stated = IngestOptions { callable: Some(CallableStatement::WholeGenome), ..options };
    let expected =
        ["-1 1:9-12", "-2 1:9-12", "-0 1:19-20", "-1 1:19-20", "-2 1:19-20", "-2 X:4999999-5000000"];
    assert_eq!(notes(&stated).await, expected);
    let report = check(stated.clone(), Progress::default()).await.unwrap();
    assert_eq!(
        report.callable.map(|stated| (stated.name, stated.bases)),
        Some(("whole-genome".into(), None))
    );
    let as_written = IngestOptions { ploidy: PloidyReading::AsWritten, ..stated };
    let error = check(as_written, Progress::default()).await.unwrap_err().to_string();
    assert!(error.contains("--callable") && error.contains("--ploidy"), "{error}");
    let sites = format!("{HEADER}{COLUMNS}\n1\t10\t.\tA\tT\t.\t.\tAC=1;AN=2\n");
    let sites = IngestOptions {
        callable: Some(CallableStatement::WholeGenome),
        ..files.options(&[("sites.vcf", &sites)])
    };
    let error = check(sites, Progress::default()).await.unwrap_err().to_string();
    assert!(error.contains("files with samples"), "{error}");
}
