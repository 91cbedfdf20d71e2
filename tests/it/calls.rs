//! A genotype that is no call counts as `./.` does: the same files with the rule, and with the genotypes rewritten by hand,
//! tell the same of every allele, as one joint file and as a file each with a statement.

use std::{collections::BTreeMap, io::Read, path::PathBuf};

use flate2::read::MultiGzDecoder;
use fyr_ingest::{CallRule, CallableStatement, IngestOptions};
use fyr_tests::{
    NetworkSpec, NodeSpec, TestNetwork,
    compare::{Counted, of_node},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    denominators::answers,
    support::{generate, spec},
};

const LOWEST: u32 = 20;

/// The nodes: judged by the rule and rewritten, joint and apart.
const NODES: [&str; 4] = [
    "se.judged-joint.af-beacon.test",
    "se.rewritten-joint.af-beacon.test",
    "se.judged-apart.af-beacon.test",
    "se.rewritten-apart.af-beacon.test",
];

/// A file of a cohort: its lines of meta-information, its samples, and its records with each one's genotypes.
struct Table {
    meta: String,
    samples: Vec<String>,
    records: Vec<(String, Vec<String>)>,
}

impl Table {
    fn parse(text: &str) -> Self {
        let meta =
            text.lines().filter(|line| line.starts_with("##")).map(|line| format!("{line}\n")).collect();
        let columns = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let names = columns(text.lines().find(|line| line.starts_with("#CHROM")).unwrap());
        let record = |line: &str| {
            let columns = columns(line);
            (columns[..8].join("\t"), columns[9..].to_vec())
        };
        let records = text.lines().filter(|line| !line.starts_with('#')).map(record).collect();
        Self { meta, samples: names[9..].to_vec(), records }
    }

    /// Writes the columns of some samples, of the records in which one of them has something to say.
    fn text(&self, format: &str, samples: &[usize], says: impl Fn(usize, usize) -> bool) -> String {
        let names: Vec<&str> = samples.iter().map(|sample| self.samples[*sample].as_str()).collect();
        let mut text = format!(
            "{}##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Quality\">\n\
             #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n",
            self.meta,
            names.join("\t")
        );
        for (number, (site, calls)) in self.records.iter().enumerate() {
            if samples.iter().any(|sample| says(number, *sample)) {
                let calls: Vec<&str> = samples.iter().map(|sample| calls[*sample].as_str()).collect();
                text += &format!("{site}\t{format}\t{}\n", calls.join("\t"));
            }
        }
        text
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_call_is_told_as_if_it_had_not_been_called() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, joint) = generate(directory.path(), &spec("CALLS", 6));
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(&cohort.vcf).unwrap()).read_to_string(&mut text).unwrap();
    let mut judged = Table::parse(&text);
    let mut rewritten = Table::parse(&text);
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    for (with, without) in judged.records.iter_mut().zip(&mut rewritten.records) {
        for (with, without) in with.1.iter_mut().zip(&mut without.1) {
            let quality = Some(rng.random_range(0..200)).filter(|_| rng.random_bool(0.95));
            if quality.is_none_or(|quality| quality < LOWEST) {
                *without = "./.".to_owned();
            }
            *with += &quality.map_or(":.".to_owned(), |quality| format!(":{quality}"));
        }
    }
    let everybody: Vec<usize> = (0..judged.samples.len()).collect();
    let says = |record: usize, sample: usize| {
        rewritten.records[record].1[sample].chars().any(|c| !matches!(c, '0' | '/' | '|'))
    };
    let write = |name: &str, text: String| -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut nodes = Vec::new();
    for (node, (is_judged, is_joint)) in
        NODES.iter().zip([(true, true), (false, true), (true, false), (false, false)])
    {
        let (table, format) = if is_judged { (&judged, "GT:GQ") } else { (&rewritten, "GT") };
        let inputs = match is_joint {
            true => vec![write(&format!("{node}.vcf"), table.text(format, &everybody, |_, _| true))],
            false => {
                let one = |sample: &usize| {
                    write(&format!("{node}.{sample}.vcf"), table.text(format, &[*sample], says))
                };
                everybody.iter().map(one).collect()
            }
        };
        let callable = (!is_joint).then_some(CallableStatement::WholeGenome);
        let calls = CallRule { min_gq: if is_judged { LOWEST } else { 0 }, ..CallRule::default() };
        nodes.push(NodeSpec::open(node, vec![IngestOptions { inputs, callable, calls, ..joint.clone() }]));
    }
    let network = NetworkSpec { nodes, ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let mut told: Vec<Vec<Option<BTreeMap<String, Counted>>>> = Vec::new();
    for node in NODES {
        told.push(answers(&network, node, &cohort).await.iter().map(of_node).collect());
    }
    network.stop().await;
    let mut lower = 0;
    for (number, key) in cohort.truth.alleles.keys().enumerate() {
        assert_eq!(told[0][number], told[1][number], "{key}, joint");
        assert_eq!(told[2][number], told[3][number], "{key}, apart");
        let written = cohort.truth.alleles[key]["Total"].allele_number;
        let total = told[0][number].as_ref().and_then(|groups| groups.get("Total"));
        lower += u64::from(total.is_some_and(|total| total.allele_number < written));
    }
    assert!(lower > 100, "{lower} alleles have fewer calls than were written");
}
