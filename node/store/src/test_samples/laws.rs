//! After any loads, additions, replacements, removals, backups and restores a store holds what the plain model says.

use proptest::prelude::*;

use super::{
    loads::{Block, File, Load, Stated, counted, describe, held},
    model::{BIOSAMPLE, Model, Refused},
};
use crate::{
    Call::{self, Half, HaploidReference, Hemizygous, Heterozygous, Homozygous, Missing, Partial, Reference},
    Compaction, Repeated, Store, StoreError,
    backup::{KeptFile, KnownFiles, Vault, back_up, put_back},
    log::StorePlace,
};

const SAMPLES: [&str; 6] = ["A", "B", "C", "D", BIOSAMPLE[1], BIOSAMPLE[0]];
const ALLELES: [&str; 8] =
    ["1-10-A-T", "1-20-A-T", "1-30-A-AC", "X-10-A-T", "X-20-A-T", "Y-10-A-T", "MT-10-A-T", "MT-20-A-T"];
const CONTIGS: [&str; 4] = ["1", "X", "Y", "MT"];

/// Chance, from a seed: splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % sides as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.roll(list.len())]
    }

    fn call(&mut self, allele: &str) -> Call {
        match allele.split('-').next() {
            Some("1") => self.pick(&[Reference, Heterozygous, Homozygous, Half, Partial, Missing]),
            // Of people of any sex.
            Some("X") => {
                self.pick(&[Reference, Heterozygous, Homozygous, HaploidReference, Hemizygous, Missing])
            }
            _ => self.pick(&[HaploidReference, Hemizygous, Missing]),
        }
    }
}

/// One to three samples, of different people.
fn people(dice: &mut Dice) -> Vec<&'static str> {
    let mut samples: Vec<&str> = (0..=dice.roll(3)).map(|_| dice.pick(&SAMPLES)).collect();
    samples.sort_unstable();
    samples.dedup();
    if BIOSAMPLE.iter().all(|sample| samples.contains(sample)) {
        samples.retain(|sample| *sample != BIOSAMPLE[0]);
    }
    samples
}

fn file(dice: &mut Dice, name: String, samples: Vec<&'static str>, contigs: &[&str]) -> File {
    let on = |allele: &&&str| contigs.contains(&allele.split('-').next().unwrap());
    let alleles: Vec<&str> = ALLELES.iter().filter(on).filter(|_| dice.chance(50)).copied().collect();
    let mut record = |allele: &str| samples.iter().map(|_| dice.call(allele)).collect();
    let records =
        alleles.iter().copied().zip(alleles.iter().map(|allele| record(allele)).collect::<Vec<_>>());
    let records = records.collect();
    File { name, samples, records }
}

/// A joint file, files of some people each, or files of the same people and different sequences.
fn load(dice: &mut Dice, at: usize) -> Load {
    let samples = people(dice);
    let contigs: Vec<&str> = CONTIGS.into_iter().filter(|_| dice.chance(45)).collect();
    let name = |part: usize| format!("{at}-{part}.vcf");
    let files = match dice.roll(3) {
        0 => vec![file(dice, name(0), samples, &contigs)],
        1 => {
            let apart = samples.iter().enumerate();
            apart.map(|(part, sample)| file(dice, name(part), vec![*sample], &contigs)).collect()
        }
        _ => {
            let parts =
                CONTIGS.iter().enumerate().filter(|(_, on)| contigs.contains(*on)).collect::<Vec<_>>();
            let parts = if parts.is_empty() { vec![(0, &CONTIGS[0])] } else { parts };
            parts.into_iter().map(|(part, on)| file(dice, name(part), samples.clone(), &[*on])).collect()
        }
    };
    let stated = match dice.roll(12) {
        0 => Stated::Everywhere,
        1 | 2 => Stated::On(dice.pick(&CONTIGS)),
        _ => Stated::Nowhere,
    };
    let mut load = Load { files, stated, blocks: Vec::new() };
    for sample in load.samples() {
        while dice.chance(20) {
            let (contig, start) = (dice.pick(&CONTIGS), dice.roll(40) as u64);
            load.blocks.push(Block { sample, contig, start, is_called: dice.chance(60) });
        }
    }
    load
}

fn refusal(error: StoreError) -> Refused {
    match error {
        StoreError::AlreadyIngested { .. } => Refused::AlreadyIngested,
        StoreError::Held(_) => Refused::Held,
        StoreError::UnknownSample { .. } => Refused::UnknownSample,
        other => panic!("{other}"),
    }
}

/// A store beside its model.
struct Pair {
    place: StorePlace,
    store: Store,
    model: Model,
    loads: Vec<Load>,
    /// Whether segments are merged on the way; what each of them holds is then not as the model says it.
    merges: bool,
    vault: Vault,
    /// The last backup, and the model of then.
    backup: Option<(Vec<KeptFile>, Model)>,
}

impl Pair {
    async fn new(merges: bool) -> Self {
        let place = StorePlace::in_memory();
        let store = Store::open_at(place.clone()).await.unwrap();
        describe(&store, BIOSAMPLE[0], BIOSAMPLE[1]).await;
        let (model, vault) = (Model::default(), Vault::at(StorePlace::in_memory()));
        Self { place, store, model, loads: Vec::new(), merges, vault, backup: None }
    }

    async fn step(&mut self, dice: &mut Dice) -> Result<(), TestCaseError> {
        match dice.roll(12) {
            0..=5 => self.load(dice).await?,
            6..=8 => self.remove(dice).await?,
            9 => self.back_up().await,
            10 => self.restore().await,
            _ => self.store = Store::open_at(self.place.clone()).await.unwrap(),
        }
        if self.merges && dice.chance(50) {
            self.store.compact(super::loads::DATASET, Compaction::All).await.unwrap();
        }
        Ok(())
    }

    async fn back_up(&mut self) {
        let mut known = KnownFiles::default();
        let copied = back_up(&self.place, (&self.vault, &mut known), |_, _| {}).await.unwrap();
        self.backup = Some((copied.files, self.model.clone()));
    }

    /// Goes on with what the last backup has, in another place.
    async fn restore(&mut self) {
        let Some((files, model)) = self.backup.clone() else { return };
        self.place = StorePlace::in_memory();
        put_back(&self.place, &self.vault, &files, |_, _| {}).await.unwrap();
        self.store = Store::open_at(self.place.clone()).await.unwrap();
        self.model = model;
    }

    async fn compare(&self) -> Result<(), TestCaseError> {
        let (held, documents) = held(&self.place).await;
        if !self.merges {
            prop_assert_eq!(held, self.model.held());
        }
        prop_assert_eq!(documents, 2);
        prop_assert_eq!(counted(&self.place).await, self.model.counted());
        Ok(())
    }

    /// Loads new files, or some once more.
    async fn load(&mut self, dice: &mut Dice) -> Result<(), TestCaseError> {
        let mut load = match self.loads.get(dice.roll(self.loads.len() + 2)) {
            Some(again) => again.clone(),
            None => load(dice, self.loads.len()),
        };
        if self.merges {
            // Where nothing else is said of a sequence, a merged segment does not keep that somebody was not called there.
            load.blocks.retain(|block| block.is_called);
        }
        let repeated = dice.pick(&[Repeated::Refused, Repeated::United, Repeated::Replaced]);
        let loaded = load.ingest(&self.store, repeated).await;
        let loaded = loaded.map(|summary| (summary.united, summary.replaced)).map_err(refusal);
        prop_assert_eq!(loaded, self.model.load(&load, repeated), "{:?} {:?}", repeated, load);
        self.loads.push(load);
        Ok(())
    }

    async fn remove(&mut self, dice: &mut Dice) -> Result<(), TestCaseError> {
        let mut ids: Vec<&str> = (0..=dice.roll(2)).map(|_| dice.pick(&SAMPLES)).collect();
        if dice.chance(5) {
            ids.push("nobody");
        }
        let named: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let removed = self.store.remove_samples(super::loads::DATASET, &named).await;
        let removed = removed.map(|removed| removed.samples).map_err(refusal);
        let expected = self.model.remove(&ids).map(|gone| gone.into_iter().map(str::to_owned).collect());
        prop_assert_eq!(removed, expected, "{:?}", ids);
        Ok(())
    }
}

async fn keeps_to_the_model(steps: &[u64], merges: bool) -> Result<(), TestCaseError> {
    let mut pair = Pair::new(merges).await;
    for seed in steps {
        pair.step(&mut Dice(*seed)).await?;
    }
    pair.compare().await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_store_holds_what_was_loaded_and_not_taken_out(steps in prop::collection::vec(any::<u64>(), 1..9)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(keeps_to_the_model(&steps, false))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_store_that_is_compacted_on_the_way_says_the_same(steps in prop::collection::vec(any::<u64>(), 1..9)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(keeps_to_the_model(&steps, true))?;
    }
}
