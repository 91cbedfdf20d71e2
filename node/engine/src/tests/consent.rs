//! Who withdrew, or did not agree, was never there.

use std::{collections::BTreeSet, sync::Arc};

use fyr_policy::{Cohort, ConsentItem, ConsentItems, Consents, Statement};
use fyr_store::Call::{Heterozygous, Homozygous, Reference};
use proptest::prelude::*;

use super::{
    fixture::{Lab, record, spec},
    world::{self, Dice, World, answers, cohort_of, questions, statements},
};

const GONE: Statement =
    Statement { granted: ConsentItems::NONE, refused: ConsentItems::NONE, opted_out: false, withdrawn: true };

fn consents(version: u64, said: &[(&str, Statement)]) -> Arc<Consents> {
    let of_ds = said.iter().map(|(id, statement)| ("ds".to_owned(), (*id).to_owned(), *statement));
    Arc::new(Consents::new(version, of_ds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn answers_equal_those_of_a_store_without_the_others(seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(compare(&mut Dice::new(seed)));
    }
}

async fn compare(dice: &mut Dice) {
    let (world, statements, cohort) = (World::draw(dice), statements(dice), cohort_of(dice));
    let questions = questions(dice, 20);
    let mut said = Vec::new();
    for (person, statement) in statements.iter().enumerate() {
        let parts = statement.map(|statement| divided(dice, statement, &world.names(person)));
        said.extend(parts.into_iter().flatten().map(|(id, part)| ("ds".to_owned(), id, part)));
    }
    let said = Arc::new(Consents::new(1, said));
    let excluded = (0..world::PEOPLE).filter(|person| !cohort.includes(statements[*person]));
    let excluded: BTreeSet<usize> = excluded.collect();
    let (with, without) = (Lab::new(), Lab::new());
    world.fill(&with, &BTreeSet::new()).await;
    world.fill(&without, &excluded).await;
    let (with, without) = (with.engine().await, without.engine().await);
    let (view, never) = (with.view(&said).await.unwrap(), without.view(&Arc::default()).await.unwrap());
    let told = answers(&view, cohort, &questions).await;
    let expected = answers(&never, Cohort::Everyone, &questions).await;
    // Lists of datasets are about whoever has not withdrawn, so only there they are the same.
    let expected = if cohort == Cohort::Everyone { &expected[..] } else { &expected[1..] };
    assert_eq!(told.len(), expected.len());
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(told, expected, "{cohort:?} without {excluded:?}");
    }
}

#[tokio::test]
async fn whoever_is_left_out_for_one_requester_was_never_there() {
    for seed in 0..12 {
        let dice = &mut Dice::new(seed);
        let (world, questions) = (World::draw(dice), questions(dice, 20));
        let own: BTreeSet<usize> = (0..dice.roll(4)).map(|_| dice.roll(world::PEOPLE)).collect();
        let mut ids: Vec<String> = own.iter().map(|&person| one_of(dice, world.names(person))).collect();
        ids.push("nobody-here".to_owned());
        let (with, without) = (Lab::new(), Lab::new());
        world.fill(&with, &BTreeSet::new()).await;
        world.fill(&without, &own).await;
        let (with, without) = (with.engine().await, without.engine().await);
        let (view, never) = (with.view(&Arc::default()).await.unwrap(), without.view(&Arc::default()).await);
        let before = answers(&view, Cohort::Everyone, &questions).await;
        let others = view.without(&ids).await.unwrap();
        let expected = answers(&never.unwrap(), Cohort::Everyone, &questions).await;
        assert_eq!(answers(&others, Cohort::Everyone, &questions).await, expected, "without {own:?}");
        assert!(Arc::ptr_eq(&others, &view.without(&ids).await.unwrap()), "made once");
        assert_eq!(answers(&view, Cohort::Everyone, &questions).await, before, "others see everybody");
    }
}

fn one_of(dice: &mut Dice, mut names: Vec<String>) -> String {
    let place = dice.roll(names.len());
    names.swap_remove(place)
}

/// Has a person say something in parts, each of them under one of their names.
fn divided(dice: &mut Dice, said: Statement, names: &[String]) -> Vec<(String, Statement)> {
    let mut parts = vec![Statement::default(); names.len()];
    for item in said.granted.iter() {
        let part = &mut parts[dice.roll(names.len())];
        part.granted = part.granted.with(item);
    }
    for item in said.refused.iter() {
        let part = &mut parts[dice.roll(names.len())];
        part.refused = part.refused.with(item);
    }
    parts[dice.roll(names.len())].opted_out = said.opted_out;
    parts[dice.roll(names.len())].withdrawn = said.withdrawn;
    names.iter().cloned().zip(parts).collect()
}

#[tokio::test]
async fn what_is_said_under_any_name_counts() {
    let lab = Lab::new();
    let rows = [record("1-5-A-T", 0, &[Heterozygous, Heterozygous])];
    lab.ingest(spec("ds", &[("a.vcf", &["S1", "FIN2M"])]), &rows).await;
    super::metadata::load(&lab, vec![super::metadata::sample("S1", "P1")], false).await.unwrap();
    let engine = lab.engine().await;
    let all = ConsentItems::from_bits(15);
    let agrees = Statement { granted: all, ..Statement::default() };
    let secondary_use = ConsentItems::NONE.with(ConsentItem::SecondaryUse);
    let refusals = [
        GONE,
        Statement { refused: secondary_use, ..Statement::default() },
        Statement { opted_out: true, ..Statement::default() },
    ];
    for refusal in refusals {
        for (refuses, agreeing) in [("P1", "S1"), ("S1", "P1")] {
            let said = [(refuses, refusal), (agreeing, agrees), ("FIN2M", agrees)];
            let view = engine.view(&consents(1, &said)).await.unwrap();
            let cohort = Cohort::Consenting { needed: secondary_use, unstated: false, released: false };
            let dataset = view.of("ds", cohort).await.unwrap().unwrap();
            let told: Vec<_> = dataset.everyone.iter().map(|number| dataset.name_of(number)).collect();
            assert_eq!(told, ["FIN2M"], "{refusal:?} under {refuses}");
        }
    }
}

async fn lab() -> Lab {
    let lab = Lab::new();
    let rows = [
        record("1-5-A-T", 0, &[Heterozygous, Homozygous, Reference]),
        record("1-9-A-T", 0, &[Heterozygous, Reference, Reference]),
    ];
    lab.ingest(spec("ds", &[("a.vcf", &["FIN1F", "FIN2M", "GBR1F"])]), &rows).await;
    let other = [record("1-5-A-T", 0, &[Heterozygous]), record("1-7-A-T", 0, &[Heterozygous])];
    lab.ingest(spec("ds", &[("b.vcf", &["IBS1F"])]), &other).await;
    lab.ingest(spec("other", &[("b.vcf", &["IBS1F"])]), &other).await;
    lab
}

#[tokio::test]
async fn private_sites_vanish_with_the_person_and_joint_ones_stay() {
    let lab = lab().await;
    let engine = lab.engine().await;
    let view = engine.view(&consents(1, &[("FIN1F", GONE), ("IBS1F", GONE)])).await.unwrap();
    assert_eq!(view.consent_version(), 1);
    assert_eq!(view.dataset("ds").unwrap().individuals, Some(2));
    let query = fyr_schemas::Query::variants(super::fixture::exact("1-5-A-T"));
    let plan = fyr_policy::ReleasePlan::open(fyr_schemas::Release::Record, 0);
    let dataset = view.of("ds", Cohort::Everyone).await.unwrap().unwrap();
    let tallies = view.variants(dataset, plan.needs(), (&query, None)).await.unwrap();
    let tallies: Vec<_> = futures::TryStreamExt::try_collect(tallies).await.unwrap();
    let told: Vec<_> = tallies
        .iter()
        .map(|tally| {
            (tally.variant.short_form(), super::fixture::counts(tally), Some(tally.count.consenting()))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("1-5-A-T".to_owned(), "2/4 0 1 0 2/2".to_owned(), Some(2)),
            ("1-9-A-T".to_owned(), "0/4 0 0 0 2/2".to_owned(), Some(2)),
        ]
    );
    let cases: Vec<_> = tallies[0].cases.iter().map(|case| case.individual.as_str()).collect();
    assert_eq!(cases, ["FIN2M"]);
}

#[tokio::test]
async fn a_view_is_named_by_versions_and_by_nobody() {
    let lab = lab().await;
    let view = lab.engine().await.view(&consents(7, &[("FIN1F", GONE)])).await.unwrap();
    let version = view.view_version();
    let text = serde_json::to_string(&version).unwrap();
    assert_eq!(text, r#"{"store":3,"consents":7}"#);
    assert_eq!(serde_json::from_str::<crate::ViewVersion>(&text).unwrap(), version);
    let again = lab.engine().await.view(&consents(7, &[("FIN1F", GONE)])).await.unwrap();
    assert_eq!(again.view_version(), version);
    assert_ne!(lab.engine().await.view(&consents(8, &[])).await.unwrap().view_version(), version);
}

#[tokio::test]
async fn a_dataset_without_anybody_is_not_there() {
    let lab = lab().await;
    let engine = lab.engine().await;
    let gone: Vec<_> = ["FIN1F", "FIN2M", "GBR1F", "IBS1F"].map(|id| (id, GONE)).to_vec();
    let view = engine.view(&consents(1, &gone)).await.unwrap();
    let ids: Vec<_> = view.datasets().iter().map(|dataset| dataset.id.as_str()).collect();
    assert_eq!(ids, ["other"]);
    assert!(view.dataset("ds").is_none() && view.holds("ds", false).await.unwrap().is_empty());
    let unknown = view.of("ds", Cohort::Everyone).await;
    assert!(matches!(unknown, Err(crate::EngineError::UnknownDataset(id)) if id == "ds"));
    let opt_in = Cohort::Consenting {
        needed: ConsentItems::NONE.with(ConsentItem::AlleleFrequency),
        unstated: false,
        released: false,
    };
    assert!(view.of("other", opt_in).await.unwrap().is_none(), "there, and nobody agreed");
}

#[tokio::test]
async fn what_did_not_change_is_taken_over() {
    let lab = lab().await;
    let engine = lab.engine().await;
    let base = |id| engine.snapshot().loaded[id].clone();
    let view = engine.view(&consents(1, &[("FIN1F", GONE)])).await.unwrap();
    let first = view.of("ds", Cohort::Everyone).await.unwrap().unwrap();
    let other = view.of("other", Cohort::Everyone).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&other, &base("other")), "a cohort of everybody is the dataset itself");
    let silent = Cohort::Consenting { needed: ConsentItems::NONE, unstated: true, released: false };
    let same = view.of("ds", silent).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &same), "cohorts of the same people share a dataset");
    assert!(Arc::ptr_eq(&view, &engine.view(&consents(1, &[("FIN1F", GONE)])).await.unwrap()));
    let elsewhere =
        [("ds", "FIN1F"), ("other", "IBS1F")].map(|(dataset, id)| (dataset.to_owned(), id.to_owned(), GONE));
    let next = engine.view(&Arc::new(Consents::new(2, elsewhere))).await.unwrap();
    assert!(Arc::ptr_eq(&first, &next.of("ds", Cohort::Everyone).await.unwrap().unwrap()));
    assert!(next.dataset("other").is_none() && view.dataset("other").is_some());
    let back = engine.view(&consents(3, &[])).await.unwrap();
    assert!(Arc::ptr_eq(&base("ds"), &back.of("ds", Cohort::Everyone).await.unwrap().unwrap()));
}
