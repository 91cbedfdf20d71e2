//! Leaves out what belongs to people who withdrew: their own documents, those of their samples, runs and
//! analyses, and mentions of them in pedigrees and cohorts.

use fyr_schemas::model::Entry;
use fyr_store::people::{self, LeftOut};

use crate::Withdrawn;

/// Leaves out everything that belongs to somebody who withdrew.
pub(super) fn leave_out(entries: Vec<Entry>, withdrawn: &Withdrawn) -> (Vec<Entry>, LeftOut) {
    people::leave_out(entries, |id| withdrawn.contains(id))
}

#[cfg(test)]
mod tests {
    use fyr_schemas::EntryType;
    use serde_json::{Value, json};

    use super::*;
    use crate::withdrawn::tests::Remembering;

    fn without(gone: &str, documents: &[(EntryType, Value)]) -> (Vec<Value>, LeftOut) {
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
    fn what_names_a_sample_of_theirs_goes_whoevers_it_says_that_it_is() {
        let run = |id: &str, of: &str, biosample: &str| {
            let document = json!({
                "id": id, "individualId": of, "biosampleId": biosample, "runDate": "2026-01-01"
            });
            (EntryType::Run, document)
        };
        let analysis = |id: &str, run: &str| {
            let document = json!({
                "id": id, "individualId": "P2", "runId": run, "analysisDate": "2026-01-01", "pipelineName": "p"
            });
            (EntryType::Analysis, document)
        };
        let documents = [
            biosample("B1", "P1"),
            run("of a sample of theirs", "P2", "B1"),
            run("of a sample that nobody describes", "P2", "S1"),
            run("R2", "P2", "S2"),
            analysis("of such a run", "of a sample of theirs"),
            analysis("A2", "R2"),
            person("P2"),
        ];
        let ids = |gone| -> Vec<String> {
            let (kept, _) = without(gone, &documents);
            kept.iter().map(|document| document["id"].as_str().unwrap().to_owned()).collect()
        };
        let theirs = ["of a sample that nobody describes", "R2", "A2", "P2"];
        assert_eq!(ids("P1"), theirs);
        assert_eq!(ids("B1"), theirs);
        assert_eq!(ids("S1"), ["B1", "of a sample of theirs", "R2", "of such a run", "A2", "P2"]);
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
