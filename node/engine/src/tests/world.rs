//! Random people with genotypes and documents, and all kinds of questions about them.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use fyr_policy::{Cohort, ConsentItems, Count, Margins, Needs, People, Statement, TermCount};
use fyr_schemas::{
    Clause, Condition, Effect, EntryRef, EntryType, Filter, Filters, Located, Narrowing, Operator, Query,
    model::Entry,
};
use fyr_store::{Annotation, Call, MetadataSpec};
use serde_json::{Value, json};

use super::fixture::{ASSEMBLY, Lab, Record, exact, range, spec, variant};
use crate::View;

/// How many people there are at most.
pub(super) const PEOPLE: usize = 8;
const TYPES: [EntryType; 6] = [
    EntryType::Analysis,
    EntryType::Biosample,
    EntryType::Cohort,
    EntryType::Dataset,
    EntryType::Individual,
    EntryType::Run,
];
const CODES: [&str; 4] = ["ICD10:E10", "ICD10:E11", "ICD10:I10", "NCIT:C1"];
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

/// Chance, from a seed: splitmix64.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % sides as u64) as usize
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        (1..list.len()).for_each(|at| list.swap(at, self.roll(at + 1)));
    }

    fn some_people(&mut self, percent: usize) -> Vec<usize> {
        (0..PEOPLE).filter(|_| self.chance(percent)).collect()
    }
}

/// A document and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Document {
    person: Option<usize>,
    entry_type: EntryType,
    json: Value,
    /// People whom a cohort lists, or a pedigree.
    names: Vec<usize>,
}

/// One call of ingest or metadata.
#[derive(Clone, Debug)]
pub(super) enum Load {
    Variants { files: Vec<(String, Vec<usize>)>, records: Vec<Record> },
    Metadata(Vec<Document>),
}

impl Load {
    /// Leaves out what alleles do.
    pub(super) fn forget_annotations(&mut self) {
        if let Self::Variants { records, .. } = self {
            records.iter_mut().for_each(|record| record.annotation = Annotation::default());
        }
    }
}

/// What is loaded into a store, in order.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// Whether the genotypes of a person are named after their biosample.
    by_sample: Vec<bool>,
    pub(super) loads: Vec<Load>,
}

pub(super) fn name(person: usize) -> String {
    format!("{}{person:02}{}", ["FIN", "GBR"][person % 2], ["F", "M", "x"][person % 3])
}

/// The id of a person's biosample.
pub(super) fn sample(person: usize) -> String {
    format!("{}S{:02}{}", ["FIN", "GBR"][person % 2], person, ["F", "M", "x"][person % 3])
}

impl World {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let by_sample: Vec<bool> = (0..PEOPLE).map(|_| dice.chance(40)).collect();
        let mut loads: Vec<Load> = (0..=dice.roll(3)).map(|at| variants(dice, at)).collect();
        loads.extend(metadata(dice, &by_sample).into_iter().map(Load::Metadata));
        dice.shuffle(&mut loads);
        Self { by_sample, loads }
    }

    /// The ids under which somebody may speak.
    pub(super) fn names(&self, person: usize) -> Vec<String> {
        let sample = self.by_sample[person].then(|| sample(person));
        sample.into_iter().chain([name(person)]).collect()
    }

    fn genotyped(&self, person: usize) -> String {
        if self.by_sample[person] { sample(person) } else { name(person) }
    }

    /// Loads everything but what is of some people.
    pub(super) async fn fill(&self, lab: &Lab, without: &BTreeSet<usize>) {
        for load in &self.loads {
            match load {
                Load::Variants { files, records } => self.ingest(lab, files, records, without).await,
                Load::Metadata(documents) => self.describe(lab, documents, without).await,
            }
        }
    }

    async fn ingest(
        &self,
        lab: &Lab,
        files: &[(String, Vec<usize>)],
        records: &[Record],
        without: &BTreeSet<usize>,
    ) {
        let is_kept = |person: &&usize| !without.contains(person);
        let kept = files.iter().map(|(file, people)| {
            (file, people.iter().filter(is_kept).map(|at| self.genotyped(*at)).collect::<Vec<_>>())
        });
        let kept: Vec<_> = kept.collect();
        if kept.iter().all(|(_, people)| people.is_empty()) {
            return;
        }
        let texts: Vec<Vec<&str>> =
            kept.iter().map(|(_, people)| people.iter().map(String::as_str).collect()).collect();
        let named: Vec<(&str, &[&str])> =
            kept.iter().zip(&texts).map(|((file, _), people)| (file.as_str(), people.as_slice())).collect();
        let without_columns = |record: &Record| {
            let calls = files[record.shard].1.iter().zip(&record.calls);
            let calls = calls.filter(|(person, _)| is_kept(person)).map(|(_, call)| *call).collect();
            Record { calls, ..record.clone() }
        };
        let records: Vec<_> = records.iter().map(without_columns).collect();
        lab.ingest(spec("ds", &named), &records).await;
    }

    async fn describe(&self, lab: &Lab, documents: &[Document], without: &BTreeSet<usize>) {
        let is_kept = |document: &&Document| {
            let is_of_others = document.person.is_none_or(|person| !without.contains(&person));
            is_of_others && !document.is_a_cohort_of(without)
        };
        let entries: Vec<_> =
            documents.iter().filter(is_kept).map(|document| document.entry(without)).collect();
        if entries.is_empty() {
            return;
        }
        let spec = MetadataSpec {
            dataset: "ds".into(),
            assembly: Some(ASSEMBLY),
            sources: Vec::new(),
            replace: false,
        };
        let mut writer = lab.store().await.begin_metadata(spec).await.unwrap();
        entries.into_iter().for_each(|entry| writer.push(entry).unwrap());
        writer.finish().await.unwrap();
    }
}

impl Document {
    /// Returns whether it is a cohort that lists nobody else.
    fn is_a_cohort_of(&self, people: &BTreeSet<usize>) -> bool {
        let lists_some = self.entry_type == EntryType::Cohort && !self.names.is_empty();
        lists_some && self.names.iter().all(|person| people.contains(person))
    }

    /// The document as somebody would have written it who never knew some people.
    fn entry(&self, without: &BTreeSet<usize>) -> Entry {
        let mut json = self.json.clone();
        let named: Vec<_> = self.names.iter().filter(|at| !without.contains(at)).collect();
        let ids: Vec<_> = named.iter().map(|at| name(**at)).collect();
        match self.entry_type {
            EntryType::Cohort if !self.names.is_empty() => json["ids"] = json!({ "individualIds": ids }),
            EntryType::Individual if !ids.is_empty() => {
                let member =
                    |id| json!({ "memberId": id, "role": { "id": "NCIT:C96572" }, "affected": true });
                let members: Vec<_> = ids.iter().map(member).collect();
                json["pedigrees"] = json!([
                    { "id": "family", "disease": { "diseaseCode": { "id": "NCIT:C1" } }, "members": members }
                ]);
            }
            _ => {}
        }
        Entry::new(self.entry_type, json).unwrap()
    }
}

fn variants(dice: &mut Dice, at: usize) -> Load {
    let mut people = dice.some_people(60);
    dice.shuffle(&mut people);
    if people.is_empty() {
        people.push(dice.roll(PEOPLE));
    }
    let second = people.split_off(dice.roll(people.len() + 1).max(1));
    let files = [("a", people), ("b", second)].map(|(file, people)| (format!("{at}-{file}"), people));
    let files: Vec<_> = files.into_iter().filter(|(_, people)| !people.is_empty()).collect();
    let records = (0..dice.roll(30)).map(|_| {
        let shard = dice.roll(files.len());
        let allele =
            format!("{}-{}-A-{}", dice.pick(&["1", "X"]), 1 + dice.roll(12), dice.pick(&["T", "AC"]));
        let calls = files[shard].1.iter().map(|_| *dice.pick(&CALLS)).collect();
        Record { variant: variant(&allele), annotation: annotation(dice), shard, calls }
    });
    let records = records.collect();
    Load::Variants { files, records }
}

fn annotation(dice: &mut Dice) -> Annotation {
    let gene = (*dice.pick(&["G1", "G2"])).to_owned();
    let effect = Effect {
        gene: Some(gene),
        consequences: vec![(*dice.pick(&["missense_variant", "stop_gained"])).to_owned()],
        transcript: None,
        coding_change: None,
        protein: None,
        protein_change: None,
    };
    Annotation { effects: if dice.chance(60) { vec![effect] } else { Vec::new() }, vrs: [None; 2] }
}

/// Documents in two loads; links may point to what comes later.
fn metadata(dice: &mut Dice, by_sample: &[bool]) -> [Vec<Document>; 2] {
    let mut loads: [Vec<Document>; 2] = Default::default();
    let described: Vec<usize> = dice.some_people(70);
    for &person in &described {
        for load in [0, 1] {
            if load == 0 || dice.chance(20) {
                let relatives = described.iter().filter(|_| dice.chance(15)).copied().collect();
                loads[load].push(individual(dice, person, relatives));
            }
        }
    }
    for (person, by_sample) in by_sample.iter().enumerate() {
        if *by_sample || dice.chance(40) {
            loads[dice.roll(2)].push(biosample(person));
            runs(dice, person, &mut loads);
        }
    }
    let listed = std::iter::once(0).chain(dice.some_people(40)).collect();
    loads[dice.roll(2)].push(cohort("listed", listed));
    loads[dice.roll(2)].push(cohort("all", Vec::new()));
    let few = dice.some_people(25);
    if !few.is_empty() {
        loads[dice.roll(2)].push(cohort("few", few));
    }
    if dice.chance(70) {
        let json = json!({ "id": "ds", "name": "a dataset" });
        loads[dice.roll(2)].push(Document {
            person: None,
            entry_type: EntryType::Dataset,
            json,
            names: Vec::new(),
        });
    }
    loads
}

fn individual(dice: &mut Dice, person: usize, names: Vec<usize>) -> Document {
    let codes = CODES.iter().filter(|_| dice.chance(30));
    let diseases: Vec<Value> = codes.map(|code| json!({ "diseaseCode": { "id": code } })).collect();
    let mut json = json!({ "id": name(person), "sex": { "id": "NCIT:C16576" }, "diseases": diseases });
    json["ethnicity"] = json!({ "id": "NCIT:C2", "label": dice.pick(&["one", "two"]) });
    Document { person: Some(person), entry_type: EntryType::Individual, json, names }
}

fn biosample(person: usize) -> Document {
    let json = json!({
        "id": sample(person), "individualId": name(person),
        "biosampleStatus": { "id": "EFO:0009654" }, "sampleOriginType": { "id": "UBERON:0000178" },
    });
    Document { person: Some(person), entry_type: EntryType::Biosample, json, names: Vec::new() }
}

/// A run and an analysis, which know their person by themselves, by the sample, or by the run.
fn runs(dice: &mut Dice, person: usize, loads: &mut [Vec<Document>; 2]) {
    let mut run = json!({
        "id": format!("R{person}"), "biosampleId": sample(person), "runDate": "2026-01-01",
        "platform": dice.pick(&["A", "B"]),
    });
    let mut analysis = json!({
        "id": format!("A{person}"), "analysisDate": "2026-01-01", "pipelineName": dice.pick(&["A", "B"]),
    });
    for document in [&mut run, &mut analysis] {
        if dice.chance(40) {
            document["individualId"] = json!(name(person));
        }
    }
    if dice.chance(70) {
        analysis["runId"] = json!(format!("R{person}"));
    } else {
        analysis["biosampleId"] = json!(sample(person));
    }
    for (entry_type, json) in [(EntryType::Run, run), (EntryType::Analysis, analysis)] {
        let document = Document { person: Some(person), entry_type, json, names: Vec::new() };
        loads[dice.roll(2)].push(document);
    }
}

fn cohort(id: &str, names: Vec<usize>) -> Document {
    let json = json!({ "id": id, "name": id, "cohortType": "study-defined" });
    Document { person: None, entry_type: EntryType::Cohort, json, names }
}

/// What people said; the first of them agrees to everything.
pub(super) fn statements(dice: &mut Dice) -> Vec<Option<Statement>> {
    let everything = ConsentItems::from_bits(15);
    let agrees = Statement { granted: everything, ..Statement::default() };
    let others = (1..PEOPLE).map(|_| {
        dice.chance(70).then(|| Statement {
            granted: if dice.chance(50) { everything } else { ConsentItems::from_bits(dice.roll(16) as u8) },
            refused: ConsentItems::from_bits((dice.roll(16) & dice.roll(16) & dice.roll(16)) as u8),
            opted_out: dice.chance(15),
            withdrawn: dice.chance(25),
        })
    });
    std::iter::once(Some(agrees)).chain(others).collect()
}

pub(super) fn cohort_of(dice: &mut Dice) -> Cohort {
    match dice.chance(40) {
        true => Cohort::Everyone,
        false => Cohort::Consenting {
            needed: ConsentItems::from_bits(dice.roll(16) as u8),
            unstated: dice.chance(50),
            released: false,
        },
    }
}

/// A question with its place in the coordinates of the data.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) query: Query,
    pub(super) located: Option<Located>,
    pub(super) floor: u64,
}

pub(super) fn questions(dice: &mut Dice, count: usize) -> Vec<Question> {
    (0..count).map(|_| question(dice)).collect()
}

fn question(dice: &mut Dice) -> Question {
    let entry_type = if dice.chance(50) { EntryType::GenomicVariant } else { *dice.pick(&TYPES) };
    let located = dice.chance(60).then(|| located(dice));
    let clauses = (0..dice.roll(3)).map(|_| Clause(vec![filter(dice)])).collect();
    let within = dice.chance(30).then(|| within(dice));
    let query = Query { within, filters: Filters::new(clauses).unwrap(), ..Query::entries(entry_type) };
    Question { query, located, floor: [0, 3][dice.roll(2)] }
}

fn located(dice: &mut Dice) -> Located {
    let start = dice.roll(12) as u64;
    match dice.roll(3) {
        0 => Located::plain(&exact(&format!("1-{}-A-T", start + 1))).unwrap(),
        1 => Located::Ranges { ranges: vec![range("1", start, start + 3)], gene: Some("G1".into()) },
        _ => Located::Everywhere(
            ASSEMBLY,
            Narrowing { effect: Some("missense_variant".into()), ..Narrowing::default() },
        ),
    }
}

fn filter(dice: &mut Dice) -> Filter {
    let value = |field: &str, value: &str| Condition::Value {
        field: field.into(),
        operator: Operator::Equal,
        value: value.into(),
    };
    let condition = match dice.roll(5) {
        0 => value("info.populations", "FIN"),
        1 => value("platform", "A"),
        2 => value("diseases.diseaseCode", "NCIT:C1"),
        3 => Condition::Term { id: "NCIT:C16576".into(), descendants: true },
        _ => Condition::Term { id: "ICD10:E1".into(), descendants: true },
    };
    Filter { scope: None, excluded: dice.chance(30), any_of: vec![condition] }
}

fn within(dice: &mut Dice) -> EntryRef {
    let person = dice.roll(PEOPLE);
    let (entry_type, id) = match dice.roll(6) {
        0 => (EntryType::Individual, name(person)),
        1 => (EntryType::Biosample, sample(person)),
        2 => (EntryType::Run, format!("R{person}")),
        3 => (EntryType::Cohort, "listed".to_owned()),
        4 => (EntryType::Cohort, ["all", "few"][dice.roll(2)].to_owned()),
        _ => (EntryType::Dataset, "ds".to_owned()),
    };
    EntryRef { entry_type, id }
}

/// Everything that a view tells of a dataset to a cohort, and in how many rows and segments it is.
pub(super) async fn answers(view: &View, cohort: Cohort, questions: &[Question]) -> Vec<String> {
    let mut answers = told(view, cohort, questions).await;
    if cohort == Cohort::Everyone {
        let rows = view.dataset("ds").map(|summary| summary.variants);
        answers[0] = format!("{rows:?} {}", answers[0]);
    }
    if let Ok(Some(dataset)) = view.of("ds", cohort).await {
        answers.push(format!("{} {}", dataset.summary.variants, dataset.summary.segments));
    }
    answers
}

/// Everything that a view tells of a dataset to a cohort, however it lies in the store.
pub(super) async fn told(view: &View, cohort: Cohort, questions: &[Question]) -> Vec<String> {
    let mut answers = Vec::new();
    if cohort == Cohort::Everyone {
        let people = view.dataset("ds").map(|summary| summary.individuals);
        answers.push(format!(
            "{people:?} {:?} {:?}",
            view.holds("ds", false).await.unwrap(),
            view.document("ds").await.unwrap()
        ));
    }
    let dataset = match view.of("ds", cohort).await {
        Ok(Some(dataset)) => dataset,
        _ => return answers,
    };
    let mut summary = dataset.summary.clone();
    (summary.bytes, summary.version, summary.variants, summary.segments) = (0, 0, 0, 0);
    answers.push(format!("{summary:?}"));
    for question in questions {
        answers.push(format!("{question:?} -> {}", answer(view, &dataset, question).await));
    }
    answers
}

async fn answer(
    view: &View,
    dataset: &std::sync::Arc<crate::query::dataset::Dataset>,
    question: &Question,
) -> String {
    let needs = Needs { records: true, margins: question.floor > 0, ..Needs::default() };
    let Question { query, located, .. } = question;
    let asked = (query, located.as_ref());
    let (scope, within) = (Some(query.entry_type), query.within.as_ref());
    let terms = match question.floor {
        0 => view.term_counts(dataset, None, None).await,
        _ => view.term_counts(dataset, scope, within).await,
    };
    let terms = terms.map(|terms| terms.iter().map(of_term).collect::<Vec<_>>());
    if query.entry_type != EntryType::GenomicVariant {
        let found = view.entry_count(dataset, needs, asked, 100).await;
        let found = found.map(|found| (numbers(&found.count), found.documents));
        return format!("{found:?} {terms:?}");
    }
    let tallies = match view.variants(std::sync::Arc::clone(dataset), needs, asked).await {
        Ok(tallies) => tallies.try_collect::<Vec<_>>().await,
        Err(error) => return format!("{error} {terms:?}"),
    };
    let tallies = tallies.unwrap();
    let told = tallies.iter().map(|tally| {
        let groups = tally.count.sets().groups();
        format!("{:?}", (&tally.variant, &tally.effects, numbers(&tally.count), &tally.cases, groups))
    });
    format!("{:?} {terms:?}", told.collect::<Vec<_>>())
}

/// All that numbers can be made of: the numbers of people differ where somebody is not there.
fn numbers(count: &Count) -> String {
    let margins = match count.margins() {
        Margins::None => Vec::new(),
        Margins::OfLookedAt(margins) | Margins::OfFound(margins) => {
            margins.iter().map(|margin| (margin.tally(), margin.entries())).collect()
        }
    };
    let (asked, consenting) = (count.asked().map(People::number), count.consenting());
    let (people, looked_at) = (count.sets().people().number(), count.sets().looked_at().number());
    let entries = count.sets().entries();
    let families = match (count.families(), count.sets().people()) {
        (Some(families), People::Known(people)) => Some(families.among(&people)),
        _ => None,
    };
    format!("{:?}", (count.tally(), (asked, consenting), (people, looked_at, entries, families), margins))
}

fn of_term(found: &TermCount) -> String {
    let TermCount { kind, id, count, labels, scopes, values } = found;
    let said = |said: &[(String, Count)]| {
        said.iter().map(|(said, count)| (said.clone(), numbers(count))).collect::<Vec<_>>()
    };
    let scopes: Vec<_> = scopes.iter().map(|(scope, count)| (scope, numbers(count))).collect();
    format!("{:?}", ((kind, id), numbers(count), said(labels), scopes, said(values)))
}
