//! Whoever is left out of one answer was never there: sets without some people are those of a view without them.

use std::{collections::BTreeMap, sync::Arc};

use futures::TryStreamExt;
use fyr_policy::{
    Cohort, ConsentItems, Consents, Count, EntryCount, Margins, Needs, People, Sets, Statement, VariantCount,
};
use fyr_schemas::{EntryType, Located, Tally};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::{
    fixture::Lab,
    world::{self, Dice, Question, World, questions},
};
use crate::{View, query::dataset::Dataset};

const GONE: Statement =
    Statement { granted: ConsentItems::NONE, refused: ConsentItems::NONE, opted_out: false, withdrawn: true };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn sets_without_people_equal_those_of_a_view_without_them(seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(compare(&mut Dice::new(seed)));
    }
}

async fn compare(dice: &mut Dice) {
    let world = World::draw(dice);
    let gone: Vec<usize> = (0..world::PEOPLE).filter(|_| dice.chance(35)).collect();
    let questions: Vec<_> = questions(dice, 20).into_iter().map(of_no_annotation).collect();
    let lab = Lab::new();
    world.fill(&lab, &Default::default()).await;
    let engine = lab.engine().await;
    let names: Vec<_> = gone.iter().flat_map(|person| world.names(*person)).collect();
    let said = names.iter().map(|name| ("ds".to_owned(), name.clone(), GONE));
    let view = engine.view(&Arc::new(Consents::new(1, said))).await.unwrap();
    let everybody = engine.view(&Arc::default()).await.unwrap();
    let Ok(Some(all)) = everybody.of("ds", Cohort::Everyone).await else { return };
    let Ok(Some(left)) = view.of("ds", Cohort::Everyone).await else { return };
    let persons = all.persons();
    let gone: Vec<_> = names.iter().filter_map(|name| persons.of_id(name)).collect();
    let gone = persons.numbers(|person| gone.contains(&person));
    for question in &questions {
        if question.query.entry_type == EntryType::GenomicVariant {
            variants((&everybody, &all), (&view, &left), question, &gone).await;
        } else {
            entries((&everybody, &all), (&view, &left), question, &gone).await;
        }
        terms((&everybody, &all), (&view, &left), question, &gone).await;
    }
}

/// What an allele does is said by whoever brings it, and stays known when they are left out.
fn of_no_annotation(question: Question) -> Question {
    let located = match question.located {
        Some(Located::Ranges { ranges, .. }) => Some(Located::Ranges { ranges, gene: None }),
        Some(Located::Everywhere(..)) => None,
        located => located,
    };
    Question { located, ..question }
}

fn needs() -> Needs {
    Needs { margins: true, ..Needs::default() }
}

/// All that can be read off sets. The numbers that people have are the same in all views of a store.
fn read(sets: &dyn Sets) -> String {
    let known = |people| match people {
        People::Known(people) => people.iter().collect::<Vec<_>>(),
        People::AtLeast(number) => panic!("nobody knows these {number}"),
    };
    let groups: Vec<_> = sets.groups();
    let members = groups.iter().map(|(group, _)| sets.group(group));
    let members: Vec<_> =
        members.map(|people| people.map(|people| people.iter().collect::<Vec<_>>())).collect();
    format!(
        "{:?}",
        (sets.tally(), known(sets.people()), known(sets.looked_at()), sets.entries(), groups, members)
    )
}

fn margins(count: &Count) -> &[Arc<dyn Sets>] {
    match count.margins() {
        Margins::None => &[],
        Margins::OfLookedAt(margins) | Margins::OfFound(margins) => margins,
    }
}

/// A filter that holds for all who are left has no margin in the view; without the others it leaves what is found.
fn same(all: &Count, left: &Count, gone: &RoaringBitmap, question: &Question) {
    let found = read(all.sets().without(gone).unwrap().as_ref());
    assert_eq!(found, read(left.sets()), "{question:?} without {gone:?}");
    let mut expected = margins(left).iter().map(|margin| read(margin.as_ref())).peekable();
    for margin in margins(all) {
        let margin = read(margin.without(gone).unwrap().as_ref());
        if expected.next_if_eq(&margin).is_none() {
            assert_eq!(margin, found, "{question:?} without {gone:?}");
        }
    }
    assert_eq!(expected.next(), None, "{question:?} without {gone:?}");
}

type Side<'a> = (&'a View, &'a Arc<Dataset>);

async fn variants(all: Side<'_>, left: Side<'_>, question: &Question, gone: &RoaringBitmap) {
    let found = async |(view, dataset): Side<'_>| -> Option<BTreeMap<_, VariantCount>> {
        let asked = (&question.query, question.located.as_ref());
        let found = view.variants(Arc::clone(dataset), needs(), asked).await.ok()?;
        let found: Vec<_> = found.try_collect().await.ok()?;
        Some(found.into_iter().map(|found| (found.variant.clone(), found)).collect())
    };
    let (Some(all), Some(mut left)) = (found(all).await, found(left).await) else { return };
    for (variant, all) in all {
        match left.remove(&variant) {
            Some(left) => same(&all.count, &left.count, gone, question),
            // What only they brought is not there.
            None => {
                let nobody = all.count.sets().without(gone).unwrap().tally();
                let nothing = [Some(0); 5];
                let Tally { heterozygous, homozygous, hemizygous, carriers, assayed, .. } = nobody;
                assert_eq!([heterozygous, homozygous, hemizygous, carriers, assayed], nothing, "{variant:?}");
            }
        }
    }
    assert!(left.is_empty());
}

async fn entries(all: Side<'_>, left: Side<'_>, question: &Question, gone: &RoaringBitmap) {
    let found = async |(view, dataset): Side<'_>| -> Option<EntryCount> {
        let asked = (&question.query, question.located.as_ref());
        view.entry_count(dataset, needs(), asked, 100).await.ok()
    };
    let (Some(all), Some(left)) = (found(all).await, found(left).await) else { return };
    if question.query.entry_type.is_about_a_person() {
        same(&all.count, &left.count, gone, question);
    } else {
        let without = all.count.sets().without(gone);
        assert!(without.is_none(), "nobody knows whether a cohort would match without them");
    }
}

async fn terms(all: Side<'_>, left: Side<'_>, question: &Question, gone: &RoaringBitmap) {
    let found = async |(view, dataset): Side<'_>| {
        let found = view.term_counts(dataset, Some(question.query.entry_type), None).await.unwrap();
        let counts = found.into_iter().flat_map(|found| {
            let id = format!("{:?}", (found.kind, found.id));
            let values = found.values.into_iter().map(|(value, count)| (format!("{id} {value}"), count));
            values.chain([(id.clone(), found.count)]).collect::<Vec<_>>()
        });
        counts.collect::<BTreeMap<_, _>>()
    };
    let (all, mut left) = (found(all).await, found(left).await);
    for (term, all) in all {
        match left.remove(&term) {
            Some(left) => same(&all, &left, gone, question),
            None => assert_eq!(all.sets().without(gone).unwrap().entries(), 0, "{term}"),
        }
    }
    assert!(left.is_empty());
}
