//! Leaves out what belongs to people who withdrew: their own documents, those of their samples, runs and
//! analyses, and mentions of them in pedigrees and cohorts.

use std::collections::{BTreeSet, HashMap};

use fyr_schemas::{EntryType, model::Entry};
use serde_json::Value;

use crate::Withdrawn;

/// What was left out.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// How many entries.
    pub(super) entries: u64,
    /// All ids of each person, as far as the entries tell.
    pub(super) people: Vec<Vec<String>>,
}

/// Leaves out everything that belongs to somebody who withdrew.
pub(super) fn leave_out(entries: Vec<Entry>, withdrawn: &Withdrawn) -> (Vec<Entry>, Gone) {
    let names = Names::of(&entries);
    let people = names.of_whoever(|id| withdrawn.contains(id));
    let gone: BTreeSet<&str> = people.iter().flatten().map(String::as_str).collect();
    let is_gone = |id: &str| gone.contains(id) || withdrawn.contains(id);
    let before = entries.len();
    let mut kept = Vec::with_capacity(before);
    for mut entry in entries {
        if !names.belongs_to(&entry, is_gone) && without_mentions(&mut entry, is_gone) {
            kept.push(entry);
        }
    }
    let left_out = (before - kept.len()) as u64;
    (kept, Gone { entries: left_out, people })
}

/// Takes people who are gone out of what is said of others; returns whether something is left.
fn without_mentions(entry: &mut Entry, is_gone: impl Fn(&str) -> bool) -> bool {
    let listed = entry.members.len();
    entry.members.retain(|id| !is_gone(id));
    without_relatives(&mut entry.document, is_gone);
    // A cohort that lists nobody has everyone in it.
    listed == 0 || !entry.members.is_empty()
}

/// Takes them out of pedigrees, and pedigrees out that have nobody left.
fn without_relatives(document: &mut Value, is_gone: impl Fn(&str) -> bool) {
    let Some(Value::Array(pedigrees)) = document.get_mut("pedigrees") else { return };
    pedigrees.retain_mut(|pedigree| {
        let Some(Value::Array(members)) = pedigree.get_mut("members") else { return true };
        let listed = members.len();
        members.retain(|member| !member.get("memberId").and_then(Value::as_str).is_some_and(&is_gone));
        let left = members.len();
        let stated = pedigree.get("numSubjects").and_then(Value::as_u64);
        if let (Some(stated), Some(number)) = (stated, pedigree.get_mut("numSubjects")) {
            *number = stated.saturating_sub((listed - left) as u64).into();
        }
        left > 0 || listed == 0
    });
    if pedigrees.is_empty() {
        document.as_object_mut().map(|document| document.remove("pedigrees"));
    }
}

/// Which ids belong together, and whose the runs are.
#[derive(Default)]
struct Names {
    /// The ids of people by those of their biosamples, and the other way round.
    others: HashMap<String, Vec<String>>,
    /// The ids of people and biosamples that runs come from.
    runs: HashMap<String, Vec<String>>,
}

impl Names {
    fn of(entries: &[Entry]) -> Self {
        let mut names = Self::default();
        for entry in entries {
            match entry.entry_type {
                EntryType::Individual => drop(names.others.entry(entry.id.clone()).or_default()),
                EntryType::Biosample => names.add(&entry.id, entry.individual.as_deref()),
                EntryType::Run => drop(names.runs.insert(entry.id.clone(), sources(entry))),
                _ => {}
            }
        }
        names
    }

    fn add(&mut self, biosample: &str, individual: Option<&str>) {
        let of_biosample = self.others.entry(biosample.to_owned()).or_default();
        of_biosample.extend(individual.map(str::to_owned));
        if let Some(individual) = individual {
            self.others.entry(individual.to_owned()).or_default().push(biosample.to_owned());
        }
    }

    /// Returns all ids of each person with an id for which something holds.
    fn of_whoever(&self, holds: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut people = Vec::new();
        let mut firsts: Vec<&String> = self.others.keys().filter(|id| holds(id)).collect();
        firsts.sort_unstable();
        for first in firsts {
            let (mut next, mut ids) = (vec![first], Vec::new());
            while let Some(id) = next.pop() {
                if seen.insert(id) {
                    ids.push(id.clone());
                    next.extend(self.others.get(id).into_iter().flatten());
                }
            }
            people.extend(Some(ids).filter(|ids| !ids.is_empty()));
        }
        people
    }

    /// Returns whether an entry is about somebody who is gone, by whatever it names.
    fn belongs_to(&self, entry: &Entry, is_gone: impl Fn(&str) -> bool) -> bool {
        let run = entry.run.as_ref().and_then(|run| self.runs.get(run)).into_iter().flatten();
        entry.entry_type.is_about_a_person() && sources(entry).iter().chain(run).any(|id| is_gone(id))
    }
}

/// The ids of people and biosamples that an entry names.
fn sources(entry: &Entry) -> Vec<String> {
    entry.individual.iter().chain(&entry.biosample).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::withdrawn::tests::Remembering;

    fn without(gone: &str, documents: &[(EntryType, Value)]) -> (Vec<Value>, Gone) {
        let withdrawn = Remembering::of(&[gone]).withdrawn();
        let entry = |(kind, document): &(EntryType, Value)| Entry::new(*kind, document.clone()).unwrap();
        let (kept, gone) = leave_out(documents.iter().map(entry).collect(), &withdrawn);
        (kept.into_iter().map(|entry| entry.document).collect(), gone)
    }

    fn person(id: &str) -> (EntryType, Value) {
        (EntryType::Individual, json!({ "id": id, "sex": { "id": "NCIT:C16576" } }))
    }

    fn biosample(id: &str, of: &str) -> (EntryType, Value) {
        let term = json!({ "id": "EFO:0009654" });
        let document =
            json!({ "id": id, "individualId": of, "biosampleStatus": term, "sampleOriginType": term });
        (EntryType::Biosample, document)
    }

    #[test]
    fn whatever_is_theirs_goes_with_a_person_by_whichever_id() {
        let run = |id: &str, of: &str| {
            (EntryType::Run, json!({ "id": id, "biosampleId": of, "runDate": "2026-01-01" }))
        };
        let analysis = |id: &str, run: &str| {
            let document =
                json!({ "id": id, "runId": run, "analysisDate": "2026-01-01", "pipelineName": "p" });
            (EntryType::Analysis, document)
        };
        let documents = [
            analysis("A1", "R1"),
            analysis("A2", "R2"),
            run("R1", "B1"),
            run("R2", "B2"),
            biosample("B1", "P1"),
            biosample("B1b", "P1"),
            biosample("B2", "P2"),
            person("P1"),
            person("P2"),
        ];
        for gone in ["P1", "B1", "B1b"] {
            let (kept, left_out) = without(gone, &documents);
            let ids: Vec<_> = kept.iter().map(|document| document["id"].as_str().unwrap()).collect();
            assert_eq!(ids, ["A2", "R2", "B2", "P2"], "{gone}");
            assert_eq!(left_out.entries, 5, "{gone}");
            let mut people = left_out.people;
            people.iter_mut().for_each(|ids| ids.sort());
            assert_eq!(people, [["B1", "B1b", "P1"]], "{gone}");
        }
        let (kept, left_out) = without("nobody", &documents);
        assert_eq!((kept.len(), left_out.entries, left_out.people.len()), (9, 0, 0));
    }

    #[test]
    fn others_do_not_mention_them() {
        let pedigree = |members: &[&str]| {
            let member =
                |id: &&str| json!({ "memberId": id, "role": { "id": "NCIT:C96572" }, "affected": true });
            let members: Vec<_> = members.iter().map(member).collect();
            json!({ "id": "F", "disease": { "diseaseCode": { "id": "OMIM:1" } }, "members": members, "numSubjects": 2 })
        };
        let (kind, mut relative) = person("P2");
        relative["pedigrees"] = json!([pedigree(&["P2", "P1"]), pedigree(&["P1"])]);
        let (_, mut spouse) = person("P3");
        spouse["pedigrees"] = json!([pedigree(&["P1"])]);
        let cohort = |id: &str, members: &[&str]| {
            let document = json!({ "id": id, "name": id, "cohortType": "study-defined", "cohortSize": 2, "ids": { "individualIds": members } });
            (EntryType::Cohort, document)
        };
        let documents = [
            (kind, relative),
            (kind, spouse),
            cohort("both", &["P1", "P2"]),
            cohort("other", &["P2"]),
            cohort("theirs", &["P1"]),
        ];
        let (kept, left_out) = without("P1", &documents);
        assert_eq!(left_out.entries, 1, "a cohort of nobody else");
        assert!(!kept.iter().any(|document| document.to_string().contains("P1")), "{kept:?}");
        assert_eq!(kept[0].pointer("/pedigrees/0/members").unwrap().as_array().unwrap().len(), 1);
        assert_eq!(kept[0]["pedigrees"].as_array().unwrap().len(), 1);
        assert_eq!(kept[0].pointer("/pedigrees/0/numSubjects"), Some(&json!(1)));
        assert_eq!((kept[1].get("pedigrees"), kept.len()), (None, 4));
    }
}
