//! ICD-10, in which a longer code is a narrower one: `F31` has `F31.81`, also written `F3181`, below it.

use crate::TermMatch;

/// Returns whether a prefix is that of ICD-10, or of a national edition of it.
pub(crate) fn is_icd10(prefix: &str) -> bool {
    let prefix = prefix.to_ascii_uppercase().replace(['-', '_'], "");
    ["ICD10", "ICD10CM", "ICD10GM", "ICD10SE", "ICD10UK"].contains(&prefix.as_str())
}

/// Returns what is below a code, a letter, or a block (`I20-I25`); none where it is none of these.
pub(crate) fn matching(prefix: &str, code: &str) -> Option<TermMatch> {
    let below = |code: &str| format!("{prefix}:{code}");
    if let Some((first, last)) = code.split_once('-') {
        return Some(TermMatch {
            ids: Vec::new(),
            code_prefixes: block(first, last)?.iter().map(|c| below(c)).collect(),
        });
    }
    if !is_code(code) {
        return None;
    }
    let mut code_prefixes = vec![below(code)];
    let plain = code.replace('.', "");
    if plain != code {
        code_prefixes.push(below(&plain));
    } else if let (Some(category), Some(rest)) = (code.get(..3), code.get(3..))
        && !rest.is_empty()
    {
        code_prefixes.push(below(&format!("{category}.{rest}")));
    }
    Some(TermMatch { ids: Vec::new(), code_prefixes })
}

/// A letter, then digits, then a dot and more.
fn is_code(code: &str) -> bool {
    let mut chars = code.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '.')
        && code.len() <= 8
}

/// The categories from one to another of the same or another letter.
fn block(first: &str, last: &str) -> Option<Vec<String>> {
    let (first, last) = (position(first)?, position(last)?);
    let categories = (first..=last).map(|at| Some(format!("{}{:02}", letter(at / 100)?, at % 100)));
    (first <= last).then(|| categories.collect::<Option<Vec<_>>>()).flatten()
}

fn position(category: &str) -> Option<u32> {
    let (letter, number) = category.split_at_checked(1)?;
    let letter = letter.bytes().next().filter(u8::is_ascii_uppercase)?;
    let is_number = number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
    is_number
        .then(|| number.parse::<u32>().ok())
        .flatten()
        .map(|number| u32::from(letter - b'A') * 100 + number)
}

fn letter(at: u32) -> Option<char> {
    u8::try_from(at).ok().map(|at| char::from(b'A' + at))
}
