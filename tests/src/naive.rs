//! A VCF reader that splits text at tabs and counts one by one.
//!
//! For plain biallelic and multi-allelic sequence records in normal form. It is the second opinion in
//! property tests, so it knows nothing of the readers that ingest uses.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use anyhow::{Context, bail};

use crate::{AlleleKey, Truth, counts::Grouping};

/// How a person is to be read: the letter of the sex, and population labels.
pub type Groups = (Option<char>, Vec<String>);

/// Reads a whole file, compressed or not, into text.
///
/// # Errors
///
/// The file cannot be read.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    let context = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).with_context(context)?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .with_context(context)?;
    } else {
        text = String::from_utf8(bytes).with_context(context)?;
    }
    Ok(text)
}

/// Counts every allele of a file as it is written. Every sample must be in `people`.
///
/// `copies` says how many copies a person has of (sequence, position, letter of the sex); none leaves it to the file.
///
/// # Errors
///
/// A line that is not VCF, or a sample that is not in `people`.
pub fn count(
    text: &str,
    people: &BTreeMap<String, Groups>,
    copies: impl Fn(&str, u32, Option<char>) -> Option<usize>,
) -> anyhow::Result<Truth> {
    let mut truth = Truth::default();
    let mut samples: Vec<&Groups> = Vec::new();
    let mut grouping = Grouping::default();
    for line in text.lines() {
        if line.starts_with("##") {
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        if line.starts_with('#') {
            let find = |id: &&str| people.get(*id).with_context(|| format!("who is {id}?"));
            samples = fields.iter().skip(9).map(find).collect::<anyhow::Result<_>>()?;
            grouping = Grouping::new(samples.iter().map(|(sex, groups)| (*sex, groups.as_slice())));
            continue;
        }
        let [contig, position, _, reference, alternates, _, _, _, _, genotypes @ ..] = fields.as_slice()
        else {
            bail!("not a record: {line:.80}");
        };
        let contig = contig.trim_start_matches("chr").replace("MT", "M").replace('M', "MT");
        let position: u32 = position.parse()?;
        let calls: Vec<Vec<Option<u8>>> = genotypes
            .iter()
            .zip(&samples)
            .map(|(text, (sex, _))| call(text, copies(&contig, position, *sex)))
            .collect();
        for (number, alternate) in (1u8..).zip(alternates.split(',')) {
            let key = normal_form(&contig, position, reference, alternate);
            let counts = grouping.count(calls.iter().map(Vec::as_slice), number);
            truth.alleles.insert(key, counts);
        }
    }
    Ok(truth)
}

/// Reads one sample column; with one expected copy, the first allele that was called is the call.
fn call(text: &str, copies: Option<usize>) -> Vec<Option<u8>> {
    let genotype = text.split(':').next().unwrap_or_default();
    let alleles: Vec<Option<u8>> = genotype.split(['/', '|']).map(|allele| allele.parse().ok()).collect();
    match copies {
        Some(1) => vec![alleles.into_iter().flatten().next()],
        _ => alleles,
    }
}

/// Takes away what both alleles share at the end, then at the start, but never the last base.
fn normal_form(contig: &str, mut position: u32, reference: &str, alternate: &str) -> AlleleKey {
    let (mut r, mut a) = (reference.to_owned(), alternate.to_owned());
    while r.len() > 1 && a.len() > 1 && r.chars().last() == a.chars().last() {
        r.pop();
        a.pop();
    }
    while r.len() > 1 && a.len() > 1 && r.chars().next() == a.chars().next() {
        r.remove(0);
        a.remove(0);
        position += 1;
    }
    AlleleKey::new(contig, position, &r, &a)
}
