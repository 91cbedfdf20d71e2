//! Whole files through the pipeline, as far as the rows that the store would get.

mod calls;
mod copies;
mod notes;
mod reference;
mod sexes;

use std::{io::Write, path::PathBuf};

use flate2::{Compression, write::GzEncoder};
use fyr_schemas::{Assembly, Tally};
use fyr_store::{FrequencyRow, GenotypeRow};
use noodles::{bcf, bgzf, vcf, vcf::variant::io::Write as _};

use super::{
    FilterRule, IngestError, IngestOptions, PloidyReading, Progress, check,
    inputs::Inputs,
    reference::{Bases, Reference},
    rows::Batch,
};
use crate::withdrawn::tests::Remembering;

const HEADER: &str = "##fileformat=VCFv4.3\n##contig=<ID=1>\n##contig=<ID=X>\n##contig=<ID=MT>\n\
    ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n\
    ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Count\">\n\
    ##FILTER=<ID=q10,Description=\"Low quality\">\n\
    ##ALT=<ID=DEL,Description=\"Deletion\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n";

const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

const RECORDS: &str = "1\t10\trs1\tA\tC,*,AT\t9.5\tPASS\tAC=1,0,2\tGT:DP\t0|1:3\t1/3:4\t./.:.\n\
    1\t20\t.\tG\t<DEL>\t.\tq10\tEND=30\tGT\t0/1\t./.\t1/1\n\
    1\t40\t.\tG\t.\t.\t.\t.\tGT\t0/0\t0/0\t0/0\n\
    X\t5000000\t.\tC\tT\t.\tPASS\t.\tGT\t1/1\t0/.\t1\n\
    MT\t7\ta;b\tC\tG\t.\tPASS\t.\tGT\t1\t0\t0\n";

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn options(&self, inputs: &[(&str, &str)]) -> IngestOptions {
        let inputs = inputs.iter().map(|(name, text)| self.write(name, text)).collect();
        IngestOptions::new("unused", "test", Assembly::GRCH38, inputs)
    }
}

fn cohort(samples: &str, records: &str) -> String {
    format!("{HEADER}{COLUMNS}\tFORMAT\t{samples}\n{records}")
}

fn three(records: &str) -> String {
    cohort("S1\tS2\tS3", records)
}

async fn read(options: &IngestOptions) -> Result<Vec<Batch>, IngestError> {
    let reference = options.reference.as_deref().map(|path| Reference::open(path, options.assembly));
    let inputs = Inputs::open(options, reference.transpose()?.map(Bases::File))?;
    let indices: Vec<u32> = (0..inputs.cohort.individuals.len() as u32).collect();
    let mut all = Vec::new();
    for shard in 0..options.inputs.len() {
        let mut batches = inputs.start(options, shard, &indices, &Progress::default(), false)?;
        while let Some(batch) = batches.next().await {
            all.push(batch?);
        }
    }
    Ok(all)
}

async fn genotypes(options: &IngestOptions) -> Vec<GenotypeRow> {
    read(options).await.unwrap().into_iter().flat_map(|batch| batch.genotypes).collect()
}

async fn frequencies(options: &IngestOptions) -> Vec<FrequencyRow> {
    read(options).await.unwrap().into_iter().flat_map(|batch| batch.frequencies).collect()
}

/// Shows a row: the allele and AC/AN, heterozygous, homozygous, hemizygous.
fn show(row: &GenotypeRow) -> String {
    let Tally { allele_count, allele_number, heterozygous, homozygous, hemizygous, .. } =
        row.carriers.tally(&(0..9).collect());
    // Six of the nine indices are nobody.
    let allele_number = allele_number.saturating_sub(12);
    let [het, hom, hemi] = [heterozygous, homozygous, hemizygous].map(Option::unwrap);
    format!("{} {allele_count}/{allele_number} {het},{hom},{hemi}", row.variant.short_form())
}

async fn shown(options: &IngestOptions) -> Vec<String> {
    genotypes(options).await.iter().map(show).collect()
}

#[tokio::test]
async fn records_become_rows() {
    let files = Files::new();
    let options = files.options(&[("a.vcf", &three(RECORDS))]);
    let rows = genotypes(&options).await;
    let expected = [
        "1-10-A-C 2/4 2,0,0",
        "1-10-A-AT 1/4 1,0,0",
        "1-20-G-<DEL> 3/4 1,1,0",
        "X-5000000-C-T 3/4 0,1,1",
        "MT-7-C-G 1/3 0,0,1",
    ];
    assert_eq!(rows.iter().map(show).collect::<Vec<_>>(), expected);
    assert_eq!(
        (rows[0].ids.clone(), rows[4].ids.clone()),
        (vec!["rs1".into()], vec!["a".into(), "b".into()])
    );
    assert_eq!(rows[2].filters, ["q10"]);
    assert_eq!(rows[2].variant.interval.end(), 30);
    let report = check(options, Progress::default()).await.unwrap();
    let counts = report.counts;
    assert_eq!((counts.records, counts.alleles, counts.symbolic), (5, 5, 1));
    assert_eq!((counts.unspecific, counts.reference_records, counts.genotypes), (1, 1, 15));
    assert_eq!(report.contigs.values().copied().collect::<Vec<_>>(), [3, 1, 1]);
}

fn as_bcf(text: &str) -> Vec<u8> {
    let mut reader = vcf::io::Reader::new(text.as_bytes());
    let header = reader.read_header().unwrap();
    let mut writer = bcf::io::Writer::new(Vec::new());
    writer.write_header(&header).unwrap();
    for record in reader.record_bufs(&header) {
        writer.write_variant_record(&header, &record.unwrap()).unwrap();
    }
    writer.into_inner().finish().unwrap()
}

fn as_bgzf(text: &str) -> Vec<u8> {
    let mut writer = bgzf::io::Writer::new(Vec::new());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

/// As several members, of which each ends within a line.
fn as_gzip(text: &str) -> Vec<u8> {
    let mut file = Vec::new();
    for part in text.as_bytes().chunks(101) {
        let mut encoder = GzEncoder::new(file, Compression::fast());
        encoder.write_all(part).unwrap();
        file = encoder.finish().unwrap();
    }
    file
}

#[tokio::test]
async fn one_content_gives_the_same_rows_in_every_format() {
    let files = Files::new();
    let text = three(RECORDS);
    let options = files.options(&[("a.vcf", &text)]);
    let expected = genotypes(&options).await;
    for (name, bytes) in [
        ("a.bcf", as_bcf(&text)),
        ("misleading.vcf", as_bcf(&text)),
        ("a.vcf.gz", as_bgzf(&text)),
        ("multi.vcf.gz", as_gzip(&text)),
        ("crlf.vcf", text.replace('\n', "\r\n").into_bytes()),
    ] {
        let options = IngestOptions { inputs: vec![files.write(name, bytes)], ..options.clone() };
        let rows = genotypes(&options).await;
        assert_eq!(rows.len(), expected.len(), "{name}");
        for (row, expected) in rows.iter().zip(&expected) {
            assert_eq!(row.variant, expected.variant, "{name}");
            assert_eq!(row.carriers, expected.carriers, "{name}");
            assert_eq!((&row.ids, &row.filters), (&expected.ids, &expected.filters), "{name}");
        }
    }
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_refused() {
    let files = Files::new();
    let text = three(&RECORDS.repeat(2000));
    for (name, bytes) in
        [("a.vcf.gz", as_bgzf(&text)), ("b.vcf.gz", as_gzip(&text)), ("a.bcf", as_bcf(&text))]
    {
        for cut in [1, 28, 40, bytes.len() / 2] {
            let path = files.write(name, &bytes[..bytes.len() - cut]);
            let options = IngestOptions::new("unused", "test", Assembly::GRCH38, vec![path]);
            let error = check(options, Progress::default()).await.unwrap_err().to_string();
            assert!(error.contains("copy") || error.contains("record"), "{name} {cut}: {error}");
        }
    }
}

/// Wherever a file without compression is cut, within its header or its records, but at the end of a line.
#[tokio::test]
async fn a_plain_file_that_was_cut_within_a_line_is_refused() {
    let files = Files::new();
    let text = three(RECORDS);
    for cut in 1..text.len() {
        let (path, number) = (files.write("a.vcf", &text[..cut]), text[..cut].matches('\n').count() + 1);
        let options = IngestOptions::new("unused", "test", Assembly::GRCH38, vec![path]);
        let error = check(options, Progress::default()).await.err().map(|error| error.to_string());
        if !text[..cut].ends_with('\n') {
            let error = error.unwrap();
            assert!(error.contains(&format!("line {number}, the last line")), "{cut}: {error}");
        }
    }
}

#[tokio::test]
async fn a_flipped_bit_is_refused() {
    let files = Files::new();
    for bytes in [as_bgzf(&three(RECORDS)), as_gzip(&three(RECORDS))] {
        let mut bytes = bytes;
        bytes[60] ^= 4;
        let path = files.write("a.vcf.gz", &bytes);
        let options = IngestOptions::new("unused", "test", Assembly::GRCH38, vec![path]);
        assert!(check(options, Progress::default()).await.is_err());
    }
}

#[tokio::test]
async fn faults_in_bcf_name_the_record() {
    let files = Files::new();
    let good = "1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n";
    let text = three(&format!("{good}{}", good.replace("0/1", "0/2")));
    let options = IngestOptions {
        inputs: vec![files.write("a.bcf", as_bcf(&text))],
        ..IngestOptions::new("unused", "test", Assembly::GRCH38, vec![])
    };
    let error = check(options, Progress::default()).await.unwrap_err().to_string();
    assert!(error.contains("a.bcf, record 2, GT of sample `S1`: genotype `0/2` names allele 2"), "{error}");
}

#[tokio::test]
async fn males_have_one_x() {
    let files = Files::new();
    let panel =
        "sample\tpop\tsuper_pop\tgender\nS1\tFIN\tEUR\tmale\nS2\tFIN\tEUR\tmale\nS3\tGBR\tEUR\tfemale\n";
    let mut options =
        files.options(&[("a.vcf", &three("X\t5000000\t.\tC\tT\t.\t.\t.\tGT\t1/1\t0/.\t0/1\n"))]);
    options.individuals = Some(files.write("panel", panel));
    assert_eq!(shown(&options).await, ["X-5000000-C-T 2/4 1,0,1"]);
    options.ploidy = PloidyReading::AsWritten;
    assert_eq!(shown(&options).await, ["X-5000000-C-T 3/5 1,1,0"]);
}

#[tokio::test]
async fn people_who_were_not_selected_are_not_counted() {
    let files = Files::new();
    let mut options = files.options(&[("a.vcf", &three(RECORDS))]);
    options.samples = Some(files.write("list", "S2\n"));
    let rows = genotypes(&options).await;
    let tally = rows[0].carriers.tally(&(0..1).collect());
    assert_eq!((tally.allele_count, tally.allele_number), (1, 2));
    options.samples = Some(files.write("list", "S2\nS9\n"));
    assert!(read(&options).await.unwrap_err().to_string().contains("`S9`"));
}

#[tokio::test]
async fn unlisted_people_need_a_word() {
    let files = Files::new();
    let mut options = files.options(&[("a.vcf", &three(RECORDS))]);
    options.individuals = Some(files.write("panel", "sample\tpop\nS1\tFIN\nS3\tFIN\n"));
    assert!(read(&options).await.unwrap_err().to_string().contains("--allow-unlisted"));
    options.allow_unlisted = true;
    let report = check(options, Progress::default()).await.unwrap();
    assert_eq!((report.individuals, report.unlisted), (3, vec!["S2".to_owned()]));
}

#[tokio::test]
async fn shards_have_other_people_or_other_regions() {
    let files = Files::new();
    let at = |position: u32| format!("1\t{position}\t.\tA\tC\t.\t.\t.\tGT\t0/1\n");
    let two = [at(10), at(20)].concat();
    let later = [at(30), at(40)].concat();
    let across = [at(15), at(40)].concat();
    for (first, second, fragment) in [
        (cohort("S1", &two), cohort("S1", &later), None),
        (cohort("S1", &two), cohort("S2", &two), None),
        (cohort("S1", &two), cohort("S1", &across), Some("both cover 1:15-20")),
        (cohort("S1", &two), cohort("S1\tS2", &later), Some("shares sample `S1`")),
        (cohort("S1", &two), format!("{HEADER}{COLUMNS}\n"), Some("has no samples")),
    ] {
        let result =
            check(files.options(&[("a.vcf", &first), ("b.vcf", &second)]), Progress::default()).await;
        match fragment {
            None => assert_eq!(result.unwrap().counts.records, 4),
            Some(fragment) => {
                let error = result.unwrap_err().to_string();
                assert!(error.contains(fragment), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn the_first_fault_of_a_file_is_reported() {
    let files = Files::new();
    let good = "1\t10\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n".repeat(100_000);
    let text = three(&format!("{good}1\tfirst\t.\n{good}1\tsecond\t.\n"));
    let options = files.options(&[("a.vcf", &text)]);
    for _ in 0..5 {
        let error = check(options.clone(), Progress::default()).await.unwrap_err().to_string();
        assert!(
            error.ends_with("a.vcf, line 100012, POS: `first` is not a position: use 0 to 2147483647"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn malformed_records_name_place_and_remedy() {
    let files = Files::new();
    for (record, fragment) in [
        (
            "1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/2\t0/0\n",
            "line 12, GT of sample `S2`: genotype `0/2` names allele 2",
        ),
        (
            "1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\n",
            "line 12, samples: 2 sample columns, but the header names 3",
        ),
        ("1\t1\t.\tA\tC\t.\t.\t.\n", "the sample columns are missing"),
        ("1\t1\t.\tA\tA\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n", "the same as REF"),
        ("1\t1\t.\tA\tC,c\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n", "has an allele twice"),
        ("1\t9\t.\tA\t<DEL>\t.\t.\tEND=3\tGT\t0/1\t0/0\t0/0\n", "END 3 lies before POS 9"),
        ("NC_000001.10\t1\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n", "belongs to GRCh37"),
        ("1\t1\t.\tA\tC\t.\t.\tEND=x\tGT\t0/1\t0/0\t0/0\n", "INFO/END: `x` is not of Type=Integer"),
    ] {
        let options = files.options(&[("a.vcf", &three(record))]);
        let error = check(options, Progress::default()).await.unwrap_err().to_string();
        assert!(error.contains(fragment), "{record}: {error}");
    }
}

#[tokio::test]
async fn sites_become_frequencies() {
    let files = Files::new();
    let text = format!("{HEADER}{COLUMNS}\n1\t10\t.\tA\tC,G\t.\tq10\tAC=1,2;AN=20;AC_FI=1,0;AN_FI=4\n");
    let mut options = files.options(&[("a.vcf", &text)]);
    let rows = frequencies(&options).await;
    let shown: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            row.tallies.iter().map(|(g, t)| format!("{g} {}/{}", t.allele_count, t.allele_number))
        })
        .collect();
    assert_eq!(shown, ["Total 1/20", "FI 1/4", "Total 2/20", "FI 0/4"]);
    options.calls.filter = FilterRule::PassOnly;
    assert_eq!(frequencies(&options).await.len(), 0);
    let bare = format!("{HEADER}{COLUMNS}\n1\t10\t.\tA\tC\t.\t.\tAC=1\n");
    let options = files.options(&[("b.vcf", &bare)]);
    assert!(read(&options).await.unwrap_err().to_string().contains("--frequency-fields"));
    assert_eq!(check(options, Progress::default()).await.unwrap().counts.without_counts, 1);
}

#[tokio::test]
async fn alleles_are_left_aligned_and_checked_against_the_reference() {
    let files = Files::new();
    let mut options = files.options(&[("a.vcf", &three("1\t8\t.\tcac\tc\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n"))]);
    assert_eq!(shown(&options).await, ["1-8-CAC-C 1/6 1,0,0"]);
    options.reference = Some(files.write("a.fa", ">chr1\nGGGCACACACAGGG\n"));
    assert_eq!(shown(&options).await, ["1-3-GCA-G 1/6 1,0,0"]);
    let wrong = files.write("b.vcf", three("1\t8\t.\tT\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n"));
    options.inputs = vec![wrong];
    let error = read(&options).await.unwrap_err().to_string();
    assert!(error.contains("line 12, REF: REF `T` contradicts the reference sequence"), "{error}");
}

/// One record with genotypes makes a cohort, wherever it stands; none makes people of whom nothing is known.
#[tokio::test]
async fn samples_without_any_genotype_are_refused() {
    let files = Files::new();
    for (format, value) in [
        ("DS", "0.9"),
        ("GP", "0.1,0.8,0.1"),
        ("PL", "9,0,9"),
        ("AN:AC", "10:2"),
        ("DP:GL", "3:-1,0,-1"),
        (".", "."),
    ] {
        let without = |at: usize| format!("1\t{at}\t.\tA\tC\t.\t.\t.\t{format}\t{value}\t{value}\t{value}\n");
        let with = |at: usize| format!("1\t{at}\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t./.\n");
        for place in [None, Some(0), Some(1), Some(2)] {
            let records: String =
                (0..3).map(|at| if Some(at) == place { with(at + 1) } else { without(at + 1) }).collect();
            let outcome = check(files.options(&[("a.vcf", &three(&records))]), Progress::default()).await;
            match place {
                Some(_) => assert_eq!(outcome.unwrap().counts.without_genotypes, 2, "{format}"),
                None => {
                    let error = outcome.unwrap_err().to_string();
                    assert!(error.contains(&format!("line 12, FORMAT: `{format}` has no GT")), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn local_genotypes_are_read_as_those_of_the_record() {
    let files = Files::new();
    let record =
        |format: &str, samples: &str| three(&format!("1\t10\t.\tA\tC,G,T\t.\t.\t.\t{format}\t{samples}\n"));
    let local = record("LGT:LAA:LAD", "0/1:3:9,9\t1|2:1,3\t0/0:.:7");
    let global = files.options(&[("b.vcf", &record("GT", "0/3\t1|3\t0/0"))]);
    assert_eq!(shown(&files.options(&[("a.vcf", &local)])).await, shown(&global).await);
    for (format, samples, fragment) in [
        ("LGT", "0/1\t0/0\t0/0", "FORMAT of sample `S1`: LGT without LAA"),
        ("LGT:LAA", "0/0:.\t0/2:1\t0/0:.", "LGT of sample `S2`: `0/2` names allele 2, but LAA lists 1"),
        ("LGT:LAA", "0/0:.\t0/0:.", "2 sample columns, but the header names 3"),
    ] {
        let options = files.options(&[("a.vcf", &record(format, samples))]);
        let error = check(options, Progress::default()).await.unwrap_err().to_string();
        assert!(error.contains(fragment), "{error}");
    }
    // Where there is a GT, it counts.
    let both = record("GT:LGT:LAA", "0/3:0/1:1\t1|3:.:.\t0/0:x:x");
    assert_eq!(shown(&files.options(&[("a.vcf", &both)])).await, shown(&global).await);
}

#[tokio::test]
async fn frequencies_of_one_allele_must_agree() {
    let files = Files::new();
    let header = format!("{HEADER}{COLUMNS}\n");
    let record = |r: &str, a: &str, info: &str| format!("1\t10\t.\t{r}\t{a}\t.\t.\t{info}\n");
    let first = record("A", "C", "AC=1;AN=20");
    for (second, line) in [
        (record("A", "C", "AC=1;AN=20"), None),
        (record("A", "G", "AC=2;AN=20"), None),
        (record("A", "C", "AC=2;AN=20"), Some(13)),
        (record("A", "C", "AC=1;AN=20;AC_FI=1;AN_FI=2"), Some(13)),
        // The same allele in another notation.
        (record("AT", "CT", "AC=1;AN=30"), Some(13)),
        (record("A", "G,C", "AC=1,2;AN=20"), Some(13)),
        (format!("{}{}", record("A", "T", "AC=3;AN=20"), record("A", "C", "AC=3;AN=20")), Some(14)),
    ] {
        let options = files.options(&[("a.vcf", &format!("{header}{first}{second}"))]);
        let outcome = check(options, Progress::default()).await;
        match line {
            None => assert_eq!(outcome.unwrap().counts.alleles, 2, "{second}"),
            Some(line) => {
                let error = outcome.unwrap_err().to_string();
                let expected = format!("line {line}, INFO: other counts of 1-10-A-C than in line 12");
                assert!(error.contains(&expected), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn symbolic_alleles_of_one_name_are_told_apart_or_refused() {
    let files = Files::new();
    let record = |alternates: &str, info: &str| {
        three(&format!("1\t10\t.\tA\t{alternates}\t.\t.\t{info}\tGT\t1|2\t0/1\t0/0\n"))
    };
    let two = files.options(&[("a.vcf", &record("<DUP>,<DUP>", "SVLEN=100,50"))]);
    let rows = genotypes(&two).await;
    assert_eq!(rows.iter().map(|row| row.variant.interval.end()).collect::<Vec<_>>(), [110, 60]);
    for (info, endless) in [(".", 2), ("END=100", 0), ("SVLEN=50,90", 0)] {
        let options = files.options(&[("a.vcf", &record("<CN0>,<CN2>", info))]);
        assert_eq!(check(options, Progress::default()).await.unwrap().counts.endless, endless, "{info}");
    }
    for (alternates, info) in [
        ("<DUP>,<DUP>", "END=100"),
        ("<DUP>,<DUP>", "SVLEN=50,50"),
        ("<CNV:TR>,<CNV:TR>", "SVLEN=30,30;RUC=3,9"),
        ("<INS>,<INS>", "."),
        ("<TRA>,<TRA>", "CHR2=X;END=500"),
    ] {
        let options = files.options(&[("a.vcf", &record(alternates, info))]);
        let error = check(options, Progress::default()).await.unwrap_err().to_string();
        assert!(error.contains("line 12, ALT:") && error.contains("is there twice"), "{error}");
    }
}

#[tokio::test]
async fn sequences_that_a_file_calls_otherwise_are_reported() {
    let files = Files::new();
    let names = ["chr1", "01", "CM000663.2", "refseq:NC_000002.12", "23", "XY", "chrM", "26", "NW_1.1"];
    let record = |name: &str| format!("{name}\t10\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\n");
    let records: String = names.into_iter().map(record).collect();
    let report = check(files.options(&[("a.vcf", &three(&records))]), Progress::default()).await.unwrap();
    let renamed: Vec<String> =
        report.renamed.iter().map(|(name, contig)| format!("{name}={contig}")).collect();
    assert_eq!(renamed, ["01=1", "23=X", "26=MT", "CM000663.2=1", "XY=X", "refseq:NC_000002.12=2"]);
}

#[tokio::test]
async fn who_withdrew_is_read_as_if_their_column_were_not_there() {
    let files = Files::new();
    let without_s2: String = RECORDS
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split('\t').collect();
            cells.remove(10);
            cells.join("\t") + "\n"
        })
        .collect();
    let panel = "sample\tpop\tsuper_pop\tgender\nS1\tFIN\tEUR\tmale\nS3\tGBR\tEUR\tfemale\n";
    let remembering = Remembering::of(&["S2"]);
    let all = files.options(&[("a.vcf", &three(RECORDS))]);
    let mut with = IngestOptions { withdrawn: remembering.withdrawn(), ..all.clone() };
    let mut without = files.options(&[("b.vcf", &cohort("S1\tS3", &without_s2))]);
    // Nobody has to list them, and whoever does changes nothing.
    for options in [&mut with, &mut without] {
        options.individuals = Some(files.write("panel", panel));
    }
    assert_ne!(shown(&all).await, shown(&with).await);
    for selection in [None, Some("S1\nS2\n"), Some("S3\n")] {
        let read = |options: &IngestOptions, selection: Option<String>| IngestOptions {
            samples: selection.map(|list| files.write("list", list)),
            ..options.clone()
        };
        let (with, without) = (
            genotypes(&read(&with, selection.map(str::to_owned))).await,
            genotypes(&read(&without, selection.map(|list| list.replace("S2\n", "")))).await,
        );
        assert!(!with.is_empty());
        assert_eq!(format!("{with:?}"), format!("{without:?}"), "{selection:?}");
    }
    let report = check(with, Progress::default()).await.unwrap();
    assert_eq!((report.individuals, report.withdrawn, report.unlisted), (2, 1, vec![]));
    assert_eq!(check(all, Progress::default()).await.unwrap().individuals, 3);
}
