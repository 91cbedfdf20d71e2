//! Taking people who are gone out of what is said of others: pedigrees name relatives.

use serde_json::Value;

/// Takes the members of pedigrees out who are hidden, and pedigrees that have nobody left; returns whether
/// there were any.
pub fn redact(document: &mut Value, is_hidden: &impl Fn(&str) -> bool) -> bool {
    let Some(Value::Array(pedigrees)) = document.get_mut("pedigrees") else { return false };
    let mut changed = false;
    pedigrees.retain_mut(|pedigree| {
        let left = leave_out(pedigree, is_hidden);
        changed |= left.is_some();
        left != Some(0)
    });
    let is_empty = pedigrees.is_empty();
    if let (true, true, Some(fields)) = (changed, is_empty, document.as_object_mut()) {
        fields.remove("pedigrees");
    }
    changed
}

/// Returns how many members are left, if some were taken out.
fn leave_out(pedigree: &mut Value, is_hidden: &impl Fn(&str) -> bool) -> Option<usize> {
    let Some(Value::Array(members)) = pedigree.get_mut("members") else { return None };
    let before = members.len();
    members.retain(|member| !member.get("memberId").and_then(Value::as_str).is_some_and(is_hidden));
    let left = members.len();
    if left == before {
        return None;
    }
    if let Some(stated) = pedigree.get("numSubjects").and_then(Value::as_u64) {
        *pedigree.get_mut("numSubjects")? = stated.saturating_sub((before - left) as u64).into();
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hidden_relatives_leave_no_gap() {
        let pedigree = |ids: &[&str]| {
            let members: Vec<_> = ids.iter().map(|id| json!({ "memberId": id })).collect();
            json!({ "id": "F", "members": members, "numSubjects": ids.len() })
        };
        let is_hidden = |id: &str| id == "gone";
        let mut document = json!({ "id": "P", "pedigrees": [pedigree(&["P", "gone"]), pedigree(&["gone"])] });
        assert!(redact(&mut document, &is_hidden));
        assert_eq!(
            document,
            json!({ "id": "P", "pedigrees": [{ "id": "F", "members": [{ "memberId": "P" }], "numSubjects": 1 }] })
        );
        assert!(!redact(&mut document, &is_hidden));
        let mut document = json!({ "id": "P", "pedigrees": [pedigree(&["gone"])] });
        assert!(redact(&mut document, &is_hidden));
        assert_eq!(document, json!({ "id": "P" }));
    }
}
