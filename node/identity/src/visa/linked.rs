//! LinkedIdentities: which ids are one person.

use std::collections::BTreeSet;

use fyr_policy::{Subject, VisaKind};

use super::Candidate;

/// Returns all ids of a person: their own, and what trusted visas link to it, over several steps.
///
/// A link with conditions links nothing, since what would meet them may hang on the link.
pub(super) fn identities(holder: &Subject, candidates: &[Candidate]) -> BTreeSet<Subject> {
    let mut ids = BTreeSet::from([holder.clone()]);
    let mut links: Vec<BTreeSet<Subject>> = candidates.iter().filter_map(link).collect();
    loop {
        let (touching, others): (Vec<_>, Vec<_>) =
            links.into_iter().partition(|link| link.iter().any(|one| ids.contains(one)));
        if touching.is_empty() {
            return ids;
        }
        ids.extend(touching.into_iter().flatten());
        links = others;
    }
}

fn link(candidate: &Candidate) -> Option<BTreeSet<Subject>> {
    let is_link = candidate.visa.kind == VisaKind::LinkedIdentities && candidate.conditions.is_none();
    let listed = is_link.then(|| listed(&candidate.visa.value)).flatten()?;
    Some(candidate.subjects.iter().cloned().chain(listed).collect())
}

/// Reads `sub,iss;sub,iss`, both percent-encoded. One part that is not that spoils the list.
pub(super) fn listed(value: &str) -> Option<Vec<Subject>> {
    let one = |pair: &str| {
        let (id, issuer) = pair.split_once(',')?;
        Some(Subject { issuer: decoded(issuer)?, id: decoded(id)? })
    };
    value.split(';').map(one).collect()
}

/// Decodes a percent-encoded part; none if it has a character that must have been encoded.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                bytes.push(high * 16 + low);
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => bytes.push(byte),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_whole_or_not_at_all() {
        let subject = |issuer: &str, id: &str| Subject { issuer: issuer.to_owned(), id: id.to_owned() };
        assert_eq!(
            listed("10001,https%3A%2F%2Fissuer.example;a%2Cb%40c,https%3a%2f%2fother.example%2F"),
            Some(vec![
                subject("https://issuer.example", "10001"),
                subject("https://other.example/", "a,b@c")
            ])
        );
        for (case, value) in [
            ("nothing", ""),
            ("no issuer", "10001"),
            ("comma not encoded", "10,001,https%3A%2F%2Fissuer.example"),
            ("address not encoded", "10001,https://issuer.example"),
            ("empty part", "10001,https%3A%2F%2Fissuer.example;"),
            ("broken escape", "1%zz,https%3A%2F%2Fissuer.example"),
            ("no text", "1%ff,https%3A%2F%2Fissuer.example"),
        ] {
            assert_eq!(listed(value), None, "{case}");
        }
    }
}
