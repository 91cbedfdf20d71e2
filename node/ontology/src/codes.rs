//! ICD-10, in which a longer code is a narrower one: `F31` has `F31.81`, also written `F3181`, below it.

use crate::TermMatch;

/// Returns whether a prefix is that of ICD-10, or of a national edition of it.
pub(crate) fn is_icd10(prefix: &str) -> bool {
    let prefix = prefix.to_ascii_uppercase().replace(['-', '_'], "");
    ["ICD10", "ICD10CM", "ICD10GM", "ICD10SE", "ICD10UK"].contains(&prefix.as_str())
}

/// Returns what is below a code, a letter, or a block (`I20-I25`); none where it is none of these.
pub(crate) fn matching(prefix: &str, code: &str) -> Option<TermMatch> {
    let ranges = match code.split_once('-') {
        Some((first, last)) if is_category(first) && is_category(last) && first <= last => {
            vec![range(prefix, first, last)]
        }
        Some(_) => return None,
        None if is_code(code) => spellings(code).iter().map(|code| range(prefix, code, code)).collect(),
        None => return None,
    };
    Some(TermMatch { ids: Vec::new(), code_ranges: ranges })
}

/// Returns whether a code stands for those between bounds that whoever writes it chooses: a block (`I20-I25`), or a
/// letter and one digit.
pub(crate) fn is_block(code: &str) -> bool {
    match code.split_once('-') {
        Some((first, last)) => is_category(first) && is_category(last),
        None => is_code(code) && code.len() == 2,
    }
}

/// Returns a code and what it is below, down to its letter, each as it may be spelled; nothing of what is no code.
pub(crate) fn with_wider(prefix: &str, code: &str) -> Vec<String> {
    if !is_code(code) {
        return Vec::new();
    }
    let plain = code.replace('.', "");
    let lengths = std::iter::once(1).chain(3..=plain.len());
    let wider = lengths.filter_map(|length| plain.get(..length));
    wider.flat_map(spellings).map(|code| format!("{prefix}:{code}")).collect()
}

/// From the first code to before the first that does not begin with the last one.
fn range(prefix: &str, first: &str, last: &str) -> (String, String) {
    let mut behind = last.to_owned();
    let next = behind.pop().map(|end| char::from_u32(u32::from(end) + 1).unwrap_or(end));
    behind.extend(next);
    (format!("{prefix}:{first}"), format!("{prefix}:{behind}"))
}

/// With the dot behind the category, and without.
fn spellings(code: &str) -> Vec<String> {
    let plain = code.replace('.', "");
    let dotted = match plain.split_at_checked(3) {
        Some((category, rest)) if !rest.is_empty() => format!("{category}.{rest}"),
        _ => plain.clone(),
    };
    if plain == dotted { vec![plain] } else { vec![dotted, plain] }
}

/// A letter, then digits, then a dot and more.
fn is_code(code: &str) -> bool {
    let mut chars = code.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '.')
        && code.len() <= 8
}

/// A letter and two digits, or a digit and a letter.
fn is_category(code: &str) -> bool {
    code.len() == 3 && is_code(code) && !code.contains('.')
}
