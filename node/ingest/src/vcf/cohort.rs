//! Which samples of which files become which people.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use fyr_schemas::{Individual, Sex};

use super::{IngestError, IngestOptions, error::quote, header::Header, individuals};

/// A selected sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Bitmap index.
    pub(crate) index: u32,
    pub(crate) sex: Sex,
}

/// The people of an ingest and where each file has them.
#[derive(Debug, Default)]
pub(crate) struct Cohort {
    /// In order of their first appearance.
    pub(crate) individuals: Vec<Individual>,
    /// For each file and sample column, the position in `individuals`, if selected.
    pub(crate) columns: Vec<Vec<Option<usize>>>,
    /// Selected samples that the individuals file does not list.
    pub(crate) unlisted: Vec<String>,
    /// Whether all files hold the same people, and so must cover different regions.
    pub(crate) same_people: bool,
    /// How many of the selected samples are left out, because the people withdrew.
    pub(crate) withdrawn: usize,
}

impl Cohort {
    /// Brings the samples of all files together.
    pub(crate) fn assemble(options: &IngestOptions, headers: &[Header]) -> Result<Self, IngestError> {
        let selection = options.samples.as_deref().map(read_selection).transpose()?;
        let listed = options.individuals.as_deref().map(individuals::read).transpose()?;
        let mut cohort = Self { same_people: same_people(options, headers)?, ..Self::default() };
        let mut positions = HashMap::new();
        let gone = withdrawn(options, headers);
        cohort.withdrawn =
            gone.iter().filter(|s| selection.as_ref().is_none_or(|of| of.contains(**s))).count();
        let selection = selection.map(|samples| without(samples, &gone));
        for header in headers {
            let selected = |sample: &&String| {
                !gone.contains(sample.as_str()) && selection.as_ref().is_none_or(|s| s.contains(*sample))
            };
            let columns = header.samples.iter().map(|sample| {
                Some(sample).filter(selected).map(|sample| {
                    *positions.entry(sample.clone()).or_insert_with(|| cohort.add(sample, listed.as_ref()))
                })
            });
            let columns = columns.collect();
            cohort.columns.push(columns);
        }
        cohort.check_selection(selection.as_ref(), &positions)?;
        cohort.check_listed(options)?;
        Ok(cohort)
    }

    fn add(&mut self, sample: &str, listed: Option<&individuals::Individuals>) -> usize {
        let known = listed.and_then(|listed| listed.get(sample)).cloned();
        if listed.is_some() && known.is_none() {
            self.unlisted.push(sample.to_owned());
        }
        self.individuals.push(known.unwrap_or_else(|| Individual {
            id: sample.to_owned(),
            sex: Sex::Unknown,
            populations: Vec::new(),
            family: None,
        }));
        self.individuals.len() - 1
    }

    fn check_selection(
        &self,
        selection: Option<&HashSet<String>>,
        positions: &HashMap<String, usize>,
    ) -> Result<(), IngestError> {
        let Some(selection) = selection else {
            return Ok(());
        };
        let mut absent: Vec<&str> =
            selection.iter().filter(|s| !positions.contains_key(*s)).map(String::as_str).collect();
        absent.sort_unstable();
        if let Some(first) = absent.first() {
            let message = format!(
                "{} of the samples selected with --samples are in no input, the first is {}: correct the list",
                absent.len(),
                quote(first.as_bytes())
            );
            return Err(IngestError::Options(message));
        }
        if self.individuals.is_empty() {
            return Err(IngestError::Options("--samples selects nobody: list one sample id a line".into()));
        }
        Ok(())
    }

    fn check_listed(&self, options: &IngestOptions) -> Result<(), IngestError> {
        match self.unlisted.first() {
            Some(first) if !options.allow_unlisted => Err(IngestError::Options(format!(
                "{} samples have no row in the individuals file, the first is {}: add them, select others \
                 with --samples, or take them without sex and population with --allow-unlisted",
                self.unlisted.len(),
                quote(first.as_bytes())
            ))),
            _ => Ok(()),
        }
    }
}

/// Returns the samples of people who withdrew.
fn withdrawn<'a>(options: &IngestOptions, headers: &'a [Header]) -> HashSet<&'a str> {
    let samples = headers.iter().flat_map(|header| &header.samples).map(String::as_str);
    samples.filter(|sample| options.withdrawn.contains(sample)).collect()
}

fn without(mut samples: HashSet<String>, gone: &HashSet<&str>) -> HashSet<String> {
    samples.retain(|sample| !gone.contains(sample.as_str()));
    samples
}

/// Tells shards by region from shards by people; any other set of files would count people twice.
fn same_people(options: &IngestOptions, headers: &[Header]) -> Result<bool, IngestError> {
    let sets: Vec<HashSet<&String>> = headers.iter().map(|h| h.samples.iter().collect()).collect();
    let Some((first, others)) = sets.split_first() else {
        return Ok(false);
    };
    if others.iter().all(|set| set == first) {
        return Ok(!others.is_empty());
    }
    let mut seen: HashSet<&String> = HashSet::new();
    for (set, path) in sets.iter().zip(&options.inputs) {
        if set.is_empty() {
            return Err(mixed(path, "has no samples, but others have: ingest it into a dataset of its own"));
        }
        if let Some(shared) = set.iter().find(|sample| seen.contains(*sample)) {
            let why = format!(
                "shares sample {} with another input, but not all samples: inputs must have the same \
                 samples for different regions, or different samples",
                quote(shared.as_bytes())
            );
            return Err(mixed(path, &why));
        }
        seen.extend(set);
    }
    Ok(false)
}

fn mixed(path: &Path, why: &str) -> IngestError {
    IngestError::Options(format!("`{}` {why}", path.display()))
}

/// Reads sample ids, one a line; lines that start with # and columns after the first are ignored.
fn read_selection(path: &Path) -> Result<HashSet<String>, IngestError> {
    let text = std::fs::read_to_string(path).map_err(|e| IngestError::read(path, e))?;
    let ids = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(ids.map(|line| line.split('\t').next().unwrap_or(line).to_owned()).collect())
}
