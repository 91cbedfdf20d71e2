//! What an answer means, in a few sentences.

use std::collections::BTreeSet;

use fyr_schemas::{Answer, DatasetAnswer, VariantAnswer, Withheld};

use crate::{
    Word,
    error::printable,
    rows::{missing, note_of},
    verdict::Verdict,
};

/// Returns what was looked up, where that is one allele.
pub(crate) fn looked_up(answer: &Answer) -> Option<String> {
    let found = answer.datasets.iter().flat_map(|dataset| {
        let lift = dataset.lift.map(|lift| format!(", lifted from {}", lift.from.name())).unwrap_or_default();
        let of = move |variant: &str| format!("{variant} in {}{lift}", dataset.assembly.name());
        dataset.variants.iter().map(move |found| of(&printable(&found.variant.short_form())))
    });
    let found: BTreeSet<String> = found.collect();
    (!found.is_empty()).then(|| format!("Looked up: {}", Vec::from_iter(found).join("; ")))
}

/// Returns what the rows mean. A "no" from where nobody was assayed is told as such.
pub(crate) fn sentence(answer: &Answer) -> String {
    let verdict = match (Verdict::of(answer), answer.lower_bound) {
        (Verdict::Seen, false) => "Seen.",
        (Verdict::Seen, true) => "Seen. The total is a lower bound.",
        (Verdict::NotSeen, _) => "Not seen by anyone who was asked; all gave their part.",
        (Verdict::NotSeenOrNotDisclosable, _) => {
            "Not seen, or not disclosable: nobody and a few read alike, or less is told than was asked for."
        }
        (Verdict::NotAssayed, _) => "Not assayed: nobody was looked at there.",
        (Verdict::Incomplete, _) => "Not seen as far as is known, but not everyone gave their part.",
    };
    let of_word = |word| answer.datasets.iter().filter(move |dataset| Word::of(dataset) == word);
    let unassayed = of_word(Word::NotAssayed).map(|dataset| printable(&dataset.beacon_id));
    let silent = of_word(Word::MayNotBeAsked);
    let silent =
        silent.map(|dataset| format!("{} of {}", printable(&dataset.id), printable(&dataset.beacon_id)));
    let few = answer.datasets.iter().filter_map(known_of_some);
    let missing = missing(answer).map(|node| format!("{}: {}", printable(&node.id), note_of(node)));
    let lines = [
        list("Nobody was assayed there in", unassayed),
        list("Not of everybody", few),
        list("May not be asked", silent),
        list("No part from", missing),
        list("What may be missing", reasons(answer).into_iter().map(str::to_owned)),
        list("To know", answer.warnings.iter().map(|warning| printable(warning))),
    ];
    format!("{verdict}{}", lines.concat())
}

/// Says of how many people of a dataset something is known at the allele, where it is not all.
fn known_of_some(dataset: &DatasetAnswer) -> Option<String> {
    let some = |variant: &VariantAnswer| Some((variant.assayed?, variant.people?));
    let (assayed, people) = dataset.variants.iter().find_map(some)?;
    Some(format!(
        "{} of {}: no frequency, since {assayed} of {people} people were assayed, and of the others nothing is known",
        printable(&dataset.id),
        printable(&dataset.beacon_id)
    ))
}

/// Why something may be missing, as the datasets say, each reason once.
fn reasons(answer: &Answer) -> BTreeSet<&'static str> {
    let reasons = answer.datasets.iter().flat_map(|dataset| &dataset.withheld);
    reasons.filter(|reason| **reason != Withheld::NotPermitted).map(|reason| reason.text()).collect()
}

fn list(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    if items.is_empty() { String::new() } else { format!("\n{title}: {}.", items.join("; ")) }
}
