//! What is a call, held against a model that reads the text of the same files by itself.

use std::sync::LazyLock;

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::{notes::show_note, *};
use crate::{CallRule, CallableStatement, Uncalled};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

const KEYS: [&str; 7] = ["GQ", "RGQ", "GQX", "DP", "MIN_DP", "DPI", "FT"];

/// Sequences with a position where sexes have different copies of them.
const PLACES: [(&str, u32); 4] = [("1", 1000), ("X", 5_000_000), ("Y", 5_000_000), ("MT", 100)];

/// A file as a table of texts, and how it is read.
#[derive(Clone, Debug)]
struct Case {
    sexes: Vec<&'static str>,
    selected: Vec<bool>,
    records: Vec<Written>,
    filter: &'static str,
    min_gq: u32,
    min_dp: u32,
    stated: bool,
}

#[derive(Clone, Debug)]
struct Written {
    contig: &'static str,
    position: u32,
    alternates: &'static str,
    filter: &'static str,
    end: Option<u32>,
    keys: Vec<&'static str>,
    samples: Vec<Vec<String>>,
}

fn value(key: &'static str) -> BoxedStrategy<String> {
    if key == "FT" {
        return prop::sample::select(vec!["PASS", ".", "q10", "s50", "q10;s50"])
            .prop_map(str::to_owned)
            .boxed();
    }
    prop_oneof![4 => (0u32..40).prop_map(|n| n.to_string()), 1 => Just(".".to_owned())].boxed()
}

fn record(samples: usize) -> impl Strategy<Value = Written> {
    let alternates = prop::sample::select(vec!["C", "C,G", "C,<NON_REF>", "<NON_REF>", "<*>", "."]);
    let filter = prop::sample::select(vec!["PASS", ".", "q10", "s50", "q10;s50"]);
    let place = prop::sample::select(PLACES.to_vec());
    let keys = prop::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len()).prop_shuffle();
    (place, alternates, filter, 0u32..9, keys).prop_flat_map(
        move |((contig, start), alternates, filter, length, keys)| {
            let highest = alternates.split(',').filter(|alternate| *alternate != ".").count();
            let allele =
                prop_oneof![4 => (0..=highest).prop_map(|n| n.to_string()), 1 => Just(".".to_owned())];
            let genotype = prop_oneof![
                2 => Just("0/0".to_owned()),
                4 => (allele.clone(), allele.clone()).prop_map(|(a, b)| format!("{a}/{b}")),
                1 => allele,
            ];
            let values: Vec<_> = keys.iter().map(|key| value(key)).collect();
            let sample = (genotype, values, 0..=keys.len(), any::<bool>()).prop_map(
                |(genotype, values, written, whole)| {
                    let written = if whole { values.len() } else { written };
                    std::iter::once(genotype).chain(values.into_iter().take(written)).collect::<Vec<_>>()
                },
            );
            // A block has an end only where there is no other allele.
            let end = (!alternates.contains('C')).then_some(length).filter(|length| *length > 0);
            prop::collection::vec(sample, samples).prop_map(move |samples| Written {
                contig,
                position: start,
                alternates,
                filter,
                end,
                keys: keys.clone(),
                samples,
            })
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    (1usize..4).prop_flat_map(|samples| {
        let sexes = prop::collection::vec(prop::sample::select(vec!["female", "male", "unknown"]), samples);
        let selected = prop::collection::vec(prop::bool::weighted(0.8), samples);
        let records = prop::collection::vec(record(samples), 1..8);
        let filter = prop::sample::select(vec!["any", "pass", "q10", "PASS only"]);
        let lowest = || prop_oneof![Just(0u32), 1u32..40];
        (sexes, selected, records, filter, lowest(), lowest(), any::<bool>()).prop_map(
            |(sexes, mut selected, mut records, filter, min_gq, min_dp, stated)| {
                selected[0] = true;
                records.sort_by_key(|record| PLACES.iter().position(|(contig, _)| *contig == record.contig));
                for (number, record) in records.iter_mut().enumerate() {
                    record.position += 20 * number as u32;
                }
                Case { sexes, selected, records, filter, min_gq, min_dp, stated }
            },
        )
    })
}

impl Written {
    fn line(&self) -> String {
        let Self { contig, position, alternates, filter, .. } = self;
        let info = self.end.map_or(".".to_owned(), |length| format!("END={}", position + length));
        let format: Vec<&str> = std::iter::once("GT").chain(self.keys.iter().copied()).collect();
        let samples: Vec<String> = self.samples.iter().map(|values| values.join(":")).collect();
        format!(
            "{contig}\t{position}\t.\tA\t{alternates}\t.\t{filter}\t{info}\t{}\t{}\n",
            format.join(":"),
            samples.join("\t")
        )
    }

    /// Returns the first value of a sample that is there.
    fn first(&self, sample: usize, keys: [&str; 3]) -> Option<f64> {
        let value = |key: &str| {
            let at = self.keys.iter().position(|other| *other == key)? + 1;
            self.samples[sample].get(at).filter(|text| *text != ".").map(|text| text.parse().unwrap())
        };
        keys.into_iter().find_map(value)
    }

    fn own_filter(&self, sample: usize) -> &str {
        let at = self.keys.iter().position(|key| *key == "FT");
        at.and_then(|at| self.samples[sample].get(at + 1)).map_or(".", String::as_str)
    }

    fn is_block(&self) -> bool {
        self.alternates.contains("<NON_REF>") || self.alternates == "<*>" || self.end.is_some()
    }
}

/// What the model says of a file.
#[derive(Debug, Default, PartialEq)]
struct Said {
    /// AC and AN of each person, by allele.
    counts: Vec<(String, Vec<(u64, u64)>)>,
    notes: Vec<String>,
    not_passed: u64,
    uncalled: Uncalled,
}

impl Case {
    fn text(&self) -> String {
        let mut text = "##fileformat=VCFv4.3\n\
            ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n\
            ##FILTER=<ID=q10,Description=\"q\">\n##FILTER=<ID=s50,Description=\"s\">\n\
            ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
            ##FORMAT=<ID=FT,Number=1,Type=String,Description=\"f\">\n"
            .to_owned();
        for (contig, _) in PLACES {
            text += &format!("##contig=<ID={contig}>\n");
        }
        for key in KEYS.iter().filter(|key| **key != "FT") {
            let kind = if *key == "RGQ" { "Float" } else { "Integer" };
            text += &format!("##FORMAT=<ID={key},Number=1,Type={kind},Description=\"d\">\n");
        }
        let names: Vec<String> = (0..self.sexes.len()).map(|n| format!("S{n}")).collect();
        text += &format!("{COLUMNS}\tFORMAT\t{}\n", names.join("\t"));
        text + &self.records.iter().map(Written::line).collect::<String>()
    }

    fn takes(&self, filters: &str) -> bool {
        match self.filter {
            "any" => true,
            "pass" => filters == "PASS" || filters == ".",
            "q10" => filters == "PASS" || filters == "." || filters == "q10",
            _ => filters == "PASS",
        }
    }

    /// Returns how many copies of a sequence a person has; none where the genotype tells.
    fn copies(&self, record: &Written, sample: usize) -> Option<u8> {
        match (record.contig, self.sexes[sample]) {
            ("MT", _) | ("X" | "Y", "male") => Some(1),
            ("Y", "female") => Some(0),
            _ => None,
        }
    }

    /// Returns the alleles that were called, none of them where the genotype is no call, and counts why.
    fn called(&self, record: &Written, sample: usize, uncalled: &mut Uncalled) -> Vec<String> {
        let written: Vec<String> = record.samples[sample][0].split('/').map(str::to_owned).collect();
        if written.iter().all(|allele| allele == ".") || self.copies(record, sample) == Some(0) {
            return written;
        }
        let (quality, depth) =
            (record.first(sample, ["GQ", "RGQ", "GQX"]), record.first(sample, ["MIN_DP", "DP", "DPI"]));
        let own = record.own_filter(sample);
        let reason = if own != "." && !self.takes(own) {
            &mut uncalled.filtered
        } else if self.min_gq > 0 && quality.is_none() {
            &mut uncalled.without_quality
        } else if self.min_gq > 0 && quality < Some(self.min_gq.into()) {
            &mut uncalled.low_quality
        } else if self.min_dp > 0 && depth.is_none() {
            &mut uncalled.without_depth
        } else if self.min_dp > 0 && depth < Some(self.min_dp.into()) {
            &mut uncalled.low_depth
        } else {
            return written;
        };
        *reason += 1;
        vec![".".to_owned(); written.len()]
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        let people: Vec<usize> = (0..self.sexes.len()).filter(|sample| self.selected[*sample]).collect();
        for record in &self.records {
            let taken = self.takes(record.filter);
            said.not_passed += u64::from(!taken);
            let called: Vec<(Option<u8>, Vec<String>)> = people
                .iter()
                .map(|sample| {
                    let genotype = if taken {
                        self.called(record, *sample, &mut said.uncalled)
                    } else {
                        vec![".".to_owned()]
                    };
                    (self.copies(record, *sample), genotype)
                })
                .collect();
            for (person, (copies, genotype)) in called.iter().enumerate() {
                let missing = genotype.iter().filter(|allele| *allele == ".").count();
                let was_called = match copies {
                    _ if !taken => false,
                    Some(0) => true,
                    Some(1) => missing < genotype.len(),
                    _ => missing == 0,
                };
                if record.is_block() || self.stated && !was_called {
                    let sign = if was_called { '+' } else { '-' };
                    let end = record.position + record.end.unwrap_or(0);
                    said.notes.push(format!(
                        "{sign}{person} {}:{}-{end}",
                        record.contig,
                        record.position - 1
                    ));
                }
            }
            for (number, allele) in
                record.alternates.split(',').enumerate().filter(|(_, a)| *a == "C" || *a == "G")
            {
                if !taken {
                    continue;
                }
                let number = (number + 1).to_string();
                let counts = called.iter().map(|(copies, genotype)| {
                    let called = genotype.iter().filter(|allele| *allele != ".").count() as u64;
                    let carried = genotype.iter().filter(|allele| **allele == number).count() as u64;
                    let most = copies.map_or(2, u64::from);
                    (carried.min(most), called.min(most))
                });
                let name = format!("{}-{}-A-{allele}", record.contig, record.position);
                said.counts.push((name, counts.collect()));
            }
        }
        said
    }

    /// Writes `./.` for `.`, and of own filters PASS for `.`: they say the same, and the writer of BCF can write them.
    fn as_can_be_written(&self) -> Self {
        let mut case = self.clone();
        for record in &mut case.records {
            let own = record.keys.iter().position(|key| *key == "FT").map(|at| at + 1);
            for values in &mut record.samples {
                values.resize(record.keys.len() + 1, ".".to_owned());
                for (at, value) in values.iter_mut().enumerate().filter(|(_, value)| *value == ".") {
                    match at {
                        0 => *value = "./.".to_owned(),
                        _ if Some(at) == own => *value = "PASS".to_owned(),
                        _ => {}
                    }
                }
            }
        }
        case
    }

    fn options(&self, files: &Files, name: &str, bytes: Vec<u8>) -> IngestOptions {
        let mut panel = "sample\tgender\n".to_owned();
        self.sexes.iter().enumerate().for_each(|(n, sex)| panel += &format!("S{n}\t{sex}\n"));
        let selected = self.selected.iter().enumerate().filter(|(_, selected)| **selected);
        let selected: String = selected.map(|(n, _)| format!("S{n}\n")).collect();
        let filter = match self.filter {
            "PASS only" => FilterRule::PassOnly,
            text => FilterRule::parse(text).unwrap(),
        };
        IngestOptions {
            individuals: Some(files.write("panel", panel)),
            samples: Some(files.write("list", selected)),
            calls: CallRule { filter, min_gq: self.min_gq, min_dp: self.min_dp },
            callable: self.stated.then_some(CallableStatement::WholeGenome),
            ..IngestOptions::new("unused", "test", Assembly::GRCH38, vec![files.write(name, bytes)])
        }
    }
}

/// Returns what is read of a file.
async fn read_of(options: &IngestOptions) -> Said {
    let people = std::fs::read_to_string(options.samples.as_deref().unwrap()).unwrap().lines().count() as u32;
    let mut said = Said::default();
    for batch in read(options).await.unwrap() {
        said.counts.extend(batch.genotypes.iter().map(|row| {
            let of = |person| row.carriers.tally(&(person..person + 1).collect());
            let counts = (0..people).map(of).map(|tally| (tally.allele_count, tally.allele_number));
            (row.variant.short_form(), counts.collect())
        }));
        said.notes.extend(batch.notes.into_iter().map(show_note));
        said.not_passed += batch.counts.not_passed;
        said.uncalled += batch.counts.uncalled;
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_no_call_counts_nowhere(case in case()) {
        let (files, text) = (Files::new(), case.text());
        let options = case.options(&files, "a.vcf", text.clone().into_bytes());
        prop_assert_eq!(RUNTIME.block_on(read_of(&options)), case.said(), "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_no_call_counts_nowhere_in_a_binary_file(case in case()) {
        let (files, text) = (Files::new(), case.as_can_be_written().text());
        let options = case.options(&files, "a.bcf", as_bcf(&text));
        prop_assert_eq!(RUNTIME.block_on(read_of(&options)), case.said(), "{}", text);
    }
}

#[tokio::test]
async fn what_cannot_be_judged_is_refused() {
    let files = Files::new();
    let rule = |min_gq, min_dp| CallRule { min_gq, min_dp, ..CallRule::default() };
    let record = |value: &str| three(&format!("1\t10\t.\tA\tC\t.\t.\t.\tGT:DP\t0/1:9\t0/1:{value}\t0/0:7\n"));
    let sites = format!("{HEADER}{COLUMNS}\n1\t10\t.\tA\tC\t.\t.\tAC=1;AN=2\n");
    for (text, rule, fragment) in [
        (
            record("9"),
            rule(20, 0),
            "a.vcf: --min-gq cannot be evaluated: the header defines no FORMAT GQ, RGQ or GQX",
        ),
        (record("x"), rule(0, 8), "line 12, DP of sample `S2`: `x` is not a number"),
        (record("1,2"), rule(0, 8), "line 12, DP of sample `S2`: `1,2` is not a number"),
        (record("nan"), rule(0, 8), "line 12, DP of sample `S2`: `nan` is not a number"),
        (record("9").replace("ID=DP,", "ID=XX,"), rule(0, 8), "a.vcf: --min-dp cannot be evaluated"),
        (sites, rule(0, 8), "--min-gq and --min-dp are about files with samples"),
    ] {
        let options = IngestOptions { calls: rule, ..files.options(&[("a.vcf", &text)]) };
        let error = check(options, Progress::default()).await.unwrap_err().to_string();
        assert!(error.contains(fragment), "{error}");
    }
    let options = IngestOptions { calls: rule(0, 8), ..files.options(&[("a.vcf", &record("9"))]) };
    assert_eq!(shown(&options).await, ["1-10-A-C 2/4 2,0,0"]);
    // A value that nobody reads is nobody's concern.
    assert_eq!(shown(&files.options(&[("a.vcf", &record("x"))])).await, ["1-10-A-C 2/6 2,0,0"]);
}

#[tokio::test]
async fn local_genotypes_are_judged_too() {
    let files = Files::new();
    let record = three("1\t10\t.\tA\tC,G\t.\t.\t.\tLGT:LAA:DP\t0/1:2:9\t0/1:1:3\t0/0:.:.\n");
    let mut options = files.options(&[("a.vcf", &record)]);
    assert_eq!(shown(&options).await, ["1-10-A-C 1/6 1,0,0", "1-10-A-G 1/6 1,0,0"]);
    options.calls.min_dp = 8;
    assert_eq!(shown(&options).await, ["1-10-A-C 0/2 0,0,0", "1-10-A-G 1/2 1,0,0"]);
    let report = check(options, Progress::default()).await.unwrap();
    let uncalled = Uncalled { low_depth: 1, without_depth: 1, ..Uncalled::default() };
    assert_eq!(report.counts.uncalled, uncalled);
}
