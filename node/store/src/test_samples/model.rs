//! The plain way to say who is in a store: what was loaded, call by call.

use std::collections::{BTreeMap, BTreeSet};

use super::loads::{Block, File, HeldSegment, Load, Said, Stated, contig, runs};
use crate::{Call, Repeated, log::Callable};

/// The biosample that belongs to a person with genotypes under their own id.
pub(super) const BIOSAMPLE: [&str; 2] = ["E2", "E"];

/// Returns whose a sample is.
fn person(sample: &str) -> &str {
    if sample == BIOSAMPLE[0] { BIOSAMPLE[1] } else { sample }
}

/// What is left of one ingest.
#[derive(Clone, Debug)]
struct Loaded {
    /// Names of the files.
    sources: Vec<String>,
    files: Vec<File>,
    stated: Stated,
    blocks: Vec<Block>,
    samples: BTreeSet<&'static str>,
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    AlreadyIngested,
    Held,
    UnknownSample,
}

/// Names of sequences; none of them where it is every one.
type Sequences = Option<BTreeSet<&'static str>>;

fn share(a: &Sequences, b: &Sequences) -> bool {
    match (a, b) {
        (None, None) => true,
        (None, Some(some)) | (Some(some), None) => !some.is_empty(),
        (Some(a), Some(b)) => !a.is_disjoint(b),
    }
}

/// What should be in a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Model(Vec<Loaded>);

impl Loaded {
    fn of(load: &Load) -> Self {
        Self {
            sources: load.files.iter().map(|file| file.name.clone()).collect(),
            files: load.files.clone(),
            stated: load.stated,
            blocks: load.blocks.clone(),
            samples: load.samples().into_iter().collect(),
        }
    }

    /// The sequences of which it says something of a sample.
    fn sequences(&self, sample: &str) -> Sequences {
        let files = self.files.iter().filter(|file| file.samples.contains(&sample));
        let records =
            files.flat_map(|file| &file.records).map(|(allele, _)| allele.split('-').next().unwrap());
        let blocks = self.blocks.iter().filter(|block| block.sample == sample).map(|block| block.contig);
        let stated = match self.stated {
            Stated::Everywhere => return None,
            Stated::On(name) => Some(name),
            Stated::Nowhere => None,
        };
        Some(records.chain(blocks).chain(stated).collect())
    }

    /// What a record says of a sample.
    fn call(&self, allele: &str, sample: &str) -> Option<Call> {
        self.files.iter().find_map(|file| {
            let at = file.samples.iter().position(|other| *other == sample)?;
            let (_, calls) = file.records.iter().find(|(other, _)| *other == allele)?;
            Some(calls[at])
        })
    }

    fn alleles(&self) -> BTreeMap<String, BTreeMap<String, Said>> {
        let named: BTreeSet<&str> =
            self.files.iter().flat_map(|file| &file.records).map(|(allele, _)| *allele).collect();
        let mut alleles = BTreeMap::new();
        for allele in named {
            let said = |sample: &&str| {
                let call = self.call(allele, sample).map_or(Said::Unlisted, Said::Call);
                ((*sample).to_owned(), call)
            };
            let said: BTreeMap<_, _> = self.samples.iter().map(said).collect();
            if said.values().any(|said| *said != Said::Unlisted) {
                alleles.insert(allele.to_owned(), said);
            }
        }
        alleles
    }

    fn held(&self) -> HeldSegment {
        let alleles = self.alleles();
        let is_whole = !alleles.values().flat_map(BTreeMap::values).any(|said| *said == Said::Unlisted);
        let of = |sample: &&str| {
            let seen = [true, false].map(|is_called| runs(&self.blocks, sample, is_called));
            ((*sample).to_owned(), seen.into())
        };
        let stated = match self.stated {
            Stated::Nowhere => None,
            Stated::Everywhere => Some(Callable { name: "whole-genome".into(), regions: None }),
            Stated::On(name) => {
                Some(Callable { name: format!("{name}.bed"), regions: Some(contig(name).name().repeat(9)) })
            }
        };
        HeldSegment {
            sources: self.sources.clone(),
            samples: self.samples.iter().map(of).collect(),
            whole: Some(is_whole),
            stated,
            rows: alleles.len() as u64,
            alleles,
        }
    }
}

impl Model {
    /// Loads files; returns how many samples were united, and how many replaced.
    pub(super) fn load(&mut self, load: &Load, repeated: Repeated) -> Result<(u64, u64), Refused> {
        let new = Loaded::of(load);
        let is_replaced = repeated == Repeated::Replaced;
        let stays = |sample: &&&str| !(is_replaced && new.samples.contains(**sample));
        for loaded in &self.0 {
            let there: BTreeSet<&str> = loaded.samples.iter().filter(stays).map(|s| person(s)).collect();
            let is_twice = |file: &File| {
                loaded.sources.contains(&file.name) && file.samples.iter().any(|s| there.contains(person(s)))
            };
            if new.files.iter().any(is_twice) {
                return Err(Refused::AlreadyIngested);
            }
        }
        let (mut united, mut replaced) = (0, 0);
        for sample in &new.samples {
            let said = Some(new.sequences(sample)).filter(|said| said.as_ref().is_none_or(|s| !s.is_empty()));
            let said = said.unwrap_or(None);
            let had = self.0.iter().flat_map(|loaded| {
                let theirs = loaded.samples.iter().filter(|other| person(other) == person(sample));
                theirs.map(|other| (*other, loaded.sequences(other)))
            });
            let (goes, stay): (Vec<_>, Vec<_>) = had.partition(|(other, _)| is_replaced && other == sample);
            let meets = stay.iter().any(|(_, had)| share(&said, had));
            let may_meet = repeated == Repeated::United || !goes.is_empty();
            if meets && !may_meet {
                return Err(Refused::Held);
            }
            united += u64::from(meets);
            replaced += u64::from(!goes.is_empty());
        }
        if is_replaced {
            self.leave_out(&new.samples);
        }
        self.0.push(new);
        Ok((united, replaced))
    }

    fn leave_out(&mut self, samples: &BTreeSet<&'static str>) {
        for loaded in &mut self.0 {
            loaded.samples.retain(|sample| !samples.contains(sample));
        }
        self.0.retain(|loaded| !loaded.samples.is_empty());
    }

    /// Takes samples out, and returns which.
    pub(super) fn remove(&mut self, ids: &[&str]) -> Result<BTreeSet<&'static str>, Refused> {
        let all: BTreeSet<&'static str> = self.0.iter().flat_map(|loaded| loaded.samples.clone()).collect();
        let mut gone = BTreeSet::new();
        for id in ids {
            let meant: Vec<_> = match all.iter().find(|sample| *sample == id) {
                Some(sample) => vec![*sample],
                None => all.iter().filter(|sample| person(sample) == person(id)).copied().collect(),
            };
            if meant.is_empty() {
                return Err(Refused::UnknownSample);
            }
            gone.extend(meant);
        }
        self.leave_out(&gone);
        Ok(gone)
    }

    /// What a store should hold.
    pub(super) fn held(&self) -> Vec<HeldSegment> {
        self.0.iter().map(Loaded::held).collect()
    }

    /// AC and AN of each allele, person by person: of what is said of somebody, the most.
    pub(super) fn counted(&self) -> BTreeMap<String, (u64, u64)> {
        let mut calls: BTreeMap<String, BTreeMap<&str, Vec<Call>>> = BTreeMap::new();
        for loaded in &self.0 {
            for (allele, said) in loaded.alleles() {
                let of = calls.entry(allele.clone()).or_default();
                for sample in loaded.samples.iter().filter(|sample| said[**sample] != Said::Unlisted) {
                    let call = loaded.call(&allele, sample).unwrap();
                    of.entry(person(sample)).or_default().push(call);
                }
            }
        }
        let count = |(allele, people): (String, BTreeMap<&str, Vec<Call>>)| {
            let copies = people.values().map(|calls| most(calls));
            (allele, copies.fold((0, 0), |(ac, an), (c, n)| (ac + c, an + n)))
        };
        calls.into_iter().map(count).collect()
    }
}

/// Copies of the allele, and copies that were called, by the call that says most.
fn most(calls: &[Call]) -> (u64, u64) {
    let order = [
        (Call::Homozygous, (2, 2)),
        (Call::Heterozygous, (1, 2)),
        (Call::Hemizygous, (1, 1)),
        (Call::Half, (1, 1)),
        (Call::HaploidReference, (0, 1)),
        (Call::Reference, (0, 2)),
        (Call::Partial, (0, 1)),
        (Call::Missing, (0, 0)),
    ];
    order.into_iter().find(|(call, _)| calls.contains(call)).map(|(_, copies)| copies).unwrap()
}
