//! The report of an ingest for a person.

use std::fmt::Write;

use comfy_table::{Table, presets::NOTHING};
use fyr_ingest::{IngestReport, StatedRegions};
use fyr_schemas::Contig;
use fyr_store::DatasetKind;

/// Duplicates and unlisted samples that are named.
const NAMED: usize = 10;

/// Draws the report.
pub(super) fn of(report: &IngestReport) -> String {
    let mut text = format!("{}\n", headline(report));
    let mut table = Table::new();
    table.load_preset(NOTHING);
    for (name, value) in rows(report) {
        table.add_row([name.to_owned(), value]);
    }
    let _ = writeln!(text, "{table}");
    add_duplicates(&mut text, report);
    if !report.unlisted.is_empty() {
        let named: Vec<&str> = report.unlisted.iter().take(NAMED).map(String::as_str).collect();
        let _ = writeln!(text, "without a row in the individuals file: {}", named.join(", "));
    }
    if !report.contradicted_sex.is_empty() {
        let samples = report.contradicted_sex.join(", ");
        let _ = writeln!(text, "taken with the sex that is stated, though X and Y contradict it: {samples}");
    }
    let lost = report.segment.as_ref().map(|s| s.lost.as_slice()).unwrap_or_default();
    if !lost.is_empty() {
        let named: Vec<&str> = lost.iter().map(Contig::name).collect();
        let _ = writeln!(
            text,
            "the samples that were replaced had alleles or blocks on {}, of which these files have nothing: load all parts \
             in one command if that is not meant",
            named.join(", ")
        );
    }
    if !report.renamed.is_empty() {
        let named = report.renamed.iter().take(NAMED).map(|(name, contig)| format!("{name} as {contig}"));
        let _ = writeln!(text, "sequences were read as others: {}", named.collect::<Vec<_>>().join(", "));
    }
    if !report.unknown_sequences.is_empty() {
        let named: Vec<&str> = report.unknown_sequences.iter().take(NAMED).map(Contig::name).collect();
        let _ = writeln!(
            text,
            "{} has no sequence {}: nobody can ask for what lies there. Is the name misspelt, or the file of another \
             assembly?",
            report.assembly,
            named.join(", ")
        );
    }
    text.trim_end().to_owned()
}

fn headline(report: &IngestReport) -> String {
    match &report.segment {
        Some(segment) => format!(
            "dataset {} has {} more variants (segment {}, version {})",
            report.dataset, segment.variants, segment.segment, segment.version
        ),
        None => "no faults found; nothing was written".to_owned(),
    }
}

fn rows(report: &IngestReport) -> Vec<(&'static str, String)> {
    let counts = &report.counts;
    let contigs: Vec<String> = report.contigs.iter().map(|(c, n)| format!("{c} ({n})")).collect();
    let mut rows = vec![("files", report.files.to_string()), ("records", counts.records.to_string())];
    if report.kind == DatasetKind::Individual {
        rows.push(("individuals", report.individuals.to_string()));
        rows.push(("genotypes", counts.genotypes.to_string()));
    }
    rows.push(("alleles", counts.alleles.to_string()));
    if let Some(StatedRegions { name, bases }) = &report.callable {
        let bases = bases.map(|bases| format!(" ({bases} bases)")).unwrap_or_default();
        rows.push(("looked at, as stated", format!("{name}{bases}")));
    }
    for (name, count) in [
        ("symbolic alleles", counts.symbolic),
        ("copy numbers without END and SVLEN, found at their first base", counts.endless),
        ("not variants (*, <NON_REF>)", counts.unspecific),
        ("records without a variant", counts.reference_records),
        ("records whose FILTER is no call, left out", counts.not_passed),
        ("genotypes whose FT is no call", counts.uncalled.filtered),
        ("genotypes below --min-gq, not called", counts.uncalled.low_quality),
        ("genotypes without quality, not called", counts.uncalled.without_quality),
        ("genotypes below --min-dp, not called", counts.uncalled.low_depth),
        ("genotypes without depth, not called", counts.uncalled.without_depth),
        ("records without genotypes", counts.without_genotypes),
        ("telomeric records, left out", counts.telomeric),
        ("alleles without samples, AC and AN", counts.without_counts),
        ("header lines not understood, not needed", report.unread_header_lines),
        ("INFO values unlike their header, not read", counts.unread_values),
        ("samples of people who withdrew, left out", report.withdrawn as u64),
        ("samples replaced", report.segment.as_ref().map_or(0, |s| s.replaced)),
        ("samples united with what the dataset has of them", report.segment.as_ref().map_or(0, |s| s.united)),
        ("samples unlisted", report.unlisted.len() as u64),
        ("alleles in several records", report.segment.as_ref().map_or(0, |s| s.duplicates)),
    ] {
        if count > 0 {
            rows.push((name, count.to_string()));
        }
    }
    if let Some(segment) = &report.segment {
        rows.push(("bytes written", segment.bytes.to_string()));
    }
    rows.push(("contigs", contigs.join(", ")));
    rows.push(("time", format!("{:.1} s", report.elapsed.as_secs_f64())));
    rows
}

fn add_duplicates(text: &mut String, report: &IngestReport) {
    let duplicates = report.segment.as_ref().map(|s| s.first_duplicates.as_slice()).unwrap_or_default();
    for duplicate in duplicates.iter().take(NAMED) {
        let (variant, records) = (duplicate.variant.short_form(), duplicate.records);
        let _ = writeln!(text, "{variant} is in {records} records: each person counts once");
    }
}
