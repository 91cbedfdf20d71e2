//! People in joint files and in files of their own, with regions that are stated and blocks: counted as person by person.

use std::{collections::BTreeMap, sync::Arc};

use futures::TryStreamExt;
use fyr_policy::{People, VariantCount};
use fyr_schemas::{Interbase, Located, Sex, Tally, Variant, expected_ploidy, is_sequence};
use fyr_store::{Annotation, Call, Carriers, Regions, log::Callable};
use proptest::prelude::*;

use super::{
    fixture::{ASSEMBLY, Lab, Record, contig, everyone, exact, push, spec, variant},
    world::Dice,
};
use crate::query::view::count;

/// From the call that says least to the one that says most.
const CALLS: [Call; 8] = [
    Call::Missing,
    Call::Partial,
    Call::Reference,
    Call::HaploidReference,
    Call::Half,
    Call::Hemizygous,
    Call::Heterozygous,
    Call::Homozygous,
];

/// Sequences with the 0-based start of a stretch: autosome, X within and outside what men have two of, Y, MT.
const PLACES: [(&str, u64); 5] = [("1", 100), ("X", 20_000), ("X", 5_000_000), ("Y", 5_000_000), ("MT", 100)];
const STRETCH: u64 = 24;

/// What is said of a place of a person: sequence, half-open interval.
type Run = (&'static str, u64, u64);

/// One ingest.
#[derive(Clone, Debug)]
pub(super) struct Ingest {
    files: Vec<Vec<String>>,
    records: Vec<Record>,
    stated: Stated,
    /// Who has the reference sequence where, and who was not called where.
    notes: Vec<(String, Run, bool)>,
}

#[derive(Clone, Debug)]
enum Stated {
    Nowhere,
    Everywhere,
    In(Vec<Run>),
}

fn name(person: usize) -> String {
    format!("P{person:02}{}", ["F", "M", "U"][person % 3])
}

fn sex(person: &str) -> Sex {
    match person.chars().last() {
        Some('F') => Sex::Female,
        Some('M') => Sex::Male,
        _ => Sex::Unknown,
    }
}

fn any_run(dice: &mut Dice) -> Run {
    let (contig, start) = PLACES[dice.roll(PLACES.len())];
    let from = start + dice.roll(STRETCH as usize) as u64;
    (contig, from, from + 1 + dice.roll(STRETCH as usize) as u64)
}

fn any_allele(dice: &mut Dice) -> Variant {
    let (contig, start) = PLACES[dice.roll(PLACES.len())];
    let position = start + 1 + dice.roll(STRETCH as usize) as u64;
    let kinds = ["A-T", "A-G", "AC-GT", "ACC-A", "A-AC"];
    match dice.roll(kinds.len() + 1) {
        5 => variant(&format!("{contig}-{position}-A-<DEL>-{}", position + 5)),
        kind => variant(&format!("{contig}-{position}-{}", kinds[kind])),
    }
}

impl Ingest {
    /// Some people, so many of a hundred, at random in one file or in several.
    fn draw(dice: &mut Dice, alleles: &[Variant], percent: usize) -> Self {
        let mut files: Vec<Vec<String>> = Vec::new();
        for person in (0..9).filter(|_| dice.chance(percent)).collect::<Vec<_>>() {
            match files.last_mut() {
                Some(last) if dice.chance(50) => last.push(name(person)),
                _ => files.push(vec![name(person)]),
            }
        }
        let mut records = Vec::new();
        for (shard, people) in files.iter().enumerate() {
            for allele in alleles.iter().filter(|_| dice.chance(40)).collect::<Vec<_>>() {
                let calls = people.iter().map(|_| CALLS[dice.roll(CALLS.len())]).collect();
                let annotation = Annotation::default();
                records.push(Record { variant: allele.clone(), annotation, shard, calls });
            }
        }
        let stated = match dice.roll(4) {
            0 => Stated::Nowhere,
            1 => Stated::Everywhere,
            _ => Stated::In((0..1 + dice.roll(6)).map(|_| any_run(dice)).collect()),
        };
        let people: Vec<String> = files.iter().flatten().cloned().collect();
        let count = if people.is_empty() { 0 } else { dice.roll(8) };
        let notes = (0..count).map(|_| {
            let person = people[dice.roll(people.len())].clone();
            (person, any_run(dice), dice.chance(40))
        });
        Self { files, records, stated, notes: notes.collect() }
    }

    pub(super) async fn load(&self, lab: &Lab, number: usize) {
        let names: Vec<Vec<&str>> =
            self.files.iter().map(|people| people.iter().map(String::as_str).collect()).collect();
        let titles: Vec<String> = (0..names.len()).map(|file| format!("{number}-{file}")).collect();
        let files: Vec<(&str, &[&str])> =
            titles.iter().map(String::as_str).zip(names.iter().map(Vec::as_slice)).collect();
        let spec = spec("ds", &files);
        let (shards, people) = (spec.shards.clone(), spec.individuals.clone());
        let mut writer = lab.store().await.begin(spec).await.unwrap();
        let indices = writer.indices().to_vec();
        push(&mut writer, &shards, &self.records).await;
        for (person, (on, start, end), is_called) in &self.notes {
            let at = people.iter().position(|known| known.id == *person).unwrap();
            writer.note(indices[at], &contig(on), Interbase::new(*start, *end).unwrap(), *is_called);
        }
        let named = |name: &str, regions| Callable { name: name.to_owned(), regions };
        match &self.stated {
            Stated::Nowhere => {}
            Stated::Everywhere => writer.state_callable(named("whole-genome", None), None),
            Stated::In(runs) => {
                let mut regions = Regions::default();
                for (on, start, end) in runs {
                    regions.add(&contig(on), Interbase::new(*start, *end).unwrap());
                }
                let sum = runs.iter().map(|run| run.1 * 31 + run.2).sum::<u64>();
                let hash = format!("{number:032x}{sum:032x}");
                writer.state_callable(named("panel.bed", Some(hash)), Some(regions));
            }
        }
        writer.finish().await.unwrap();
    }

    fn holds(&self, person: &str) -> bool {
        self.files.iter().flatten().any(|member| member == person)
    }

    /// Returns what the records say of a person's allele, each in its own.
    fn recorded<'a>(&'a self, person: &'a str, allele: &'a Variant) -> impl Iterator<Item = Call> + 'a {
        self.records.iter().filter(move |record| record.variant == *allele).filter_map(move |record| {
            let at = self.files[record.shard].iter().position(|member| member == person)?;
            Some(record.calls[at])
        })
    }

    /// Returns what is known of a person's allele without a record.
    fn assumed(&self, person: &str, allele: &Variant) -> Option<Call> {
        let (first, last) = (u64::from(allele.interval.start()), u64::from(allele.interval.end()));
        let is_in = |runs: &[&Run], base| {
            runs.iter().any(|(on, start, end)| contig(on) == allele.contig && (*start..*end).contains(&base))
        };
        let noted = |called: bool| -> Vec<&Run> {
            let of_it = self.notes.iter().filter(|(of, _, is_called)| of == person && *is_called == called);
            of_it.map(|(_, run, _)| run).collect()
        };
        // A statement of nowhere, without a block of anybody, is no statement.
        if matches!(self.stated, Stated::Nowhere) && !self.notes.iter().any(|(_, _, called)| *called)
            || !is_sequence(&allele.alternate_bases)
        {
            return None;
        }
        let covered = match &self.stated {
            Stated::Nowhere => false,
            Stated::Everywhere => true,
            Stated::In(runs) => (first..last).all(|base| is_in(&runs.iter().collect::<Vec<_>>(), base)),
        } || (first..last).all(|base| is_in(&noted(true), base));
        let uncalled = (first..last).any(|base| is_in(&noted(false), base));
        match expected_ploidy(ASSEMBLY, &allele.contig, allele.interval.start(), sex(person)) {
            _ if !covered && !uncalled => None,
            _ if uncalled => Some(Call::Missing),
            Some(0) => Some(Call::Missing),
            Some(1) => Some(Call::HaploidReference),
            Some(2) => Some(Call::Reference),
            _ => None,
        }
    }
}

fn rank(call: Call) -> usize {
    CALLS.iter().position(|known| *known == call).unwrap()
}

/// The counts of an allele, of how many people, whether something is known of each, and whether it rests on a statement.
type Expected = (Tally, u64, bool, bool);

/// Counts person by person; none where nobody has a record, and nobody would have one.
fn expected(ingests: &[Ingest], allele: &Variant) -> Option<Expected> {
    let (mut calls, mut known, mut size) = (Carriers::default(), 0, 0);
    let (mut assumes, mut recorded) = (false, false);
    for person in (0..9).map(name).filter(|person| ingests.iter().any(|ingest| ingest.holds(person))) {
        size += 1;
        let mut said: Option<Call> = None;
        let (mut filled, mut called) = (false, false);
        for ingest in ingests.iter().filter(|ingest| ingest.holds(&person)) {
            let records: Vec<Call> = ingest.recorded(&person, allele).collect();
            recorded |= !records.is_empty();
            called |= records.iter().any(|call| *call != Call::Missing);
            let assumed = ingest.assumed(&person, allele).filter(|_| records.is_empty());
            filled |= assumed.is_some_and(|call| call != Call::Missing);
            let all = records.into_iter().chain(assumed);
            said = said.into_iter().chain(all).max_by_key(|call| rank(*call));
        }
        if let Some(call) = said {
            calls.push(known, call);
            known += 1;
        }
        assumes |= filled && !called;
    }
    // A file has a record although it has nobody.
    (recorded || assumes)
        .then(|| (calls.tally(&(0..known).collect()), size, u64::from(known) == size, assumes))
}

fn found(found: &VariantCount) -> Expected {
    let asked = found.count.asked().map(People::number).unwrap();
    (*found.count.tally(), asked, found.count.is_of_all(), found.count.is_assumed())
}

/// Ingests, and the alleles that are asked for.
pub(super) struct Loads {
    pub(super) ingests: Vec<Ingest>,
    asked: BTreeMap<String, Variant>,
}

impl Loads {
    /// Draws at most so many ingests, each of so many people of a hundred.
    pub(super) fn draw(dice: &mut Dice, most: usize, percent: usize) -> Self {
        let alleles: Vec<Variant> = (0..14).map(|_| any_allele(dice)).collect();
        let ingests = (0..1 + dice.roll(most)).map(|_| Ingest::draw(dice, &alleles, percent));
        let ingests: Vec<Ingest> = ingests.filter(|ingest| !ingest.files.is_empty()).collect();
        let others: Vec<Variant> = (0..14).map(|_| any_allele(dice)).collect();
        let all = alleles.iter().chain(&others);
        let asked = all.filter(|allele| is_sequence(&allele.alternate_bases));
        Self { ingests, asked: asked.map(|allele| (allele.short_form(), allele.clone())).collect() }
    }

    /// Counts all that are asked for, of a store that has them all.
    pub(super) async fn check(&self, lab: &Lab) {
        let snapshot = lab.engine().await.snapshot();
        for (form, allele) in &self.asked {
            let located = Located::plain(&exact(&form.replace('-', " ")));
            let dataset = Arc::clone(&snapshot.loaded["ds"]);
            let answers = count(&snapshot.session, dataset, located.as_ref(), everyone()).await.unwrap();
            let answers: Vec<_> = answers.try_collect().await.unwrap();
            let has_it = |ingest: &Ingest| ingest.records.iter().any(|record| record.variant == *allele);
            let is_listed = self.ingests.iter().any(has_it);
            // Nobody knows by which notation a file would have an allele that none of them has.
            let is_one_notation = allele.reference_bases.len() == allele.alternate_bases.len();
            let expected = expected(&self.ingests, allele).filter(|_| is_listed || is_one_notation);
            assert_eq!(
                answers.iter().map(found).collect::<Vec<_>>(),
                expected.into_iter().collect::<Vec<_>>(),
                "{form} {:?}",
                self.ingests
            );
        }
    }
}

async fn compare(seed: u64) {
    let loads = Loads::draw(&mut Dice::new(seed), 3, 60);
    if loads.ingests.is_empty() {
        return;
    }
    let lab = Lab::new();
    for (number, ingest) in loads.ingests.iter().enumerate() {
        ingest.load(&lab, number).await;
    }
    loads.check(&lab).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whoever_was_looked_at_is_counted_as_one_by_one(seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(compare(seed));
    }
}
