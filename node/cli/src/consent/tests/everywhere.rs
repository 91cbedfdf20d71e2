//! Who may be counted after any series of loads under two dataset ids, withdrawals, reinstatements, purges and restarts:
//! the same as when it is worked out anew from what should be there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fyr_node::{NodeConfig, open_store};

use super::Site;

/// The datasets, in each of which samples are of people of its own choice.
const DATASETS: [&str; 2] = ["A", "B"];
/// How many samples and people there are.
const NAMES: usize = 4;

/// Numbers that look drawn, always the same for a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn id(&mut self) -> String {
        format!("{}{}", ["S", "P"][self.roll(2)], self.roll(NAMES))
    }

    fn dataset(&mut self) -> &'static str {
        DATASETS[self.roll(2)]
    }
}

/// What an operator does.
#[derive(Clone, Debug)]
enum Step {
    /// Loads genotypes of samples.
    Genotypes(&'static str, BTreeSet<String>),
    /// Loads a document by which a sample is a person's.
    Biosample(&'static str, String, String),
    Withdraw(String),
    Reinstate(String),
    Purge(Option<&'static str>),
}

fn step(dice: &mut Dice, persons_of: &[Vec<usize>; 2]) -> Step {
    let dataset = dice.roll(2);
    match dice.roll(10) {
        0..3 => {
            let samples = (0..NAMES).filter(|_| dice.roll(2) == 0).map(|n| format!("S{n}")).collect();
            Step::Genotypes(DATASETS[dataset], samples)
        }
        3..6 => {
            let sample = dice.roll(NAMES);
            let person = persons_of[dataset][sample];
            Step::Biosample(DATASETS[dataset], format!("S{sample}"), format!("P{person}"))
        }
        6 | 7 => Step::Withdraw(dice.id()),
        8 => Step::Reinstate(dice.id()),
        _ => Step::Purge([None, Some(dice.dataset())][dice.roll(2)]),
    }
}

/// What should be there.
#[derive(Debug, Default)]
struct Model {
    /// Samples with genotypes, by dataset.
    samples: BTreeSet<(&'static str, String)>,
    /// Samples and whose they are, by dataset.
    links: BTreeSet<(&'static str, String, String)>,
    /// All ids of each who withdrew.
    withdrawn: Vec<BTreeSet<String>>,
}

impl Model {
    fn has_withdrawn(&self, id: &str) -> bool {
        self.withdrawn.iter().any(|ids| ids.contains(id))
    }

    /// All ids of a person, by what every dataset tells.
    fn ids_of(&self, ids: &[&str]) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        loop {
            let before = all.len();
            for (_, sample, person) in &self.links {
                if all.contains(sample) || all.contains(person) {
                    all.extend([sample.clone(), person.clone()]);
                }
            }
            if all.len() == before {
                return all;
            }
        }
    }

    fn remember(&mut self, mut ids: BTreeSet<String>) {
        let (theirs, others) = self.withdrawn.drain(..).partition(|known| !known.is_disjoint(&ids));
        ids.extend(Vec::<BTreeSet<String>>::into_iter(theirs).flatten());
        self.withdrawn = others;
        self.withdrawn.push(ids);
    }

    /// Who may be counted.
    fn counted(&self, dataset: &str) -> BTreeSet<String> {
        let stays = |sample: &str| self.ids_of(&[sample]).iter().all(|id| !self.has_withdrawn(id));
        let here = self.samples.iter().filter(|(of, sample)| *of == dataset && stays(sample));
        here.map(|(_, sample)| sample.clone()).collect()
    }
}

/// A node beside what should be there.
struct Run {
    site: Site,
    model: Model,
    files: usize,
}

impl Run {
    async fn new() -> Self {
        let site = Site(tempfile::tempdir().unwrap());
        site.write("node.toml", "[node]\nid = \"se.fin\"\n[store]\nurl = \"store\"\n");
        Self { site, model: Model::default(), files: 0 }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Genotypes(dataset, samples) => self.genotypes(dataset, samples).await,
            Step::Biosample(dataset, sample, person) => self.biosample(dataset, sample, person).await,
            Step::Withdraw(id) => {
                let options = ["--person", &id, "--allow-unknown", "--json"];
                self.site.change(&["consent", "withdraw"], &options).await.unwrap();
                let ids = self.model.ids_of(&[&id]);
                self.model.remember(ids);
            }
            Step::Reinstate(id) => {
                let done = self.site.change(&["consent", "reinstate"], &["--person", &id]).await;
                let ids = self.model.ids_of(&[&id]);
                let is_theirs = |known: &BTreeSet<String>| !known.is_disjoint(&ids);
                assert_eq!(done.is_ok(), self.model.withdrawn.iter().any(is_theirs), "{id}: {done:?}");
                self.model.withdrawn.retain(|known| !is_theirs(known));
            }
            Step::Purge(only) => {
                let options =
                    only.map_or(vec!["--quiet", "--yes"], |of| vec!["--quiet", "--yes", "--dataset", of]);
                let left = std::path::PathBuf::from(self.site.path("store/.stdin/left"));
                std::fs::create_dir_all(&left).unwrap();
                std::fs::write(left.join("stdin"), "of somebody").unwrap();
                self.site.change(&["purge"], &options).await.unwrap();
                assert!(!left.exists(), "what came through a pipe before somebody died");
                let is_gone = |dataset: &str, id: &str| {
                    only.is_none_or(|only| only == dataset) && self.model.has_withdrawn(id)
                };
                let (mut samples, mut links) = (self.model.samples.clone(), self.model.links.clone());
                samples.retain(|(dataset, id)| !is_gone(dataset, id));
                links.retain(|(dataset, sample, person)| {
                    !is_gone(dataset, sample) && !is_gone(dataset, person)
                });
                (self.model.samples, self.model.links) = (samples, links);
            }
        }
    }

    /// Loads a file of samples that the dataset does not have yet, and of one that nobody else has.
    async fn genotypes(&mut self, dataset: &'static str, mut samples: BTreeSet<String>) {
        samples.retain(|sample| !self.model.samples.contains(&(dataset, sample.clone())));
        self.files += 1;
        samples.insert(format!("S-only-{}", self.files));
        let columns: Vec<&str> = samples.iter().map(String::as_str).collect();
        let text = format!(
            "##fileformat=VCFv4.3\n##contig=<ID=1>\n\
             ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
             #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n1\t{}\t.\tA\tC\t.\tPASS\t.\tGT{}\n",
            columns.join("\t"),
            10 * self.files,
            "\t0/1".repeat(columns.len())
        );
        let file = self.site.write(&format!("{}.vcf", self.files), &text).display().to_string();
        let store = self.site.path("store");
        let ingest =
            ["ingest", "--quiet", "--assembly", "GRCh38", "--store", &store, "--dataset", dataset, &file];
        self.site.run(&ingest).await.unwrap();
        samples.retain(|sample| !self.model.has_withdrawn(sample));
        self.model.samples.extend(samples.into_iter().map(|sample| (dataset, sample)));
    }

    async fn biosample(&mut self, dataset: &'static str, sample: String, person: String) {
        let link = (dataset, sample.clone(), person.clone());
        if self.model.links.contains(&link) {
            return;
        }
        self.files += 1;
        let status = r#""biosampleStatus":{"id":"EFO:0009654"},"sampleOriginType":{"id":"UBERON:0000178"}"#;
        let number = self.files;
        // Beside one of a person whom nobody else has.
        let text = format!(
            r#"[{{"id":"{sample}","individualId":"{person}",{status}}},{{"id":"D{number}","individualId":"Q{number}",{status}}}]"#
        );
        let file = self.site.write(&format!("biosamples{}.json", self.files), &text).display().to_string();
        let store = self.site.path("store");
        let load = ["metadata", "--quiet", "--as", "biosample", "--store", &store, "--dataset", dataset];
        self.site.run(&[&load[..], &["--assembly", "GRCh38", &file]].concat()).await.unwrap();
        if self.model.has_withdrawn(&sample) || self.model.has_withdrawn(&person) {
            let ids = self.model.ids_of(&[&sample, &person]);
            self.model.remember(ids);
        } else {
            self.model.links.insert(link);
        }
    }

    /// Whom a node counts that starts now.
    async fn counted(&self) -> BTreeMap<&'static str, BTreeSet<String>> {
        let config = NodeConfig::load(Some(&self.site.0.path().join("node.toml"))).unwrap();
        let state = config.open_state().await.unwrap();
        let follower = state.follow().await.unwrap();
        let remembered = follower.current().await.unwrap();
        let engine = open_store(&config, Arc::default()).await.unwrap();
        let view = engine.view(&remembered.consents).await.unwrap();
        let of = |dataset: &&'static str| {
            let ids = view.people(dataset).into_iter().flat_map(|person| person.ids);
            (*dataset, ids.map(|id| id.to_string()).filter(|id| id.starts_with('S')).collect())
        };
        let counted = DATASETS.iter().map(of).collect();
        state.close().await;
        counted
    }

    async fn check(&self, steps: &[Step]) {
        let expected = DATASETS.iter().map(|dataset| (*dataset, self.model.counted(dataset))).collect();
        let counted = self.counted().await;
        assert_eq!(counted, expected, "{steps:?}\n{:?}", self.model);
    }
}

async fn any_series(seed: u64) {
    let mut dice = Dice(seed);
    let mut people = || (0..NAMES).map(|_| dice.roll(NAMES)).collect();
    let persons_of = [people(), people()];
    let (mut run, mut steps) = (Run::new().await, Vec::new());
    for _ in 0..10 {
        let step = step(&mut dice, &persons_of);
        steps.push(step.clone());
        run.take(step).await;
        run.check(&steps).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_be_counted_after_any_series_is_what_it_would_be_worked_out_anew() {
    futures::future::join_all((0..8).map(any_series)).await;
}
